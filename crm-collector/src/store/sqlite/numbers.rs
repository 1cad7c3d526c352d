//! The store's numbers as SQL has them, and the keys of rows that have a workspace and a number in one.

use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

use crate::store::{CustomerNumber, InvitationId, KeyId, Result, StoreError, UserId, WorkspaceId};

macro_rules! in_sql {
    ($($name:ident($inner:ty)),*) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(i64::from(self.0)))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                <$inner>::column_result(value).map(Self)
            }
        }
    )*};
}

in_sql!(WorkspaceId(i32), UserId(i64), InvitationId(i64), KeyId(i64), CustomerNumber(u32));

/// Bits of a row key below the workspace.
const LOW_BITS: u32 = 40;

/// The row key of something numbered within a workspace.
pub(super) fn key(workspace: WorkspaceId, number: i64) -> i64 {
    (i64::from(workspace.0) << LOW_BITS) | number
}

/// The largest row key of a workspace.
pub(super) fn last_key(workspace: WorkspaceId) -> i64 {
    key(workspace, (1 << LOW_BITS) - 1)
}

/// The number within its workspace that a row key stands for.
pub(super) fn number_of(key: i64) -> i64 {
    key & ((1 << LOW_BITS) - 1)
}

/// The workspace that a row key belongs to.
pub(super) fn workspace_of(key: i64) -> i64 {
    key >> LOW_BITS
}

/// A customer's number, which is none that is larger.
pub(super) fn customer_number(number: i64) -> Result<CustomerNumber> {
    let number = u32::try_from(number);
    number.map(CustomerNumber).map_err(|_| StoreError::Damaged("more customers than fit".into()))
}

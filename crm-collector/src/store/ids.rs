//! Internal numbers, each a type of its own, and the one place where they meet SQL.

use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

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
    };
}

number! {
    /// A workspace: the tenant that every row belongs to.
    WorkspaceId(i32)
}
number! {
    /// A person who logs in.
    UserId(i64)
}
number! {
    /// An invitation to a workspace.
    InvitationId(i64)
}
number! {
    /// An API key.
    KeyId(i64)
}
number! {
    /// A customer, counted from 1 in each workspace.
    CustomerNumber(u32)
}
number! {
    /// A purchase or an interaction, counted from 1 in each workspace in order of storing.
    Seq(i64)
}

/// Bits of a row key below the workspace.
const LOW_BITS: u32 = 40;

impl WorkspaceId {
    /// The row key of something numbered within this workspace.
    pub(super) fn key(self, number: i64) -> i64 {
        (i64::from(self.0) << LOW_BITS) | number
    }

    /// The largest row key of this workspace.
    pub(super) fn last_key(self) -> i64 {
        self.key((1 << LOW_BITS) - 1)
    }
}

/// The number within its workspace that a row key stands for.
pub(super) fn number_of(key: i64) -> i64 {
    key & ((1 << LOW_BITS) - 1)
}

/// The workspace that a row key belongs to.
pub(super) fn workspace_of(key: i64) -> i64 {
    key >> LOW_BITS
}

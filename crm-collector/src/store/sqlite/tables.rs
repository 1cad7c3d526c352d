//! The tables whose rows carry a checksum, all of them, for whoever goes through them.

use rusqlite::types::Value;

use super::sealed::Sealed;
use super::{
    advice, audit, catalogue, corrections, customers, erasures, imports, interactions, invitations,
    keys, memberships, purchases, rejected, sessions, users, workspaces,
};
use crate::store::Result;

/// Rows that are sealed in one transaction.
const SEALED_AT_ONCE: usize = 10_000;

/// All of them.
pub(super) fn sealed() -> [&'static Sealed; 21] {
    [
        &workspaces::ROWS,
        &users::ROWS,
        &memberships::ROWS,
        &invitations::ROWS,
        &sessions::ROWS,
        &keys::ROWS,
        &audit::ROWS,
        &customers::ROWS,
        &catalogue::PRODUCTS,
        &catalogue::LABELS,
        &purchases::ROWS,
        &purchases::PAST,
        &corrections::ROWS,
        &erasures::ROWS,
        &interactions::ROWS,
        &interactions::PAST,
        &imports::ROWS,
        &imports::STRETCHES,
        &rejected::ROWS,
        &advice::ROWS,
        &advice::RULES,
    ]
}

/// How far sealing has come.
#[derive(Default)]
pub(in crate::store) struct Sealing {
    table: usize,
    behind: Option<Vec<Value>>,
}

impl super::Transaction<'_> {
    /// Gives a checksum to some of the rows that have none. Answers where to go on, `None` at the end.
    pub(in crate::store) fn seal_some(&self, from: &Sealing) -> Result<Option<Sealing>> {
        let tables = sealed();
        let Some(table) = tables.get(from.table) else { return Ok(None) };
        let behind = table.seal(self.conn, from.behind.as_deref(), SEALED_AT_ONCE)?;
        let table = from.table + usize::from(behind.is_none());
        Ok(Some(Sealing { table, behind }))
    }
}

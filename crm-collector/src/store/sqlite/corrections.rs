//! Which purchase or interaction took the place of which, and who had it so. What was replaced is kept
//! among the past ones.

use rusqlite::{OptionalExtension, params};

use super::Snapshot;
use super::log::LogEnd;
use super::numbers::key;
use super::sealed::Sealed;
use super::{interactions, purchases};
use crate::store::{LoggedPurchase, Result, WorkspaceId};

pub(super) static ROWS: Sealed =
    Sealed::new("corrections", &["key"], &["key", "replaces", "actor"]);

impl LogEnd<'_> {
    /// Puts a purchase among the past ones, for what stands at another place is about to take its
    /// place.
    pub(in crate::store) fn replace_purchase(
        &self,
        replaced: i64,
        by: i64,
        actor: &str,
    ) -> Result<()> {
        self.replace(&purchases::ROWS, &purchases::PAST, (replaced, by), actor)
    }

    /// The same with an interaction.
    pub(in crate::store) fn replace_interaction(
        &self,
        replaced: i64,
        by: i64,
        actor: &str,
    ) -> Result<()> {
        self.replace(&interactions::ROWS, &interactions::PAST, (replaced, by), actor)
    }

    fn replace(
        &self,
        rows: &Sealed,
        past: &Sealed,
        (replaced, by): (i64, i64),
        actor: &str,
    ) -> Result<()> {
        let (replaced, by) = (key(self.workspace, replaced), key(self.workspace, by));
        rows.move_row(past, self.conn, params![replaced])?;
        ROWS.insert(self.conn, params![by, replaced, actor])
    }

    /// Adds a mark to the past purchases that one was taken back altogether.
    pub(in crate::store) fn insert_void(&self, mark: &LoggedPurchase<'_>) -> Result<()> {
        let mut past = purchases::PAST.insertion(self.conn)?;
        Ok(purchases::insert(&mut past, self.workspace, mark)?)
    }
}

impl Snapshot<'_> {
    /// Who had what stands at a place of the log take the place of another, if it did.
    pub fn corrector(&self, workspace: WorkspaceId, seq: i64) -> Result<Option<String>> {
        let mut statement =
            self.conn.prepare_cached("SELECT actor FROM corrections WHERE key = ?1")?;
        Ok(statement.query_row([key(workspace, seq)], |row| row.get(0)).optional()?)
    }
}

//! The log of a workspace: its order, and the ids of its events, each claimed once.

use crm_models::EventId;
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::error::unless_taken;
use super::numbers::{key, last_key, number_of};
use super::purchases;
use super::sealed::Insertion;
use super::{Snapshot, Transaction};
use crate::store::{LoggedPurchase, Result, Workspace, WorkspaceId};

/// The end of a workspace's log, where nobody else appends until the end of the transaction.
pub(in crate::store) struct LogEnd<'a> {
    pub(super) conn: &'a Connection,
    pub(super) workspace: WorkspaceId,
    insert_id: CachedStatement<'a>,
    insert_purchase: Insertion<'a>,
}

/// What stands in `event_ids` for an event that is not in the log.
pub(super) const NOT_LOGGED: i64 = 0;

impl<'a> Transaction<'a> {
    /// Keeps everybody else from appending to a workspace's log, from giving numbers to its customers,
    /// products and labels, and from changing its runs, until the end of this transaction.
    pub(in crate::store) fn lock_workspace(&self, _workspace: WorkspaceId) -> Result<()> {
        self.hold_lock()
    }

    /// The end of a workspace's log, locked like that.
    pub(in crate::store) fn log_end(&self, workspace: WorkspaceId) -> Result<LogEnd<'a>> {
        self.lock_workspace(workspace)?;
        let conn = self.snapshot.conn;
        Ok(LogEnd {
            conn,
            workspace,
            insert_id: conn.prepare_cached(
                "INSERT INTO event_ids (workspace, event_id, key) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO NOTHING",
            )?,
            insert_purchase: purchases::ROWS.insertion(conn)?,
        })
    }
}

impl LogEnd<'_> {
    /// Claims the id of an event for its place in the log, none if it is not to have one; `false` when
    /// the id is taken.
    pub(in crate::store) fn claim(&mut self, id: EventId, seq: Option<i64>) -> Result<bool> {
        let key = seq.map_or(NOT_LOGGED, |seq| key(self.workspace, seq));
        Ok(self.insert_id.execute(params![self.workspace, id.as_bytes(), key])? == 1)
    }

    /// Takes a claim back.
    pub(in crate::store) fn unclaim(&self, id: EventId) -> Result<()> {
        self.conn
            .prepare_cached("DELETE FROM event_ids WHERE workspace = ?1 AND event_id = ?2")?
            .execute(params![self.workspace, id.as_bytes()])?;
        Ok(())
    }

    /// Lets a claimed id lead to another place, or to none.
    pub(in crate::store) fn reclaim(&self, id: EventId, seq: Option<i64>) -> Result<()> {
        let sql = "UPDATE event_ids SET key = ?3 WHERE workspace = ?1 AND event_id = ?2";
        let key = seq.map_or(NOT_LOGGED, |seq| key(self.workspace, seq));
        let values = params![self.workspace, id.as_bytes(), key];
        self.conn.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    /// Adds a purchase to the log; `false` when its number is taken.
    pub(in crate::store) fn insert_purchase(
        &mut self,
        purchase: &LoggedPurchase<'_>,
    ) -> Result<bool> {
        let inserted = purchases::insert(&mut self.insert_purchase, self.workspace, purchase);
        Ok(unless_taken(inserted)?.is_some())
    }
}

impl Snapshot<'_> {
    /// Whether an event of this id is stored.
    pub fn knows_event(&self, workspace: &Workspace, id: EventId) -> Result<bool> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT 1 FROM event_ids WHERE workspace = ?1 AND event_id = ?2")?;
        let found = statement.query_row(params![workspace.id, id.as_bytes()], |_| Ok(()));
        Ok(found.optional()?.is_some())
    }

    /// The place in the log that the id of an event leads to; none where it is not known, or has no place.
    pub(in crate::store) fn place_of_event(
        &self,
        workspace: WorkspaceId,
        id: EventId,
    ) -> Result<Option<i64>> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT key FROM event_ids WHERE workspace = ?1 AND event_id = ?2")?;
        let values = params![workspace, id.as_bytes()];
        let place: Option<i64> = statement.query_row(values, |row| row.get(0)).optional()?;
        Ok(place.filter(|place| *place != NOT_LOGGED).map(number_of))
    }

    /// The last place of a workspace's log that has an event; 0 when there is none.
    pub(in crate::store) fn last_logged(&self, workspace: WorkspaceId) -> Result<i64> {
        let mut statement = self.conn.prepare_cached(
            "SELECT max(
                 coalesce((SELECT max(key) FROM purchases WHERE key BETWEEN ?1 AND ?2), ?1),
                 coalesce((SELECT max(key) FROM past_purchases WHERE key BETWEEN ?1 AND ?2), ?1),
                 coalesce((SELECT max(key) FROM interactions WHERE key BETWEEN ?1 AND ?2), ?1),
                 coalesce((SELECT max(key) FROM past_interactions WHERE key BETWEEN ?1 AND ?2), ?1))",
        )?;
        let keys = params![key(workspace, 0), last_key(workspace)];
        Ok(number_of(statement.query_row(keys, |row| row.get(0))?))
    }

    /// How often so many bytes of lines are in the purchases of the log behind one place up to another.
    pub(in crate::store) fn logged_lines(
        &self,
        workspace: WorkspaceId,
        (after, through): (i64, i64),
        bytes: i64,
    ) -> Result<i64> {
        let mut lines = self.conn.prepare_cached(
            "SELECT coalesce(sum(length(items) / ?3), 0) FROM purchases WHERE key > ?1 AND key <= ?2",
        )?;
        let values = params![key(workspace, after), key(workspace, through), bytes];
        Ok(lines.query_row(values, |row| row.get(0))?)
    }
}

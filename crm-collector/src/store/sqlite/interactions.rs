//! The table of interactions.

use rusqlite::{Row, params};

use super::numbers::{key, number_of};
use super::sealed::Sealed;
use super::{LogEnd, Snapshot, column};
use crate::facts::{HistoryEntry, HistoryKind};
use crate::store::{LoggedInteraction, Result, WorkspaceId};

pub(super) static ROWS: Sealed = Sealed::new(
    "interactions",
    &["key"],
    &[
        "key",
        "workspace",
        "event_id",
        "customer",
        "kind",
        "direction",
        "channel",
        "occurred_at",
        "received_at",
        "subject",
        "text",
        "attributes",
    ],
);

const COLUMNS: &str = "key, event_id, customer, kind, direction, channel, occurred_at, subject, text, \
                       attributes, received_at";

impl LogEnd<'_> {
    /// Adds an interaction to the log.
    pub(in crate::store) fn insert_interaction(
        &self,
        logged: &LoggedInteraction<'_>,
    ) -> Result<()> {
        ROWS.insert(
            self.conn,
            params![
                key(self.workspace, logged.seq),
                self.workspace,
                logged.id.as_bytes(),
                logged.customer,
                logged.kind,
                logged.direction,
                logged.channel,
                logged.occurred_at.millis(),
                logged.received_at.millis(),
                logged.subject,
                logged.text,
                logged.attributes
            ],
        )
    }
}

impl Snapshot<'_> {
    /// Visits the history entries of the interactions of the log behind one place up to another, in
    /// order.
    pub(in crate::store) fn each_interaction_entry(
        &self,
        workspace: WorkspaceId,
        (after, through): (i64, i64),
        mut visit: impl FnMut(HistoryEntry),
    ) -> Result<()> {
        let sql =
            "SELECT key, customer, occurred_at FROM interactions WHERE key > ?1 AND key <= ?2";
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([key(workspace, after), key(workspace, through)])?;
        while let Some(row) = rows.next()? {
            visit(HistoryEntry {
                seq: number_of(row.get(0)?),
                customer: row.get(1)?,
                occurred_at: column::time(row, 2)?,
                kind: HistoryKind::Interaction,
            });
        }
        Ok(())
    }

    /// What `read` makes of one interaction by its place in the log.
    pub(in crate::store) fn logged_interaction<T>(
        &self,
        workspace: WorkspaceId,
        seq: i64,
        read: impl FnOnce(&LoggedInteraction<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let sql = format!("SELECT {COLUMNS} FROM interactions WHERE key = ?1");
        let mut statement = self.conn.prepare_cached(&sql)?;
        let mut rows = statement.query([key(workspace, seq)])?;
        rows.next()?.map(|row| read(&logged(row)?)).transpose()
    }
}

fn logged<'r>(row: &'r Row<'_>) -> rusqlite::Result<LoggedInteraction<'r>> {
    Ok(LoggedInteraction {
        seq: number_of(row.get(0)?),
        id: column::event_id(row, 1)?,
        customer: row.get(2)?,
        kind: row.get(3)?,
        direction: row.get(4)?,
        channel: row.get(5)?,
        occurred_at: column::time(row, 6)?,
        received_at: column::time(row, 10)?,
        subject: row.get_ref(7)?.as_str_or_null()?,
        text: row.get_ref(8)?.as_str_or_null()?,
        attributes: row.get_ref(9)?.as_str_or_null()?,
    })
}

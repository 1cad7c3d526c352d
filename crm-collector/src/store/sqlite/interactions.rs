//! The tables of interactions: those that count, and those that others have taken the place of.

use crm_models::{EventId, Timestamp};
use rusqlite::{Row, params};

use super::numbers::{key, number_of};
use super::sealed::{Insertion, Sealed};
use super::{LogEnd, Snapshot, column};
use crate::facts::{HistoryEntry, HistoryKind};

use crate::store::{INTERACTION_VOID, LoggedInteraction, Result, WorkspaceId};

pub(super) static ROWS: Sealed = Sealed::new("interactions", &["key"], CONTENT).with_later(LATER);

/// Those that others have taken the place of, and marks of those that were taken back.
pub(super) static PAST: Sealed =
    Sealed::new("past_interactions", &["key"], CONTENT).with_later(LATER);

const CONTENT: &[&str] = &[
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
    "updated_at",
    "brought_by",
];
const LATER: usize = 2;

const COLUMNS: &str = "key, event_id, customer, kind, direction, channel, occurred_at, subject, text, \
                       attributes, received_at, updated_at, brought_by";

impl LogEnd<'_> {
    /// Adds an interaction to the log.
    pub(in crate::store) fn insert_interaction(
        &self,
        logged: &LoggedInteraction<'_>,
    ) -> Result<()> {
        insert(&mut ROWS.insertion(self.conn)?, self.workspace, logged)
    }

    /// Adds a mark to the past interactions that one was taken back altogether.
    pub(in crate::store) fn insert_interaction_void(
        &self,
        mark: &LoggedInteraction<'_>,
    ) -> Result<()> {
        insert(&mut PAST.insertion(self.conn)?, self.workspace, mark)
    }
}

fn insert(
    rows: &mut Insertion<'_>,
    workspace: WorkspaceId,
    logged: &LoggedInteraction<'_>,
) -> Result<()> {
    Ok(rows.row(params![
        key(workspace, logged.seq),
        workspace,
        logged.id.as_bytes(),
        logged.customer,
        logged.kind,
        logged.direction,
        logged.channel,
        logged.occurred_at.millis(),
        logged.received_at.millis(),
        logged.subject,
        logged.text,
        logged.attributes,
        logged.updated_at.map(Timestamp::millis),
        logged.brought_by.as_ref().map(EventId::as_bytes)
    ])?)
}

impl Snapshot<'_> {
    /// Visits the history entries of the interactions of the log behind one place up to another; and
    /// those that events between these places took back, each with the place of that event. Those that
    /// others have taken the place of since are among them.
    pub(in crate::store) fn each_interaction_change(
        &self,
        workspace: WorkspaceId,
        (after, through): (i64, i64),
        mut visit: impl FnMut(HistoryEntry, Option<i64>),
    ) -> Result<()> {
        let past = format!(
            "SELECT key, customer, occurred_at, NULL FROM past_interactions
             WHERE key > ?1 AND key <= ?2 AND kind <> {INTERACTION_VOID}"
        );
        let queries = [
            "SELECT key, customer, occurred_at, NULL FROM interactions WHERE key > ?1 AND key <= ?2",
            &past,
            "SELECT past.key, past.customer, past.occurred_at, corrections.key FROM corrections
             JOIN past_interactions AS past ON past.key = corrections.replaces
             WHERE corrections.key > ?1 AND corrections.key <= ?2",
        ];
        for sql in queries {
            let mut statement = self.conn.prepare_cached(sql)?;
            let mut rows = statement.query([key(workspace, after), key(workspace, through)])?;
            while let Some(row) = rows.next()? {
                let entry = HistoryEntry {
                    seq: number_of(row.get(0)?),
                    customer: row.get(1)?,
                    occurred_at: column::time(row, 2)?,
                    kind: HistoryKind::Interaction,
                };
                let taken_back_by: Option<i64> = row.get(3)?;
                visit(entry, taken_back_by.map(number_of));
            }
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

    /// Visits the interactions of the log behind one place up to another, in its order: at most so many.
    pub(in crate::store) fn each_logged_interaction(
        &self,
        workspace: WorkspaceId,
        (after, through): (i64, i64),
        at_most: usize,
        mut visit: impl FnMut(&LoggedInteraction<'_>) -> Result<()>,
    ) -> Result<()> {
        let sql = format!(
            "SELECT {COLUMNS} FROM interactions WHERE key > ?1 AND key <= ?2 ORDER BY key LIMIT ?3"
        );
        let mut statement = self.conn.prepare_cached(&sql)?;
        let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
        let mut rows =
            statement.query([key(workspace, after), key(workspace, through), at_most])?;
        while let Some(row) = rows.next()? {
            visit(&logged(row)?)?;
        }
        Ok(())
    }

    /// What `read` makes of one version of an interaction, whether it is past or not.
    pub(in crate::store) fn logged_interaction_version<T>(
        &self,
        workspace: WorkspaceId,
        seq: i64,
        read: impl FnOnce(&LoggedInteraction<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM interactions WHERE key = ?1
             UNION ALL SELECT {COLUMNS} FROM past_interactions WHERE key = ?1"
        );
        let mut statement = self.conn.prepare_cached(&sql)?;
        let mut rows = statement.query([key(workspace, seq)])?;
        rows.next()?.map(|row| read(&logged(row)?)).transpose()
    }

    /// Places in the log of the past versions of an interaction before one, the latest first; and of the
    /// marks that it was taken back.
    pub fn past_interaction_places(
        &self,
        workspace: WorkspaceId,
        id: EventId,
        before: i64,
        at_most: usize,
    ) -> Result<Vec<i64>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT key FROM past_interactions WHERE workspace = ?1 AND event_id = ?2 AND key < ?3
             ORDER BY key DESC LIMIT ?4",
        )?;
        let before = if before == i64::MAX { before } else { key(workspace, before) };
        let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
        let values = params![workspace, id.as_bytes(), before, at_most];
        let rows = statement.query_map(values, |row| Ok(number_of(row.get(0)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
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
        updated_at: column::optional_time(row, 11)?,
        brought_by: column::optional_event_id(row, 12)?,
    })
}

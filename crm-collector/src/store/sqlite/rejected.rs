//! The table of the quarantine, and how many events and bytes of each workspace are in it.

use std::ops::ControlFlow;

use crm_models::{Code, Invalid, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

use super::sealed::Sealed;
use super::{Snapshot, Transaction, column};
use crate::store::{NewRejected, Rejected, Result, SentText, WorkspaceId};

pub(super) static ROWS: Sealed = Sealed::new(
    "rejected",
    &["id"],
    &["workspace", "received_at", "api_key", "code", "field", "message", "event", "size_bytes"],
);

/// What the budget of bytes counts of a row, as SQL; the same as `kept_bytes` of `store::rejected`.
const KEPT_BYTES: &str =
    "octet_length(event) + octet_length(message) + coalesce(octet_length(field), 0) + 128";

/// A query for how many workspaces keep other rejected events than were counted.
pub(super) fn wrong_counts() -> String {
    format!(
        "SELECT count(*) FROM (SELECT workspace FROM rejected UNION SELECT workspace FROM quarantines) AS each
         WHERE (SELECT count(*) FROM rejected WHERE workspace = each.workspace)
               IS NOT (SELECT coalesce(sum(events), 0) FROM quarantines WHERE workspace = each.workspace)
            OR (SELECT coalesce(sum({KEPT_BYTES}), 0) FROM rejected WHERE workspace = each.workspace)
               IS NOT (SELECT coalesce(sum(bytes), 0) FROM quarantines WHERE workspace = each.workspace)"
    )
}

const COLUMNS: &str = "id, received_at, api_key, code, field, message, event, size_bytes";

impl Snapshot<'_> {
    /// Visits rejected events after one of them, in order of arrival, until the visitor breaks off.
    pub(in crate::store) fn each_rejected(
        &self,
        workspace: WorkspaceId,
        after: i64,
        mut visit: impl FnMut(Rejected) -> ControlFlow<()>,
    ) -> Result<()> {
        let sql =
            format!("SELECT {COLUMNS} FROM rejected WHERE workspace = ?1 AND id > ?2 ORDER BY id");
        let mut statement = self.conn.prepare_cached(&sql)?;
        for row in statement.query_map(params![workspace, after], from_row)? {
            if visit(row?).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// How many are kept, and the bytes of them.
    pub(in crate::store) fn quarantine(&self, workspace: WorkspaceId) -> Result<(i64, i64)> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT events, bytes FROM quarantines WHERE workspace = ?1")?;
        let kept = statement.query_row([workspace], |row| Ok((row.get(0)?, row.get(1)?)));
        Ok(kept.optional()?.unwrap_or((0, 0)))
    }
}

impl Transaction<'_> {
    /// Adds a rejected event.
    pub(in crate::store) fn insert_rejected(
        &self,
        workspace: WorkspaceId,
        rejected: &NewRejected<'_>,
        now: Timestamp,
    ) -> Result<()> {
        let NewRejected { key, reason, event } = rejected;
        ROWS.insert(
            self.conn,
            params![
                workspace,
                now.millis(),
                key,
                reason.code.as_str(),
                reason.field,
                reason.message,
                event.text,
                i64::try_from(event.size_bytes).unwrap_or(i64::MAX)
            ],
        )
    }

    /// Counts events and their bytes as kept, or as let go where they are below zero.
    pub(in crate::store) fn count_kept(
        &self,
        workspace: WorkspaceId,
        events: i64,
        bytes: i64,
    ) -> Result<()> {
        self.conn
            .prepare_cached(
                "INSERT INTO quarantines (workspace, events, bytes) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET events = events + excluded.events,
                                           bytes = bytes + excluded.bytes",
            )?
            .execute(params![workspace, events, bytes])?;
        Ok(())
    }

    /// Deletes the oldest; the bytes that this frees, `None` where there is none.
    pub(in crate::store) fn delete_oldest_rejected(
        &self,
        workspace: WorkspaceId,
    ) -> Result<Option<i64>> {
        let sql = format!(
            "DELETE FROM rejected WHERE id =
             (SELECT id FROM rejected WHERE workspace = ?1 ORDER BY id LIMIT 1)
             RETURNING {KEPT_BYTES}"
        );
        let mut statement = self.conn.prepare_cached(&sql)?;
        Ok(statement.query_row([workspace], |row| row.get(0)).optional()?)
    }

    /// Deletes one; the bytes that this frees, `None` where there is none.
    pub(in crate::store) fn delete_rejected(
        &self,
        workspace: WorkspaceId,
        id: i64,
    ) -> Result<Option<i64>> {
        let sql =
            format!("DELETE FROM rejected WHERE workspace = ?1 AND id = ?2 RETURNING {KEPT_BYTES}");
        let mut statement = self.conn.prepare_cached(&sql)?;
        Ok(statement.query_row(params![workspace, id], |row| row.get(0)).optional()?)
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Rejected> {
    let code: String = row.get(3)?;
    let code = Code::ALL.iter().find(|known| known.as_str() == code);
    Ok(Rejected {
        id: row.get(0)?,
        received_at: column::time(row, 1)?,
        key: row.get(2)?,
        reason: Invalid {
            code: code.copied().unwrap_or(Code::Other),
            field: row.get::<_, Option<String>>(4)?.unwrap_or_default(),
            message: row.get(5)?,
        },
        event: SentText {
            text: row.get(6)?,
            size_bytes: usize::try_from(row.get::<_, i64>(7)?).unwrap_or(0),
        },
    })
}

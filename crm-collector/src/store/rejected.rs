//! The quarantine: events that were not stored, each with its reason, kept to be replayed; within
//! a budget of bytes, the oldest dropped first.

use crm_models::{Code, Invalid, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

use super::error::Result;
use super::ids::{KeyId, WorkspaceId};
use super::sealed::Sealed;
use super::{ReadTx, WriteTx, column};

pub(super) static ROWS: Sealed = Sealed::new(
    "rejected",
    &["id"],
    &["workspace", "received_at", "api_key", "code", "field", "message", "event", "size_bytes"],
);

/// An event as it was sent, or as much of it as is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentText {
    /// Its beginning, at most [`SentText::KEPT_BYTES`]; nearly always all of it.
    pub text: String,
    /// How long it was.
    pub size_bytes: usize,
}

impl SentText {
    /// So much is kept of one event.
    pub const KEPT_BYTES: usize = 64 * 1024;

    /// What is kept of an event's text.
    pub fn new(text: &str) -> Self {
        let kept = text.floor_char_boundary(Self::KEPT_BYTES);
        Self { text: text[..kept].to_owned(), size_bytes: text.len() }
    }

    /// Whether it was longer than what is kept, so that it cannot be tried again.
    pub fn is_cut(&self) -> bool {
        self.size_bytes > self.text.len()
    }
}

/// A rejected event to keep.
#[derive(Clone, Debug)]
pub struct NewRejected<'a> {
    /// The key it came by; `None` for the command line and sessions.
    pub key: Option<KeyId>,
    /// Why it was rejected.
    pub reason: &'a Invalid,
    /// The event.
    pub event: &'a SentText,
}

/// A rejected event that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Its number, in order of arrival.
    pub id: i64,
    /// When it came.
    pub received_at: Timestamp,
    /// The key it came by.
    pub key: Option<KeyId>,
    /// Why it was rejected.
    pub reason: Invalid,
    /// The event.
    pub event: SentText,
}

/// How many rejected events a workspace keeps, within its budget of bytes; past that the oldest
/// make room.
const KEPT: i64 = 100_000;
/// What a row takes beside its texts, with its place in the index.
const ROW_BYTES: usize = 128;

/// What the budget of bytes counts of a row, as SQL; the same as [`kept_bytes`].
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

impl ReadTx<'_> {
    /// Rejected events after one of them, in order of arrival: at most `limit`, and no more than
    /// comes to `most_bytes`, but one in any case.
    pub fn rejected(
        &self,
        workspace: WorkspaceId,
        after: i64,
        limit: usize,
        most_bytes: usize,
    ) -> Result<Vec<Rejected>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM rejected WHERE workspace = ?1 AND id > ?2 ORDER BY id LIMIT ?3"
        );
        let mut statement = self.conn.prepare_cached(&sql)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut found = Vec::new();
        let mut bytes = 0;
        for row in statement.query_map(params![workspace, after, limit], from_row)? {
            let row = row?;
            bytes += kept_bytes(&row.reason, &row.event);
            if bytes > most_bytes && !found.is_empty() {
                break;
            }
            found.push(row);
        }
        Ok(found)
    }

    /// How many rejected events the workspace keeps.
    pub fn count_rejected(&self, workspace: WorkspaceId) -> Result<i64> {
        Ok(self.quarantine(workspace)?.0)
    }

    /// How many are kept, and the bytes of them.
    fn quarantine(&self, workspace: WorkspaceId) -> Result<(i64, i64)> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT events, bytes FROM quarantines WHERE workspace = ?1")?;
        let kept = statement.query_row([workspace], |row| Ok((row.get(0)?, row.get(1)?)));
        Ok(kept.optional()?.unwrap_or((0, 0)))
    }
}

impl WriteTx<'_> {
    /// Keeps a rejected event within the workspace's budget; how many older ones had to make room.
    pub fn keep_rejected(
        &self,
        workspace: WorkspaceId,
        rejected: &NewRejected<'_>,
        budget_bytes: i64,
        now: Timestamp,
    ) -> Result<u64> {
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
        )?;
        let bytes = i64::try_from(kept_bytes(reason, event)).unwrap_or(i64::MAX);
        self.conn
            .prepare_cached(
                "INSERT INTO quarantines (workspace, events, bytes) VALUES (?1, 1, ?2)
                 ON CONFLICT DO UPDATE SET events = events + 1, bytes = bytes + excluded.bytes",
            )?
            .execute(params![workspace, bytes])?;
        let (mut events, mut bytes) = self.quarantine(workspace)?;
        let mut dropped = 0;
        while events > KEPT || bytes > budget_bytes {
            let Some(freed) = self.drop_oldest_rejected(workspace)? else { break };
            (events, bytes, dropped) = (events - 1, bytes - freed, dropped + 1);
        }
        if dropped > 0 {
            self.conn
                .prepare_cached(
                    "UPDATE quarantines SET events = ?2, bytes = ?3 WHERE workspace = ?1",
                )?
                .execute(params![workspace, events, bytes])?;
        }
        Ok(dropped)
    }

    /// Drops the oldest; the bytes that this frees, `None` where there is none.
    fn drop_oldest_rejected(&self, workspace: WorkspaceId) -> Result<Option<i64>> {
        let sql = format!(
            "DELETE FROM rejected WHERE id =
             (SELECT id FROM rejected WHERE workspace = ?1 ORDER BY id LIMIT 1)
             RETURNING {KEPT_BYTES}"
        );
        let mut statement = self.conn.prepare_cached(&sql)?;
        Ok(statement.query_row([workspace], |row| row.get(0)).optional()?)
    }

    /// Lets a rejected event go, as after it was replayed.
    pub fn release_rejected(&self, workspace: WorkspaceId, id: i64) -> Result<bool> {
        let sql =
            format!("DELETE FROM rejected WHERE workspace = ?1 AND id = ?2 RETURNING {KEPT_BYTES}");
        let freed: Option<i64> = self
            .conn
            .prepare_cached(&sql)?
            .query_row(params![workspace, id], |row| row.get(0))
            .optional()?;
        let Some(freed) = freed else { return Ok(false) };
        self.conn
            .prepare_cached(
                "UPDATE quarantines SET events = events - 1, bytes = bytes - ?2
                 WHERE workspace = ?1",
            )?
            .execute(params![workspace, freed])?;
        Ok(true)
    }
}

/// What the budget of bytes counts of a rejected event.
fn kept_bytes(reason: &Invalid, event: &SentText) -> usize {
    event.text.len() + reason.message.len() + reason.field.len() + ROW_BYTES
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

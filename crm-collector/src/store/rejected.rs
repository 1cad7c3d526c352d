//! The quarantine: events that were not stored, each with its reason, kept to be replayed.

use crm_models::{Code, Invalid, Timestamp};
use rusqlite::{Row, params};

use super::error::Result;
use super::ids::{KeyId, WorkspaceId};
use super::{ReadTx, WriteTx, column};

/// A rejected event to keep.
#[derive(Clone, Debug)]
pub struct NewRejected<'a> {
    /// The key it came by; `None` for the command line and sessions.
    pub key: Option<KeyId>,
    /// Why it was rejected.
    pub reason: &'a Invalid,
    /// The event as it was sent.
    pub event: &'a str,
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
    /// The event as it was sent.
    pub event: String,
}

/// About how many rejected events a workspace keeps; past that the oldest make room.
const KEPT: i64 = 100_000;

const COLUMNS: &str = "id, received_at, api_key, code, field, message, event";

impl ReadTx<'_> {
    /// Rejected events after one of them, in order of arrival.
    pub fn rejected(
        &self,
        workspace: WorkspaceId,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Rejected>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM rejected WHERE workspace = ?1 AND id > ?2 ORDER BY id LIMIT ?3"
        );
        let mut statement = self.conn.prepare_cached(&sql)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![workspace, after, limit], from_row)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// How many rejected events the workspace keeps.
    pub fn count_rejected(&self, workspace: WorkspaceId) -> Result<i64> {
        let mut statement =
            self.conn.prepare_cached("SELECT count(*) FROM rejected WHERE workspace = ?1")?;
        Ok(statement.query_row([workspace], |row| row.get(0))?)
    }
}

impl WriteTx<'_> {
    /// Keeps a rejected event; how many older ones had to make room.
    pub fn keep_rejected(
        &self,
        workspace: WorkspaceId,
        rejected: &NewRejected<'_>,
        now: Timestamp,
    ) -> Result<usize> {
        self.conn
            .prepare_cached(
                "INSERT INTO rejected (workspace, received_at, api_key, code, field, message, event)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                workspace,
                now.millis(),
                rejected.key,
                rejected.reason.code.as_str(),
                rejected.reason.field,
                rejected.reason.message,
                rejected.event
            ])?;
        // Looking for the oldest to keep walks all that are kept, so it is done now and then.
        if self.conn.last_insert_rowid() % 1_000 != 0 {
            return Ok(0);
        }
        let made_room = self
            .conn
            .prepare_cached(
                "DELETE FROM rejected WHERE workspace = ?1 AND id <=
                 (SELECT id FROM rejected WHERE workspace = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
            )?
            .execute(params![workspace, KEPT])?;
        Ok(made_room)
    }

    /// Lets a rejected event go, as after it was replayed.
    pub fn release_rejected(&self, workspace: WorkspaceId, id: i64) -> Result<bool> {
        let mut statement =
            self.conn.prepare_cached("DELETE FROM rejected WHERE workspace = ?1 AND id = ?2")?;
        Ok(statement.execute(params![workspace, id])? == 1)
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
        event: row.get(6)?,
    })
}

//! The audit log: who changed accounts and keys, and when. Ids only, no personal data.

use crm_models::Timestamp;
use rusqlite::params;

use super::error::Result;
use super::ids::WorkspaceId;
use super::sealed::Sealed;
use super::{ReadTx, WriteTx};

pub(super) static ROWS: Sealed =
    Sealed::new("audit_log", &["id"], &["workspace", "at", "actor", "action", "subject"]);

/// One entry of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Where it was done.
    pub workspace: Option<WorkspaceId>,
    /// When.
    pub at: Timestamp,
    /// Who: `user:ID`, `key:ID` or `cli`.
    pub actor: String,
    /// What was done, such as `key.create`.
    pub action: String,
    /// To what, such as `key:7`.
    pub subject: String,
}

impl ReadTx<'_> {
    /// The newest entries of a workspace, newest first.
    pub fn audit_entries(&self, workspace: WorkspaceId, limit: u32) -> Result<Vec<AuditEntry>> {
        let sql = "SELECT workspace, at, actor, action, subject FROM audit_log \
                   WHERE workspace = ?1 ORDER BY id DESC LIMIT ?2";
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_map(params![workspace, limit], |row| {
            Ok(AuditEntry {
                workspace: row.get(0)?,
                at: super::column::time(row, 1)?,
                actor: row.get(2)?,
                action: row.get(3)?,
                subject: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

impl WriteTx<'_> {
    /// Adds an entry, in the transaction of what it tells of.
    pub fn audit(
        &self,
        workspace: WorkspaceId,
        now: Timestamp,
        actor: &str,
        action: &'static str,
        subject: &str,
    ) -> Result<()> {
        ROWS.insert(self.conn, params![workspace, now.millis(), actor, action, subject])
    }
}

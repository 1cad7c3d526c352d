//! The table of the audit log.

use crm_models::Timestamp;
use rusqlite::params;

use super::sealed::Sealed;
use super::{Snapshot, Transaction, column};
use crate::store::{AuditEntry, Result, WorkspaceId};

pub(super) static ROWS: Sealed =
    Sealed::new("audit_log", &["id"], &["workspace", "at", "actor", "action", "subject"]);

impl Snapshot<'_> {
    /// The newest entries of a workspace, newest first.
    pub fn audit_entries(&self, workspace: WorkspaceId, at_most: usize) -> Result<Vec<AuditEntry>> {
        let sql = "SELECT workspace, at, actor, action, subject FROM audit_log \
                   WHERE workspace = ?1 ORDER BY id DESC LIMIT ?2";
        let mut statement = self.conn.prepare_cached(sql)?;
        let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![workspace, at_most], |row| {
            Ok(AuditEntry {
                workspace: row.get(0)?,
                at: column::time(row, 1)?,
                actor: row.get(2)?,
                action: row.get(3)?,
                subject: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

impl Transaction<'_> {
    /// Adds an entry.
    pub(in crate::store) fn insert_audit(
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

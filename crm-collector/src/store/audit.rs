//! The audit log: who changed accounts and keys, and when. Ids only, no personal data.

use crm_models::Timestamp;

use super::WriteTx;
use super::error::Result;
use super::ids::WorkspaceId;

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
        self.engine.insert_audit(workspace, now, actor, action, subject)
    }
}

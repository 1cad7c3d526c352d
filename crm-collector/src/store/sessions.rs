//! Sessions: who is logged in, by the hash of their cookie's token.

use crm_models::{Role, Timestamp};

use super::WriteTx;
use super::error::Result;
use super::ids::{UserId, WorkspaceId};

/// A login, with the role its user has now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Who logged in.
    pub user: UserId,
    /// Where they work.
    pub workspace: WorkspaceId,
    /// What they may do there.
    pub role: Role,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl WriteTx<'_> {
    /// Begins a session.
    pub fn add_session(
        &self,
        token_hash: &[u8; 32],
        user: UserId,
        workspace: WorkspaceId,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<()> {
        self.engine.insert_session(token_hash, user, workspace, now, expires_at)
    }

    /// Ends one session.
    pub fn end_session(&self, token_hash: &[u8; 32]) -> Result<()> {
        self.engine.delete_session(token_hash)
    }

    /// Ends all sessions of a user, but for `kept`.
    pub fn end_sessions_of(&self, user: UserId, kept: Option<&[u8; 32]>) -> Result<()> {
        self.engine.delete_sessions_of(user, kept)
    }

    /// Clears away what has expired.
    pub fn remove_expired_sessions(&self, now: Timestamp) -> Result<usize> {
        self.engine.delete_expired_sessions(now)
    }
}

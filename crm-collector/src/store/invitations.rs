//! Invitations: a place in a workspace, kept for an address until it is taken.

use crm_models::{Role, Timestamp};

use super::WriteTx;
use super::error::Result;
use super::ids::{InvitationId, WorkspaceId};

/// A place in a workspace, kept for an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Its number.
    pub id: InvitationId,
    /// Where it leads.
    pub workspace: WorkspaceId,
    /// Whom it is for, in lower case.
    pub email: String,
    /// What they will be.
    pub role: Role,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl WriteTx<'_> {
    /// Adds an invitation. An earlier one for the same address gives way to it.
    pub fn add_invitation(
        &self,
        token_hash: &[u8; 32],
        workspace: WorkspaceId,
        email: &str,
        role: Role,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<Invitation> {
        self.engine.delete_invitations_of(workspace, email)?;
        let id =
            self.engine.insert_invitation(token_hash, workspace, email, role, now, expires_at)?;
        Ok(Invitation { id, workspace, email: email.to_owned(), role, created_at: now, expires_at })
    }

    /// Removes an invitation, taken or withdrawn; tells whether it was there and had not expired.
    pub fn remove_invitation(
        &self,
        workspace: WorkspaceId,
        id: InvitationId,
        now: Timestamp,
    ) -> Result<bool> {
        self.engine.delete_invitation(workspace, id, now)
    }

    /// Clears away what has expired.
    pub fn remove_expired_invitations(&self, now: Timestamp) -> Result<usize> {
        self.engine.delete_expired_invitations(now)
    }
}

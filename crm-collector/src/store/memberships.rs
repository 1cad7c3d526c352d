//! Memberships: which user belongs to which workspace, in which role.

use crm_models::Role;

use super::WriteTx;
use super::error::Result;
use super::ids::{UserId, WorkspaceId};

impl WriteTx<'_> {
    /// Makes a user a member; tells whether they were none before.
    pub fn add_member(&self, workspace: WorkspaceId, user: UserId, role: Role) -> Result<bool> {
        self.engine.insert_member(workspace, user, role)
    }
}

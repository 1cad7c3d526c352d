//! Memberships: which user belongs to which workspace, in which role.

use crm_models::Role;
use rusqlite::{OptionalExtension, params};

use super::error::Result;
use super::ids::{UserId, WorkspaceId};
use super::sealed::Sealed;
use super::users::User;
use super::{ReadTx, WriteTx};

pub(super) static ROWS: Sealed =
    Sealed::new("memberships", &["workspace", "user"], &["workspace", "user", "role"]);

impl ReadTx<'_> {
    /// A user's role in a workspace, if they belong to it.
    pub fn role(&self, workspace: WorkspaceId, user: UserId) -> Result<Option<Role>> {
        let sql = "SELECT role FROM memberships WHERE workspace = ?1 AND user = ?2";
        let mut statement = self.conn.prepare_cached(sql)?;
        let role = statement
            .query_row(params![workspace, user], |row| super::column::word(row, 0))
            .optional()?;
        Ok(role)
    }

    /// The workspaces a user belongs to, oldest first.
    pub fn workspaces_of(&self, user: UserId) -> Result<Vec<(WorkspaceId, Role)>> {
        let sql = "SELECT workspace, role FROM memberships WHERE user = ?1 ORDER BY workspace";
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows =
            statement.query_map([user], |row| Ok((row.get(0)?, super::column::word(row, 1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The users of a workspace, in order of joining the collector.
    pub fn members(&self, workspace: WorkspaceId) -> Result<Vec<(User, Role)>> {
        let sql = "SELECT u.id, u.email, u.name, u.created_at, m.role \
                   FROM memberships m JOIN users u ON u.id = m.user \
                   WHERE m.workspace = ?1 ORDER BY u.id";
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_map([workspace], |row| {
            Ok((super::users::from_row(row)?, super::column::word(row, 4)?))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

impl WriteTx<'_> {
    /// Makes a user a member; tells whether they were none before.
    pub fn add_member(&self, workspace: WorkspaceId, user: UserId, role: Role) -> Result<bool> {
        if self.role(workspace, user)?.is_some() {
            return Ok(false);
        }
        ROWS.insert(self.conn, params![workspace, user, role.as_str()])?;
        Ok(true)
    }
}

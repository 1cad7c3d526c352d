//! The table of memberships.

use crm_models::Role;
use rusqlite::{OptionalExtension, params};

use super::error::unless_taken;
use super::sealed::Sealed;
use super::{Snapshot, Transaction, column};
use crate::store::{Result, User, UserId, WorkspaceId};

pub(super) static ROWS: Sealed =
    Sealed::new("memberships", &["workspace", "user"], &["workspace", "user", "role"]);

impl Snapshot<'_> {
    /// A user's role in a workspace, if they belong to it.
    pub fn role(&self, workspace: WorkspaceId, user: UserId) -> Result<Option<Role>> {
        let sql = "SELECT role FROM memberships WHERE workspace = ?1 AND user = ?2";
        let mut statement = self.conn.prepare_cached(sql)?;
        let role =
            statement.query_row(params![workspace, user], |row| column::word(row, 0)).optional()?;
        Ok(role)
    }

    /// The workspaces a user belongs to, oldest first.
    pub fn workspaces_of(&self, user: UserId) -> Result<Vec<(WorkspaceId, Role)>> {
        let sql = "SELECT workspace, role FROM memberships WHERE user = ?1 ORDER BY workspace";
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_map([user], |row| Ok((row.get(0)?, column::word(row, 1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The users of a workspace, in order of joining the collector.
    pub fn members(&self, workspace: WorkspaceId) -> Result<Vec<(User, Role)>> {
        let sql = "SELECT u.id, u.email, u.name, u.created_at, m.role \
                   FROM memberships m JOIN users u ON u.id = m.user \
                   WHERE m.workspace = ?1 ORDER BY u.id";
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_map([workspace], |row| {
            Ok((super::users::from_row(row)?, column::word(row, 4)?))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

impl Transaction<'_> {
    /// Makes a user a member; `false` when they are one.
    pub(in crate::store) fn insert_member(
        &self,
        workspace: WorkspaceId,
        user: UserId,
        role: Role,
    ) -> Result<bool> {
        let values = params![workspace, user, role.as_str()];
        Ok(unless_taken(ROWS.insertion(self.conn)?.row(values))?.is_some())
    }
}

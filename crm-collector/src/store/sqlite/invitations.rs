//! The table of invitations.

use std::ops::ControlFlow;

use crm_models::{Role, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

use super::sealed::Sealed;
use super::{Snapshot, Transaction, column};
use crate::store::{Invitation, InvitationId, Result, WorkspaceId};

pub(super) static ROWS: Sealed = Sealed::new(
    "invitations",
    &["id"],
    &["token_hash", "workspace", "email", "role", "created_at", "expires_at"],
);

const COLUMNS: &str = "id, workspace, email, role, created_at, expires_at";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Invitation> {
    Ok(Invitation {
        id: row.get(0)?,
        workspace: row.get(1)?,
        email: row.get(2)?,
        role: column::word(row, 3)?,
        created_at: column::time(row, 4)?,
        expires_at: column::time(row, 5)?,
    })
}

impl Snapshot<'_> {
    /// Visits the invitations of a workspace that have not expired, from the one before `before` on,
    /// the latest first, until the visitor breaks off.
    pub fn each_invitation(
        &self,
        workspace: WorkspaceId,
        before: i64,
        now: Timestamp,
        mut visit: impl FnMut(Invitation) -> ControlFlow<()>,
    ) -> Result<()> {
        let sql = format!(
            "SELECT {COLUMNS} FROM invitations
             WHERE workspace = ?1 AND id < ?2 AND expires_at > ?3 ORDER BY id DESC"
        );
        let mut statement = self.conn.prepare_cached(&sql)?;
        let values = params![workspace, before, now.millis()];
        for invitation in statement.query_map(values, from_row)? {
            if visit(invitation?).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// How many invitations of a workspace have not expired.
    pub fn count_invitations(&self, workspace: WorkspaceId, now: Timestamp) -> Result<i64> {
        let mut statement = self.conn.prepare_cached(
            "SELECT count(*) FROM invitations WHERE workspace = ?1 AND expires_at > ?2",
        )?;
        Ok(statement.query_row(params![workspace, now.millis()], |row| row.get(0))?)
    }

    /// The invitation of a token's SHA-256.
    pub fn invitation_by_token(&self, token_hash: &[u8; 32]) -> Result<Option<Invitation>> {
        let sql = format!("SELECT {COLUMNS} FROM invitations WHERE token_hash = ?1");
        let mut statement = self.conn.prepare_cached(&sql)?;
        Ok(statement.query_row([token_hash.as_slice()], from_row).optional()?)
    }
}

impl Transaction<'_> {
    /// Adds an invitation.
    pub(in crate::store) fn insert_invitation(
        &self,
        token_hash: &[u8; 32],
        workspace: WorkspaceId,
        email: &str,
        role: Role,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<InvitationId> {
        ROWS.insert(
            self.conn,
            params![
                token_hash.as_slice(),
                workspace,
                email,
                role.as_str(),
                now.millis(),
                expires_at.millis()
            ],
        )?;
        Ok(InvitationId(self.conn.last_insert_rowid()))
    }

    /// Removes the invitations of an address.
    pub(in crate::store) fn delete_invitations_of(
        &self,
        workspace: WorkspaceId,
        email: &str,
    ) -> Result<()> {
        let sql = "DELETE FROM invitations WHERE workspace = ?1 AND email = ?2";
        self.conn.execute(sql, params![workspace, email])?;
        Ok(())
    }

    /// Removes an invitation; tells whether it was there and had not expired.
    pub(in crate::store) fn delete_invitation(
        &self,
        workspace: WorkspaceId,
        id: InvitationId,
        now: Timestamp,
    ) -> Result<bool> {
        let sql = "DELETE FROM invitations WHERE workspace = ?1 AND id = ?2 AND expires_at > ?3";
        Ok(self.conn.execute(sql, params![workspace, id, now.millis()])? > 0)
    }

    /// Clears away what has expired.
    pub(in crate::store) fn delete_expired_invitations(&self, now: Timestamp) -> Result<usize> {
        Ok(self.conn.execute("DELETE FROM invitations WHERE expires_at <= ?1", [now.millis()])?)
    }
}

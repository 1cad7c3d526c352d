//! Invitations: a place in a workspace, kept for an address until it is taken.

use crm_models::{Role, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

use super::error::Result;
use super::ids::{InvitationId, WorkspaceId};
use super::sealed::Sealed;
use super::{ReadTx, WriteTx};

pub(super) static ROWS: Sealed = Sealed::new(
    "invitations",
    &["id"],
    &["token_hash", "workspace", "email", "role", "created_at", "expires_at"],
);

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

const COLUMNS: &str = "id, workspace, email, role, created_at, expires_at";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Invitation> {
    Ok(Invitation {
        id: row.get(0)?,
        workspace: row.get(1)?,
        email: row.get(2)?,
        role: super::column::word(row, 3)?,
        created_at: super::column::time(row, 4)?,
        expires_at: super::column::time(row, 5)?,
    })
}

impl ReadTx<'_> {
    /// The invitations of a workspace, newest first.
    pub fn invitations(&self, workspace: WorkspaceId) -> Result<Vec<Invitation>> {
        let sql =
            format!("SELECT {COLUMNS} FROM invitations WHERE workspace = ?1 ORDER BY id DESC");
        let mut statement = self.conn.prepare_cached(&sql)?;
        let rows = statement.query_map([workspace], from_row)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The invitation of a token's SHA-256.
    pub fn invitation_by_token(&self, token_hash: &[u8; 32]) -> Result<Option<Invitation>> {
        let sql = format!("SELECT {COLUMNS} FROM invitations WHERE token_hash = ?1");
        let mut statement = self.conn.prepare_cached(&sql)?;
        Ok(statement.query_row([token_hash.as_slice()], from_row).optional()?)
    }
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
        self.conn.execute(
            "DELETE FROM invitations WHERE workspace = ?1 AND email = ?2",
            params![workspace, email],
        )?;
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
        let id = InvitationId(self.conn.last_insert_rowid());
        Ok(Invitation { id, workspace, email: email.to_owned(), role, created_at: now, expires_at })
    }

    /// Removes an invitation, taken or withdrawn; tells whether it was there.
    pub fn remove_invitation(&self, workspace: WorkspaceId, id: InvitationId) -> Result<bool> {
        let sql = "DELETE FROM invitations WHERE workspace = ?1 AND id = ?2";
        Ok(self.conn.execute(sql, params![workspace, id])? > 0)
    }

    /// Clears away what has expired.
    pub fn remove_expired_invitations(&self, now: Timestamp) -> Result<usize> {
        Ok(self.conn.execute("DELETE FROM invitations WHERE expires_at <= ?1", [now.millis()])?)
    }
}

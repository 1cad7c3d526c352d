//! Sessions: who is logged in, by the hash of their cookie's token.

use crm_models::{Role, Timestamp};
use rusqlite::{OptionalExtension, params};

use super::error::Result;
use super::ids::{UserId, WorkspaceId};
use super::sealed::Sealed;
use super::{ReadTx, WriteTx};

pub(super) static ROWS: Sealed = Sealed::new(
    "sessions",
    &["token_hash"],
    &["token_hash", "user", "workspace", "created_at", "expires_at"],
);

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

impl ReadTx<'_> {
    /// The session of a token's SHA-256. None when its user has left the workspace.
    pub fn session(&self, token_hash: &[u8; 32]) -> Result<Option<Session>> {
        let sql = "SELECT s.user, s.workspace, m.role, s.expires_at FROM sessions s \
                   JOIN memberships m ON m.workspace = s.workspace AND m.user = s.user \
                   WHERE s.token_hash = ?1";
        let mut statement = self.conn.prepare_cached(sql)?;
        let session = statement
            .query_row([token_hash.as_slice()], |row| {
                Ok(Session {
                    user: row.get(0)?,
                    workspace: row.get(1)?,
                    role: super::column::word(row, 2)?,
                    expires_at: super::column::time(row, 3)?,
                })
            })
            .optional()?;
        Ok(session)
    }
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
        let values =
            params![token_hash.as_slice(), user, workspace, now.millis(), expires_at.millis()];
        ROWS.insert(self.conn, values)
    }

    /// Ends one session.
    pub fn end_session(&self, token_hash: &[u8; 32]) -> Result<()> {
        self.conn.execute("DELETE FROM sessions WHERE token_hash = ?1", [token_hash.as_slice()])?;
        Ok(())
    }

    /// Ends all sessions of a user, but for `kept`.
    pub fn end_sessions_of(&self, user: UserId, kept: Option<&[u8; 32]>) -> Result<()> {
        self.conn.execute(
            "DELETE FROM sessions WHERE user = ?1 AND token_hash IS NOT ?2",
            params![user, kept.map(<[u8; 32]>::as_slice)],
        )?;
        Ok(())
    }

    /// Clears away what has expired.
    pub fn remove_expired_sessions(&self, now: Timestamp) -> Result<usize> {
        Ok(self.conn.execute("DELETE FROM sessions WHERE expires_at <= ?1", [now.millis()])?)
    }
}

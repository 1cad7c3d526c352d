//! The table of sessions.

use crm_models::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::sealed::Sealed;
use super::{Snapshot, Transaction, column};
use crate::store::{Result, Session, UserId, WorkspaceId};

pub(super) static ROWS: Sealed = Sealed::new(
    "sessions",
    &["token_hash"],
    &["token_hash", "user", "workspace", "created_at", "expires_at"],
);

impl Snapshot<'_> {
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
                    role: column::word(row, 2)?,
                    expires_at: column::time(row, 3)?,
                })
            })
            .optional()?;
        Ok(session)
    }
}

impl Transaction<'_> {
    /// Begins a session.
    pub(in crate::store) fn insert_session(
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
    pub(in crate::store) fn delete_session(&self, token_hash: &[u8; 32]) -> Result<()> {
        self.conn.execute("DELETE FROM sessions WHERE token_hash = ?1", [token_hash.as_slice()])?;
        Ok(())
    }

    /// Ends all sessions of a user, but for `kept`.
    pub(in crate::store) fn delete_sessions_of(
        &self,
        user: UserId,
        kept: Option<&[u8; 32]>,
    ) -> Result<()> {
        self.conn.execute(
            "DELETE FROM sessions WHERE user = ?1 AND token_hash IS NOT ?2",
            params![user, kept.map(<[u8; 32]>::as_slice)],
        )?;
        Ok(())
    }

    /// Clears away what has expired.
    pub(in crate::store) fn delete_expired_sessions(&self, now: Timestamp) -> Result<usize> {
        Ok(self.conn.execute("DELETE FROM sessions WHERE expires_at <= ?1", [now.millis()])?)
    }
}

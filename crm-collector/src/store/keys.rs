//! API keys, by the hash of the key.

use crm_models::{EventType, KeyKind, Scope, Timestamp};

use super::WriteTx;
use super::error::Result;
use super::ids::{KeyId, WorkspaceId};

/// What is said of a key when it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewApiKey {
    /// What its owner calls it.
    pub name: String,
    /// Where it is used.
    pub kind: KeyKind,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// The events it may send; `None` for all.
    pub event_types: Option<Vec<EventType>>,
    /// The web origins it may be used from; `None` for all.
    pub origins: Option<Vec<String>>,
    /// When it ends; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// What purchases come from that name no source themselves; `None` for none.
    pub source: Option<String>,
}

/// An API key; the key itself is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its number.
    pub id: KeyId,
    /// Whose events it sends and reads.
    pub workspace: WorkspaceId,
    /// Its last four characters, to tell it from others.
    pub hint: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// What was said of it.
    pub about: NewApiKey,
}

impl WriteTx<'_> {
    /// Adds a key.
    pub fn add_key(
        &self,
        workspace: WorkspaceId,
        about: NewApiKey,
        token_hash: &[u8; 32],
        hint: &str,
        now: Timestamp,
    ) -> Result<ApiKey> {
        Ok(ApiKey {
            id: self.engine.insert_key(workspace, &about, token_hash, hint, now)?,
            workspace,
            hint: hint.to_owned(),
            created_at: now,
            revoked_at: None,
            last_used_at: None,
            about,
        })
    }

    /// Lets a key end at `at`, unless it ends sooner.
    pub fn expire_key(&self, workspace: WorkspaceId, id: KeyId, at: Timestamp) -> Result<()> {
        match self.key(workspace, id)? {
            Some(_) => self.engine.set_key_end(id, at),
            None => Ok(()),
        }
    }

    /// Ends a key at once; tells whether it was there and not revoked before.
    pub fn revoke_key(&self, workspace: WorkspaceId, id: KeyId, now: Timestamp) -> Result<bool> {
        if self.key(workspace, id)?.is_none_or(|key| key.revoked_at.is_some()) {
            return Ok(false);
        }
        self.engine.set_key_revoked(id, now)
    }

    /// Notes that a key was used.
    pub fn note_key_use(&self, id: KeyId, at: Timestamp) -> Result<()> {
        self.engine.set_key_used(id, at)
    }
}

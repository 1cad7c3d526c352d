//! API keys, by the hash of the key.

use std::ops::ControlFlow;

use crm_models::{EventType, KeyKind, Scope, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

use super::error::Result;
use super::ids::{KeyId, WorkspaceId};
use super::sealed::Sealed;
use super::{ReadTx, WriteTx};

pub(super) static ROWS: Sealed = Sealed::new(
    "api_keys",
    &["id"],
    &[
        "workspace",
        "name",
        "kind",
        "token_hash",
        "hint",
        "scopes",
        "event_types",
        "origins",
        "created_at",
        "expires_at",
        "revoked_at",
        "last_used_at",
    ],
);

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

const COLUMNS: &str = "id, workspace, hint, created_at, revoked_at, last_used_at, \
                       name, kind, scopes, event_types, origins, expires_at";

fn from_row(row: &Row<'_>) -> rusqlite::Result<ApiKey> {
    use super::column::{optional_time, time, word, words};
    let origins: Option<String> = row.get(10)?;
    Ok(ApiKey {
        id: row.get(0)?,
        workspace: row.get(1)?,
        hint: row.get(2)?,
        created_at: time(row, 3)?,
        revoked_at: optional_time(row, 4)?,
        last_used_at: optional_time(row, 5)?,
        about: NewApiKey {
            name: row.get(6)?,
            kind: word(row, 7)?,
            scopes: words(row, 8)?.unwrap_or_default(),
            event_types: words(row, 9)?,
            origins: origins.map(|list| list.split(',').map(str::to_owned).collect()),
            expires_at: optional_time(row, 11)?,
        },
    })
}

fn joined<T: ToString>(list: &[T]) -> String {
    list.iter().map(T::to_string).collect::<Vec<_>>().join(",")
}

impl ReadTx<'_> {
    /// The key of this SHA-256.
    pub fn key_by_hash(&self, token_hash: &[u8; 32]) -> Result<Option<ApiKey>> {
        let sql = format!("SELECT {COLUMNS} FROM api_keys WHERE token_hash = ?1");
        let mut statement = self.conn.prepare_cached(&sql)?;
        Ok(statement.query_row([token_hash.as_slice()], from_row).optional()?)
    }

    /// One key of a workspace.
    pub fn key(&self, workspace: WorkspaceId, id: KeyId) -> Result<Option<ApiKey>> {
        let sql = format!("SELECT {COLUMNS} FROM api_keys WHERE workspace = ?1 AND id = ?2");
        let mut statement = self.conn.prepare_cached(&sql)?;
        Ok(statement.query_row(params![workspace, id], from_row).optional()?)
    }

    /// Visits the keys of a workspace behind one of them, in order of making, revoked and expired ones
    /// too, until the visitor breaks off.
    pub fn each_key(
        &self,
        workspace: WorkspaceId,
        after: i64,
        mut visit: impl FnMut(ApiKey) -> ControlFlow<()>,
    ) -> Result<()> {
        let sql =
            format!("SELECT {COLUMNS} FROM api_keys WHERE workspace = ?1 AND id > ?2 ORDER BY id");
        let mut statement = self.conn.prepare_cached(&sql)?;
        for key in statement.query_map(params![workspace, after], from_row)? {
            if visit(key?).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// How many keys of a workspace are neither revoked nor expired.
    pub fn count_living_keys(&self, workspace: WorkspaceId, now: Timestamp) -> Result<i64> {
        let mut statement = self.conn.prepare_cached(
            "SELECT count(*) FROM api_keys WHERE workspace = ?1 AND revoked_at IS NULL
             AND (expires_at IS NULL OR expires_at > ?2)",
        )?;
        Ok(statement.query_row(params![workspace, now.millis()], |row| row.get(0))?)
    }

    /// The web origins that some living browser key may be used from.
    pub fn browser_origins(&self, now: Timestamp) -> Result<Vec<String>> {
        let sql = "SELECT origins FROM api_keys WHERE kind = 'browser' AND origins IS NOT NULL \
                   AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?1)";
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut origins = Vec::new();
        let mut rows = statement.query([now.millis()])?;
        while let Some(row) = rows.next()? {
            let list: String = row.get(0)?;
            origins.extend(list.split(',').map(str::to_owned));
        }
        Ok(origins)
    }
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
        ROWS.insert(
            self.conn,
            params![
                workspace,
                about.name,
                about.kind.as_str(),
                token_hash.as_slice(),
                hint,
                joined(&about.scopes),
                about.event_types.as_deref().map(joined),
                about.origins.as_deref().map(joined),
                now.millis(),
                about.expires_at.map(Timestamp::millis),
                None::<i64>,
                None::<i64>,
            ],
        )?;
        Ok(ApiKey {
            id: KeyId(self.conn.last_insert_rowid()),
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
        if self.key(workspace, id)?.is_some() {
            let set = "expires_at = min(coalesce(expires_at, ?2), ?2)";
            ROWS.change(self.conn, set, params![id, at.millis()])?;
        }
        Ok(())
    }

    /// Ends a key at once; tells whether it was there and not revoked before.
    pub fn revoke_key(&self, workspace: WorkspaceId, id: KeyId, now: Timestamp) -> Result<bool> {
        if self.key(workspace, id)?.is_none_or(|key| key.revoked_at.is_some()) {
            return Ok(false);
        }
        ROWS.change(self.conn, "revoked_at = ?2", params![id, now.millis()])
    }

    /// Notes that a key was used.
    pub fn note_key_use(&self, id: KeyId, at: Timestamp) -> Result<()> {
        let set = "last_used_at = max(coalesce(last_used_at, ?2), ?2)";
        ROWS.change(self.conn, set, params![id, at.millis()])?;
        Ok(())
    }
}

//! The table of API keys.

use std::ops::ControlFlow;

use crm_models::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::column::{optional_time, time, word, words};
use super::sealed::Sealed;
use super::{Snapshot, Transaction};
use crate::store::{ApiKey, KeyId, NewApiKey, Result, WorkspaceId};

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
        "source",
    ],
)
.with_later(1);

const COLUMNS: &str = "id, workspace, hint, created_at, revoked_at, last_used_at, \
                       name, kind, scopes, event_types, origins, expires_at, source";

fn from_row(row: &Row<'_>) -> rusqlite::Result<ApiKey> {
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
            source: row.get(12)?,
        },
    })
}

fn joined<T: ToString>(list: &[T]) -> String {
    list.iter().map(T::to_string).collect::<Vec<_>>().join(",")
}

impl Snapshot<'_> {
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

impl Transaction<'_> {
    /// Adds a key.
    pub(in crate::store) fn insert_key(
        &self,
        workspace: WorkspaceId,
        about: &NewApiKey,
        token_hash: &[u8; 32],
        hint: &str,
        now: Timestamp,
    ) -> Result<KeyId> {
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
                about.source
            ],
        )?;
        Ok(KeyId(self.conn.last_insert_rowid()))
    }

    /// Lets a key end at `at`, unless it ends sooner.
    pub(in crate::store) fn set_key_end(&self, id: KeyId, at: Timestamp) -> Result<()> {
        let set = "expires_at = min(coalesce(expires_at, ?2), ?2)";
        ROWS.change(self.conn, set, params![id, at.millis()])?;
        Ok(())
    }

    /// Ends a key at once; `false` when there is none.
    pub(in crate::store) fn set_key_revoked(&self, id: KeyId, now: Timestamp) -> Result<bool> {
        ROWS.change(self.conn, "revoked_at = ?2", params![id, now.millis()])
    }

    /// Notes that a key was used, unless a later use is noted.
    pub(in crate::store) fn set_key_used(&self, id: KeyId, at: Timestamp) -> Result<()> {
        let set = "last_used_at = max(coalesce(last_used_at, ?2), ?2)";
        ROWS.change(self.conn, set, params![id, at.millis()])?;
        Ok(())
    }
}

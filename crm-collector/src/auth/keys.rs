//! API keys: making, checking, rotating and revoking them.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crm_models::{Code, KeyKind, Scope, Timestamp};

use super::error::{AuthError, Result};
use super::principal::{Actor, KeyGrant, Principal};
use super::right::Own;
use super::secret::sha256;
use super::text::line;
use super::{Access, Auth, key_text};
use crate::facts::{List, Page, Place};
use crate::store::{ApiKey, KeyId, NewApiKey, ReadTx, StoreError, WorkspaceId, WriteTx};

/// Keys of a workspace that work at the same time.
const LIVING: i64 = 1_000;
/// Bytes that a key takes in a list, beside its texts.
const LISTED_BYTES: usize = 400;
const ORIGINS: usize = 32;
const ORIGIN_BYTES: usize = 255;
/// How long another process's change to the origins of browser keys may go unseen.
const ORIGINS_FRESH: Duration = Duration::from_secs(1);

/// A key that was just made.
#[derive(Clone)]
pub struct NewKey {
    /// The key itself. It is nowhere else.
    pub text: String,
    /// What is kept of it.
    pub key: ApiKey,
}

/// The origins that living browser keys may be used from.
#[derive(Default)]
pub(super) struct OriginCache(Mutex<Option<(Instant, HashSet<String>)>>);

impl OriginCache {
    fn get(&self, origin: &str) -> Option<bool> {
        let cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, origins) = cached.as_ref()?;
        (since.elapsed() < ORIGINS_FRESH).then(|| origins.contains(origin))
    }

    fn set(&self, origins: Option<HashSet<String>>) {
        let fresh = origins.map(|origins| (Instant::now(), origins));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
    }
}

impl Auth {
    /// Makes a key.
    pub async fn create_key(&self, access: &Access<Own>, about: NewApiKey) -> Result<NewKey> {
        let now = self.shared.clock.now();
        let about = checked(about, now)?;
        let text = key_text::generate(about.kind, &self.shared.random)?;
        let hash = sha256(text.as_bytes());
        let hint = key_text::hint(&text).to_owned();
        let (workspace, actor) = (access.workspace(), access.actor().to_string());
        let key = self
            .write(move |tx| {
                keep_to_bound(tx, workspace, now)?;
                let key = tx.add_key(workspace, about, &hash, &hint, now)?;
                tx.audit(workspace, now, &actor, "key.create", &subject(key.id))?;
                Ok(key)
            })
            .await?;
        self.shared.origins.set(None);
        Ok(NewKey { text, key })
    }

    /// A page of the keys of the workspace, past ones too, the oldest first.
    pub async fn keys(
        &self,
        access: &Access<Own>,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Page<ApiKey>> {
        let workspace = access.workspace();
        let after = after.map_or(0, |place| place.number);
        self.read(move |tx| {
            let mut page = Page::new(List::Keys, limit);
            tx.each_key(workspace, after, |key| {
                page.take(Place::number(key.id.0), listed_bytes(&key), key)
            })?;
            Ok(page)
        })
        .await
    }

    /// Makes a key like another one, which goes on for `overlap_ms`, unless it ends sooner.
    pub async fn rotate_key(
        &self,
        access: &Access<Own>,
        id: KeyId,
        overlap_ms: i64,
    ) -> Result<NewKey> {
        let now = self.shared.clock.now();
        let random = self.shared.random.clone();
        let (workspace, actor) = (access.workspace(), access.actor().to_string());
        let new = self
            .write(move |tx| {
                let old = tx.key(workspace, id)?.ok_or(AuthError::NotFound("key"))?;
                let mut about = old.about;
                if old.revoked_at.is_some() || about.expires_at.is_some_and(|end| end <= now) {
                    let message = "the key has ended already; make a new one";
                    return Err(AuthError::Conflict(message.into()));
                }
                // The new one lives as long as the old one was meant to.
                about.expires_at = about
                    .expires_at
                    .map(|end| now.plus_millis(end.millis() - old.created_at.millis()));
                // First, so that a key which goes on no longer makes room for the new one.
                tx.expire_key(workspace, id, now.plus_millis(overlap_ms))?;
                keep_to_bound(tx, workspace, now)?;
                let text = key_text::generate(about.kind, &random)?;
                let hash = sha256(text.as_bytes());
                let key = tx.add_key(workspace, about, &hash, key_text::hint(&text), now)?;
                tx.audit(workspace, now, &actor, "key.rotate", &subject(id))?;
                tx.audit(workspace, now, &actor, "key.create", &subject(key.id))?;
                Ok(NewKey { text, key })
            })
            .await?;
        self.shared.key_cache.forget(id);
        Ok(new)
    }

    /// Ends a key at once.
    pub async fn revoke_key(&self, access: &Access<Own>, id: KeyId) -> Result<()> {
        let now = self.shared.clock.now();
        let (workspace, actor) = (access.workspace(), access.actor().to_string());
        self.write(move |tx| {
            tx.key(workspace, id)?.ok_or(AuthError::NotFound("key"))?;
            if !tx.revoke_key(workspace, id, now)? {
                return Err(AuthError::NotFound("key that is not revoked"));
            }
            Ok(tx.audit(workspace, now, &actor, "key.revoke", &subject(id))?)
        })
        .await?;
        self.shared.key_cache.forget(id);
        self.shared.origins.set(None);
        Ok(())
    }

    /// Who is behind a key. A mistyped one is refused before it reaches the store.
    pub async fn key(&self, text: &str) -> Result<Principal> {
        const UNKNOWN: AuthError = AuthError::Unauthorized("the API key is unknown");
        if !key_text::is_well_formed(text) {
            let hint = "this is no API key, or it is mistyped: one is crm_sk_ or crm_pk_ and 38 characters";
            return Err(AuthError::Unauthorized(hint));
        }
        let hash = sha256(text.as_bytes());
        let began = Instant::now();
        let principal = match self.shared.key_cache.get(&hash, began) {
            Ok(principal) => principal,
            Err(before) => {
                let key = self.read(move |tx| Ok(tx.key_by_hash(&hash)?)).await?.ok_or(UNKNOWN)?;
                if key.revoked_at.is_some() {
                    return Err(AuthError::Unauthorized("the API key was revoked"));
                }
                let workspace = key.workspace;
                let actor = Actor::Key(std::sync::Arc::new(KeyGrant::from(key)));
                let principal = Principal { workspace, actor };
                self.shared.key_cache.put(hash, principal.clone(), before, began);
                principal
            }
        };
        if let Actor::Key(key) = &principal.actor {
            let now = self.shared.clock.now();
            if key.expires_at.is_some_and(|end| end <= now) {
                return Err(AuthError::Expired("the API key has expired"));
            }
            self.shared.last_use.note(key.id, now);
        }
        Ok(principal)
    }

    /// Whether some living browser key may be used from a web origin. A browser asks this
    /// before it shows the key.
    pub async fn knows_origin(&self, origin: &str) -> Result<bool> {
        if let Some(known) = self.shared.origins.get(origin) {
            return Ok(known);
        }
        let now = self.shared.clock.now();
        let origins = self.read(move |tx| Ok(tx.browser_origins(now)?)).await?;
        let origins: HashSet<String> = origins.into_iter().collect();
        let known = origins.contains(origin);
        self.shared.origins.set(Some(origins));
        Ok(known)
    }
}

/// What a key grants today: nothing once it is revoked. One that has expired counts, for what it
/// sent before its end.
pub fn grant_of_key(
    tx: &ReadTx<'_>,
    workspace: WorkspaceId,
    id: KeyId,
) -> std::result::Result<Option<KeyGrant>, StoreError> {
    let key = tx.key(workspace, id)?.filter(|key| key.revoked_at.is_none());
    Ok(key.map(KeyGrant::from))
}

/// Refuses one more key where as many work as may.
fn keep_to_bound(tx: &WriteTx<'_>, workspace: WorkspaceId, now: Timestamp) -> Result<()> {
    tx.lock_workspace(workspace)?;
    if tx.count_living_keys(workspace, now)? < LIVING {
        return Ok(());
    }
    let rule = format!("at most {LIVING} keys of a workspace work at a time; revoke one first");
    Err(AuthError::field(Code::TooMany, "keys", rule))
}

fn listed_bytes(key: &ApiKey) -> usize {
    let origins = key.about.origins.iter().flatten();
    // A character may be written as an escape.
    LISTED_BYTES + 2 * key.about.name.len() + origins.map(|origin| origin.len() + 3).sum::<usize>()
}

fn subject(id: KeyId) -> String {
    format!("key:{}", id.0)
}

/// Holds a new key to the rules.
fn checked(mut about: NewApiKey, now: Timestamp) -> Result<NewApiKey> {
    let refuse = |code, field: &str, rule: &str| Err(AuthError::field(code, field, rule));
    about.name = line("name", &about.name)?;
    about.scopes.sort_unstable();
    about.scopes.dedup();
    if about.scopes.is_empty() {
        return refuse(Code::MissingField, "scopes", "names at least one of ingest, read");
    }
    if let Some(types) = &mut about.event_types {
        types.sort_unstable();
        types.dedup();
        if types.is_empty() {
            return refuse(Code::MissingField, "event_types", "names at least one, or is left out");
        }
    }
    if about.expires_at.is_some_and(|end| end <= now) {
        return refuse(Code::OutOfRange, "expires_at", "lies in the future");
    }
    if let Some(source) = &about.source {
        about.source = Some(line("source", source)?);
    }
    match about.kind {
        KeyKind::Server if about.origins.is_some() => {
            return refuse(Code::InvalidField, "origins", "are for keys of kind browser");
        }
        KeyKind::Server => {}
        KeyKind::Browser if about.scopes != [Scope::Ingest] => {
            let rule = "of a browser key are ingest alone: everybody can read it in the page";
            return refuse(Code::InvalidField, "scopes", rule);
        }
        KeyKind::Browser => {
            let origins = about.origins.unwrap_or_default();
            if origins.is_empty() {
                let rule = "names the web origins of a browser key, such as https://shop.example";
                return refuse(Code::MissingField, "origins", rule);
            }
            if origins.len() > ORIGINS {
                return refuse(Code::TooMany, "origins", "has at most 32 entries");
            }
            about.origins = Some(origins.iter().map(|text| origin(text)).collect::<Result<_>>()?);
        }
    }
    Ok(about)
}

/// An origin as browsers write it: scheme, host, and a port that is not the scheme's own.
fn origin(text: &str) -> Result<String> {
    let text = text.trim().trim_end_matches('/').to_ascii_lowercase();
    let authority = text
        .strip_prefix("https://")
        .map(|rest| rest.strip_suffix(":443").unwrap_or(rest))
        .or_else(|| {
            text.strip_prefix("http://").map(|rest| rest.strip_suffix(":80").unwrap_or(rest))
        });
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    match authority {
        Some(host) if !host.is_empty() && text.len() <= ORIGIN_BYTES && host.bytes().all(known) => {
            let scheme = text.split_once("//").map_or("", |(scheme, _)| scheme);
            Ok(format!("{scheme}//{host}"))
        }
        _ => Err(AuthError::field(
            Code::InvalidField,
            "origins",
            "are a scheme, a host and at most a port, such as https://shop.example",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_written_as_browsers_write_them() {
        for (given, kept) in [
            ("https://Shop.Example/", "https://shop.example"),
            ("https://shop.example:443", "https://shop.example"),
            ("http://localhost:3000", "http://localhost:3000"),
        ] {
            assert_eq!(origin(given).unwrap(), kept);
        }
        for bad in ["*", "shop.example", "https://", "https://a/b", "ftp://a", "https://a,b"] {
            assert!(matches!(origin(bad), Err(AuthError::Invalid(_))), "{bad}");
        }
    }
}

//! Keys that were just looked up, so that a busy sender costs one look a second.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::principal::Principal;
use crate::store::KeyId;

/// How long an answer may be stale: another process may have revoked the key.
const FRESH: Duration = Duration::from_secs(1);
/// When full, what is stale goes; when nothing is, everything.
const ENTRIES: usize = 4_096;

#[derive(Default)]
pub(super) struct KeyCache {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    entries: HashMap<[u8; 32], (Principal, Instant)>,
    /// Counts revocations, so that a look that began before one is not remembered after it.
    revocations: u64,
}

/// The state of the cache when a look into the store began.
#[derive(Clone, Copy)]
pub(super) struct Before(u64);

impl KeyCache {
    /// A fresh answer, or where to begin a look.
    pub(super) fn get(&self, hash: &[u8; 32], now: Instant) -> Result<Principal, Before> {
        let inner = self.lock();
        match inner.entries.get(hash) {
            Some((principal, since)) if now.duration_since(*since) < FRESH => Ok(principal.clone()),
            _ => Err(Before(inner.revocations)),
        }
    }

    /// Remembers an answer, unless a key was revoked since the look began.
    pub(super) fn put(&self, hash: [u8; 32], principal: Principal, before: Before, since: Instant) {
        let mut inner = self.lock();
        if inner.revocations != before.0 {
            return;
        }
        if inner.entries.len() >= ENTRIES {
            inner.entries.retain(|_, (_, at)| since.duration_since(*at) < FRESH);
            if inner.entries.len() >= ENTRIES {
                inner.entries.clear();
            }
        }
        inner.entries.insert(hash, (principal, since));
    }

    /// Forgets a key that was revoked or changed.
    pub(super) fn forget(&self, id: KeyId) {
        let mut inner = self.lock();
        inner.revocations += 1;
        inner.entries.retain(|_, (principal, _)| principal.key_id() != Some(id));
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

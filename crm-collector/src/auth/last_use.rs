//! When keys were last used: noted in memory by the request, written by somebody else.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crm_models::Timestamp;

use crate::store::KeyId;

/// A key's last use is written once in this time at most.
const EVERY_MS: i64 = 60_000;

#[derive(Default)]
pub(super) struct LastUse {
    /// The last note of each key, and whether it is still to be written.
    notes: Mutex<HashMap<KeyId, (Timestamp, bool)>>,
}

impl LastUse {
    /// Notes that a key is in use.
    pub(super) fn note(&self, key: KeyId, now: Timestamp) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        let note = notes.entry(key).or_insert((now, true));
        if now.millis() - note.0.millis() >= EVERY_MS {
            *note = (now, true);
        }
    }

    /// What is to be written; forgets keys that have not been used for a while.
    pub(super) fn take(&self, now: Timestamp) -> Vec<(KeyId, Timestamp)> {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.retain(|_, (at, unwritten)| *unwritten || now.millis() - at.millis() < EVERY_MS);
        let unwritten = notes.iter_mut().filter(|(_, (_, unwritten))| *unwritten);
        unwritten
            .map(|(key, (at, unwritten))| {
                *unwritten = false;
                (*key, *at)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_key_is_written_once_a_minute() {
        let (last_use, key) = (LastUse::default(), KeyId(7));
        let at = Timestamp::from_millis;
        last_use.note(key, at(1_000));
        assert_eq!(last_use.take(at(1_000)), [(key, at(1_000))]);
        last_use.note(key, at(60_999));
        assert_eq!(last_use.take(at(60_999)), []);
        last_use.note(key, at(61_000));
        assert_eq!(last_use.take(at(61_000)), [(key, at(61_000))]);
    }
}

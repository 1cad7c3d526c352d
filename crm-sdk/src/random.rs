//! Randomness from `ring`, and the event ids made of it.

use std::cell::Cell;

use crm_models::{EventId, Timestamp};
use ring::rand::{SecureRandom, SystemRandom};

use crate::ids::EventIds;

/// The operating system gave no randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoRandomness;

/// A number uniform in 0..1 from 64 random bits, of which a float holds 53.
#[expect(clippy::cast_precision_loss, reason = "53 bits are what a float holds exactly")]
pub(crate) fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

/// A random number uniform in 0..1. Without randomness the middle: a pause like any other.
pub(crate) fn jitter() -> f64 {
    fill::<8>().map_or(0.5, |bytes| unit(u64::from_be_bytes(bytes)))
}

/// Random bytes.
pub(crate) fn fill<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

/// A version 7 id, above every one that this thread was given before.
pub(crate) fn event_id(now: Timestamp, process: u32) -> Result<EventId, NoRandomness> {
    // Each thread counts for itself, so that none waits for another.
    thread_local! {
        static IDS: Cell<EventIds> = const { Cell::new(EventIds::new()) };
    }
    IDS.with(|cell| {
        let mut ids = cell.get();
        let id = ids.next(now, process, fill);
        cell.set(ids);
        id
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn threads_never_share_an_id() {
        let now = Timestamp::from_millis(1_700_000_000_000);
        let ids: HashSet<_> = std::thread::scope(|scope| {
            let make = || (0..1_000).map(|_| event_id(now, 1).unwrap()).collect::<Vec<_>>();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(make)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(ids.len(), 4_000);
    }

    #[test]
    fn random_numbers_lie_between_zero_and_one() {
        assert_eq!(unit(0), 0.0);
        assert!(unit(u64::MAX) < 1.0);
        assert!((0.0..1.0).contains(&jitter()));
    }
}

//! Randomness from `ring`, and the event ids made of it.

use std::sync::{Mutex, PoisonError};

use crm_models::{EventId, Timestamp};
use ring::rand::{SecureRandom, SystemRandom};

/// A version 7 id has 74 random bits.
const RANDOM_BITS: u32 = 74;

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

fn fill<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

/// A version 7 id, above every one that this process was given before.
///
/// Within a millisecond ids count up from a random start (RFC 9562, 6.2, method 2), which asks
/// the operating system for randomness at most a thousand times a second.
pub(crate) fn event_id(now: Timestamp) -> Result<EventId, NoRandomness> {
    static LATEST: Mutex<Option<Latest>> = Mutex::new(None);
    // Nothing panics while it holds the lock.
    let mut latest = LATEST.lock().unwrap_or_else(PoisonError::into_inner);
    let next = Latest::after(*latest, now, std::process::id(), fill)?;
    *latest = Some(next);
    Ok(next.id())
}

#[derive(Clone, Copy)]
struct Latest {
    process: u32,
    millis: i64,
    counter: u128,
}

impl Latest {
    fn after(
        latest: Option<Self>,
        now: Timestamp,
        process: u32,
        fill: impl FnOnce() -> Result<[u8; 16], NoRandomness>,
    ) -> Result<Self, NoRandomness> {
        let now = now.millis().max(0);
        match latest {
            // Not after a fork: parent and child would count through the same numbers. When the
            // clock goes back, the latest millisecond lasts until the clock is past it again.
            Some(latest) if latest.process == process && now <= latest.millis => {
                let counter = latest.counter + 1;
                let carry = i64::from(counter >> RANDOM_BITS != 0);
                let counter = counter & ((1 << RANDOM_BITS) - 1);
                Ok(Self { millis: latest.millis + carry, counter, ..latest })
            }
            _ => {
                // The top bit stays clear, to leave room for counting.
                let counter = u128::from_be_bytes(fill()?) >> (128 - RANDOM_BITS + 1);
                Ok(Self { process, millis: now, counter })
            }
        }
    }

    /// Puts the counter into the bits that version and variant leave: 4 of the first two bytes
    /// and 2 of the third are theirs.
    fn id(self) -> EventId {
        let spread = ((self.counter >> 62) << 64) | (self.counter & ((1 << 62) - 1));
        let bytes = spread.to_be_bytes();
        let mut random = [0; 10];
        random.copy_from_slice(&bytes[6..]);
        EventId::v7(Timestamp::from_millis(self.millis), random)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const NOON: i64 = 1_700_000_000_000;

    fn after(latest: Option<Latest>, millis: i64, process: u32, random: u8) -> Latest {
        let now = Timestamp::from_millis(millis);
        Latest::after(latest, now, process, || Ok([random; 16])).unwrap()
    }

    #[test]
    fn ids_rise_within_a_millisecond_and_when_the_clock_goes_back() {
        let mut latest = after(None, NOON, 1, 0xFF);
        let mut ids = vec![latest.id()];
        for millis in [NOON, NOON, NOON - 5_000, NOON, NOON + 1, NOON + 1, NOON + 9] {
            latest = after(Some(latest), millis, 1, 0x01);
            ids.push(latest.id());
        }
        assert!(ids.is_sorted_by(|one, next| one < next), "{ids:?}");
        assert_eq!(latest.id().to_string(), "018bcfe5-6809-7008-8202-020202020202");
    }

    #[test]
    fn a_counter_that_is_used_up_goes_on_in_the_next_millisecond() {
        let last = Latest { process: 1, millis: NOON, counter: (1 << RANDOM_BITS) - 1 };
        let next = after(Some(last), NOON, 1, 0);
        assert!(last.id() < next.id());
        assert_eq!((next.millis, next.counter), (NOON + 1, 0));
    }

    #[test]
    fn a_forked_child_counts_from_elsewhere() {
        let parent = after(None, NOON, 1, 0x01);
        let child = after(Some(parent), NOON, 2, 0x70);
        assert_ne!(child.counter, after(Some(parent), NOON, 1, 0x70).counter);
    }

    #[test]
    fn threads_never_share_an_id() {
        let now = Timestamp::from_millis(NOON);
        let ids: HashSet<_> = std::thread::scope(|scope| {
            let make = || (0..1_000).map(|_| event_id(now).unwrap()).collect::<Vec<_>>();
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

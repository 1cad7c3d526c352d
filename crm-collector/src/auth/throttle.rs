//! Slows down who guesses: failed attempts by account and address together, attempts by address.
//!
//! An account alone is not counted: whoever knows an address could lock its owner out. What a
//! guess costs everybody together is bounded by how many passwords are checked at once.
//!
//! Each limit has a fixed number of slots, so that no flood of made-up accounts can fill the
//! memory. Which keys share a slot is random, and new with each start.

use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::Config;
use super::error::{AuthError, Result};

const MINUTE: Duration = Duration::from_secs(60);
/// 128 KiB a limit.
const SLOTS: usize = 1 << 14;

/// Where somebody tries from.
#[derive(Clone, Copy, Debug)]
pub(super) enum From<'a> {
    /// An address, where it is known.
    Address(Option<IpAddr>),
    /// A session of the very account, by its hash: nobody else's attempts slow it down.
    Session(&'a [u8; 32]),
}

pub(super) struct Throttle {
    began: Instant,
    seed: RandomState,
    accounts: Limit,
    addresses: Limit,
}

/// An attempt that was let through. It counts, unless it turns out to have been right.
#[must_use]
pub(super) struct Attempt<'a> {
    counted: [Option<(&'a Limit, usize)>; 2],
}

impl Throttle {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            began: Instant::now(),
            seed: RandomState::new(),
            accounts: Limit::per_minute(config.attempts_per_account),
            addresses: Limit::per_minute(config.attempts_per_address),
        }
    }

    /// Counts an attempt on an account, whether it exists or not.
    pub(super) fn attempt(&self, email: &str, from: From<'_>) -> Result<Attempt<'_>> {
        let (by_address, slot) = match from {
            From::Address(address) => {
                let network = address.map(network);
                let by_address = network.map(|network| self.count(&self.addresses, network));
                (by_address.transpose()?, (email, network, None))
            }
            From::Session(hash) => (None, (email, None, Some(hash))),
        };
        let by_account = self.count(&self.accounts, slot)?;
        Ok(Attempt { counted: [by_address, Some(by_account)] })
    }

    /// Counts an attempt from an address that is on no account yet.
    pub(super) fn address(&self, address: IpAddr) -> Result<()> {
        self.count(&self.addresses, network(address)).map(drop)
    }

    fn count<'a>(&self, limit: &'a Limit, key: impl Hash) -> Result<(&'a Limit, usize)> {
        let slot = usize::from((self.seed.hash_one(key) >> 48) as u16) % SLOTS;
        match limit.take(slot, self.began.elapsed()) {
            Ok(()) => Ok((limit, slot)),
            Err(wait) => Err(AuthError::Throttled { retry_after_s: wait.as_secs() + 1 }),
        }
    }
}

impl Attempt<'_> {
    /// It was right, and counts no more.
    pub(super) fn succeeded(self) {
        for (limit, slot) in self.counted.into_iter().flatten() {
            limit.give_back(slot);
        }
    }
}

/// Who has one IPv6 address has 2^64 of them, so only the network counts.
fn network(address: IpAddr) -> [u16; 4] {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            [u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]), 0, 0]
        }
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            [a, b, c, d]
        }
    }
}

/// So many in a minute, by the generic cell rate algorithm: a slot holds when it is empty again.
struct Limit {
    slots: Box<[AtomicU64]>,
    /// Nanoseconds that one attempt takes to be forgotten.
    interval: u64,
}

impl Limit {
    fn per_minute(count: u32) -> Self {
        let slots = (0..SLOTS).map(|_| AtomicU64::new(0)).collect();
        Self { slots, interval: nanoseconds(MINUTE) / u64::from(count.max(1)) }
    }

    /// Takes one of what is allowed at `now`, or says how long to wait.
    fn take(&self, slot: usize, now: Duration) -> std::result::Result<(), Duration> {
        let (now, full) = (nanoseconds(now), nanoseconds(MINUTE));
        let next = |empty_at: u64| empty_at.max(now).saturating_add(self.interval);
        let taken = self.slots[slot].try_update(Ordering::Relaxed, Ordering::Relaxed, |empty_at| {
            let next = next(empty_at);
            (next - now <= full).then_some(next)
        });
        taken.map(drop).map_err(|empty_at| {
            Duration::from_nanos(next(empty_at).saturating_sub(now.saturating_add(full)))
        })
    }

    fn give_back(&self, slot: usize) {
        let before = |empty_at: u64| empty_at.saturating_sub(self.interval);
        self.slots[slot].update(Ordering::Relaxed, Ordering::Relaxed, before);
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(last: u8) -> From<'static> {
        From::Address(Some(IpAddr::from([198, 51, 100, last])))
    }

    #[test]
    fn attempts_beyond_the_quota_are_told_when_to_come_back() {
        let throttle = Throttle::new(&Config { attempts_per_account: 3, ..Config::default() });
        for _ in 0..3 {
            assert!(throttle.attempt("ada@example.com", at(1)).is_ok());
        }
        let refused = throttle.attempt("ada@example.com", at(1)).err().unwrap();
        assert!(matches!(refused, AuthError::Throttled { retry_after_s: 20 }), "{refused}");
        assert!(throttle.attempt("bob@example.com", at(1)).is_ok());
    }

    #[test]
    fn who_guesses_elsewhere_slows_neither_the_owner_nor_a_known_session() {
        let throttle = Throttle::new(&Config { attempts_per_account: 2, ..Config::default() });
        let count = |from: From<'_>| {
            (0..120).filter(|_| throttle.attempt("ada@example.com", from).is_ok()).count()
        };
        assert_eq!(count(at(1)), 2);
        assert_eq!(count(at(2)), 2);
        assert_eq!(count(From::Session(&[7; 32])), 2);
    }

    #[test]
    fn what_succeeds_does_not_count() {
        let config =
            Config { attempts_per_account: 2, attempts_per_address: 2, ..Config::default() };
        let throttle = Throttle::new(&config);
        for _ in 0..100 {
            throttle.attempt("ada@example.com", at(1)).unwrap().succeeded();
        }
    }

    #[test]
    fn what_was_taken_comes_back_with_time() {
        let limit = Limit::per_minute(2);
        let seconds = Duration::from_secs;
        assert_eq!(limit.take(0, seconds(0)), Ok(()));
        assert_eq!(limit.take(0, seconds(0)), Ok(()));
        assert_eq!(limit.take(0, seconds(10)), Err(seconds(20)));
        assert_eq!(limit.take(0, seconds(30)), Ok(()));
        assert_eq!(limit.take(0, seconds(30)), Err(seconds(30)));
        assert_eq!(limit.take(1, seconds(30)), Ok(()));
    }
}

//! Slows down who guesses: failed attempts by account and address together, attempts by address.
//!
//! An account alone is not counted: whoever knows an address could lock its owner out. What a
//! guess costs everybody together is bounded by how many passwords are checked at once.
//!
//! Only what has failed counts. What is under way is bounded apart from that, by account and address
//! together and by address, so that many who log in rightly at once keep nobody else out, and many
//! guesses at once go no further beyond the limit than that.
//!
//! Each limit has a fixed number of slots, so that no flood of made-up accounts can fill the
//! memory. Which keys share a slot is random, and new with each start.

use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::Config;
use super::error::{AuthError, Result};

const MINUTE: Duration = Duration::from_secs(60);
/// 192 KiB a limit.
const SLOTS: usize = 1 << 14;
/// Attempts under way at a time: by one account from one address, and by one address. Fewer than
/// may wait for their passwords to be hashed, so that nobody has all of those places.
const BY_ACCOUNT: u32 = 4;
const BY_ADDRESS: u32 = 16;

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

/// An attempt that was let through. It has failed when it is dropped, unless it succeeded.
#[must_use]
pub(super) struct Attempt<'a> {
    by_address: Option<UnderWay<'a>>,
    by_account: UnderWay<'a>,
    began: Instant,
    right: bool,
}

/// One attempt of those under way at a slot.
struct UnderWay<'a> {
    limit: &'a Limit,
    slot: usize,
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

    /// Lets an attempt on an account through, whether it exists or not.
    pub(super) fn attempt(&self, email: &str, from: From<'_>) -> Result<Attempt<'_>> {
        let (by_address, key) = match from {
            From::Address(address) => {
                let network = address.map(network);
                let by_address = network
                    .map(|network| self.begin(&self.addresses, self.slot(network), BY_ADDRESS));
                (by_address.transpose()?, (email, network, None))
            }
            From::Session(hash) => (None, (email, None, Some(hash))),
        };
        let by_account = self.begin(&self.accounts, self.slot(key), BY_ACCOUNT)?;
        Ok(Attempt { by_address, by_account, began: self.began, right: false })
    }

    /// Counts an attempt from an address that is on no account yet.
    pub(super) fn address(&self, address: IpAddr) -> Result<()> {
        let slot = self.slot(network(address));
        self.addresses.take(slot, self.began.elapsed()).map_err(throttled)
    }

    fn slot(&self, key: impl Hash) -> usize {
        usize::from((self.seed.hash_one(key) >> 48) as u16) % SLOTS
    }

    fn begin<'a>(&self, limit: &'a Limit, slot: usize, most: u32) -> Result<UnderWay<'a>> {
        limit.check(slot, self.began.elapsed()).map_err(throttled)?;
        if limit.begin(slot, most) {
            return Ok(UnderWay { limit, slot });
        }
        Err(throttled(Duration::ZERO))
    }
}

fn throttled(wait: Duration) -> AuthError {
    AuthError::Throttled { retry_after_s: wait.as_secs() + 1 }
}

impl Attempt<'_> {
    /// It was right, and counts nowhere.
    pub(super) fn succeeded(mut self) {
        self.right = true;
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if self.right {
            return;
        }
        for UnderWay { limit, slot } in self.by_address.iter().chain([&self.by_account]) {
            limit.fail(*slot, self.began.elapsed());
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.limit.under_way[self.slot].fetch_sub(1, Ordering::Relaxed);
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
    under_way: Box<[AtomicU32]>,
    /// Nanoseconds that one attempt takes to be forgotten.
    interval: u64,
}

impl Limit {
    fn per_minute(count: u32) -> Self {
        let slots = (0..SLOTS).map(|_| AtomicU64::new(0)).collect();
        let under_way = (0..SLOTS).map(|_| AtomicU32::new(0)).collect();
        Self { slots, under_way, interval: nanoseconds(MINUTE) / u64::from(count.max(1)) }
    }

    /// Takes one of what is allowed at `now`, or says how long to wait.
    fn take(&self, slot: usize, now: Duration) -> std::result::Result<(), Duration> {
        let next = |empty_at| self.next(empty_at, now).ok();
        let taken = self.slots[slot].try_update(Ordering::Relaxed, Ordering::Relaxed, next);
        taken.map(drop).map_err(|empty_at| self.next(empty_at, now).err().unwrap_or_default())
    }

    /// Whether one would be allowed at `now`, or how long to wait.
    fn check(&self, slot: usize, now: Duration) -> std::result::Result<(), Duration> {
        self.next(self.slots[slot].load(Ordering::Relaxed), now).map(drop)
    }

    /// Counts one that was let through before, beyond what is allowed if need be.
    fn fail(&self, slot: usize, now: Duration) {
        let now = nanoseconds(now);
        let next = |empty_at: u64| empty_at.max(now).saturating_add(self.interval);
        self.slots[slot].update(Ordering::Relaxed, Ordering::Relaxed, next);
    }

    /// When a slot is empty again after one more, or how long to wait before there may be one.
    fn next(&self, empty_at: u64, now: Duration) -> std::result::Result<u64, Duration> {
        let (now, full) = (nanoseconds(now), nanoseconds(MINUTE));
        let next = empty_at.max(now).saturating_add(self.interval);
        match next.checked_sub(now.saturating_add(full)) {
            None | Some(0) => Ok(next),
            Some(wait) => Err(Duration::from_nanos(wait)),
        }
    }

    /// Counts one more under way, where there may be.
    fn begin(&self, slot: usize, most: u32) -> bool {
        let more = |count: u32| (count < most).then_some(count + 1);
        self.under_way[slot].try_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
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
            drop(throttle.attempt("ada@example.com", at(1)).unwrap());
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
    fn many_attempts_under_way_on_one_account_leave_room_to_others_at_the_address() {
        let config = Config { attempts_per_address: 5, ..Config::default() };
        let throttle = Throttle::new(&config);
        let begin = |email: &str| throttle.attempt(email, at(1));
        let own: Vec<_> = (0..48).filter_map(|_| begin("ann@example.com").ok()).collect();
        assert_eq!(own.len(), 4);
        let others: Vec<_> =
            (0..20).filter_map(|number| begin(&format!("{number}@example.com")).ok()).collect();
        assert_eq!(others.len(), 12, "as many as an address has under way");
        own.into_iter().chain(others).for_each(Attempt::succeeded);
        assert!(begin("ada@example.com").is_ok(), "none of them failed");
    }

    #[test]
    fn many_guesses_at_once_go_little_beyond_the_limit() {
        let throttle = Throttle::new(&Config::default());
        let begin = || throttle.attempt("ada@example.com", at(1)).ok();
        let guesses = (0..100).map(|_| {
            let at_once: Vec<_> = (0..48).filter_map(|_| begin()).collect();
            at_once.len()
        });
        assert_eq!(guesses.sum::<usize>(), 12, "ten, and those that were under way with the tenth");
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

//! Slows down who guesses: attempts per account and per address.
//!
//! Accounts and addresses fall into a fixed number of buckets, so that no flood of made-up ones
//! can fill the memory. Which fall together is random, and new with each start.

use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::Config;
use super::error::{AuthError, Result};

pub(super) struct Throttle {
    seed: RandomState,
    accounts: DefaultKeyedRateLimiter<u16>,
    addresses: DefaultKeyedRateLimiter<u16>,
    clock: DefaultClock,
}

impl Throttle {
    pub(super) fn new(config: &Config) -> Self {
        let per_minute =
            |count| Quota::per_minute(NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN));
        Self {
            seed: RandomState::new(),
            accounts: RateLimiter::keyed(per_minute(config.attempts_per_account)),
            addresses: RateLimiter::keyed(per_minute(config.attempts_per_address)),
            clock: DefaultClock::default(),
        }
    }

    /// Counts an attempt on an account, whether it exists or not.
    pub(super) fn account(&self, email: &str) -> Result<()> {
        self.count(&self.accounts, email)
    }

    /// Counts an attempt from an address. Who has one IPv6 address has 2^64 of them.
    pub(super) fn address(&self, address: IpAddr) -> Result<()> {
        match address.to_canonical() {
            IpAddr::V4(address) => self.count(&self.addresses, address.octets()),
            IpAddr::V6(address) => self.count(&self.addresses, &address.segments()[..4]),
        }
    }

    fn count(&self, limiter: &DefaultKeyedRateLimiter<u16>, key: impl Hash) -> Result<()> {
        let bucket = (self.seed.hash_one(key) >> 48) as u16;
        limiter.check_key(&bucket).map_err(|refused| {
            let wait = refused.wait_time_from(self.clock.now());
            AuthError::Throttled { retry_after_s: wait.as_secs() + 1 }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_beyond_the_quota_are_told_when_to_come_back() {
        let config = Config { attempts_per_account: 3, ..Config::default() };
        let throttle = Throttle::new(&config);
        for _ in 0..3 {
            assert!(throttle.account("ada@example.com").is_ok());
        }
        let refused = throttle.account("ada@example.com").unwrap_err();
        assert!(matches!(refused, AuthError::Throttled { retry_after_s: 20 }), "{refused}");
        assert!(throttle.account("bob@example.com").is_ok());
    }
}

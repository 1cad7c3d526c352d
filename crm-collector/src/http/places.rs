//! Places for connections: so many in all, and so many of them for one address, so that nobody
//! takes them all.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Config;

/// The places, shared by all connections.
#[derive(Clone)]
pub(super) struct Places(Arc<Inner>);

struct Inner {
    all: u32,
    per_address: u32,
    /// For addresses that many may stand behind.
    per_crowd: u32,
    /// Whether every address is a proxy's.
    proxied: bool,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: u32,
    by_address: HashMap<IpAddr, u32>,
}

/// A place that is taken, until this is dropped.
pub(super) struct Place {
    places: Places,
    address: IpAddr,
}

impl Places {
    pub(super) fn new(config: &Config) -> Self {
        let all = config.connections;
        // A quarter stays for whoever comes from elsewhere. One place is better than none.
        let per_crowd = (all - all / 4).max(1);
        Self(Arc::new(Inner {
            all,
            per_address: config.connections_per_address.min(per_crowd),
            per_crowd,
            proxied: config.trust_forwarded_for,
            taken: Mutex::default(),
        }))
    }

    /// A place for a connection from this address; `None` when all are taken, or all that one
    /// address may have.
    pub(super) fn take(&self, address: IpAddr) -> Option<Place> {
        let shared = &self.0;
        let address = network(address);
        // Behind an address of this machine, and behind a proxy's, there are many.
        let crowd = shared.proxied || address.is_loopback();
        let most = if crowd { shared.per_crowd } else { shared.per_address };
        let mut taken = self.taken();
        let own = taken.by_address.get(&address).copied().unwrap_or(0);
        if taken.all >= shared.all || own >= most {
            return None;
        }
        taken.all += 1;
        taken.by_address.insert(address, own + 1);
        drop(taken);
        Some(Place { places: self.clone(), address })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.all = taken.all.saturating_sub(1);
        if let Some(own) = taken.by_address.get_mut(&self.address) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                taken.by_address.remove(&self.address);
            }
        }
    }
}

/// What one party has at hand: an address, or all 2^64 of an IPv6 network.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(connections: u32, connections_per_address: u32) -> Places {
        Places::new(&Config { connections, connections_per_address, ..Config::default() })
    }

    fn take(places: &Places, address: &str, count: usize) -> Vec<Place> {
        let address = address.parse().unwrap();
        (0..count).filter_map(|_| places.take(address)).collect()
    }

    #[test]
    fn an_address_has_its_share_and_gets_a_place_back_when_one_is_left() {
        let places = places(100, 3);
        let mut held = take(&places, "203.0.113.7", 5);
        assert_eq!(held.len(), 3);
        assert_eq!(take(&places, "203.0.113.8", 1).len(), 1);
        held.pop();
        assert_eq!(take(&places, "203.0.113.7", 5).len(), 1);
        drop(held);
        assert!(places.taken().by_address.is_empty());
        assert_eq!(places.taken().all, 0);
    }

    #[test]
    fn the_addresses_of_a_network_share_what_one_has() {
        let places = places(100, 3);
        let held = take(&places, "2001:db8:1:2::1", 2);
        assert_eq!((held.len(), take(&places, "2001:db8:1:2:ffff::9", 2).len()), (2, 1));
        assert_eq!(take(&places, "2001:db8:1:3::1", 2).len(), 2);
        let mapped = take(&places, "::ffff:203.0.113.7", 2);
        assert_eq!((mapped.len(), take(&places, "203.0.113.7", 2).len()), (2, 1));
    }

    #[test]
    fn this_machine_and_proxies_have_more_and_never_all() {
        let local = places(100, 3);
        assert_eq!(take(&local, "127.0.0.1", 100).len(), 75);
        let config = Config { connections: 100, trust_forwarded_for: true, ..Config::default() };
        assert_eq!(take(&Places::new(&config), "203.0.113.7", 100).len(), 75);
    }

    #[test]
    fn there_are_so_many_in_all() {
        let places = places(4, 2);
        let held = [take(&places, "203.0.113.1", 2), take(&places, "203.0.113.2", 2)];
        assert_eq!(held.iter().map(Vec::len).sum::<usize>(), 4);
        assert!(take(&places, "203.0.113.3", 1).is_empty());
    }
}

//! The SDK against a faulty collector over real connections.

#![cfg(feature = "native")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy.toml lets tests panic, but does not know the helpers of tests for such"
)]

#[cfg(feature = "testing")]
mod capture;
mod connections;
mod delivery;
mod faults;
#[cfg(unix)]
mod host_log;
mod life;
mod misuse;
mod policies;
mod reports;
mod server;
#[cfg(feature = "spool")]
mod spooled;
#[cfg(feature = "tls")]
mod tls;

use std::time::{Duration, Instant};

use crm_sdk::{Client, ClientBuilder, Customer};

/// Longer than any test needs: a time that is reached is a failure, not a measurement.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
pub(crate) const KEY: &str = "crm_sk_test";

/// A client that waits for nobody: it sends each event at once and repeats without long pauses.
pub(crate) fn hasty(endpoint: &str) -> ClientBuilder {
    Client::builder(endpoint, KEY)
        .batch_age(Duration::ZERO)
        .retry_between(Duration::from_millis(1), Duration::from_millis(20))
}

/// A client that sends nothing by itself: only what is full, or flushed.
pub(crate) fn patient(endpoint: &str) -> ClientBuilder {
    hasty(endpoint).batch_age(Duration::from_secs(3_600))
}

pub(crate) fn customer(number: usize) -> Customer {
    Customer::new(format!("c-{number}")).name("Ada Lovelace")
}

/// Takes so many customers; their ids as text.
pub(crate) fn track(client: &Client, events: usize) -> Vec<String> {
    (0..events).map(|number| client.customer(customer(number)).unwrap().to_string()).collect()
}

pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "never: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

//! Analyses hold no snapshot while they compute: under load, the database's log (`-wal`) grows no more
//! with them than without.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crm_tests::harness::http::Connection;
use crm_tests::harness::{Collector, Options};
use serde_json::json;

const SENDERS: u64 = 2;
const BATCH: u64 = 500;
/// What SQLite lets the log grow to between two checkpoints at the least: 4,000 pages.
const CHECKPOINT_BYTES: u64 = 4_000 * 4_096;
const ANALYSES: [&str; 4] = [
    "/v1/trends?bucket=day",
    "/v1/customer-values?limit=10",
    "/v1/products/S-1/together",
    "/v1/forecasts?by=segment&series=customers",
];

/// How long each half is watched.
const WATCHED: Duration = Duration::from_secs(120);

/// Depends on how fast this machine writes, so it is measured by `make attack` alone.
#[test]
fn the_log_of_the_database_grows_no_more_with_analyses_than_without() {
    if !super::full() {
        println!("measured by `make attack`");
        return;
    }
    let options = Options::new().without_quota().env("CRM_ANALYSIS_BACKGROUND", false);
    let collector = Collector::start(options);
    let number = AtomicU64::new(0);
    let without = largest_log(&collector, &number, &[]);
    let with = largest_log(&collector, &number, &ANALYSES);
    let most = 2 * without.max(CHECKPOINT_BYTES);
    println!("{} events; -wal {without} bytes without analyses, {with} with", number.into_inner());
    assert!(with <= most, "{with} bytes with analyses, {without} without");
}

/// The largest size of the log while events are sent and analyses asked for in a loop.
fn largest_log(collector: &Collector, number: &AtomicU64, analyses: &[&str]) -> u64 {
    let is_over = AtomicBool::new(false);
    let mut largest = 0;
    std::thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(|| {
                let mut connection = collector.connect();
                while !is_over.load(Ordering::SeqCst) {
                    let first = number.fetch_add(BATCH, Ordering::SeqCst);
                    send(&mut connection, collector.key(), first);
                }
            });
        }
        for path in analyses {
            let is_over = &is_over;
            scope.spawn(move || {
                let mut connection = collector.connect();
                while !is_over.load(Ordering::SeqCst) {
                    let answer = connection.get(path, Some(collector.key())).unwrap();
                    assert!([200, 202].contains(&answer.status), "{path}: {}", answer.text());
                }
            });
        }
        let begun = Instant::now();
        while begun.elapsed() < WATCHED {
            let log = std::fs::metadata(collector.data().join("crm.db-wal"));
            largest = largest.max(log.map_or(0, |log| log.len()));
            std::thread::sleep(Duration::from_millis(20));
        }
        is_over.store(true, Ordering::SeqCst);
    });
    largest
}

fn send(connection: &mut Connection, key: &str, first: u64) {
    let events: Vec<_> = (first..first + BATCH)
        .map(|number| {
            let item = json!({ "sku": format!("S-{}", number % 50), "quantity": 1,
                               "unit_price": "5.00" });
            let (month, day) = (1 + number / 28 % 12, 1 + number % 28);
            json!({ "type": "purchase", "id": format!("01960000-0000-7000-8000-{number:012}"),
                    "purchase_id": format!("P-{number}"), "kind": "sale", "currency": "EUR",
                    "customer_id": format!("c-{}", number % 500), "items": [item],
                    "occurred_at": format!("2025-{month:02}-{day:02}T10:00:00Z") })
        })
        .collect();
    let body = json!({ "events": events }).to_string();
    let answer = connection.post("/v1/events", Some(key), body.as_bytes()).unwrap();
    // Full for a moment.
    assert!([200, 503].contains(&answer.status), "{}", answer.text());
}

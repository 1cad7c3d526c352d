//! A stop under load leaves one whole file: no `-wal` beside it, and in it alone every event that was
//! acknowledged.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crm_sdk::Timestamp;
use crm_tests::harness::http::Connection;
use crm_tests::harness::{Collector, Options, places};
use serde_json::json;

use crate::dice::Dice;
use crate::stored::stored;

const SENDERS: u64 = 4;
const BATCH: u64 = 100;
/// After so many stops a new database begins, for each stop has all of it read.
const STOPS_OF_ONE: usize = 10;

#[test]
fn a_stop_under_load_leaves_one_file_with_every_acknowledged_event() {
    let stops = super::size(50, 5) as u64;
    let mut dice = Dice::new(9);
    for first in (0..stops).step_by(STOPS_OF_ONE) {
        stop_again_and_again(first..stops.min(first + STOPS_OF_ONE as u64), &mut dice);
    }
}

fn stop_again_and_again(stops: Range<u64>, dice: &mut Dice) {
    let mut collector = Collector::start(Options::new().without_quota().store_memory_mib(32));
    let acknowledged = Mutex::new(HashSet::new());
    let number = AtomicU64::new(0);
    for stop in stops.clone() {
        std::thread::scope(|scope| {
            for _ in 0..SENDERS {
                scope.spawn(|| send(&collector, &number, &acknowledged));
            }
            // Stops meet an analysis that runs.
            scope.spawn(|| {
                let asked = |path: &str| {
                    let connection = Connection::open(collector.address());
                    connection.and_then(|mut to| to.get(path, Some(collector.key()))).is_ok()
                };
                while asked("/v1/trends?bucket=day") && asked("/v1/customer-values?limit=1") {}
            });
            std::thread::sleep(dice.millis(200, 1_500));
            collector.tell_to_stop();
        });
        let status = collector.wait_for_stop();
        assert!(status.success(), "stop {stop}: {status}\n{}", collector.log());
        expect_one_whole_file(&collector, &acknowledged.lock().unwrap(), stop);
        collector.restart();
    }
    let stops = stops.end - stops.start;
    assert!(acknowledged.into_inner().unwrap().len() as u64 > stops * BATCH);
}

/// Sends batches until the collector stops, and notes what was acknowledged.
pub(super) fn send(
    collector: &Collector,
    number: &AtomicU64,
    acknowledged: &Mutex<HashSet<String>>,
) {
    let mut connection = collector.connect();
    loop {
        let first = number.fetch_add(BATCH, Ordering::SeqCst);
        let body = batch(first..first + BATCH);
        match connection.post("/v1/events", Some(collector.key()), body.as_bytes()) {
            Ok(answer) if answer.status == 200 => {
                assert_eq!(answer.json()["accepted"], BATCH, "{}", answer.text());
                let ids = (first..first + BATCH).map(|number| format!("P-{number}"));
                acknowledged.lock().unwrap().extend(ids);
            }
            // Full for a moment.
            Ok(answer) if answer.status == 503 => std::thread::sleep(Duration::from_millis(5)),
            Ok(answer) => panic!("{} {}", answer.status, answer.text()),
            // It stops; what was on its way is not acknowledged.
            Err(_) => return,
        }
    }
}

/// A batch of purchases with these numbers.
pub(super) fn batch(numbers: Range<u64>) -> String {
    let purchase = |number: u64| {
        let item =
            json!({ "sku": format!("S-{}", number % 7), "quantity": 1, "unit_price": "5.00" });
        json!({ "type": "purchase", "purchase_id": format!("P-{number}"),
                "id": format!("01960000-0000-7000-8000-{number:012}"),
                "customer_id": format!("c-{}", number % 40), "kind": "sale",
                "currency": "EUR", "occurred_at": "2026-01-05T10:00:00Z", "items": [item] })
    };
    json!({ "events": numbers.map(purchase).collect::<Vec<_>>() }).to_string()
}

/// What is in the folder, and what a collector finds in the database file alone.
pub(super) fn expect_one_whole_file(
    collector: &Collector,
    acknowledged: &HashSet<String>,
    stop: u64,
) {
    let names: HashSet<_> = std::fs::read_dir(collector.data())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names, HashSet::from(["crm.db".to_owned()]), "stop {stop}:\n{}", collector.log());
    let folder = tempfile::tempdir_in(places::scratch_folder()).unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    std::fs::copy(collector.data().join("crm.db"), folder.path().join("data/crm.db")).unwrap();
    let copy = Options::new().keep_in(folder.path()).with_key(collector.key());
    let found: HashSet<_> = stored(&Collector::start(copy), Timestamp::from_millis(0))
        .into_iter()
        .map(|purchase| purchase["purchase_id"].as_str().unwrap().to_owned())
        .collect();
    let lost: Vec<_> = acknowledged.difference(&found).collect();
    assert!(lost.is_empty(), "stop {stop}: {} are lost, such as {}", lost.len(), lost[0]);
}

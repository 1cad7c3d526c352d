//! What the collector has stored, as its API tells it.

use std::time::{SystemTime, UNIX_EPOCH};

use crm_sdk::Timestamp;
use crm_tests::harness::Collector;
use serde_json::Value;

/// The purchases that the collector has from a time on, page by page.
pub(crate) fn stored(collector: &Collector, from: Timestamp) -> Vec<Value> {
    let mut connection = collector.connect();
    let mut all = Vec::new();
    let first = format!("/v1/purchases?limit=1000&from={from}");
    let mut path = first.clone();
    loop {
        let mut page = connection.get(&path, Some(collector.key())).unwrap().expect(200).json();
        let Value::Array(purchases) = page["purchases"].take() else { panic!("{page}") };
        all.extend(purchases);
        let Some(after) = page["next_after"].as_str() else { return all };
        path = format!("{first}&after={after}");
    }
}

pub(crate) fn now() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_millis(i64::try_from(now.as_millis()).unwrap())
}

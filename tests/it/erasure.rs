//! A customer who was erased is in no file of the data folder, no answer, no log and no later export, and
//! does not come back: neither with a backup from before, nor with events that arrive late.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use crm_tests::harness::{Collector, Options};
use serde_json::{Value, json};

use crate::dice::{Dice, rounds};

/// What nobody but the person has: name, email address, phone number, a note and an address.
const PLANTED: [&str; 6] = [
    "Walburga Zitzelsberger",
    "zitzelsberger",
    "4915755512345",
    "allergic to walnuts",
    "Rosengasse 987",
    "w-zitz",
];
const ID: &str = "w-zitz@example.com";

/// Questions whose answers could name somebody.
const ASKED: [&str; 10] = [
    "/v1/customers",
    "/v1/customers?q=walburga",
    "/v1/customers?q=4915755512345",
    "/v1/purchases",
    "/v1/purchases/-/1001",
    "/v1/rejected",
    "/v1/reports/customers",
    "/v1/reports/repeat",
    "/v1/customers/values?limit=1000",
    "/v1/reports/sales",
];

fn planted_in(text: &str) -> Vec<&'static str> {
    let lower = text.to_lowercase();
    PLANTED.into_iter().filter(|planted| lower.contains(&planted.to_lowercase())).collect()
}

/// Where planted texts stand in the files of a folder.
fn planted_in_files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(planted_in_files(&path));
            continue;
        }
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        found.extend(
            planted_in(&text).iter().map(|planted| format!("{planted}: {}", path.display())),
        );
    }
    found
}

fn order(number: u32, customer: &str) -> Value {
    json!({ "type": "purchase", "purchase_id": number.to_string(), "customer_id": customer,
            "currency": "EUR", "occurred_at": format!("2026-0{}-03T10:00:00Z", 1 + number % 8),
            "shipping": "4.90", "discount": "2", "coupons": ["ROSENGASSE 987"],
            "attributes": { "address": "Rosengasse 987" },
            "items": [{ "sku": "TEA", "name": "Tea", "quantity": number % 3 + 1, "unit_price": "9.50" }] })
}

/// What a shop sends, each event with an id that no other has.
fn shop() -> Vec<Value> {
    let with_id = |mut event: Value| {
        event["id"] = json!(uuid());
        event
    };
    events().into_iter().map(with_id).collect()
}

fn uuid() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("01960000-0000-7000-8000-{:012}", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn events() -> Vec<Value> {
    let mut events = vec![
        json!({ "type": "customer", "customer_id": ID, "name": "Walburga Zitzelsberger", "email": ID,
                "phone": "+49 157 555 12345", "occurred_at": "2026-01-01T10:00:00Z",
                "attributes": { "note": "allergic to walnuts" } }),
        json!({ "type": "customer", "customer_id": "other", "name": "Somebody Else" }),
        json!({ "type": "interaction", "customer_id": ID, "kind": "note", "text": "allergic to walnuts",
                "occurred_at": "2026-01-05T10:00:00Z" }),
        // It is rejected, and kept as it was sent.
        json!({ "type": "interaction", "customer_id": ID, "kind": "call", "text": "Rosengasse 987",
                "occurred_at": "never" }),
    ];
    events.extend((1_001..1_013).map(|number| order(number, ID)));
    events.extend((2_001..2_041).map(order_of_another));
    events
}

fn rejected(verdict: &Value) -> usize {
    verdict["rejected"].as_array().unwrap().len()
}

/// What was sold in each month. Who bought is known of fewer purchases afterwards.
fn sold(collector: &Collector) -> Vec<Value> {
    let path = "/v1/reports/sales?from=2026-01-01&to=2026-09-01&bucket=month";
    let mut report = collector.get(path).json();
    let rows = report["rows"].as_array_mut().unwrap();
    assert_eq!(rows.len(), 8);
    for row in rows.iter_mut() {
        let row = row.as_object_mut().unwrap();
        assert!(row.remove("customers").is_some() && row.remove("new_customers").is_some());
    }
    std::mem::take(rows)
}

/// Nothing of the person is told or kept anywhere.
fn assert_clean(collector: &mut Collector) {
    for path in ASKED {
        let answer = collector.get(path);
        assert_eq!(planted_in(&String::from_utf8_lossy(&answer.body)), [""; 0], "{path}");
    }
    for command in [
        &["customers", "--format", "csv"][..],
        &["customers", "--with", "value", "--format", "csv"],
        &["report", "customers", "--format", "json"],
        &["rejected", "list"],
        &["audit"],
    ] {
        assert_eq!(planted_in(&collector.expect_command(command, "")), [""; 0], "{command:?}");
    }
    assert_eq!(planted_in_files(&collector.data()), [""; 0]);
    assert_eq!(planted_in(&collector.log()), [""; 0]);
}

#[test]
fn who_was_erased_is_nowhere_and_does_not_come_back() {
    let mut collector =
        Collector::start(Options::new().without_quota().env("CRM_LOG_LEVEL", "debug"));
    let sent = collector.post("/v1/events", &json!({ "events": shop() })).json();
    assert_eq!((&sent["accepted"], rejected(&sent)), (&json!(55), 1), "{sent}");
    // Answers are computed and kept, and there is a backup.
    ASKED.iter().for_each(|path| drop(collector.get(path)));
    let before = sold(&collector);
    let elsewhere = tempfile::tempdir().unwrap();
    let backup = elsewhere.path().join("backup.db");
    collector.expect_command(&["backup", backup.to_str().unwrap()], "");
    assert_ne!(planted_in_files(&collector.data()), [""; 0]);
    assert_ne!(planted_in_files(elsewhere.path()), [""; 0]);

    let erase = |collector: &Collector| collector.delete(&format!("/v1/customers/{ID}"));
    let erased = erase(&collector).json();
    let counts = [&erased["purchases"], &erased["interactions"], &erased["rejected_events"]];
    assert_eq!(counts, [&json!(12), &json!(1), &json!(1)], "{erased}");
    assert_clean(&mut collector);
    assert_eq!(collector.get(&format!("/v1/customers/{ID}")).status, 404);
    assert_eq!(erase(&collector).json(), erased, "asked again, it says the same");
    assert_eq!(sold(&collector), before);

    // Events that were on their way, under other ids than before.
    let late: Vec<_> = shop().into_iter().filter(|event| event["customer_id"] == ID).collect();
    let late = collector.post("/v1/events", &json!({ "events": late })).json();
    assert_eq!((&late["duplicate"], rejected(&late)), (&json!(12), 1), "{late}");
    // What could not be read is kept as it was sent, so that it is erased again.
    assert_eq!(erase(&collector).status, 200);

    assert!(collector.stop().success());
    assert_eq!(collector.expect_command(&["check"], "").matches("ok").count(), 1);
    // The database of before comes back.
    std::fs::copy(&backup, collector.data().join("crm.db")).unwrap();
    assert_ne!(planted_in_files(&collector.data()), [""; 0]);
    collector.restart();
    assert_clean(&mut collector);
    assert_eq!(erase(&collector).json()["purchases"], json!(12));
    assert!(collector.expect_command(&["check"], "").contains("ok"));
}

/// Somebody's order of whom nobody asks anything.
fn order_of_another(number: u32) -> Value {
    let mut order = order(number, "other");
    (order["attributes"], order["coupons"]) = (json!({}), json!([]));
    order
}

/// Killed at any moment of an erasure, everything of it happens or nothing has.
#[test]
fn an_erasure_that_was_killed_is_done_after_the_restart() {
    const PURCHASES: u32 = 5_000;
    rounds(|seed| {
        let mut dice = Dice::new(seed);
        let mut collector = Collector::start(Options::new().without_quota());
        let mut all = vec![events()[0].clone(), events()[2].clone()];
        all.extend((1..=PURCHASES).map(|number| order(number, ID)));
        all.extend((10_000..10_300).map(order_of_another));
        all.iter_mut().for_each(|event| event["id"] = json!(uuid()));
        for batch in all.chunks(1_000) {
            let sent = collector.post("/v1/events", &json!({ "events": batch })).json();
            assert_eq!(sent["accepted"], json!(batch.len()), "{sent}");
        }
        let before = sold(&collector);
        let (mut asking, key) = (collector.connect(), collector.key().to_owned());
        let asked = std::thread::spawn(move || {
            let answer = asking.delete(&format!("/v1/customers/{ID}"), Some(&key));
            answer.is_ok_and(|answer| answer.status == 200)
        });
        std::thread::sleep(dice.millis(0, 900));
        collector.kill();
        let answered = asked.join().unwrap();
        collector.restart();
        let begun = collector.data().join("erased.txt").exists();
        assert!(begun || !answered);
        if begun {
            assert_eq!(planted_in_files(&collector.data()), [""; 0]);
        }
        assert_eq!(sold(&collector), before);
        let erased = collector.delete(&format!("/v1/customers/{ID}")).json();
        assert_eq!(erased["purchases"], json!(PURCHASES), "{erased}");
        assert_eq!(planted_in_files(&collector.data()), [""; 0]);
        assert_eq!(sold(&collector), before);
        assert!(collector.stop().success());
        let said = collector.expect_command(&["check"], "");
        assert!(said.starts_with("ok: "), "{said}");
    });
}

//! Two years of a real shop: imported, sent through the SDK, and reported, to the penny.
//!
//! Online Retail II (Chen, D., UCI Machine Learning Repository, CC BY 4.0) is no part of the
//! project; where it is absent these tests fail, or are skipped if `CRM_WITHOUT_DATA` is set.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crm_collector::import::{self, Files, Plan, Preset, Reading, Source, States};
use crm_collector::ingest::Outcome;
use crm_models::{Currency, Event};
use crm_sdk::{Client, WhenFull};
use crm_tests::harness::{Collector, Options, places};
use serde_json::{Value, json};

const FILE: &str = "online_retail_ii.csv.gz";

/// Every report there is, as the command line asks for it.
const REPORTS: &[&[&str]] = &[
    &["summary", "--from", "2009-01-01", "--to", "2012-01-01"],
    &["sales", "--bucket", "month"],
    &["sales", "--bucket", "day"],
    &["sales", "--bucket", "week"],
    &["products", "--limit", "0"],
    &["countries"],
    &["customers", "--limit", "0"],
    &["repeat"],
    &["refunds", "--limit", "0"],
    &["heatmap"],
    &["channels"],
    &["rfm"],
    &["cohorts"],
];

fn file() -> Option<PathBuf> {
    let file = places::shared_data(FILE);
    if file.is_none() {
        println!("skipped: there is no ../shared/data/{FILE} beside the project");
    }
    file
}

/// A folder whose workspace is the shop's.
fn shop() -> Options {
    Options::new().workspace_in("GBP", "Europe/London").without_quota()
}

fn import(collector: &Collector, file: &Path) -> Value {
    let path = file.to_str().unwrap();
    let mut arguments = vec!["import", path, "--preset", "online-retail", "--json"];
    arguments.extend(["--currency", "GBP", "--timezone", "Europe/London"]);
    serde_json::from_str(&collector.expect_command(&arguments, "")).unwrap()
}

fn report(collector: &Collector, question: &[&str]) -> String {
    let arguments = [&["report"], question, &["--format", "json"]].concat();
    collector.expect_command(&arguments, "")
}

fn rows(collector: &Collector, question: &[&str]) -> Vec<Value> {
    let report: Value = serde_json::from_str(&report(collector, question)).unwrap();
    report["rows"].as_array().unwrap().clone()
}

#[test]
fn an_import_and_the_sdk_tell_the_same_and_the_truth() {
    let Some(file) = file() else { return };
    let imported = Collector::prepare(shop());
    let summary = import(&imported, &file);
    assert_eq!(summary["lines"], 1_067_371);
    assert_eq!(summary["skipped"], json!({ "price_zero": 6_202, "price_negative": 5 }));
    assert_eq!((&summary["sales"], &summary["refunds"]), (&json!(40_078), &json!(8_291)));
    assert_eq!((&summary["accepted"], &summary["duplicate"]), (&json!(48_369), &json!(0)));
    assert_eq!(summary["rejected"], json!({}));
    expect_the_truth(&imported);

    let before = reports(&imported);
    let again = import(&imported, &file);
    assert_eq!((&again["accepted"], &again["duplicate"]), (&json!(0), &json!(48_369)));
    assert!(reports(&imported) == before, "a second import changed a report");
    assert!(imported.expect_command(&["check"], "").starts_with("ok: "));

    let sent = Collector::start(shop());
    send(&sent, &file);
    for (question, (imported, sent)) in REPORTS.iter().zip(before.iter().zip(reports(&sent))) {
        // Not by assert_eq: some of these have a megabyte.
        assert!(*imported == sent, "{question:?} differs: {}", difference(imported, &sent));
    }
    assert!(sent.expect_command(&["check"], "").starts_with("ok: "));
}

fn reports(collector: &Collector) -> Vec<String> {
    REPORTS.iter().map(|question| report(collector, question)).collect()
}

/// What independent computations over the file have found.
fn expect_the_truth(collector: &Collector) {
    let all = &rows(collector, REPORTS[0])[0];
    assert_eq!(
        json!([all["gross"], all["refunds"], all["net"], all["customers"]]),
        json!(["20972968.138", "1527041.43", "19445926.708", 5_878])
    );
    let months = rows(collector, &["sales", "--bucket", "month"]);
    let month = |period: &str| {
        let row = months.iter().find(|row| row["period"] == period).unwrap();
        json!([row["gross"], row["orders"]])
    };
    assert_eq!(month("2010-11"), json!(["1470272.482", 2_747]));
    assert_eq!(month("2011-11"), json!(["1509496.33", 2_769]));
    assert_eq!(months.len(), 25);
    let product = &rows(collector, &["products"])[0];
    assert_eq!(json!([product["sku"], product["gross"]]), json!(["22423", "344563.25"]));
    let country = &rows(collector, &["countries"])[0];
    assert_eq!(
        json!([country["country"], country["gross"]]),
        json!(["United Kingdom", "17871351.347"])
    );

    // Reports of one kind add up to those of another.
    let sum = |question: &[&str]| {
        let rows = rows(collector, question);
        let orders = rows.iter().map(|row| row["orders"].as_i64().unwrap());
        orders.sum::<i64>()
    };
    for question in REPORTS.iter().filter(|question| question[0] == "sales") {
        assert_eq!(sum(question), 40_078, "{question:?}");
    }
    for question in [&["countries"], &["heatmap"], &["channels"]] {
        assert_eq!(sum(question), 40_078, "{question:?}");
    }
    // What is known by customer leaves out the anonymous, and agrees among itself.
    let totals = |question: &[&str]| -> Value {
        let report: Value = serde_json::from_str(&report(collector, question)).unwrap();
        let total = |column: &str| report["totals"][column].clone();
        json!([total("orders"), total("sold"), total("refunds"), total("net")])
    };
    let known = totals(&["customers", "--limit", "0"]);
    assert_eq!(known[0], 40_078 - all["anonymous_orders"].as_i64().unwrap());
    for question in [&["rfm"], &["cohorts"]] {
        assert_eq!(totals(question), known, "{question:?}");
    }
    let members = |question: &[&str], first: bool| {
        let rows = rows(collector, question);
        let counted = rows.iter().filter(|row| !first || row["months_since"] == 0);
        counted.map(|row| row["customers"].as_i64().unwrap()).sum::<i64>()
    };
    assert_eq!((members(&["rfm"], false), members(&["cohorts"], true)), (5_878, 5_878));
}

/// Sends the file's events as a host would, by the SDK.
fn send(collector: &Collector, file: &Path) {
    let plan = Plan {
        replace: None,
        mapping: Preset::OnlineRetail.mapping(),
        currency: Currency::GBP,
        timezone: chrono_tz::Europe::London,
        date_order: None,
        decimals: None,
        states: States::new(),
        skip_open: false,
    };
    let patience = Duration::from_secs(120);
    let client = Client::builder(collector.url(), collector.key())
        .when_full(WhenFull::Block(patience))
        .build()
        .unwrap();
    let mut track = |events: Vec<Event>| {
        let count = events.len();
        events.into_iter().try_for_each(|event| client.track(event).map(drop))?;
        // What the collector says of each comes later, and is counted by the client.
        Ok::<_, crm_sdk::Error>(vec![Outcome::Accepted; count])
    };
    let mut files = Files::open(&[Source::File(file)], &Reading::default()).unwrap();
    import::run(&mut files, &plan, None, &mut track, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(client.shutdown(patience).events, 0, "{client:?}");
    let stats = client.stats();
    assert_eq!((stats.accepted, stats.duplicate, stats.rejected), (48_369, 0, 0), "{stats:?}");
}

/// Where two texts part.
fn difference(one: &str, other: &str) -> String {
    let place = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    let around = |text: &str| {
        let bytes = &text.as_bytes()[place.saturating_sub(100)..text.len().min(place + 100)];
        String::from_utf8_lossy(bytes).into_owned()
    };
    format!("at byte {place}\n{}\n{}", around(one), around(other))
}

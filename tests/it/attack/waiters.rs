//! Many who wait for one slow analysis: nobody else waits with them, and a stop does not wait for it.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crm_tests::harness::http::Connection;
use crm_tests::harness::{Collector, Options};
use serde_json::{Value, json};

const WAITERS: usize = 60;
/// Takes longer than everything that is asked beside it.
pub(super) const SLOW: &str = "/v1/forecasts?bucket=day&by=product&limit=0&series=customers";
const DAYS: u64 = 900;
/// What everybody else waits for at the most, with a release build.
const IN_TIME: Duration = Duration::from_millis(250);

/// How many products the shop has: a release build has to be slow, too.
fn products() -> u64 {
    super::size(2_000, 200) as u64
}

/// A purchase with this number, of about 400 bytes a line.
fn purchase(number: u64, lines: u64) -> Value {
    let day = chrono_day(number % DAYS);
    json!({ "type": "purchase", "id": format!("01960000-0000-7000-8000-{number:012}"),
            "purchase_id": format!("P-{number}"), "customer_id": format!("c-{}", number % 90),
            "kind": "sale", "currency": "EUR", "occurred_at": format!("{day}T10:00:00Z"),
            "items": (0..lines).map(|line| json!({
                "sku": format!("S-{}", (number + line * 97) % products()), "quantity": 1 + number % 3,
                "unit_price": "5.00", "name": "A thing with a long name ".repeat(8) }))
                .collect::<Vec<_>>() })
}

/// A day some days after 2023-01-01.
fn chrono_day(after: u64) -> String {
    let mut day = String::new();
    let (year, rest) = (2023 + after / 360, after % 360);
    write!(day, "{year}-{:02}-{:02}", 1 + rest / 30, 1 + rest % 28).unwrap();
    day
}

/// Sends purchases that make the analysis slow, and returns how many.
pub(super) fn shop(collector: &Collector) -> u64 {
    // As many sales of each product.
    let lines = super::size(10, 1) as u64;
    let mut sent = 0;
    while sent < 6_000 {
        let events: Vec<_> = (sent..sent + 1_000).map(|number| purchase(number, lines)).collect();
        let answer = collector.post("/v1/events", &json!({ "events": events }));
        assert_eq!(answer.expect(200).json()["accepted"], 1_000);
        sent += 1_000;
    }
    sent
}

/// What is asked beside the waiters is answered in time.
fn in_time<T>(what: &str, ask: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let answer = ask();
    let took = begun.elapsed();
    if super::full() {
        println!("{what} beside {WAITERS} waiters: {took:.1?}");
        assert!(took <= IN_TIME, "{what}: {took:.1?}");
    }
    answer
}

#[test]
fn sixty_who_wait_for_an_analysis_hold_up_neither_others_nor_a_stop() {
    let options = Options::new().without_quota().env("CRM_ANALYSIS_BACKGROUND", false);
    let mut collector = Collector::start(options);
    let mut sent = shop(&collector);
    let answered = AtomicUsize::new(0);
    let mut statuses = Vec::new();
    std::thread::scope(|scope| {
        let wait = || {
            let mut status = 202;
            while status == 202 {
                // Who asks again while it stops finds nobody who listens.
                let asked = Connection::open(collector.address())
                    .and_then(|mut connection| connection.get(SLOW, Some(collector.key())));
                status = asked.map_or(503, |answer| answer.status);
            }
            answered.fetch_add(1, Ordering::SeqCst);
            status
        };
        let waiting: Vec<_> = (0..WAITERS).map(|_| scope.spawn(wait)).collect();
        // Time for all of them to ask.
        std::thread::sleep(Duration::from_millis(500));

        let mut one = purchase(sent, 1);
        // Its route says what it is.
        one.as_object_mut().unwrap().remove("type");
        in_time("an event", || collector.post("/v1/purchases", &one)).expect(201);
        let batch: Vec<_> = (sent + 1..sent + 1_001).map(|number| purchase(number, 1)).collect();
        let batch = json!({ "events": batch });
        assert!(batch.to_string().len() > 400 * 1_024);
        let stored = in_time("a batch", || collector.post("/v1/events", &batch)).expect(200).json();
        assert_eq!(stored["accepted"], 1_000);
        sent += 1_001;
        let summary = "/v1/reports/summary?from=1970-01-01&to=2100-01-01";
        let summary = in_time("a summary", || collector.get(summary)).expect(200).json();
        assert_eq!(summary["rows"][0]["orders"], sent, "{summary}");
        in_time("a probe", || collector.get("/readyz")).expect(200);
        assert_eq!(answered.load(Ordering::SeqCst), 0, "the analysis is too quick for this test");

        collector.tell_to_stop();
        statuses.extend(waiting.into_iter().map(|waiter| waiter.join().unwrap()));
    });
    assert!(collector.wait_for_stop().success(), "{}", collector.log());
    // The collector is stopping, and all who waited are told so; a release build may be done by then.
    let done = if super::full() { 200 } else { 503 };
    assert_eq!(statuses.len(), WAITERS);
    assert!(statuses.iter().all(|status| [503, done].contains(status)), "{statuses:?}");
}

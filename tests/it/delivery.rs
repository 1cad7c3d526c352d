//! Nothing lost, nothing doubled: SDK to collector to report, through crashes of the collector and
//! a network that loses answers. One in four events corrects a purchase that was sent a little earlier.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crm_sdk::{
    Amount, Client, Currency, Customer, Interaction, InteractionKind, LineItem, Purchase, Stats,
    Timestamp, WhenFull,
};
use crm_tests::harness::{Collector, Options};
use serde_json::{Value, json};

use crate::dice::{Dice, rounds};
use crate::proxy::Proxy;
use crate::stored::{now, stored};

/// How long a delivery may take; reached only when something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client that hurries, so that a round has many requests and short pauses.
fn client(endpoint: &str, key: &str, dice: &mut Dice) -> Client {
    Client::builder(endpoint, key)
        .batch_events(usize::try_from(1 + dice.below(200)).unwrap())
        .batch_age(dice.millis(0, 5))
        .retry_between(Duration::from_millis(2), Duration::from_millis(50))
        .request_timeout(Duration::from_secs(20))
        .queue_events(2_000)
        .when_full(WhenFull::Block(PATIENCE))
        .gzip_above(if dice.below(2) == 0 { 0 } else { usize::MAX })
        .build()
        .unwrap()
}

/// What is sent as this event, the same whenever it is made: a purchase, or a later or an earlier version
/// of one that was sent before; with the number of the purchase, and what tells which version counts.
fn event(prefix: &str, index: u64) -> (u64, Timestamp, Purchase) {
    let mut dice = Dice::new(index);
    let corrects = index >= 20 && dice.below(4) == 0;
    let number = if corrects { index - 1 - dice.below(20) } else { index };
    // 2025-01-01; no two events are of the same time.
    let changed_ms = 1_735_689_600_000 + dice.below(1_000_000) * 10_000 + index % 10_000;
    let changed_at = Timestamp::from_millis(i64::try_from(changed_ms).unwrap());
    let price = Amount::from_ten_thousandths(i64::try_from(1 + dice.below(1_000_000)).unwrap());
    let quantity = u32::try_from(1 + dice.below(5)).unwrap();
    let is_refund = number % 10 == 0;
    let purchase =
        if is_refund { Purchase::refund(Currency::EUR) } else { Purchase::sale(Currency::EUR) };
    let purchase = purchase
        .purchase_id(format!("{prefix}-{number}"))
        .customer_id(format!("c-{}", dice.below(50)))
        .item(LineItem::new(format!("sku-{}", dice.below(20)), quantity, price))
        .updated_at(changed_at);
    let is_cancelled = corrects && !is_refund && dice.below(3) == 0;
    (number, changed_at, if is_cancelled { purchase.cancelled() } else { purchase })
}

fn purchase(prefix: &str, index: u64) -> Purchase {
    event(prefix, index).2
}

/// Holds what the collector has taken in since `begun` against what was sent: each purchase there,
/// once, as its latest version says, and nothing else.
fn expect_each_once(collector: &Collector, prefix: &str, sent: u64, begun: Timestamp) {
    let mut latest: HashMap<u64, (Timestamp, Purchase)> = HashMap::new();
    for (number, changed_at, purchase) in (0..sent).map(|index| event(prefix, index)) {
        if latest.get(&number).is_none_or(|(before, _)| *before < changed_at) {
            latest.insert(number, (changed_at, purchase));
        }
    }
    let mut left: HashMap<String, Value> = latest
        .into_values()
        .map(|(_, purchase)| {
            let id = purchase.purchase_id.as_ref().unwrap().to_string();
            let total = purchase.total_or_sum().unwrap();
            let told = json!([total.to_string(), purchase.state]);
            (id, told)
        })
        .collect();
    for stored in stored(collector, begun) {
        let id = stored["purchase_id"].as_str().unwrap();
        let told = json!([stored["total"], stored["state"]]);
        assert_eq!(left.remove(id), Some(told), "{id} is doubled, or not as it was sent last");
    }
    let mut lost: Vec<_> = left.into_keys().collect();
    lost.sort();
    assert!(lost.is_empty(), "{} of {sent} are lost, such as {:?}", lost.len(), lost.first());
}

/// Holds the summary against the purchases it is made of, and has the database check itself.
fn expect_figures_to_agree(collector: &Collector) {
    let (mut gross, mut refunds, mut orders, mut refund_orders) = (0, 0, 0, 0);
    for stored in stored(collector, Timestamp::from_millis(0)) {
        let total = stored["total"].as_str().unwrap().parse::<Amount>().unwrap().ten_thousandths();
        if stored["state"] != "paid" {
            continue;
        }
        if stored["kind"] == "refund" {
            (refunds, refund_orders) = (refunds + total, refund_orders + 1);
        } else {
            (gross, orders) = (gross + total, orders + 1);
        }
    }
    let summary = collector
        .get("/v1/reports/summary?currency=EUR&from=1900-01-01&to=9999-01-01")
        .expect(200)
        .json();
    let row = &summary["rows"][0];
    let money = |minor| Amount::from_ten_thousandths(minor).to_string();
    assert_eq!(
        json!([row["gross"], row["refunds"], row["orders"], row["refund_orders"]]),
        json!([money(gross), money(refunds), orders, refund_orders])
    );
    assert!(collector.expect_command(&["check"], "").starts_with("ok: "));
}

/// Sales and refunds in the collector's summary, and sales that were cancelled.
fn orders(collector: &Collector) -> u64 {
    let summary = collector
        .get("/v1/reports/summary?currency=EUR&from=1900-01-01&to=9999-01-01")
        .expect(200)
        .json();
    let count = |column: &str| summary["rows"][0][column].as_u64().unwrap();
    count("orders") + count("refund_orders") + count("cancelled_orders")
}

/// Events that the collector has decided on and has not rejected.
fn decided(stats: &Stats) -> u64 {
    stats.accepted + stats.updated + stats.superseded + stats.duplicate
}

/// Sets its flag when it goes.
pub(crate) struct Until<'a>(pub(crate) &'a AtomicBool);

impl Drop for Until<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn what_the_sdk_sends_is_in_the_report() {
    let collector = Collector::start(Options::new());
    let begun = now();
    let client = client(&collector.url(), collector.key(), &mut Dice::new(1));
    client.customer(Customer::new("c-1").name("Ada")).unwrap();
    for number in 0..500 {
        client.purchase(purchase("order", number)).unwrap();
    }
    client.interaction(Interaction::new("c-1", InteractionKind::Visit)).unwrap();
    assert_eq!(client.shutdown(PATIENCE).events, 0);
    let stats = client.stats();
    assert_eq!((decided(&stats), stats.duplicate, stats.rejected), (502, 0, 0), "{stats:?}");
    assert!(stats.updated > 0 && stats.superseded > 0, "{stats:?}");

    expect_each_once(&collector, "order", 500, begun);
    expect_figures_to_agree(&collector);
    let customer = collector.get("/v1/customers/c-1").expect(200).json();
    assert_eq!(json!([customer["name"], customer["interactions"]]), json!(["Ada", 1]));
}

#[test]
fn a_collector_killed_under_load_keeps_every_acknowledged_event_once() {
    let mut collector = Collector::start(Options::new().without_quota());
    rounds(|seed| {
        let dice = &mut Dice::new(seed);
        let (prefix, begun) = (format!("kill-{seed}"), now());
        let client = client(&collector.url(), collector.key(), dice);
        let (stop, sent) = (AtomicBool::new(false), AtomicU64::new(0));
        let before = orders(&collector);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(Ordering::SeqCst) {
                    let number = sent.load(Ordering::SeqCst);
                    client.purchase(purchase(&prefix, number)).unwrap();
                    sent.store(number + 1, Ordering::SeqCst);
                }
            });
            // The load ends with this, also where an expectation breaks.
            let _load = Until(&stop);
            for _ in 0..=dice.below(2) {
                std::thread::sleep(dice.millis(5, 120));
                let acknowledged = client.stats().accepted;
                collector.kill();
                std::thread::sleep(dice.millis(0, 30));
                collector.restart();
                // Before the client has sent all again: what was acknowledged is there by
                // itself. That each is there once, the end of the round tells.
                let there = orders(&collector) - before;
                assert!(there >= acknowledged, "{there} of {acknowledged} survived");
            }
            std::thread::sleep(dice.millis(0, 50));
        });
        let sent = sent.into_inner();
        assert_eq!(client.shutdown(PATIENCE).events, 0, "{client:?}");
        let stats = client.stats();
        assert_eq!(decided(&stats), sent, "{stats:?}");
        println!("{sent} sent, {} again, {} known", stats.sent - sent, stats.duplicate);
        expect_each_once(&collector, &prefix, sent, begun);
    });
    expect_figures_to_agree(&collector);
}

#[test]
fn answers_lost_after_the_commit_double_nothing() {
    let collector = Collector::start(Options::new().without_quota());
    rounds(|seed| {
        let dice = &mut Dice::new(seed);
        let (prefix, begun) = (format!("lost-{seed}"), now());
        let proxy = Proxy::before(collector.address(), dice.next(), 10 + dice.below(50));
        let client = client(&proxy.url(), collector.key(), dice);
        let count = 1_000 + dice.below(2_000);
        for number in 0..count {
            client.purchase(purchase(&prefix, number)).unwrap();
        }
        assert_eq!(client.shutdown(PATIENCE).events, 0, "{client:?}");
        let stats = client.stats();
        assert_eq!(decided(&stats), count, "{stats:?}");
        // What was committed and not answered for was sent again, and known.
        assert_eq!(stats.duplicate > 0, proxy.lost_answers() > 0, "{stats:?}");
        let lost = proxy.lost_answers();
        println!("{count} sent, {lost} answers lost, {} known", stats.duplicate);
        drop(client);
        expect_each_once(&collector, &prefix, count, begun);
    });
    expect_figures_to_agree(&collector);
}

#[test]
fn a_collector_killed_behind_a_network_that_fails_loses_and_doubles_nothing() {
    let mut collector = Collector::start(Options::new().without_quota());
    rounds(|seed| {
        let dice = &mut Dice::new(seed);
        let (prefix, begun) = (format!("both-{seed}"), now());
        let proxy = Proxy::before(collector.address(), dice.next(), 20);
        let client = client(&proxy.url(), collector.key(), dice);
        let count = 1_000 + dice.below(2_000);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for number in 0..count {
                    client.purchase(purchase(&prefix, number)).unwrap();
                }
            });
            std::thread::sleep(dice.millis(0, 60));
            collector.kill();
            collector.restart();
        });
        assert_eq!(client.shutdown(PATIENCE).events, 0, "{client:?}");
        drop(client);
        expect_each_once(&collector, &prefix, count, begun);
    });
    expect_figures_to_agree(&collector);
}

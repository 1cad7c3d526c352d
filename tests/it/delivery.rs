//! Nothing lost, nothing doubled: SDK to collector to report, through crashes of the collector and
//! a network that loses answers.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crm_sdk::{
    Amount, Client, Currency, Customer, Interaction, InteractionKind, LineItem, Purchase,
    Timestamp, WhenFull,
};
use crm_tests::harness::{Collector, Options};
use serde_json::json;

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

/// The purchase with this number, the same whenever it is made.
fn purchase(prefix: &str, number: u64) -> Purchase {
    let mut dice = Dice::new(number);
    let price = Amount::from_ten_thousandths(i64::try_from(1 + dice.below(1_000_000)).unwrap());
    let quantity = u32::try_from(1 + dice.below(5)).unwrap();
    let purchase = if dice.below(10) == 0 {
        Purchase::refund(Currency::EUR)
    } else {
        Purchase::sale(Currency::EUR)
    };
    purchase
        .purchase_id(format!("{prefix}-{number}"))
        .customer_id(format!("c-{}", dice.below(50)))
        .item(LineItem::new(format!("sku-{}", dice.below(20)), quantity, price))
}

/// Holds what the collector has taken in since `begun` against what was sent: each purchase there,
/// once, with its total, and nothing else.
fn expect_each_once(collector: &Collector, prefix: &str, sent: u64, begun: Timestamp) {
    let mut left: HashMap<String, String> = (0..sent)
        .map(|number| {
            let total = purchase(prefix, number).total_or_sum().unwrap();
            (format!("{prefix}-{number}"), total.to_string())
        })
        .collect();
    for stored in stored(collector, begun) {
        let id = stored["purchase_id"].as_str().unwrap();
        let total = left.remove(id);
        assert_eq!(total.as_deref(), stored["total"].as_str(), "{id} is doubled or another's");
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

/// Sales and refunds in the collector's summary.
fn orders(collector: &Collector) -> u64 {
    let summary = collector
        .get("/v1/reports/summary?currency=EUR&from=1900-01-01&to=9999-01-01")
        .expect(200)
        .json();
    let count = |column: &str| summary["rows"][0][column].as_u64().unwrap();
    count("orders") + count("refund_orders")
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
    assert_eq!((stats.accepted, stats.duplicate, stats.rejected), (502, 0, 0), "{stats:?}");

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
        assert_eq!(stats.accepted + stats.duplicate, sent, "{stats:?}");
        println!("{sent} sent, {} again, {} known", stats.sent - sent, stats.duplicate);
        expect_each_once(&collector, &prefix, sent, begun);
        assert_eq!(orders(&collector) - before, sent);
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
        assert_eq!(stats.accepted + stats.duplicate, count, "{stats:?}");
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

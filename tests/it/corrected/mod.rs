//! Orders are corrected while the collector is killed: what it answered for holds, what was in flight
//! holds wholly or not at all, and every figure is that of the purchases that count.
//!
//! Several senders append, replace, cancel, refund and take back, each its own purchases, of customers,
//! products and days that all of them have in common. Each keeps a ledger and holds every answer to the
//! rules; after each kill the ledgers together are compared with lists, versions, reports and `check`.

mod figures;
mod found;
mod ledger;
mod order;
mod plan;
mod sender;

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use crm_sdk::Timestamp;
use crm_tests::harness::{Collector, Options};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

use found::Found;
use ledger::{Changed, Key, Ledger, Stored};
use order::{CURRENCIES, CUSTOMERS, Order, ZONE};
use sender::{Cut, Sender};

use crate::dice::{Dice, rounds};

const SENDERS: u64 = 4;
/// A shop with more events than this makes room for a new one, so that a round stays short.
const MOST_EVENTS: u64 = 12_000;

/// A collector, and those who send to it.
struct Shop {
    collector: Collector,
    senders: Vec<Sender>,
    folds: Folds,
}

/// How often the log was seen folded further, and in fewer runs.
#[derive(Clone, Copy, Debug, Default)]
struct Folds {
    seen: (u64, u64),
    folded: u64,
    merged: u64,
}

impl Folds {
    fn look(&mut self, now: (u64, u64)) {
        self.folded += u64::from(now.0 > self.seen.0);
        self.merged += u64::from(now.1 < self.seen.1);
        self.seen = now;
    }
}

impl Shop {
    /// One that has sold and corrected for a while.
    fn open(dice: &mut Dice) -> Self {
        let options = Options::new().without_quota().store_memory_mib(32);
        let collector = Collector::start(options.workspace_in("EUR", ZONE));
        let senders = (0..SENDERS).map(|number| Sender::new(number, dice.next())).collect();
        let mut shop = Self { collector, senders, folds: Folds::default() };
        shop.live(10, None);
        shop
    }

    /// The senders send so many requests, or until the collector is killed a while later.
    fn live(&mut self, requests: u64, killed_after: Option<Duration>) {
        let (address, key) = (self.collector.address(), self.collector.key().to_owned());
        std::thread::scope(|scope| {
            for sender in &mut self.senders {
                let key = &key;
                scope.spawn(move || sender.work(address, key, requests));
            }
            if let Some(after) = killed_after {
                std::thread::sleep(after);
                self.collector.kill();
            }
        });
    }

    /// Finds out what was stored of what was in flight, and compares everything.
    fn compare(&mut self, dice: &mut Dice, cut: &mut Cut) {
        let mut found = Found::by(&self.collector);
        for sender in &mut self.senders {
            let (looked_at, interactions) = (sender.looked_at(), sender.looked_at_interactions());
            sender.settle(&mut found, cut);
            for id in interactions {
                let shown = found.interaction_versions(&id);
                compare_interaction(&id, &shown, sender.ledger.interaction(&id));
            }
            for key in looked_at {
                compare_versions(&key, found.versions(&key), sender.ledger.versions(&key));
            }
        }
        let ledgers: Vec<_> = self.senders.iter().map(|sender| &sender.ledger).collect();
        compare_lists(&found, &ledgers);
        let orders: Vec<_> = ledgers.iter().flat_map(|ledger| ledger.purchases()).collect();
        for currency in CURRENCIES {
            figures::compare(&mut found, &orders, currency);
        }
        for _ in 0..5 {
            compare_customer(&mut found, &ledgers, dice.below(CUSTOMERS));
        }
        let customers: BTreeSet<_> = ledgers.iter().flat_map(|ledger| &ledger.customers).collect();
        let (logged, folds) = log_and_folds(&self.collector);
        assert_eq!(logged, self.events(), "rows of the log");
        self.folds.look(folds);
        let said = self.collector.expect_command(&["check"], "");
        let counts = said.split(' ').filter_map(|word| word.parse().ok()).collect::<Vec<usize>>();
        let (is_ok, expected) = (said.starts_with("ok: "), [customers.len(), 1]);
        assert_eq!((is_ok, &counts[1..]), (true, &expected[..]), "{said}");
    }

    /// What is in flight is sent again, and everything compared once more.
    fn close(mut self, dice: &mut Dice) {
        self.live(1, None);
        self.compare(dice, &mut Cut::default());
        // All that can become of what is sent has become of some of it.
        let mut answered = [0; 6];
        for sender in &self.senders {
            answered.iter_mut().zip(sender.answered).for_each(|(sum, count)| *sum += count);
        }
        assert!(answered.iter().all(|count| *count > 0), "{answered:?}");
        println!("accepted, updated, superseded, duplicate, in conflict, taken back: {answered:?}");
    }

    fn events(&self) -> u64 {
        self.senders.iter().map(|sender| sender.ledger.logged).sum()
    }
}

/// Rows of the log, and how far it is folded in how many runs, as the database has them.
fn log_and_folds(collector: &Collector) -> (u64, (u64, u64)) {
    let path = collector.data().join("crm.db");
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let number = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0));
    let number = |sql: &str| u64::try_from(number(sql).unwrap()).unwrap();
    let tables = ["purchases", "past_purchases", "interactions", "past_interactions"];
    let rows = tables.map(|table| number(&format!("SELECT count(*) FROM {table}")));
    let through = number("SELECT ifnull(max(through), 0) FROM runs WHERE state = 0");
    (rows.iter().sum(), (through, number("SELECT count(*) FROM runs WHERE state = 0")))
}

/// Each purchase that counts is listed, once, as it was sent last; and nothing else.
fn compare_lists(found: &Found<'_>, ledgers: &[&Ledger]) {
    let numbered = ledgers.iter().flat_map(|ledger| ledger.numbered());
    let mut numbered: HashMap<_, _> =
        numbered.map(|((source, number), stored)| ((*source, number.as_str()), stored)).collect();
    let unnumbered = ledgers.iter().flat_map(|ledger| ledger.unnumbered());
    let mut unnumbered: HashMap<_, _> =
        unnumbered.map(|(id, order)| (id.as_str(), order)).collect();
    for shown in &found.purchases {
        match shown["purchase_id"].as_str() {
            Some(number) => {
                let stored = numbered.remove(&(shown["source"].as_str(), number));
                let stored = stored.unwrap_or_else(|| panic!("doubled, or nobody's: {shown}"));
                compare_purchase(shown, stored);
            }
            None => {
                let order = unnumbered.remove(shown["id"].as_str().unwrap());
                assert_eq!(Some(Order::shown_by(shown)), order.map(Order::shown), "{shown}");
            }
        }
    }
    assert!(numbered.is_empty(), "lost: {numbered:?}");
    assert!(unnumbered.is_empty(), "lost: {unnumbered:?}");
}

fn compare_versions(key: &Key, shown: &[Value], known: &[Option<Stored>]) {
    assert_eq!(shown.len(), known.len(), "versions of {key:?}: {shown:?} instead of {known:?}");
    for (shown, known) in shown.iter().zip(known) {
        match known {
            Some(stored) => compare_purchase(&shown["purchase"], stored),
            None => assert_eq!(shown["purchase"], Value::Null, "{key:?} was taken back"),
        }
    }
}

fn compare_interaction(id: &str, shown: &[Value], known: &[Option<(u64, String)>]) {
    let told = |version: &Value| {
        let interaction = &version["interaction"];
        let of = interaction["customer_id"].as_str()?.to_owned();
        Some((of, interaction["subject"].as_str().unwrap_or_default().to_owned()))
    };
    let known = known.iter().map(|version| {
        version.as_ref().map(|(of, subject)| (order::customer(*of), subject.clone()))
    });
    assert_eq!(shown.iter().map(told).collect::<Vec<_>>(), known.collect::<Vec<_>>(), "{id}");
}

fn compare_purchase(shown: &Value, stored: &Stored) {
    assert_eq!(Order::shown_by(shown), stored.order.shown(), "{shown}");
    if let Some(id) = &stored.id {
        assert_eq!(shown["id"], id.as_str(), "{shown}");
    }
    match stored.changed {
        None => assert_eq!(shown["updated_at"], Value::Null, "{shown}"),
        Some(Changed::At(ms)) => {
            let time = Timestamp::from_millis(ms).to_string();
            assert_eq!(shown["updated_at"], time.as_str(), "{shown}");
        }
        Some(Changed::Received) => assert_eq!(shown["updated_at"], shown["received_at"], "{shown}"),
    }
}

/// What a customer has, all that bought and gave back in each currency.
fn compare_customer(found: &mut Found<'_>, ledgers: &[&Ledger], number: u64) {
    let id = order::customer(number);
    let is_known = ledgers.iter().any(|ledger| ledger.customers.contains(&id));
    let shown = found.get(&format!("/v1/customers/{id}"));
    assert_eq!(shown.is_some(), is_known, "{id}");
    let calls = ledgers.iter().map(|ledger| ledger.interactions_of(number)).sum::<u64>();
    let shown = shown.map_or(json!(0), |shown| shown["interactions"].clone());
    assert_eq!(shown, calls, "{id}");
}

#[test]
fn a_collector_killed_while_orders_are_corrected_holds_what_it_said_and_nothing_in_between() {
    let (mut shop, mut cut, mut events) = (None::<Shop>, Cut::default(), 0);
    rounds(|seed| {
        let dice = &mut Dice::new(seed);
        let mut open = match shop.take() {
            Some(open) => open,
            None => Shop::open(dice),
        };
        let before = open.events();
        // Under load, or at rest, when what was sent is folded and merged.
        let (requests, life) = match dice.below(8) {
            0..=4 => (u64::MAX, dice.millis(5, 250)),
            5 => (u64::MAX, dice.millis(250, 1_500)),
            _ => (1 + dice.below(10), dice.millis(100, 400)),
        };
        open.live(requests, Some(life));
        open.collector.restart();
        if dice.below(6) == 0 {
            std::thread::sleep(dice.millis(0, 10));
            open.collector.kill();
            open.collector.restart();
        }
        open.compare(dice, &mut cut);
        events += open.events() - before;
        let (more, all, folds) = (open.events() - before, open.events(), open.folds);
        println!("{more} of {all} events, {folds:?}; in flight, all in all: {cut:?}");
        if open.events() > MOST_EVENTS {
            open.close(dice);
        } else {
            shop = Some(open);
        }
    });
    if let Some(open) = shop {
        open.close(&mut Dice::new(0));
    }
    println!("{events} events in all");
}

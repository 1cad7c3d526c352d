//! What one event costs to check, to write as JSON and to read back: nanoseconds on one thread.
//!
//! `cargo bench -p crm-models --bench encode`. Each figure is the best of many rounds, as whatever
//! else the machine does only ever adds.

#![expect(clippy::print_stdout, reason = "figures are what a bench is for")]
#![expect(clippy::expect_used, reason = "the events are known to be good")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use crm_models::{
    Amount, Currency, Customer, Event, EventId, Interaction, InteractionKind, LineItem, Purchase,
    Timestamp,
};

const NOON: i64 = 1_772_366_400_123;
const ROUNDS: u32 = 60;
const REPEATS: u32 = 5_000;

fn main() {
    let head = ["validate", "append", "serde_json", "parse", "bytes"];
    println!("{:<28}{}", "ns per event", head.map(|name| format!("{name:>11}")).concat());
    for (name, event) in events() {
        let json = serde_json::to_vec(&event).expect("it can be written");
        let now = Timestamp::from_millis(NOON);
        let validate = best(|| black_box(&event).validate(now));
        // Into memory that is there already: what it costs to get some is the caller's choice.
        let mut buffer = Vec::with_capacity(1_024);
        let append = best(|| {
            buffer.clear();
            black_box(&event).append_json(&mut buffer)
        });
        let serialize = best(|| {
            buffer.clear();
            serde_json::to_writer(&mut buffer, black_box(&event))
        });
        let parse = best(|| serde_json::from_slice::<Event>(black_box(&json)));
        let times = [validate, append, serialize, parse].map(|time| format!("{time:>11.0}"));
        println!("{name:<28}{}{:>11}", times.concat(), json.len());
    }
    println!();
    println!("{:<50}{:>11}{:>11}", "ns per value", "serde_json", "parse");
    value("time", &Timestamp::from_millis(NOON));
    value("event id", &event_id());
    value("amount", &Amount::from_ten_thousandths(69_500));
    value("currency", &Currency::GBP);
}

fn event_id() -> EventId {
    EventId::v7(Timestamp::from_millis(NOON), [0x5A; 10])
}

fn events() -> [(&'static str, Event); 4] {
    let item = || LineItem::new("MUG-01", 2, Amount::from_ten_thousandths(69_500));
    let sale = Purchase::sale(Currency::GBP)
        .customer_id("customer-10482")
        .item(item())
        .item(LineItem::new("85123A", 6, Amount::from_ten_thousandths(25_500)))
        .channel("web")
        .country("United Kingdom");
    let named = Purchase::sale(Currency::GBP)
        .purchase_id("489434")
        .customer_id("customer-10482")
        .item(item().name("Mug with a glass ball").category("kitchen"))
        .channel("web")
        .country("Österreich");
    let customer = Customer::new("customer-10482")
        .name("Ada Lovelace")
        .email("ada@example.com")
        .country("United Kingdom")
        .attribute("tier", "gold");
    let visit = Interaction::new("customer-10482", InteractionKind::Visit).channel("web");
    let mut events = [
        ("purchase of two items", Event::from(sale)),
        ("purchase, item with name", Event::from(named)),
        ("customer", Event::from(customer)),
        ("interaction", Event::from(visit)),
    ];
    for (_, event) in &mut events {
        event.complete(event_id, Timestamp::from_millis(NOON));
    }
    events
}

fn value<T: serde::Serialize + serde::de::DeserializeOwned>(name: &str, value: &T) {
    let json = serde_json::to_vec(value).expect("it can be written");
    let mut buffer = Vec::with_capacity(64);
    let serialize = best(|| {
        buffer.clear();
        serde_json::to_writer(&mut buffer, black_box(value))
    });
    let parse = best(|| serde_json::from_slice::<T>(black_box(&json)));
    println!("{name:<50}{serialize:>11.1}{parse:>11.1}");
}

/// Nanoseconds that one call takes.
fn best<T>(mut call: impl FnMut() -> T) -> f64 {
    let round = |_| {
        let begun = Instant::now();
        for _ in 0..REPEATS {
            black_box(call());
        }
        begun.elapsed()
    };
    let shortest = (0..ROUNDS).map(round).min().unwrap_or(Duration::ZERO);
    shortest.as_secs_f64() * 1e9 / f64::from(REPEATS)
}

//! The page of examples, `docs/what-to-send.md`: its events are taken as they stand there, and their
//! money is made of what the page says.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy.toml lets tests panic, but does not know the helpers of tests for such"
)]

use std::collections::BTreeSet;

use crm_models::{Amount, Event, LineItem, LineKind, Parts, Purchase, Timestamp};
use serde_json::Value;

const PAGE: &str = include_str!("../../docs/what-to-send.md");

/// Later than all that stands in the page.
const NOW: &str = "2026-04-01T00:00:00Z";

/// The code blocks of a language.
fn blocks(language: &str) -> Vec<&'static str> {
    let begin = format!("```{language}\n");
    PAGE.split(begin.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

/// The events of a block: one, or a list.
fn events(json: &str) -> Vec<Event> {
    let events = match serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
    {
        Value::Array(events) => events,
        event => vec![event],
    };
    let read = |event: Value| {
        let told = event.to_string();
        serde_json::from_value(event).unwrap_or_else(|error| panic!("{error}: {told}"))
    };
    events.into_iter().map(read).collect()
}

/// The parts that are not nothing, and the net and total that the page always tells.
fn told(parts: &Parts) -> Vec<(&'static str, Amount)> {
    let all = [
        ("gross", parts.gross, true),
        ("discounts", parts.discounts, false),
        ("net", parts.net().unwrap(), true),
        ("shipping", parts.shipping, false),
        ("tax", parts.tax, false),
        ("tips", parts.tips, false),
        ("fees", parts.fees, false),
        ("gift_cards", parts.gift_cards, false),
        ("rounding", parts.rounding, false),
        ("adjustment", parts.adjustment, false),
        ("total", parts.total().unwrap(), true),
    ];
    let all = all.into_iter().filter(|(_, amount, always)| *always || *amount != Amount::ZERO);
    all.map(|(name, amount, _)| (name, amount)).collect()
}

#[test]
fn each_example_is_taken_as_it_is_and_made_of_the_parts_that_the_page_tells() {
    let (examples, figures, of_interactions) = (blocks("json"), blocks("text"), blocks("js"));
    assert_eq!((examples.len(), of_interactions.len()), (figures.len(), 1));
    assert!(examples.len() >= 10, "{}", examples.len());
    let now: Timestamp = NOW.parse().unwrap();
    for mut event in of_interactions.into_iter().flat_map(events) {
        event.tidy(|warning| panic!("{warning:?}"));
        event.validate(now).unwrap_or_else(|invalid| panic!("{invalid}: {event:?}"));
        assert!(matches!(event, Event::Interaction(_)), "{event:?}");
    }
    for (json, figures) in examples.into_iter().zip(figures) {
        let events = events(json);
        assert_eq!(events.len(), figures.lines().count(), "{json}");
        for (mut event, line) in events.into_iter().zip(figures.lines()) {
            event.tidy(|warning| panic!("{warning:?}: {json}"));
            event.validate(now).unwrap_or_else(|invalid| panic!("{invalid}: {json}"));
            let Event::Purchase(purchase) = event else { panic!("no purchase: {json}") };
            let said: Vec<_> = line
                .split(", ")
                .map(|figure| figure.split_once(' ').unwrap())
                .map(|(name, amount)| (name, amount.parse::<Amount>().unwrap()))
                .collect();
            assert_eq!(told(&purchase.parts().unwrap()), said, "{json}");
            if let Some(total) = purchase.total {
                assert_eq!(said.last(), Some(&("total", total)));
            }
        }
    }
}

/// Names in the first column of the table with this head.
fn fields_of_table(head: &str) -> BTreeSet<&'static str> {
    let (_, table) = PAGE.split_once(head).unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let cells = rows.map(|row| row.split('|').nth(1).unwrap());
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

fn names(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn the_page_lists_every_field() {
    let amount = || "1".parse::<Amount>().unwrap();
    let time: Timestamp = NOW.parse().unwrap();
    let line = LineItem::new("A", 1, amount())
        .name("A")
        .category("A")
        .variant("A")
        .discount(amount())
        .tax(amount())
        .cost(amount());
    let of_a_kind = serde_json::to_value(LineItem::of_kind(LineKind::Tip, amount())).unwrap();
    let mut of_line = serde_json::to_value(line.clone()).unwrap();
    of_line["kind"] = of_a_kind["kind"].clone();
    let purchase = Purchase::refund("EUR".parse().unwrap())
        .purchase_id("A")
        .customer_id("A")
        .item(line)
        .total(amount())
        .channel("A")
        .country("A")
        .occurred_at(time)
        .source("A")
        .number("A")
        .pending()
        .updated_at(time)
        .replace()
        .void()
        .refund_of("A")
        .discount(amount())
        .shipping(amount())
        .tax_included(amount())
        .tip(amount())
        .fees(amount())
        .rounding(amount())
        .payment_method("A")
        .coupon("A")
        .attribute("a", 1);
    let of_purchase = serde_json::to_value(purchase).unwrap();
    assert_eq!(fields_of_table("| Field of a purchase | What it is |"), names(&of_purchase));
    assert_eq!(fields_of_table("| Field of a line | What it is |"), names(&of_line));
}

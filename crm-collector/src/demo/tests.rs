//! The made-up shop keeps what it promises.

use std::collections::{HashMap, HashSet};

use crm_models::{Amount, Event, Purchase, PurchaseKind, Timestamp};

use super::{Parameters, Shop};

fn parameters() -> Parameters {
    Parameters::three_years(42, "2026-03-01".parse().unwrap())
}

fn shop() -> Vec<Event> {
    Shop::new(parameters()).collect()
}

fn purchases(events: &[Event]) -> impl Iterator<Item = &Purchase> {
    events.iter().filter_map(|event| match event {
        Event::Purchase(purchase) => Some(purchase),
        _ => None,
    })
}

fn gross(events: &[Event], months: &[&str]) -> i64 {
    purchases(events)
        .filter(|purchase| purchase.kind == PurchaseKind::Sale)
        .filter(|purchase| {
            let at = purchase.occurred_at.unwrap().to_string();
            months.iter().any(|month| at.starts_with(month))
        })
        .map(|purchase| purchase.total_or_sum().unwrap().ten_thousandths())
        .sum()
}

#[test]
fn the_same_parameters_give_the_same_shop() {
    let events = shop();
    assert!(events == shop());
    let other = Shop::new(Parameters { seed: 43, ..parameters() });
    assert!(!other.eq(events));
}

#[test]
fn the_shop_has_the_size_it_promises() {
    let events = shop();
    let customers = events.iter().filter(|event| matches!(event, Event::Customer(_))).count();
    assert_eq!(customers, 2_500);
    let of = |kind| purchases(&events).filter(move |purchase| purchase.kind == kind).count();
    let (sales, refunds) = (of(PurchaseKind::Sale), of(PurchaseKind::Refund));
    let anonymous = purchases(&events).filter(|purchase| purchase.customer_id.is_none()).count();
    let buyers: HashSet<_> =
        purchases(&events).filter_map(|purchase| purchase.customer_id.as_ref()).collect();
    eprintln!(
        "{} events, {sales} sales, {refunds} refunds, {anonymous} anonymous, {} buyers",
        events.len(),
        buyers.len()
    );
    assert!(buyers.len() >= 2_000, "{}", buyers.len());
    assert!((10_000..25_000).contains(&sales), "{sales}");
    assert!((sales / 33..sales / 10).contains(&refunds), "{refunds}");
    assert!((sales / 12..sales / 3).contains(&anonymous), "{anonymous}");
}

#[test]
fn every_event_is_valid_and_has_its_own_id() {
    let parameters = parameters();
    let until = parameters.until.and_hms_opt(0, 0, 0).unwrap();
    let now: Timestamp = until.and_utc().into();
    let mut ids = HashSet::new();
    for event in shop() {
        event.validate(now).unwrap();
        assert!(event.occurred_at().unwrap() < now);
        assert!(ids.insert(event.id().unwrap()));
    }
}

#[test]
fn events_come_in_order_of_time() {
    let times: Vec<_> = shop().iter().map(Event::occurred_at).collect();
    assert!(times.is_sorted());
}

#[test]
fn a_customer_is_introduced_before_anything_else_is_said_of_them() {
    let mut known = HashSet::new();
    for event in shop() {
        let Some(id) = event.customer_id() else { continue };
        match event {
            Event::Customer(_) => assert!(known.insert(id.clone())),
            _ => assert!(known.contains(id), "{id}"),
        }
    }
}

#[test]
fn a_refund_follows_its_sale_and_never_exceeds_it() {
    let events = shop();
    let mut sales: HashMap<String, (Amount, &Purchase)> = HashMap::new();
    let mut partial = 0;
    for purchase in purchases(&events) {
        let id = purchase.purchase_id.as_ref().unwrap().as_str();
        let total = purchase.total_or_sum().unwrap();
        if purchase.kind == PurchaseKind::Sale {
            sales.insert(id.to_owned(), (total, purchase));
            continue;
        }
        // Taken out, so that a second refund of it would not find it.
        let (sold, sale) = sales.remove(&id.replace('R', "S")).unwrap();
        assert!(total <= sold, "{id}: {total} of {sold}");
        assert_eq!(purchase.customer_id, sale.customer_id);
        partial += i32::from(total < sold);
    }
    assert!(partial > 100, "{partial}");
}

#[test]
fn seasons_and_growth_show_in_the_sums() {
    let events = shop();
    let winter = gross(&events, &["2024-11", "2024-12", "2025-11", "2025-12"]);
    let summer = gross(&events, &["2024-07", "2024-08", "2025-07", "2025-08"]);
    assert!(winter * 2 > summer * 3, "{winter} {summer}");
    for month in ["05", "08", "10", "12"] {
        let [first, second] =
            ["2024", "2025"].map(|year| gross(&events, &[&format!("{year}-{month}")]));
        eprintln!("{month}: {first} {second}");
    }
    let [first, second] = ["2024", "2025"].map(|year| gross(&events, &[year]));
    assert!(second * 100 > first * 115, "{first} {second}");
}

#[test]
fn the_praised_teapot_sells_more_from_then_on() {
    let events = shop();
    let until = parameters().until;
    let sold = |weeks_before: std::ops::Range<u64>| -> u32 {
        let instant = |weeks| -> Timestamp {
            let day = until - chrono::Days::new(7 * weeks);
            day.and_hms_opt(0, 0, 0).unwrap().and_utc().into()
        };
        let (from, to) = (instant(weeks_before.end), instant(weeks_before.start));
        purchases(&events)
            .filter(|purchase| purchase.kind == PurchaseKind::Sale)
            .filter(|purchase| (from..to).contains(&purchase.occurred_at.unwrap()))
            .flat_map(|purchase| &purchase.items)
            .filter(|item| item.product() == Some("TEA-202"))
            .map(|item| u32::try_from(item.quantity.whole().unwrap()).unwrap())
            .sum()
    };
    let (before, after) = (sold(20..40), sold(0..20));
    assert!(after > 2 * before, "{before} {after}");
}

#[test]
fn some_customers_buy_often_and_many_once() {
    let events = shop();
    let mut orders: HashMap<_, u32> = HashMap::new();
    for purchase in purchases(&events).filter(|purchase| purchase.kind == PurchaseKind::Sale) {
        if let Some(id) = &purchase.customer_id {
            *orders.entry(id).or_default() += 1;
        }
    }
    let once = orders.values().filter(|orders| **orders == 1).count();
    let often = orders.values().filter(|orders| **orders >= 20).count();
    eprintln!("{} buyers, {once} once, {often} twenty times or more", orders.len());
    assert!(once * 100 > orders.len() * 15, "{once}");
    assert!(often * 100 > orders.len(), "{often}");
}

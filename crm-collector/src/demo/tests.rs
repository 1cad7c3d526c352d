//! The made-up shop keeps what it promises.

use std::collections::{HashMap, HashSet};

use crm_models::{Amount, Event, Parts, Purchase, PurchaseKind, State, Timestamp};

use super::{Parameters, Shop};

fn parameters() -> Parameters {
    Parameters::three_years(42, "2026-03-01".parse().unwrap())
}

fn shop() -> Vec<Event> {
    Shop::new(parameters()).collect()
}

/// Every version of every purchase.
fn versions(events: &[Event]) -> impl Iterator<Item = &Purchase> {
    events.iter().filter_map(|event| match event {
        Event::Purchase(purchase) => Some(purchase),
        _ => None,
    })
}

fn key(purchase: &Purchase) -> (&str, &str) {
    (purchase.source.as_deref().unwrap(), purchase.purchase_id.as_ref().unwrap().as_str())
}

/// The purchases as they stand in the end, whatever their state.
fn newest(events: &[Event]) -> Vec<&Purchase> {
    let mut places = HashMap::new();
    let mut newest = Vec::new();
    for purchase in versions(events) {
        let place = *places.entry(key(purchase)).or_insert(newest.len());
        if place == newest.len() {
            newest.push(purchase);
        } else {
            newest[place] = purchase;
        }
    }
    newest
}

/// Those that count.
fn purchases(events: &[Event]) -> impl Iterator<Item = &Purchase> {
    newest(events).into_iter().filter(|purchase| purchase.state == State::Paid)
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
    let told = |event: &Event| match event {
        Event::Purchase(purchase) => purchase.updated_at.or(purchase.occurred_at),
        other => other.occurred_at(),
    };
    let times: Vec<_> = shop().iter().map(told).collect();
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
    let mut sales: HashMap<(&str, &str), (Amount, &Purchase)> = HashMap::new();
    let (mut partial, mut of_money) = (0, 0);
    for purchase in purchases(&events) {
        let total = purchase.total_or_sum().unwrap();
        let (source, id) = key(purchase);
        let Some(sold) = &purchase.refund_of else {
            sales.insert((source, id), (total, purchase));
            continue;
        };
        assert_eq!(purchase.kind, PurchaseKind::Refund);
        // Taken out, so that a second refund of it would not find it.
        let (sold, sale) = sales.remove(&(source, sold.as_str())).unwrap();
        assert!(total <= sold, "{id}: {total} of {sold}");
        assert!(purchase.occurred_at > sale.occurred_at.max(sale.updated_at), "{id}");
        assert_eq!(purchase.customer_id, sale.customer_id);
        partial += i32::from(total < sold && !purchase.items.is_empty());
        of_money += i32::from(purchase.items.is_empty());
    }
    assert!(partial > 100 && of_money > 50, "{partial} {of_money}");
}

#[test]
fn orders_have_the_parts_and_the_fates_of_a_shops() {
    let events = shop();
    let all = newest(&events);
    let mut sum = Parts::default();
    let mut count: HashMap<&str, usize> = HashMap::new();
    for purchase in all.iter().filter(|purchase| purchase.kind == PurchaseKind::Sale) {
        let parts = purchase.parts().unwrap();
        assert_eq!(
            (parts.rounding, parts.adjustment),
            (Amount::ZERO, Amount::ZERO),
            "{purchase:?}"
        );
        let state = match (purchase.state, purchase.updated_at) {
            (State::Pending, _) => "pending",
            (State::Cancelled, _) => "cancelled",
            (State::Paid, Some(_)) if purchase.payment_method.as_deref() != Some("transfer") => {
                "corrected"
            }
            (State::Paid, _) => "sold",
        };
        *count.entry(state).or_default() += 1;
        *count.entry(purchase.source.as_deref().unwrap()).or_default() += 1;
        *count.entry("all").or_default() += 1;
        if purchase.state == State::Paid {
            for (sum, part) in [
                (&mut sum.gross, parts.gross),
                (&mut sum.discounts, parts.discounts),
                (&mut sum.shipping, parts.shipping),
                (&mut sum.tax, parts.tax),
            ] {
                *sum = sum.checked_add(part).unwrap();
            }
        }
    }
    let per_mille = |of: &str| count[of] * 1_000 / count["all"];
    eprintln!("{count:?} {sum:?}");
    assert!((600..800).contains(&per_mille("web-shop")), "{count:?}");
    assert_eq!(count["web-shop"] + count["till"], count["all"]);
    assert!((10..40).contains(&per_mille("cancelled")), "{count:?}");
    assert!((5..20).contains(&per_mille("corrected")), "{count:?}");
    assert!((1..60).contains(&count["pending"]), "{count:?}");
    let of_gross = |part: Amount| part.ten_thousandths() * 1_000 / sum.gross.ten_thousandths();
    assert!((15..60).contains(&of_gross(sum.discounts)), "{sum:?}");
    assert!((10..60).contains(&of_gross(sum.shipping)), "{sum:?}");
    assert!((130..190).contains(&of_gross(sum.tax)), "{sum:?}");
    let items = all.iter().flat_map(|purchase| &purchase.items);
    assert!(items.filter(|item| item.product().is_some()).all(|item| item.cost.is_some()));
    let in_both = all.iter().filter(|it| it.purchase_id.as_ref().unwrap().as_str() == "100001");
    assert_eq!(in_both.count(), 2);
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

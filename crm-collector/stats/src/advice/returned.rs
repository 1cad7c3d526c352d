//! Refund hotspots: what is given back more often than everything else.

use std::collections::HashMap;

use super::ledger::Ordered;
use crate::basket::{ANONYMOUS, fisher_greater};

/// Days that are looked at: a year.
const YEAR_DAYS: i32 = 364;
/// Customers who gave it back, at the least: one who is never content is no fault of a product.
const FEWEST_CUSTOMERS: usize = 5;
/// The largest part of the money that one customer gave back: more is a cancellation of theirs, and no fault
/// of the product.
const MOST_OF_ONE: f64 = 0.5;
/// False ones among all found, at the most (Benjamini & Hochberg 1995).
const FALSE_DISCOVERIES: f64 = 0.05;

/// How often something was sold and given back.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Returned {
    /// Lines sold.
    pub sold: u32,
    /// Lines given back.
    pub returned: u32,
    /// Money given back.
    pub money: f64,
}

/// A product that is given back more often than others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hotspot {
    /// Which.
    pub product: u32,
    /// The last twelve months of it.
    pub of_it: Returned,
    /// Those of all products.
    pub of_all: Returned,
    /// Customers who gave it back.
    pub customers: usize,
    /// The chance of as much by accident (Fisher's exact test, one-sided).
    pub p_value: f64,
    /// Money given back beyond what the rate of all others would have.
    pub at_stake: f64,
}

/// Products given back more often than the rest in the last year, the most money first.
pub fn hotspots(ledger: &Ordered) -> Vec<Hotspot> {
    let from = ledger.as_of() - YEAR_DAYS;
    let mut by_product: HashMap<u32, (Returned, HashMap<u32, f64>)> = HashMap::new();
    let mut of_all = Returned::default();
    for entry in ledger.sold().filter(|entry| entry.day >= from) {
        by_product.entry(entry.line.product).or_default().0.sold += 1;
        of_all.sold += 1;
    }
    for entry in ledger.given_back().filter(|entry| entry.day >= from) {
        let (of_it, customers) = by_product.entry(entry.line.product).or_default();
        of_it.returned += 1;
        of_it.money += f64::from(entry.line.amount);
        of_all.returned += 1;
        of_all.money += f64::from(entry.line.amount);
        if entry.customer != ANONYMOUS {
            *customers.entry(entry.customer).or_default() += f64::from(entry.line.amount);
        }
    }
    let mut tested: Vec<Hotspot> = by_product
        .into_iter()
        // What was sold before the year and given back in it has no rate.
        .filter(|(_, (of_it, customers))| {
            let largest = customers.values().copied().fold(0.0, f64::max);
            of_it.returned > 0
                && of_it.returned <= of_it.sold
                && largest <= MOST_OF_ONE * of_it.money
        })
        .map(|(product, (of_it, customers))| {
            let all = of_all.sold.max(of_all.returned);
            let p_value = fisher_greater(of_it.returned, of_it.sold, of_all.returned.min(all), all);
            let others = Returned {
                sold: of_all.sold - of_it.sold,
                returned: of_all.returned - of_it.returned,
                money: 0.0,
            };
            let usual = f64::from(others.returned) / f64::from(others.sold.max(1));
            let rate = f64::from(of_it.returned) / f64::from(of_it.sold.max(1));
            let beyond = (1.0 - usual / rate).max(0.0);
            let (customers, at_stake) = (customers.len(), of_it.money * beyond);
            Hotspot { product, of_it, of_all, customers, p_value, at_stake }
        })
        .collect();
    tested.sort_by(|one, other| {
        one.p_value.total_cmp(&other.p_value).then(one.product.cmp(&other.product))
    });
    let count = crate::numeric::count::f64_of(tested.len());
    let is_below = |(place, one): (usize, &Hotspot)| {
        one.p_value <= FALSE_DISCOVERIES * crate::numeric::count::f64_of(place + 1) / count
    };
    let found = tested.iter().enumerate().filter(|one| is_below(*one)).map(|(place, _)| place + 1);
    tested.truncate(found.max().unwrap_or(0));
    tested.retain(|one| one.customers >= FEWEST_CUSTOMERS);
    tested.sort_by(|one, other| {
        other.at_stake.total_cmp(&one.at_stake).then(one.product.cmp(&other.product))
    });
    tested
}

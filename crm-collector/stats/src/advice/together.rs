//! What to offer to those who bought one product of a pair and never the other.

use std::collections::{HashMap, HashSet};

use super::ledger::{Entry, Ordered};
use super::sorted::{bound, least_share};
use super::{BOUND, WINDOW_DAYS};
use crate::basket::ANONYMOUS;
use crate::cancel::checkpoint;

/// Days back within which a customer bought the first product.
const RECENT_DAYS: i32 = 91;
/// Customers who may be offered it, at the least.
const FEWEST: usize = 5;

/// A product to offer beside another.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// Who bought this lately …
    pub with: u32,
    /// … and never this.
    pub product: u32,
    /// These customers.
    pub customers: Vec<u32>,
    /// Customers who bought the first without having bought the second, a window ago and earlier.
    pub had_first: u32,
    /// Those of them who bought the second within a window.
    pub went_on: u32,
    /// Money that four of five customers paid for the second within a day.
    pub price: f64,
    /// Money at stake: customers, times the least share that goes on, times the price.
    pub at_stake: f64,
}

/// For each of some pairs (first, second), whom to offer the second; the most money first. Pairs that
/// nobody is left for are left out.
pub fn offers(ledger: &Ordered, pairs: &[(u32, u32)]) -> Vec<Offer> {
    let wanted: HashSet<u32> = pairs.iter().flat_map(|(one, other)| [*one, *other]).collect();
    // First and last day of each customer with each product, and what was paid for it.
    let mut days: HashMap<u32, HashMap<u32, (i32, i32)>> = HashMap::new();
    let mut paid: HashMap<u32, Vec<f64>> = HashMap::new();
    for Entry { customer, day, line } in ledger.sold() {
        if !wanted.contains(&line.product) {
            continue;
        }
        paid.entry(line.product).or_default().push(line.amount.into());
        if customer != ANONYMOUS {
            let of = days.entry(line.product).or_default().entry(customer).or_insert((day, day));
            of.1 = of.1.max(day);
        }
    }
    let prices: HashMap<u32, f64> =
        paid.into_iter().map(|(product, mut paid)| (product, bound(&mut paid))).collect();
    let none = HashMap::new();
    let as_of = ledger.as_of();
    let window = i32::try_from(WINDOW_DAYS).unwrap_or(i32::MAX);
    let offer = |&(with, product): &(u32, u32)| {
        checkpoint();
        let (firsts, seconds) =
            (days.get(&with).unwrap_or(&none), days.get(&product).unwrap_or(&none));
        let mut customers: Vec<u32> = firsts
            .iter()
            .filter(|(customer, (_, last))| {
                *last >= as_of - RECENT_DAYS && !seconds.contains_key(customer)
            })
            .map(|(customer, _)| *customer)
            .collect();
        if customers.len() < FEWEST {
            return None;
        }
        customers.sort_unstable();
        let (mut had_first, mut went_on) = (0_u32, 0_u32);
        for (customer, (first, _)) in
            firsts.iter().filter(|(_, (first, _))| *first < as_of - window)
        {
            match seconds.get(customer) {
                // Together, or the other way round.
                Some((second, _)) if second <= first => {}
                Some((second, _)) => {
                    had_first += 1;
                    went_on += u32::from(*second <= first + window);
                }
                None => had_first += 1,
            }
        }
        let price = prices.get(&product).copied().unwrap_or_default();
        let count = crate::numeric::count::f64_of(customers.len());
        let at_stake = count * least_share(went_on, had_first, BOUND) * price;
        Some(Offer { with, product, customers, had_first, went_on, price, at_stake })
    };
    let mut found: Vec<Offer> =
        pairs.iter().filter_map(offer).filter(|one| one.at_stake > 0.0).collect();
    found.sort_by(|one, other| {
        let key = (one.with, one.product).cmp(&(other.with, other.product));
        other.at_stake.total_cmp(&one.at_stake).then(key)
    });
    found
}

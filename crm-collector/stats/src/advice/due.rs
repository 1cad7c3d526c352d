//! Replenishment: products that a customer buys again and again, at the time when they do.

use std::collections::HashMap;

use super::ledger::{Bought, Entry, Ordered};
use super::rhythm::WINDOW;
use super::sorted::bound;
use crate::basket::ANONYMOUS;
use crate::cancel::checkpoint;
use crate::numeric::quantile::median;

/// Days with a purchase of the product without which there is no cycle.
const FEWEST_DAYS: usize = 4;
/// A cycle is regular where its longest pause is at most this many times the usual one.
const MOST_IRREGULAR: f64 = 2.0;
/// It is due from this share of the usual pause on.
const SOON: f64 = 0.75;
/// It is told where it is more likely than not to be bought.
const LEAST_CHANCE: f64 = 0.5;
/// Earlier days at which it is looked what became of what was due, a window apart.
const EARLIER: i32 = 5;
/// Days with a purchase from which on a class begins.
const CLASSES: [usize; 5] = [4, 6, 8, 11, 16];
/// Pauses shorter than this are corrections of an order rather than a cycle.
const SHORTEST_DAYS: f64 = 5.0;

/// A product that a customer is about to need again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Due {
    /// Who.
    pub customer: u32,
    /// Which product.
    pub product: u32,
    /// Days on which they bought it.
    pub days: usize,
    /// The last of them.
    pub last_day: i32,
    /// Half of the pauses were no longer than this, in days.
    pub usual_gap: f64,
    /// The longest pause, in days: they have never waited longer.
    pub longest_gap: i32,
    /// How many they usually take.
    pub quantity: f64,
    /// Money that four of five of their purchases of it brought.
    pub at_stake: f64,
    /// The chance that they buy it within a window from now on, with no action: the share that did so of
    /// what was due at earlier days, of products bought about as often.
    pub chance: f64,
    /// How many cases this is read off.
    pub cases: u32,
}

/// What is due and more likely than not to be bought, the largest product of chance and money first; of a
/// customer and a product once.
pub fn due(ledger: &Ordered) -> Vec<Due> {
    let as_of = ledger.as_of();
    let mut found = Vec::new();
    let mut past = Past::default();
    each_pair(ledger, |customer, product, days| {
        found.extend(due_at(customer, product, days, as_of));
        for cutoff in (1..=EARLIER).map(|back| as_of - back * WINDOW) {
            let known = days.partition_point(|(bought, _)| bought.day < cutoff);
            if due_at(customer, product, &days[..known], cutoff).is_some() {
                let next = days.get(known);
                past.add(known, next.is_some_and(|(next, _)| next.day < cutoff + WINDOW));
            }
        }
    });
    for one in &mut found {
        (one.chance, one.cases) = past.chance(one.days);
    }
    found.retain(|one| one.chance >= LEAST_CHANCE);
    let worth = |one: &Due| one.at_stake * one.chance;
    found.sort_by(|one, other| {
        let key = (one.customer, one.product).cmp(&(other.customer, other.product));
        worth(other).total_cmp(&worth(one)).then(key)
    });
    found
}

/// What is due as of a day, by the days before it; its chance is not known yet.
fn due_at(customer: u32, product: u32, days: &[(Bought, f64)], as_of: i32) -> Option<Due> {
    if days.len() < FEWEST_DAYS {
        return None;
    }
    let gaps: Vec<f64> =
        days.windows(2).map(|pair| f64::from(pair[1].0.day - pair[0].0.day)).collect();
    let (usual_gap, last) = (median(&gaps)?, days.last()?);
    let longest = gaps.iter().copied().fold(0.0, f64::max);
    let silent = f64::from(as_of - last.0.day);
    let is_regular = usual_gap >= SHORTEST_DAYS && longest <= MOST_IRREGULAR * usual_gap;
    if !is_regular || silent < SOON * usual_gap || silent > longest {
        return None;
    }
    let quantities: Vec<f64> = days.iter().map(|(_, quantity)| *quantity).collect();
    let mut amounts: Vec<f64> = days.iter().map(|(bought, _)| bought.amount).collect();
    #[expect(clippy::cast_possible_truncation, reason = "a whole number of days")]
    Some(Due {
        customer,
        product,
        days: days.len(),
        last_day: last.0.day,
        usual_gap,
        longest_gap: longest as i32,
        quantity: median(&quantities).unwrap_or_default(),
        at_stake: bound(&mut amounts),
        chance: 0.0,
        cases: 0,
    })
}

/// What was due at earlier days, by how often it had been bought, and how much of it was.
#[derive(Default)]
struct Past([(u32, u32); CLASSES.len()]);

impl Past {
    fn class(days: usize) -> usize {
        CLASSES.iter().rposition(|from| days >= *from).unwrap_or(0)
    }

    fn add(&mut self, days: usize, was_bought: bool) {
        if let Some((cases, bought)) = self.0.get_mut(Self::class(days)) {
            *cases += 1;
            *bought += u32::from(was_bought);
        }
    }

    /// The share that was bought, of few cases drawn to that of all classes, as by ten cases.
    fn chance(&self, days: usize) -> (f64, u32) {
        const AS_BY: f64 = 10.0;
        let sum = self.0.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        // Of nothing nothing is known: half.
        let of_all = (f64::from(sum.1) + 0.5) / (f64::from(sum.0) + 1.0);
        let (cases, bought) = self.0.get(Self::class(days)).copied().unwrap_or_default();
        ((f64::from(bought) + AS_BY * of_all) / (f64::from(cases) + AS_BY), cases)
    }
}

/// Calls with each known customer, product, and the days on which they bought it with how many.
fn each_pair(ledger: &Ordered, mut told: impl FnMut(u32, u32, &[(Bought, f64)])) {
    let mut of: HashMap<u32, Vec<(Bought, f64)>> = HashMap::new();
    let mut current = ANONYMOUS;
    let mut flush = |customer: u32, of: &mut HashMap<u32, Vec<(Bought, f64)>>| {
        let mut products: Vec<_> = of.drain().collect();
        products.sort_unstable_by_key(|(product, _)| *product);
        for (product, days) in products {
            told(customer, product, &days);
        }
    };
    for Entry { customer, day, line } in ledger.sold().filter(|entry| entry.customer != ANONYMOUS) {
        if customer != current {
            checkpoint();
            flush(current, &mut of);
            current = customer;
        }
        let days = of.entry(line.product).or_default();
        let (amount, quantity) = (f64::from(line.amount), f64::from(line.quantity));
        match days.last_mut() {
            Some((bought, count)) if bought.day == day => {
                bought.amount += amount;
                *count += quantity;
            }
            _ => days.push((Bought { day, amount }, quantity)),
        }
    }
    flush(current, &mut of);
}

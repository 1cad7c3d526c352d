//! Replenishment: products that a customer buys again and again, at the time when they do.

use std::collections::HashMap;

use super::ledger::{ANONYMOUS, Bought, Entry, Ordered};
use super::sorted::bound;
use crate::numeric::quantile::median;

/// Days with a purchase of the product without which there is no cycle.
const FEWEST_DAYS: usize = 4;
/// A cycle is regular where its longest pause is at most this many times the usual one.
const MOST_IRREGULAR: f64 = 2.0;
/// It is due from this share of the usual pause on.
const SOON: f64 = 0.75;
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
    /// The chance that they buy it within a usual pause from now on, with no action: of all regular
    /// pauses in the shop that lasted as long already, the share that ended by then.
    pub chance: f64,
}

/// What is due, the largest product of chance and money first; of a customer and a product once.
pub fn due(ledger: &Ordered) -> Vec<Due> {
    let as_of = ledger.as_of();
    let mut found = Vec::new();
    let mut shares = Pauses::default();
    each_pair(ledger, |customer, product, days| {
        if days.len() < FEWEST_DAYS {
            return;
        }
        let gaps: Vec<f64> =
            days.windows(2).map(|pair| f64::from(pair[1].0.day - pair[0].0.day)).collect();
        let (Some(usual_gap), Some(last)) = (median(&gaps), days.last()) else { return };
        let longest = gaps.iter().copied().fold(0.0, f64::max);
        if usual_gap < SHORTEST_DAYS || longest > MOST_IRREGULAR * usual_gap {
            return;
        }
        shares.add(&gaps, usual_gap);
        let silent = f64::from(as_of - last.0.day);
        shares.running(silent / usual_gap);
        if silent < SOON * usual_gap || silent > longest {
            return;
        }
        let quantities: Vec<f64> = days.iter().map(|(_, quantity)| *quantity).collect();
        let mut amounts: Vec<f64> = days.iter().map(|(bought, _)| bought.amount).collect();
        #[expect(clippy::cast_possible_truncation, reason = "a whole number of days")]
        found.push(Due {
            customer,
            product,
            days: days.len(),
            last_day: last.0.day,
            usual_gap,
            longest_gap: longest as i32,
            quantity: median(&quantities).unwrap_or_default(),
            at_stake: bound(&mut amounts),
            chance: silent / usual_gap,
        });
    });
    shares.sort();
    for one in &mut found {
        one.chance = shares.ends_within_one_more(one.chance);
    }
    let worth = |one: &Due| one.at_stake * one.chance;
    found.sort_by(|one, other| {
        let key = (one.customer, one.product).cmp(&(other.customer, other.product));
        worth(other).total_cmp(&worth(one)).then(key)
    });
    found
}

/// Lengths of pauses in usual ones: those that ended, and those that run still.
#[derive(Default)]
struct Pauses {
    ended: Vec<f64>,
    running: Vec<f64>,
}

impl Pauses {
    fn add(&mut self, gaps: &[f64], usual: f64) {
        self.ended.extend(gaps.iter().map(|gap| gap / usual));
    }

    fn running(&mut self, length: f64) {
        self.running.push(length);
    }

    fn sort(&mut self) {
        self.ended.sort_by(f64::total_cmp);
        self.running.sort_by(f64::total_cmp);
    }

    /// Of pauses that lasted so long, the share that ended within one usual pause more. Those that run
    /// still and lasted that long count as not ended, so that who has left counts against it.
    fn ends_within_one_more(&self, length: f64) -> f64 {
        let ended_by = |length: f64| self.ended.partition_point(|one| *one <= length);
        let lasting = self.ended.len() - ended_by(length);
        let ended = ended_by(length + 1.0) - ended_by(length);
        let running_on =
            self.running.len() - self.running.partition_point(|one| *one <= length + 1.0);
        let all = crate::numeric::count::f64_of(lasting + running_on);
        // Of nothing nothing is known: half.
        (crate::numeric::count::f64_of(ended) + 0.5) / (all + 1.0)
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

//! Concentration: how much of what is sold hangs on few customers.

use std::collections::BTreeMap;

use super::ledger::{Bought, Ordered};
use super::rhythm::{WINDOW, windows};
use super::sorted::bound;

/// Days that are looked at: a year.
const YEAR_DAYS: i32 = 364;
/// Customers who may hold a large part, at the most.
const MOST_CUSTOMERS: usize = 3;
/// A large part.
const LARGE: f64 = 0.25;
/// Customers without whom few are no exception.
const FEWEST_CUSTOMERS: usize = 20;

/// Few customers who bring a large part of what known customers bring.
#[derive(Clone, Debug, PartialEq)]
pub struct Concentration {
    /// Who, the largest first.
    pub customers: Vec<u32>,
    /// Money that they brought in the last year.
    pub of_them: f64,
    /// Money that all known customers brought.
    pub of_all: f64,
    /// Known customers who bought.
    pub count: usize,
    /// Money that four of five windows of the year brought from them.
    pub at_stake: f64,
    /// Windows that this is read off, one beginning on each day.
    pub windows: usize,
}

/// As few as bring a quarter of a year's sales to known customers; none where more than three are needed.
pub fn concentration(ledger: &Ordered) -> Option<Concentration> {
    let from = ledger.as_of() - YEAR_DAYS;
    let mut all: Vec<(u32, f64)> = Vec::new();
    ledger.each_customer(|customer, days| {
        let sum: f64 = days.iter().filter(|day| day.day >= from).map(|day| day.amount).sum();
        if sum > 0.0 {
            all.push((customer, sum));
        }
    });
    if all.len() < FEWEST_CUSTOMERS {
        return None;
    }
    let of_all: f64 = all.iter().map(|(_, sum)| sum).sum();
    all.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    let (mut customers, mut of_them) = (Vec::new(), 0.0);
    for (customer, sum) in all.iter().take(MOST_CUSTOMERS) {
        customers.push(*customer);
        of_them += sum;
        if of_them >= LARGE * of_all {
            let (at_stake, windows) = at_stake(ledger, &customers, from);
            let count = all.len();
            return Some(Concentration { customers, of_them, of_all, count, at_stake, windows });
        }
    }
    None
}

/// What windows brought from some customers together, and how many there are.
fn at_stake(ledger: &Ordered, of: &[u32], from: i32) -> (f64, usize) {
    let mut by_day: BTreeMap<i32, f64> = BTreeMap::new();
    ledger.each_customer(|customer, days| {
        if of.contains(&customer) {
            for day in days.iter().filter(|day| day.day >= from) {
                *by_day.entry(day.day).or_default() += day.amount;
            }
        }
    });
    let days: Vec<_> = by_day.into_iter().map(|(day, amount)| Bought { day, amount }).collect();
    let mut windows = windows(&days, WINDOW);
    let count = windows.len();
    (bound(&mut windows), count)
}

//! Regular customers who fell silent together. A season makes everybody buy less often; it makes
//! nobody stop for good, so this is seen without a year before to compare with.

use super::compare::{sizes, sum};
use super::finding::{Basis, Comparison, Finding, Kind, Of};
use super::shop::{Customer, Shop};
use crate::numeric::quantile::median;

/// Days with a purchase from which a customer's usual gap is known.
const LEAST_DAYS: u32 = 3;
/// Customers from which a share of them is one.
const LEAST_CUSTOMERS: f64 = 100.0;
/// So many usual gaps, and a week, after the last purchase a customer counts as gone …
const GONE_GAPS: f64 = 3.0;
/// … and left within so many, and a week, of it.
const LEFT_GAPS: f64 = 1.5;
const WEEK: f64 = 7.0;
/// Of those who are still there so many must have left at once, beyond what is usual.
const LEAST_LEFT: f64 = 0.15;
/// Standard errors beyond the usual.
const LEAST_ERRORS: f64 = 7.0;

/// The time at which far more customers fell silent than at others.
pub(super) fn find(shop: &Shop) -> Option<Finding> {
    let bounds = &shop.calendar.bounds;
    let count = shop.calendar.len();
    let end = *bounds.last()?;
    // How many left at each period's beginning, and how many were there to.
    let mut left = vec![0.0; count];
    let mut there = vec![0.0; count];
    let regular = shop.customers.iter().filter(|customer| customer.days >= LEAST_DAYS);
    for customer in regular {
        let gap = gap(customer);
        let (first, last) = (f64::from(customer.first_day), f64::from(customer.last_day));
        let reach = last + LEFT_GAPS * gap + WEEK;
        let gone = f64::from(end) - last > GONE_GAPS * gap + WEEK;
        let from = bounds.partition_point(|bound| f64::from(*bound) <= first);
        for (place, bound) in bounds.iter().enumerate().take(count).skip(from) {
            let day = f64::from(*bound);
            if day > reach || f64::from(end) - day <= GONE_GAPS * gap {
                break;
            }
            there[place] += 1.0;
            left[place] += f64::from(u8::from(gone && last < day));
        }
    }
    let shares: Vec<f64> = left
        .iter()
        .zip(&there)
        .filter(|(_, there)| **there >= LEAST_CUSTOMERS)
        .map(|(left, there)| left / there)
        .collect();
    let usual = median(&shares)?;
    let share = |place: usize| left[place] / there[place];
    let most = (1..count)
        .filter(|place| there[*place] >= LEAST_CUSTOMERS)
        .max_by(|a, b| share(*a).total_cmp(&share(*b)))?;
    let lost = share(most) - usual;
    let error = ((usual * (1.0 - usual)).max(0.01) / there[most]).sqrt();
    if lost < LEAST_LEFT || lost < LEAST_ERRORS * error || lost < usual {
        return None;
    }
    sized(shop, most, lost)
}

fn gap(customer: &Customer) -> f64 {
    let days = f64::from(customer.last_day) - f64::from(customer.first_day);
    (days / f64::from(customer.days - 1)).max(1.0)
}

/// What they leave behind: against last year, or, without it, against what those who stayed have
/// bought since.
fn sized(shop: &Shop, since: usize, lost: f64) -> Option<Finding> {
    let count = shop.whole.len();
    let known = sizes(&shop.calendar, &shop.whole, None, since)?;
    let known = (known.compared.basis != Basis::Before).then_some(known);
    let quarter = shop.calendar.quarter();
    let (compared, before, after, at_stake) = match known {
        Some(known) => (known.compared, known.before, known.after, known.at_stake),
        None => {
            let length = quarter.min(since).min(count - since);
            let (old, new) = (since - length..since, since..since + length);
            let after = sum(&shop.whole, &new);
            let would = after / (1.0 - lost).max(0.05);
            let scale = would / sum(&shop.whole, &old);
            let periods = length as f64;
            let at_stake = (after - would) / periods * shop.calendar.month();
            let basis = Basis::CustomersWhoStayed;
            let compared = Comparison { basis, before: old, after: new, scale };
            (compared, would / periods, after / periods, at_stake)
        }
    };
    let tells = after < 0.95 * before && compared.scale.is_finite();
    tells.then(|| Finding {
        of: Of::Whole,
        kind: Kind::CustomersLost,
        since,
        until: count,
        compared,
        before,
        after,
        at_stake,
        price: None,
        chance: 1e-6,
        moved: 0.0,
        first: false,
        explains: Vec::new(),
    })
}

//! Customers who bought once, at the time when others come back.

use super::chance;
use super::ledger::Ordered;
use super::sorted::bound;
use crate::numeric::quantile::quantile_of_sorted;
use crate::value::Prediction;

/// Customers who came back without whom there is no usual time.
const FEWEST_RETURNS: usize = 20;
/// Those like a first order, by its size: a third of all.
const THIRDS: usize = 3;

/// A customer who bought on one day alone, and when others came back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Second {
    /// Who.
    pub customer: u32,
    /// The day of the purchase.
    pub first_day: i32,
    /// Its money.
    pub first_amount: f64,
    /// Days after which a quarter, half and three quarters of those who came back had done so.
    pub usual: [i32; 3],
    /// Customers who came back, of whom this is read off.
    pub returned: usize,
    /// Money that four of five second orders brought, after a first one of like size.
    pub at_stake: f64,
    /// The chance that they buy within a window from now on, with no action.
    pub chance: f64,
}

/// Who bought once, no sooner than a quarter and no later than three quarters of those who came back needed
/// for it; the largest product of chance and money first.
pub fn second_purchases(ledger: &Ordered, ahead: &Prediction) -> Vec<Second> {
    // Gap, first amount, second amount of those who came back.
    let mut returns: Vec<(f64, f64, f64)> = Vec::new();
    let mut once: Vec<(u32, i32, f64)> = Vec::new();
    ledger.each_customer(|customer, days| match days {
        [one] => once.push((customer, one.day, one.amount)),
        [one, two, ..] => {
            returns.push((f64::from(two.day - one.day), one.amount, two.amount));
        }
        [] => {}
    });
    if returns.len() < FEWEST_RETURNS {
        return Vec::new();
    }
    let mut gaps: Vec<f64> = returns.iter().map(|(gap, ..)| *gap).collect();
    gaps.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, reason = "days")]
    let usual = [0.25, 0.5, 0.75]
        .map(|share| quantile_of_sorted(&gaps, share).unwrap_or_default().round() as i32);
    returns.sort_by(|one, other| one.1.total_cmp(&other.1));
    let third = returns.len().div_ceil(THIRDS);
    // By the largest first amount of each third.
    let bounds: Vec<(f64, f64)> = returns
        .chunks(third)
        .map(|chunk| {
            let mut seconds: Vec<f64> = chunk.iter().map(|(.., second)| *second).collect();
            (chunk.last().map_or(f64::MAX, |(_, first, _)| *first), bound(&mut seconds))
        })
        .collect();
    let at_stake = |first: f64| {
        let like = bounds.iter().find(|(largest, _)| first <= *largest).or(bounds.last());
        like.map_or(0.0, |(_, bound)| *bound)
    };
    let as_of = ledger.as_of();
    let is_due = |day: i32| (usual[0]..=usual[2]).contains(&(as_of - day));
    let mut found: Vec<Second> = once
        .into_iter()
        .filter(|(_, day, _)| is_due(*day))
        .map(|(customer, first_day, first_amount)| Second {
            customer,
            first_day,
            first_amount,
            usual,
            returned: returns.len(),
            at_stake: at_stake(first_amount),
            chance: chance(ahead, customer),
        })
        .collect();
    let worth = |one: &Second| one.at_stake * one.chance;
    found.sort_by(|one, other| {
        worth(other).total_cmp(&worth(one)).then(one.customer.cmp(&other.customer))
    });
    found
}

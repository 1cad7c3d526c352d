//! Customers against their own rhythm: who has been silent for longer than ever before.

use super::ledger::{Bought, Ordered};
use super::sorted::bound;
use super::{WINDOW_DAYS, chance};
use crate::numeric::quantile::median;
use crate::value::Prediction;

/// Days with a purchase without which nobody has a rhythm.
const FEWEST_DAYS: usize = 4;

/// How often a customer buys.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rhythm {
    /// Days with a purchase.
    pub days: usize,
    /// The first of them.
    pub first_day: i32,
    /// The last of them.
    pub last_day: i32,
    /// Half of the pauses between two of them were no longer than this, in days.
    pub usual_gap: f64,
    /// The longest pause, in days.
    pub longest_gap: i32,
    /// Days since the last purchase.
    pub silent: i32,
}

impl Rhythm {
    /// Of days in order; none for fewer than four.
    pub(super) fn of(days: &[Bought], as_of: i32) -> Option<Self> {
        let (first, last) = (days.first()?, days.last()?);
        if days.len() < FEWEST_DAYS {
            return None;
        }
        let gaps: Vec<f64> =
            days.windows(2).map(|pair| f64::from(pair[1].day - pair[0].day)).collect();
        #[expect(clippy::cast_possible_truncation, reason = "a whole number of days")]
        let longest_gap = gaps.iter().copied().fold(0.0, f64::max) as i32;
        Some(Self {
            days: days.len(),
            first_day: first.day,
            last_day: last.day,
            usual_gap: median(&gaps)?,
            longest_gap,
            silent: as_of.saturating_sub(last.day),
        })
    }
}

/// A customer who has been silent for longer than ever.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slipped {
    /// Who.
    pub customer: u32,
    /// How often they bought.
    pub rhythm: Rhythm,
    /// Money that four of five windows brought while they bought.
    pub at_stake: f64,
    /// Money that half of the windows brought.
    pub usual: f64,
    /// Windows that this is read off, one beginning on each day.
    pub windows: usize,
    /// The chance that they buy within a window from now on, with no action.
    pub chance: f64,
}

/// Who has been silent for longer than ever, the largest product of chance and money first.
///
/// The windows lie between the first purchase and the last, one from each day on; a customer of less than
/// a window has none and is left out.
pub fn slipped(ledger: &Ordered, ahead: &Prediction) -> Vec<Slipped> {
    let mut found = Vec::new();
    ledger.each_customer(|customer, days| {
        let Some(rhythm) = Rhythm::of(days, ledger.as_of()) else { return };
        if rhythm.silent <= rhythm.longest_gap {
            return;
        }
        let mut windows = windows(days, i32::try_from(WINDOW_DAYS).unwrap_or(i32::MAX));
        let Some(usual) = median(&windows) else { return };
        let count = windows.len();
        let at_stake = bound(&mut windows);
        let chance = chance(ahead, customer);
        found.push(Slipped { customer, rhythm, at_stake, usual, windows: count, chance });
    });
    let worth = |one: &Slipped| one.at_stake * one.chance;
    found.sort_by(|one, other| {
        worth(other).total_cmp(&worth(one)).then(one.customer.cmp(&other.customer))
    });
    found
}

/// What each window of so many days brought that lies between the first purchase and the last.
fn windows(days: &[Bought], width: i32) -> Vec<f64> {
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return Vec::new() };
    let starts = first.day..=last.day.saturating_sub(width).saturating_add(1);
    let (mut sum, mut from, mut to) = (0.0, 0, 0);
    starts
        .map(|start| {
            while let Some(day) = days.get(to).filter(|day| day.day < start + width) {
                sum += day.amount;
                to += 1;
            }
            while let Some(day) = days.get(from).filter(|day| day.day < start) {
                sum -= day.amount;
                from += 1;
            }
            sum
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_lies_between_the_first_purchase_and_the_last() {
        let days = [(0, 10.0), (5, 20.0), (12, 40.0)].map(|(day, amount)| Bought { day, amount });
        // From days 0 to 3: ten days each.
        assert_eq!(windows(&days, 10), [30.0, 20.0, 20.0, 60.0]);
        assert_eq!(windows(&days[..1], 10), [0.0; 0]);
    }

    #[test]
    fn three_purchases_are_no_rhythm_yet() {
        let days = [0, 10, 30, 31].map(|day| Bought { day, amount: 1.0 });
        assert_eq!(Rhythm::of(&days[..3], 100), None);
        let rhythm = Rhythm::of(&days, 100).unwrap();
        assert_eq!((rhythm.usual_gap, rhythm.longest_gap, rhythm.silent), (10.0, 20, 69));
    }
}

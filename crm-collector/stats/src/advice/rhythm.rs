//! Customers against their own rhythm: who has been silent for longer than ever before.

use super::ledger::{Bought, Ordered};
use super::sorted::bound;
use super::{WINDOW_DAYS, chance};
use crate::numeric::quantile::median;
use crate::value::Prediction;

/// Days with a purchase without which nobody has a rhythm.
const FEWEST_DAYS: usize = 4;
/// Who is silent for more than so many times the longest pause is lost rather than slipping.
/// Tuned: `tests/benches/accuracy/advice.rs` tells how many of them come back.
const MOST_SILENT: f64 = 2.0;
/// Earlier days at which it is looked who came back, a window apart.
const EARLIER: i32 = 5;
/// Customers who came back without whom they tell nothing.
const FEWEST_RETURNS: usize = 20;
/// [`WINDOW_DAYS`] as a difference of days.
pub(super) const WINDOW: i32 = WINDOW_DAYS.cast_signed();

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
    /// Money that half of their windows brought while they bought.
    pub usual: f64,
    /// Windows that this is read off, one beginning on each day.
    pub windows: usize,
    /// What four of five who slipped and came back brought at least, of what was usual of them.
    pub share: f64,
    /// How many came back, of whom this is read off; 0 where they are too few, and the share is that of the
    /// customer's own windows.
    pub returned: usize,
    /// Money at stake: the share of what is usual.
    pub at_stake: f64,
    /// The chance that they buy within a window from now on, with no action.
    pub chance: f64,
}

/// As of a day.
struct State {
    rhythm: Rhythm,
    windows: Vec<f64>,
    usual: f64,
}

impl State {
    /// Of who slipped as of a day, by the days before it.
    fn of(days: &[Bought], as_of: i32) -> Option<Self> {
        let rhythm = Rhythm::of(days, as_of)?;
        let longest = f64::from(rhythm.longest_gap);
        let silent = f64::from(rhythm.silent);
        if silent <= longest || silent > MOST_SILENT * longest {
            return None;
        }
        let windows = windows(days, WINDOW);
        let usual = median(&windows)?;
        (windows.len() >= WINDOW_DAYS as usize && usual > 0.0).then_some(Self {
            rhythm,
            windows,
            usual,
        })
    }
}

/// Who has been silent for longer than ever, and for no more than twice as long: who is silent for longer
/// still is lost rather than slipping. The largest product of chance and money first.
///
/// The windows lie between the first purchase and the last, one from each day on. Who has not bought for
/// two windows at least has too few that do not overlap, and is left out. Who comes back buys less than
/// before: how much less is read off those who slipped at earlier days, a window apart.
pub fn slipped(ledger: &Ordered, ahead: &Prediction) -> Vec<Slipped> {
    let as_of = ledger.as_of();
    let (mut now, mut shares) = (Vec::new(), Vec::new());
    ledger.each_customer(|customer, days| {
        now.extend(State::of(days, as_of).map(|state| (customer, state)));
        for cutoff in (1..=EARLIER).map(|back| as_of - back * WINDOW) {
            let known = days.partition_point(|day| day.day < cutoff);
            let Some(state) = State::of(&days[..known], cutoff) else { continue };
            let brought = days[known..].iter().take_while(|day| day.day < cutoff + WINDOW);
            let brought: f64 = brought.map(|day| day.amount).sum();
            if brought > 0.0 {
                shares.push(brought / state.usual);
            }
        }
    });
    let returned = if shares.len() < FEWEST_RETURNS { 0 } else { shares.len() };
    let of_all = bound(&mut shares);
    let mut found: Vec<Slipped> = now
        .into_iter()
        .map(|(customer, mut state)| {
            let count = state.windows.len();
            let share = match returned {
                0 => bound(&mut state.windows) / state.usual,
                _ => of_all,
            };
            Slipped {
                customer,
                rhythm: state.rhythm,
                usual: state.usual,
                windows: count,
                share,
                returned,
                at_stake: share * state.usual,
                chance: chance(ahead, customer),
            }
        })
        .collect();
    let worth = |one: &Slipped| one.at_stake * one.chance;
    found.sort_by(|one, other| {
        worth(other).total_cmp(&worth(one)).then(one.customer.cmp(&other.customer))
    });
    found
}

/// What each window of so many days brought that lies between the first purchase and the last.
pub(super) fn windows(days: &[Bought], width: i32) -> Vec<f64> {
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

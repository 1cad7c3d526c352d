//! Where a customer stands in its life with the shop, by the chance that it buys within a year and by
//! the gaps between purchases that are usual in the shop, rather than by fixed numbers of days.

use std::fmt;

/// The stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Active, and among those who buy most often.
    Loyal,
    /// Came back, and most likely buys again within a year.
    Active,
    /// Bought for the first time, no longer ago than customers usually wait.
    New,
    /// Came back, and as likely buys within a year as not.
    Slipping,
    /// Came back once, and most likely does no more.
    Lost,
    /// Bought once, longer ago than customers usually wait.
    OneTime,
}

/// From this chance of a purchase within a year on a customer is active.
const ACTIVE: f64 = 0.6;
/// Below this chance a customer is taken to be lost.
const LOST: f64 = 0.3;

/// Of those who came back, so many usually wait no longer for their next purchase than is usual.
const USUAL: f64 = 0.5;
/// … which is this where nobody came back.
const USUAL_DAYS: u32 = 91;

impl Stage {
    /// All of them: the more likely its customers buy again, the earlier a stage stands.
    pub const ALL: [Self; 6] =
        [Self::Loyal, Self::Active, Self::New, Self::Slipping, Self::Lost, Self::OneTime];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Loyal => "loyal",
            Self::Active => "active",
            Self::New => "new",
            Self::Slipping => "slipping",
            Self::OneTime => "one-time",
            Self::Lost => "lost",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A customer's life so far, and what is expected of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Life {
    /// Days with a purchase.
    pub purchases: u32,
    /// Days from the first of them to the last.
    pub active_days: u32,
    /// Days since the last.
    pub silent_days: u32,
    /// The chance of a purchase within a year. What is no number is none.
    pub returns: f64,
}

/// What is usual in a shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usual {
    /// Days with a purchase from which a customer is loyal: as many as the best quarter of those who
    /// came back have, and three at the least.
    pub loyal_from: u32,
    /// Days within which half of those who came back usually bought again.
    pub gap_days: u32,
}

impl Usual {
    /// Of a shop with these customers, in any order.
    pub fn of(customers: impl IntoIterator<Item = Life>) -> Self {
        let came_back: Vec<Life> =
            customers.into_iter().filter(|customer| customer.purchases > 1).collect();
        let purchases = came_back.iter().map(|customer| customer.purchases);
        let gaps = came_back.iter().map(|customer| customer.active_days / (customer.purchases - 1));
        Self {
            loyal_from: ranked(purchases.collect(), 0.75).unwrap_or(0).max(3),
            gap_days: ranked(gaps.collect(), USUAL).unwrap_or(USUAL_DAYS).max(1),
        }
    }
}

/// The number that this share of all lie below.
fn ranked(mut numbers: Vec<u32>, share: f64) -> Option<u32> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a list"
    )]
    let place = (numbers.len() as f64 * share) as usize;
    let last = numbers.len().checked_sub(1)?;
    Some(*numbers.select_nth_unstable(place.min(last)).1)
}

/// The stage of a customer of a shop.
pub fn stage(customer: &Life, usual: &Usual) -> Stage {
    if customer.purchases <= 1 {
        return if customer.silent_days <= usual.gap_days { Stage::New } else { Stage::OneTime };
    }
    if customer.returns >= ACTIVE {
        return if customer.purchases >= usual.loyal_from { Stage::Loyal } else { Stage::Active };
    }
    if customer.returns >= LOST { Stage::Slipping } else { Stage::Lost }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL_HERE: Usual = Usual { loyal_from: 5, gap_days: 60 };

    fn of(purchases: u32, silent_days: u32, returns: f64) -> Stage {
        stage(&Life { purchases, active_days: 90, silent_days, returns }, &USUAL_HERE)
    }

    #[test]
    fn the_chance_of_a_purchase_within_a_year_tells_who_came_back() {
        assert_eq!(of(4, 10, 0.61), Stage::Active);
        assert_eq!(of(5, 10, 0.61), Stage::Loyal);
        assert_eq!(of(500, 10, 0.59), Stage::Slipping);
        assert_eq!(of(500, 10, 0.29), Stage::Lost);
        assert_eq!(of(9, 10, f64::NAN), Stage::Lost);
        assert_eq!(of(9, 10, f64::INFINITY), Stage::Loyal);
    }

    #[test]
    fn who_bought_once_is_new_for_as_long_as_others_wait_and_then_a_one_time_customer() {
        assert_eq!(of(1, 60, 0.01), Stage::New);
        assert_eq!(of(1, 61, 0.99), Stage::OneTime);
        assert_eq!(of(0, 61, 0.99), Stage::OneTime);
    }

    #[test]
    fn what_is_usual_follows_from_those_who_came_back() {
        let life =
            |purchases, active_days| Life { purchases, active_days, silent_days: 0, returns: 0.5 };
        let few = Usual::of([life(1, 0), life(1, 0)]);
        assert_eq!(few, Usual { loyal_from: 3, gap_days: 91 });
        let all = [1, 2, 9, 4, 1, 6, 3, 8, 5, 7].map(|purchases| life(purchases, 10 * purchases));
        // The gaps of those who came back are 20, 15, 13, 12, 12, 11, 11 and 11 days.
        assert_eq!(Usual::of(all), Usual { loyal_from: 8, gap_days: 12 });
        assert_eq!(Usual::of([life(2, 0)]), Usual { loyal_from: 3, gap_days: 1 });
    }
}

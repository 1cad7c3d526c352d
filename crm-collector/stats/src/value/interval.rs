//! Intervals of purchases and of money around an expectation.
//!
//! Purchases are taken as none with the chance to have left, and otherwise as negative binomial
//! with the models' mean and variance; money as nothing with the chance of no purchase, and
//! otherwise as log-normal with the mean and variance that purchases and spend make together.

use super::spend::Spend;
use crate::Interval;
use crate::numeric::distribution::normal_quantile;

/// Above this mean, a count's distribution is taken as normal on the scale of its root.
const LARGE_MEAN: f64 = 2_000.0;

/// The quantiles at both ends of the central interval of a level. A level that is no number, or
/// outside 0 to 1, is taken as the nearest one that is inside.
fn central(level: f64, mut quantile: impl FnMut(f64) -> f64) -> Interval {
    let level = if level.is_nan() { 0.0 } else { level.clamp(0.0, 1.0 - 1e-9) };
    let tail = 0.5 * (1.0 - level);
    Interval { level, lower: quantile(tail), upper: quantile(1.0 - tail) }
}

/// A number of purchases to come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Count {
    /// The chance that the customer is there at all.
    pub(super) alive: f64,
    pub(super) mean: f64,
    pub(super) variance: f64,
}

impl Count {
    /// Mean and variance given that the customer is there.
    fn there(&self) -> (f64, f64) {
        let alive = self.alive.clamp(1e-12, 1.0);
        let mean = self.mean / alive;
        let variance = (self.variance + self.mean * self.mean) / alive - mean * mean;
        (mean, variance.max(mean))
    }

    /// The chance of no purchase given that the customer is there, and the negative binomial's
    /// size.
    fn none(mean: f64, variance: f64) -> (f64, f64) {
        let size = (mean * mean / (variance - mean).max(1e-9 * mean)).clamp(1e-6, 1e9);
        ((-size * (mean / size).ln_1p()).exp(), size)
    }

    /// The chance of a purchase at all.
    pub(super) fn some(&self) -> f64 {
        let (mean, variance) = self.there();
        if mean.is_nan() || mean <= 0.0 {
            return 0.0;
        }
        self.alive * (1.0 - Self::none(mean, variance).0)
    }

    /// The interval of so many purchases that has a probability.
    pub(super) fn interval(&self, level: f64) -> Interval {
        central(level, |probability| self.quantile(probability))
    }

    fn quantile(&self, probability: f64) -> f64 {
        let (mean, variance) = self.there();
        if mean.is_nan() || mean <= 0.0 {
            return 0.0;
        }
        let gone = 1.0 - self.alive;
        if mean > LARGE_MEAN {
            let half = 0.25 * variance / mean;
            let given = (probability - gone) / self.alive;
            if given <= 0.0 {
                return 0.0;
            }
            let root = mean.sqrt() + normal_quantile(given) * half.sqrt();
            return (root.max(0.0) * root.max(0.0)).round();
        }
        let (none, size) = Self::none(mean, variance);
        let share = mean / (mean + size);
        let mut exactly = none;
        let mut below = gone + self.alive * exactly;
        let mut count = 0.0;
        // Sixty standard deviations hold every quantile that is asked for.
        let end = mean + 60.0 * variance.sqrt() + 10.0;
        while below < probability && count < end {
            exactly *= share * (size + count) / (count + 1.0);
            count += 1.0;
            below += self.alive * exactly;
        }
        count
    }

    /// The interval of the money that so many purchases bring, discounted by a factor.
    pub(super) fn money(&self, spend: Spend, discount: f64, level: f64) -> Interval {
        let some = self.some();
        if some <= 0.0 || spend.mean <= 0.0 {
            return central(level, |_| 0.0);
        }
        let mean = self.mean * spend.mean;
        let square = self.mean * spend.around
            + (self.variance + self.mean * self.mean) * (spend.mean * spend.mean + spend.unknown);
        // Given that there is a purchase at all.
        let mean = mean / some.max(1e-12);
        let square = square / some.max(1e-12);
        let sigma = (square / (mean * mean)).max(1.0 + 1e-12).ln().sqrt();
        let centre = mean.ln() - 0.5 * sigma * sigma;
        central(level, |probability| {
            let given = (probability - (1.0 - some)) / some;
            if given <= 0.0 {
                0.0
            } else {
                discount * (centre + sigma * normal_quantile(given)).exp()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(interval: Interval) -> (f64, f64) {
        (interval.lower, interval.upper)
    }

    #[test]
    fn quantiles_of_purchases_are_those_of_poisson_and_negative_binomial_counts() {
        let both = |count: Count| (ends(count.interval(0.8)), ends(count.interval(0.95)));
        // Poisson with mean 3, and negative binomial with mean 3 and variance 9 (scipy).
        let poisson = Count { alive: 1.0, mean: 3.0, variance: 3.0 };
        assert_eq!(both(poisson), ((1.0, 5.0), (0.0, 7.0)));
        let wider = Count { alive: 1.0, mean: 3.0, variance: 9.0 };
        assert_eq!(both(wider), ((0.0, 7.0), (0.0, 11.0)));
        // Nine in ten have left; the others buy three times on average.
        let few = Count { alive: 0.1, mean: 0.3, variance: 0.3 + 0.9 - 0.09 };
        assert_eq!(both(few), ((0.0, 0.0), (0.0, 4.0)));
        let many = Count { alive: 1.0, mean: 1e6, variance: 1e6 }.interval(0.95);
        assert!((many.upper - 1e6 - 1_960.0).abs() < 5.0, "{many:?}");
    }

    #[test]
    fn intervals_of_money_widen_with_what_is_unknown_of_spend() {
        let count = Count { alive: 0.9, mean: 4.0, variance: 8.0 };
        let known = Spend { mean: 50.0, unknown: 0.0, around: 100.0 };
        let unknown = Spend { unknown: 2_000.0, ..known };
        for level in [0.8, 0.95] {
            let (narrow, wide) = (count.money(known, 1.0, level), count.money(unknown, 1.0, level));
            assert_eq!((narrow.level, narrow.lower), (level, 0.0));
            assert!(narrow.upper < wide.upper, "{narrow:?} {wide:?}");
        }
        let upper = |discount| count.money(known, discount, 0.95).upper;
        assert!((upper(0.5) / upper(1.0) - 0.5).abs() < 1e-12);
        let nothing = Count { alive: 0.0, mean: 0.0, variance: 0.0 }.money(known, 1.0, 0.95);
        assert_eq!(ends(nothing), (0.0, 0.0));
    }

    #[test]
    fn a_level_that_is_none_has_an_interval_all_the_same() {
        let count = Count { alive: 1.0, mean: 3.0, variance: 3.0 };
        for level in [f64::NAN, -1.0, 0.0, 1.0, 7.0, f64::INFINITY] {
            let interval = count.interval(level);
            assert!((0.0..1.0).contains(&interval.level), "{level}: {interval:?}");
            assert!(interval.lower <= interval.upper && interval.upper.is_finite(), "{interval:?}");
        }
    }
}

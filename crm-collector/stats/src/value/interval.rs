//! Ranges of purchases and of money around an expectation.
//!
//! Purchases are taken as none with the chance to have left, and otherwise as negative binomial
//! with the models' mean and variance; money as nothing with the chance of no purchase, and
//! otherwise as log-normal with the mean and variance that purchases and spend make together.

use super::model::Span;
use super::spend::Spend;
use crate::numeric::distribution::normal_quantile;

/// The four levels, ascending: ends of the ranges of 95% and 80%.
const LEVELS: [f64; 4] = [0.025, 0.1, 0.9, 0.975];

/// Above this mean, a count's distribution is taken as normal on the scale of its root.
const LARGE_MEAN: f64 = 2_000.0;

/// Ranges with a chance of 80% and of 95%.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ranges {
    pub(super) of_80: Span,
    pub(super) of_95: Span,
}

impl Ranges {
    fn of(quantiles: [f64; 4]) -> Self {
        let [lowest, low, high, highest] = quantiles;
        Self {
            of_80: Span { lower: low, upper: high },
            of_95: Span { lower: lowest, upper: highest },
        }
    }
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

    pub(super) fn ranges(&self) -> Ranges {
        let (mean, variance) = self.there();
        if mean.is_nan() || mean <= 0.0 {
            return Ranges::of([0.0; 4]);
        }
        let gone = 1.0 - self.alive;
        if mean > LARGE_MEAN {
            let half = 0.25 * variance / mean;
            return Ranges::of(LEVELS.map(|level| {
                let given = (level - gone) / self.alive;
                if given <= 0.0 {
                    return 0.0;
                }
                let root = mean.sqrt() + normal_quantile(given) * half.sqrt();
                (root.max(0.0) * root.max(0.0)).round()
            }));
        }
        let (none, size) = Self::none(mean, variance);
        let share = mean / (mean + size);
        let mut exactly = none;
        let mut below = gone + self.alive * exactly;
        let mut count = 0.0;
        // Sixty standard deviations hold every quantile that is asked for.
        let end = mean + 60.0 * variance.sqrt() + 10.0;
        Ranges::of(LEVELS.map(|level| {
            while below < level && count < end {
                exactly *= share * (size + count) / (count + 1.0);
                count += 1.0;
                below += self.alive * exactly;
            }
            count
        }))
    }

    /// Of the money that so many purchases bring, discounted by a factor.
    pub(super) fn money(&self, spend: Spend, discount: f64) -> Ranges {
        let (there_mean, there_variance) = self.there();
        if there_mean.is_nan() || there_mean <= 0.0 || spend.mean <= 0.0 {
            return Ranges::of([0.0; 4]);
        }
        let (none, _) = Self::none(there_mean, there_variance);
        let some = self.alive * (1.0 - none);
        let mean = self.mean * spend.mean;
        let square = self.mean * spend.around
            + (self.variance + self.mean * self.mean) * (spend.mean * spend.mean + spend.unknown);
        // Given that there is a purchase at all.
        let mean = mean / some.max(1e-12);
        let square = square / some.max(1e-12);
        let sigma = (square / (mean * mean)).max(1.0 + 1e-12).ln().sqrt();
        let centre = mean.ln() - 0.5 * sigma * sigma;
        Ranges::of(LEVELS.map(|level| {
            let given = (level - (1.0 - some)) / some;
            if given <= 0.0 {
                0.0
            } else {
                discount * (centre + sigma * normal_quantile(given)).exp()
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(lower: f64, upper: f64) -> Span {
        Span { lower, upper }
    }

    #[test]
    fn quantiles_of_purchases_are_those_of_poisson_and_negative_binomial_counts() {
        // Poisson with mean 3, and negative binomial with mean 3 and variance 9 (scipy).
        let poisson = Count { alive: 1.0, mean: 3.0, variance: 3.0 }.ranges();
        assert_eq!((poisson.of_80, poisson.of_95), (span(1.0, 5.0), span(0.0, 7.0)));
        let wider = Count { alive: 1.0, mean: 3.0, variance: 9.0 }.ranges();
        assert_eq!((wider.of_80, wider.of_95), (span(0.0, 7.0), span(0.0, 11.0)));
        // Nine in ten have left; the others buy three times on average.
        let few = Count { alive: 0.1, mean: 0.3, variance: 0.3 + 0.9 - 0.09 }.ranges();
        assert_eq!((few.of_80, few.of_95), (span(0.0, 0.0), span(0.0, 4.0)));
        let many = Count { alive: 1.0, mean: 1e6, variance: 1e6 }.ranges();
        assert!((many.of_95.upper - 1e6 - 1_960.0).abs() < 5.0, "{many:?}");
    }

    #[test]
    fn ranges_of_money_widen_with_what_is_unknown_of_spend() {
        let count = Count { alive: 0.9, mean: 4.0, variance: 8.0 };
        let known = Spend { mean: 50.0, unknown: 0.0, around: 100.0 };
        let narrow = count.money(known, 1.0);
        let wide = count.money(Spend { unknown: 2_000.0, ..known }, 1.0);
        assert_eq!((narrow.of_80.lower, narrow.of_95.lower), (0.0, 0.0));
        assert!(narrow.of_80.upper < wide.of_80.upper && narrow.of_95.upper < wide.of_95.upper);
        let later = count.money(known, 0.5).of_95.upper;
        assert!((later / narrow.of_95.upper - 0.5).abs() < 1e-12);
        let nothing = Count { alive: 0.0, mean: 0.0, variance: 0.0 }.money(known, 1.0);
        assert_eq!(nothing.of_95, span(0.0, 0.0));
    }
}

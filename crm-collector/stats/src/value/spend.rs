//! Money a purchase: the Gamma-Gamma model (Fader & Hardie 2013, "The Gamma-Gamma model of monetary
//! value"), and a weighted mean where repeat buyers are too few for it.

use super::bfgs::minimise;
use super::history::Histories;
use super::model::FittedSpend;
use crate::numeric::special::{digamma, ln_gamma};

/// Repeat buyers that a fit takes.
pub(super) const FEWEST_BUYERS: usize = 20;

/// Purchases that the mean of all counts for where there is no fitted model.
const PRIOR_PURCHASES: f64 = 3.0;

/// Purchases that the refunds of all count for in a customer's share of refunds.
/// Tuned: `tests/benches/accuracy/value.rs` measures what another value does.
const PRIOR_REFUND_PURCHASES: f64 = 5.0;

/// What is expected of one purchase of one customer, as moments of the customer's own mean and of
/// a purchase around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spend {
    /// The mean.
    pub(super) mean: f64,
    /// Variance of the customer's mean, as far as it is unknown.
    pub(super) unknown: f64,
    /// Variance of a purchase around the customer's mean.
    pub(super) around: f64,
}

/// The money of all customers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Spending {
    pub(super) fitted: Option<FittedSpend>,
    /// Mean of all purchases, and the variance of one.
    mean: f64,
    variance: f64,
    /// Share of the money that is refunded.
    refunded: f64,
    /// Repeat buyers who spent something.
    pub(super) repeat_buyers: usize,
}

/// Repeat buyers: purchases and their mean money.
fn repeat_buyers(histories: &Histories) -> Vec<(f64, f64)> {
    (0..histories.len())
        .filter_map(|index| {
            let repeats = histories.amounts(index).get(1..).unwrap_or_default();
            let count = repeats.len() as f64;
            let mean = repeats.iter().sum::<f64>() / count;
            (mean.is_finite() && mean > 0.0).then_some((count, mean))
        })
        .collect()
}

/// Maximum of the Gamma-Gamma likelihood over (purchases, mean money) of repeat buyers; none where
/// they are too few or do not vary.
pub(super) fn fit(buyers: &[(f64, f64)]) -> Option<FittedSpend> {
    if buyers.len() < FEWEST_BUYERS {
        return None;
    }
    let count = buyers.len() as f64;
    let unit = buyers.iter().map(|(_, mean)| mean / count).sum::<f64>();
    if !(unit.is_finite() && unit > 0.0) {
        return None;
    }
    // In units of the mean, so that the search does not depend on the currency.
    let found = minimise([4.0_f64.ln(), 3.0_f64.ln(), 0.5_f64.ln()], |ln| {
        let [p, q, v] = ln.map(f64::exp);
        let (ln_gamma_q, digamma_q) = (ln_gamma(q), digamma(q));
        let mut value = 0.0;
        let mut gradient = [0.0; 3];
        for &(purchases, mean) in buyers {
            let mean = mean / unit;
            let shape = p * purchases;
            let sum = v + purchases * mean;
            let ln_sum = sum.ln();
            let digamma_all = digamma(shape + q);
            value += ln_gamma(shape + q) - ln_gamma(shape) - ln_gamma_q
                + q * ln[2]
                + shape * (purchases * mean).ln()
                - mean.ln()
                - (shape + q) * ln_sum;
            gradient[0] +=
                purchases * (digamma_all - digamma(shape) + (purchases * mean).ln() - ln_sum);
            gradient[1] += digamma_all - digamma_q + ln[2] - ln_sum;
            gradient[2] += q / v - (shape + q) / sum;
        }
        let scale = -1.0 / count;
        (value * scale, [gradient[0] * p, gradient[1] * q, gradient[2] * v].map(|of| of * scale))
    })?;
    let [p, q, v] = found.at.map(f64::exp);
    Some(FittedSpend { p, q, v: v * unit, customers: buyers.len() })
}

impl Spending {
    pub(super) fn new(histories: &Histories) -> Self {
        let (mut count, mut sum, mut refunds) = (0.0, 0.0, 0.0);
        for index in 0..histories.len() {
            count += histories.amounts(index).len() as f64;
            sum += histories.amounts(index).iter().sum::<f64>();
            refunds += histories.refunds[index];
        }
        let mean = if count > 0.0 { sum / count } else { 0.0 };
        let variance = (0..histories.len())
            .flat_map(|index| histories.amounts(index))
            .map(|amount| (amount - mean).powi(2) / count)
            .sum();
        let refunded = if sum > 0.0 { (refunds / sum).min(1.0) } else { 0.0 };
        let buyers = repeat_buyers(histories);
        let repeat_buyers = buyers.len();
        Self { fitted: fit(&buyers), mean, variance, refunded, repeat_buyers }
    }

    /// Of one customer's purchases and refunds. The first purchase counts here like the others: it
    /// is all that is known of most customers.
    pub(super) fn of(&self, amounts: &[f64], refunds: f64) -> Spend {
        let count = amounts.len() as f64;
        let sum: f64 = amounts.iter().sum();
        let prior = PRIOR_REFUND_PURCHASES * self.mean;
        let kept = if sum + prior > 0.0 {
            1.0 - ((refunds + prior * self.refunded) / (sum + prior)).clamp(0.0, 1.0)
        } else {
            1.0
        };
        // A model whose mean or variance does not exist (q at most 2 and no purchase) is no guide.
        let gross = match self.fitted {
            Some(FittedSpend { p, q, v, .. }) if p * count + q > 2.1 => {
                let shape = p * count + q;
                let mean = p * (v + sum) / (shape - 1.0);
                let square = mean * mean * (shape - 1.0) / (shape - 2.0);
                Spend { mean, unknown: square - mean * mean, around: square / p }
            }
            _ => {
                let weight = count + PRIOR_PURCHASES;
                let mean = (sum + PRIOR_PURCHASES * self.mean) / weight;
                Spend { mean, unknown: self.variance / weight, around: self.variance }
            }
        };
        Spend {
            mean: gross.mean * kept,
            unknown: gross.unknown * kept * kept,
            around: gross.around * kept * kept,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::simulation::Random;
    use super::*;

    #[test]
    fn a_fit_finds_the_parameters_that_made_the_amounts_in_any_currency() {
        let mut random = Random::new(19);
        let (p, q, v) = (6.0, 4.0, 15.0);
        let buyers: Vec<(f64, f64)> = (0..3_000)
            .map(|place| {
                let purchases = f64::from(1 + place % 5);
                let scale = random.gamma(q) / v;
                (purchases, random.gamma(p * purchases) / (purchases * scale))
            })
            .collect();
        let found = fit(&buyers).unwrap();
        // p and v trade against each other; the mean and q do not.
        let mean = |p: f64, q: f64, v: f64| p * v / (q - 1.0);
        let ratio = mean(found.p, found.q, found.v) / mean(p, q, v);
        assert!((ratio - 1.0).abs() < 0.05, "{found:?}");
        assert!((found.q / q - 1.0).abs() < 0.1, "{found:?}");
        assert!((found.p / p - 1.0).abs() < 0.3 && (found.v / v - 1.0).abs() < 0.4, "{found:?}");
        let dear: Vec<_> = buyers.iter().map(|(count, mean)| (*count, 1e6 * mean)).collect();
        let other = fit(&dear).unwrap();
        assert!((other.v / found.v / 1e6 - 1.0).abs() < 1e-4, "{other:?}");
        assert_eq!(fit(&buyers[..FEWEST_BUYERS - 1]), None);
    }

    #[test]
    fn a_customers_mean_is_drawn_towards_all_and_less_so_with_every_purchase() {
        let fitted = Some(FittedSpend { p: 6.25, q: 3.74, v: 15.44, customers: 946 });
        let spending =
            Spending { fitted, mean: 35.0, variance: 900.0, refunded: 0.0, repeat_buyers: 946 };
        // Fader & Hardie 2013, eq. 5: p (v + x z) / (p x + q − 1).
        let wanted = 6.25 * (15.44 + 2.0 * 22.35) / (6.25 * 2.0 + 3.74 - 1.0);
        assert!((spending.of(&[22.35, 22.35], 0.0).mean - wanted).abs() < 1e-12);
        let far = |purchases: usize| (spending.of(&vec![100.0; purchases], 0.0).mean - 100.0).abs();
        assert!(far(1) > far(3) && far(3) > far(20) && far(20) < 3.0);
        let plain = Spending { fitted: None, ..spending };
        assert_eq!(plain.of(&[55.0], 0.0).mean, 40.0);
    }
}

//! What the models of buying and leaving do not see, learnt at an earlier cut-off: a Poisson
//! regression of the purchases after the cut-off on what was known at it.
//!
//! It looks at repeat buyers alone: whoever bought once has no pattern to read. Purchases count by
//! how recent they are, so that a customer whose purchases have become rarer differs from one who
//! buys as ever, which the last purchase and the number of purchases do not tell.

use super::clock::Clock;
use super::groups::History;

/// Weeks in which a past purchase loses half of its weight.
/// Tuned: `tests/benches/accuracy/value.rs` measures what another value does.
const HALF_LIFE_WEEKS: f64 = 10.0;

/// Features of a customer, after the constant.
const FEATURES: usize = 4;

/// Ridge penalty on standardised features.
/// Tuned: `tests/benches/accuracy/value.rs` measures what another value does.
const RIDGE: f64 = 3.0;

/// Shrinks or stretches an expectation by more than this factor, in logarithms, on no account.
const MOST: f64 = 1.5;

/// A repeat buyer at a cut-off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Buyer {
    /// Purchases that the models expect.
    pub(super) expected: f64,
    /// Repeat purchases, each weighted by how recent it is.
    pub(super) recent: f64,
    pub(super) history: History,
}

impl Buyer {
    fn features(&self) -> [f64; FEATURES] {
        [
            self.expected.max(1e-3).ln(),
            (self.recent + 0.05).ln(),
            (self.history.age - self.history.recency + 2.0).ln(),
            (self.history.age + 2.0).ln(),
        ]
    }
}

/// Repeat purchases up to a day, each weighted by how recent it is.
pub(super) fn recent(days: &[i32], until: i32, clock: &Clock) -> f64 {
    days.iter().skip(1).map(|&day| (-clock.weeks(day, until) / HALF_LIFE_WEEKS).exp2()).sum()
}

/// A fitted regression: what to multiply the models' expectation by.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Regression {
    means: [f64; FEATURES],
    scales: [f64; FEATURES],
    coefficients: [f64; FEATURES],
}

impl Regression {
    /// Fits to buyers at the cut-off and what each bought after it; none where the likelihood has
    /// no finite maximum.
    pub(super) fn fit(buyers: &[(Buyer, f64)]) -> Option<Self> {
        let count = buyers.len() as f64;
        let rows: Vec<[f64; FEATURES]> = buyers.iter().map(|(buyer, _)| buyer.features()).collect();
        let mut means = [0.0; FEATURES];
        let mut scales = [0.0; FEATURES];
        for row in &rows {
            means.iter_mut().zip(row).for_each(|(mean, of)| *mean += of / count);
        }
        for row in &rows {
            for i in 0..FEATURES {
                scales[i] += (row[i] - means[i]).powi(2) / count;
            }
        }
        for scale in &mut scales {
            // A feature that does not vary says nothing.
            *scale = if *scale > 1e-12 { 1.0 / scale.sqrt() } else { 0.0 };
        }
        let bought: f64 = buyers.iter().map(|(_, bought)| bought).sum();
        let expected: f64 = buyers.iter().map(|(buyer, _)| buyer.expected.max(1e-3)).sum();
        let mut at = [0.0; FEATURES + 1];
        at[0] = ((bought + 0.5) / (expected + 0.5)).ln();
        for _ in 0..50 {
            let mut gradient = [0.0; FEATURES + 1];
            let mut hessian = [[0.0; FEATURES + 1]; FEATURES + 1];
            for ((buyer, bought), row) in buyers.iter().zip(&rows) {
                let mut line = [1.0; FEATURES + 1];
                for i in 0..FEATURES {
                    line[i + 1] = (row[i] - means[i]) * scales[i];
                }
                let linear: f64 = line.iter().zip(at).map(|(line, at)| line * at).sum();
                let mean = buyer.expected.max(1e-3) * linear.clamp(-30.0, 30.0).exp();
                for i in 0..=FEATURES {
                    gradient[i] += line[i] * (bought - mean);
                    for j in 0..=FEATURES {
                        hessian[i][j] += line[i] * line[j] * mean;
                    }
                }
            }
            for i in 1..=FEATURES {
                gradient[i] -= RIDGE * at[i];
                hessian[i][i] += RIDGE;
            }
            let step = solve(hessian, gradient)?;
            let longest = step.iter().fold(0.0_f64, |longest, step| longest.max(step.abs()));
            let length = if longest > 1.0 { 1.0 / longest } else { 1.0 };
            at.iter_mut().zip(step).for_each(|(at, step)| *at += length * step);
            if longest < 1e-10 {
                break;
            }
        }
        let mut coefficients = [0.0; FEATURES];
        coefficients.copy_from_slice(&at[1..]);
        at.iter().all(|at| at.is_finite()).then_some(Self { means, scales, coefficients })
    }

    /// What the regression multiplies a buyer's expectation by, relative to other buyers.
    pub(super) fn factor(&self, buyer: &Buyer) -> f64 {
        let features = buyer.features();
        let linear: f64 = (0..FEATURES)
            .map(|i| self.coefficients[i] * (features[i] - self.means[i]) * self.scales[i])
            .sum();
        linear.clamp(-MOST, MOST).exp()
    }
}

/// Solves a small positive definite system by Cholesky's method.
fn solve<const N: usize>(mut matrix: [[f64; N]; N], mut right: [f64; N]) -> Option<[f64; N]> {
    for i in 0..N {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| matrix[i][k] * matrix[j][k]).sum();
            let rest = matrix[i][j] - known;
            if i != j {
                matrix[i][j] = rest / matrix[j][j];
            } else if rest > 0.0 {
                matrix[i][i] = rest.sqrt();
            } else {
                return None;
            }
        }
    }
    for i in 0..N {
        for k in 0..i {
            right[i] -= matrix[i][k] * right[k];
        }
        right[i] /= matrix[i][i];
    }
    for i in (0..N).rev() {
        for k in i + 1..N {
            right[i] -= matrix[k][i] * right[k];
        }
        right[i] /= matrix[i][i];
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::super::simulation::Random;
    use super::*;

    #[test]
    fn what_the_models_do_not_see_is_learnt_and_chance_is_not() {
        let mut random = Random::new(23);
        let mut buyers = |effect: f64| -> Vec<(Buyer, f64)> {
            (0..3_000)
                .map(|_| {
                    let age = 20.0 + 30.0 * random.uniform();
                    let history = History { repeats: 3, recency: age * random.uniform(), age };
                    let recent = 3.0 * random.uniform();
                    let buyer = Buyer { expected: 0.5 + random.gamma(2.0), recent, history };
                    // As many purchases as fit into the time.
                    let mean = buyer.expected * ((recent + 0.05) / 1.2).powf(effect);
                    let mut time = random.exponential();
                    let mut bought = 0.0;
                    while time < mean {
                        bought += 1.0;
                        time += random.exponential();
                    }
                    (buyer, bought)
                })
                .collect()
        };
        let factors = |rows: &[(Buyer, f64)]| -> f64 {
            let regression = Regression::fit(rows).unwrap();
            let of = |recent: f64| regression.factor(&Buyer { recent, ..rows[0].0 });
            of(2.4) / of(0.6)
        };
        let learnt = factors(&buyers(0.5));
        assert!((learnt - (2.45_f64 / 0.65).powf(0.5)).abs() < 0.2, "{learnt}");
        let chance = factors(&buyers(0.0));
        assert!((chance - 1.0).abs() < 0.08, "{chance}");
    }
}

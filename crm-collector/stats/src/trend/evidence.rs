//! How unlikely a series' movements would be by chance: p-values that hold for noise with
//! autocorrelation, heavy tails and ties, as sales have them.

use super::series::moving_mean;
use crate::numeric::distribution::normal_quantile;
use crate::numeric::special::beta_inc;

/// The ranks of the values as a normal sample would have them: Φ⁻¹((rank − 3/8) / (n + 1/4)) (Blom
/// 1958), equal values sharing the mean of their ranks, brought to variance 1. Whatever the
/// distribution of the values, theirs has no heavy tail. Nothing for values that are all equal.
pub(super) fn normal_scores(values: &[f64]) -> Option<Vec<f64>> {
    let count = values.len() as f64;
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut scores = vec![0.0; values.len()];
    let mut from = 0;
    for group in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let rank = from as f64 + (group.len() as f64 + 1.0) / 2.0;
        for &index in group {
            scores[index] = normal_quantile((rank - 0.375) / (count + 0.25));
        }
        from += group.len();
    }
    let mean = scores.iter().sum::<f64>() / count;
    let variance = scores.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / count;
    (variance > 0.0).then(|| scores.iter().map(|score| (score - mean) / variance.sqrt()).collect())
}

/// The noise of a mean: what n times the variance of the mean of n errors comes to.
#[derive(Clone, Copy, Debug)]
pub(super) struct LongRun {
    pub(super) variance: f64,
}

impl LongRun {
    /// From what a fit of `parameters` leaves: that of an autoregression of order 1 with its
    /// coefficient freed of the fit's bias, −(p + 3φ)/n (Marriott & Pope 1954), and taken two
    /// standard errors higher; or Bartlett's with n^⅓ lags (Newey & West 1987) where that is
    /// larger, as with longer memories.
    pub(super) fn of(errors: &[f64], parameters: f64) -> Self {
        let count = errors.len() as f64;
        let lagged = |lag: usize| -> f64 {
            errors.iter().zip(errors.iter().skip(lag)).map(|(a, b)| a * b).sum::<f64>() / count
        };
        let variance = lagged(0) * count / (count - parameters).max(1.0);
        if variance <= 0.0 {
            return Self { variance: 0.0 };
        }
        let plain = lagged(1) / variance;
        let unbiased = plain + (parameters + 3.0 * plain.max(0.0)) / count;
        let error = ((1.0 - unbiased * unbiased).max(0.0) / count).sqrt();
        let correlation = (unbiased + CAUTION * error).clamp(0.0, 0.98);
        let by_order_one = (1.0 + correlation) / (1.0 - correlation);
        let lags = count.cbrt().floor();
        let mut by_lags = 1.0;
        let mut lag = 1;
        while (lag as f64) <= lags {
            by_lags += 2.0 * (1.0 - lag as f64 / (lags + 1.0)) * lagged(lag) / variance;
            lag += 1;
        }
        let inflation = by_order_one.max(by_lags).max(Self::by_order_two(
            plain,
            lagged(2) / variance,
            correlation - plain,
            count,
        ));
        Self { variance: variance * inflation }
    }
}

impl LongRun {
    /// The inflation of an autoregression of order 2, (1 − φ₁ρ₁ − φ₂ρ₂) / (1 − φ₁ − φ₂)², by the
    /// equations of Yule and Walker, where the second coefficient is more than a standard error.
    fn by_order_two(first: f64, second: f64, caution: f64, count: f64) -> f64 {
        let rest = (1.0 - first * first).max(1e-6);
        let phi = [first * (1.0 - second) / rest, (second - first * first) / rest];
        if phi[1] < 1.0 / count.sqrt() {
            return 1.0;
        }
        let sum = (phi[0] + phi[1] + caution).min(0.98);
        (1.0 - phi[0] * first - phi[1] * second).max(0.0) / (1.0 - sum).powi(2)
    }
}

/// Standard errors by which autocorrelation is taken higher than it is found: the noise of many
/// series is judged, and that of some looks less alike than it is.
const CAUTION: f64 = 2.0;

/// A least-squares line.
pub(super) struct Line {
    /// At the middle of the values.
    pub(super) level: f64,
    pub(super) slope: f64,
    pub(super) errors: Vec<f64>,
}

impl Line {
    pub(super) fn through(values: &[f64]) -> Self {
        let count = values.len() as f64;
        let middle = (count - 1.0) / 2.0;
        let level = values.iter().sum::<f64>() / count.max(1.0);
        let product: f64 =
            values.iter().enumerate().map(|(i, value)| (i as f64 - middle) * (value - level)).sum();
        let square = count * (count * count - 1.0) / 12.0;
        let slope = if square > 0.0 { product / square } else { 0.0 };
        let at = |index: usize| level + slope * (index as f64 - middle);
        let errors = values.iter().enumerate().map(|(i, value)| value - at(i)).collect();
        Self { level, slope, errors }
    }

    /// At an index, within the values or beyond.
    pub(super) fn at(&self, index: usize) -> f64 {
        let middle = (self.errors.len() as f64 - 1.0) / 2.0;
        self.level + self.slope * (index as f64 - middle)
    }
}

/// A season has to show itself so often to be told from chance.
pub(super) const LEAST_CYCLES: usize = 3;

/// Of the means of a season's phases: the chance that noise has them as different. Analysis of
/// variance of the normal scores of what a moving mean over the season leaves (it leaves the
/// season's own frequencies whole), freed of autocorrelation, by Snedecor's F.
pub(super) fn season(values: &[f64], length: usize) -> f64 {
    if length < 2 || values.len() < LEAST_CYCLES * length {
        return 1.0;
    }
    let smooth = moving_mean(values, length);
    let rest: Vec<f64> = values.iter().zip(smooth).map(|(value, mean)| value - mean).collect();
    let Some(scores) = normal_scores(&rest) else { return 1.0 };
    let (_, errors) = phase_means(&scores, length);
    let square: f64 = errors.iter().map(|error| error * error).sum();
    let lagged = |lag: usize| -> f64 {
        let pairs = errors.iter().zip(errors.iter().skip(lag));
        if square > 0.0 { pairs.map(|(a, b)| a * b).sum::<f64>() / square } else { 0.0 }
    };
    let (first, second) = (lagged(1), lagged(2));
    let rest = (1.0 - first * first).max(1e-6);
    let higher = (rest / errors.len() as f64).sqrt();
    // What freedom from autocorrelation is, is uncertain; the least convincing of the ways counts.
    [
        [first, 0.0],
        [(first + higher).min(1.0), 0.0],
        [first * (1.0 - second) / rest, (second - first * first) / rest],
    ]
    .into_iter()
    .map(|coefficients| of_phases(&scores, length, coefficients))
    .fold(0.0, f64::max)
}

fn of_phases(scores: &[f64], length: usize, coefficients: [f64; 2]) -> f64 {
    let white: Vec<f64> = scores
        .windows(3)
        .map(|three| three[2] - coefficients[0] * three[1] - coefficients[1] * three[0])
        .collect();
    let (means, errors) = phase_means(&white, length);
    let mean = white.iter().sum::<f64>() / white.len() as f64;
    let between: f64 = (0..white.len()).map(|index| (means[index % length] - mean).powi(2)).sum();
    let within: f64 = errors.iter().map(|error| error * error).sum();
    // The moving mean has taken one degree of freedom of each cycle.
    let phases = length as f64 - 1.0;
    let left = white.len() as f64 - length as f64 - (scores.len() / length) as f64 - 2.0;
    if left < 1.0 {
        return 1.0;
    }
    if within <= 0.0 {
        return if between > 0.0 { 0.0 } else { 1.0 };
    }
    // P(F > f) = I_x(d₂/2, d₁/2) at x = d₂ / (d₂ + d₁ f).
    beta_inc(left / 2.0, phases / 2.0, within / (within + between))
}

fn phase_means(values: &[f64], length: usize) -> (Vec<f64>, Vec<f64>) {
    let mut sums = vec![(0.0, 0.0); length];
    for (index, value) in values.iter().enumerate() {
        let (sum, count) = &mut sums[index % length];
        *sum += value;
        *count += 1.0;
    }
    let means: Vec<f64> =
        sums.iter().map(|(sum, count)| if *count > 0.0 { sum / count } else { 0.0 }).collect();
    let errors =
        values.iter().enumerate().map(|(index, value)| value - means[index % length]).collect();
    (means, errors)
}

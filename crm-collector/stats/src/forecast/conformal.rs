//! Intervals from errors made on held-out ends, pooled over like series.
//!
//! Split conformal prediction (Lei et al. 2018): the quantiles of scaled errors that a method made
//! where the answer is known are the bounds where it is not. What an error is divided by comes from
//! the history alone, so that calm and restless series can share their errors (locally weighted,
//! ibid. section 5.2).

use std::collections::BTreeMap;

use crate::numeric::count::f64_of;
use crate::numeric::distribution::student_quantile;
use crate::numeric::linear::{Normal, least_squares};

/// The scale of a series' errors as its history shows it, in four parts: all in the units of the
/// series, all positive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    /// The naive error within the history.
    pub(super) naive: f64,
    /// The same over its end.
    pub(super) recent: f64,
    /// How far the members are apart.
    pub(super) spread: f64,
    /// The size of the values.
    pub(super) level: f64,
}

/// Errors of one trial, with what was known before.
#[derive(Clone, Debug)]
pub(super) struct Evidence {
    /// From which origin, counted back from the end of the series.
    pub(super) origin: usize,
    pub(super) scale: Scale,
    /// `actual − point`, one a step, at most as many as the horizon.
    pub(super) errors: Vec<f64>,
}

/// Bounds for series that are like those whose errors it has seen.
#[derive(Clone, Debug)]
pub(super) struct Calibration {
    /// Exponents of the parts of the scale, beside that of the naive error.
    exponents: [f64; 3],
    /// Scaled errors of each of the first steps that have enough of them, ascending.
    by_step: Vec<Vec<f64>>,
    /// Scaled errors of all steps, each divided by its growth, ascending.
    pooled: Vec<f64>,
    /// How errors grow: `(step + 1)^growth`.
    growth: f64,
    /// How many trials there were.
    trials: usize,
    /// The mean absolute scaled error of the first step.
    size: f64,
    /// How much the prior, a bell curve, counts beside the errors themselves: less with more trials.
    prior_weight: f64,
}

/// The prior: what errors are like before any were seen, by the structure of the series.
/// Tuned: `tests/benches/accuracy/forecast.rs` measures what other values do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prior {
    size: f64,
    growth: f64,
    exponents: [f64; 3],
}

impl Prior {
    /// Of series with a season, whose naive error spans a whole season.
    pub(super) const SEASONAL: Self = Self { size: 0.6, growth: 0.33, exponents: [0.1, 0.3, 0.0] };
    /// Of series without, whose naive error is that of one step.
    pub(super) const PLAIN: Self = Self { size: 0.8, growth: 0.65, exponents: [0.4, 0.15, 0.05] };
}

/// So many trials count as much as what is expected before any were seen.
/// Tuned: `tests/benches/accuracy/forecast.rs` measures what another value does.
const TRIALS_OF_SHAPE: f64 = 5.0;

/// The standard deviation of a normal variable in units of its mean absolute value, √(π/2).
const DEVIATION: f64 = 1.253_314_137_315_500_3;

/// With as many trials the errors of each step speak for themselves.
const TRIALS_FOR_STEPS: usize = 200;

/// The prior standard deviation of the logarithm of an origin's errors, and the number of origins
/// that count as much.
/// Tuned: `tests/benches/accuracy/forecast.rs` measures what another value does.
const PRIOR_DISPERSION: f64 = 0.18;
const ORIGINS_OF_DISPERSION: f64 = 3.0;

/// How many times each error stands in the mixture of calm and restless times.
const COPIES: usize = 6;

/// As many trials count as much as the prior exponents.
/// Tuned: `tests/benches/accuracy/forecast.rs` measures what another value does.
const TRIALS_OF_EXPONENTS: f64 = 40.0;

impl Calibration {
    /// Learns from trials, of which there may be none.
    pub(super) fn of(evidence: &[Evidence], horizon: usize, prior: &Prior) -> Self {
        let exponents = exponents(evidence, &prior.exponents);
        let mut by_step: Vec<Vec<f64>> = vec![Vec::new(); horizon];
        let mut sizes: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
        let mut trials = 0;
        for one in evidence {
            let unit = one.scale.unit(&exponents);
            if !unit.is_normal() {
                continue;
            }
            trials += 1;
            let size = mean_size(&one.errors) / unit;
            if size.is_finite() {
                let (sum, count) = sizes.entry(one.origin).or_default();
                *sum += size;
                *count += 1.0;
            }
            for (errors, error) in by_step.iter_mut().zip(&one.errors) {
                let scaled = error / unit;
                if scaled.is_finite() {
                    errors.push(scaled);
                }
            }
        }
        let sizes: Vec<f64> = sizes.into_values().map(|(sum, count)| sum / count).collect();
        let dispersion = dispersion(&sizes);
        let found = f64_of(trials);
        let prior_weight = 1.0 / (1.0 + found / TRIALS_OF_SHAPE);
        let growth = prior.growth * prior_weight
            + growth(&by_step).unwrap_or(prior.growth) * (1.0 - prior_weight);
        let mut pooled: Vec<f64> = by_step
            .iter()
            .enumerate()
            .flat_map(|(step, errors)| {
                let grown = f64_of(step + 1).powf(growth);
                errors.iter().map(move |error| error / grown)
            })
            .collect();
        let mean = if pooled.is_empty() { prior.size } else { mean_size(&pooled) };
        mix_dispersed(&mut pooled, dispersion);
        for errors in &mut by_step {
            mix_dispersed(errors, dispersion);
        }
        // Of few trials the errors of a step are not asked for, and there may be a calibration a series.
        let enough = |errors: &&Vec<f64>| errors.len() >= COPIES * TRIALS_FOR_STEPS;
        by_step.truncate(by_step.iter().take_while(enough).count());
        let size = prior.size * prior_weight + mean * (1.0 - prior_weight);
        Self { exponents, by_step, pooled, growth, trials, size, prior_weight }
    }

    /// Below and above the point, one pair a step: how far a value lies off it with probability
    /// `level`. Errors of steps that were never tried grow on as those before them did.
    pub(super) fn offsets(&self, scale: &Scale, level: f64, steps: usize) -> Vec<(f64, f64)> {
        let unit = scale.unit(&self.exponents);
        let tail = ((1.0 - level) / 2.0).clamp(1e-6, 0.5);
        let bell = student_quantile(1.0 - tail, 4.0 + f64_of(self.trials)) * DEVIATION * self.size;
        let mix =
            |found: f64, bell: f64| found * (1.0 - self.prior_weight) + bell * self.prior_weight;
        let low = mix(quantile(&self.pooled, tail), -bell);
        let high = mix(quantile(&self.pooled, 1.0 - tail), bell);
        let mut found = Vec::with_capacity(steps);
        // The last step whose own errors are known, and its bounds.
        let mut from = (0, low, high);
        for step in 0..steps {
            if let Some(errors) = self.by_step.get(step) {
                from = (step, quantile(errors, tail), quantile(errors, 1.0 - tail));
            }
            let (at, low, high) = from;
            let grown = (f64_of(step + 1) / f64_of(at + 1)).powf(self.growth);
            found.push((unit * grown * low, unit * grown * high));
        }
        found
    }
}

/// The mean absolute error of repeating the value a season earlier; zero where there are not
/// enough values.
pub(super) fn naive_error(history: &[f64], season: usize) -> f64 {
    let late = history.get(season..).unwrap_or_default();
    let sum: f64 = late.iter().zip(history).map(|(late, early)| (late - early).abs()).sum();
    if late.is_empty() { 0.0 } else { sum / f64_of(late.len()) }
}

/// The mean absolute value; zero where there is none.
pub(super) fn mean_size(values: &[f64]) -> f64 {
    let sum: f64 = values.iter().map(|value| value.abs()).sum();
    if values.is_empty() { 0.0 } else { sum / f64_of(values.len()) }
}

impl Scale {
    /// Of a history; `spread` is how far the members are apart, where there are several.
    pub(super) fn of(history: &[f64], season: usize, horizon: usize, spread: Option<f64>) -> Self {
        let length = history.len();
        let recent = &history[length - length.min((2 * horizon).max(8) + season)..];
        let level = mean_size(recent);
        let naive = Some(naive_error(history, season))
            .filter(|error| *error > 0.0)
            .unwrap_or_else(|| naive_error(history, 1));
        // One value says nothing of how far the next may be, but for its size.
        let naive = if length < 2 { level } else { naive };
        Self { naive, recent: naive_error(recent, season), spread: spread.unwrap_or(0.0), level }
    }

    /// What errors are divided by.
    fn unit(&self, exponents: &[f64; 3]) -> f64 {
        let parts = self.relative();
        let power: f64 = parts.iter().zip(exponents).map(|(part, exponent)| part * exponent).sum();
        self.naive * power.exp()
    }

    /// Logarithms of the other parts in units of the naive error, within bounds that keep a strange
    /// series from an absurd scale.
    fn relative(&self) -> [f64; 3] {
        [self.recent, self.spread, self.level].map(|part| {
            let ratio = (part / self.naive).ln();
            if ratio.is_finite() { ratio.clamp(-6.0, 6.0) } else { 0.0 }
        })
    }
}

/// Which powers of the scale's parts the size of the errors follows, by a regression of logarithms
/// that is drawn towards the prior's.
fn exponents(evidence: &[Evidence], prior: &[f64; 3]) -> [f64; 3] {
    let mut normal = Normal::new(4);
    for one in evidence {
        let target = (mean_size(&one.errors) / one.scale.naive).ln();
        let [recent, spread, level] = one.scale.relative();
        normal.add(&[1.0, recent, spread, level], target, 1.0);
    }
    // In rows of a series whose scale differs from its naive error by a factor of e.
    let ridge = [0.0, TRIALS_OF_EXPONENTS, TRIALS_OF_EXPONENTS, TRIALS_OF_EXPONENTS];
    match normal.solve(&ridge, &[0.0, prior[0], prior[1], prior[2]]) {
        Some(found) => [found[1], found[2], found[3]],
        None => *prior,
    }
}

/// How much the size of errors differs from origin to origin beyond what a series' own history
/// tells: the standard deviation of its logarithm, drawn towards the prior.
fn dispersion(sizes: &[f64]) -> f64 {
    let logs: Vec<f64> =
        sizes.iter().map(|size| size.ln()).filter(|size| size.is_finite()).collect();
    let mean = logs.iter().sum::<f64>() / f64_of(logs.len().max(1));
    let squares: f64 = logs.iter().map(|log| (log - mean) * (log - mean)).sum();
    let degrees = f64_of(logs.len().saturating_sub(1));
    let prior = PRIOR_DISPERSION * PRIOR_DISPERSION;
    ((squares + ORIGINS_OF_DISPERSION * prior) / (degrees + ORIGINS_OF_DISPERSION)).sqrt().min(1.0)
}

/// Mixes errors as they would be at quieter and at more restless times, all in one spell of which
/// the values to come will lie, by Gauss and Hermite's rule of three points for a normal logarithm;
/// ascending.
fn mix_dispersed(errors: &mut Vec<f64>, dispersion: f64) {
    let seen = errors.len();
    let away = (3.0_f64.sqrt() * dispersion).exp();
    for factor in [1.0, 1.0, 1.0, 1.0 / away, away] {
        errors.extend_from_within(..seen);
        let start = errors.len() - seen;
        for error in &mut errors[start..] {
            *error *= factor;
        }
    }
    errors.sort_by(f64::total_cmp);
}

/// The power of the step that the mean absolute error follows, from 0 to 1.
fn growth(by_step: &[Vec<f64>]) -> Option<f64> {
    let (mut rows, mut targets, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    for (step, errors) in by_step.iter().enumerate() {
        let size = mean_size(errors);
        if size > 0.0 {
            rows.extend([1.0, f64_of(step + 1).ln()]);
            targets.push(size.ln());
            weights.push(f64_of(errors.len()));
        }
    }
    let found = least_squares(&rows, 2, &targets, Some(&weights), 1e-9)?;
    Some(found[1].clamp(0.0, 1.0))
}

/// The quantile of ascending values at the conformal rank `p (n + 1)`, between two of them by
/// their distance; beyond the outermost those.
fn quantile(ascending: &[f64], probability: f64) -> f64 {
    let Some(last) = ascending.len().checked_sub(1) else { return 0.0 };
    let rank = (probability * f64_of(ascending.len() + 1) - 1.0).clamp(0.0, f64_of(last));
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let below = rank.floor() as usize;
    let above = (below + 1).min(last);
    let part = rank - rank.floor();
    ascending[below] * (1.0 - part) + ascending[above] * part
}

#[cfg(test)]
mod tests;

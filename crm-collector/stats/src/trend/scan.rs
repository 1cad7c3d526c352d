//! One change in one series: the step, or the line, that fits best, and how likely it would be by
//! chance in noise whose neighbours are alike.

use crate::numeric::distribution::student_sf;

/// Noise below this share of a step is rounding.
const LEAST_NOISE: f64 = 1e-3;

/// Standard errors by which neighbours are taken to be more alike than they look: many series are
/// judged, and some look less alike than they are.
const CAUTION: f64 = 1.0;

/// A change that fits best.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fit {
    /// The first value of the change; of a line, 0.
    pub(super) at: usize,
    /// The change: after less before; of a line, from its first value to its last.
    pub(super) size: f64,
    /// How likely so much is by chance anywhere in the series.
    pub(super) chance: f64,
    /// The sum of squared errors that it leaves.
    pub(super) left: f64,
}

/// The step that leaves the least error, with at least `least` values on either side. By its place,
/// `wander` is the variance that a step has besides the noise.
pub(super) fn step(values: &[f64], least: usize, wander: impl Fn(usize) -> f64) -> Option<Fit> {
    let count = values.len();
    if least == 0 || count < 2 * least {
        return None;
    }
    let total: f64 = values.iter().sum();
    let mut left: f64 = values[..least].iter().sum();
    let (mut most, mut at) = (f64::NEG_INFINITY, least);
    for place in least..=count - least {
        let right = total - left;
        let gain = left * left / place as f64 + right * right / (count - place) as f64;
        if gain > most {
            (most, at) = (gain, place);
        }
        left += values[place.min(count - 1)];
    }
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    let (before, after) = (mean(&values[..at]), mean(&values[at..]));
    let errors: Vec<f64> = values
        .iter()
        .enumerate()
        .map(|(index, value)| value - if index < at { before } else { after })
        .collect();
    let spread = 1.0 / at as f64 + 1.0 / (count - at) as f64;
    let places = (count / least) as f64;
    Some(judged(at, after - before, &errors, Spread { noise: spread, wander: wander(at) }, places))
}

/// The straight line that leaves the least error. `wander` is the variance that its rise has besides
/// the noise.
pub(super) fn line(values: &[f64], wander: f64) -> Option<Fit> {
    let count = values.len() as f64;
    if values.len() < 8 {
        return None;
    }
    let middle = (count - 1.0) / 2.0;
    let mean = values.iter().sum::<f64>() / count;
    let square = count * (count * count - 1.0) / 12.0;
    let slope =
        values.iter().enumerate().map(|(i, v)| (i as f64 - middle) * v).sum::<f64>() / square;
    let errors: Vec<f64> =
        values.iter().enumerate().map(|(i, v)| v - mean - slope * (i as f64 - middle)).collect();
    let rise = slope * (count - 1.0);
    let noise = (count - 1.0).powi(2) / square;
    Some(judged(0, rise, &errors, Spread { noise, wander }, 1.0))
}

/// The mean against nothing. `wander` is the variance that it has besides the noise.
pub(super) fn mean(values: &[f64], wander: f64) -> Option<Fit> {
    if values.len() < 5 {
        return None;
    }
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let errors: Vec<f64> = values.iter().map(|value| value - mean).collect();
    Some(judged(0, mean, &errors, Spread { noise: 1.0 / count, wander }, 1.0))
}

/// How far a change is off by chance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spread {
    /// Its variance in multiples of the noise's.
    pub(super) noise: f64,
    /// What comes to it from customers who come and go.
    pub(super) wander: f64,
}

/// A change with what it leaves, looked for in so many `places`.
pub(super) fn judged(at: usize, size: f64, errors: &[f64], spread: Spread, places: f64) -> Fit {
    let count = errors.len() as f64;
    let left: f64 = errors.iter().map(|error| error * error).sum();
    let product: f64 = errors.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let plain = if left > 0.0 { product / left } else { 0.0 };
    // What a fit of two parameters takes of it (Marriott & Pope 1954).
    let unbiased = (plain + (2.0 + 3.0 * plain.max(0.0)) / count).min(1.0);
    let error = ((1.0 - unbiased * unbiased) / count).sqrt();
    let correlation = (unbiased + CAUTION * error).clamp(0.0, 0.95);
    let inflation = (1.0 + correlation) / (1.0 - correlation);
    let variance = (left / (count - 2.0).max(1.0)).max((LEAST_NOISE * size).powi(2));
    let degrees = ((count - 2.0) / inflation).max(2.0);
    let t = size.abs() / (variance * inflation * spread.noise + spread.wander).sqrt();
    let chance = if t.is_finite() { 2.0 * student_sf(t, degrees) * places } else { 1.0 };
    Fit { at, size, chance: chance.min(1.0), left }
}

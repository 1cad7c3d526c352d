//! One pass of exponential smoothing over a series, for eight sets of parameters at once.
//!
//! The recursions in error-correction form (Hyndman, Koehler, Ord and Snyder, Forecasting with
//! Exponential Smoothing, 2008, tables 2.2 and 2.3), e = y - μ:
//!
//! | season | μ | level | trend | season |
//! |---|---|---|---|---|
//! | none, additive | l + φb + s | l + φb + αe | φb + βe | s + γe |
//! | multiplicative | (l + φb)·s | l + φb + αe/s | φb + βe/s | s + γe/(l + φb) |
//!
//! They are the same for additive and for multiplicative errors (ε = e/μ); only what is made small
//! differs.

use super::super::lanes::{LANES, Lanes};
use super::super::{ModelFit, real};
use super::{Error, Kind, Seasonal};

/// Smoothing parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Parameters {
    pub(super) alpha: Lanes,
    pub(super) beta: Lanes,
    pub(super) gamma: Lanes,
    pub(super) phi: Lanes,
}

/// What a series is smoothed from.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Start {
    pub(super) level: f64,
    pub(super) slope: f64,
    /// One index a phase, phase 0 first.
    pub(super) season: Vec<f64>,
}

/// A pass's memory, kept from pass to pass.
#[derive(Default)]
pub(super) struct Scratch {
    season: Vec<Lanes>,
}

/// Forecasts below this, in a series of mean size 1, are no ground for relative errors; it also
/// keeps the product of [`PRODUCT`] of them above the smallest number.
const SMALLEST: f64 = 1e-8;

/// How many forecasts are multiplied before a logarithm is taken.
const PRODUCT: usize = 32;

/// -2 log likelihood, but for a constant that is the same for all models of a series: n·log Σε² +
/// 2·Σ log|μ| (ibid., equation 5.3, with the second sum absent for additive errors). Infinite where
/// the model breaks down.
pub(super) fn criterion(
    values: &[f64],
    kind: Kind,
    start: &Start,
    parameters: &Parameters,
    scratch: &mut Scratch,
) -> Lanes {
    match (kind.error, kind.season) {
        (Error::Additive, Seasonal::None) => pass::<0, false>(values, start, parameters, scratch),
        (Error::Additive, Seasonal::Additive) => {
            pass::<1, false>(values, start, parameters, scratch)
        }
        (Error::Additive, Seasonal::Multiplicative) => {
            pass::<2, false>(values, start, parameters, scratch)
        }
        (Error::Multiplicative, Seasonal::None) => {
            pass::<0, true>(values, start, parameters, scratch)
        }
        (Error::Multiplicative, Seasonal::Additive) => {
            pass::<1, true>(values, start, parameters, scratch)
        }
        (Error::Multiplicative, Seasonal::Multiplicative) => {
            pass::<2, true>(values, start, parameters, scratch)
        }
    }
}

fn pass<const SEASON: u8, const RELATIVE: bool>(
    values: &[f64],
    start: &Start,
    parameters: &Parameters,
    scratch: &mut Scratch,
) -> Lanes {
    let Parameters { alpha, beta, gamma, phi } = parameters;
    let (mut level, mut slope) = ([start.level; LANES], [start.slope; LANES]);
    let mut squares = [0.0; LANES];
    let mut logs = [0.0; LANES];
    let mut product = [1.0; LANES];
    let mut smallest = [f64::INFINITY; LANES];
    scratch.season.clear();
    scratch.season.extend(start.season.iter().map(|index| [*index; LANES]));
    if SEASON == 0 || scratch.season.is_empty() {
        scratch.season.clear();
        scratch.season.push([0.0; LANES]);
    }
    let mut phase = 0;
    let mut multiplied = 0;
    for value in values {
        let season = &mut scratch.season[phase];
        for lane in 0..LANES {
            let trend = phi[lane] * slope[lane];
            let base = level[lane] + trend;
            let expected = match SEASON {
                0 => base,
                1 => base + season[lane],
                _ => base * season[lane],
            };
            let error = value - expected;
            // One division for all that is relative.
            let relative = if RELATIVE || SEASON == 2 { error / expected } else { 0.0 };
            if RELATIVE {
                squares[lane] += relative * relative;
                product[lane] *= expected;
                smallest[lane] = lower(smallest[lane], expected);
            } else {
                squares[lane] += error * error;
            }
            if SEASON == 2 {
                let of_level = relative * base;
                smallest[lane] = lower(smallest[lane], base);
                season[lane] += gamma[lane] * (relative * season[lane]);
                level[lane] = base + alpha[lane] * of_level;
                slope[lane] = trend + beta[lane] * of_level;
            } else {
                level[lane] = base + alpha[lane] * error;
                slope[lane] = trend + beta[lane] * error;
                if SEASON == 1 {
                    season[lane] += gamma[lane] * error;
                }
            }
        }
        phase = if phase + 1 == scratch.season.len() { 0 } else { phase + 1 };
        if RELATIVE {
            multiplied += 1;
            if multiplied == PRODUCT {
                multiplied = 0;
                for lane in 0..LANES {
                    logs[lane] += product[lane].ln();
                    product[lane] = 1.0;
                }
            }
        }
    }
    let count = real(values.len());
    let mut answer = [f64::INFINITY; LANES];
    for lane in 0..LANES {
        let mut value = count * squares[lane].max(f64::MIN_POSITIVE).ln();
        if RELATIVE {
            value += 2.0 * (logs[lane] + product[lane].ln());
        }
        let sound = (!RELATIVE && SEASON != 2) || smallest[lane] > SMALLEST;
        if sound && value.is_finite() {
            answer[lane] = value;
        }
    }
    answer
}

/// The lower of two; the first where the second is no number. One instruction, which
/// [`f64::min`] is not.
fn lower(a: f64, b: f64) -> f64 {
    if b < a { b } else { a }
}

/// The state at the end, one-step errors on the way, and the forecasts from there.
pub(super) fn run(
    values: &[f64],
    kind: Kind,
    start: &Start,
    [alpha, beta, gamma, phi]: [f64; 4],
    horizon: usize,
) -> ModelFit {
    let multiplies = kind.season == Seasonal::Multiplicative;
    let neutral = if multiplies { 1.0 } else { 0.0 };
    let mut season = start.season.clone();
    if season.is_empty() || kind.season == Seasonal::None {
        season = vec![neutral];
    }
    let (mut level, mut slope) = (start.level, start.slope);
    let length = season.len();
    let mut errors = Vec::with_capacity(values.len());
    for (at, value) in values.iter().enumerate() {
        let index = &mut season[at % length];
        let trend = phi * slope;
        let base = level + trend;
        let error = if multiplies { value - base * *index } else { value - base - *index };
        errors.push(error);
        let of_level = if multiplies { error / *index } else { error };
        if kind.season != Seasonal::None {
            *index += gamma * if multiplies { error / base } else { error };
        }
        level = base + alpha * of_level;
        slope = trend + beta * of_level;
    }
    let point = (0..horizon).map(|step| {
        let index = season[(values.len() + step) % length];
        slope *= phi;
        level += slope;
        if multiplies { level * index } else { level + index }
    });
    ModelFit { point: point.collect(), errors }
}

//! Seasons: which a series has, and what they add to each of its values. Robust to single
//! outliers and to shifts of level, which must not leak into the season.

use super::series::{moving_mean, robust_scale, running_median_of_continued, without_spikes};
use crate::numeric::quantile::median_in_place;

/// A season must repeat itself this often to be told from chance where nobody named it.
const LEAST_CYCLES: usize = 3;

/// How many of the last values are looked at for unnamed seasons.
const LOOK_BACK: usize = 1 << 14;

/// Cycles on either side that a phase is averaged over: a season may change slowly.
const CYCLES_BESIDE: usize = 5;

/// Values are held within so many standard deviations of their phase's median before their mean.
/// Tuned: `tests/benches/accuracy/trend.rs` measures what another value does.
const HELD: f64 = 2.5;

/// The seasons to reckon with, ascending: those given (more than one period, two of them in the
/// series), or, where none is given, those found. A single 1 says that there is none.
pub(super) fn seasons(values: &[f64], given: &[usize]) -> Vec<usize> {
    if given.is_empty() {
        return detect(values);
    }
    let mut seasons: Vec<usize> =
        given.iter().copied().filter(|season| *season > 1 && *season <= values.len() / 2).collect();
    seasons.sort_unstable();
    seasons.dedup();
    seasons
}

/// What the seasons add to each value; sums to about nothing over each season.
pub(super) fn seasonal(values: &[f64], seasons: &[usize]) -> Vec<f64> {
    let mut sum = vec![0.0; values.len()];
    for _ in 0..if seasons.len() > 1 { 2 } else { 1 } {
        for season in seasons {
            // A season found in the round before is found anew in what the others leave.
            let rest: Vec<f64> = values.iter().zip(&sum).map(|(v, s)| v - s).collect();
            for (sum, part) in sum.iter_mut().zip(one_season(&rest, *season)) {
                *sum += part;
            }
        }
    }
    sum
}

fn one_season(values: &[f64], season: usize) -> Vec<f64> {
    if season < 2 || values.len() < 2 * season {
        return vec![0.0; values.len()];
    }
    let smooth = moving_mean(&without_spikes(values, 6.0), season);
    let first = phases(values, &smooth, season);
    // The mean smears a shift over a season; the median of what the first round leaves does not.
    let adjusted: Vec<f64> = values.iter().zip(&first).map(|(v, s)| v - s).collect();
    let level = running_median_of_continued(&adjusted, season.clamp(7, 31) / 2);
    phases(values, &level, season)
}

/// For each value the mean of its phase over the neighbouring cycles, with outliers held.
fn phases(values: &[f64], level: &[f64], season: usize) -> Vec<f64> {
    let rest: Vec<f64> = values.iter().zip(level).map(|(v, l)| v - l).collect();
    let middles = of_each_phase(&rest, season, |window, _| median_in_place(window).unwrap_or(0.0));
    let about: Vec<f64> = rest.iter().zip(&middles).map(|(rest, middle)| rest - middle).collect();
    // One bound for all phases: the few values of one say little of how far they scatter.
    let bound = HELD * robust_scale(&about);
    let raw = of_each_phase(&rest, season, |window, index| {
        let centre = middles[index];
        let sum: f64 = window.iter().map(|value| (value - centre).max(-bound).min(bound)).sum();
        centre + sum / window.len().max(1) as f64
    });
    let mean = moving_mean(&raw, season);
    raw.iter().zip(&mean).map(|(raw, mean)| raw - mean).collect()
}

/// What is made, for each index, of the values of its phase over the neighbouring cycles.
fn of_each_phase(rest: &[f64], season: usize, make: impl Fn(&mut [f64], usize) -> f64) -> Vec<f64> {
    let cycles = rest.len().div_ceil(season);
    let last = cycles.saturating_sub(2 * CYCLES_BESIDE + 1);
    let mut window = Vec::with_capacity(2 * CYCLES_BESIDE + 1);
    (0..rest.len())
        .map(|index| {
            let (cycle, phase) = (index / season, index % season);
            let from = cycle.saturating_sub(CYCLES_BESIDE).min(last);
            let to = cycles.min(from + 2 * CYCLES_BESIDE + 1);
            window.clear();
            window.extend((from..to).filter_map(|cycle| rest.get(cycle * season + phase)));
            make(&mut window, index)
        })
        .collect()
}

/// The seasons that a series shows by itself, ascending; at most two.
pub(super) fn detect(values: &[f64]) -> Vec<usize> {
    let values = &values[values.len().saturating_sub(LOOK_BACK)..];
    if values.len() < 4 * LEAST_CYCLES {
        return Vec::new();
    }
    let mut rest = without_spikes(values, 6.0);
    let mut found = Vec::new();
    for _ in 0..2 {
        let Some(season) = strongest(&rest) else { break };
        found.push(season);
        let part = one_season(&rest, season);
        for (rest, part) in rest.iter_mut().zip(part) {
            *rest -= part;
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The season that foretells best what it was not fitted to.
fn strongest(values: &[f64]) -> Option<usize> {
    let mut candidates: Vec<(usize, f64)> = peaks(values)
        .into_iter()
        .map(|season| (season, foretold(values, season)))
        .filter(|(season, share)| {
            let cycles = (values.len() / season) as f64;
            *share > 0.10 + 0.6 / cycles
        })
        .collect();
    candidates.sort_by_key(|(season, _)| *season);
    let best = candidates.iter().map(|(_, share)| *share).fold(0.0, f64::max);
    // Multiples of a season foretell as well as itself: the shortest of those about as good.
    candidates.into_iter().find(|(_, share)| 1.0 - share <= 1.15 * (1.0 - best)).map(|(s, _)| s)
}

/// Which share of the variance about a moving mean of one season the mean of the other cycles'
/// values of the same phase foretells.
fn foretold(values: &[f64], season: usize) -> f64 {
    let smooth = moving_mean(values, season);
    let half = season / 2;
    let inner = half..values.len().saturating_sub(half);
    let mut sums = vec![0.0; season];
    let mut counts = vec![0_usize; season];
    for index in inner.clone() {
        sums[index % season] += values[index] - smooth[index];
        counts[index % season] += 1;
    }
    let (mut missed, mut whole) = (0.0, 0.0);
    for index in inner {
        let phase = index % season;
        let value = values[index] - smooth[index];
        if counts[phase] > 1 {
            let others = (sums[phase] - value) / (counts[phase] - 1) as f64;
            missed += (value - others).powi(2);
            whole += value * value;
        }
    }
    if whole > 0.0 { 1.0 - missed / whole } else { 0.0 }
}

/// Lags at which the autocorrelation has a peak: of the values free of a line, and of their
/// differences (a wandering level hides the season in the first). The highest few of each.
fn peaks(values: &[f64]) -> Vec<usize> {
    let differences: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let mut all = Vec::new();
    for series in [without_line(values), differences] {
        let longest = series.len() / LEAST_CYCLES;
        let correlation = autocorrelation(&series, longest + 1);
        let mut peaks: Vec<usize> = (2..longest + 1)
            .filter(|&lag| {
                let here = correlation[lag];
                let after = correlation.get(lag + 1).copied().unwrap_or(f64::MIN);
                here > 0.1 && here >= correlation[lag - 1] && here >= after
            })
            .collect();
        peaks.sort_by(|a, b| correlation[*b].total_cmp(&correlation[*a]));
        peaks.truncate(12);
        all.extend(peaks);
    }
    all.sort_unstable();
    all.dedup();
    all
}

fn without_line(values: &[f64]) -> Vec<f64> {
    let middle = (values.len() as f64 - 1.0) / 2.0;
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let (mut product, mut square) = (0.0, 0.0);
    for (index, value) in values.iter().enumerate() {
        let time = index as f64 - middle;
        product += time * (value - mean);
        square += time * time;
    }
    let slope = if square > 0.0 { product / square } else { 0.0 };
    let line = |index: usize| mean + slope * (index as f64 - middle);
    values.iter().enumerate().map(|(index, value)| value - line(index)).collect()
}

/// The autocorrelation at lags 0 to `lags`, by the Fourier transform of the power spectrum
/// (Wiener-Khinchin).
fn autocorrelation(values: &[f64], lags: usize) -> Vec<f64> {
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let size = (2 * values.len()).next_power_of_two();
    let mut real = vec![0.0; size];
    let mut imaginary = vec![0.0; size];
    for (slot, value) in real.iter_mut().zip(values) {
        *slot = value - mean;
    }
    transform(&mut real, &mut imaginary);
    for (re, im) in real.iter_mut().zip(&mut imaginary) {
        *re = *re * *re + *im * *im;
        *im = 0.0;
    }
    transform(&mut real, &mut imaginary);
    let variance = real[0];
    (0..=lags.min(size - 1))
        .map(|lag| if variance > 0.0 { real[lag] / variance } else { 0.0 })
        .collect()
}

/// The discrete Fourier transform in place, of a power of two of values (Cooley & Tukey 1965).
fn transform(real: &mut [f64], imaginary: &mut [f64]) {
    let size = real.len();
    let mut reversed = 0;
    for index in 1..size {
        let mut bit = size >> 1;
        while reversed & bit != 0 {
            reversed ^= bit;
            bit >>= 1;
        }
        reversed |= bit;
        if index < reversed {
            real.swap(index, reversed);
            imaginary.swap(index, reversed);
        }
    }
    let mut length = 2;
    while length <= size {
        let half = length / 2;
        let angle = -2.0 * std::f64::consts::PI / length as f64;
        for offset in 0..half {
            let (sine, cosine) = (angle * offset as f64).sin_cos();
            for start in (0..size).step_by(length) {
                let (a, b) = (start + offset, start + offset + half);
                let re = real[b] * cosine - imaginary[b] * sine;
                let im = real[b] * sine + imaginary[b] * cosine;
                (real[b], imaginary[b]) = (real[a] - re, imaginary[a] - im);
                real[a] += re;
                imaginary[a] += im;
            }
        }
        length *= 2;
    }
}

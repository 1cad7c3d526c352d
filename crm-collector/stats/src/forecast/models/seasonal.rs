//! The season of a series as one index a phase: how large it is, as far as it is no noise, and the
//! series without it.
//!
//! Classical decomposition (centred averages, then the mean of what is left by phase) with three
//! changes, each of which made forecasts better at origins inside the training parts of monthly
//! series: the trend is drawn a second and third time, by running lines through the adjusted series
//! and so up to its ends; a season counts 0.8 times as much as the one after it, for seasons change;
//! and the indices are shrunk towards none by the share of their spread that noise explains, in the
//! manner of James and Stein (Miller and Williams, Shrinkage estimators of time series seasonal
//! factors and their effect on forecasting accuracy, 2003).

use super::real;
use super::smooth::{running_lines, seasonal_average};

/// How the season meets the level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seasonality {
    /// It multiplies: it is the season of the logarithm.
    Multiplicative,
    /// It adds.
    Additive,
}

impl Seasonality {
    /// Ratios where every value is above 0, differences otherwise.
    pub fn of(values: &[f64]) -> Self {
        if values.iter().all(|value| *value > 0.0) { Self::Multiplicative } else { Self::Additive }
    }
}

/// One index a phase; the phase of a point is its position modulo the season.
#[derive(Clone, Debug, PartialEq)]
pub struct SeasonalIndices {
    /// Factors for [`Seasonality::Multiplicative`], summands for [`Seasonality::Additive`].
    pub indices: Vec<f64>,
    /// How they are meant.
    pub scale: Seasonality,
    /// The part of the season that was taken for noise, from 0 (none) to 1 (all).
    pub shrinkage: f64,
}

/// What a point counts beside the one a season later.
/// Tuned: `tests/benches/accuracy/forecast.rs` measures what another value does.
const DISCOUNT: f64 = 0.8;

/// How often the variance of an index, summed over the phases, is taken off the spread of the
/// indices. James and Stein's rule has (m - 3)/m here; more was better.
/// Tuned: `tests/benches/accuracy/forecast.rs` measures what another value does.
const NOISE: f64 = 1.25;

/// How many times more noise is believed to be in the indices of less than two seasons and a half.
/// Of sales by month, a year and a half with such a season is forecast a sixth better than without
/// any; of series with hardly a season, it is no worse from two years on.
/// Tuned: `tests/benches/accuracy/forecast.rs` measures what another value does.
const SHORT: f64 = 2.0;

/// Points before the last so many seasons count for next to nothing (0.8¹⁵ = 0.035).
const SEASONS_KEPT: usize = 15;

impl SeasonalIndices {
    /// No season.
    pub fn none(scale: Seasonality) -> Self {
        let neutral = if scale == Seasonality::Multiplicative { 1.0 } else { 0.0 };
        Self { indices: vec![neutral], scale, shrinkage: 1.0 }
    }

    /// The season of a length in a series, on the scale that suits its values. None where the
    /// series is shorter than a season and a half.
    pub fn estimate(values: &[f64], season: usize) -> Self {
        Self::estimate_as(values, season, Seasonality::of(values))
    }

    /// The same on a given scale; ratios are of values above 0.
    pub fn estimate_as(values: &[f64], season: usize, scale: Seasonality) -> Self {
        if season < 2 || values.len() < (season + season / 2).max(season + 4) {
            return Self::none(scale);
        }
        let doubt = if values.len() < 2 * season + season / 2 { SHORT } else { 1.0 };
        // A whole number of seasons is left out, so that phases stay what they are.
        let excess = values.len().saturating_sub(SEASONS_KEPT * season) / season * season;
        let values = &values[excess..];
        let plain: Vec<f64> = match scale {
            Seasonality::Multiplicative => values.iter().map(|value| value.ln()).collect(),
            Seasonality::Additive => values.to_vec(),
        };
        let average = seasonal_average(&plain, season);
        let first = season / 2;
        let mut rest: Vec<f64> =
            plain[first..].iter().zip(&average).map(|(value, trend)| value - trend).collect();
        let mut phases = Phases::of(&rest, first, season);
        for _ in 0..2 {
            let mut adjusted = plain.clone();
            for year in adjusted.chunks_mut(season) {
                for (value, index) in year.iter_mut().zip(&phases.indices) {
                    *value -= index;
                }
            }
            let trend = running_lines(&adjusted, (3 * season).div_ceil(4));
            rest.clear();
            rest.extend(plain.iter().zip(&trend).map(|(value, trend)| value - trend));
            phases = Phases::of(&rest, 0, season);
        }
        let shrinkage = (doubt * phases.noise()).min(1.0);
        let indices = phases.indices.iter().map(|index| {
            let index = (1.0 - shrinkage) * index;
            if scale == Seasonality::Multiplicative { index.exp() } else { index }
        });
        let indices: Vec<f64> = indices.collect();
        // Differences of the largest numbers are none.
        if indices
            .iter()
            .all(|index| index.is_finite() && (scale == Seasonality::Additive || *index > 0.0))
        {
            Self { indices, scale, shrinkage }
        } else {
            Self::none(scale)
        }
    }

    /// Several seasons in one series, each estimated a second time without the others (the
    /// backfitting of MSTL: Bandara, Hyndman and Bergmeir, 2021), and the series without them. Those
    /// that the series is too short for are left out.
    pub fn estimate_all(values: &[f64], lengths: &[usize]) -> (Vec<(usize, Self)>, Vec<f64>) {
        let scale = Seasonality::of(values);
        let mut rest = values.to_vec();
        let mut found: Vec<(usize, Self)> = Vec::new();
        for length in lengths {
            let season = Self::estimate_as(&rest, *length, scale);
            if season.indices.len() > 1 {
                season.remove(&mut rest);
                found.push((*length, season));
            }
        }
        if found.len() > 1 {
            for (length, season) in &mut found {
                season.restore(&mut rest, 0);
                *season = Self::estimate_as(&rest, *length, scale);
                season.remove(&mut rest);
            }
        }
        (found, rest)
    }

    /// Takes the season off a series, which begins with phase 0.
    pub fn remove(&self, values: &mut [f64]) {
        for year in values.chunks_mut(self.indices.len().max(1)) {
            for (value, index) in year.iter_mut().zip(&self.indices) {
                match self.scale {
                    Seasonality::Multiplicative => *value /= index,
                    Seasonality::Additive => *value -= index,
                }
            }
        }
    }

    /// Puts the season back on values of which the first stands at a position.
    pub fn restore(&self, values: &mut [f64], position: usize) {
        let indices = self.indices.iter().cycle().skip(position % self.indices.len().max(1));
        for (value, index) in values.iter_mut().zip(indices) {
            match self.scale {
                Seasonality::Multiplicative => *value *= index,
                Seasonality::Additive => *value += index,
            }
        }
    }
}

/// Discounted means by phase, centred on 0, and what their noise is estimated from.
struct Phases {
    indices: Vec<f64>,
    /// The mean variance of an index.
    variance: f64,
}

/// Sums over the points of one phase.
#[derive(Clone, Copy, Default)]
struct Sums {
    count: f64,
    plain: f64,
    squares: f64,
    weights: f64,
    weights_squared: f64,
    weighted: f64,
}

impl Phases {
    /// From what is left without the trend; the first point stands at a position.
    fn of(rest: &[f64], position: usize, season: usize) -> Self {
        let length = real(season);
        let growth = DISCOUNT.powf(-1.0 / length);
        let mut weight = DISCOUNT.powf(real(rest.len()) / length);
        let mut sums = vec![Sums::default(); season];
        let mut phase = position % season;
        for value in rest {
            let sum = &mut sums[phase];
            sum.count += 1.0;
            sum.plain += value;
            sum.squares += value * value;
            sum.weights += weight;
            sum.weights_squared += weight * weight;
            sum.weighted += weight * value;
            weight *= growth;
            phase = if phase + 1 == season { 0 } else { phase + 1 };
        }
        let known = |sum: &Sums| sum.count > 0.0;
        let mut indices: Vec<f64> = sums
            .iter()
            .map(|sum| if known(sum) { sum.weighted / sum.weights } else { 0.0 })
            .collect();
        let mean = indices.iter().sum::<f64>() / length;
        for index in &mut indices {
            *index -= mean;
        }
        let (mut squares, mut freedom, mut share) = (0.0, 0.0, 0.0);
        for sum in &sums {
            if known(sum) {
                squares += (sum.squares - sum.plain * sum.plain / sum.count).max(0.0);
                freedom += sum.count - 1.0;
                share += sum.weights_squared / (sum.weights * sum.weights);
            } else {
                share += 1.0;
            }
        }
        let variance = if freedom > 0.0 { squares / freedom * share / length } else { 0.0 };
        Self { indices, variance }
    }

    /// The share of the indices' spread that is noise.
    fn noise(&self) -> f64 {
        let spread: f64 = self.indices.iter().map(|index| index * index).sum();
        let noise = NOISE * real(self.indices.len()) * self.variance;
        if noise < spread { noise / spread } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Noise between -1 and 1 that repeats from run to run.
    fn noise(count: usize) -> Vec<f64> {
        let mut state = 1_u32;
        std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / f64::from(1_u32 << 23) - 1.0
        })
        .take(count)
        .collect()
    }

    #[test]
    fn an_exact_season_on_a_line_is_found_and_not_shrunk() {
        let season = [5.0, -3.0, 1.0, -3.0];
        let values: Vec<f64> = (0..40).map(|at| -20.0 + real(at) + season[at % 4]).collect();
        let found = SeasonalIndices::estimate(&values, 4);
        assert_eq!(found.scale, Seasonality::Additive);
        for (index, truth) in found.indices.iter().zip(season) {
            assert!((index - truth).abs() < 0.02, "{found:?}");
        }
        assert!(found.shrinkage < 1e-3);
    }

    #[test]
    fn a_season_that_multiplies_is_found_as_factors() {
        let season = [1.5, 0.5, 1.0];
        let product: f64 = season.iter().product::<f64>().powf(1.0 / 3.0);
        let values: Vec<f64> = (0..60).map(|at| 1.02_f64.powf(real(at)) * season[at % 3]).collect();
        let found = SeasonalIndices::estimate(&values, 3);
        assert_eq!(found.scale, Seasonality::Multiplicative);
        for (index, truth) in found.indices.iter().zip(season) {
            assert!((index - truth / product).abs() < 0.01, "{found:?}");
        }
    }

    #[test]
    fn noise_has_hardly_any_season() {
        let values: Vec<f64> = noise(120).iter().map(|value| 10.0 + value).collect();
        let found = SeasonalIndices::estimate(&values, 12);
        assert!(found.shrinkage > 0.6, "{found:?}");
        assert!(found.indices.iter().all(|index| (index - 1.0).abs() < 0.03), "{found:?}");
    }

    #[test]
    fn a_series_shorter_than_a_season_and_a_half_has_none() {
        assert_eq!(
            SeasonalIndices::estimate(&[1.0; 17], 12),
            SeasonalIndices::none(Seasonality::Multiplicative)
        );
        assert_eq!(SeasonalIndices::estimate(&[], 12).indices, [1.0]);
        assert_eq!(
            SeasonalIndices::estimate(&[-1.0, 2.0], 0),
            SeasonalIndices::none(Seasonality::Additive)
        );
    }

    proptest! {
        #[test]
        fn what_is_removed_is_restored(values in prop::collection::vec(-1e6..1e6_f64, 0..80), season in 0_usize..15) {
            let found = SeasonalIndices::estimate(&values, season);
            let mut changed = values.clone();
            found.remove(&mut changed);
            let middle = values.len() / 2;
            found.restore(&mut changed[..middle], 0);
            found.restore(&mut changed[middle..], middle);
            for (value, again) in values.iter().zip(&changed) {
                prop_assert!((value - again).abs() < 1e-8 * (1.0 + value.abs()) + 1e-6);
            }
        }

        #[test]
        fn ratios_do_not_depend_on_the_unit(values in prop::collection::vec(0.1..1e3_f64, 30..60), unit in 0.01..100.0_f64) {
            let other: Vec<f64> = values.iter().map(|value| value * unit).collect();
            let (one, other) = (SeasonalIndices::estimate(&values, 12), SeasonalIndices::estimate(&other, 12));
            for (a, b) in one.indices.iter().zip(&other.indices) {
                prop_assert!((a - b).abs() < 1e-7);
            }
        }
    }
}

//! Autoregressions that learn from all like series at once, and bend to each one's own past.
//!
//! Montero-Manso & Hyndman (2021) show that one linear autoregression with long lags, fitted over
//! many series, forecasts as well as models fitted to each. Here the moments of all series enter
//! the regression of each one as if they were a number of further rows of its own, so a long series
//! speaks for itself, a short one follows the others, and a series on its own is simply regressed
//! on its past.

use super::autoregression::LagMoments;
use crate::numeric::count::f64_of;
use crate::parallel;

/// Which past values a regression sees, on which scale, and how far it listens to other series.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Recipe {
    /// Logarithms, for series whose values are all positive; others are left as they are.
    pub(super) log: bool,
    /// Changes from step to step in place of levels.
    pub(super) difference: bool,
    /// Which lags, ascending.
    pub(super) lags: Vec<usize>,
    /// How many rows all series together count for in the regression of one.
    pub(super) borrowed_rows: f64,
}

/// Like series in one file are accumulated in runs of this many, so that the order of the sums
/// does not depend on the number of threads.
const RUN: usize = 64;

/// A penalty that keeps equations solvable where columns repeat each other.
const RIDGE: f64 = 1e-6;

/// Forecasts of all histories by one recipe; `None` where a history is too short for it, or where
/// the recursion leads nowhere. Where it leads beyond all numbers, what it said before stands. `season` is the step of the naive errors that scale a
/// series. Histories are to be finite.
pub(super) fn forecast_all(
    histories: &[&[f64]],
    recipe: &Recipe,
    season: usize,
    horizon: usize,
    threads: usize,
) -> Vec<Option<Vec<f64>>> {
    let order = recipe.lags.last().copied().unwrap_or(0);
    if order == 0 || horizon == 0 {
        return vec![None; histories.len()];
    }
    let standard: Vec<Option<Standard>> =
        parallel::map(histories, threads, |history| Standard::of(history, recipe, season));
    let runs: Vec<&[Option<Standard>]> = standard.chunks(RUN).collect();
    let mut shared = LagMoments::new(order);
    if histories.len() > 1 && recipe.borrowed_rows > 0.0 {
        let sums = parallel::map(&runs, threads, |run| {
            let mut sum = LagMoments::new(order);
            for one in run.iter().flatten() {
                sum.add(&one.values, 0, one.values.len(), 1.0);
            }
            sum
        });
        for sum in &sums {
            shared.merge(sum, 1.0);
        }
    }
    parallel::map(&standard, threads, |one| {
        let one = one.as_ref()?;
        one.forecast(recipe, &shared, horizon)
    })
}

/// A history on a scale on which like series resemble each other.
struct Standard {
    values: Vec<f64>,
    log: bool,
    difference: bool,
    /// The level that was taken off, or the last one where there are differences.
    origin: f64,
    scale: f64,
    /// Bounds of what is believed of a recursion, in the units of the history.
    bounds: (f64, f64),
}

impl Standard {
    fn of(history: &[f64], recipe: &Recipe, season: usize) -> Option<Self> {
        let (first, last) = (history.first()?, history.last()?);
        let low = history.iter().copied().fold(*first, f64::min);
        let high = history.iter().copied().fold(*first, f64::max);
        let log = recipe.log && low > 0.0;
        let levels: Vec<f64> =
            if log { history.iter().map(|value| value.ln()).collect() } else { history.to_vec() };
        let scale = naive_error(&levels, season).or_else(|| naive_error(&levels, 1))?;
        let (values, origin) = if recipe.difference {
            let last = if log { last.ln() } else { *last };
            (levels.windows(2).map(|pair| (pair[1] - pair[0]) / scale).collect(), last)
        } else {
            let centre = levels.iter().sum::<f64>() / f64_of(levels.len());
            (levels.iter().map(|level| (level - centre) / scale).collect(), centre)
        };
        let range = high - low;
        let bounds = (if log { low / 3.0 } else { low - range }, high + range);
        let one = Self { values, log, difference: recipe.difference, origin, scale, bounds };
        one.values.iter().all(|value| value.is_finite()).then_some(one)
    }

    fn forecast(&self, recipe: &Recipe, shared: &LagMoments, horizon: usize) -> Option<Vec<f64>> {
        let length = self.values.len();
        // At least as many targets as there are lags that reach back beyond them.
        let lags: Vec<usize> =
            recipe.lags.iter().copied().take_while(|lag| 2 * lag <= length).collect();
        let order = *lags.last()?;
        let mut moments = LagMoments::new(order);
        moments.add(&self.values, 0, length, 1.0);
        let borrowed = if shared.rows() > 0.0 { recipe.borrowed_rows } else { 0.0 };
        if moments.rows() + borrowed < 2.0 * f64_of(lags.len()) {
            return None;
        }
        if borrowed > 0.0 {
            moments.merge(shared, borrowed / shared.rows());
        }
        let path = moments.solve(&lags, true, RIDGE)?.forecast(&self.values, horizon)?;
        let mut level = self.origin;
        let mut last = None;
        path.into_iter()
            .map(|step| {
                let value = if self.difference {
                    level += step * self.scale;
                    level
                } else {
                    self.origin + step * self.scale
                };
                let value = if self.log { value.exp() } else { value };
                if value.is_finite() {
                    last = Some(value.clamp(self.bounds.0, self.bounds.1));
                }
                last
            })
            .collect()
    }
}

/// The mean absolute error of repeating the value a season earlier; `None` where it is zero.
fn naive_error(values: &[f64], season: usize) -> Option<f64> {
    let season = season.max(1);
    let pairs = values.len().checked_sub(season).filter(|pairs| *pairs > 0)?;
    let sum: f64 =
        values[season..].iter().zip(values).map(|(late, early)| (late - early).abs()).sum();
    let error = sum / f64_of(pairs);
    (error.is_normal()).then_some(error)
}

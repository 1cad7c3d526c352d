//! A fit, and what is predicted from it: points and intervals for as many steps, and of the levels,
//! that are asked for.

use super::calendar::{self, Effects};
use super::conformal::Calibration;
use super::fitted::{Fitted, Outlook};
use super::pipeline::{self, Learning};
use super::prepare::Prepared;
use super::{Forecast, Intervals, Settings};

/// Models fitted to series that are like each other.
#[derive(Clone, Debug)]
pub struct Fit {
    series: Vec<Fitted>,
    /// What intervals rest on; like series share one.
    calibrations: Vec<Calibration>,
}

/// Fits models to series that are like each other, in their order: where there are thirty or more they
/// learn from one another, and their intervals rest on the errors of all. The result does not depend
/// on `threads`. `progress` is told, from any thread, how many series have been looked at.
#[must_use]
pub fn fit<S: AsRef<[f64]>>(
    series: &[S],
    settings: &Settings,
    threads: usize,
    progress: &(dyn Fn(usize) + Sync),
) -> Fit {
    learn(series, settings, Learning::FromEachOther, threads, progress)
}

/// Fits models to each series from itself alone: what is said of one does not depend on which others
/// are beside it. Otherwise as [`fit()`].
#[must_use]
pub fn fit_each<S: AsRef<[f64]>>(
    series: &[S],
    settings: &Settings,
    threads: usize,
    progress: &(dyn Fn(usize) + Sync),
) -> Fit {
    learn(series, settings, Learning::Alone, threads, progress)
}

fn learn<S: AsRef<[f64]>>(
    series: &[S],
    settings: &Settings,
    learning: Learning,
    threads: usize,
    progress: &(dyn Fn(usize) + Sync),
) -> Fit {
    let longest_season = settings.seasons.iter().copied().max().unwrap_or(1);
    let mut prepared: Vec<Prepared> =
        series.iter().map(|values| Prepared::of(values.as_ref(), longest_season)).collect();
    let effects: Vec<Effects> =
        prepared.iter_mut().map(|one| calendar::take_off(one, settings)).collect();
    let (series, calibrations) =
        pipeline::run(&prepared, &effects, settings, learning, threads, progress);
    Fit { series, calibrations }
}

impl Fit {
    /// Forecasts of all series, in their order, so many steps ahead: of steps beyond those that the
    /// fit was made for, the last one is repeated. Intervals are of these levels, each between 0
    /// and 1, and in their order.
    #[must_use]
    pub fn predict(&self, horizon: usize, levels: &[f64]) -> Vec<Forecast> {
        self.series.iter().map(|one| self.forecast(one, horizon, levels)).collect()
    }

    fn forecast(&self, one: &Fitted, horizon: usize, levels: &[f64]) -> Forecast {
        let (mut point, mut intervals) = match &one.outlook {
            Some(outlook) => self.steps(outlook, horizon, levels),
            None => (Vec::new(), levels.iter().map(|level| Intervals::of(*level)).collect()),
        };
        extend(&mut point, horizon);
        for interval in &mut intervals {
            extend(&mut interval.lower, horizon);
            extend(&mut interval.upper, horizon);
        }
        Forecast {
            point,
            intervals,
            method: one.method,
            why: one.why,
            backtest: one.backtest.clone(),
            given: one.given,
            filled: one.filled,
            missing: one.missing.clone(),
        }
    }

    /// Points and intervals in the series' own units, of the steps that there are.
    fn steps(
        &self,
        outlook: &Outlook,
        horizon: usize,
        levels: &[f64],
    ) -> (Vec<f64>, Vec<Intervals>) {
        let floor = if outlook.is_nonnegative { 0.0 } else { f64::NEG_INFINITY };
        let bounded = |value: f64| {
            let value = if value.is_nan() { 0.0 } else { value };
            value.max(floor).clamp(-f64::MAX, f64::MAX)
        };
        let ahead = outlook.point.iter().zip(&outlook.factors).take(horizon);
        let point: Vec<f64> =
            ahead.clone().map(|(value, factor)| bounded(value * factor)).collect();
        let mut intervals: Vec<Intervals> =
            levels.iter().map(|level| Intervals::of(*level)).collect();
        let mut order: Vec<usize> = (0..levels.len()).collect();
        order.sort_by(|left, right| levels[*left].total_cmp(&levels[*right]));
        // Each holds those of all lower levels, and the point.
        let (mut lower, mut upper) = (point.clone(), point.clone());
        for index in order {
            let calibration = &self.calibrations[outlook.calibration];
            let offsets = calibration.offsets(&outlook.scale, levels[index], point.len());
            for (step, ((centre, factor), (below, above))) in ahead.clone().zip(offsets).enumerate()
            {
                lower[step] = lower[step].min(bounded((centre + below) * factor));
                upper[step] = upper[step].max(bounded((centre + above) * factor));
            }
            intervals[index].lower.clone_from(&lower);
            intervals[index].upper.clone_from(&upper);
        }
        (point, intervals)
    }
}

/// Repeats the last value; zero where there is none.
fn extend(values: &mut Vec<f64>, length: usize) {
    let last = values.last().copied().unwrap_or(0.0);
    values.resize(length, last);
}

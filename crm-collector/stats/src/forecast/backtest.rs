//! Forecasts from origins within a series, compared with what followed.
//!
//! The same trials serve the weights of the combination, the width of the intervals, the choice
//! between the models and naive, and what is told of the method's accuracy.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::members::{self, Member};
use super::pooled;
use crate::parallel;

/// What is forecast, and from where.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// Shortest first, none below two, each at most half of the longest series.
    pub(super) seasons: Vec<usize>,
    /// The shortest season that was asked for, however short the series are.
    pub(super) asked_season: Option<usize>,
    pub(super) horizon: usize,
    /// Origins within the series, beside the one at its end.
    pub(super) origins: usize,
    /// Steps from one origin to the one before it.
    pub(super) stride: usize,
    pub(super) members: Vec<Member>,
    /// Whether most values are zeros.
    pub(super) intermittent: bool,
}

/// Forecasts of all members from one origin.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    /// How many values the members were shown.
    pub(super) known: usize,
    /// What followed, at most the horizon; empty at the end of the series.
    pub(super) actual: Vec<f64>,
    /// One a member, as long as the horizon.
    pub(super) forecasts: Vec<Option<Vec<f64>>>,
}

impl Plan {
    /// The step of the naive errors that scale a history: the shortest season that it holds.
    pub(super) fn naive_season(&self, length: usize) -> usize {
        self.asked_season.filter(|season| length > *season).unwrap_or(1)
    }

    /// How many values of a series are shown at an origin: all at 0, fewer at each after it.
    /// `None` where too little would be left to learn from.
    fn known(&self, length: usize, origin: usize) -> Option<usize> {
        if origin == 0 {
            return Some(length);
        }
        let season = self.seasons.first().copied().unwrap_or(1);
        let least = if length >= 3 * season + self.horizon { 2 * season + 1 } else { 4 };
        // A series that cannot spare a whole horizon still spares some of its end, once.
        let spared = if 3 * self.horizon <= 2 * length { self.horizon } else { length / 3 };
        let back = spared.min(length.saturating_sub(least)) + (origin - 1) * self.stride;
        let known = length.checked_sub(back).filter(|known| *known >= least && *known < length)?;
        (origin == 1 || length - known >= self.horizon).then_some(known)
    }
}

/// All trials of all series: for each series the one at its end first, then those further and
/// further back.
pub(super) fn trials(
    series: &[&[f64]],
    plan: &Plan,
    threads: usize,
    progress: &(dyn Fn(usize) + Sync),
) -> Vec<Vec<Trial>> {
    let done = AtomicUsize::new(0);
    let mut trials: Vec<Vec<Trial>> = parallel::map(series, threads, |values| {
        let trials = (0..=plan.origins)
            .filter_map(|origin| {
                let known = plan.known(values.len(), origin)?;
                let until = (known + plan.horizon).min(values.len());
                let forecasts = members::alone(&values[..known], plan);
                Some(Trial { known, actual: values[known..until].to_vec(), forecasts })
            })
            .collect();
        progress(done.fetch_add(1, Ordering::Relaxed) + 1);
        trials
    });
    for origin in 0..=plan.origins {
        let present: Vec<(usize, &[f64])> = trials
            .iter()
            .zip(series)
            .enumerate()
            .filter_map(|(index, (trials, values))| {
                Some((index, &values[..trials.get(origin)?.known]))
            })
            .collect();
        let histories: Vec<&[f64]> = present.iter().map(|(_, history)| *history).collect();
        for (slot, member) in plan.members.iter().enumerate() {
            let Member::Pooled(recipe) = member else { continue };
            let season = plan.naive_season(usize::MAX);
            let found = pooled::forecast_all(&histories, recipe, season, plan.horizon, threads);
            for ((index, _), forecast) in present.iter().zip(found) {
                if let Some(place) =
                    trials[*index].get_mut(origin).and_then(|trial| trial.forecasts.get_mut(slot))
                {
                    *place = forecast;
                }
            }
        }
    }
    trials
}

/// The root of the mean squared error.
pub(super) fn root_mean_square(actual: &[f64], forecast: &[f64]) -> f64 {
    let (mut squares, mut count) = (0.0, 0.0);
    for (actual, forecast) in actual.iter().zip(forecast) {
        squares += (actual - forecast) * (actual - forecast);
        count += 1.0;
    }
    if count > 0.0 { f64::sqrt(squares / count) } else { 0.0 }
}

/// sMAPE in percent and mean absolute error.
pub(super) fn errors(actual: &[f64], forecast: &[f64]) -> (f64, f64) {
    let (mut relative, mut absolute, mut count) = (0.0, 0.0, 0.0);
    for (actual, forecast) in actual.iter().zip(forecast) {
        let error = (actual - forecast).abs();
        let size = actual.abs() + forecast.abs();
        if size > 0.0 {
            relative += 200.0 * error / size;
        }
        absolute += error;
        count += 1.0;
    }
    if count > 0.0 { (relative / count, absolute / count) } else { (0.0, 0.0) }
}

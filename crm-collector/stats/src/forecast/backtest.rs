//! Forecasts from origins within a series, compared with what followed.
//!
//! The same trials serve the weights of the combination, the width of the intervals, the choice
//! between the models and naive, and what is told of the method's accuracy.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::members;
use super::plan::{Member, Plan};
use super::pooled;
use crate::parallel;

/// Forecasts of all members from one origin.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    /// How many values the members were shown.
    pub(super) known: usize,
    /// How many steps are forecast.
    pub(super) steps: usize,
    /// What followed, at most the horizon; empty at the end of the series.
    pub(super) actual: Vec<f64>,
    /// One a member, of all steps that are forecast from this origin.
    pub(super) forecasts: Vec<Option<Vec<f64>>>,
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
                let steps = plan.steps(origin);
                let until = (known + steps).min(values.len());
                let forecasts = members::alone(&values[..known], plan, steps);
                Some(Trial { known, steps, actual: values[known..until].to_vec(), forecasts })
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
            let steps = plan.steps(origin);
            let found = pooled::forecast_all(&histories, recipe, season, steps, threads);
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

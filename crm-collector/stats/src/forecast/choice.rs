//! The choice between the models and naive, by how both did in the trials.

use super::backtest::{self, Trial};
use super::members;
use super::plan::Plan;
use super::weights::Weights;
use crate::numeric::count::f64_of;

/// Errors next to each other are alike: so many steps tell as much as one trial.
/// Tuned: `tests/benches/accuracy/forecast.rs` measures what another value does.
const STEPS_OF_A_TRIAL: f64 = 12.0;

/// How many trials the pooled verdict against naive counts for in that on one series.
/// Tuned: `tests/benches/accuracy/forecast.rs` measures what another value does.
const TRIALS_OF_FILE: f64 = 10.0;

/// The prior logarithm of the ratio of the models' error to that of naive, and the number of
/// series that count as much in the mean over a file.
/// Tuned: `tests/benches/accuracy/forecast.rs` measures what another value does.
const PRIOR_GAIN: f64 = -0.15;
const SERIES_OF_GAIN: f64 = 30.0;

/// Whether the models or naive forecast a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Choice {
    /// The models, as the trials say, or for want of trials.
    Models,
    /// Naive, which did better in the trials.
    NaiveWon,
    /// Naive, for the models have nothing to say.
    NaiveOnly,
}

/// Models or naive for each series: by the logarithm of the ratio of their errors in its trials,
/// which is drawn towards the mean over the file, for a single trial is mostly chance.
pub(super) fn choose(
    series: &[&[f64]],
    trials: &[Vec<Trial>],
    plan: &Plan,
    weights: &Weights,
) -> Vec<Choice> {
    let verdicts: Vec<Option<(f64, f64)>> = series
        .iter()
        .zip(trials)
        .map(|(values, trials)| {
            weights.combine(trials.first()?)?;
            let (mut own, mut naive, mut count) = (0.0, 0.0, 0.0);
            for trial in trials.iter().filter(|trial| !trial.actual.is_empty()) {
                let Some(point) = weights.combine(trial) else { continue };
                // The absolute error is smallest at the median, which is nothing where most
                // steps are zero, and nothing is not what will be sold.
                let error = |forecast: &[f64]| {
                    if plan.intermittent {
                        backtest::root_mean_square(&trial.actual, forecast)
                    } else {
                        backtest::errors(&trial.actual, forecast).1
                    }
                };
                own += error(&point);
                naive += error(&naive_of(values, trial, plan));
                count += f64_of(trial.actual.len()) / STEPS_OF_A_TRIAL;
            }
            let ratio = (own / naive).ln().clamp(-2.0, 2.0);
            Some(if ratio.is_nan() { (0.0, 0.0) } else { (ratio, count) })
        })
        .collect();
    let known: Vec<(f64, f64)> =
        verdicts.iter().flatten().copied().filter(|verdict| verdict.1 > 0.0).collect();
    let total: f64 = known.iter().map(|(ratio, _)| ratio).sum();
    let mean = (total + PRIOR_GAIN * SERIES_OF_GAIN) / (f64_of(known.len()) + SERIES_OF_GAIN);
    verdicts
        .into_iter()
        .map(|verdict| match verdict {
            None => Choice::NaiveOnly,
            Some((ratio, count)) => {
                let drawn = (ratio * count + mean * TRIALS_OF_FILE) / (count + TRIALS_OF_FILE);
                if drawn > 0.0 { Choice::NaiveWon } else { Choice::Models }
            }
        })
        .collect()
}

pub(super) fn naive_of(values: &[f64], trial: &Trial, plan: &Plan) -> Vec<f64> {
    let shown = &values[..trial.known];
    members::repeat(shown, plan.naive_season(shown.len()), trial.steps).unwrap_or_default()
}

#[cfg(test)]
mod tests;

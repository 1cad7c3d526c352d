//! What each member counts in the combination.

use super::backtest::Trial;
use super::combine::{self, Holdout};
use super::plan::Plan;

/// The number of holdouts at which what a file teaches counts as much as what is known beforehand.
/// Tuned: `tests/benches/accuracy/forecast.rs` measures what another value does.
const ANCHOR: f64 = 200.0;

/// Weights of the members for short and for long histories: what long ones can be regressed on,
/// short ones cannot.
pub(super) struct Weights {
    pub(super) short: Vec<f64>,
    pub(super) long: Vec<f64>,
    /// From how many values on a history is long.
    pub(super) long_from: usize,
}

impl Weights {
    pub(super) fn learn(holdouts: &[(usize, Holdout)], prior: &[f64], plan: &Plan) -> Self {
        let long_from = 5 * plan.seasons.first().copied().unwrap_or(5);
        let of = |wanted: fn(bool) -> bool| -> Vec<&Holdout> {
            let wanted = holdouts.iter().filter(|(known, _)| wanted(*known >= long_from));
            wanted.map(|(_, holdout)| holdout).collect()
        };
        let both = combine::weights(&of(|_| true), prior, ANCHOR);
        Self {
            short: combine::weights(&of(|long| !long), &both, ANCHOR),
            long: combine::weights(&of(|long| long), &both, ANCHOR),
            long_from,
        }
    }

    pub(super) fn of(&self, known: usize) -> &[f64] {
        if known < self.long_from { &self.short } else { &self.long }
    }

    pub(super) fn combine(&self, trial: &Trial) -> Option<Vec<f64>> {
        combine::combine(&trial.forecasts, self.of(trial.known))
    }
}

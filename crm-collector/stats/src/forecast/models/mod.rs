//! Forecasting models of one series: each a function from its values (oldest first, all finite) and
//! a horizon to a [`ModelFit`]. They take any length, answer with finite numbers wherever the arithmetic
//! allows, and cost time in proportion to the length.

pub mod ces;
pub mod ets;
pub mod holt;
pub mod intermittent;
mod lanes;
pub mod seasonal;
pub mod simple;
mod smooth;
pub mod theta;

use lanes::Lanes;

/// What a model says of a series, in the series' unit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelFit {
    /// The forecasts of the next points, one for each step of the horizon.
    pub point: Vec<f64>,
    /// The error (value less forecast) of each past point, forecast from the one before. Empty
    /// where the series was too short for the model, and for models that have none.
    pub errors: Vec<f64>,
}

/// What a model's parameters make as small as possible, over its one-step errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The sum of their squares: the likelihood of normal errors.
    Squares,
    /// The sum of their sizes, which single outliers hardly move.
    Sizes,
}

impl Loss {
    /// Adds what an error of each set of parameters costs.
    fn add(self, costs: &mut Lanes, errors: &Lanes) {
        for (cost, error) in costs.iter_mut().zip(errors) {
            *cost += if self == Self::Squares { error * error } else { error.abs() };
        }
    }
}

/// A count as a number of the reals; series are shorter than 2³² points.
pub(super) fn real(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / real(values.len()) }
}

/// What a model says of a series that is too short for it: the last value again.
fn too_short(values: &[f64], horizon: usize) -> ModelFit {
    simple::naive(values, horizon)
}

//! Complex exponential smoothing (Svetunkov, Kourentzes and Ord, Complex exponential smoothing,
//! Naval Research Logistics 2022; first as a working paper of Svetunkov and Kourentzes): level and
//! information potential in one complex number,
//!
//! e_t = y_t - l;   l ← l - (1-α₁)·c + (α₀-α₁)·e_t;   c ← l + (1-α₀)·c + (α₀+α₁)·e_t
//!
//! which follows level and trend without having to choose between them. The season is taken off
//! before. Parameters are kept where the errors' past fades (the eigenvalues of the discounting
//! matrix lie within the unit circle).

use super::{Fit, Loss, mean, too_short};
use crate::analytics::numeric::minimise::{Effort, minimise};

/// A fitted smoothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Ces {
    /// Forecasts and one-step errors.
    pub fit: Fit,
    /// α₀ and α₁.
    pub parameters: [f64; 2],
}

/// Fits by the smallest loss from a start at the mean of the first ten points, c = l/1.1. A series
/// of less than four points is forecast by its last one.
pub fn ces(values: &[f64], loss: Loss, horizon: usize) -> Ces {
    if values.len() < 4 {
        return Ces { fit: too_short(values, horizon), parameters: [1.0, 1.0] };
    }
    let level = mean(&values[..values.len().min(10)]);
    let start = State { level, potential: level / 1.1 };
    let effort = Effort { tolerance: 1e-5, evaluations: 80 };
    let bounds = [(0.01, 1.8), (0.01, 1.9)];
    let found = minimise([1.3, 1.0], [0.15, 0.05], bounds, effort, |parameters| {
        if !fades(*parameters) {
            return f64::INFINITY;
        }
        let mut state = start;
        loss.of(values.iter().map(|value| state.meet(*value, *parameters)))
    });
    let mut state = start;
    let errors = values.iter().map(|value| state.meet(*value, found.at)).collect();
    let mut point = Vec::with_capacity(horizon);
    for _ in 0..horizon {
        let expected = state.level;
        point.push(expected);
        state.meet(expected, found.at);
    }
    Ces { fit: Fit { point, errors }, parameters: found.at }
}

#[derive(Clone, Copy, Debug)]
struct State {
    level: f64,
    potential: f64,
}

impl State {
    /// Takes one point in, and returns its error.
    fn meet(&mut self, value: f64, [real, imaginary]: [f64; 2]) -> f64 {
        let Self { level, potential } = *self;
        let error = value - level;
        self.level = level - (1.0 - imaginary) * potential + (real - imaginary) * error;
        self.potential = level + (1.0 - real) * potential + (real + imaginary) * error;
        error
    }
}

/// Whether both eigenvalues of the matrix that carries the state over from point to point, once
/// the points themselves are given, are smaller than 1 (the triangle of trace and determinant).
fn fades([real, imaginary]: [f64; 2]) -> bool {
    let determinant =
        (1.0 - real + imaginary) * (1.0 - real) + (1.0 - imaginary) * (1.0 - real - imaginary);
    let trace = 2.0 - 2.0 * real + imaginary;
    determinant.abs() < 1.0 && trace.abs() < 1.0 + determinant
}

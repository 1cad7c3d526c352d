//! Exponential smoothing of level and trend (Holt 1957; damped: Gardner and McKenzie 1985) in
//! error-correction form (Hyndman, Koehler, Ord and Snyder 2008, table 2.1):
//!
//! e_t = y_t - (l + φ·b);   l ← l + φ·b + α·e_t;   b ← φ·b + α·β·e_t
//!
//! with the forecast l + (φ + φ² + … + φʰ)·b. The level and the trend that it starts with are those
//! of the line through the first points; α, β and φ are searched for.

use super::{Fit, Loss, mean, real, too_short};
use crate::analytics::numeric::minimise::{Effort, minimise, minimise_line};

/// What the trend may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    /// There is none: simple exponential smoothing.
    None,
    /// It goes on for ever: Holt's method.
    Lasting,
    /// It fades, as quickly as fits best, or not at all.
    Fading,
}

/// A fitted smoothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Holt {
    /// Forecasts and one-step errors.
    pub fit: Fit,
    /// What of an error goes into the level, 0 to 1.
    pub alpha: f64,
    /// What of the level's correction goes into the trend, 0 to 1.
    pub beta: f64,
    /// What is left of the trend after a step, 0.7 to 1.
    pub phi: f64,
}

/// How many points the line at the start goes through.
const STARTING_POINTS: usize = 6;

/// Fits by the smallest loss. A series of less than four points is forecast by its last one.
pub fn holt(values: &[f64], trend: Trend, loss: Loss, horizon: usize) -> Holt {
    if values.len() < 4 {
        return Holt { fit: too_short(values, horizon), alpha: 1.0, beta: 0.0, phi: 1.0 };
    }
    let (level, slope) = match trend {
        Trend::None => (mean(&values[..STARTING_POINTS.min(values.len())]), 0.0),
        Trend::Lasting | Trend::Fading => starting_line(values),
    };
    let start = State { level, slope };
    let cost = |alpha: f64, beta: f64, phi: f64| {
        let mut state = start;
        loss.of(values.iter().map(|value| state.meet(*value, alpha, alpha * beta, phi)))
    };
    const UNIT: (f64, f64) = (1e-4, 0.9999);
    let [alpha, beta, phi] = match trend {
        Trend::None => {
            let effort = Effort { tolerance: 1e-3, evaluations: 25 };
            let found = minimise_line(UNIT.0, 1.0, effort, |alpha| cost(alpha, 0.0, 1.0));
            [found.at[0], 0.0, 1.0]
        }
        Trend::Lasting => {
            let effort = Effort { tolerance: 1e-5, evaluations: 80 };
            let found =
                minimise([0.6, 0.2], [0.3, 0.2], [UNIT; 2], effort, |at| cost(at[0], at[1], 1.0));
            [found.at[0], found.at[1], 1.0]
        }
        Trend::Fading => {
            let effort = Effort { tolerance: 1e-5, evaluations: 120 };
            let bounds = [UNIT, UNIT, (0.7, 1.0)];
            minimise([0.6, 0.2, 0.9], [0.3, 0.2, 0.05], bounds, effort, |at| {
                cost(at[0], at[1], at[2])
            })
            .at
        }
    };
    let mut state = start;
    let errors = values.iter().map(|value| state.meet(*value, alpha, alpha * beta, phi)).collect();
    let point = std::iter::repeat_with(|| {
        state.slope *= phi;
        state.level += state.slope;
        state.level
    });
    Holt { fit: Fit { point: point.take(horizon).collect(), errors }, alpha, beta, phi }
}

#[derive(Clone, Copy, Debug)]
struct State {
    level: f64,
    slope: f64,
}

impl State {
    /// Takes one point in, and returns its error.
    fn meet(&mut self, value: f64, alpha: f64, beta: f64, phi: f64) -> f64 {
        let slope = phi * self.slope;
        let expected = self.level + slope;
        let error = value - expected;
        self.level = expected + alpha * error;
        self.slope = slope + beta * error;
        error
    }
}

/// The level before the first point, and the slope, of the line through the first points.
fn starting_line(values: &[f64]) -> (f64, f64) {
    let first = &values[..STARTING_POINTS.min(values.len())];
    let middle = (real(first.len()) - 1.0) / 2.0;
    let height = mean(first);
    let (mut products, mut squares) = (0.0, 0.0);
    for (at, value) in first.iter().enumerate() {
        let away = real(at) - middle;
        products += away * (value - height);
        squares += away * away;
    }
    let slope = if squares > 0.0 { products / squares } else { 0.0 };
    (height - slope * (middle + 1.0), slope)
}

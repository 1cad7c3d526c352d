//! The Theta method and its optimised and dynamic kin (Fiorucci, Pellegrini, Louzada, Petropoulos
//! and Koehler, Models for optimising the theta method and their relationship to state space
//! models, 2016). The one-step forecast of point t is (their equations 5 and 8, with w = 1 - 1/θ)
//!
//! μ_t = l_{t-1} + w·[(1-α)^{t-1}·A + (1-(1-α)^t)/α·B],   l_t = α·y_t + (1-α)·l_{t-1}
//!
//! where A and B are intercept and slope of the least-squares line: over the whole series, or, in
//! the dynamic models, over the points so far. For a given α the errors are linear in l_0 and w, so
//! that these have a closed form and α alone is searched for.

use super::projection::{Start, project};
use super::{Fit, Loss, real, too_short};
use crate::analytics::numeric::minimise::{Effort, minimise_line};

/// Which line the forecast is drawn to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// The one through all points.
    Fixed,
    /// The one through the points so far.
    Dynamic,
}

/// How much of the line's slope goes on, w = 1 - 1/θ, from 0 (θ = 1: simple exponential smoothing)
/// to 1 (θ without bound).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Weight {
    /// This much. A half (θ = 2) is the method of Assimakopoulos and Nikolopoulos (2000).
    Fixed(f64),
    /// As much as fits best, at most this.
    UpTo(f64),
}

/// A fitted model of the family.
#[derive(Clone, Debug, PartialEq)]
pub struct Theta {
    /// Forecasts and one-step errors.
    pub fit: Fit,
    /// What of an error goes into the level, 0.02 to 1.
    pub alpha: f64,
    /// w, of which θ is 1/(1 - w).
    pub weight: f64,
}

/// Theta with θ = 2: half of the long drift goes on from an exponentially smoothed level.
pub fn theta(values: &[f64], loss: Loss, horizon: usize) -> Theta {
    fit(values, Line::Fixed, Weight::Fixed(0.5), loss, horizon)
}

/// The dynamic optimised Theta model, whose weight is at most `cap`.
pub fn dynamic_theta(values: &[f64], cap: f64, loss: Loss, horizon: usize) -> Theta {
    fit(values, Line::Dynamic, Weight::UpTo(cap), loss, horizon)
}

/// Any model of the family. A series of less than three points is forecast by its last one.
pub fn fit(values: &[f64], line: Line, weight: Weight, loss: Loss, horizon: usize) -> Theta {
    if values.len() < 3 {
        return Theta { fit: too_short(values, horizon), alpha: 1.0, weight: 0.0 };
    }
    let lines = Lines::along(values);
    let bounds = match weight {
        Weight::Fixed(weight) => (weight, weight),
        Weight::UpTo(cap) => (0.0, cap.max(0.0)),
    };
    let mut columns = Columns::default();
    let effort = Effort { tolerance: 1e-3, evaluations: 25 };
    let found = minimise_line(0.02, 1.0, effort, |alpha| {
        columns.fill(values, &lines, line, alpha);
        let start = columns.solve(bounds);
        match loss {
            Loss::Squares => start.squares,
            Loss::Sizes => loss.of(columns.errors(start)),
        }
    });
    let alpha = found.at[0];
    let mut level = columns.fill(values, &lines, line, alpha);
    let start = columns.solve(bounds);
    // The first error has no part in the choice, as the start could always make it vanish.
    let errors = columns.errors(start).collect();
    let weight = start.second;
    let count = real(values.len());
    let keep = 1.0 - alpha;
    let mut power = keep.powf(count);
    level += power * start.first;
    let mut state = lines.last();
    let mut point = Vec::with_capacity(horizon);
    for step in 0..horizon {
        let before = count + real(step);
        let expected = level + weight * state.pull(before, power, alpha);
        point.push(expected);
        level += alpha * (expected - level);
        power *= keep;
        if line == Line::Dynamic {
            state.meet(before + 1.0, expected);
        } else {
            state = state.one_further();
        }
    }
    Theta { fit: Fit { point, errors }, alpha, weight }
}

/// The least-squares line through the first points, kept up as points come.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// Their mean, and the line's slope.
    mean: f64,
    slope: f64,
    /// Steps that the forecast has gone beyond a fixed line's points.
    beyond: f64,
}

impl State {
    /// Takes in the point of a number, counted from 1 (Fiorucci et al. 2016, equations 9 and 10).
    fn meet(&mut self, number: f64, value: f64) {
        let away = value - self.mean;
        if number > 1.5 {
            self.slope = ((number - 2.0) * self.slope + 6.0 * away / number) / (number + 1.0);
        }
        self.mean += away / number;
    }

    /// A fixed line stays as it is, while the count of points goes on.
    fn one_further(self) -> Self {
        Self { beyond: self.beyond + 1.0, ..self }
    }

    /// (1-α)^{t-1}·A + (1-(1-α)^t)/α·B after t - 1 = `before` points; `power` is (1-α)^{t-1}.
    fn pull(&self, before: f64, power: f64, alpha: f64) -> f64 {
        let intercept = self.mean - (before - self.beyond + 1.0) / 2.0 * self.slope;
        power * intercept + (1.0 - power * (1.0 - alpha)) / alpha * self.slope
    }
}

/// The line before each point, and at the end.
struct Lines(Vec<State>);

impl Lines {
    fn along(values: &[f64]) -> Self {
        let mut lines = Vec::with_capacity(values.len() + 1);
        let mut state = State::default();
        lines.push(state);
        for (before, value) in values.iter().enumerate() {
            state.meet(real(before) + 1.0, *value);
            lines.push(state);
        }
        Self(lines)
    }

    fn last(&self) -> State {
        self.0.last().copied().unwrap_or_default()
    }
}

/// The errors from a start at the first value with w = 0, and what l_0 and w do to them.
#[derive(Default)]
struct Columns {
    errors: Vec<f64>,
    of_level: Vec<f64>,
    of_weight: Vec<f64>,
}

impl Columns {
    /// Computes them for an α; returns the level at the end.
    fn fill(&mut self, values: &[f64], lines: &Lines, line: Line, alpha: f64) -> f64 {
        let keep = 1.0 - alpha;
        let (last, count) = (lines.last(), real(values.len()));
        let intercept = last.mean - (count + 1.0) / 2.0 * last.slope;
        let mut level = values.first().copied().unwrap_or(0.0);
        let mut power = 1.0;
        let mut before = 0.0;
        let inverse = 1.0 / alpha;
        self.errors.clear();
        self.of_level.clear();
        self.of_weight.clear();
        for (value, state) in values.iter().zip(&lines.0) {
            let (intercept, slope) = match line {
                Line::Fixed => (intercept, last.slope),
                Line::Dynamic => (state.mean - (before + 1.0) / 2.0 * state.slope, state.slope),
            };
            self.errors.push(value - level);
            self.of_level.push(power);
            self.of_weight.push(power * intercept + (1.0 - power * keep) * inverse * slope);
            level += alpha * (value - level);
            power *= keep;
            before += 1.0;
        }
        level
    }

    fn solve(&self, bounds: (f64, f64)) -> Start {
        project(&self.errors[1..], &self.of_level[1..], &self.of_weight[1..], bounds)
    }

    fn errors(&self, start: Start) -> impl Iterator<Item = f64> {
        let columns = self.errors[1..].iter().zip(&self.of_level[1..]).zip(&self.of_weight[1..]);
        columns.map(move |((e, u), v)| e - start.first * u - start.second * v)
    }
}

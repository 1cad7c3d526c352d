//! Linear autoregressions on many lags, of one series or of many together.
//!
//! Moments of all lags come from a recursion (the covariance method of linear prediction, Makhoul
//! 1975, eq. 15), so that hundreds of lags cost hardly more than a few.

use crate::numeric::count::f64_of;
use crate::numeric::linear::{cholesky, dot, substitute};

/// Sums of products of a series with its own past, over a range of targets: one column for each
/// lag from 0 (the target) to the order, and one that is constant.
#[derive(Clone, Debug)]
pub(super) struct LagMoments {
    order: usize,
    /// Products of lag with lag, full rows of `order + 1`.
    products: Vec<f64>,
    /// Sums of each lag's column.
    sums: Vec<f64>,
    rows: f64,
}

impl LagMoments {
    /// Moments that have seen nothing.
    #[must_use]
    pub(super) fn new(order: usize) -> Self {
        let width = order + 1;
        Self { order, products: vec![0.0; width * width], sums: vec![0.0; width], rows: 0.0 }
    }

    /// The number of targets, each counted with its weight.
    #[must_use]
    pub(super) fn rows(&self) -> f64 {
        self.rows
    }

    /// Takes in the targets `values[from..to]`, each with its `order` predecessors and a weight.
    /// Targets without that many are left out. Values are to be finite.
    pub(super) fn add(&mut self, values: &[f64], from: usize, to: usize, weight: f64) {
        let (from, to) = (from.max(self.order), to.min(values.len()));
        if from >= to || !weight.is_finite() {
            return;
        }
        let width = self.order + 1;
        let mut own = vec![0.0; width * width];
        for lag in 0..width {
            own[lag] = dot(&values[from..to], &values[from - lag..to - lag]);
        }
        for row in 1..width {
            // One step further into the past, the window gains a value and loses one.
            for column in row..width {
                own[row * width + column] = own[(row - 1) * width + column - 1]
                    + values[from - row] * values[from - column]
                    - values[to - row] * values[to - column];
            }
        }
        for row in 0..width {
            for column in row..width {
                let product = weight * own[row * width + column];
                self.products[row * width + column] += product;
                if column != row {
                    self.products[column * width + row] += product;
                }
            }
        }
        let mut sum: f64 = values[from..to].iter().sum();
        self.sums[0] += weight * sum;
        for lag in 1..width {
            sum += values[from - lag] - values[to - lag];
            self.sums[lag] += weight * sum;
        }
        self.rows += weight * f64_of(to - from);
    }

    /// Takes in what others of at least the same order have seen, each of their rows with a
    /// weight.
    pub(super) fn merge(&mut self, other: &Self, weight: f64) {
        if other.order < self.order || !weight.is_finite() {
            return;
        }
        let (width, outer) = (self.order + 1, other.order + 1);
        for (sums, values) in self.products.chunks_mut(width).zip(other.products.chunks(outer)) {
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += weight * value;
            }
        }
        for (sum, value) in self.sums.iter_mut().zip(&other.sums) {
            *sum += weight * value;
        }
        self.rows += weight * other.rows;
    }

    /// The regression of the target on the given lags and, if asked for, a constant; each
    /// coefficient of a lag is penalised by `ridge` times the mean square of its column.
    #[must_use]
    pub(super) fn solve(
        &self,
        lags: &[usize],
        constant: bool,
        ridge: f64,
    ) -> Option<Autoregression> {
        let lags: Vec<usize> =
            lags.iter().copied().filter(|lag| (1..=self.order).contains(lag)).collect();
        if lags.is_empty() || self.rows <= 0.0 {
            return None;
        }
        let outer = self.order + 1;
        let width = lags.len() + usize::from(constant);
        let mut factor = vec![0.0; width * width];
        let mut solution = vec![0.0; width];
        for (row, lag) in lags.iter().enumerate() {
            for (column, other) in lags[..=row].iter().enumerate() {
                factor[row * width + column] = self.products[lag * outer + other];
            }
            factor[row * width + row] *= 1.0 + ridge;
            solution[row] = self.products[*lag];
        }
        if constant {
            let row = lags.len();
            for (column, lag) in lags.iter().enumerate() {
                factor[row * width + column] = self.sums[*lag];
            }
            factor[row * width + row] = self.rows;
            solution[row] = self.sums[0];
        }
        if !cholesky(&mut factor, width) {
            return None;
        }
        substitute(&factor, &mut solution);
        if !solution.iter().all(|value| value.is_finite()) {
            return None;
        }
        let intercept = if constant { solution.pop().unwrap_or(0.0) } else { 0.0 };
        let longest = lags.iter().copied().max().unwrap_or(0);
        let mut weights = vec![0.0; longest];
        for (lag, weight) in lags.iter().zip(solution) {
            weights[longest - lag] = weight;
        }
        Some(Autoregression { weights, intercept })
    }
}

/// A linear autoregression: the next value is a weighted sum of those before it.
#[derive(Clone, Debug)]
pub(super) struct Autoregression {
    /// One for each of the last values, oldest first.
    weights: Vec<f64>,
    intercept: f64,
}

impl Autoregression {
    /// How many values the recursion looks back on.
    #[must_use]
    pub(super) fn reach(&self) -> usize {
        self.weights.len()
    }

    /// The next `horizon` values, each forecast serving as past of those after it. `None` where the
    /// series is shorter than the longest lag.
    #[must_use]
    pub(super) fn forecast(&self, values: &[f64], horizon: usize) -> Option<Vec<f64>> {
        let start = values.len().checked_sub(self.reach())?;
        let mut path = values[start..].to_vec();
        for step in 0..horizon {
            let next = self.intercept + dot(&self.weights, &path[step..]);
            path.push(next);
        }
        Some(path.split_off(self.reach()))
    }
}

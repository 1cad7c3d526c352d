//! The Theta method and its optimised and dynamic kin (Fiorucci, Pellegrini, Louzada, Petropoulos
//! and Koehler, Models for optimising the theta method and their relationship to state space
//! models, 2016). The one-step forecast of point t is (their equations 5 and 8, with w = 1 - 1/θ)
//!
//! μ_t = l_{t-1} + w·[(1-α)^{t-1}·A + (1-(1-α)^t)/α·B],   l_t = α·y_t + (1-α)·l_{t-1}
//!
//! where A and B are intercept and slope of the least-squares line: over the whole series, or, in
//! the dynamic models, over the points so far. For a given α the errors are linear in l_0 and w, so
//! that these have a closed form (variable projection, Golub and Pereyra 1973) and α alone is
//! searched for.

use super::lanes::{LANES, Lanes, search_line};
use super::{Loss, ModelFit, real, too_short};

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
    pub fit: ModelFit,
    /// What of an error goes into the level, 0.1 to 1 (their bounds).
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
    let problem = Problem { values, lines: &lines, line, bounds };
    let mut columns = Vec::new();
    let set = |place: f64| 0.1 + 0.9 * place;
    let (place, _) = search_line(|places| problem.costs(&places.map(set), loss, &mut columns));
    let alpha = set(place);
    let mut columns = Vec::new();
    let [mut level] = problem.fill(&[alpha], &mut columns);
    let [start] = problem.solve(&columns);
    // The first error has no part in the choice, as the start could always make it vanish.
    let errors = columns[1..].iter().map(|column| column.error(0, start)).collect();
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
    Theta { fit: ModelFit { point, errors }, alpha, weight }
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

/// What a model of the family is fitted to.
struct Problem<'a> {
    values: &'a [f64],
    lines: &'a Lines,
    line: Line,
    bounds: (f64, f64),
}

/// At one point, for some values of α: the error from a start at the first value with w = 0, and
/// what l_0 and w take off it.
#[derive(Clone, Copy)]
struct Column<const N: usize> {
    error: [f64; N],
    of_level: [f64; N],
    of_weight: [f64; N],
}

impl<const N: usize> Column<N> {
    fn error(&self, lane: usize, start: Start) -> f64 {
        self.error[lane] - start.first * self.of_level[lane] - start.second * self.of_weight[lane]
    }
}

impl Problem<'_> {
    /// The loss with the best start, for each α.
    fn costs(&self, alphas: &Lanes, loss: Loss, columns: &mut Vec<Column<LANES>>) -> Lanes {
        self.fill(alphas, columns);
        let starts = self.solve(columns);
        let first = starts.map(|start| start.first);
        let second = starts.map(|start| start.second);
        let mut costs = [0.0; LANES];
        for column in &columns[1..] {
            let errors = std::array::from_fn(|lane| {
                column.error[lane]
                    - first[lane] * column.of_level[lane]
                    - second[lane] * column.of_weight[lane]
            });
            loss.add(&mut costs, &errors);
        }
        costs
    }

    /// Computes the columns, one a point; returns the levels at the end.
    fn fill<const N: usize>(&self, alphas: &[f64; N], columns: &mut Vec<Column<N>>) -> [f64; N] {
        let (last, count) = (self.lines.last(), real(self.values.len()));
        let fixed = last.mean - (count + 1.0) / 2.0 * last.slope;
        let keep = alphas.map(|alpha| 1.0 - alpha);
        let inverse = alphas.map(|alpha| 1.0 / alpha);
        let mut level = [self.values.first().copied().unwrap_or(0.0); N];
        let mut power = [1.0; N];
        let mut half = 0.5;
        columns.clear();
        columns.extend(self.values.iter().zip(&self.lines.0).map(|(value, state)| {
            let (intercept, slope) = match self.line {
                Line::Fixed => (fixed, last.slope),
                Line::Dynamic => (state.mean - half * state.slope, state.slope),
            };
            half += 0.5;
            let mut column = Column { error: [0.0; N], of_level: power, of_weight: [0.0; N] };
            for lane in 0..N {
                let error = value - level[lane];
                let next = power[lane] * keep[lane];
                column.error[lane] = error;
                column.of_weight[lane] =
                    power[lane] * intercept + (1.0 - next) * (inverse[lane] * slope);
                level[lane] += alphas[lane] * error;
                power[lane] = next;
            }
            column
        }));
        level
    }

    /// The best start for each α, over all points but the first.
    fn solve<const N: usize>(&self, columns: &[Column<N>]) -> [Start; N] {
        let mut sums = [[0.0; N]; 5];
        for Column { error: e, of_level: u, of_weight: v } in &columns[1..] {
            for lane in 0..N {
                sums[0][lane] += e[lane] * u[lane];
                sums[1][lane] += e[lane] * v[lane];
                sums[2][lane] += u[lane] * u[lane];
                sums[3][lane] += u[lane] * v[lane];
                sums[4][lane] += v[lane] * v[lane];
            }
        }
        std::array::from_fn(|lane| {
            let [eu, ev, uu, uv, vv] = sums.map(|sum| sum[lane]);
            // A column that is all but a multiple of the other gets no coefficient.
            let determinant = uu * vv - uv * uv;
            let second =
                if determinant > 1e-10 * uu * vv { (ev * uu - eu * uv) / determinant } else { 0.0 };
            let second = second.max(self.bounds.0).min(self.bounds.1);
            Start { first: if uu > 0.0 { (eu - second * uv) / uu } else { 0.0 }, second }
        })
    }
}

/// l_0, counted from the first value, and w.
#[derive(Clone, Copy, Debug)]
struct Start {
    first: f64,
    second: f64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Intercept and slope of the line through points numbered from 1, from the normal equations.
    fn line_through(values: &[f64]) -> (f64, f64) {
        let count = real(values.len());
        let middle = (count + 1.0) / 2.0;
        let mean = values.iter().sum::<f64>() / count;
        let (mut products, mut squares) = (0.0, 0.0);
        for (at, value) in values.iter().enumerate() {
            products += (real(at) + 1.0 - middle) * (value - mean);
            squares += (real(at) + 1.0 - middle).powi(2);
        }
        let slope = if squares > 0.0 { products / squares } else { 0.0 };
        (mean - slope * middle, slope)
    }

    /// Equations 5 to 8 of the paper word for word: one-step errors from the second point on, and
    /// forecasts, for given parameters.
    fn by_the_paper(
        values: &[f64],
        line: Line,
        alpha: f64,
        weight: f64,
        start: f64,
        horizon: usize,
    ) -> ModelFit {
        let fixed = line_through(values);
        let mut known = values.to_vec();
        let (mut level, mut fit) = (start, ModelFit::default());
        for t in 0..values.len() + horizon {
            let (intercept, slope) = match line {
                Line::Fixed => fixed,
                Line::Dynamic => line_through(&known[..t]),
            };
            let (intercept, slope) = if t == 0 { (0.0, 0.0) } else { (intercept, slope) };
            let power = (1.0 - alpha).powf(real(t));
            let pull = power * intercept + (1.0 - power * (1.0 - alpha)) / alpha * slope;
            let expected = level + weight * pull;
            if t >= values.len() {
                known.push(expected);
                fit.point.push(expected);
            } else if t > 0 {
                fit.errors.push(known[t] - expected);
            }
            level = alpha * known[t] + (1.0 - alpha) * level;
        }
        fit
    }

    fn some_values() -> Vec<f64> {
        (0..30)
            .map(|at| 50.0 + real(at) + 8.0 * (real(at) * 1.7).sin() + real(at * at % 7))
            .collect()
    }

    #[test]
    fn errors_and_forecasts_are_those_of_the_papers_equations() {
        let values = some_values();
        for line in [Line::Fixed, Line::Dynamic] {
            for weight in [Weight::Fixed(0.5), Weight::UpTo(0.999)] {
                for loss in [Loss::Squares, Loss::Sizes] {
                    let found = fit(&values, line, weight, loss, 7);
                    // The errors are linear in the start: two runs tell which one was taken.
                    let run =
                        |start| by_the_paper(&values, line, found.alpha, found.weight, start, 7);
                    let (zero, one) = (run(0.0).errors[0], run(1.0).errors[0]);
                    let paper = run((found.fit.errors[0] - zero) / (one - zero));
                    let pairs = paper.errors.iter().zip(&found.fit.errors);
                    for (expected, got) in pairs.chain(paper.point.iter().zip(&found.fit.point)) {
                        assert!((expected - got).abs() < 1e-7, "{line:?} {weight:?} {loss:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn no_other_start_weight_or_smoothing_has_clearly_smaller_squares() {
        let values = some_values();
        let squares = |fit: &ModelFit| fit.errors.iter().map(|error| error * error).sum::<f64>();
        let found = fit(&values, Line::Dynamic, Weight::UpTo(0.999), Loss::Squares, 1);
        let best = squares(&found.fit);
        for alpha in [0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 1.0] {
            for weight in [0.0, 0.3, 0.6, 0.9] {
                for start in [40.0, 45.0, 50.0, 55.0, 60.0] {
                    let other = by_the_paper(&values, Line::Dynamic, alpha, weight, start, 1);
                    assert!(squares(&other) > 0.999 * best, "{alpha} {weight} {start}");
                }
            }
        }
    }

    #[test]
    fn of_a_line_theta_keeps_half_the_drift_and_the_dynamic_model_all_of_it() {
        let values: Vec<f64> = (0..25).map(|at| 3.0 + 2.0 * real(at)).collect();
        let (half, all) = (
            theta(&values, Loss::Squares, 4).fit,
            dynamic_theta(&values, 1.0, Loss::Squares, 4).fit,
        );
        for step in 0..4 {
            // The last value is 51.
            assert!((half.point[step] - (51.0 + real(step + 1))).abs() < 1e-9, "{half:?}");
            assert!((all.point[step] - (51.0 + 2.0 * real(step + 1))).abs() < 1e-6, "{all:?}");
        }
    }

    #[test]
    fn a_constant_goes_on_and_too_few_points_are_repeated() {
        let found = dynamic_theta(&[4.0; 9], 0.999, Loss::Sizes, 3).fit;
        assert!(found.point.iter().all(|point| (point - 4.0).abs() < 1e-12));
        assert_eq!(theta(&[1.0, 5.0], Loss::Squares, 2).fit.point, [5.0, 5.0]);
        assert_eq!(theta(&[], Loss::Squares, 1).fit.point, [0.0]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn unit_and_origin_of_a_series_carry_over_to_its_forecasts(
            values in prop::collection::vec(-50.0..50.0_f64, 3..40), unit in 0.1..20.0_f64, origin in -100.0..100.0_f64,
        ) {
            let moved: Vec<f64> = values.iter().map(|value| origin + unit * value).collect();
            let there = theta(&moved, Loss::Squares, 5).fit;
            for (here, there) in theta(&values, Loss::Squares, 5).fit.point.iter().zip(&there.point) {
                prop_assert!((origin + unit * here - there).abs() < 1e-6 * (1.0 + there.abs()));
            }
        }
    }
}

//! Complex exponential smoothing (Svetunkov, Kourentzes and Ord, Complex exponential smoothing,
//! Naval Research Logistics 2022; first as a working paper of Svetunkov and Kourentzes): level and
//! information potential in one complex number,
//!
//! e_t = y_t - l;   l ← l - (1-α₁)·c + (α₀-α₁)·e_t;   c ← l + (1-α₀)·c + (α₀+α₁)·e_t
//!
//! which follows level and trend without having to choose between them. The season is taken off
//! before. Parameters are kept where the errors' past fades (the eigenvalues of the discounting
//! matrix lie within the unit circle).

use super::lanes::{LANES, Place, each, search};
use super::{Loss, ModelFit, mean, too_short};

/// A fitted smoothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Ces {
    /// Forecasts and one-step errors.
    pub fit: ModelFit,
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
    let parameters = |place: &Place| [0.01 + 1.79 * place[0], 0.01 + 1.89 * place[1]];
    let (place, _) = search(2, &STARTS, |places| {
        let sets = each(places, parameters);
        let mut state = State { level: [level; LANES], potential: [level / 1.1; LANES] };
        let mut costs = [0.0; LANES];
        for value in values {
            let errors = state.meet(*value, &sets);
            loss.add(&mut costs, &errors);
        }
        for (cost, set) in costs.iter_mut().zip(sets) {
            if !fades(set) {
                *cost = f64::INFINITY;
            }
        }
        costs
    });
    let parameters = [parameters(&place)];
    let mut state = State { level: [level], potential: [level / 1.1] };
    let errors = values.iter().map(|value| state.meet(*value, &parameters)[0]).collect();
    let mut point = Vec::with_capacity(horizon);
    for _ in 0..horizon {
        let expected = state.level[0];
        point.push(expected);
        state.meet(expected, &parameters);
    }
    Ces { fit: ModelFit { point, errors }, parameters: parameters[0] }
}

/// Where the search begins: around α₀ = 1.3 and α₁ = 1.
const STARTS: [Place; LANES] = [
    [0.72, 0.52, 0.0, 0.0],
    [0.8, 0.52, 0.0, 0.0],
    [0.72, 0.55, 0.0, 0.0],
    [0.76, 0.54, 0.0, 0.0],
    [0.68, 0.52, 0.0, 0.0],
    [0.64, 0.52, 0.0, 0.0],
    [0.76, 0.52, 0.0, 0.0],
    [0.72, 0.51, 0.0, 0.0],
];

#[derive(Clone, Copy, Debug)]
struct State<const N: usize> {
    level: [f64; N],
    potential: [f64; N],
}

impl<const N: usize> State<N> {
    /// Takes one point in, and returns its errors.
    fn meet(&mut self, value: f64, parameters: &[[f64; 2]; N]) -> [f64; N] {
        std::array::from_fn(|lane| {
            let [real, imaginary] = parameters[lane];
            let (level, potential) = (self.level[lane], self.potential[lane]);
            let error = value - level;
            self.level[lane] = level - (1.0 - imaginary) * potential + (real - imaginary) * error;
            self.potential[lane] = level + (1.0 - real) * potential + (real + imaginary) * error;
            error
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn errors_are_those_of_the_complex_form() {
        let values = [10.0, 12.0, 11.0, 14.0, 15.0, 13.0, 17.0, 18.0, 16.0, 20.0, 21.0, 19.0];
        let Ces { fit, parameters: [a0, a1] } = ces(&values, Loss::Squares, 3);
        // ŷ + ip̂ ← (α₀ + iα₁)(y + ie) + (1 - α₀ + i - iα₁)(ŷ + ip̂), equation 5 of the paper.
        let times = |(a, b): (f64, f64), (c, d): (f64, f64)| (a * c - b * d, a * d + b * c);
        let level = values[..10].iter().sum::<f64>() / 10.0;
        let mut state = (level, level / 1.1);
        let mut expected = Vec::new();
        let next = |state: (f64, f64), value: f64| {
            let new = times((a0, a1), (value, value - state.0));
            let old = times((1.0 - a0, 1.0 - a1), state);
            (new.0 + old.0, new.1 + old.1)
        };
        for value in values {
            expected.push(value - state.0);
            state = next(state, value);
        }
        for point in &fit.point {
            expected.push(state.0);
            state = next(state, state.0);
            let _: &f64 = point;
        }
        for (expected, got) in expected.iter().zip(fit.errors.iter().chain(&fit.point)) {
            assert!((expected - got).abs() < 1e-9, "{expected} {got}");
        }
    }

    #[test]
    fn the_past_fades_just_where_both_eigenvalues_are_small() {
        for tenths in 1..18 {
            for others in 1..19 {
                let (a0, a1) = (f64::from(tenths) / 10.0 + 0.013, f64::from(others) / 10.0 + 0.017);
                // The matrix [[1 - a0 + a1, a1 - 1], [1 - a0 - a1, 1 - a0]].
                let half = (2.0 - 2.0 * a0 + a1) / 2.0;
                let product = (1.0 - a0 + a1) * (1.0 - a0) - (a1 - 1.0) * (1.0 - a0 - a1);
                let under_root = half * half - product;
                let largest =
                    if under_root < 0.0 { product.sqrt() } else { half.abs() + under_root.sqrt() };
                assert_eq!(fades([a0, a1]), largest < 1.0, "{a0} {a1} {largest}");
            }
        }
    }

    #[test]
    fn growth_goes_on() {
        let values: Vec<f64> = (0..40).map(|at| 100.0 + 3.0 * f64::from(at)).collect();
        let found = ces(&values, Loss::Sizes, 5).fit;
        for (step, point) in (40..).zip(&found.point) {
            assert!((point - (100.0 + 3.0 * f64::from(step))).abs() < 6.0, "{found:?}");
        }
        assert_eq!(ces(&[1.0, 2.0], Loss::Squares, 1).fit.point, [2.0]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn forecasts_are_in_the_unit_of_the_series(
            values in prop::collection::vec(1.0..50.0_f64, 4..40), power in -8_i32..8,
        ) {
            let unit = 2.0_f64.powi(power);
            let scaled: Vec<f64> = values.iter().map(|value| unit * value).collect();
            let there = ces(&scaled, Loss::Sizes, 4).fit;
            for (here, there) in ces(&values, Loss::Sizes, 4).fit.point.iter().zip(&there.point) {
                prop_assert_eq!(unit * here, *there);
            }
        }
    }
}

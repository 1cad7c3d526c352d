//! Exponential smoothing of level and trend (Holt 1957; damped: Gardner and McKenzie 1985) in
//! error-correction form (Hyndman, Koehler, Ord and Snyder 2008, table 2.1):
//!
//! e_t = y_t - (l + φ·b);   l ← l + φ·b + α·e_t;   b ← φ·b + α·β·e_t
//!
//! with the forecast l + (φ + φ² + … + φʰ)·b. The level and the trend that it starts with are those
//! of the line through the first points; α, β and φ are searched for.

use super::lanes::{LANES, Place, each, search, search_line};
use super::{Loss, ModelFit, mean, real, too_short};

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
    pub fit: ModelFit,
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
    let start = State { level: [level], slope: [slope] };
    let cost = |sets: [[f64; 3]; LANES]| {
        let smoothing = Smoothing::new(sets);
        let mut state = State { level: [level; LANES], slope: [slope; LANES] };
        let mut costs = [0.0; LANES];
        for value in values {
            let errors = state.meet(*value, &smoothing);
            loss.add(&mut costs, &errors);
        }
        costs
    };
    let within = |coordinate: f64| 0.0001 + 0.9998 * coordinate;
    let [alpha, beta, phi] = match trend {
        Trend::None => {
            let set = |alpha: f64| [0.0001 + 0.9999 * alpha, 0.0, 1.0];
            set(search_line(|places| cost(places.map(set))).0)
        }
        Trend::Lasting => {
            let set = |place: &Place| [within(place[0]), within(place[1]), 1.0];
            set(&search(2, &STARTS, |places| cost(each(places, set))).0)
        }
        Trend::Fading => {
            let set = |place: &Place| [within(place[0]), within(place[1]), 0.7 + 0.3 * place[2]];
            set(&search(3, &STARTS, |places| cost(each(places, set))).0)
        }
    };
    let smoothing = Smoothing::new([[alpha, beta, phi]]);
    let mut state = start;
    let errors = values.iter().map(|value| state.meet(*value, &smoothing)[0]).collect();
    let (mut level, mut slope) = (state.level[0], state.slope[0]);
    let point = std::iter::repeat_with(|| {
        slope *= phi;
        level += slope;
        level
    });
    Holt { fit: ModelFit { point: point.take(horizon).collect(), errors }, alpha, beta, phi }
}

/// Where the search begins: coordinates of α, β and φ. Close together, in the middle of what is
/// usual: a search that begins everywhere finds better fits and makes worse forecasts.
const STARTS: [Place; LANES] = [
    [0.6, 0.2, 0.67, 0.0],
    [0.9, 0.2, 0.67, 0.0],
    [0.6, 0.4, 0.67, 0.0],
    [0.6, 0.2, 0.83, 0.0],
    [0.75, 0.3, 0.75, 0.0],
    [0.6, 0.1, 0.67, 0.0],
    [0.45, 0.2, 0.67, 0.0],
    [0.6, 0.2, 0.5, 0.0],
];

/// Parameters of some lanes, β as a part of an error.
struct Smoothing<const N: usize> {
    alpha: [f64; N],
    beta: [f64; N],
    phi: [f64; N],
}

impl<const N: usize> Smoothing<N> {
    fn new(sets: [[f64; 3]; N]) -> Self {
        Self {
            alpha: sets.map(|[alpha, _, _]| alpha),
            beta: sets.map(|[alpha, beta, _]| alpha * beta),
            phi: sets.map(|[_, _, phi]| phi),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct State<const N: usize> {
    level: [f64; N],
    slope: [f64; N],
}

impl<const N: usize> State<N> {
    /// Takes one point in, and returns its errors.
    fn meet(&mut self, value: f64, smoothing: &Smoothing<N>) -> [f64; N] {
        std::array::from_fn(|lane| {
            let slope = smoothing.phi[lane] * self.slope[lane];
            let expected = self.level[lane] + slope;
            let error = value - expected;
            self.level[lane] = expected + smoothing.alpha[lane] * error;
            self.slope[lane] = slope + smoothing.beta[lane] * error;
            error
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn smoothing_of_a_steady_climb_is_naive() {
        // Every smoothing lags behind; the least with α = 1.
        let values: Vec<f64> = (0..20).map(|at| 2.0 * real(at)).collect();
        let found = holt(&values, Trend::None, Loss::Squares, 3);
        assert!((found.alpha - 1.0).abs() < 1e-12, "{found:?}");
        assert_eq!(found.fit.point, [38.0; 3]);
    }

    #[test]
    fn a_line_goes_on_with_a_lasting_trend_and_with_one_that_need_not_fade() {
        let values: Vec<f64> = (0..20).map(|at| 5.0 - 0.5 * real(at)).collect();
        let lasting = holt(&values, Trend::Lasting, Loss::Squares, 6).fit;
        let fading = holt(&values, Trend::Fading, Loss::Sizes, 6);
        for step in 0..6 {
            let expected = 5.0 - 0.5 * real(20 + step);
            assert!((lasting.point[step] - expected).abs() < 1e-9);
            assert!((fading.fit.point[step] - expected).abs() < 0.1, "{fading:?}");
        }
    }

    #[test]
    fn errors_and_forecasts_follow_from_the_parameters_by_the_component_form() {
        let values = [3.0, 5.0, 4.0, 6.0, 9.0, 7.0, 8.0, 11.0, 10.0, 13.0, 12.0, 12.0];
        for trend in [Trend::Lasting, Trend::Fading] {
            let Holt { fit, alpha, beta, phi } = holt(&values, trend, Loss::Sizes, 4);
            let (mut level, mut slope) = starting_line(&values);
            for (value, error) in values.iter().zip(&fit.errors) {
                // Gardner and McKenzie's form: levels and trends as weighted means.
                assert!((value - (level + phi * slope) - error).abs() < 1e-9);
                let next = alpha * value + (1.0 - alpha) * (level + phi * slope);
                slope = beta * (next - level) + (1.0 - beta) * phi * slope;
                level = next;
            }
            let mut sum = 0.0;
            for (step, point) in fit.point.iter().enumerate() {
                sum += phi.powf(real(step + 1));
                assert!((level + sum * slope - point).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn one_wild_value_moves_the_fit_by_sizes_less_than_that_by_squares() {
        let mut values: Vec<f64> = (0..40).map(|at| 10.0 + (real(at) * 2.1).sin()).collect();
        let calm = |loss| holt(&values, Trend::None, loss, 1).alpha;
        let (by_sizes, by_squares) = (calm(Loss::Sizes), calm(Loss::Squares));
        values[38] = 200.0;
        values[39] = 190.0;
        let wild = |loss| holt(&values, Trend::None, loss, 1).alpha;
        let moved = (wild(Loss::Sizes) - by_sizes).abs();
        assert!(moved < (wild(Loss::Squares) - by_squares).abs(), "{moved}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn unit_and_origin_of_a_series_carry_over_to_its_forecasts(
            values in prop::collection::vec(-50.0..50.0_f64, 4..40), power in -8_i32..8, origin in -100_i32..100,
        ) {
            // A power of two and whole numbers, so that rounding leads no search another way.
            let values: Vec<f64> = values.iter().map(|value| value.round()).collect();
            let (unit, origin) = (2.0_f64.powi(power), f64::from(origin));
            let moved: Vec<f64> = values.iter().map(|value| unit * value).collect();
            let scaled = holt(&moved, Trend::Fading, Loss::Sizes, 5).fit;
            let here = holt(&values, Trend::Fading, Loss::Sizes, 5).fit;
            for (here, there) in here.point.iter().zip(&scaled.point) {
                prop_assert_eq!(unit * here, *there);
            }
            let moved: Vec<f64> = values.iter().map(|value| origin + value).collect();
            let shifted = holt(&moved, Trend::None, Loss::Squares, 1).fit.point[0];
            let here = holt(&values, Trend::None, Loss::Squares, 1).fit.point[0];
            prop_assert!((origin + here - shifted).abs() < 1e-6 * (1.0 + shifted.abs()));
        }
    }
}

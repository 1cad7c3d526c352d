//! The models against the book's equations, published fits, and exact series.

use super::*;
use proptest::prelude::*;

/// The state space form with relative errors ε, word for word from tables 2.2 and 2.3: errors e,
/// and Σ over both of what makes -2 log likelihood.
fn by_the_book(values: &[f64], kind: Kind, start: &Start, parameters: [f64; 4]) -> (Vec<f64>, f64) {
    let [alpha, beta, gamma, phi] = parameters;
    let (mut l, mut b, mut s) = (start.level, start.slope, start.season.clone());
    let (mut errors, mut squares, mut logs) = (Vec::new(), 0.0, 0.0);
    for (t, y) in values.iter().enumerate() {
        let m = s.len().max(1);
        let u = l + phi * b;
        let season = s.get(t % m).copied().unwrap_or(0.0);
        let mu = match kind.season {
            Seasonal::None => u,
            Seasonal::Additive => u + season,
            Seasonal::Multiplicative => u * season,
        };
        errors.push(y - mu);
        let (next_l, next_b, next_s) = match (kind.error, kind.season) {
            (Error::Additive, Seasonal::Multiplicative) => {
                let e = y - mu;
                (u + alpha * e / season, phi * b + beta * e / season, season + gamma * e / u)
            }
            (Error::Additive, _) => {
                let e = y - mu;
                (u + alpha * e, phi * b + beta * e, season + gamma * e)
            }
            (Error::Multiplicative, Seasonal::None) => {
                let e = (y - mu) / mu;
                (u * (1.0 + alpha * e), phi * b + beta * u * e, season)
            }
            (Error::Multiplicative, Seasonal::Additive) => {
                let e = (y - mu) / mu;
                (u + alpha * mu * e, phi * b + beta * mu * e, season + gamma * mu * e)
            }
            (Error::Multiplicative, Seasonal::Multiplicative) => {
                let e = (y - mu) / mu;
                (u * (1.0 + alpha * e), phi * b + beta * u * e, season * (1.0 + gamma * e))
            }
        };
        if kind.error == Error::Multiplicative {
            squares += ((y - mu) / mu).powi(2);
            logs += mu.ln();
        } else {
            squares += (y - mu).powi(2);
        }
        (l, b) = (next_l, next_b);
        if let Some(season) = s.get_mut(t % m) {
            *season = next_s;
        }
    }
    (errors, real(values.len()) * squares.ln() + 2.0 * logs)
}

fn some_values() -> Vec<f64> {
    let season = [1.2, 0.7, 1.0, 1.1];
    (0..42)
        .map(|at| (1.0 + 0.02 * real(at)) * season[at % 4] + 0.05 * (real(at) * 2.3).sin())
        .collect()
}

#[test]
fn likelihoods_and_errors_of_all_models_are_those_of_the_book() {
    let values = some_values();
    let series = Normalised::of(&values, 4);
    let kinds = series.kinds();
    assert_eq!(kinds.len(), 15);
    for kind in kinds {
        let start = series.start(kind.season).unwrap();
        let place = [0.3, 0.2, 0.4, 0.5];
        let set = kind.parameters(&place);
        let (errors, expected) = by_the_book(&series.values, kind, start, set);
        let [alpha, beta, gamma, phi] = set.map(|value| [value; LANES]);
        let parameters = Parameters { alpha, beta, gamma, phi };
        let scratch = &mut Scratch::default();
        for value in filter::criterion(&series.values, kind, start, &parameters, scratch) {
            assert!((value - expected).abs() < 1e-9 * expected.abs(), "{kind} {value} {expected}");
        }
        let run = filter::run(&series.values, kind, start, set, 3);
        for (expected, got) in errors.iter().zip(&run.errors) {
            assert!((expected - got).abs() < 1e-12, "{kind}");
        }
    }
}

#[test]
fn published_fits_give_their_published_forecasts() {
    // Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 2nd edition, 7.1: oil in
    // Saudi Arabia from 1996, α = 0.8339 and l = 446.5868 forecast 542.68.
    let oil = [
        445.3641, 453.1950, 454.4096, 422.3789, 456.0371, 440.3866, 425.1944, 486.2052, 500.4291,
        521.2759, 508.9476, 488.8889, 509.8706, 456.7229, 473.8166, 525.9509, 549.8338, 542.3405,
    ];
    let kind = Kind { error: Error::Additive, trend: Trend::None, season: Seasonal::None };
    let start = Start { level: 446.5868, slope: 0.0, season: Vec::new() };
    let found = filter::run(&oil, kind, &start, [0.8339, 0.0, 0.0, 1.0], 1);
    assert!((found.point[0] - 542.68).abs() < 0.005, "{found:?}");
    // 7.2: passengers of Australian airlines, Holt with α = 0.8321, β* = 0.0001, l = 15.57 and
    // b = 2.102 forecast 74.60 and 76.70.
    let air = [
        17.55, 21.86, 23.89, 26.93, 26.89, 28.83, 30.08, 30.95, 30.19, 31.58, 32.58, 33.48, 39.02,
        41.39, 41.60, 44.66, 46.95, 48.73, 51.49, 50.03, 60.64, 63.36, 66.36, 68.20, 68.12, 69.78,
        72.60,
    ];
    let kind = Kind { trend: Trend::Additive, ..kind };
    let start = Start { level: 15.57, slope: 2.102, season: Vec::new() };
    let found = filter::run(&air, kind, &start, [0.8321, 0.8321 * 0.0001, 0.0, 1.0], 2);
    assert!((found.point[0] - 74.60).abs() < 0.02, "{found:?}");
    assert!((found.point[1] - 76.70).abs() < 0.02, "{found:?}");
}

#[test]
fn an_exact_season_on_a_line_is_forecast_exactly() {
    let season = [4.0, -1.0, -5.0, 2.0];
    let value = |at: usize| 20.0 + 0.5 * real(at) + season[at % 4];
    let values: Vec<f64> = (0..40).map(value).collect();
    let found = ets(&values, 4, 8);
    assert_eq!((found.kind.trend, found.kind.season), (Trend::Additive, Seasonal::Additive));
    for (step, point) in found.fit.point.iter().enumerate() {
        assert!((point - value(40 + step)).abs() < 1e-6, "{found:?}");
    }
}

#[test]
fn a_season_that_multiplies_is_chosen_to_multiply() {
    let season = [1.3, 0.6, 1.1];
    let value = |at: usize| 1.05_f64.powf(real(at)) * season[at % 3];
    let values: Vec<f64> =
        (0..45).map(|at| value(at) * (1.0 + 0.01 * (real(at) * 1.9).sin())).collect();
    let found = ets(&values, 3, 3);
    assert_eq!(
        (found.kind.error, found.kind.season),
        (Error::Multiplicative, Seasonal::Multiplicative)
    );
    for (step, point) in found.fit.point.iter().enumerate() {
        assert!((point / value(45 + step) - 1.0).abs() < 0.15, "{found:?}");
    }
}

#[test]
fn the_search_finds_what_a_grid_finds() {
    let values = some_values();
    let series = Normalised::of(&values, 4);
    let kind = Kind { error: Error::Additive, trend: Trend::None, season: Seasonal::Additive };
    let found = series.find(kind, &mut Scratch::default());
    let flat = series.start(kind.season).unwrap().without_trend(&series.values);
    let mut least = f64::INFINITY;
    for first in 0..=40 {
        for second in 0..=40 {
            let place = [real(first) / 40.0, real(second) / 40.0, 0.0, 0.0];
            let (_, value) = by_the_book(&series.values, kind, &flat, kind.parameters(&place));
            least = least.min(value);
        }
    }
    let (_, value) = by_the_book(&series.values, kind, &flat, found.parameters);
    assert!(value < least + 0.05, "{value} {least}");
}

#[test]
fn values_below_zero_have_no_relative_errors_and_few_values_no_season() {
    let kinds = |values: &[f64], season| Normalised::of(values, season).kinds();
    let below: Vec<f64> = (0..30).map(|at| real(at) - 3.0).collect();
    assert!(kinds(&below, 4).iter().all(|kind| kind.error == Error::Additive));
    assert!(kinds(&below, 4).iter().all(|kind| kind.season != Seasonal::Multiplicative));
    assert!(kinds(&below[..9], 4).iter().all(|kind| kind.season == Seasonal::None));
    let kind = Kind { error: Error::Multiplicative, trend: Trend::None, season: Seasonal::None };
    assert_eq!(fit(&below, 4, kind, 1), None);
    assert_eq!(ets(&[1.0, 3.0], 4, 2).fit.point, [3.0, 3.0]);
    assert_eq!(ets(&[], 4, 1).fit.point, [0.0]);
    assert_eq!(kind.to_string(), "MNN");
}

#[test]
fn of_noise_around_a_level_the_simplest_model_is_chosen() {
    let mut state = 7_u32;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / f64::from(1_u32 << 24)
    });
    let values: Vec<f64> = noise.take(60).map(|noise| 10.0 + noise).collect();
    let found = ets(&values, 4, 1);
    assert_eq!((found.kind.trend, found.kind.season), (Trend::None, Seasonal::None));
    assert!(found.alpha < 0.2, "{found:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_series_of_numbers_has_a_finite_forecast_in_its_own_unit(
        values in prop::collection::vec(prop_oneof![9 => 0.0..100.0_f64, 1 => -1e4..1e4_f64], 0..50), season in 0_usize..8, power in -30_i32..30,
    ) {
        let unit = 2.0_f64.powi(power);
        let scaled: Vec<f64> = values.iter().map(|value| unit * value).collect();
        let (here, there) = (ets(&values, season, 5), ets(&scaled, season, 5));
        prop_assert_eq!(here.kind, there.kind);
        for (here, there) in here.fit.point.iter().zip(&there.fit.point) {
            prop_assert!(here.is_finite());
            prop_assert!((unit * here - there).abs() <= 1e-9 * there.abs());
        }
    }
}

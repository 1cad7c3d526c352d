//! The ensemble of one series: what it combines, what it leaves out, and that it always answers.

use super::*;
use proptest::prelude::*;

fn candidate(model: Model, point: f64, to_naive: Option<f64>) -> Candidate {
    Candidate { model, point: vec![point], to_naive }
}

fn some(all: Vec<Candidate>) -> Candidates {
    Candidates {
        all,
        seasons: vec![],
        intermittent: false,
        nonnegative: false,
        filled: 0,
        closed: 0,
    }
}

#[test]
fn the_outer_fifths_have_no_say() {
    let mut candidates = some(vec![
        candidate(Model::Naive, 1e6, None),
        candidate(Model::Theta, 1.0, None),
        candidate(Model::DynamicTheta, 2.0, None),
        candidate(Model::LogDynamicTheta, 6.0, None),
        candidate(Model::ComplexSmoothing, -900.0, None),
        candidate(Model::LogTheta, 700.0, None),
    ]);
    assert_eq!(combine(&candidates, |_| true), [3.0]);
    // Of four, none is cut off.
    assert_eq!(combine(&candidates, |model| model != Model::ComplexSmoothing), [177.25]);
    candidates.all.truncate(1);
    assert_eq!(combine(&candidates, |_| true), [1e6]);
}

#[test]
fn who_is_clearly_worse_than_naive_is_left_out() {
    let candidates = some(vec![
        candidate(Model::Naive, 5.0, None),
        candidate(Model::Theta, 1.0, Some(0.9)),
        candidate(Model::LogDynamicTheta, 9.0, Some(4.0)),
    ]);
    assert_eq!(combine(&candidates, |_| true), [1.0]);
    assert_eq!(combine(&candidates, |model| model == Model::LogDynamicTheta), [5.0]);
}

#[test]
fn an_exact_season_comes_again() {
    let season = [120.0, 80.0, 100.0, 140.0];
    let values: Vec<f64> = (0..40).map(|at| season[at % 4]).collect();
    let found = ensemble(&values, &[4], 6);
    assert_eq!(found.candidates.seasons.len(), 1);
    for (step, point) in found.point.iter().enumerate() {
        assert!((point - season[step % 4]).abs() < 1e-6, "{found:?}");
    }
}

#[test]
fn two_seasons_in_one_series_come_again() {
    let value =
        |at: usize| 100.0 * [1.5, 0.5, 1.0][at % 3] * [0.8, 1.0, 1.3, 0.9, 1.0, 1.0, 1.0][at % 7];
    let values: Vec<f64> = (0..210).map(value).collect();
    let found = ensemble(&values, &[3, 7], 8);
    assert_eq!(found.candidates.seasons.len(), 2);
    for (step, point) in found.point.iter().enumerate() {
        assert!((point / value(210 + step) - 1.0).abs() < 0.05, "{found:?}");
    }
}

#[test]
fn growth_goes_on_between_half_and_all_of_its_drift() {
    let values: Vec<f64> = (0..30).map(|at| 50.0 + 3.0 * f64::from(at)).collect();
    let found = ensemble(&values, &[], 4);
    for (step, point) in (1..).zip(&found.point) {
        let drift = (point - 137.0) / f64::from(step);
        assert!((1.5..3.3).contains(&drift), "{found:?}");
    }
}

#[test]
fn a_closed_weekday_is_forecast_as_closed_and_the_others_as_they_grow() {
    let value = |at: usize| {
        let week = [1.0, 1.2, 0.9, 1.4, 1.6, 0.0, 0.7][at % 7];
        week * 100.0 * 1.002_f64.powf(real(at))
    };
    let values: Vec<f64> = (0..200).map(value).collect();
    let found = ensemble(&values, &[7], 14);
    assert_eq!((found.candidates.closed, &found.candidates.seasons[0].0), (1, &7));
    for (step, point) in found.point.iter().enumerate() {
        let expected = value(200 + step);
        assert!((point - expected).abs() <= 0.04 * expected, "{step} {point} {expected}");
    }
    assert!(found.used.contains(&Model::LogTheta));
}

#[test]
fn mostly_zeros_are_intermittent_demand() {
    let values: Vec<f64> = (0..40).map(|at| if at % 4 == 0 { 8.0 } else { 0.0 }).collect();
    let found = ensemble(&values, &[7], 3);
    assert_eq!(found.used, [Model::Tsb, Model::Adida]);
    assert!((1.5..2.5).contains(&found.point[0]), "{found:?}");
    assert_eq!(ensemble(&[0.0; 20], &[7], 2).point, [0.0, 0.0]);
}

#[test]
fn what_is_no_number_is_filled_in_from_both_sides() {
    let (series, filled) = whole(&[f64::NAN, 2.0, f64::INFINITY, f64::NAN, 8.0, f64::NAN]);
    assert_eq!((series, filled), (vec![2.0, 2.0, 4.0, 6.0, 8.0, 8.0], 4));
    assert_eq!(whole(&[f64::NAN; 2]), (vec![0.0, 0.0], 2));
}

#[test]
fn little_is_forecast_by_its_last_value() {
    for (values, expected) in [(vec![], 0.0), (vec![7.0], 7.0), (vec![1.0, 2.0, 4.0], 4.0)] {
        let found = ensemble(&values, &[12], 2);
        assert_eq!((found.point, found.used), (vec![expected; 2], vec![Model::Naive]));
    }
    assert_eq!(ensemble(&[3.0; 30], &[12], 2).point, [3.0, 3.0]);
    assert_eq!(ensemble(&[1.0, 2.0], &[], 0).point, [] as [f64; 0]);
}

fn anything() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => 0.0..1e3_f64,
        2 => -1e3..1e3_f64,
        1 => Just(0.0),
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, 1e300, -1e300, 1e-300, 5e-324]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn whatever_is_given_the_answer_is_finite_and_whole(
        values in prop::collection::vec(anything(), 0..70), seasons in prop::collection::vec(0_usize..20, 0..3), horizon in 0_usize..12,
    ) {
        let found = ensemble(&values, &seasons, horizon);
        prop_assert_eq!(found.point.len(), horizon);
        prop_assert!(found.point.iter().all(|point| point.is_finite()), "{:?}", found.point);
        prop_assert!(!found.used.is_empty());
        for candidate in &found.candidates.all {
            prop_assert_eq!(candidate.point.len(), horizon);
            prop_assert!(candidate.point.iter().all(|point| point.is_finite()));
        }
    }

    #[test]
    fn closed_phases_stay_closed_in_every_forecast(
        values in prop::collection::vec(0.5..1e3_f64, 60..120), season in 2_usize..8, closed in 0_usize..8, horizon in 0_usize..20,
    ) {
        let closed = closed % season;
        let values: Vec<f64> =
            values.iter().enumerate().map(|(at, value)| if at % season == closed { 0.0 } else { *value }).collect();
        let found = ensemble(&values, &[season, 30], horizon);
        prop_assert_eq!(found.candidates.closed, 1);
        prop_assert_eq!(found.point.len(), horizon);
        for candidate in &found.candidates.all {
            prop_assert_eq!(candidate.point.len(), horizon);
        }
        for (step, point) in found.point.iter().enumerate() {
            prop_assert!(point.is_finite());
            prop_assert!((values.len() + step) % season != closed || *point == 0.0);
        }
    }

    #[test]
    fn forecasts_are_in_the_unit_of_the_series_and_not_below_zero_without_cause(
        values in prop::collection::vec(0.0..1e3_f64, 4..60), power in -40_i32..40,
    ) {
        let unit = 2.0_f64.powi(power);
        let scaled: Vec<f64> = values.iter().map(|value| unit * value).collect();
        let (here, there) = (ensemble(&values, &[6], 5), ensemble(&scaled, &[6], 5));
        prop_assert_eq!(here.used, there.used);
        for (here, there) in here.point.iter().zip(&there.point) {
            prop_assert!(*here >= 0.0);
            prop_assert!((unit * here - there).abs() <= 1e-9 * there.abs(), "{} {}", here, there);
        }
    }
}

//! Between the models and naive the trials decide.

use super::*;

const STEPS: usize = 12;

/// Trials of a series in which naive, the last value once more, is off by one, and the only model
/// by `off`.
fn trials(count: usize, off: f64) -> Vec<Trial> {
    let trial = |actual: Vec<f64>| Trial {
        known: 20,
        steps: STEPS,
        forecasts: vec![Some(vec![101.0 + off; STEPS])],
        actual,
    };
    let mut trials = vec![trial(Vec::new())];
    trials.resize_with(count + 1, || trial(vec![101.0; STEPS]));
    trials
}

fn chosen(trials: Vec<Trial>) -> Choice {
    let plan = Plan {
        seasons: Vec::new(),
        asked_season: None,
        horizon: STEPS,
        reach: STEPS,
        origins: trials.len() - 1,
        stride: 1,
        members: Vec::new(),
        intermittent: false,
    };
    let weights = Weights { short: vec![1.0], long: vec![1.0], long_from: 25 };
    choose(&[&[100.0; 32]], &[trials], &plan, &weights)[0]
}

#[test]
fn naive_wins_where_the_models_were_further_off_in_enough_trials() {
    let e = std::f64::consts::E;
    assert_eq!(chosen(trials(10, e)), Choice::NaiveWon);
    assert_eq!(chosen(trials(10, 1.0 / e)), Choice::Models);
    // A single trial is mostly chance.
    assert_eq!(chosen(trials(1, e)), Choice::Models);
    assert_eq!(chosen(trials(0, e)), Choice::Models);
    let mut silent = trials(10, 0.0);
    silent[0].forecasts = vec![None];
    assert_eq!(chosen(silent), Choice::NaiveOnly);
}

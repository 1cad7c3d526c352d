//! What every forecast promises, whatever it is given.

use proptest::prelude::*;

use super::*;

fn settings(seasons: &[usize], horizon: usize) -> Settings {
    Settings { seasons: seasons.to_vec(), horizon, calendar: None }
}

const LEVELS: [f64; 2] = [0.95, 0.8];

fn forecast_all<S: AsRef<[f64]>>(
    series: &[S],
    settings: &Settings,
    threads: usize,
    progress: &(dyn Fn(usize) + Sync),
) -> Vec<Forecast> {
    fit(series, settings, threads, progress).predict(settings.horizon, &LEVELS)
}

fn forecast(values: &[f64], settings: &Settings) -> Forecast {
    forecast_all(&[values], settings, 1, &|_| {}).swap_remove(0)
}

/// A sine with a trend and a little noise that repeats itself for nobody.
fn monthly(length: usize, number: u64) -> Vec<f64> {
    let mut state = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..u32::try_from(length).unwrap())
        .map(|month| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let noise = f64::from(u32::try_from(state >> 40).unwrap()) / f64::from(1 << 24) - 0.5;
            let season = (f64::from(month % 12) / 12.0 * std::f64::consts::TAU).sin();
            (100.0 + f64::from(month)) * (1.0 + 0.3 * season + 0.1 * noise)
        })
        .collect()
}

fn keeps_its_promises(forecast: &Forecast, values: &[f64], settings: &Settings) {
    let nonnegative = values.iter().all(|value| value.is_nan() || *value >= 0.0);
    assert_eq!(forecast.point.len(), settings.horizon);
    assert!(forecast.point.iter().all(|value| value.is_finite()), "{forecast:?}");
    assert_eq!(forecast.intervals.len(), LEVELS.len());
    let mut nested: Vec<&Intervals> = forecast.intervals.iter().collect();
    nested.sort_by(|left, right| left.level.total_cmp(&right.level));
    for step in 0..settings.horizon {
        let (mut low, mut high) = (forecast.point[step], forecast.point[step]);
        for interval in &nested {
            let (lower, upper) = (interval.lower[step], interval.upper[step]);
            assert!(lower.is_finite() && upper.is_finite(), "{forecast:?}");
            assert!(lower <= low && upper >= high, "step {step}: {forecast:?}");
            (low, high) = (lower, upper);
        }
        assert!(!nonnegative || low >= 0.0, "{forecast:?}");
    }
    assert_eq!(forecast.why == Why::Nothing, forecast.given == 0, "{forecast:?}");
    if let Some(backtest) = &forecast.backtest {
        for value in [backtest.mase, backtest.naive_mase, backtest.smape, backtest.naive_smape] {
            assert!(value.is_finite() && value >= 0.0, "{backtest:?}");
        }
        assert!((0.0..=1.0).contains(&backtest.coverage_95));
    }
}

#[test]
fn nothing_is_answered_by_zeros_and_what_is_needed() {
    for values in [&[][..], &[f64::NAN, f64::INFINITY]] {
        let found = forecast(values, &settings(&[12], 3));
        assert_eq!(found.point, [0.0; 3]);
        assert_eq!((found.method, found.given), (Method::None, 0));
        assert_eq!((found.why, found.missing), (Why::Nothing, vec![Lack::Value]));
        assert_eq!(found.filled, values.len());
    }
}

#[test]
fn one_value_is_repeated_and_says_what_it_needs() {
    let found = forecast(&[7.0], &settings(&[12], 3));
    assert_eq!(found.point, [7.0; 3]);
    assert_eq!(found.method, Method::Naive);
    assert!(found.intervals[0].upper[0] > 7.0);
    assert_eq!(found.why, Why::TooLittle { naive: Naive::LastValue });
    let lacks = [Lack::Season { more: 23, length: 12 }, Lack::Test { more: 4 }];
    assert_eq!(found.missing, lacks);
}

#[test]
fn a_constant_stays_what_it_is_and_is_certain() {
    let found = forecast(&[42.0; 60], &settings(&[12], 6));
    assert_eq!(found.point, [42.0; 6]);
    assert_eq!(found.intervals[0].lower, [42.0; 6]);
    assert_eq!(found.intervals[0].upper, [42.0; 6]);
}

#[test]
fn a_season_that_is_exact_is_continued() {
    let values: Vec<f64> = (0..96).map(|month| f64::from(100 + 10 * (month % 12))).collect();
    let found = forecast(&values, &settings(&[12], 12));
    for (month, value) in found.point.iter().enumerate() {
        let expected = 100.0 + 10.0 * f64::from(u32::try_from(month).unwrap());
        assert!((value - expected).abs() < 0.5, "{found:?}");
    }
}

#[test]
fn models_beat_naive_where_there_is_trend_and_season() {
    let found = forecast(&monthly(120, 1), &settings(&[12], 12));
    let backtest = found.backtest.unwrap();
    assert!(backtest.mase < 0.8 * backtest.naive_mase, "{backtest:?}");
    assert_eq!(found.missing, []);
    let Why::ModelsCloser { gain_percent, naive, tested } = found.why else {
        panic!("{:?}", found.why)
    };
    assert!((gain_percent - 100.0 * (1.0 - backtest.mase / backtest.naive_mase)).abs() < 1e-9);
    assert_eq!(naive, Naive::LastSeason);
    assert_eq!(tested, Tested { trials: backtest.origins, steps: backtest.horizon });
}

#[test]
fn a_series_that_naive_wins_is_forecast_by_naive() {
    // A season without noise: naive is exact, and whatever is fitted is a little off.
    let pattern = |step: u32| f64::from(100 + 10 * (step * 7 % 12));
    let values: Vec<f64> = (0..120).map(pattern).collect();
    let found = forecast(&values, &settings(&[12], 12));
    assert_eq!(found.method, Method::SeasonalNaive, "{found:?}");
    for (point, step) in found.point.iter().zip(120..) {
        assert!((point - pattern(step)).abs() < 1e-9, "{found:?}");
    }
    let backtest = found.backtest.unwrap();
    assert!(backtest.mase < 1e-9 && backtest.naive_mase < 1e-9, "{backtest:?}");
}

#[test]
fn a_fit_predicts_shorter_horizons_and_other_levels_without_another_fit() {
    let series = [monthly(60, 3), monthly(72, 4), Vec::new()];
    let fit = fit(&series, &settings(&[12], 12), 1, &|_| {});
    let (year, quarter) = (fit.predict(12, &[0.8, 0.95]), fit.predict(3, &[0.95]));
    for (long, short) in year.iter().zip(&quarter) {
        assert_eq!(short.point, long.point[..3]);
        assert_eq!(short.intervals[0].at(2), long.intervals[1].at(2));
        assert_eq!((short.intervals.len(), short.intervals[0].at(3)), (1, None));
    }
    let beyond = &fit.predict(14, &[])[0].point;
    assert_eq!(beyond[11..], [beyond[11]; 3]);
}

#[test]
fn a_step_of_many_series_is_the_same_however_many_are_asked() {
    let series: Vec<Vec<f64>> =
        (0..260).map(|number| monthly(30 + number % 40, number as u64)).collect();
    let of = |horizon: usize| forecast_all(&series, &settings(&[12], horizon), 1, &|_| {});
    for (few, many) in of(2).iter().zip(of(30)) {
        assert_eq!(few.point, many.point[..2]);
        assert_eq!(few.intervals[0].upper, many.intervals[0].upper[..2]);
        assert!(
            many.intervals[0].upper[29] - many.point[29]
                > many.intervals[0].upper[2] - many.point[2]
        );
    }
}

#[test]
fn a_few_series_and_parts_of_a_whole_are_told_as_if_each_were_alone() {
    let mut series: Vec<Vec<f64>> =
        (0..4).map(|number| monthly(20 + 9 * number, number as u64)).collect();
    series.push(vec![-3.0, 1e9, 0.0, 4.0, -1e6, 8.0]);
    let settings = settings(&[12], 7);
    let alone: Vec<Forecast> = series.iter().map(|values| forecast(values, &settings)).collect();
    assert_eq!(forecast_all(&series, &settings, 2, &|_| {}), alone);
    let many: Vec<Vec<f64>> = (0..20).flat_map(|_| series.clone()).collect();
    let each = fit_each(&many, &settings, 2, &|_| {}).predict(7, &LEVELS);
    assert_eq!(each[..5], alone);
    assert_ne!(forecast_all(&many, &settings, 2, &|_| {})[..4], alone[..4]);
}

#[test]
fn what_was_never_below_zero_is_not_forecast_below_it_whatever_is_beside_it() {
    let usual = [100.0, 93.0, 107.0, 98.0, 104.0, 91.0, 109.0, 95.0, 102.0, 99.0, 106.0, 94.0];
    let mut gone = usual.repeat(3);
    gone.extend([0.0; 12]);
    let returns = [50.0, 40.0, -10.0, 60.0, 45.0, 55.0, 52.0, 48.0].repeat(6);
    let settings = settings(&[12], 3);
    let found = forecast_all(&[gone.clone(), returns.clone()], &settings, 1, &|_| {});
    keeps_its_promises(&found[0], &gone, &settings);
    assert!(found[1].intervals[0].lower.iter().any(|lower| *lower < 0.0), "{found:?}");
}

#[test]
fn a_product_of_one_year_is_no_seldom_one_beside_an_older_shop() {
    let mut values = vec![0.0; 24];
    values.extend([500.0; 12]);
    let found = forecast(&values, &settings(&[12], 3));
    assert_eq!(found.point, [500.0; 3]);
    assert_eq!(found.given, 12);
}

#[test]
fn the_result_is_the_same_on_any_number_of_threads() {
    let series: Vec<Vec<f64>> =
        (0..70).map(|number| monthly(60 + number % 7, number as u64)).collect();
    let settings = settings(&[12], 6);
    let one = forecast_all(&series, &settings, 1, &|_| {});
    for threads in [2, 5] {
        assert_eq!(forecast_all(&series, &settings, threads, &|_| {}), one);
    }
}

#[test]
fn progress_reaches_the_number_of_series() {
    let most = std::sync::atomic::AtomicUsize::new(0);
    let series: Vec<Vec<f64>> = vec![monthly(40, 1), vec![], vec![0.0; 30], monthly(50, 2)];
    let found = forecast_all(&series, &settings(&[12], 6), 2, &|done| {
        most.fetch_max(done, std::sync::atomic::Ordering::Relaxed);
    });
    assert_eq!(found.len(), 4);
    assert_eq!(most.into_inner(), 4);
}

#[test]
fn strange_series_do_not_disturb_those_beside_them() {
    let strange = vec![
        vec![],
        vec![f64::NAN; 50],
        vec![1e300; 40],
        (0..40).map(|index| if index % 2 == 0 { 1e300 } else { 1e-300 }).collect(),
        vec![0.0; 100],
        vec![-5.0; 30],
        (0..200).map(|index| f64::from(index % 2) * f64::MAX).collect(),
        vec![f64::MIN_POSITIVE / 8.0; 30],
    ];
    let settings = settings(&[12], 6);
    let mut series: Vec<Vec<f64>> = (0..12).map(|number| monthly(80, number)).collect();
    series.extend(strange);
    let found = forecast_all(&series, &settings, 1, &|_| {});
    for (forecast, values) in found.iter().zip(&series) {
        keeps_its_promises(forecast, values, &settings);
    }
    for (forecast, values) in found.iter().zip(&series[..12]) {
        let last = values[70..].iter().sum::<f64>() / 10.0;
        assert!(forecast.point.iter().all(|value| *value > last / 3.0 && *value < last * 3.0));
    }
}

fn any_value() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => -100.0..1000.0f64,
        2 => Just(0.0),
        1 => any::<f64>(),
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(1e300), Just(-1e300), Just(1e-300)],
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn promises_are_kept_for_any_input(
        series in proptest::collection::vec(proptest::collection::vec(any_value(), 0..60), 1..5),
        seasons in proptest::collection::vec(0..30usize, 0..3),
        horizon in 0..20usize,
    ) {
        let settings = settings(&seasons, horizon);
        for (forecast, values) in forecast_all(&series, &settings, 1, &|_| {}).iter().zip(&series) {
            keeps_its_promises(forecast, values, &settings);
        }
    }

    #[test]
    fn a_step_is_the_same_however_many_are_asked(
        values in proptest::collection::vec(any_value(), 0..60),
        seasons in proptest::collection::vec(0..30usize, 0..3),
        less in 1..20usize,
        more in 1..60usize,
    ) {
        let few = forecast(&values, &settings(&seasons, less));
        let many = forecast(&values, &settings(&seasons, less + more));
        prop_assert_eq!(&few.point[..], &many.point[..less]);
        for (few, many) in few.intervals.iter().zip(&many.intervals) {
            prop_assert_eq!(&few.lower[..], &many.lower[..less]);
            prop_assert_eq!(&few.upper[..], &many.upper[..less]);
        }
        prop_assert_eq!((few.method, few.why, few.backtest), (many.method, many.why, many.backtest));
    }
}

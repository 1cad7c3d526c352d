//! Forecasts, alone, among others, and reconciled.

use crm_stats::forecast::{Calendar, Forecast, Settings, fit, reconcile};

use super::bytes::Bytes;
use super::{finite, same, sums_to};

pub(super) fn of_series(bytes: &mut Bytes<'_>) {
    let settings = Settings {
        seasons: match bytes.byte() % 4 {
            0 => vec![],
            1 => vec![bytes.up_to(60)],
            2 => vec![7, bytes.up_to(60)],
            _ => vec![12],
        },
        horizon: bytes.up_to(40),
        calendar: bytes
            .byte()
            .is_multiple_of(3)
            .then(|| Calendar { last_day: bytes.small() * 100, holidays: vec![bytes.small()] }),
    };
    let count = 1 + bytes.up_to(3);
    let series: Vec<Vec<f64>> = (0..count).map(|_| bytes.series(90)).collect();
    let forecasts = |series: &[Vec<f64>], threads: usize| {
        fit(series, &settings, threads, &|_| {}).predict(settings.horizon, &[0.8, 0.95])
    };
    let one = forecasts(&series[..1], 1).swap_remove(0);
    holds(&one, &series[0], &settings);
    let all = forecasts(&series, 1);
    same(&all, &forecasts(&series, 4), "threads");
    for (forecast, values) in all.iter().zip(&series) {
        holds(forecast, values, &settings);
    }
    // Beyond any money, shares of variances have no digits left.
    if series.iter().flatten().any(|value| value.abs() > 1e12) {
        return;
    }
    let mut parts = all.clone();
    let left = reconcile(&one, &mut parts, bytes.byte().is_multiple_of(2).then_some(0));
    for (forecast, values) in parts.iter().zip(&series) {
        holds(forecast, values, &settings);
    }
    for step in 0..settings.horizon {
        let points: Vec<f64> = parts.iter().chain(&left).map(|part| part.point[step]).collect();
        let made_of: f64 = points.iter().map(|point| point.abs()).sum();
        finite(&points, "parts and what is left over");
        sums_to(&points, one.point[step], made_of + one.point[step].abs(), "parts of a whole");
    }
}

fn holds(forecast: &Forecast, values: &[f64], settings: &Settings) {
    assert_eq!(forecast.point.len(), settings.horizon);
    assert!(forecast.given + forecast.filled <= values.len(), "{:?}", forecast.why);
    finite(&forecast.point, "points");
    let nonnegative = values.iter().all(|value| value.is_nan() || *value >= 0.0);
    assert!(!nonnegative || forecast.point.iter().all(|point| *point >= 0.0));
    let [inner, outer] = &forecast.intervals[..] else { panic!("two levels were asked for") };
    for interval in [inner, outer] {
        finite(&interval.lower, "lower bounds");
        finite(&interval.upper, "upper bounds");
    }
    for step in 0..settings.horizon {
        let bounds = [
            outer.lower[step],
            inner.lower[step],
            forecast.point[step],
            inner.upper[step],
            outer.upper[step],
        ];
        assert!(bounds.windows(2).all(|pair| pair[0] <= pair[1]), "{bounds:?}: {:?}", forecast.why);
    }
}

//! Forecasts of parts and of their total that agree.
//!
//! Optimal reconciliation by minimal trace (Wickramasuriya, Athanasopoulos & Hyndman 2019, eq. 9)
//! of a total and its parts with a diagonal covariance of the base errors, for which the solution
//! is in closed form, with a total that stays as it is: what the parts differ from it is shared out in
//! proportion to their variances.

use super::{Forecast, Method};

/// Forecasts of the parts, changed so that on every step their points sum to that of the total:
/// who is less sure, by the width of the intervals, moves more. Where no part was below zero none
/// will be, and a total below zero then counts as zero. Intervals move with their points; steps
/// beyond the shortest forecast stay as they are.
#[must_use]
pub fn reconcile(total: &Forecast, parts: &[Forecast]) -> Vec<Forecast> {
    let mut reconciled = parts.to_vec();
    for step in 0..shared_horizon(total, parts) {
        let points: Vec<f64> = parts.iter().map(|part| part.point[step]).collect();
        let variances: Vec<f64> = parts.iter().map(|part| variance(part, step)).collect();
        let agreed = share_out(total.point[step], &points, &variances);
        for (part, value) in reconciled.iter_mut().zip(agreed) {
            move_to(part, step, value);
        }
    }
    for part in &mut reconciled {
        if part.method == Method::None && part.point.iter().any(|value| *value != 0.0) {
            part.method = Method::Reconciled;
        }
    }
    reconciled
}

fn shared_horizon(total: &Forecast, parts: &[Forecast]) -> usize {
    parts.iter().map(|part| part.point.len()).chain([total.point.len()]).min().unwrap_or(0)
}

/// The parts changed in proportion to their variances so that they sum to `target`.
fn share_out(target: f64, parts: &[f64], variances: &[f64]) -> Vec<f64> {
    let floored = parts.iter().all(|part| *part >= 0.0);
    let target = if floored { target.max(0.0) } else { target };
    let mut agreed = parts.to_vec();
    let sizes: f64 = parts.iter().map(|part| part.abs()).sum();
    let certain = variances.iter().sum::<f64>() <= 0.0;
    // Parts that are all certain move by their size, or where that is zero too, alike.
    let weights: Vec<f64> = if !certain {
        variances.to_vec()
    } else if sizes > 0.0 {
        parts.iter().map(|part| part.abs()).collect()
    } else {
        vec![1.0; parts.len()]
    };
    let mut free = vec![true; parts.len()];
    // Each pass ends the work or sets at least one more part to zero for good; the last one mends
    // what rounding left over.
    for _ in 0..=parts.len() + 1 {
        let gap = target - agreed.iter().sum::<f64>();
        let weight: f64 =
            weights.iter().zip(&free).filter(|(_, free)| **free).map(|(weight, _)| weight).sum();
        if gap == 0.0 || !gap.is_finite() || weight <= 0.0 || !weight.is_finite() {
            break;
        }
        for ((value, weight_of_one), free) in agreed.iter_mut().zip(&weights).zip(&mut free) {
            if *free {
                *value += gap * (weight_of_one / weight);
                if floored && *value < 0.0 {
                    *value = 0.0;
                    *free = false;
                }
            }
        }
    }
    let left: f64 = agreed.iter().sum();
    if floored && left > 0.0 && left.is_finite() {
        let scale = target / left;
        for value in &mut agreed {
            *value *= scale;
        }
    }
    agreed
}

/// The squared half width of the widest interval, or of the point where there is none.
fn variance(forecast: &Forecast, step: usize) -> f64 {
    let width = forecast
        .intervals
        .iter()
        .filter_map(|interval| Some(interval.upper.get(step)? - interval.lower.get(step)?))
        .fold(0.0_f64, f64::max);
    let half = if width > 0.0 { width / 2.0 } else { forecast.point[step].abs() };
    half * half
}

fn move_to(part: &mut Forecast, step: usize, value: f64) {
    let by = value - part.point[step];
    let held = part.point[step] >= 0.0;
    part.point[step] = value;
    for interval in &mut part.intervals {
        if let Some(lower) = interval.lower.get_mut(step) {
            let floor = if held && *lower >= 0.0 { 0.0 } else { f64::NEG_INFINITY };
            *lower = (*lower + by).max(floor).min(value);
        }
        if let Some(upper) = interval.upper.get_mut(step) {
            *upper = (*upper + by).max(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::forecast::{Intervals, Why};

    fn forecast(point: f64, half: f64) -> Forecast {
        Forecast {
            point: vec![point],
            intervals: vec![Intervals {
                level: 0.95,
                lower: vec![point - half],
                upper: vec![point + half],
            }],
            method: Method::Ensemble,
            why: Why::ModelsUntested,
            backtest: None,
            given: 10,
            filled: 0,
            missing: Vec::new(),
        }
    }

    #[test]
    fn the_less_sure_part_moves_more() {
        // 50 are shared 1 to 4, as 10² to 20².
        let found =
            reconcile(&forecast(250.0, 5.0), &[forecast(100.0, 10.0), forecast(100.0, 20.0)]);
        assert!((found[0].point[0] - 110.0).abs() < 1e-9, "{found:?}");
        assert!((found[1].point[0] - 140.0).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn parts_that_know_nothing_share_alike() {
        let found = reconcile(
            &forecast(9.0, 1.0),
            &[forecast(0.0, 0.0), forecast(0.0, 0.0), forecast(0.0, 0.0)],
        );
        assert!(found.iter().all(|part| (part.point[0] - 3.0).abs() < 1e-12));
        assert!(reconcile(&forecast(9.0, 1.0), &[]).is_empty());
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_total_and_none_falls_below_zero(
            total in 0.0..1e6f64,
            parts in proptest::collection::vec((0.0..1e5f64, 0.0..1e4f64), 1..30),
        ) {
            let total = forecast(total, 1.0);
            let parts: Vec<Forecast> = parts.iter().map(|(point, half)| forecast(*point, *half)).collect();
            let found = reconcile(&total, &parts);
            let sum: f64 = found.iter().map(|part| part.point[0]).sum();
            prop_assert!((sum - total.point[0]).abs() <= 1e-9 * total.point[0], "{} {}", sum, total.point[0]);
            for part in &found {
                prop_assert!(part.point[0] >= 0.0);
                prop_assert!(part.intervals[0].lower[0] <= part.point[0]);
                prop_assert!(part.intervals[0].upper[0] >= part.point[0]);
            }
        }

        #[test]
        fn parts_that_may_be_negative_sum_to_the_total_too(
            total in -1e6..1e6f64,
            parts in proptest::collection::vec((-1e5..1e5f64, 0.1..1e4f64), 1..30),
        ) {
            let total = forecast(total, 1.0);
            let parts: Vec<Forecast> = parts.iter().map(|(point, half)| forecast(*point, *half)).collect();
            let sum: f64 = reconcile(&total, &parts).iter().map(|part| part.point[0]).sum();
            let floored = parts.iter().all(|part| part.point[0] >= 0.0);
            let expected = if floored { total.point[0].max(0.0) } else { total.point[0] };
            let size = parts.iter().map(|part| part.point[0].abs()).sum::<f64>() + expected.abs();
            prop_assert!((sum - expected).abs() <= 1e-9 * size, "{} {}", sum, expected);
        }
    }
}

//! Forecasts of parts beside that of their total, and what they differ by.
//!
//! Parts are not moved to fit: sharing the difference out among them (by the variances of their errors,
//! as in minimal trace, Wickramasuriya, Athanasopoulos & Hyndman 2019) doubled their error on a shop's
//! products, moved those that were certain, and made what is said of one depend on which others are
//! shown. The part that has what is in no other may move, within its own interval; the rest of the
//! difference is told as such.

use super::{Forecast, Intervals, Method, Why};

/// Where more than this share of what is forecast is left over, it is told.
const ROUNDING: f64 = 1e-9;

/// Moves the forecast of the `rest`, the part that has what is in no other, within its widest interval
/// towards what the total has beyond the other parts. Returns what is left over: points that, together
/// with those of all parts, sum to those of the total on every step; none where nothing is. Steps
/// beyond the shortest forecast are not looked at.
#[must_use]
pub fn reconcile(
    total: &Forecast,
    parts: &mut [Forecast],
    rest: Option<usize>,
) -> Option<Forecast> {
    let horizon = parts.iter().map(|part| part.point.len()).chain([total.point.len()]).min()?;
    let mut left_over = Vec::with_capacity(horizon);
    let mut is_told = false;
    for step in 0..horizon {
        let gap = |parts: &[Forecast]| {
            total.point[step] - parts.iter().map(|part| part.point[step]).sum::<f64>()
        };
        if let Some(rest) = rest {
            let wanted = gap(parts) + parts.get(rest)?.point[step];
            move_within_interval(&mut parts[rest], step, wanted);
        }
        let left = gap(parts);
        let size: f64 = parts.iter().map(|part| part.point[step].abs()).sum();
        is_told |= left.abs() > ROUNDING * (size + total.point[step].abs());
        left_over.push(if left.is_finite() { left } else { 0.0 });
    }
    (is_told && !parts.is_empty()).then(|| difference(total, left_over))
}

/// To the value, or to the end of the widest interval that is nearer to it. Intervals stay where they
/// are: they hold the point as before.
fn move_within_interval(part: &mut Forecast, step: usize, wanted: f64) {
    let bounds = part.intervals.iter().filter_map(|interval| interval.at(step));
    let (lower, upper) = bounds
        .fold((part.point[step], part.point[step]), |(lower, upper), one| {
            (one.lower.min(lower), one.upper.max(upper))
        });
    if wanted.is_nan() {
        return;
    }
    let moved = wanted.max(lower).min(upper);
    part.point[step] = moved;
    for interval in &mut part.intervals {
        let (lower, upper) = (&mut interval.lower[step], &mut interval.upper[step]);
        (*lower, *upper) = (lower.min(moved), upper.max(moved));
    }
}

/// What the total and its parts differ by is no surer than the total.
fn difference(total: &Forecast, point: Vec<f64>) -> Forecast {
    let moved = |bounds: &[f64]| -> Vec<f64> {
        let by = point.iter().zip(&total.point).map(|(left, total)| left - total);
        bounds.iter().zip(by).map(|(bound, by)| (bound + by).clamp(-f64::MAX, f64::MAX)).collect()
    };
    let intervals = total.intervals.iter().map(|interval| Intervals {
        level: interval.level,
        lower: moved(&interval.lower)
            .iter()
            .zip(&point)
            .map(|(one, point)| one.min(*point))
            .collect(),
        upper: moved(&interval.upper)
            .iter()
            .zip(&point)
            .map(|(one, point)| one.max(*point))
            .collect(),
    });
    Forecast {
        intervals: intervals.collect(),
        point,
        method: Method::Difference,
        why: Why::Difference,
        backtest: None,
        given: total.given,
        filled: 0,
        missing: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
    fn products_stay_and_the_rest_moves_within_its_interval() {
        let total = forecast(300.0, 5.0);
        let mut parts = [forecast(100.0, 0.0), forecast(90.0, 50.0), forecast(60.0, 20.0)];
        let left = reconcile(&total, &mut parts, Some(2)).expect("30 are left");
        let points: Vec<f64> = parts.iter().map(|part| part.point[0]).collect();
        assert_eq!((points, left.point), (vec![100.0, 90.0, 80.0], vec![30.0]));
        assert_eq!((left.method, left.why), (Method::Difference, Why::Difference));
        assert_eq!(left.intervals[0].at(0).map(|one| (one.lower, one.upper)), Some((25.0, 35.0)));
        let bounds = parts[2].intervals[0].at(0).map(|one| (one.lower, one.upper));
        assert_eq!(bounds, Some((40.0, 80.0)));
    }

    #[test]
    fn nothing_is_left_over_where_the_rest_can_take_it_or_the_parts_agree() {
        let mut parts = [forecast(100.0, 10.0), forecast(60.0, 20.0)];
        assert_eq!(reconcile(&forecast(170.0, 5.0), &mut parts, Some(1)), None);
        assert_eq!(parts[1].point, [70.0]);
        assert_eq!(reconcile(&forecast(170.0, 5.0), &mut parts, None), None);
        assert_eq!(reconcile(&forecast(9.0, 1.0), &mut [], None), None);
    }

    proptest! {
        #[test]
        fn parts_and_what_is_left_over_sum_to_the_total_and_none_but_the_rest_moves(
            total in -1e6..1e6f64,
            parts in proptest::collection::vec((-1e5..1e5f64, 0.0..1e4f64), 1..30),
            has_rest in any::<bool>(),
        ) {
            let total = forecast(total, 1.0);
            let given: Vec<Forecast> = parts.iter().map(|(point, half)| forecast(*point, *half)).collect();
            let mut parts = given.clone();
            let rest = has_rest.then_some(parts.len() - 1);
            let left = reconcile(&total, &mut parts, rest);
            let all = parts.iter().chain(&left);
            let (mut sum, mut size) = (0.0, 0.0);
            for one in all {
                sum += one.point[0];
                size += one.point[0].abs();
            }
            prop_assert!((sum - total.point[0]).abs() <= 1e-9 * (size + total.point[0].abs()), "{sum}");
            let moved = parts.len() - usize::from(has_rest);
            prop_assert_eq!(&parts[..moved], &given[..moved]);
            for (part, given) in parts.iter().zip(&given) {
                let bounds = given.intervals[0].at(0).unwrap();
                prop_assert!(bounds.holds(part.point[0]));
                prop_assert_eq!(&part.intervals, &given.intervals);
            }
        }
    }
}

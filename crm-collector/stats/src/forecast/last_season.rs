//! A season from a single repetition of it, for histories too short to estimate one.

/// Fewer values that have one a season before them say nothing about growth.
pub(super) const LEAST_OVERLAP: usize = 3;

/// The forecast of one that knows no season, drawn towards the last season once more, by how well
/// the season before told the last values. The last season is moved by half of the growth (on a
/// logarithmic scale) of the last three values over those a season before them. `None` where there
/// are fewer than three values beyond one season.
///
/// The weight of the last season is `d⁴ / (d⁴ + 2 s⁴)`, with `s` the mean error of the values a
/// season before and `d` that of the last few values: seasons that are plain are repeated whole,
/// others hardly. The powers were chosen on windows of monthly series that nothing is scored on.
pub(super) fn last_season(history: &[f64], season: usize, plain: &[f64]) -> Option<Vec<f64>> {
    let length = history.len();
    let overlap =
        length.checked_sub(season).filter(|overlap| *overlap >= LEAST_OVERLAP && season > 1)?;
    let late = &history[length - overlap.min(season)..];
    let early = &history[length - season - late.len()..][..late.len()];
    let positive = late.iter().chain(early).all(|value| *value > 0.0);
    let recent = late.len().saturating_sub(LEAST_OVERLAP);
    let moved = mover(&late[recent..], &early[recent..], positive);
    let over_all = mover(late, early, positive);
    let seasonal_error =
        mean(late.iter().zip(early).map(|(late, early)| (late - over_all(*early)).abs()));
    let farthest = plain.len().min(season / 2).max(1);
    let plain_error = mean((length - late.len()..length).flat_map(|at| {
        (1..=farthest.min(at)).map(move |gap| (history[at] - history[at - gap]).abs())
    }));
    let (season_power, plain_power) = (2.0 * seasonal_error.powi(4), plain_error.powi(4));
    let weight = plain_power / (plain_power + season_power);
    let weight = if weight.is_finite() { weight } else { 1.0 };
    let last = &history[length - season..];
    Some(
        plain
            .iter()
            .zip(last.iter().cycle())
            .map(|(plain, last)| weight * moved(*last) + (1.0 - weight) * plain)
            .collect(),
    )
}

/// What moves a value of a season ago by half of the growth since: a factor for positive values, a
/// difference for others.
fn mover(late: &[f64], early: &[f64], positive: bool) -> impl Fn(f64) -> f64 {
    let (late_sum, early_sum) = (late.iter().sum::<f64>(), early.iter().sum::<f64>());
    let factor = if positive { (late_sum / early_sum).clamp(0.2, 5.0).sqrt() } else { 1.0 };
    let shift = if positive {
        0.0
    } else {
        (mean(late.iter().copied()) - mean(early.iter().copied())) / 2.0
    };
    move |value| value * factor + shift
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values {
        sum += value;
        count += 1.0;
    }
    if count > 0.0 { sum / count } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_season_seen_once_and_a_half_is_repeated_with_half_of_its_growth() {
        let year = [10.0, 20.0, 40.0, 80.0, 40.0, 20.0];
        let mut history = year.to_vec();
        history.extend(year[..3].iter().map(|value| value * 1.21));
        let found = last_season(&history, 6, &[30.0; 6]).unwrap();
        for (value, before) in found.iter().zip([80.0, 40.0, 20.0]) {
            assert!((value / (before * 1.1) - 1.0).abs() < 0.02, "{found:?}");
        }
        assert!((found[3] / (12.1 * 1.1) - 1.0).abs() < 0.05, "{found:?}");
    }

    #[test]
    fn a_season_that_does_not_come_back_is_left_alone() {
        let history = [10.0, 90.0, 50.0, 50.0, 50.0, 50.0, 51.0, 50.0, 49.0, 50.0];
        let found = last_season(&history, 6, &[50.0; 4]).unwrap();
        assert!(found.iter().all(|value| (value - 50.0).abs() < 1.0), "{found:?}");
    }

    #[test]
    fn two_values_beyond_a_season_are_too_few() {
        assert_eq!(last_season(&[1.0; 8], 6, &[1.0; 3]), None);
        assert_eq!(last_season(&[], 0, &[1.0; 3]), None);
        assert_eq!(last_season(&[0.0; 20], 6, &[0.0; 3]), Some(vec![0.0; 3]));
    }
}

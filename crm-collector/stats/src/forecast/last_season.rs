//! What is said beside the models of a series that is shorter than two of its seasons: the last value
//! before a first season is over, then the last season, moved by half of the growth since.
//!
//! Neither takes over at once. Each has a share that follows from how much is known: all but none of
//! nine values, three quarters of a single season, and from there on what the season before would have
//! been worth for the values since.

use super::plan::SHORT_SEASON;
use crate::numeric::count::f64_of;

/// Growth is that of so many of the last values over those a season before them.
const VALUES_OF_GROWTH: usize = 3;

/// So few values do not tell a trend from chance.
/// Tuned: `tests/benches/accuracy/forecast.rs` measures what other values of these do.
const FEW: f64 = 9.0;
const MOST_OF_LAST_VALUE: f64 = 0.95;

/// What the last season counts for before any value came that it could be tested on, and the least
/// that it counts for after.
const SHARE_OF_LAST_SEASON: f64 = 0.75;
const LEAST_OF_LAST_SEASON: f64 = 1.0 / 3.0;

/// The last few values are compared with those up to so many steps before them.
const FARTHEST: usize = 13;

/// So many values since the first season say as much as what is believed without them.
const VALUES_OF_BELIEF: f64 = 1.0;

/// A forecast that knows no season, drawn towards the last value or the last season. From
/// two seasons on the last season's share has no floor.
pub(super) fn beside(history: &[f64], season: usize, plain: &[f64]) -> Vec<f64> {
    if history.len() < season {
        drawn_to_last_value(history, plain)
    } else {
        drawn_to_last_season(history, season, plain)
    }
}

fn drawn_to_last_value(history: &[f64], plain: &[f64]) -> Vec<f64> {
    let Some(last) = history.last() else { return plain.to_vec() };
    let share = (FEW / f64_of(history.len())).powi(2).min(MOST_OF_LAST_VALUE);
    plain.iter().map(|plain| share * last + (1.0 - share) * plain).collect()
}

/// What the last season is worth is `d⁴ / (d⁴ + 2 s⁴)`, with `s` the mean error of the values a season
/// before and `d` that of the last few values: seasons that are plain are repeated whole, others
/// hardly. The powers were chosen on windows of monthly series that nothing is scored on. As long as
/// few values say so, the level of the forecast that knows no season is believed as little: after the
/// peak of a season it is that of the peak, so it is drawn towards the mean of the season.
fn drawn_to_last_season(history: &[f64], season: usize, plain: &[f64]) -> Vec<f64> {
    let length = history.len();
    let since = (length - season).min(season);
    let last = &history[length - season..];
    let late = &history[length - since..];
    let early = &history[length - season - since..][..since];
    let positive = late.iter().chain(early).all(|value| *value > 0.0);
    let recent = since.saturating_sub(VALUES_OF_GROWTH);
    let moved = mover(&late[recent..], &early[recent..], positive);
    let over_all = mover(late, early, positive);
    let seasonal_error =
        mean(late.iter().zip(early).map(|(late, early)| (late - over_all(*early)).abs()));
    let farthest = (season / 2).clamp(1, FARTHEST);
    let plain_error = mean((length - since..length).flat_map(|at| {
        (1..=farthest.min(at)).map(move |gap| (history[at] - history[at - gap]).abs())
    }));
    let (season_power, plain_power) = (2.0 * seasonal_error.powi(4), plain_error.powi(4));
    let tested = plain_power / (plain_power + season_power);
    let tested = if tested.is_finite() { tested } else { 1.0 };
    let least =
        if length < 2 * season && season <= SHORT_SEASON { LEAST_OF_LAST_SEASON } else { 0.0 };
    let belief = VALUES_OF_BELIEF / (VALUES_OF_BELIEF + f64_of(length - season));
    let share = belief * SHARE_OF_LAST_SEASON + (1.0 - belief) * tested.max(least);
    let level = mean(last.iter().copied());
    plain
        .iter()
        .zip(last.iter().cycle())
        .map(|(plain, last)| {
            let plain = belief * level + (1.0 - belief) * plain;
            share * moved(*last) + (1.0 - share) * plain
        })
        .collect()
}

/// What moves a value of a season ago by half of the growth since: a factor for positive values, a
/// difference for others.
fn mover(late: &[f64], early: &[f64], positive: bool) -> impl Fn(f64) -> f64 {
    let (late_sum, early_sum) = (late.iter().sum::<f64>(), early.iter().sum::<f64>());
    let is_ratio = positive && !late.is_empty();
    let factor = if is_ratio { (late_sum / early_sum).clamp(0.2, 5.0).sqrt() } else { 1.0 };
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
        let found = beside(&history, 6, &[30.0; 6]);
        // A quarter of the belief in the season is left to what knows none: the mean of the year and the
        // forecast without a season.
        let level = (80.0 + 40.0 + 20.0 + 1.21 * 70.0) / 6.0;
        let plain = 0.25 * level + 0.75 * 30.0;
        let share = 0.25 * 0.75 + 0.75;
        for (value, before) in found.iter().zip([80.0, 40.0, 20.0, 12.1, 24.2, 48.4]) {
            let expected = share * before * 1.1 + (1.0 - share) * plain;
            assert!((value / expected - 1.0).abs() < 0.02, "{value} instead of {expected}");
        }
    }

    #[test]
    fn a_season_that_does_not_come_back_counts_for_the_least() {
        let history = [10.0, 90.0, 50.0, 50.0, 50.0, 50.0, 51.0, 50.0, 49.0, 50.0];
        let found = beside(&history, 6, &[60.0; 4]);
        // Of the last season a fifth as belief, and a third of the rest; moved by half of the growth from
        // 90, 50, 50 to 50, 49, 50.
        let share = 0.2 * 0.75 + 0.8 / 3.0;
        let plain = 0.2 * 50.0 + 0.8 * 60.0;
        let growth = (149.0_f64 / 190.0).sqrt();
        let expected = share * 50.0 * growth + (1.0 - share) * plain;
        assert!((found[0] - expected).abs() < 0.1, "{found:?} instead of {expected}");
    }

    #[test]
    fn a_single_season_counts_three_quarters_and_a_few_values_are_repeated() {
        let year = [10.0, 20.0, 40.0, 80.0, 40.0, 20.0];
        let found = beside(&year, 6, &[90.0; 2]);
        // The mean of the year, 35, stands for the forecast that follows the peak.
        assert_eq!(found, [0.75 * 10.0 + 0.25 * 35.0, 0.75 * 20.0 + 0.25 * 35.0]);
        let found = beside(&[4.0, 8.0], 6, &[20.0]);
        assert!((found[0] - (0.95 * 8.0 + 0.05 * 20.0)).abs() < 1e-12, "{found:?}");
        let found = beside(&[8.0; 18], 36, &[20.0]);
        assert!((found[0] - (0.25 * 8.0 + 0.75 * 20.0)).abs() < 1e-12, "{found:?}");
        assert_eq!(beside(&[], 6, &[3.0]), [3.0]);
        assert_eq!(beside(&[0.0; 20], 6, &[0.0; 3]), [0.0; 3]);
    }
}

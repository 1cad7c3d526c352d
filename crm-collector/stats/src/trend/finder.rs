//! Looks at many series at once and says which changed, in what way and by how much, with the rate
//! of false discoveries over all of them held.

use super::anomaly::{Remainder, Surprise, Tails};
use super::evidence::{self, Line, LongRun};
use super::movement;
use super::report::{Direction, Kind, Season, Settings, Trend};
use super::season::seasonal;
use super::segment::{self, Form};
use super::series::{filled, without_spikes};
use crate::numeric::discovery::q_values;
use crate::numeric::quantile::median;
use crate::parallel;

/// Fewer periods show nothing.
const LEAST_PERIODS: usize = 12;

/// The fewest periods at a new level or slope.
const LEAST_SEGMENT: usize = 5;

/// Values that happen to be equal, above this share, make ranks useless; so many periods are then
/// added up that fewer are.
/// Tuned: `tests/benches/accuracy/trend.rs` measures what another value does.
const MOST_EQUAL: f64 = 0.3;

/// Of more series than this, not all values are needed to see their tails together.
const MANY_SERIES: usize = 1_000;

/// Of one series at most so many outliers are reported.
const MOST_OUTLIERS: usize = 5;

/// The trends of all series, by series and then by kind. The running period, which is not complete,
/// must not be among the values; those that are not finite are gaps. A series of fewer than twelve
/// periods has none.
///
/// Each series is tested for a change of level or slope, for each season, and for outliers, by
/// tests that hold for noise with autocorrelation, heavy tails and ties (`evidence`, `movement`). The p-values
/// of all tests of all series together are discoveries at `settings.rate` by Benjamini & Hochberg
/// (1995). What a discovery is, and since when, the likeliest model of the series tells; see
/// `changepoints`.
pub fn find<S: AsRef<[f64]> + Sync>(series: &[S], settings: &Settings) -> Vec<Trend> {
    let mut looked: Vec<Looked> =
        parallel::map(series, settings.threads, |values| look(values.as_ref(), settings));
    // A tail that all series together have is none of one series' outliers.
    let sizes: Vec<f64> = looked
        .iter()
        .filter_map(|looked| looked.remainder.as_ref())
        .flat_map(|(remainder, _)| remainder.sizes().step_by(1 + series.len() / MANY_SERIES))
        .collect();
    let tails = Tails::together(&sizes);
    let with_values: Vec<(&S, &Looked)> = series.iter().zip(&looked).collect();
    let outliers = parallel::map(&with_values, settings.threads, |(values, looked)| {
        outliers(values.as_ref(), looked, &tails, settings.rate)
    });
    for (looked, outliers) in looked.iter_mut().zip(outliers) {
        looked.trends.extend(outliers);
    }
    let tests = looked.iter().map(|looked| looked.tests).sum();
    let p_values: Vec<f64> =
        looked.iter().flat_map(|looked| looked.trends.iter().map(|trend| trend.p_value)).collect();
    let q_values = q_values(&p_values, tests);
    let mut found: Vec<Trend> = looked
        .into_iter()
        .enumerate()
        .flat_map(|(number, looked)| {
            looked.trends.into_iter().map(move |trend| Trend { series: number, ..trend })
        })
        .zip(q_values)
        .map(|(trend, q_value)| Trend { q_value, ..trend })
        .filter(|trend| trend.q_value <= settings.rate)
        .collect();
    found.sort_by_key(|trend| (trend.series, trend.kind, trend.since));
    found
}

/// What one series shows, and how many questions it was asked.
struct Looked {
    tests: usize,
    trends: Vec<Trend>,
    /// What outliers are looked for in, and the seasonal part.
    remainder: Option<(Remainder, Vec<f64>)>,
}

fn look(values: &[f64], settings: &Settings) -> Looked {
    let mut looked = Looked { tests: 0, trends: Vec::new(), remainder: None };
    if values.len() < LEAST_PERIODS {
        return looked;
    }
    // A series that does not vary answers all questions with no.
    let lengths: Vec<usize> = settings
        .seasons
        .iter()
        .copied()
        .filter(|length| *length > 1 && evidence::LEAST_CYCLES * length <= values.len())
        .collect();
    looked.tests = 2 + lengths.len();
    let Some(filled) = filled(values) else { return looked };
    let (unit, filled) = (filled.unit, filled.values);
    let seasons: Vec<(usize, f64)> =
        lengths.iter().map(|&length| (length, evidence::season(&filled, length))).collect();
    // A season that is not there would only add noise.
    let mut shown: Vec<usize> = seasons
        .iter()
        .filter(|(_, p_value)| *p_value <= settings.rate)
        .map(|(length, _)| *length)
        .collect();
    shown.sort_unstable();
    let seasonal = seasonal(&filled, &shown);
    let adjusted: Vec<f64> = filled.iter().zip(&seasonal).map(|(value, s)| value - s).collect();
    for (length, p_value) in seasons {
        if p_value <= settings.rate {
            looked.trends.push(season_trend(&adjusted, &seasonal, length, p_value));
        }
    }
    let taken = shown.last().map_or(0.0, |length| *length as f64 - 1.0);
    let p_value = level_p_value(&adjusted, taken);
    if p_value <= settings.rate {
        looked.trends.extend(level_trend(&adjusted, p_value));
    }
    for trend in &mut looked.trends {
        in_units(trend, unit);
    }
    looked.remainder = Remainder::of(values, &shown).map(|remainder| (remainder, seasonal));
    looked
}

fn outliers(values: &[f64], looked: &Looked, tails: &Tails, rate: f64) -> Vec<Trend> {
    let (Some((remainder, seasonal)), Some(filled)) = (&looked.remainder, filled(values)) else {
        return Vec::new();
    };
    let surprises = remainder.surprises(values, tails).into_iter().take(MOST_OUTLIERS);
    surprises
        .filter(|surprise| surprise.chance <= rate)
        .map(|surprise| {
            let mut trend = outlier_trend(&filled.values, seasonal, surprise);
            in_units(&mut trend, filled.unit);
            trend
        })
        .collect()
}

fn in_units(trend: &mut Trend, unit: f64) {
    for size in [
        &mut trend.now,
        &mut trend.without,
        &mut trend.per_period,
        &mut trend.standard_error,
        &mut trend.total,
    ] {
        *size = (*size * unit).clamp(f64::MIN, f64::MAX);
    }
    // What was held has to agree still.
    trend.per_period = (trend.now - trend.without).clamp(f64::MIN, f64::MAX);
}

/// That noise has a shift or a slope as convincing.
fn level_p_value(adjusted: &[f64], taken: f64) -> f64 {
    let Some(dense) = dense(adjusted) else { return 1.0 };
    // What few degrees of freedom the season took of many values, it took of few sums of them.
    let taken = taken.min(dense.len() as f64 / evidence::LEAST_CYCLES as f64);
    movement::p_value(&dense, taken)
}

/// Sums of so many neighbours that not too many are equal; nothing where too few are left.
fn dense(values: &[f64]) -> Option<Vec<f64>> {
    let mut dense = values.to_vec();
    loop {
        let mut sorted = dense.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let most = sorted.chunk_by(|a, b| a == b).map(<[f64]>::len).max()?;
        if most as f64 <= MOST_EQUAL * dense.len() as f64 {
            return Some(dense);
        }
        if dense.len() / 2 < LEAST_PERIODS {
            return None;
        }
        // From the end, where the news is.
        let start = dense.len() % 2;
        dense = dense[start..].chunks_exact(2).map(|pair| pair[0] + pair[1]).collect();
    }
}

/// The last change of level or slope in the likeliest model; none if that has no change.
fn level_trend(adjusted: &[f64], p_value: f64) -> Option<Trend> {
    let held = without_spikes(adjusted, 3.0);
    let model = segment::best(&held, LEAST_SEGMENT)?;
    let count = adjusted.len();
    let since = model.changes.last().copied();
    let before = model.changes.iter().rev().nth(1).copied().unwrap_or(0);
    let trend = match (model.form, since) {
        (Form::Steps { degree: 0 }, None) => return None,
        (Form::Steps { .. }, Some(since)) => shift_trend(&held, before, since),
        (Form::Lines, Some(since)) => bend_trend(&held, before, since),
        (_, None) => {
            let line = Line::through(&held);
            let (start, now) = (line.at(0), line.at(count - 1));
            let noise = LongRun::of(&line.errors, 2.0);
            let rise = count as f64 * (count as f64 + 1.0) * (count as f64 - 1.0) / 12.0;
            let error = (noise.variance / rise).sqrt() * (count - 1) as f64;
            let total = (0..count).map(|index| line.at(index) - start).sum();
            sized(Kind::Slope, 0, count, now, start, error, total)
        }
    };
    Some(Trend { p_value, ..trend })
}

fn shift_trend(held: &[f64], before: usize, since: usize) -> Trend {
    let (old, new) = (&held[before..since], &held[since..]);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let (without, now) = (mean(old), mean(new));
    let errors: Vec<f64> =
        old.iter().map(|v| v - without).chain(new.iter().map(|v| v - now)).collect();
    let noise = LongRun::of(&errors, 2.0);
    let error = (noise.variance * (1.0 / old.len() as f64 + 1.0 / new.len() as f64)).sqrt();
    let total = (now - without) * new.len() as f64;
    sized(Kind::LevelShift, since, held.len(), now, without, error, total)
}

/// The line since the bend beside the one before, continued as far as values have been seen: a fall
/// does not go on below all there was, nor growth above it.
fn bend_trend(held: &[f64], before: usize, since: usize) -> Trend {
    let (old, new) = (Line::through(&held[before..since]), Line::through(&held[since..]));
    let count = held.len();
    let jump = new.at(0) - old.at(since - before);
    let last = count - 1;
    let seen = &held[before..];
    let least = seen.iter().copied().fold(f64::INFINITY, f64::min);
    let most = seen.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let continued = |index: usize| old.at(index - before).max(least).min(most);
    let (now, without) = (new.at(last - since), continued(last));
    let errors: Vec<f64> = old.errors.iter().chain(&new.errors).copied().collect();
    let noise = LongRun::of(&errors, 4.0);
    let (n0, n1) = ((since - before) as f64, (count - since) as f64);
    // Of both lines at the last period, each about its own middle.
    let at_end = |n: f64, beyond: f64| {
        1.0 / n + ((n - 1.0) / 2.0 + beyond).powi(2) * 12.0 / (n * (n * n - 1.0))
    };
    let error = (noise.variance * (at_end(n0, n1) + at_end(n1, 0.0))).sqrt();
    let total = (since..count).map(|index| new.at(index - since) - continued(index)).sum();
    // Two lines that run on alike, one above the other, are a shift.
    let turn = (new.slope - old.slope).abs() * n1;
    let kind = if jump.abs() > turn { Kind::LevelShift } else { Kind::Slope };
    sized(kind, since, count, now, without, error, total)
}

fn season_trend(adjusted: &[f64], seasonal: &[f64], length: usize, p_value: f64) -> Trend {
    let count = seasonal.len();
    // The last whole cycle: a season may change slowly.
    let last = &seasonal[count - length..];
    let by_size = |a: &(usize, &f64), b: &(usize, &f64)| a.1.total_cmp(b.1);
    let phase = |place: Option<(usize, &f64)>| {
        place.map_or((0, 0.0), |(place, value)| ((count - length + place) % length, *value))
    };
    let (best, high) = phase(last.iter().enumerate().max_by(by_size));
    let (worst, low) = phase(last.iter().enumerate().min_by(by_size));
    let level = median(&adjusted[count - length..]).unwrap_or(0.0);
    let noise = LongRun::of(&Line::through(adjusted).errors, 2.0);
    let cycles = (count / length) as f64;
    let error = (2.0 * noise.variance / cycles).sqrt();
    let trend = sized(Kind::Season, 0, count, level + high, level + low, error, 0.0);
    let season = Some(Season { length, best, worst });
    Trend { season, direction: Direction::Both, p_value, ..trend }
}

fn outlier_trend(filled: &[f64], seasonal: &[f64], surprise: Surprise) -> Trend {
    let Surprise { from, to, chance } = surprise;
    let level: Vec<f64> = filled.iter().zip(seasonal).map(|(value, s)| value - s).collect();
    let near: Vec<f64> = (from.saturating_sub(NEIGHBOURS)..(to + NEIGHBOURS).min(level.len()))
        .filter(|index| !(from..to).contains(index))
        .map(|index| level[index])
        .collect();
    let about = median(&near).unwrap_or(0.0);
    let expected = |index: usize| about + seasonal[index];
    let count = (to - from) as f64;
    let now = filled[from..to].iter().sum::<f64>() / count;
    let without = (from..to).map(expected).sum::<f64>() / count;
    let errors: Vec<f64> = near.iter().map(|value| value - about).collect();
    let spread = super::series::robust_scale(&errors);
    let trend = sized(Kind::Outlier, from, to, now, without, spread, (now - without) * count);
    Trend { p_value: chance, ..trend }
}

/// Periods on either side of an outlier that say what it should have been.
const NEIGHBOURS: usize = 8;

fn sized(
    kind: Kind,
    since: usize,
    until: usize,
    now: f64,
    without: f64,
    standard_error: f64,
    total: f64,
) -> Trend {
    Trend {
        series: 0,
        kind,
        direction: if now >= without { Direction::Up } else { Direction::Down },
        since,
        until,
        now,
        without,
        per_period: now - without,
        standard_error,
        total,
        season: None,
        p_value: 1.0,
        q_value: 1.0,
    }
}

//! From series to forecasts: members, weights, the choice against naive, intervals, words.

use super::backtest::{self, Plan, Trial};
use super::calendar::{self, Effects};
use super::combine::{self, Lesson};
use super::conformal::{self, Calibration, Evidence, Signs, Usual};
use super::members;
use super::prepare::Prepared;
use super::words;
use super::{Backtest, Forecast, Interval, Method, Settings};

/// The most steps ahead that are forecast; those after it have the values of the last one.
pub(super) const LONGEST_HORIZON: usize = 5_000;

/// The number of lessons at which what a file teaches counts as much as what is known beforehand.
const ANCHOR: f64 = 200.0;

/// So many lessons settle the weights; of more, evenly spaced ones are taken.
const MOST_LESSONS: usize = 2_000;

/// Errors next to each other are alike: so many steps tell as much as one trial.
const STEPS_OF_A_TRIAL: f64 = 12.0;

/// How many trials the pooled verdict against naive counts for in that on one series.
const TRIALS_OF_FILE: f64 = 10.0;

/// The usual logarithm of the ratio of the models' error to that of naive, and the number of
/// series that count as much in the mean over a file.
const USUAL_GAIN: f64 = -0.15;
const SERIES_OF_GAIN: f64 = 30.0;

/// Series that are forecast together, for they resemble each other.
struct Group {
    indexes: Vec<usize>,
    intermittent: bool,
}

/// Forecasts of series that have been prepared, in their order.
pub(super) fn run(
    prepared: &[Prepared],
    effects: &[Effects],
    settings: &Settings,
    threads: usize,
    progress: &(dyn Fn(usize) + Sync),
) -> Vec<Forecast> {
    let mut groups = [false, true].map(|intermittent| Group { indexes: Vec::new(), intermittent });
    let mut found: Vec<Option<Forecast>> = vec![None; prepared.len()];
    for (index, one) in prepared.iter().enumerate() {
        if one.values.is_empty() {
            found[index] = Some(words::nothing(one, settings));
        } else {
            groups[usize::from(one.is_intermittent())].indexes.push(index);
        }
    }
    let mut before = prepared.len() - groups.iter().map(|group| group.indexes.len()).sum::<usize>();
    for group in groups.iter().filter(|group| !group.indexes.is_empty()) {
        let forecasts =
            group.run(prepared, effects, settings, threads, &|done| progress(before + done));
        for (index, forecast) in group.indexes.iter().zip(forecasts) {
            found[*index] = Some(forecast);
        }
        before += group.indexes.len();
    }
    found.into_iter().flatten().collect()
}

/// One origin of one series, forecast by the method that was chosen.
struct Judged<'a> {
    trial: &'a Trial,
    point: Vec<f64>,
    signs: Signs,
}

impl Group {
    fn run(
        &self,
        prepared: &[Prepared],
        effects: &[Effects],
        settings: &Settings,
        threads: usize,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Vec<Forecast> {
        let series: Vec<&[f64]> =
            self.indexes.iter().map(|index| prepared[*index].values.as_slice()).collect();
        let (plan, prior) = self.plan(&series, settings);
        let trials = backtest::trials(&series, &plan, threads, progress);
        let lessons = lessons(&series, &trials, &plan);
        let weights = Weights::learn(&lessons, &prior, &plan);
        let chosen = choose(&series, &trials, &plan, &weights);
        let judged: Vec<Vec<Judged<'_>>> = series
            .iter()
            .zip(&trials)
            .zip(&chosen)
            .map(|((values, trials), choice)| {
                trials.iter().map(|trial| judge(values, trial, &plan, &weights, *choice)).collect()
            })
            .collect();
        let evidence: Vec<Evidence> = judged.iter().flat_map(|trials| evidence(trials)).collect();
        let usual = if plan.seasons.is_empty() { &Usual::PLAIN } else { &Usual::SEASONAL };
        let calibration = Calibration::of(&evidence, plan.horizon, usual);
        self.indexes
            .iter()
            .zip(judged)
            .zip(chosen)
            .map(|((index, judged), choice)| {
                let one = &prepared[*index];
                finish(one, &effects[*index], settings, &plan, &calibration, &judged, choice)
            })
            .collect()
    }

    fn plan(&self, series: &[&[f64]], settings: &Settings) -> (Plan, Vec<f64>) {
        let mut lengths: Vec<usize> = series.iter().map(|values| values.len()).collect();
        lengths.sort_unstable();
        let typical = lengths.get(lengths.len() / 2).copied().unwrap_or(0);
        let longest = lengths.last().copied().unwrap_or(0);
        let mut seasons: Vec<usize> = settings
            .seasons
            .iter()
            .copied()
            .filter(|season| *season > 1 && 2 * season <= longest)
            .collect();
        seasons.sort_unstable();
        seasons.dedup();
        let horizon = settings.horizon.min(LONGEST_HORIZON);
        let asked_season = settings.seasons.iter().copied().filter(|season| *season > 1).min();
        let members = members::of(&seasons, asked_season, typical, self.intermittent);
        let prior = members.iter().map(|(_, weight)| *weight).collect();
        let origins = (1_800 / series.len().max(1)).clamp(2, 6);
        let stride = if series.len() >= 100 { horizon } else { horizon.div_ceil(2) };
        let members = members.into_iter().map(|(member, _)| member).collect();
        (
            Plan {
                seasons,
                asked_season,
                horizon,
                origins,
                stride,
                members,
                intermittent: self.intermittent,
            },
            prior,
        )
    }
}

/// Weights of the members for short and for long histories: what long ones can be regressed on,
/// short ones cannot.
struct Weights {
    short: Vec<f64>,
    long: Vec<f64>,
    /// From how many values on a history is long.
    long_from: usize,
}

impl Weights {
    fn learn(lessons: &[(usize, Lesson)], prior: &[f64], plan: &Plan) -> Self {
        let long_from = 5 * plan.seasons.first().copied().unwrap_or(5);
        let of = |wanted: fn(bool) -> bool| -> Vec<&Lesson> {
            let wanted = lessons.iter().filter(|(known, _)| wanted(*known >= long_from));
            wanted.map(|(_, lesson)| lesson).collect()
        };
        let both = combine::weights(&of(|_| true), prior, ANCHOR);
        Self {
            short: combine::weights(&of(|long| !long), &both, ANCHOR),
            long: combine::weights(&of(|long| long), &both, ANCHOR),
            long_from,
        }
    }

    fn of(&self, known: usize) -> &[f64] {
        if known < self.long_from { &self.short } else { &self.long }
    }

    fn combine(&self, trial: &Trial) -> Option<Vec<f64>> {
        combine::combine(&trial.forecasts, self.of(trial.known))
    }
}

/// The errors of the trials of one series.
fn evidence<'a>(judged: &'a [Judged<'_>]) -> impl Iterator<Item = Evidence> + 'a {
    judged.iter().enumerate().filter(|(_, judged)| !judged.trial.actual.is_empty()).map(
        |(origin, judged)| {
            let pairs = judged.trial.actual.iter().zip(&judged.point);
            Evidence {
                origin,
                signs: judged.signs,
                errors: pairs.map(|(actual, point)| actual - point).collect(),
            }
        },
    )
}

/// What was held out, and what the members said about it, with the length of what they were shown.
fn lessons(series: &[&[f64]], trials: &[Vec<Trial>], plan: &Plan) -> Vec<(usize, Lesson)> {
    let held = |trials: &[Trial]| {
        (0..trials.len()).filter(|origin| !trials[*origin].actual.is_empty()).collect::<Vec<_>>()
    };
    let all: Vec<(usize, &[f64], &Trial)> = series
        .iter()
        .zip(trials)
        .flat_map(|(values, trials)| {
            held(trials).into_iter().map(move |origin| (origin, *values, &trials[origin]))
        })
        .collect();
    // Odd, so that it meets all of the two, four or six origins of the series.
    let step = all.len().div_ceil(MOST_LESSONS) | 1;
    let all: Vec<(usize, &[f64], &Trial)> = all.into_iter().step_by(step).collect();
    // Both measures count alike once each is in units of what naive scores on average.
    let (mut relative, mut scaled, mut count) = (0.0, 0.0, 0.0);
    let mut units = Vec::with_capacity(all.len());
    for (_, values, trial) in &all {
        let shown = &values[..trial.known];
        let season = plan.naive_season(shown.len());
        let naive = members::repeat(shown, season, plan.horizon).unwrap_or_default();
        let (percent, error) = backtest::errors(&trial.actual, &naive);
        let size = conformal::mean_size(&trial.actual);
        let scale = conformal::naive_error(shown, season);
        let sound = size > 0.0 && scale > 0.0;
        if sound {
            relative += percent;
            scaled += error / scale;
            count += 1.0;
        }
        units.push(sound.then_some((size, scale)));
    }
    let (relative, scaled) = (relative / count, scaled / count);
    all.into_iter()
        .zip(units)
        .filter_map(|((origin, _, trial), unit)| {
            let (size, scale) = unit?;
            let cost = 100.0 / (size * relative) + 1.0 / (scale * scaled);
            let steps = trial.actual.len();
            let forecasts = trial
                .forecasts
                .iter()
                .map(|forecast| forecast.as_ref().map(|values| values[..steps].to_vec()))
                .collect();
            let lesson = Lesson { actual: trial.actual.clone(), forecasts, cost, origin };
            cost.is_finite().then_some((trial.known, lesson))
        })
        .collect()
}

/// Whether the models or naive forecast a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Choice {
    /// The models, as the trials say, or for want of trials.
    Models,
    /// Naive, which did better in the trials.
    NaiveWon,
    /// Naive, for the models have nothing to say.
    NaiveOnly,
}

/// Models or naive for each series: by the logarithm of the ratio of their errors in its trials,
/// which is drawn towards the mean over the file, for a single trial is mostly chance.
fn choose(series: &[&[f64]], trials: &[Vec<Trial>], plan: &Plan, weights: &Weights) -> Vec<Choice> {
    let verdicts: Vec<Option<(f64, f64)>> = series
        .iter()
        .zip(trials)
        .map(|(values, trials)| {
            weights.combine(trials.first()?)?;
            let (mut own, mut naive, mut count) = (0.0, 0.0, 0.0);
            for trial in trials.iter().filter(|trial| !trial.actual.is_empty()) {
                let Some(point) = weights.combine(trial) else { continue };
                // The absolute error is smallest at the median, which is nothing where most
                // steps are zero, and nothing is not what will be sold.
                let error = |forecast: &[f64]| {
                    if plan.intermittent {
                        backtest::root_mean_square(&trial.actual, forecast)
                    } else {
                        backtest::errors(&trial.actual, forecast).1
                    }
                };
                own += error(&point);
                naive += error(&naive_of(values, trial, plan));
                count += f64_of(trial.actual.len()) / STEPS_OF_A_TRIAL;
            }
            let ratio = (own / naive).ln().clamp(-2.0, 2.0);
            Some(if ratio.is_nan() { (0.0, 0.0) } else { (ratio, count) })
        })
        .collect();
    let known: Vec<(f64, f64)> =
        verdicts.iter().flatten().copied().filter(|verdict| verdict.1 > 0.0).collect();
    let total: f64 = known.iter().map(|(ratio, _)| ratio).sum();
    let mean = (total + USUAL_GAIN * SERIES_OF_GAIN) / (f64_of(known.len()) + SERIES_OF_GAIN);
    verdicts
        .into_iter()
        .map(|verdict| match verdict {
            None => Choice::NaiveOnly,
            Some((ratio, count)) => {
                let drawn = (ratio * count + mean * TRIALS_OF_FILE) / (count + TRIALS_OF_FILE);
                if drawn > 0.0 { Choice::NaiveWon } else { Choice::Models }
            }
        })
        .collect()
}

fn naive_of(values: &[f64], trial: &Trial, plan: &Plan) -> Vec<f64> {
    let shown = &values[..trial.known];
    members::repeat(shown, plan.naive_season(shown.len()), plan.horizon).unwrap_or_default()
}

fn judge<'a>(
    values: &[f64],
    trial: &'a Trial,
    plan: &Plan,
    weights: &Weights,
    choice: Choice,
) -> Judged<'a> {
    let combined = weights.combine(trial);
    let shown = &values[..trial.known];
    let season = plan.naive_season(shown.len());
    let spread =
        combined.as_ref().map(|point| spread(&trial.forecasts, weights.of(trial.known), point));
    let signs = conformal::signs(shown, season, plan.horizon, spread);
    let point = match (choice, combined) {
        (Choice::Models, Some(point)) => point,
        _ => naive_of(values, trial, plan),
    };
    Judged { trial, point, signs }
}

/// The mean distance of the members from their combination.
fn spread(forecasts: &[Option<Vec<f64>>], weights: &[f64], point: &[f64]) -> f64 {
    let (mut sum, mut total) = (0.0, 0.0);
    for (forecast, weight) in forecasts.iter().zip(weights) {
        if let Some(forecast) = forecast {
            sum += weight * backtest::errors(forecast, point).1;
            total += weight;
        }
    }
    if total > 0.0 { sum / total } else { 0.0 }
}

/// The forecast of one series in its own units.
fn finish(
    one: &Prepared,
    effects: &Effects,
    settings: &Settings,
    plan: &Plan,
    calibration: &Calibration,
    judged: &[Judged<'_>],
    choice: Choice,
) -> Forecast {
    let Some(last) = judged.first() else { return words::nothing(one, settings) };
    let unit = one.unit;
    let floor = if settings.nonnegative { 0.0 } else { f64::NEG_INFINITY };
    let factor = |step: usize| effects.ahead(step) * unit;
    let bounded = |value: f64| {
        let value = if value.is_nan() { 0.0 } else { value };
        value.max(floor).clamp(-f64::MAX, f64::MAX)
    };
    let mut point: Vec<f64> =
        last.point.iter().enumerate().map(|(step, value)| bounded(value * factor(step))).collect();
    let mut order: Vec<usize> = (0..settings.levels.len()).collect();
    order.sort_by(|left, right| settings.levels[*left].total_cmp(&settings.levels[*right]));
    let mut intervals: Vec<Interval> = settings
        .levels
        .iter()
        .map(|level| Interval { level: *level, lower: Vec::new(), upper: Vec::new() })
        .collect();
    let (mut inner_low, mut inner_high) = (point.clone(), point.clone());
    for index in order {
        let offsets = calibration.offsets(&last.signs, settings.levels[index]);
        for (step, (below, above)) in offsets.iter().enumerate() {
            let centre = last.point[step];
            inner_low[step] = inner_low[step].min(bounded((centre + below) * factor(step)));
            inner_high[step] = inner_high[step].max(bounded((centre + above) * factor(step)));
        }
        intervals[index].lower.clone_from(&inner_low);
        intervals[index].upper.clone_from(&inner_high);
    }
    extend(&mut point, settings.horizon);
    for interval in &mut intervals {
        extend(&mut interval.lower, settings.horizon);
        extend(&mut interval.upper, settings.horizon);
    }
    let backtest = score(one, effects, plan, calibration, judged);
    let method = method(plan, last, choice);
    let why = words::why(method, choice, backtest.as_ref(), plan);
    let missing = words::missing(one, settings, plan, backtest.as_ref());
    Forecast { point, intervals, method, why, backtest, given: one.given, missing }
}

fn extend(values: &mut Vec<f64>, length: usize) {
    let last = values.last().copied().unwrap_or(0.0);
    values.resize(length, last);
}

/// The kind of forecast that stands at the end of the series.
fn method(plan: &Plan, last: &Judged<'_>, choice: Choice) -> Method {
    let season = plan.naive_season(last.trial.known);
    if choice != Choice::Models {
        return if season > 1 { Method::SeasonalNaive } else { Method::Naive };
    }
    members::method(&plan.members, &last.trial.forecasts, season, plan.intermittent)
}

/// How the chosen method did in the trials of one series, in the series' own units.
fn score(
    one: &Prepared,
    effects: &Effects,
    plan: &Plan,
    calibration: &Calibration,
    judged: &[Judged<'_>],
) -> Option<Backtest> {
    let trials: Vec<&Judged<'_>> =
        judged.iter().filter(|judged| !judged.trial.actual.is_empty()).collect();
    let (mut mase, mut naive_mase, mut smape, mut naive_smape) = (0.0, 0.0, 0.0, 0.0);
    let (mut inside, mut steps) = (0.0, 0.0);
    for judged in &trials {
        let known = judged.trial.known;
        let restore = |values: &[f64]| -> Vec<f64> {
            values
                .iter()
                .enumerate()
                .map(|(step, value)| value * effects.at(known + step))
                .collect()
        };
        let actual = restore(&judged.trial.actual);
        let shown = &one.values[..known];
        let season = plan.naive_season(known);
        let naive = members::repeat(shown, season, plan.horizon).unwrap_or_default();
        let (percent, error) = backtest::errors(&actual, &restore(&judged.point));
        let (naive_percent, naive_error) = backtest::errors(&actual, &restore(&naive));
        let scale = judged.signs.naive.max(f64::MIN_POSITIVE);
        smape += percent;
        naive_smape += naive_percent;
        mase += (error / scale).min(1e6);
        naive_mase += (naive_error / scale).min(1e6);
        let offsets = calibration.offsets(&judged.signs, 0.95);
        for ((actual, point), (below, above)) in
            judged.trial.actual.iter().zip(&judged.point).zip(offsets)
        {
            steps += 1.0;
            if (point + below..=point + above).contains(actual) {
                inside += 1.0;
            }
        }
    }
    let count = f64_of(trials.len());
    let horizon = trials.iter().map(|judged| judged.trial.actual.len()).max()?;
    Some(Backtest {
        origins: trials.len(),
        horizon,
        mase: mase / count,
        naive_mase: naive_mase / count,
        smape: smape / count,
        naive_smape: naive_smape / count,
        coverage_95: inside / steps,
    })
}

/// A count as a number. Exact below 2⁵³.
#[allow(clippy::cast_precision_loss)]
fn f64_of(count: usize) -> f64 {
    count as f64
}

/// Forecasts of series as they are given.
pub(super) fn forecast_all(
    series: &[&[f64]],
    settings: &Settings,
    threads: usize,
    progress: &(dyn Fn(usize) + Sync),
) -> Vec<Forecast> {
    let longest_season = settings.seasons.iter().copied().max().unwrap_or(1);
    let mut prepared: Vec<Prepared> =
        series.iter().map(|values| Prepared::of(values, longest_season)).collect();
    let effects: Vec<Effects> =
        prepared.iter_mut().map(|one| calendar::take_off(one, settings)).collect();
    run(&prepared, &effects, settings, threads, progress)
}

#[cfg(test)]
mod tests;

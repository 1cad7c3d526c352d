//! From series to what is fitted to them: members, weights, the choice against naive, calibrated
//! errors.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::backtest::{self, Trial};
use super::calendar::Effects;
use super::choice::{Choice, choose, naive_of};
use super::combine::Holdout;
use super::conformal::{self, Calibration, Evidence, Prior, Scale};
use super::ended;
use super::explanation::{self, Naive};
use super::fitted::{Fitted, Outlook};
use super::members;
use super::plan::{self, Plan};
use super::prepare::Prepared;
use super::weights::Weights;
use super::{Backtest, LONGEST_HORIZON, Method, Settings};
use crate::numeric::count::f64_of;
use crate::parallel;

/// So many holdouts settle the weights; of more, evenly spaced ones are taken.
const MOST_HOLDOUTS: usize = 2_000;

/// So many like series learn from each other; of fewer each is told as if it were alone, for they
/// would say more of each other than all together of what is common to them.
const FEWEST_TO_LEARN: usize = 30;

/// Whether series learn from each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Learning {
    /// Where there are enough of them.
    FromEachOther,
    /// Each from itself alone.
    Alone,
}

/// Series that are forecast together, for they resemble each other.
struct Group {
    indexes: Vec<usize>,
    intermittent: bool,
}

/// What is fitted to series that have been prepared, in their order, and the calibrations that they
/// share.
pub(super) fn run(
    prepared: &[Prepared],
    effects: &[Effects],
    settings: &Settings,
    learning: Learning,
    threads: usize,
    progress: &(dyn Fn(usize) + Sync),
) -> (Vec<Fitted>, Vec<Calibration>) {
    let without_models = |one: &Prepared| {
        if one.values.is_empty() {
            return Some(Fitted::nothing(one));
        }
        let silent = ended::silent_since_the_end(&one.values, &settings.seasons)?;
        Some(Fitted::ended(one, silent))
    };
    let mut found: Vec<Option<Fitted>> = prepared.iter().map(without_models).collect();
    let (mut large, mut alone) = (Vec::new(), Vec::new());
    for intermittent in [false, true] {
        let like = |index: &usize| {
            found[*index].is_none() && prepared[*index].is_intermittent() == intermittent
        };
        let indexes: Vec<usize> = (0..prepared.len()).filter(like).collect();
        if learning == Learning::FromEachOther && indexes.len() >= FEWEST_TO_LEARN {
            large.push(Group { indexes, intermittent });
        } else {
            alone.extend(
                indexes.into_iter().map(|index| Group { indexes: vec![index], intermittent }),
            );
        }
    }
    let mut before = found.iter().flatten().count();
    let mut calibrations = Vec::new();
    let mut take = |group: &Group, (fitted, calibration): (Vec<Fitted>, Calibration)| {
        for (index, mut one) in group.indexes.iter().zip(fitted) {
            if let Some(outlook) = &mut one.outlook {
                outlook.calibration = calibrations.len();
            }
            found[*index] = Some(one);
        }
        calibrations.push(calibration);
    };
    for group in &large {
        let told = |done| progress(before + done);
        take(group, group.run(prepared, effects, settings, threads, &told));
        before += group.indexes.len();
    }
    let done = AtomicUsize::new(before);
    let each = parallel::map(&alone, threads, |group| {
        let fitted = group.run(prepared, effects, settings, 1, &|_| {});
        progress(done.fetch_add(1, Ordering::Relaxed) + 1);
        fitted
    });
    for (group, fitted) in alone.iter().zip(each) {
        take(group, fitted);
    }
    (found.into_iter().flatten().collect(), calibrations)
}

/// One origin of one series, forecast by the method that was chosen.
struct Judged<'a> {
    trial: &'a Trial,
    point: Vec<f64>,
    scale: Scale,
}

impl Group {
    fn run(
        &self,
        prepared: &[Prepared],
        effects: &[Effects],
        settings: &Settings,
        threads: usize,
        progress: &(dyn Fn(usize) + Sync),
    ) -> (Vec<Fitted>, Calibration) {
        let series: Vec<&[f64]> =
            self.indexes.iter().map(|index| prepared[*index].values.as_slice()).collect();
        let (plan, prior) = self.plan(&series, settings);
        let trials = backtest::trials(&series, &plan, threads, progress);
        let holdouts = holdouts(&series, &trials, &plan);
        let weights = Weights::learn(&holdouts, &prior, &plan);
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
        let prior_errors = if plan.seasons.is_empty() { &Prior::PLAIN } else { &Prior::SEASONAL };
        let calibration = Calibration::of(&evidence, plan.horizon, prior_errors);
        let fitted =
            self.indexes.iter().zip(judged).zip(chosen).map(|((index, judged), choice)| {
                let (one, effects) = (&prepared[*index], &effects[*index]);
                finish(one, effects, settings, &plan, &calibration, &judged, choice)
            });
        (fitted.collect(), calibration)
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
        let asked_season = settings.seasons.iter().copied().filter(|season| *season > 1).min();
        let horizon = plan::horizon_of(asked_season, typical);
        let reach = settings.horizon.clamp(horizon, LONGEST_HORIZON);
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
                reach,
                origins,
                stride,
                members,
                intermittent: self.intermittent,
            },
            prior,
        )
    }
}

/// The errors of the trials of one series.
fn evidence<'a>(judged: &'a [Judged<'_>]) -> impl Iterator<Item = Evidence> + 'a {
    judged.iter().enumerate().filter(|(_, judged)| !judged.trial.actual.is_empty()).map(
        |(origin, judged)| {
            let pairs = judged.trial.actual.iter().zip(&judged.point);
            Evidence {
                origin,
                scale: judged.scale,
                errors: pairs.map(|(actual, point)| actual - point).collect(),
            }
        },
    )
}

/// What was held out, and what the members said about it, with the length of what they were shown.
fn holdouts(series: &[&[f64]], trials: &[Vec<Trial>], plan: &Plan) -> Vec<(usize, Holdout)> {
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
    let step = all.len().div_ceil(MOST_HOLDOUTS) | 1;
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
            let holdout = Holdout { actual: trial.actual.clone(), forecasts, cost, origin };
            cost.is_finite().then_some((trial.known, holdout))
        })
        .collect()
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
    let near = |point: &Vec<f64>| point[..point.len().min(plan.horizon)].to_vec();
    let spread = combined
        .as_ref()
        .map(|point| spread(&trial.forecasts, weights.of(trial.known), &near(point)));
    let scale = Scale::of(shown, season, plan.horizon, spread);
    let point = match (choice, combined) {
        (Choice::Models, Some(point)) => point,
        _ => naive_of(values, trial, plan),
    };
    Judged { trial, point, scale }
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

/// What is fitted to one series.
fn finish(
    one: &Prepared,
    effects: &Effects,
    settings: &Settings,
    plan: &Plan,
    calibration: &Calibration,
    judged: &[Judged<'_>],
    choice: Choice,
) -> Fitted {
    let Some(last) = judged.first() else { return Fitted::nothing(one) };
    let backtest = score(one, effects, plan, calibration, judged);
    let method = method(plan, last, choice);
    let is_tried = |judged: &&Judged<'_>| backtest.is_none() || !judged.trial.actual.is_empty();
    let naive = Naive::of(plan, judged.iter().filter(is_tried).map(|judged| judged.trial.known));
    Fitted {
        outlook: Some(Outlook {
            factors: (0..last.point.len()).map(|step| effects.ahead(step) * one.unit).collect(),
            point: last.point.clone(),
            scale: last.scale,
            calibration: 0,
            is_nonnegative: one.values.iter().all(|value| *value >= 0.0),
        }),
        method,
        why: explanation::why(method, choice, backtest.as_ref(), naive),
        missing: explanation::lacks(one, settings, plan, backtest.as_ref()),
        backtest,
        given: one.given,
        filled: one.filled,
    }
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
        let scale = judged.scale.naive.max(f64::MIN_POSITIVE);
        smape += percent;
        naive_smape += naive_percent;
        mase += (error / scale).min(1e6);
        naive_mase += (naive_error / scale).min(1e6);
        let offsets = calibration.offsets(&judged.scale, 0.95, judged.trial.actual.len());
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

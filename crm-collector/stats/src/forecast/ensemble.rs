//! The forecast of one series from itself alone: several models on the series without its season,
//! as it is and in logarithms, and what they agree on.
//!
//! Which models there are depends on the structure of the series (season, length, sign, zeros),
//! never on where it comes from. All values are answered: what is no number is filled in from its
//! neighbours, and a series that is too short for models is forecast by its last value.

mod opening;

use super::models::ces::ces;
use super::models::ets::{Error, ets_among};
use super::models::intermittent::{adida, tsb, without_wild_sizes};
use super::models::seasonal::SeasonalIndices;
use super::models::simple::{drift, naive, returning_growth, seasonal_naive};
use super::models::theta::{dynamic_theta, theta};
use super::models::{Loss, ModelFit, real};

use opening::{Opening, fill_closures};

/// A model as a candidate for the ensemble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Model {
    /// The last value, with the season put back: what everything has to beat. No member.
    Naive,
    /// The values of the last season. No member.
    SeasonalNaive,
    /// Theta.
    Theta,
    /// The dynamic optimised Theta model.
    DynamicTheta,
    /// Complex exponential smoothing.
    ComplexSmoothing,
    /// Growth that returns to its mean.
    ReturningGrowth,
    /// The growth of the last ten steps, fading.
    FadingGrowth,
    /// Theta of the logarithm.
    LogTheta,
    /// The dynamic optimised Theta model of the logarithm, at most three fifths of the drift.
    LogDynamicTheta,
    /// Exponential smoothing as a state space model chosen by AICc; of series that are not above 0
    /// throughout.
    Ets,
    /// The same of the logarithm.
    LogEts,
    /// Teunter, Syntetos and Babai's method (intermittent demand).
    Tsb,
    /// Aggregation and disaggregation (intermittent demand).
    Adida,
}

impl Model {
    /// Whether the ensemble may use it; the others are what it is compared with.
    pub fn is_member(self) -> bool {
        !matches!(self, Self::Naive | Self::SeasonalNaive)
    }

    /// A short stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Naive => "naive",
            Self::SeasonalNaive => "seasonal naive",
            Self::Theta => "theta",
            Self::DynamicTheta => "dynamic theta",
            Self::ComplexSmoothing => "complex smoothing",
            Self::ReturningGrowth => "returning growth",
            Self::FadingGrowth => "fading growth",
            Self::LogTheta => "log theta",
            Self::LogDynamicTheta => "log dynamic theta",
            Self::Ets => "ets",
            Self::LogEts => "log ets",
            Self::Tsb => "tsb",
            Self::Adida => "adida",
        }
    }
}

/// One model's forecasts.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Whose they are.
    pub model: Model,
    /// One for each step of the horizon, in the series' unit, all finite.
    pub point: Vec<f64>,
    /// The mean size of its one-step errors as a multiple of that of naive's, on the scale that it
    /// was fitted on and without the season; `None` for models without such errors, and where
    /// naive has none.
    pub to_naive: Option<f64>,
}

impl Candidate {
    /// Whether it follows the series clearly worse than the last value does, by its one-step
    /// errors. Errors at held-out ends are no better ground: at origins inside the training parts
    /// of yearly and monthly series, every bound on those below threefold made the ensemble worse.
    pub fn is_clearly_worse_than_naive(&self) -> bool {
        self.to_naive.is_some_and(|ratio| ratio > CLEARLY_WORSE)
    }
}

/// A member whose one-step errors are this many times naive's has not understood the series.
/// Tuned: `tests/benches/accuracy/forecast.rs` measures what another value does.
const CLEARLY_WORSE: f64 = 1.5;

/// What the models of a series say.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidates {
    /// [`Model::Naive`] first, then [`Model::SeasonalNaive`] where there is a season, then members.
    pub all: Vec<Candidate>,
    /// The seasons that were long enough in the series to be taken off, and how much of each was
    /// taken for noise, 0 to 1.
    pub seasons: Vec<(usize, f64)>,
    /// Whether the series was taken for intermittent demand.
    pub intermittent: bool,
    /// No value is below 0.
    pub nonnegative: bool,
    /// Values that were no numbers and were filled in.
    pub filled: usize,
    /// Phases of the shortest season on which nothing is ever sold, such as a weekday. Forecasts
    /// are 0 there, and rest on the other points alone.
    pub closed: usize,
}

/// The ensemble's forecast, and how it came about.
#[derive(Clone, Debug, PartialEq)]
pub struct Ensemble {
    /// One for each step of the horizon, in the series' unit, all finite. Not below 0 where no
    /// value of the series was.
    pub point: Vec<f64>,
    /// The models that it is the trimmed mean of; naive alone where there were none.
    pub used: Vec<Model>,
    /// Models that follow the series clearly worse than naive.
    pub left_out: Vec<Model>,
    /// What all of them said.
    pub candidates: Candidates,
}

/// The ensemble for one series. `seasons` are lengths in points, the longest last.
pub fn ensemble(values: &[f64], seasons: &[usize], horizon: usize) -> Ensemble {
    let candidates = candidates(values, seasons, horizon);
    let members = candidates.all.iter().filter(|candidate| candidate.model.is_member());
    let (left_out, mut used): (Vec<_>, Vec<_>) =
        members.partition(|candidate| candidate.is_clearly_worse_than_naive());
    if used.is_empty() {
        used.extend(candidates.all.first());
    }
    let models = |of: Vec<&Candidate>| of.iter().map(|candidate| candidate.model).collect();
    let (used, left_out) = (models(used), models(left_out));
    let point = combine(&candidates, |_| true);
    Ensemble { point, used, left_out, candidates }
}

/// The combination of the members that are kept, without those that are clearly worse than naive:
/// their mean without the lowest and the highest fifth, at each step. Where none is left, the naive
/// forecast.
pub fn combine(candidates: &Candidates, keep: impl Fn(Model) -> bool) -> Vec<f64> {
    let kept: Vec<&[f64]> = candidates
        .all
        .iter()
        .filter(|candidate| candidate.model.is_member() && keep(candidate.model))
        .filter(|candidate| !candidate.is_clearly_worse_than_naive())
        .map(|candidate| candidate.point.as_slice())
        .collect();
    let Some(naive) = candidates.all.first() else { return Vec::new() };
    if kept.is_empty() {
        return naive.point.clone();
    }
    let cut = kept.len() / 5;
    let mut column = Vec::with_capacity(kept.len());
    (0..naive.point.len())
        .map(|step| {
            column.clear();
            column.extend(kept.iter().map(|point| point[step]));
            column.sort_unstable_by(f64::total_cmp);
            let middle = &column[cut..column.len() - cut];
            // Divided before they are added, so that the largest numbers have a mean.
            let count = real(middle.len());
            let mean = middle.iter().map(|value| value / count).sum::<f64>();
            if candidates.nonnegative { mean.max(0.0) } else { mean }
        })
        .collect()
}

/// The forecasts of every model that suits the series.
pub fn candidates(values: &[f64], seasons: &[usize], horizon: usize) -> Candidates {
    let (series, filled) = whole(values);
    match Opening::of(&series, seasons) {
        Some(opening) => candidates_of_open(&series, &opening, seasons, horizon, filled),
        None => candidates_of_whole(series, seasons, horizon, filled),
    }
}

/// Of a series with closed phases: of its open points, with zeros in between.
fn candidates_of_open(
    series: &[f64],
    opening: &Opening,
    seasons: &[usize],
    horizon: usize,
    filled: usize,
) -> Candidates {
    let shorter: Vec<usize> = seasons.iter().map(|season| opening.season(*season)).collect();
    let steps = opening.steps(series.len(), horizon);
    let mut answer = candidates_of_whole(opening.open(series), &shorter, steps, filled);
    answer.closed = opening.closed();
    for candidate in &mut answer.all {
        candidate.point = opening.spread(&candidate.point, series.len(), horizon);
    }
    for (length, _) in &mut answer.seasons {
        let given = seasons.iter().zip(&shorter).find(|(_, shorter)| *shorter == length);
        *length = given.map_or(*length, |(given, _)| *given);
    }
    answer
}

fn candidates_of_whole(
    series: Vec<f64>,
    seasons: &[usize],
    horizon: usize,
    filled: usize,
) -> Candidates {
    let unit = unit(&series);
    let mut series: Vec<f64> = series.iter().map(|value| value / unit).collect();
    let nonnegative = series.iter().all(|value| *value >= 0.0);
    let zeros = series.iter().filter(|value| **value == 0.0).count();
    let intermittent = nonnegative && zeros > 0 && 10 * zeros >= INTERMITTENT_TENTHS * series.len();
    let mut answer = Candidates {
        all: Vec::new(),
        seasons: Vec::new(),
        intermittent,
        nonnegative,
        filled,
        closed: 0,
    };
    if intermittent {
        answer.add(Model::Naive, naive(&series, horizon), unit, None);
        let demand = without_wild_sizes(&series);
        for model in [Model::Tsb, Model::Adida] {
            answer.add(model, model.fit(&demand, horizon), unit, None);
        }
        return answer;
    }
    let shortest = seasons.iter().copied().filter(|season| *season > 1).min();
    fill_closures(&mut series, shortest.unwrap_or(1));
    let (taken, adjusted) = SeasonalIndices::estimate_all(&series, seasons);
    answer.seasons = taken.iter().map(|(length, season)| (*length, season.shrinkage)).collect();
    let restored = |mut fit: ModelFit| {
        for (_, season) in &taken {
            season.restore(&mut fit.point, series.len());
        }
        fit
    };
    let y = adjusted.as_slice();
    answer.add(Model::Naive, restored(naive(y, horizon)), unit, None);
    if let Some((length, _)) = answer.seasons.last().copied() {
        answer.add(Model::SeasonalNaive, seasonal_naive(&series, length, horizon), unit, None);
    }
    if series.len() < SHORTEST {
        return answer;
    }
    let growing = seasons.iter().all(|season| *season < 2);
    for model in
        [Model::Theta, Model::DynamicTheta, Model::ComplexSmoothing, Model::ReturningGrowth]
    {
        if growing || model != Model::ReturningGrowth {
            answer.add(model, restored(model.fit(y, horizon)), unit, Some(y));
        }
    }
    let logarithms: Option<Vec<f64>> =
        y.iter().all(|value| *value > 0.0).then(|| y.iter().map(|value| value.ln()).collect());
    if let Some(logarithms) = &logarithms {
        for model in [Model::LogTheta, Model::LogDynamicTheta, Model::LogEts] {
            let fit = raised(model.fit(logarithms, horizon));
            answer.add(model, restored(fit), unit, Some(logarithms));
        }
    } else {
        answer.add(Model::Ets, restored(Model::Ets.fit(y, horizon)), unit, Some(y));
    }
    if growing {
        let fit = match &logarithms {
            Some(logarithms) => raised(Model::FadingGrowth.fit(logarithms, horizon)),
            None => Model::FadingGrowth.fit(y, horizon),
        };
        answer.add(Model::FadingGrowth, restored(fit), unit, None);
    }
    answer
}

/// A nonnegative series with at least so many tenths of zeros is intermittent demand.
const INTERMITTENT_TENTHS: usize = 4;

/// Series of fewer points are forecast by their last one.
const SHORTEST: usize = 4;

impl Model {
    /// Fits a member to a series without its season, on the scale that it stands on.
    fn fit(self, y: &[f64], horizon: usize) -> ModelFit {
        // Sizes of errors: outliers are common in what people count, and seldom come again.
        let loss = Loss::Sizes;
        match self {
            Self::Theta | Self::LogTheta => theta(y, loss, horizon).fit,
            Self::DynamicTheta => dynamic_theta(y, 0.999, loss, horizon).fit,
            // Growth of a logarithm compounds; with all of the recent drift it runs away.
            Self::LogDynamicTheta => dynamic_theta(y, 0.6, loss, horizon).fit,
            Self::ComplexSmoothing => ces(y, loss, horizon).fit,
            Self::ReturningGrowth => returning_growth(y, horizon),
            Self::FadingGrowth => drift(y, 10, 0.9, horizon),
            // Errors of a logarithm are relative already.
            Self::Ets | Self::LogEts => {
                ets_among(y, 1, |kind| kind.error == Error::Additive, horizon).fit
            }
            Self::Tsb => tsb(y, horizon),
            Self::Adida => adida(y, horizon),
            Self::Naive | Self::SeasonalNaive => naive(y, horizon),
        }
    }
}

/// From logarithms back.
fn raised(mut fit: ModelFit) -> ModelFit {
    for point in &mut fit.point {
        *point = point.exp();
    }
    fit
}

impl Candidates {
    /// Adds what a model says, in the series' unit; where it grows beyond all numbers, what it said
    /// before stands, so that a step is the same however many follow. Its errors are compared with
    /// those of naive on the series that it was fitted to.
    fn add(&mut self, model: Model, mut fit: ModelFit, unit: f64, fitted_to: Option<&[f64]>) {
        let mut last = None;
        for point in &mut fit.point {
            *point *= unit;
            if point.is_finite() {
                last = Some(*point);
            }
            let Some(last) = last else { return };
            *point = last;
        }
        let to_naive = fitted_to.and_then(|series| {
            let own = mean_size(fit.errors.iter().copied())?;
            let naive = mean_size(series.windows(2).map(|pair| pair[1] - pair[0]))?;
            (naive > 0.0).then(|| own / naive)
        });
        self.all.push(Candidate { model, point: fit.point, to_naive });
    }
}

fn mean_size(errors: impl ExactSizeIterator<Item = f64>) -> Option<f64> {
    let count = real(errors.len());
    (count > 0.0).then(|| errors.map(f64::abs).sum::<f64>() / count)
}

/// The series with what is no number filled in: from before by a straight line to after, at the
/// ends by the nearest number; all zeros where there is none.
fn whole(values: &[f64]) -> (Vec<f64>, usize) {
    let mut series = values.to_vec();
    let mut filled = 0;
    let mut before: Option<usize> = None;
    let mut at = 0;
    while at < series.len() {
        if series[at].is_finite() {
            before = Some(at);
            at += 1;
            continue;
        }
        let after = (at..series.len()).find(|next| series[*next].is_finite());
        let end = after.unwrap_or(series.len());
        let left = before.map(|index| series[index]);
        let right = after.map(|index| series[index]);
        let steps = real(end - at + 1);
        let mut step = 0.0;
        for value in &mut series[at..end] {
            step += 1.0;
            filled += 1;
            *value = match (left, right) {
                (Some(left), Some(right)) => left * (1.0 - step / steps) + right * (step / steps),
                (Some(only), None) | (None, Some(only)) => only,
                (None, None) => 0.0,
            };
        }
        at = end;
    }
    (series, filled)
}

/// The mean size of the values, 1 where that is 0: models see numbers near 1, whatever the unit.
fn unit(values: &[f64]) -> f64 {
    let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    if largest == 0.0 {
        return 1.0;
    }
    let sizes = values.iter().map(|value| (value / largest).abs());
    let unit = largest * (sizes.sum::<f64>() / real(values.len()));
    if unit > 0.0 && unit.is_finite() { unit } else { 1.0 }
}

#[cfg(test)]
mod tests;

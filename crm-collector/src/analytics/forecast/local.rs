//! The forecast of one series from itself alone: several models on the series without its season,
//! as it is and in logarithms, and what they agree on.
//!
//! Which models there are depends on the structure of the series (season, length, sign, zeros),
//! never on where it comes from. All values are answered: what is no number is filled in from its
//! neighbours, and a series that is too short for models is forecast by its last value.

use super::models::ces::ces;
use super::models::holt::{Trend, holt};
use super::models::intermittent::{adida, croston_sba, tsb};
use super::models::seasonal::{Scale, Season};
use super::models::simple::{drift, naive, returning_growth, seasonal_naive};
use super::models::theta::{dynamic_theta, theta};
use super::models::{Fit, Loss};

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
    /// Exponential smoothing with a trend that fades.
    DampedTrend,
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
    /// Exponential smoothing of the logarithm with a trend that fades.
    LogDampedTrend,
    /// Croston's method, corrected (intermittent demand).
    Croston,
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
            Self::DampedTrend => "damped trend",
            Self::ComplexSmoothing => "complex smoothing",
            Self::ReturningGrowth => "returning growth",
            Self::FadingGrowth => "fading growth",
            Self::LogTheta => "log theta",
            Self::LogDynamicTheta => "log dynamic theta",
            Self::LogDampedTrend => "log damped trend",
            Self::Croston => "croston",
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
}

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
}

/// The ensemble's forecast, and how it came about.
#[derive(Clone, Debug, PartialEq)]
pub struct Local {
    /// One for each step of the horizon, in the series' unit, all finite.
    pub point: Vec<f64>,
    /// The models that it is the trimmed mean of, in their order; one where there was no choice.
    pub used: Vec<Model>,
    /// Models whose backtest lost clearly to naive.
    pub left_out: Vec<Model>,
    /// What all of them said.
    pub candidates: Candidates,
}

/// The ensemble for one series. `seasons` are lengths in points, the longest last.
pub fn local(values: &[f64], seasons: &[usize], horizon: usize) -> Local {
    let candidates = candidates(values, seasons, horizon);
    let used: Vec<Model> = candidates
        .all
        .iter()
        .map(|candidate| candidate.model)
        .filter(|model| model.is_member())
        .collect();
    let point = combine(&candidates, |_| true);
    let used = if used.is_empty() { vec![Model::Naive] } else { used };
    Local { point, used, left_out: Vec::new(), candidates }
}

/// The combination of those members that are kept: their mean without the lowest and the highest
/// fifth, at each step. Where none is kept, or none is there, the naive forecast.
pub fn combine(candidates: &Candidates, keep: impl Fn(Model) -> bool) -> Vec<f64> {
    let kept: Vec<&[f64]> = candidates
        .all
        .iter()
        .filter(|candidate| candidate.model.is_member() && keep(candidate.model))
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
            let count = u32::try_from(middle.len()).map_or(1.0, f64::from);
            let mean = middle.iter().sum::<f64>() / count;
            if candidates.nonnegative { mean.max(0.0) } else { mean }
        })
        .collect()
}

/// The forecasts of every model that suits the series.
pub fn candidates(values: &[f64], seasons: &[usize], horizon: usize) -> Candidates {
    let (mut series, filled) = whole(values);
    let unit = unit(&series);
    for value in &mut series {
        *value /= unit;
    }
    let nonnegative = series.iter().all(|value| *value >= 0.0);
    let mut answer = Candidates {
        all: Vec::new(),
        seasons: Vec::new(),
        intermittent: false,
        nonnegative,
        filled,
    };
    let zeros = series.iter().filter(|value| **value == 0.0).count();
    if nonnegative && zeros > 0 && zeros * 10 >= series.len() * 4 {
        answer.intermittent = true;
        answer.add(Model::Naive, naive(&series, horizon), unit);
        for (model, fit) in [
            (Model::Croston, croston_sba(&series, horizon)),
            (Model::Tsb, tsb(&series, horizon)),
            (Model::Adida, adida(&series, horizon)),
        ] {
            answer.add(model, fit, unit);
        }
        return answer;
    }
    let count = series.len();
    let mut adjusted = series.clone();
    let mut taken = Vec::new();
    for length in seasons {
        let season = Season::estimate(&adjusted, *length);
        if season.indices.len() > 1 {
            answer.seasons.push((*length, season.shrinkage));
            season.remove(&mut adjusted);
            taken.push(season);
        }
    }
    let restored = |mut fit: Fit| {
        for season in taken.iter().rev() {
            season.restore(&mut fit.point, count);
        }
        fit
    };
    answer.add(Model::Naive, restored(naive(&adjusted, horizon)), unit);
    if let Some((length, _)) = answer.seasons.last().copied() {
        answer.add(Model::SeasonalNaive, seasonal_naive(&series, length, horizon), unit);
    }
    if count < 4 {
        return answer;
    }
    let y = adjusted.as_slice();
    let loss = Loss::Sizes;
    let growing = seasons.iter().all(|season| *season < 2);
    answer.add(Model::Theta, restored(theta(y, loss, horizon).fit), unit);
    answer.add(Model::DynamicTheta, restored(dynamic_theta(y, 0.999, loss, horizon).fit), unit);
    answer.add(Model::DampedTrend, restored(holt(y, Trend::Fading, loss, horizon).fit), unit);
    answer.add(Model::ComplexSmoothing, restored(ces(y, loss, horizon).fit), unit);
    if growing {
        answer.add(Model::ReturningGrowth, restored(returning_growth(y, horizon)), unit);
    }
    let positive = taken.iter().all(|season| season.scale == Scale::Ratio)
        && y.iter().all(|value| *value > 0.0);
    if positive {
        let logs: Vec<f64> = y.iter().map(|value| value.ln()).collect();
        let raised = |mut fit: Fit| {
            for point in &mut fit.point {
                *point = point.exp();
            }
            restored(fit)
        };
        answer.add(Model::LogTheta, raised(theta(&logs, loss, horizon).fit), unit);
        answer.add(
            Model::LogDynamicTheta,
            raised(dynamic_theta(&logs, 0.6, loss, horizon).fit),
            unit,
        );
        answer.add(
            Model::LogDampedTrend,
            raised(holt(&logs, Trend::Fading, loss, horizon).fit),
            unit,
        );
        if growing {
            answer.add(Model::FadingGrowth, raised(drift(&logs, 10, 0.9, horizon)), unit);
        }
    } else if growing {
        answer.add(Model::FadingGrowth, restored(drift(y, 10, 0.9, horizon)), unit);
    }
    answer
}

impl Candidates {
    /// Adds what a model says, unless it is no number somewhere.
    fn add(&mut self, model: Model, mut fit: Fit, unit: f64) {
        for point in &mut fit.point {
            *point *= unit;
        }
        if fit.point.iter().all(|point| point.is_finite()) {
            self.all.push(Candidate { model, point: fit.point });
        }
    }
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
        let steps = u32::try_from(end - at + 1).map_or(f64::INFINITY, f64::from);
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
    let count = u32::try_from(values.len()).map_or(f64::INFINITY, f64::from);
    let unit = largest * (values.iter().map(|value| (value / largest).abs()).sum::<f64>() / count);
    if unit > 0.0 && unit.is_finite() { unit } else { 1.0 }
}

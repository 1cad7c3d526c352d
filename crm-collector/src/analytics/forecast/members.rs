//! Which forecasts are combined, by the structure of the series: their seasons and lengths.

use super::backtest::Plan;
use super::pooled::Recipe;
use super::{Method, local};

/// One forecast among those that are combined.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Member {
    /// The last season once more, or where there is none the last value.
    SeasonalNaive,
    /// The last value once more.
    Naive,
    /// The models of one series alone, combined: exponential smoothing, Theta and their like, or
    /// rates of demand.
    Local,
    /// An autoregression that learns from all like series.
    Pooled(Recipe),
}

/// The members for series of these seasons and this typical length, each with its weight before
/// anything was learned.
pub(super) fn of(seasons: &[usize], typical: usize, intermittent: bool) -> Vec<(Member, f64)> {
    let recipe = |log: bool, difference: bool, lags: &[usize], borrowed_rows: f64| {
        Member::Pooled(Recipe { log, difference, lags: lags.to_vec(), borrowed_rows })
    };
    if intermittent {
        return vec![(Member::Local, 0.9), (Member::SeasonalNaive, 0.1)];
    }
    let mut members = vec![(Member::Local, 0.5), (Member::SeasonalNaive, 0.02)];
    if !seasons.is_empty() {
        members.push((Member::Naive, 0.02));
    }
    match seasons {
        [] => {
            let lags: Vec<usize> = (1..=(typical / 5).clamp(4, 60)).collect();
            members.push((recipe(true, true, &lags, 30.0), 0.3));
            members.push((recipe(true, false, &lags, 30.0), 0.1));
            members.push((recipe(false, true, &lags, 30.0), 0.1));
        }
        [season] => {
            let near: Vec<usize> = (1..=season + 2).collect();
            let lags = if *season <= 60 { near } else { around(*season, 2) };
            members.push((recipe(true, false, &lags, 30.0), 0.2));
            members.push((recipe(true, true, &lags, 100.0), 0.2));
            members.push((recipe(false, false, &lags, 30.0), 0.1));
            members.push((recipe(false, true, &lags, 100.0), 0.1));
        }
        [short, .., long] => {
            let week = around(*short, long / short);
            let mut sparse: Vec<usize> = (1..=4).collect();
            sparse.extend(week.iter().filter(|lag| {
                **lag + 1 >= *short && (**lag % short <= 2 || **lag % short + 1 == *short)
            }));
            sparse.dedup();
            let fortnight = around(*short, 2 * long / short);
            members.push((recipe(true, false, &week, 0.0), 0.3));
            members.push((recipe(true, false, &sparse, 0.0), 0.2));
            members.push((recipe(true, false, &fortnight, 400.0), 0.2));
            members.push((recipe(false, false, &week, 0.0), 0.1));
            members.push((recipe(true, true, &week, 0.0), 0.1));
        }
    }
    members
}

/// What a combination of those forecasts that are there is called.
pub(super) fn method(
    members: &[Member],
    forecasts: &[Option<Vec<f64>>],
    season: usize,
    intermittent: bool,
) -> Method {
    let there = |wanted: fn(&Member) -> bool| {
        members.iter().zip(forecasts).any(|(member, forecast)| forecast.is_some() && wanted(member))
    };
    let pooled = there(|member| matches!(member, Member::Pooled(_)));
    let local = there(|member| matches!(member, Member::Local));
    if local && intermittent {
        Method::Intermittent
    } else if local && pooled {
        Method::PooledEnsemble
    } else if local {
        Method::Ensemble
    } else if pooled {
        Method::Autoregression
    } else if season > 1 {
        Method::SeasonalNaive
    } else {
        Method::Naive
    }
}

/// All lags up to a season and two more, and those next to each of its multiples.
fn around(season: usize, multiples: usize) -> Vec<usize> {
    let mut lags: Vec<usize> = (1..=season + 2).collect();
    for multiple in 2..=multiples {
        lags.extend([multiple * season - 1, multiple * season, multiple * season + 1]);
    }
    lags.sort_unstable();
    lags.dedup();
    lags
}

/// The forecasts of those members that look at one history alone; `None` in the places of the
/// others.
pub(super) fn alone(history: &[f64], plan: &Plan) -> Vec<Option<Vec<f64>>> {
    plan.members
        .iter()
        .map(|member| match member {
            Member::Local => {
                let found = local::candidates(history, &plan.seasons, plan.horizon);
                let any = found.all.iter().any(|candidate| candidate.model.is_member());
                any.then(|| local::combine(&found, |_| true))
            }
            Member::SeasonalNaive => {
                repeat(history, plan.naive_season(history.len()), plan.horizon)
            }
            Member::Naive => repeat(history, 1, plan.horizon),
            Member::Pooled(_) => None,
        })
        .collect()
}

/// The last `season` values over and over; `None` where there are fewer.
pub(super) fn repeat(history: &[f64], season: usize, horizon: usize) -> Option<Vec<f64>> {
    let start = history.len().checked_sub(season).filter(|_| season > 0)?;
    Some(history[start..].iter().copied().cycle().take(horizon).collect())
}

//! Which forecasts are combined, by the structure of the series: their seasons and lengths.

use super::last_season;
use super::plan::{Member, Plan};
use super::pooled::Recipe;
use super::{Method, ensemble};

/// Series without a season are regressed on long pasts from this typical length on.
const LONG: usize = 60;

/// A season is estimated from as many repetitions; with fewer, the last one stands for it.
const FEW_SEASONS: usize = 3;

// Months and quarters have few of their seasons: for these few lags do as well as all of them.
use super::plan::{MANY_SEASONS, SHORT_SEASON};

/// Bounds on the equations of one regression: their solution takes the cube of their number, and
/// their moments the square of the longest lag.
const MOST_NEAR: usize = 60;
const MOST_MULTIPLES: usize = 16;
const LONGEST_LAG: usize = 800;

/// The members for series of these seasons and this typical length, each with its weight before
/// anything was learned: the prior weights are tuned, and `tests/benches/accuracy/forecast.rs` measures
/// what others do.
pub(super) fn of(
    seasons: &[usize],
    asked_season: Option<usize>,
    typical: usize,
    intermittent: bool,
) -> Vec<(Member, f64)> {
    let recipe = |log: bool, difference: bool, lags: &[usize], borrowed_rows: f64| {
        Member::Pooled(Recipe { log, difference, lags: lags.to_vec(), borrowed_rows })
    };
    if intermittent {
        return vec![(Member::Ensemble, 1.0)];
    }
    // Too short for a regression to see the season.
    if asked_season.is_some_and(|season| typical < 2 * season) {
        return vec![(Member::Ensemble, 1.0)];
    }
    let mut members = Vec::new();
    match seasons {
        // What is short has too little past for more than a hint from its neighbours, and none of
        // whether it grows by amounts or by shares: both count alike.
        [] if typical < LONG => {
            members.push((Member::Ensemble, 0.6));
            members.push((recipe(true, true, &[1, 2], 10.0), 0.2));
            members.push((recipe(false, true, &[1, 2], 10.0), 0.2));
        }
        [] => {
            let lags: Vec<usize> = (1..=(typical / 5).min(MOST_NEAR)).collect();
            members.push((Member::Ensemble, 0.25));
            members.push((recipe(true, true, &lags, 30.0), 0.45));
            members.push((recipe(true, false, &lags, 30.0), 0.15));
            members.push((recipe(false, true, &lags, 30.0), 0.15));
        }
        [season] if *season <= SHORT_SEASON && typical < MANY_SEASONS * season => {
            let few = bounded(vec![1, 2, 3, season / 2, season - 1, *season, season + 1], &[]);
            let all: Vec<usize> = (1..=season + 2).collect();
            members.push((Member::Ensemble, 0.65));
            members.push((recipe(true, false, &few, 10.0), 0.15));
            members.push((recipe(true, true, &all, 30.0), 0.12));
            members.push((recipe(false, false, &few, 10.0), 0.08));
        }
        [season] => {
            let lags = if *season <= MOST_NEAR {
                (1..=season + 2).collect()
            } else {
                multiples(*season, 2)
            };
            let lags = bounded(lags, &[]);
            members.push((Member::Ensemble, 0.55));
            members.push((recipe(true, false, &lags, 30.0), 0.13));
            members.push((recipe(true, true, &lags, 100.0), 0.16));
            members.push((recipe(false, false, &lags, 30.0), 0.07));
            members.push((recipe(false, true, &lags, 100.0), 0.09));
        }
        [short, .., long] => {
            let beside_long = [long - 1, *long, long.saturating_add(1)];
            let all = bounded(around(*short, long / short), &beside_long);
            let twice = bounded(around(*short, 2 * (long / short)), &beside_long);
            let few = bounded(multiples(*short, long / short), &beside_long);
            members.push((Member::Ensemble, 0.12));
            members.push((recipe(true, false, &all, 0.0), 0.34));
            members.push((recipe(true, false, &few, 0.0), 0.24));
            members.push((recipe(true, false, &twice, 400.0), 0.18));
            members.push((recipe(false, false, &all, 0.0), 0.07));
            members.push((recipe(true, true, &all, 0.0), 0.05));
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
    let ensemble = there(|member| matches!(member, Member::Ensemble));
    if ensemble && intermittent {
        Method::Intermittent
    } else if ensemble && pooled {
        Method::PooledEnsemble
    } else if ensemble {
        Method::Ensemble
    } else if pooled {
        Method::Autoregression
    } else if season > 1 {
        Method::SeasonalNaive
    } else {
        Method::Naive
    }
}

/// The last few lags, and those next to each multiple of a season.
fn multiples(season: usize, count: usize) -> Vec<usize> {
    let next = |multiple: usize| {
        let at = multiple.saturating_mul(season);
        [at.saturating_sub(1), at, at.saturating_add(1)]
    };
    (1..=4).chain((1..=count.min(MOST_MULTIPLES)).flat_map(next)).collect()
}

/// All lags up to a season and two more, as far as there may be so many, and those next to each of
/// its multiples.
fn around(season: usize, count: usize) -> Vec<usize> {
    (1..=season.min(MOST_NEAR) + 2).chain(multiples(season, count)).collect()
}

/// The lags with further ones, ascending, each once, and none beyond what a regression may reach.
fn bounded(mut lags: Vec<usize>, further: &[usize]) -> Vec<usize> {
    lags.extend(further);
    lags.retain(|lag| (1..=LONGEST_LAG).contains(lag));
    lags.sort_unstable();
    lags.dedup();
    lags
}

/// The forecasts of those members that look at one history alone; `None` in the places of the
/// others.
pub(super) fn alone(history: &[f64], plan: &Plan, steps: usize) -> Vec<Option<Vec<f64>>> {
    plan.members
        .iter()
        .map(|member| match member {
            Member::Ensemble => {
                let found = ensemble::ensemble(history, &plan.seasons, steps);
                let all = &found.candidates.all;
                all.iter().find(|candidate| candidate.model.is_member())?;
                let short =
                    |season: &usize| !plan.intermittent && history.len() < FEW_SEASONS * season;
                let Some(season) = plan.asked_season.filter(short) else {
                    return Some(found.point);
                };
                let plain = ensemble::ensemble(history, &[], steps).point;
                if history.len() < 2 * season {
                    return Some(last_season::beside(history, season, &plain));
                }
                let last = last_season::beside(history, season, &plain);
                // With two repetitions both ways have something to say.
                Some(
                    found
                        .point
                        .iter()
                        .zip(&last)
                        .map(|(one, other)| f64::midpoint(*one, *other))
                        .collect(),
                )
            }
            Member::Pooled(_) => None,
        })
        .collect()
}

/// The last `season` values over and over; `None` where there are fewer.
pub(super) fn repeat(history: &[f64], season: usize, horizon: usize) -> Option<Vec<f64>> {
    let start = history.len().checked_sub(season).filter(|_| season > 0)?;
    Some(history[start..].iter().copied().cycle().take(horizon).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_and_a_week_of_hours_are_regressed_on_yesterday_and_last_week() {
        let members = of(&[24, 168], Some(24), 700, false);
        let reached = |lag: usize| {
            members.iter().any(|(member, _)| matches!(member, Member::Pooled(recipe) if recipe.lags.contains(&lag)))
        };
        for lag in [1, 23, 24, 25, 48, 167, 168, 169, 336] {
            assert!(reached(lag), "{lag}");
        }
    }

    #[test]
    fn regressions_stay_small_whatever_the_seasons() {
        for seasons in [
            vec![2],
            vec![365],
            vec![7, 365],
            vec![2, 100_000],
            vec![usize::MAX / 2],
            vec![1_440, 10_080, 525_600],
        ] {
            for (member, weight) in of(&seasons, None, 1_000, false) {
                assert!(weight > 0.0);
                if let Member::Pooled(recipe) = member {
                    assert!(recipe.lags.len() <= 120 && recipe.lags.is_sorted(), "{seasons:?}");
                    assert!(recipe.lags.iter().all(|lag| (1..=LONGEST_LAG).contains(lag)));
                }
            }
        }
    }
}

//! Why a forecast came about as it did, and what was missing for a better one: codes with
//! parameters, for whoever words them.

use super::choice::Choice;
use super::plan::Plan;
use super::prepare::Prepared;
use super::{Backtest, Method, Settings};

/// Why a method was chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Why {
    /// There is nothing to forecast from.
    Nothing,
    /// What the series counts is sold no more.
    Ended {
        /// For so many steps.
        silent: usize,
    },
    /// Most steps are zero, so the mean rate of demand is forecast.
    MostlyZero,
    /// The models were combined, and were closer than naive.
    ModelsCloser {
        /// By so much of naive's error, in percent.
        gain_percent: f64,
        /// What naive was.
        naive: Naive,
        /// How it was tested.
        tested: Tested,
    },
    /// The models were further off than naive where less of the past was known, in too few trials to
    /// prefer naive.
    ModelsFurther {
        /// By so much of naive's error, in percent.
        loss_percent: f64,
        /// What naive was.
        naive: Naive,
        /// How it was tested.
        tested: Tested,
    },
    /// The models were combined and tested; naive made no error that theirs could be compared with.
    ModelsTested(Tested),
    /// The models were combined without a test, for which the series is too short.
    ModelsUntested,
    /// No model was closer than naive.
    NaiveCloser {
        /// What naive was.
        naive: Naive,
        /// How it was tested.
        tested: Tested,
    },
    /// There is too little for more than naive.
    TooLittle {
        /// What naive was.
        naive: Naive,
    },
    /// It is what the forecasts of a whole and of its parts differ by.
    Difference,
}

/// What the naive method repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naive {
    /// The last value.
    LastValue,
    /// The last season.
    LastSeason,
    /// The last season, or the last value in tries that knew no season.
    LastSeasonOrValue,
}

/// How a method was tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tested {
    /// From so many origins.
    pub trials: usize,
    /// On so many held-out steps after each, at the most.
    pub steps: usize,
}

/// What a better forecast would have needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// A value, of which there is none.
    Value,
    /// More values for a season: two of it at least.
    Season {
        /// So many more.
        more: usize,
        /// The length of the season in steps.
        length: usize,
    },
    /// More values for a test against naive.
    Test {
        /// So many more.
        more: usize,
    },
}

impl Naive {
    /// What was repeated in tries of a plan that knew so many values.
    pub(super) fn of(plan: &Plan, mut known: impl Iterator<Item = usize> + Clone) -> Self {
        let mut of_season = known.clone().map(|known| plan.naive_season(known) > 1);
        if known.all(|known| plan.naive_season(known) > 1) {
            Self::LastSeason
        } else if of_season.any(|is| is) {
            Self::LastSeasonOrValue
        } else {
            Self::LastValue
        }
    }
}

/// Why a method was chosen.
pub(super) fn why(
    method: Method,
    choice: Choice,
    backtest: Option<&Backtest>,
    naive: Naive,
) -> Why {
    if method == Method::Intermittent {
        return Why::MostlyZero;
    }
    let Some(backtest) = backtest else {
        let is_naive = matches!(method, Method::Naive | Method::SeasonalNaive);
        return match choice {
            Choice::Models if !is_naive => Why::ModelsUntested,
            _ => Why::TooLittle { naive },
        };
    };
    let tested = Tested { trials: backtest.origins, steps: backtest.horizon };
    match choice {
        Choice::NaiveOnly => Why::TooLittle { naive },
        Choice::NaiveWon => Why::NaiveCloser { naive, tested },
        Choice::Models => {
            let gain_percent = 100.0 * (1.0 - backtest.mase / backtest.naive_mase);
            if !gain_percent.is_finite() {
                Why::ModelsTested(tested)
            } else if gain_percent >= 0.0 {
                Why::ModelsCloser { gain_percent, naive, tested }
            } else {
                Why::ModelsFurther { loss_percent: -gain_percent, naive, tested }
            }
        }
    }
}

/// What was missing for a better forecast.
pub(super) fn lacks(
    one: &Prepared,
    settings: &Settings,
    plan: &Plan,
    backtest: Option<&Backtest>,
) -> Vec<Lack> {
    let mut lacks = Vec::new();
    let short = |season: &usize| *season > 1 && 2 * season > one.values.len();
    if let Some(length) = settings.seasons.iter().copied().filter(short).min() {
        lacks.push(Lack::Season { more: 2 * length - one.values.len(), length });
    }
    if backtest.is_none() {
        let season = plan.seasons.first().copied().unwrap_or(1);
        let needed = if season > 1 { 2 * season + 2 } else { 5 };
        lacks.push(Lack::Test { more: needed.saturating_sub(one.given).max(1) });
    }
    lacks
}

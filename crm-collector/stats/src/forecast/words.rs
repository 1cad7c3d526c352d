//! What is said of a forecast: why this method, and what was missing for a better one.

use super::backtest::Plan;
use super::choice::Choice;
use super::prepare::Prepared;
use super::{Backtest, LONGEST_HORIZON, Method, Settings};
use crate::words::counted;

/// Why there are only zeros.
pub(super) const NOTHING: &str = "There is nothing to forecast from.";

/// What was missing where there is no value to forecast from.
pub(super) fn missing_all(one: &Prepared) -> String {
    if one.filled > 0 {
        "None of the values is a finite number; at least 1 is needed.".to_owned()
    } else {
        "0 of 1 value needed.".to_owned()
    }
}

/// Why a method was chosen.
pub(super) fn why(
    method: Method,
    choice: Choice,
    backtest: Option<&Backtest>,
    plan: &Plan,
) -> String {
    let naive = if plan.seasons.is_empty() {
        "repeating the last value"
    } else {
        "repeating the last season"
    };
    if method == Method::Intermittent {
        return "Most steps are zero, so the mean rate of demand is forecast.".to_owned();
    }
    match (choice, backtest) {
        (Choice::Models, Some(backtest)) => {
            let gain = 100.0 * (1.0 - backtest.mase / backtest.naive_mase);
            if !gain.is_finite() {
                format!("Models were combined; {}.", tested(backtest))
            } else if gain >= 0.0 {
                format!(
                    "The combined models were {gain:.0}% closer than {naive}; {}.",
                    tested(backtest)
                )
            } else {
                format!(
                    "The combined models were {:.0}% further off than {naive} where less of the past was known, in too few trials to prefer it; {}.",
                    -gain,
                    tested(backtest)
                )
            }
        }
        (Choice::Models, None) => match method {
            Method::Naive | Method::SeasonalNaive => {
                format!("There is too little for more than {naive}.")
            }
            _ => "The models were combined without a test, for which the series is too short."
                .to_owned(),
        },
        (Choice::NaiveWon, Some(backtest)) => {
            format!("No model was closer than {naive}; {}.", tested(backtest))
        }
        (Choice::NaiveWon | Choice::NaiveOnly, _) => {
            format!("There is too little for more than {naive}.")
        }
    }
}

fn tested(backtest: &Backtest) -> String {
    let times = if backtest.origins == 1 {
        "once".to_owned()
    } else {
        format!("{} times", backtest.origins)
    };
    let steps = counted(backtest.horizon, "held-out step", "held-out steps");
    format!("tested {times} on {steps}")
}

/// What was missing for a better forecast.
pub(super) fn missing(
    one: &Prepared,
    settings: &Settings,
    plan: &Plan,
    backtest: Option<&Backtest>,
) -> Option<String> {
    let mut lacks = Vec::new();
    let given = one.given;
    if let Some(season) = settings
        .seasons
        .iter()
        .copied()
        .filter(|season| *season > 1 && 2 * season > one.values.len())
        .min()
    {
        lacks.push(format!("{given} of {} values needed for the season of {season}", 2 * season));
    }
    if backtest.is_none() {
        let season = plan.seasons.first().copied().unwrap_or(1);
        let needed = if season > 1 { 2 * season + 2 } else { 5 };
        lacks.push(format!(
            "{given} of {} values needed for a test against naive",
            needed.max(given + 1)
        ));
    }
    if one.filled > 0 {
        lacks.push(if one.filled == 1 {
            "1 value was no finite number and was taken to be like the one before it".to_owned()
        } else {
            let filled = one.filled;
            format!("{filled} values were not finite numbers and were taken to be like those before them")
        });
    }
    if settings.horizon > LONGEST_HORIZON {
        lacks.push(format!("only the first {} steps are forecast", LONGEST_HORIZON));
    }
    (!lacks.is_empty()).then(|| {
        let mut sentence = lacks.join("; ");
        if let Some(first) = sentence.get_mut(0..1) {
            first.make_ascii_uppercase();
        }
        sentence + "."
    })
}

//! What the regression learns from: repeat buyers at earlier cut-offs, and what they bought after.

use super::clock::Clock;
use super::ensemble::{Ensemble, grouped, history};
use super::history::Histories;
use super::regression::{Buyer, Regression};
use super::view::View;

/// The regression is trained at the days that leave a third and a fifth of the time observed to
/// learn from.
const HELD_BACK: [i32; 2] = [3, 5];

/// Repeat buyers at earlier cut-offs, and their purchases after them, that a regression takes.
const FEWEST_BUYERS: usize = 60;
const FEWEST_BOUGHT: f64 = 60.0;

/// Repeat buyers that a regression looks at, at most, a cut-off.
const MOST_BUYERS: usize = 40_000;

/// Trains the regression at earlier cut-offs; says what is lacking where it cannot.
pub(super) fn train(
    histories: &Histories,
    as_of: i32,
    horizon_days: i32,
    clock: &Clock,
) -> Result<Regression, String> {
    let first = histories.first_day().unwrap_or(as_of);
    let mut rows = Vec::new();
    for part in HELD_BACK {
        let held = as_of.saturating_sub(first) / part;
        let cut = as_of.saturating_sub(held);
        let until = cut.saturating_add(held.min(horizon_days));
        rows.extend(rows_at(histories, cut, until, clock));
    }
    let bought: f64 = rows.iter().map(|(_, bought)| bought).sum();
    if rows.len() >= FEWEST_BUYERS
        && bought >= FEWEST_BOUGHT
        && let Some(regression) = Regression::fit(&rows)
    {
        return Ok(regression);
    }
    Err(format!(
        "{} of {FEWEST_BUYERS} repeat buyers and {bought} of {FEWEST_BOUGHT} purchases after \
         earlier cut-offs needed to learn from",
        rows.len()
    ))
}

/// Repeat buyers at a cut-off, as models fitted there see them, and what each bought until a day.
fn rows_at(histories: &Histories, cut: i32, until: i32, clock: &Clock) -> Vec<(Buyer, f64)> {
    let Some(ensemble) = Ensemble::fit(&grouped(histories, cut, clock)) else {
        return Vec::new();
    };
    let view = View { histories, ensemble: &ensemble, clock, as_of: cut };
    let weeks = clock.weeks(cut, until);
    let buyers: Vec<usize> =
        (0..histories.len()).filter(|&index| histories.days_until(index, cut).len() > 1).collect();
    let step = buyers.len().div_ceil(MOST_BUYERS).max(1);
    buyers
        .into_iter()
        .step_by(step)
        .filter_map(|index| {
            let days = histories.days_until(index, cut);
            let history = history(days, cut, clock)?;
            let expected = ensemble.outlook(history, weeks).mean;
            let bought = histories.days_until(index, until).len() - days.len();
            let buyer = Buyer { expected, recent: view.recent(days), history };
            Some((buyer, bought as f64))
        })
        .collect()
}

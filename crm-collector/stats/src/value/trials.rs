//! Trials at earlier cut-offs, which the regression learns from: repeat buyers as models fitted
//! there see them, and what they bought after.

use super::clock::Clock;
use super::ensemble::{Ensemble, grouped, history};
use super::groups::History;
use super::history::Histories;
use super::model::Lack;
use super::regression::{Buyer, Regression, recent};

/// The regression is trained at the days that leave a third and a fifth of the time observed to
/// learn from.
/// Tuned: `tests/benches/accuracy/value.rs` measures what another value does.
const HELD_BACK: [i32; 2] = [3, 5];

/// Repeat buyers at earlier cut-offs, and their purchases after them, that a regression takes.
const FEWEST_BUYERS: usize = 60;
const FEWEST_BOUGHT: f64 = 60.0;

/// Repeat buyers that a regression looks at, at most, a cut-off.
const MOST_BUYERS: usize = 40_000;

/// One cut-off: the models fitted there, and the repeat buyers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Trial {
    cut_off: i32,
    /// Days after it that are known.
    held_days: i32,
    ensemble: Ensemble,
    buyers: Vec<TrialBuyer>,
    /// Their purchase days after the cut-off, one buyer's after the other's.
    later_days: Vec<i32>,
}

/// A repeat buyer as of the cut-off.
#[derive(Clone, Copy, Debug, PartialEq)]
struct TrialBuyer {
    history: History,
    recent: f64,
    /// Where in the trial's later days the buyer's end; they begin where those of the one before end.
    later_end: usize,
}

impl Trial {
    /// All of them. One at which no model can be fitted is left out.
    pub(super) fn all(histories: &Histories, as_of: i32, clock: &Clock) -> Vec<Self> {
        let first = histories.first_day().unwrap_or(as_of);
        let held = HELD_BACK.map(|part| as_of.saturating_sub(first) / part);
        held.into_iter().filter_map(|held| Self::at(histories, as_of, held, clock)).collect()
    }

    fn at(histories: &Histories, as_of: i32, held_days: i32, clock: &Clock) -> Option<Self> {
        let cut_off = as_of.saturating_sub(held_days);
        let ensemble = Ensemble::fit(&grouped(histories, cut_off, clock))?;
        let mut trial =
            Self { cut_off, held_days, ensemble, buyers: Vec::new(), later_days: Vec::new() };
        let repeat_buyers: Vec<usize> = (0..histories.len())
            .filter(|&index| histories.days_until(index, cut_off).len() > 1)
            .collect();
        let step = repeat_buyers.len().div_ceil(MOST_BUYERS).max(1);
        for index in repeat_buyers.into_iter().step_by(step) {
            let days = histories.days_until(index, cut_off);
            let Some(history) = history(days, cut_off, clock) else { continue };
            trial.later_days.extend_from_slice(&histories.days(index)[days.len()..]);
            trial.buyers.push(TrialBuyer {
                history,
                recent: recent(days, cut_off, clock),
                later_end: trial.later_days.len(),
            });
        }
        Some(trial)
    }

    pub(super) fn bytes(&self) -> usize {
        self.buyers.len() * size_of::<TrialBuyer>() + self.later_days.len() * size_of::<i32>()
    }

    /// Each buyer with what the models expected within a horizon, and what was bought in it, as far
    /// as that is known.
    fn rows(&self, horizon_days: i32, clock: &Clock) -> Vec<(Buyer, f64)> {
        let until = self.cut_off.saturating_add(self.held_days.min(horizon_days));
        let weeks = clock.weeks(self.cut_off, until);
        let mut begin = 0;
        let row = |buyer: &TrialBuyer| {
            let TrialBuyer { history, recent, later_end } = *buyer;
            let later = &self.later_days[begin..later_end];
            begin = later_end;
            let expected = self.ensemble.outlook(history, weeks).mean;
            let bought = later.partition_point(|&day| day <= until) as f64;
            (Buyer { expected, recent, history }, bought)
        };
        self.buyers.iter().map(row).collect()
    }
}

/// How many more are needed of what there must be `fewest` of.
pub(super) fn more(there: f64, fewest: f64) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number")]
    let more = (fewest - there).max(0.0).ceil() as usize;
    more
}

/// Trains the regression for a horizon; says what is lacking where it cannot.
pub(super) fn train(
    trials: &[Trial],
    horizon_days: i32,
    clock: &Clock,
) -> Result<Regression, Lack> {
    let rows: Vec<_> = trials.iter().flat_map(|trial| trial.rows(horizon_days, clock)).collect();
    let bought: f64 = rows.iter().map(|(_, bought)| bought).sum();
    if rows.len() >= FEWEST_BUYERS
        && bought >= FEWEST_BOUGHT
        && let Some(regression) = Regression::fit(&rows)
    {
        return Ok(regression);
    }
    Err(Lack::Trials {
        buyers: FEWEST_BUYERS.saturating_sub(rows.len()),
        purchases: more(bought, FEWEST_BOUGHT),
    })
}

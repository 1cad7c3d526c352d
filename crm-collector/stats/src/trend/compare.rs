//! Like with like: which periods a change is measured against. The same periods of an earlier year
//! where there are enough; else the share that a part had before of what else is sold.

use std::ops::Range;

use super::finding::{Basis, Comparison};
use super::shop::Calendar;

/// The sizes of a change.
#[derive(Clone, Debug)]
pub(super) struct Sizes {
    pub(super) compared: Comparison,
    pub(super) before: f64,
    pub(super) after: f64,
    pub(super) at_stake: f64,
}

impl Sizes {
    pub(super) fn per_period(&self) -> f64 {
        self.after - self.before
    }
}

/// The sizes of a change of some money that goes on since a period. `rest` is what else was sold,
/// which a share is of where no earlier year is known; nothing of the whole.
pub(super) fn sizes(
    calendar: &Calendar,
    money: &[f64],
    rest: Option<&[f64]>,
    since: usize,
) -> Option<Sizes> {
    let compared = comparison(calendar, money.len(), rest, since)?;
    let periods = compared.after.len() as f64;
    let after = sum(money, &compared.after) / periods;
    let before = sum(money, &compared.before) * compared.scale / periods;
    let lately = compared.after.end.saturating_sub(calendar.quarter()).max(compared.after.start)
        ..compared.after.end;
    let would = match compared.basis {
        Basis::YearsBefore(years) => {
            let shift = years * calendar.year;
            sum(money, &(lately.start - shift..lately.end - shift))
        }
        Basis::ShareBefore => {
            let rest = rest?;
            before * periods * sum(rest, &lately) / sum(rest, &compared.after)
        }
        Basis::Before | Basis::CustomersWhoStayed => before * lately.len() as f64,
    };
    let a_period = (sum(money, &lately) - would) / lately.len() as f64;
    let at_stake = a_period * calendar.month();
    let sizes = Sizes { compared, before, after, at_stake };
    [before, after, at_stake].iter().all(|size| size.is_finite()).then_some(sizes)
}

/// Which periods are compared for a change since one.
fn comparison(
    calendar: &Calendar,
    count: usize,
    rest: Option<&[f64]>,
    since: usize,
) -> Option<Comparison> {
    let year = calendar.year.max(1);
    if since >= count {
        return None;
    }
    let years = (count - since).div_ceil(year);
    let start = since.max(count.saturating_sub(year)).max(years * year);
    // Fewer are too much at the mercy of one order.
    let enough = (count - since).min((year / 6).max(1));
    if start + enough <= count {
        let shift = years * year;
        let before = start - shift..count - shift;
        let basis = Basis::YearsBefore(years);
        return Some(Comparison { basis, before, after: start..count, scale: 1.0 });
    }
    let after = since..count.min(since + year);
    let length = since.min(after.len()).min(year / 2);
    let before = since - length..since;
    if before.is_empty() {
        return None;
    }
    let (basis, scale) = match rest {
        Some(rest) => (Basis::ShareBefore, sum(rest, &after) / sum(rest, &before)),
        None => (Basis::Before, after.len() as f64 / length as f64),
    };
    (scale.is_finite() && scale > 0.0).then_some(Comparison { basis, before, after, scale })
}

pub(super) fn sum(values: &[f64], range: &Range<usize>) -> f64 {
    values.get(range.clone()).map_or(0.0, |part| part.iter().sum())
}

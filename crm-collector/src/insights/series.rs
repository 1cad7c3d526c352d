//! Series of sales by period: of the whole and of its parts.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use crm_api::answer::{Breakdown, Measure};
use crm_stats::segment::Stage;

use super::people::People;
use super::selection::{Selected, Selection};
use super::work::{On, Work};
use crate::analytics::period::Periods;
use crate::ask_error::AskError;
use crate::facts::{Bits, BuyersOf, Dimension, HistoryKind, LocalTime, Sums, units};
use crate::store::BuyerHistories;

/// Parts are ranked by what they brought in so many days up to the end.
const RANKED_DAYS: i32 = 366;

/// What one measure of some purchases is, exactly: floats would add up to something else with each
/// order in which they come, and that follows what is folded.
fn figure(measure: Measure, sums: &Sums) -> i128 {
    match measure {
        Measure::Revenue => sums.net(),
        Measure::Orders => sums.orders.into(),
        Measure::Units => sums.sold.ten_thousandths(),
        // Counted from the sets of buyers.
        Measure::Customers => 0,
    }
}

/// Figures in units of money or of things.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn in_units(measure: Measure, figures: Vec<i128>) -> Vec<f64> {
    let in_units = |figure| match measure {
        Measure::Revenue | Measure::Units => units(figure),
        Measure::Orders | Measure::Customers => figure as f64,
    };
    figures.into_iter().map(in_units).collect()
}

/// The dimension that sums are kept by, for a breakdown that has one.
pub(super) fn dimension(by: Breakdown) -> Option<Dimension> {
    match by {
        Breakdown::Product => Some(Dimension::Product),
        Breakdown::Country => Some(Dimension::Country),
        Breakdown::Channel => Some(Dimension::Channel),
        Breakdown::Segment => None,
    }
}

/// The whole, a value a period.
pub(super) fn whole(
    selected: &Selected<'_>,
    measure: Measure,
    periods: &Periods,
) -> Result<Vec<f64>, AskError> {
    if measure == Measure::Customers {
        return buyers(selected, BuyersOf::All, periods);
    }
    let mut figures = vec![0; periods.len()];
    each_sum(selected, Dimension::Hour, periods, |index, _, sums| {
        figures[index] += figure(measure, sums);
    })?;
    Ok(in_units(measure, figures))
}

/// Keys of a dimension, the one that brought most of a measure lately first.
pub(super) fn ranked(
    selected: &Selected<'_>,
    measure: Measure,
    dimension: Dimension,
    days: &Range<i32>,
) -> Result<Vec<u32>, AskError> {
    let lately = days.start.max(days.end - RANKED_DAYS)..days.end;
    // Customers are ranked by orders, which go with them and are summed up already.
    let measure = if measure == Measure::Customers { Measure::Orders } else { measure };
    let sums = selected.derived.total_sums(dimension, selected.currency, lately)?;
    let mut ranked: Vec<_> = sums.iter().map(|(key, sums)| (*key, figure(measure, sums))).collect();
    ranked
        .sort_by(|(one_key, one), (other_key, other)| other.cmp(one).then(one_key.cmp(other_key)));
    Ok(ranked.into_iter().map(|(key, _)| key).collect())
}

/// Some parts, a value a period each, in the order of `keys`.
pub(super) fn parts(
    on: &On<'_>,
    measure: Measure,
    dimension: Dimension,
    keys: &[u32],
    periods: &Periods,
) -> Result<Vec<Vec<f64>>, AskError> {
    if measure == Measure::Customers {
        let of = |key: u32| match dimension {
            Dimension::Country => BuyersOf::Country(key),
            _ => BuyersOf::Product(key),
        };
        return keys.iter().map(|key| buyers(&on.selected, of(*key), periods)).collect();
    }
    added_up(on, dimension, keys, periods, |sums| figure(measure, sums))
        .map(|parts| parts.into_iter().map(|figures| in_units(measure, figures)).collect())
}

/// The money of what was sold of some parts, whatever came back of it later: what a price is told by.
pub(super) fn sold(
    on: &On<'_>,
    dimension: Dimension,
    keys: &[u32],
    periods: &Periods,
) -> Result<Vec<Vec<f64>>, AskError> {
    added_up(on, dimension, keys, periods, |sums| sums.gross - sums.discounts)
        .map(|parts| parts.into_iter().map(|figures| in_units(Measure::Revenue, figures)).collect())
}

/// A figure of some parts, one a period each, in the order of `keys`.
fn added_up(
    On { selected, memory, .. }: &On<'_>,
    dimension: Dimension,
    keys: &[u32],
    periods: &Periods,
    figure: impl Fn(&Sums) -> i128,
) -> Result<Vec<Vec<i128>>, AskError> {
    // Exact figures take twice the room of what becomes of them, so some parts are added up at a time.
    let at_once = (memory.values() / 8 / periods.len().max(1)).max(1);
    let mut values = Vec::with_capacity(keys.len());
    for keys in keys.chunks(at_once) {
        let places: HashMap<u32, usize, foldhash::fast::FixedState> =
            keys.iter().enumerate().map(|(place, key)| (*key, place)).collect();
        let mut figures = vec![vec![0; periods.len()]; keys.len()];
        each_sum(selected, dimension, periods, |index, key, sums| {
            if let Some(place) = places.get(&key) {
                figures[*place][index] += figure(sums);
            }
        })?;
        values.extend(figures);
    }
    Ok(values)
}

/// The customers of each stage of life, in the order of [`Stage::ALL`], a value a period each.
pub(super) fn by_stage(
    work: &mut Work<'_>,
    selection: &Selection,
    histories: BuyerHistories,
    measure: Measure,
    people: &People,
    periods: &Periods,
) -> Result<Vec<Vec<f64>>, AskError> {
    let mut figures = vec![vec![0; periods.len()]; Stage::ALL.len()];
    let mut local_time = LocalTime::new(selection.workspace.timezone);
    // The period in which each customer was counted last: entries come in order of months, and
    // those of a customer in order of time.
    let mut counted: HashMap<u32, usize, foldhash::fast::FixedState> = HashMap::default();
    work.each_buyer_history(histories, |entries| {
        for entry in entries {
            let (is_sale, currency, amount) = match entry.kind {
                HistoryKind::Sale(currency, amount) => (true, currency, amount),
                HistoryKind::Refund(currency, amount) => (false, currency, amount),
                HistoryKind::Unpaid | HistoryKind::Interaction => continue,
            };
            let index = periods.index_of(local_time.day(entry.occurred_at));
            let (Some(index), Some(stage)) = (index, people.stage(entry.customer)) else {
                continue;
            };
            if currency != selection.currency {
                continue;
            }
            let money = i128::from(amount.ten_thousandths());
            figures[stage][index] += match measure {
                Measure::Revenue if is_sale => money,
                Measure::Revenue => -money,
                Measure::Orders => is_sale.into(),
                Measure::Customers if is_sale => {
                    (counted.insert(entry.customer, index) != Some(index)).into()
                }
                Measure::Customers | Measure::Units => 0,
            };
        }
    })?;
    Ok(figures.into_iter().map(|figures| in_units(measure, figures)).collect())
}

fn each_sum(
    selected: &Selected<'_>,
    dimension: Dimension,
    periods: &Periods,
    mut visit: impl FnMut(usize, u32, &Sums),
) -> Result<(), AskError> {
    let mut place = (i32::MIN, None);
    selected.derived.each_day_sum(
        dimension,
        selected.currency,
        periods.days(),
        |day, key, sums| {
            if place.0 != day {
                place = (day, periods.index_of(day));
            }
            if let Some(index) = place.1 {
                visit(index, key, sums);
            }
        },
    )?;
    Ok(())
}

/// Distinct customers who bought, a count a period.
fn buyers(selected: &Selected<'_>, of: BuyersOf, periods: &Periods) -> Result<Vec<f64>, AskError> {
    let mut sets: BTreeMap<usize, Bits> = BTreeMap::new();
    selected.derived.each_day_buyers(of, selected.currency, periods.days(), |day, buyers| {
        if let Some(index) = periods.index_of(day) {
            sets.entry(index).or_default().insert_all(buyers);
        }
    })?;
    let mut values = vec![0.0; periods.len()];
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    sets.iter().for_each(|(index, set)| values[*index] = set.count() as f64);
    Ok(values)
}

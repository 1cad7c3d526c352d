//! `countries` and `channels`: the parts that add up to the whole.

use std::collections::BTreeMap;

use crm_api::answer::{Unit, Value};

use super::{
    MARGIN, MONEY, PeriodBuyers, Table, amounts, average_order, columns, margin, optional_text,
};
use crate::facts::Sums;

/// One country.
#[derive(Clone, Debug)]
pub struct CountryLine {
    /// As the host writes it; `None` where it was left out.
    pub country: Option<String>,
    /// What was sold there.
    pub sums: Sums,
    /// Distinct customers who bought there.
    pub customers: i64,
}

/// One row a country, the largest gross first. A customer may have bought in several, so the
/// customers of the rows can add up to more than the total.
pub fn countries(mut lines: Vec<CountryLine>, whole: &Sums, buyers: PeriodBuyers) -> Table {
    lines.sort_by(|one, other| {
        (other.sums.gross, &one.country).cmp(&(one.sums.gross, &other.country))
    });
    let row = |country: Value, sums: &Sums, customers: i64| {
        let mut row = vec![country];
        row.extend(amounts(sums));
        row.extend([Value::Count(sums.orders), Value::Count(customers)]);
        row.extend(margin(sums));
        row
    };
    let counts = [("orders", Unit::Count), ("customers", Unit::Count)];
    let rows = lines
        .iter()
        .map(|line| row(optional_text(line.country.as_deref()), &line.sums, line.customers));
    Table {
        columns: columns(&[&[("country", Unit::Text)][..], &MONEY, &counts, &MARGIN].concat()),
        rows: rows.collect(),
        omitted_rows: 0,
        totals: row(Value::None, whole, buyers.customers),
    }
}

/// One row a channel, the largest gross first.
pub fn channels(sums: &BTreeMap<u32, Sums>, labels: &BTreeMap<u32, String>, whole: &Sums) -> Table {
    let mut lines: Vec<_> = sums.iter().map(|(label, sums)| (labels.get(label), sums)).collect();
    lines.sort_by(|(one_name, one), (other_name, other)| {
        (other.gross, one_name).cmp(&(one.gross, other_name))
    });
    let row = |channel: Value, sums: &Sums| {
        let mut row = vec![channel];
        row.extend(amounts(sums));
        row.extend([
            Value::Count(sums.orders),
            average_order(sums),
            Value::ratio(sums.gross, whole.gross),
        ]);
        row.extend(margin(sums));
        row
    };
    let counts =
        [("orders", Unit::Count), ("average_order", Unit::Money), ("share_of_gross", Unit::Ratio)];
    let rows = lines.iter().map(|(name, sums)| row(optional_text(name.map(String::as_str)), sums));
    Table {
        columns: columns(&[&[("channel", Unit::Text)][..], &MONEY, &counts, &MARGIN].concat()),
        rows: rows.collect(),
        omitted_rows: 0,
        totals: row(Value::None, whole),
    }
}

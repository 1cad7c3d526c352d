//! `summary`: one period, and the one of the same length before it.

use chrono::NaiveDate;
use crm_api::answer::{Unit, Value};

use super::{
    MARGIN, MONEY, PartSums, PeriodBuyers, PeriodSums, Table, amounts, average_order, columns,
    margin, text,
};

/// The figures of one period.
#[derive(Clone, Copy, Debug)]
pub struct PeriodFigures {
    /// First day that counts, if there is one.
    pub from: Option<NaiveDate>,
    /// First day that counts no more, if there is one.
    pub to: Option<NaiveDate>,
    /// Everything bought, and paid beside it.
    pub sold: PeriodSums,
    /// Who bought.
    pub buyers: PeriodBuyers,
}

/// Two rows, `current` and `previous`; the totals are those of the current period.
pub fn summary(current: &PeriodFigures, previous: &PeriodFigures) -> Table {
    let date = |date: &Option<NaiveDate>| date.map_or(Value::None, |date| text(&date.to_string()));
    let row = |period: Value, figures: &PeriodFigures| {
        let PeriodFigures { from, to, sold: PeriodSums { sums, parts }, buyers } = figures;
        let mut row = vec![period, date(from), date(to)];
        row.extend(amounts(sums));
        row.extend(parts.paid(sums));
        row.extend([
            Value::Count(sums.orders),
            Value::Count(sums.refund_orders),
            Value::Count(buyers.customers),
            Value::Count(buyers.new_customers),
            average_order(sums),
            Value::Count(sums.anonymous_orders),
        ]);
        row.extend(margin(sums));
        row.extend(parts.unpaid());
        row
    };
    let days = [("period", Unit::Text), ("from", Unit::Text), ("to", Unit::Text)];
    let counts = [
        ("orders", Unit::Count),
        ("refund_orders", Unit::Count),
        ("customers", Unit::Count),
        ("new_customers", Unit::Count),
        ("average_order", Unit::Money),
        ("anonymous_orders", Unit::Count),
    ];
    let shown = [&days[..], &MONEY, &PartSums::PAID, &counts, &MARGIN, &PartSums::UNPAID];
    Table {
        columns: columns(&shown.concat()),
        rows: vec![row(text("current"), current), row(text("previous"), previous)],
        omitted_rows: 0,
        totals: row(Value::None, current),
    }
}

//! `summary`: one period, and the one of the same length before it.

use chrono::NaiveDate;
use crm_api::answer::{Unit, Value};

use super::{PeriodBuyers, Table, average, columns, money, text};
use crate::facts::Sums;

/// The figures of one period.
#[derive(Clone, Copy, Debug)]
pub struct PeriodFigures {
    /// First day that counts, if there is one.
    pub from: Option<NaiveDate>,
    /// First day that counts no more, if there is one.
    pub to: Option<NaiveDate>,
    /// Everything bought.
    pub sums: Sums,
    /// Who bought.
    pub buyers: PeriodBuyers,
}

/// Two rows, `current` and `previous`; the totals are those of the current period.
pub fn summary(current: &PeriodFigures, previous: &PeriodFigures) -> Table {
    let date = |date: &Option<NaiveDate>| date.map_or(Value::None, |date| text(&date.to_string()));
    let row = |period: Value, figures: &PeriodFigures| {
        let PeriodFigures { from, to, sums, buyers } = figures;
        vec![
            period,
            date(from),
            date(to),
            money(sums.gross),
            money(sums.refunds),
            money(sums.net()),
            Value::Count(sums.orders),
            Value::Count(sums.refund_orders),
            Value::Count(buyers.customers),
            Value::Count(buyers.new_customers),
            average(sums.gross, sums.orders),
            Value::Count(sums.anonymous_orders),
        ]
    };
    Table {
        columns: columns(&[
            ("period", Unit::Text),
            ("from", Unit::Text),
            ("to", Unit::Text),
            ("gross", Unit::Money),
            ("refunds", Unit::Money),
            ("net", Unit::Money),
            ("orders", Unit::Count),
            ("refund_orders", Unit::Count),
            ("customers", Unit::Count),
            ("new_customers", Unit::Count),
            ("average_order", Unit::Money),
            ("anonymous_orders", Unit::Count),
        ]),
        rows: vec![row(text("current"), current), row(text("previous"), previous)],
        omitted_rows: 0,
        totals: row(Value::None, current),
    }
}

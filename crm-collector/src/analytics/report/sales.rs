//! `sales`: what was sold in each period.

use crm_api::answer::{Unit, Value};

use super::{PeriodBuyers, Table, average, columns, money, text};
use crate::analytics::period::Periods;
use crate::facts::Sums;

/// One row a period, empty ones included.
pub fn sales(
    periods: &Periods,
    sums: &[Sums],
    buyers: &[PeriodBuyers],
    total_buyers: PeriodBuyers,
) -> Table {
    let row = |period: Value, sums: &Sums, buyers: &PeriodBuyers| {
        vec![
            period,
            money(sums.gross),
            money(sums.refunds),
            money(sums.net()),
            Value::Count(sums.orders),
            Value::Count(sums.quantity),
            Value::Count(buyers.customers),
            Value::Count(buyers.new_customers),
            average(sums.gross, sums.orders),
        ]
    };
    let mut total = Sums::default();
    sums.iter().for_each(|period| total.add(period));
    let rows = periods.labels().iter().zip(sums).zip(buyers);
    Table {
        columns: columns(&[
            ("period", Unit::Text),
            ("gross", Unit::Money),
            ("refunds", Unit::Money),
            ("net", Unit::Money),
            ("orders", Unit::Count),
            ("items", Unit::Count),
            ("customers", Unit::Count),
            ("new_customers", Unit::Count),
            ("average_order", Unit::Money),
        ]),
        rows: rows.map(|((label, sums), buyers)| row(text(label), sums, buyers)).collect(),
        omitted_rows: 0,
        totals: row(Value::None, &total, &total_buyers),
    }
}

//! `sales`: what was sold in each period.

use crm_api::answer::{Unit, Value};

use super::{
    MARGIN, MONEY, PartSums, PeriodBuyers, Table, amounts, average_order, columns, margin,
    quantity, text,
};
use crate::analytics::period::Periods;
use crate::facts::Sums;

/// What was sold in a period, and what was paid beside it.
#[derive(Clone, Copy, Debug, Default)]
pub struct PeriodSums {
    /// Products.
    pub sums: Sums,
    /// Everything else.
    pub parts: PartSums,
}

/// One row a period, empty ones included.
pub fn sales(
    periods: &Periods,
    sold: &[PeriodSums],
    buyers: &[PeriodBuyers],
    total_buyers: PeriodBuyers,
) -> Table {
    let row = |period: Value, PeriodSums { sums, parts }: &PeriodSums, buyers: &PeriodBuyers| {
        let mut row = vec![period];
        row.extend(amounts(sums));
        row.extend(parts.paid(sums));
        row.extend([
            Value::Count(sums.orders),
            quantity(sums.sold),
            Value::Count(buyers.customers),
            Value::Count(buyers.new_customers),
            average_order(sums),
        ]);
        row.extend(margin(sums));
        row.extend(parts.unpaid());
        row
    };
    let mut total = PeriodSums::default();
    for period in sold {
        total.sums.add(&period.sums);
        total.parts.merge(&period.parts);
    }
    let counts = [
        ("orders", Unit::Count),
        ("items", Unit::Quantity),
        ("customers", Unit::Count),
        ("new_customers", Unit::Count),
        ("average_order", Unit::Money),
    ];
    let shown = [
        &[("period", Unit::Text)][..],
        &MONEY,
        &PartSums::PAID,
        &counts,
        &MARGIN,
        &PartSums::UNPAID,
    ];
    let rows = periods.labels().iter().zip(sold).zip(buyers);
    Table {
        columns: columns(&shown.concat()),
        rows: rows.map(|((label, sold), buyers)| row(text(label), sold, buyers)).collect(),
        omitted_rows: 0,
        totals: row(Value::None, &total, &total_buyers),
    }
}

//! `refunds`: what came back, by product, the largest first.

use crm_api::answer::{Unit, Value};

use super::products::without_items;
use super::{ProductLine, Table, columns, money, optional_text, quantity};
use crate::facts::{Largest, Sums};

/// One row a product that was refunded. The rate is money refunded of money sold, after discounts,
/// on the same days, so it can exceed one.
pub fn refunds(lines: &[ProductLine], largest: &Largest, whole: &Sums) -> Table {
    let figures = |sums: &Sums, refund_orders: Value| {
        vec![
            money(sums.refunds),
            quantity(sums.returned),
            refund_orders,
            money(sums.sold()),
            Value::ratio(sums.refunds, sums.sold()),
        ]
    };
    let row = |line: &ProductLine| {
        let mut row =
            vec![optional_text(Some(&line.name.sku)), optional_text(line.name.name.as_deref())];
        row.extend(figures(&line.sums, Value::Count(line.sums.refund_orders)));
        row
    };
    let mut rows: Vec<_> = lines.iter().map(row).collect();
    let rest = without_items(&largest.all, whole);
    if rest.refunds != 0 {
        let mut row = vec![Value::None, Value::Text("(no line items)".into())];
        row.extend(figures(&rest, Value::None));
        rows.push(row);
    }
    let mut totals = vec![Value::None, Value::None];
    totals.extend(figures(whole, Value::Count(whole.refund_orders)));
    Table {
        columns: columns(&[
            ("sku", Unit::Text),
            ("name", Unit::Text),
            ("refunds", Unit::Money),
            ("refund_quantity", Unit::Quantity),
            ("refund_orders", Unit::Count),
            ("sold", Unit::Money),
            ("refund_rate", Unit::Ratio),
        ]),
        rows,
        omitted_rows: largest.count - lines.len().min(largest.count),
        totals,
    }
}

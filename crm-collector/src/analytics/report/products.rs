//! `products`: what was sold, by product, the largest gross first.

use crm_api::answer::{Unit, Value};

use super::{
    MARGIN, MONEY, PeriodBuyers, Table, amounts, columns, margin, optional_text, quantity,
};
use crate::facts::{Largest, ProductName, Sums};

/// One product.
#[derive(Clone, Debug)]
pub struct ProductLine {
    /// How it is called.
    pub name: ProductName,
    /// What was sold of it.
    pub sums: Sums,
    /// Distinct customers who bought it.
    pub customers: i64,
}

/// One row a product, and one for purchases without line items if there are any, so that the
/// rows add up to the whole.
pub fn products(
    lines: &[ProductLine],
    largest: &Largest,
    whole: &Sums,
    buyers: PeriodBuyers,
) -> Table {
    let figures = |sums: &Sums, orders: Value, customers: Value| {
        let mut row = amounts(sums).to_vec();
        row.extend([quantity(sums.sold), orders, customers]);
        row.extend(margin(sums));
        row
    };
    let row = |line: &ProductLine| {
        let mut row =
            vec![optional_text(Some(&line.name.sku)), optional_text(line.name.name.as_deref())];
        let orders = Value::Count(line.sums.orders);
        row.extend(figures(&line.sums, orders, Value::Count(line.customers)));
        row
    };
    let mut rows: Vec<_> = lines.iter().map(row).collect();
    let rest = without_items(&largest.all, whole);
    if (rest.gross, rest.discounts, rest.refunds) != (0, 0, 0) {
        let mut row = vec![Value::None, Value::Text("(no line items)".into())];
        row.extend(figures(&rest, Value::None, Value::None));
        rows.push(row);
    }
    let mut totals = vec![Value::None, Value::None];
    totals.extend(figures(whole, Value::Count(whole.orders), Value::Count(buyers.customers)));
    let names = [("sku", Unit::Text), ("name", Unit::Text)];
    let counts =
        [("quantity", Unit::Quantity), ("orders", Unit::Count), ("customers", Unit::Count)];
    Table {
        columns: columns(&[&names[..], &MONEY, &counts, &MARGIN].concat()),
        rows,
        omitted_rows: largest.count - lines.len().min(largest.count),
        totals,
    }
}

/// Money of purchases that came without line items.
pub(super) fn without_items(items: &Sums, whole: &Sums) -> Sums {
    Sums {
        gross: whole.gross - items.gross,
        discounts: whole.discounts - items.discounts,
        refunds: whole.refunds - items.refunds,
        ..Sums::default()
    }
}

//! `products`: what was sold, by product, the largest gross first.

use std::collections::BTreeMap;

use crm_models::report::{Unit, Value};

use super::{PeriodBuyers, Table, columns, money, optional_text};
use crate::facts::{ProductName, Sums};

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

/// The keys with the largest figures, the largest first; equal ones in order of key.
pub fn largest(
    sums: &BTreeMap<u32, Sums>,
    figure: impl Fn(&Sums) -> i128,
    limit: usize,
) -> Vec<(u32, Sums)> {
    let mut all: Vec<_> = sums.iter().map(|(key, sums)| (*key, *sums)).collect();
    all.sort_by_key(|(key, sums)| (std::cmp::Reverse(figure(sums)), *key));
    all.truncate(limit);
    all
}

/// One row a product, and one for purchases without line items if there are any, so that the
/// rows add up to the whole.
pub fn products(
    lines: &[ProductLine],
    all: &BTreeMap<u32, Sums>,
    whole: &Sums,
    buyers: PeriodBuyers,
) -> Table {
    let figures = |sums: &Sums, orders: Value, customers: Value| {
        vec![
            money(sums.gross),
            money(sums.refunds),
            money(sums.net()),
            Value::Count(sums.quantity),
            orders,
            customers,
        ]
    };
    let row = |line: &ProductLine| {
        let mut row =
            vec![optional_text(Some(&line.name.sku)), optional_text(line.name.name.as_deref())];
        let orders = Value::Count(line.sums.orders);
        row.extend(figures(&line.sums, orders, Value::Count(line.customers)));
        row
    };
    let mut rows: Vec<_> = lines.iter().map(row).collect();
    let rest = without_items(all, whole);
    if rest.gross != 0 || rest.refunds != 0 {
        let mut row = vec![Value::None, Value::Text("(no line items)".into())];
        row.extend(figures(&rest, Value::None, Value::None));
        rows.push(row);
    }
    let mut totals = vec![Value::None, Value::None];
    totals.extend(figures(whole, Value::Count(whole.orders), Value::Count(buyers.customers)));
    Table {
        columns: columns(&[
            ("sku", Unit::Text),
            ("name", Unit::Text),
            ("gross", Unit::Money),
            ("refunds", Unit::Money),
            ("net", Unit::Money),
            ("quantity", Unit::Count),
            ("orders", Unit::Count),
            ("customers", Unit::Count),
        ]),
        rows,
        omitted_rows: all.len() - lines.len().min(all.len()),
        totals,
    }
}

/// Money of purchases that came without line items.
pub(super) fn without_items(all: &BTreeMap<u32, Sums>, whole: &Sums) -> Sums {
    let mut items = Sums::default();
    all.values().for_each(|sums| items.add(sums));
    Sums {
        gross: whole.gross - items.gross,
        refunds: whole.refunds - items.refunds,
        ..Sums::default()
    }
}

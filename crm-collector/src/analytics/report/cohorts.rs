//! `cohorts`: customers by the month of their first purchase, and what they did in the months since.

use std::ops::Range;

use crm_api::answer::{Unit, Value};

use super::{Table, columns, money, text};
use crate::analytics::cohorts::Cohorts;
use crate::facts::{Sums, date_of_day, first_day_of_month};

/// One row a cohort and month since its first, for months counted from January 1970, and one for
/// refunds of customers who had bought nothing before.
pub fn cohorts(cohorts: &Cohorts, months: Range<i32>) -> Table {
    let figures = |sums: &Sums| {
        [Value::Count(sums.orders), money(sums.sold()), money(sums.refunds), money(sums.net())]
    };
    let mut rows = Vec::new();
    let mut whole = *cohorts.unassigned();
    for cohort in cohorts.triangle(months.start, months.end) {
        let name = date_of_day(first_day_of_month(cohort.month)).format("%Y-%m").to_string();
        for (months_since, cell) in (i64::from(cohort.first_months_since)..).zip(&cohort.cells) {
            let mut row = vec![
                text(&name),
                Value::Count(months_since),
                Value::Count(cell.customers),
                Value::ratio(cell.customers, cohort.customers),
            ];
            row.extend(figures(&cell.sums));
            rows.push(row);
            whole.add(&cell.sums);
        }
    }
    if cohorts.unassigned().refund_orders > 0 {
        let mut row = vec![text("none"), Value::None, Value::Count(0), Value::None];
        row.extend(figures(cohorts.unassigned()));
        rows.push(row);
    }
    let mut totals = vec![Value::None, Value::None, Value::Count(cohorts.buyers()), Value::None];
    totals.extend(figures(&whole));
    Table {
        columns: columns(&[
            ("cohort", Unit::Text),
            ("months_since", Unit::Count),
            ("customers", Unit::Count),
            ("share", Unit::Ratio),
            ("orders", Unit::Count),
            ("sold", Unit::Money),
            ("refunds", Unit::Money),
            ("net", Unit::Money),
        ]),
        rows,
        omitted_rows: 0,
        totals,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytics::cohorts::Gathering;

    fn shown(row: &[Value]) -> String {
        row.iter().map(Value::to_text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn rows_are_cohorts_by_months_since_and_add_up() {
        let mut gathering = Gathering::new();
        let units = |units: i128| units * 10_000;
        let sale = |gross| Sums { gross: units(gross), orders: 1, ..Sums::default() };
        let refund =
            |refunds| Sums { refunds: units(refunds), refund_orders: 1, ..Sums::default() };
        // December 2009 is month 479.
        for (customer, month, sums) in [
            (1, 479, sale(10)),
            (2, 479, sale(20)),
            (3, 480, sale(5)),
            (3, 480, refund(2)),
            (4, 480, refund(1)),
            (2, 480, sale(30)),
        ] {
            gathering.add(customer, month, &sums, true);
        }
        let table = cohorts(&gathering.finish(), 479..481);
        let rows: Vec<_> = table.rows.iter().map(|row| shown(row)).collect();
        assert_eq!(
            rows,
            [
                "2009-12 0 2 1.0000 2 30.00 0.00 30.00",
                "2009-12 1 1 0.5000 1 30.00 0.00 30.00",
                "2010-01 0 1 1.0000 1 5.00 2.00 3.00",
                "none  0  0 0.00 1.00 -1.00",
            ]
        );
        assert_eq!(shown(&table.totals), "  3  4 65.00 3.00 62.00");
        assert!(cohorts(&Cohorts::default(), 0..0).rows.is_empty());
    }
}

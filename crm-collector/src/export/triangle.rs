//! `cohorts` as a triangle: a row a cohort, a column a month since its first, and in each cell how many
//! of a hundred customers bought in that month.

use crm_api::Total;
use crm_api::answer::{Column, Report, Unit, Value};

use super::sheet::Sheet;

/// Columns before the months, the last of which are money.
const BEFORE_MONTHS: usize = 3;
/// The gap before a month, and the least that it takes.
const GAP: usize = 2;
const LEAST_DIGITS: usize = 2;
/// What the columns before the months take, in most shops.
const NAMES_WIDTH: usize = 36;

/// A cohort with what its months say.
struct Cohort<'a> {
    name: &'a str,
    customers: i64,
    net: Total,
    /// By month since the first, in 1/10,000; none of a month that is not told.
    shares: Vec<Option<i64>>,
}

/// The rows of `cohorts` as a triangle that fits a width; `None` where they are no such rows.
pub(super) fn triangle<'a>(report: &'a Report, long: Sheet<'a>, width: usize) -> Sheet<'a> {
    let Some((cohorts, unassigned)) = cohorts(report) else { return long };
    let months = cohorts.iter().map(|cohort| cohort.shares.len()).max().unwrap_or(0);
    // The first month is the one that a cohort is made of: all of it.
    let last = months.saturating_sub(1);
    let shares = cohorts.iter().flat_map(|cohort| cohort.shares.iter().skip(1).flatten());
    let digits = shares.map(|share| percent(*share).to_string().len()).max().unwrap_or(0);
    let digits = digits.max(last.to_string().len()).max(LEAST_DIGITS);
    let fit = (width.saturating_sub(NAMES_WIDTH) / (GAP + digits)).max(1);
    let shown = last.min(fit);

    let mut columns = vec![
        Column::new("cohort", Unit::Text),
        Column::new("customers", Unit::Count),
        Column::new("net", Unit::Money),
    ];
    let month = |month: usize| Column { name: month.to_string().into(), unit: Unit::Count };
    columns.extend((1..=shown).map(month));
    let row = |cohort: &Cohort<'_>| {
        let mut row = Vec::with_capacity(BEFORE_MONTHS + shown);
        row.push(Value::Text(cohort.name.to_owned()));
        row.push(Value::Count(cohort.customers));
        row.push(Value::Money(cohort.net));
        let cell = |month: usize| match cohort.shares.get(month) {
            Some(Some(share)) => Value::Count(percent(*share)),
            _ => Value::None,
        };
        row.extend((1..=shown).map(cell));
        row
    };
    let mut notes = vec![
        "under the months since the first: how many of a hundred customers of the cohort bought then"
            .to_owned(),
    ];
    if shown < last {
        notes.push(format!("months {} to {last} do not fit", shown + 1));
    }
    if let Some(net) = unassigned {
        let net = super::cells::in_currency(net, report.currency);
        notes.push(format!("{net} net of customers who have bought nothing, in no cohort"));
    }
    notes.push(
        "--columns cohort,months_since,customers,orders,sold,refunds,net lists each month"
            .to_owned(),
    );
    notes.extend(long.notes);
    let mut totals = vec![Value::None, Value::None, Value::None];
    for (name, total) in ["customers", "net"].iter().zip(&mut totals[1..]) {
        if let Some(value) = place(report, name).and_then(|column| report.totals.get(column)) {
            value.clone_into(total);
        }
    }
    totals.resize(BEFORE_MONTHS + shown, Value::None);
    Sheet {
        columns: columns.into(),
        rows: cohorts.iter().map(row).collect(),
        totals: if cohorts.len() > 1 { totals.into() } else { Vec::new().into() },
        notes,
        spare: &[],
        ..long
    }
}

/// Whole percent of a share in 1/10,000.
fn percent(share: i64) -> i64 {
    (share + 50) / 100
}

fn place(report: &Report, name: &str) -> Option<usize> {
    report.columns.iter().position(|column| column.name == name)
}

/// The cohorts of a report in their order, and the net of those who are in none.
fn cohorts(report: &Report) -> Option<(Vec<Cohort<'_>>, Option<Total>)> {
    let [name, month, customers, share, net] =
        ["cohort", "months_since", "customers", "share", "net"].map(|name| place(report, name));
    let (name, month, customers) = (name?, month?, customers?);
    let (share, net) = (share?, net?);
    let mut cohorts: Vec<Cohort<'_>> = Vec::new();
    let mut unassigned = None;
    for row in &report.rows {
        let (Value::Text(of), Value::Money(amount)) = (row.get(name)?, row.get(net)?) else {
            return None;
        };
        let Value::Count(month) = row.get(month)? else {
            unassigned = Some(*amount);
            continue;
        };
        let (Value::Count(customers), ratio) = (row.get(customers)?, row.get(share)?) else {
            return None;
        };
        let is_new = cohorts.last().is_none_or(|cohort| cohort.name != of);
        if is_new {
            let (name, net, shares) = (of.as_str(), Total::ZERO, Vec::new());
            cohorts.push(Cohort { name, customers: whole(*customers, ratio), net, shares });
        }
        let cohort = cohorts.last_mut()?;
        cohort.net = cohort.net + *amount;
        let month = usize::try_from(*month).ok()?;
        // A row is written for each month of a range, which has a bound.
        if month >= cohort.shares.len() {
            cohort.shares.resize(month + 1, None);
        }
        if let (Value::Ratio(ratio), Some(cell)) = (ratio, cohort.shares.get_mut(month)) {
            *cell = Some(*ratio);
        }
    }
    Some((cohorts, unassigned))
}

/// How many customers a cohort has, of whom some are a share: all of them in its first month.
fn whole(customers: i64, share: &Value) -> i64 {
    match share {
        Value::Ratio(share) if *share > 0 => (customers * 10_000 + share / 2) / share,
        _ => customers,
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::export::{Tabular, sample};

    fn report() -> Report {
        let column = |name: &'static str, unit| Column { name: Cow::Borrowed(name), unit };
        let row = |cohort: &str, month: i64, customers: i64, share: i64, net: i128| {
            vec![
                Value::Text(cohort.to_owned()),
                Value::Count(month),
                Value::Count(customers),
                Value::Ratio(share),
                Value::Money(Total::from_ten_thousandths(net * 10_000)),
            ]
        };
        let mut none = row("none", 0, 0, 0, -3);
        (none[1], none[3]) = (Value::None, Value::None);
        Report {
            columns: vec![
                column("cohort", Unit::Text),
                column("months_since", Unit::Count),
                column("customers", Unit::Count),
                column("share", Unit::Ratio),
                column("net", Unit::Money),
            ],
            rows: vec![
                row("2010-01", 0, 8, 10_000, 80),
                row("2010-01", 1, 2, 2_500, 20),
                row("2010-01", 2, 3, 3_750, 30),
                row("2010-02", 0, 3, 10_000, 30),
                row("2010-02", 1, 2, 6_667, 20),
                none,
            ],
            totals: vec![
                Value::None,
                Value::None,
                Value::Count(11),
                Value::None,
                Value::Money(Total::from_ten_thousandths(1_770_000)),
            ],
            ..sample::products()
        }
    }

    #[test]
    fn a_cohort_is_a_row_and_a_month_a_column() {
        let report = report();
        let sheet = triangle(&report, report.sheet(), 100);
        let rows: Vec<_> = sheet
            .rows
            .iter()
            .map(|row| row.iter().map(Value::to_text).collect::<Vec<_>>().join("|"))
            .collect();
        assert_eq!(rows, ["2010-01|8|130.00|25|38", "2010-02|3|50.00|67|"]);
        assert_eq!(sheet.totals[1], Value::Count(11));
        assert!(sheet.notes.iter().any(|note| note.starts_with("-3.00 GBP net of customers")));
    }

    #[test]
    fn months_that_do_not_fit_are_told() {
        let report = report();
        let sheet = triangle(&report, report.sheet(), 40);
        assert_eq!(sheet.columns.len(), 4);
        assert!(sheet.notes.contains(&"months 2 to 2 do not fit".to_owned()));
    }

    #[test]
    fn what_has_no_months_stays_as_it_is() {
        let products = sample::products();
        let sheet = triangle(&products, products.sheet(), 100);
        assert_eq!(sheet.rows, products.sheet().rows);
    }
}

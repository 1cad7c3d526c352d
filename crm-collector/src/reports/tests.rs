//! Reports of every customer, for which threads share the customers out.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use crm_api::answer::Value;
use crm_models::{Amount, Currency, Event, EventId, Purchase, Timestamp};

use super::*;
use crate::store::{Appender, StoreError};

const DAY_MS: i64 = 86_400_000;
/// 2026-01-01, and how many days are told of from then on; the shop is older.
const FROM_MS: i64 = 1_767_225_600_000;
const DAYS: i64 = 90;
/// More than one row of each month has, for whichever number of threads.
const CUSTOMERS: i64 = 700;

/// The days of a customer's sales, counted from the first one that is told of, and what each brings.
fn sales(customer: i64) -> impl Iterator<Item = (i64, i64)> {
    let first = customer % 120 - 60;
    (0..customer % 5).map(move |number| (first + number * (3 + customer % 11), 10 + number))
}

/// A shop of which one half was folded.
fn shop(folder: &std::path::Path) -> (Arc<Store>, Access<Read>, Clock) {
    let store = Arc::new(Store::open(folder, &Default::default()).unwrap());
    let now = Timestamp::from_millis(FROM_MS + DAYS * DAY_MS);
    let add = |tx: &crate::store::WriteTx<'_>| {
        tx.add_workspace("shop", Currency::EUR, chrono_tz::UTC, now)
    };
    let workspace = store.write::<_, StoreError>(add).unwrap();
    let mut events: Vec<Event> = Vec::new();
    for customer in 0..CUSTOMERS {
        for (day, price) in sales(customer) {
            let at = Timestamp::from_millis(FROM_MS + day * DAY_MS + 1_000 * customer);
            let of = |purchase: Purchase, price: i64| {
                let total = Amount::from_ten_thousandths(price * 10_000);
                purchase.customer_id(format!("c-{customer}")).total(total).occurred_at(at).into()
            };
            events.push(of(Purchase::sale(Currency::EUR), price));
            if customer % 7 == 0 {
                events.push(of(Purchase::refund(Currency::EUR), 1));
            }
        }
    }
    for (number, event) in (0_u128..).zip(&mut events) {
        event.complete(|| EventId::from_bytes(number.to_be_bytes()), now);
    }
    for half in events.chunks(events.len().div_ceil(2)) {
        let append = |tx: &crate::store::WriteTx<'_>| {
            tx.fold(&workspace, 1, i64::MAX)?;
            let mut appender = Appender::new(tx, &workspace, now)?;
            half.iter().try_for_each(|event| appender.append(event).map(|_| ()))
        };
        store.write::<_, StoreError>(append).unwrap();
    }
    (store, Access::of_collector(workspace.id), Clock::fixed(now))
}

fn asked(name: ReportName) -> question::Report {
    let day = |month| NaiveDate::from_ymd_opt(2026, month, 1).map(WholeDay::from);
    question::Report { name, from: day(1), to: day(4), ..Default::default() }
}

/// Counts, and money in units.
fn figures(row: &[Value], columns: [usize; 3]) -> [i128; 3] {
    columns.map(|column| match &row[column] {
        Value::Count(count) => i128::from(*count),
        Value::Money(total) => total.ten_thousandths() / 10_000,
        other => panic!("{other:?} is no figure"),
    })
}

#[test]
fn new_and_returning_customers_and_cohorts_are_so_on_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let (store, access, clock) = shop(folder.path());
    // New or returning: customers, orders, sold.
    let mut repeat = [[0; 3]; 2];
    // By month of the first sale and months since: customers, orders, sold.
    let mut cohorts: BTreeMap<(i64, i64), [i128; 3]> = BTreeMap::new();
    let month = |day: i64| match day {
        ..-31 => -2,
        -31..0 => -1,
        0..31 => 0,
        31..59 => 1,
        _ => 2,
    };
    for customer in 0..CUSTOMERS {
        let all: Vec<_> = sales(customer).collect();
        let counted: Vec<_> =
            all.iter().filter(|(day, _)| (0..DAYS).contains(day)).copied().collect();
        let Some((first, _)) = all.first() else { continue };
        let group = &mut repeat[usize::from(*first < 0)];
        group[0] += i128::from(!counted.is_empty());
        let mut last = None;
        for (day, price) in counted {
            group[1] += 1;
            group[2] += i128::from(price);
            let cell = cohorts.entry((month(*first), month(day) - month(*first))).or_default();
            cell[0] += i128::from(last != Some(month(day)));
            cell[1] += 1;
            cell[2] += i128::from(price);
            last = Some(month(day));
        }
    }
    let cohorts: Vec<_> = cohorts.into_values().collect();
    let one = |name| Reports::on(1, store.clone(), clock.clone()).run(&access, &asked(name));
    for threads in 1..=4 {
        let reports = Reports::on(threads, store.clone(), clock.clone());
        let report = reports.run(&access, &asked(ReportName::Repeat)).unwrap();
        let found: Vec<_> = report.rows[..2].iter().map(|row| figures(row, [1, 2, 3])).collect();
        assert_eq!(found, repeat, "repeat on {threads} threads");
        assert_eq!(report, one(ReportName::Repeat).unwrap(), "repeat on {threads} threads");

        let report = reports.run(&access, &asked(ReportName::Cohorts)).unwrap();
        let told = report.rows.iter().map(|row| figures(row, [2, 4, 5]));
        let found: Vec<_> = told.filter(|[customers, ..]| *customers > 0).collect();
        assert_eq!(found, cohorts, "cohorts on {threads} threads");
        assert_eq!(report, one(ReportName::Cohorts).unwrap(), "cohorts on {threads} threads");
    }
}

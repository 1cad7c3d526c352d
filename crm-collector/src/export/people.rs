//! Customers' values and segments as sheets.

use std::borrow::Cow;

use chrono::NaiveDate;
use chrono_tz::Tz;
use crm_api::answer::{CustomerValue, CustomerValues, Group, Missing, Segments, Unit, Value};

use super::sheet::columns;
use super::{Sheet, Tabular, outside};
use crate::words::counted;

fn date(date: Option<NaiveDate>) -> Value {
    date.map_or(Value::None, |date| Value::Text(date.to_string()))
}

/// Below a title that names the currency and the day.
const NOBODY: &str = "no known customer bought anything in this currency before this day";

/// A share of one, in 1/10,000.
pub(super) fn ratio(share: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "between 0 and 10,000")]
    Value::Ratio((share * 1e4).round() as i64)
}

impl Tabular for CustomerValues {
    fn sheet(&self) -> Sheet<'_> {
        let columns = columns(&[
            ("customer_id", Unit::Text),
            ("name", Unit::Text),
            ("stage", Unit::Text),
            ("rfm", Unit::Text),
            ("purchase_days", Unit::Count),
            ("last_purchase", Unit::Text),
            ("spent", Unit::Money),
            ("p_alive", Unit::Ratio),
            ("expected_purchase_days", Unit::Number),
            ("expected_value", Unit::Money),
            ("lower_80", Unit::Money),
            ("upper_80", Unit::Money),
            ("lower_95", Unit::Money),
            ("upper_95", Unit::Money),
            ("next_purchase", Unit::Text),
        ]);
        let Self { currency, as_of, horizon_days, model, outside, .. } = self;
        let mut notes = vec![format!("{}: {}", model.method, model.why)];
        notes.extend(model.missing.as_ref().map(|missing| format!("missing: {missing}")));
        notes.extend(outside::notes(outside, *currency, None));
        let is_of_customer = (model.missing_codes.iter()).any(|code| {
            use Missing::{FirstPurchaseOfCustomer, FirstWholeDayOfCustomer};
            matches!(code, FirstPurchaseOfCustomer { .. } | FirstWholeDayOfCustomer { .. })
        });
        Sheet {
            title: format!(
                "value in {currency} over {} from {as_of} on",
                counted(horizon_days, "day", "days")
            ),
            timezone: Tz::UTC,
            currency: Some(*currency),
            columns,
            rows: self.customers.iter().map(customer).collect(),
            totals: Cow::Borrowed(&[]),
            omitted_rows: self.omitted,
            when_empty: if is_of_customer {
                "the customer bought nothing in this currency before this day"
            } else {
                NOBODY
            },
            notes,
            spare: &[
                "lower_95",
                "upper_95",
                "rfm",
                "expected_purchase_days",
                "lower_80",
                "upper_80",
                "last_purchase",
            ],
        }
    }
}

fn customer(customer: &CustomerValue) -> Vec<Value> {
    let name = customer.name.clone().map_or(Value::None, Value::Text);
    let rfm = customer.rfm.as_ref().map_or(Value::None, |rfm| {
        let scores = (rfm.recency, rfm.frequency, rfm.money);
        Value::Text(format!("{}{}{} {}", scores.0, scores.1, scores.2, rfm.segment))
    });
    let mut row = vec![
        Value::Text(customer.customer_id.clone()),
        name,
        Value::Text(customer.stage.clone()),
        rfm,
        Value::Count(customer.purchase_days.into()),
        date(customer.last_purchase),
        customer.spent.value(),
        ratio(customer.p_alive),
        Value::Number(customer.expected_purchase_days),
        customer.expected_value.value(),
    ];
    for band in &customer.bands {
        row.extend([band.lower.value(), band.upper.value()]);
    }
    row.push(date(customer.next_purchase));
    row
}

impl Tabular for Segments {
    fn sheet(&self) -> Sheet<'_> {
        let columns = columns(&[
            ("by", Unit::Text),
            ("segment", Unit::Text),
            ("customers", Unit::Count),
            ("share", Unit::Ratio),
            ("spent", Unit::Money),
            ("expected_value", Unit::Money),
            ("p_alive", Unit::Ratio),
            ("about", Unit::Text),
        ]);
        let stages = self.stages.iter().map(|group| row("stage", group));
        let rfm = self.rfm.iter().map(|group| row("rfm", group));
        let Self { currency, as_of, horizon_days, customers, outside, .. } = self;
        let missing = self.missing.as_ref().map(|missing| format!("missing: {missing}"));
        Sheet {
            title: format!(
                "{} as known before {as_of}, values in {currency} over {}",
                counted(customers, "customer", "customers"),
                counted(horizon_days, "day", "days")
            ),
            timezone: Tz::UTC,
            currency: Some(*currency),
            columns,
            rows: stages.chain(rfm).collect(),
            totals: Cow::Borrowed(&[]),
            omitted_rows: 0,
            when_empty: NOBODY,
            notes: missing.into_iter().chain(outside::notes(outside, *currency, None)).collect(),
            spare: &["p_alive", "share"],
        }
    }
}

fn row(by: &str, group: &Group) -> Vec<Value> {
    vec![
        Value::Text(by.to_owned()),
        Value::Text(group.segment.clone()),
        Value::Count(i64::try_from(group.customers).unwrap_or(i64::MAX)),
        ratio(group.share),
        group.spent.value(),
        group.expected_value.value(),
        ratio(group.p_alive),
        Value::Text(group.about.clone()),
    ]
}

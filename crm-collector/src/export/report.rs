//! Reports as sheets.

use std::borrow::Cow;

use chrono_tz::Tz;
use crm_api::Far;
use crm_api::answer::{Report, ReportName, Value};

use super::cells::{in_currency, money};
use super::drawn::week;
use super::sheet::Sheet;
use super::triangle::triangle;
use super::{Look, Tabular, outside};

impl Tabular for Report {
    fn sheet(&self) -> Sheet<'_> {
        let Self { report: name, currency, timezone, .. } = self;
        let period = self.period.as_ref().map_or(String::new(), |period| format!("{period}, "));
        let days = match (self.from, self.to) {
            (Some(from), Some(to)) => format!("from {from} to before {to}"),
            (Some(from), None) => format!("from {from} on"),
            (None, Some(to)) => format!("before {to}"),
            (None, None) => "nothing was bought yet".to_owned(),
        };
        let shows: fn(&Far) -> String = |far| {
            let to = far.last.succ_opt().unwrap_or(far.last);
            format!("--from {} --to {to} shows them", far.first)
        };
        Sheet {
            title: format!("{name} in {currency}, {period}{days} ({timezone})"),
            currency: Some(*currency),
            timezone: timezone.parse().unwrap_or(Tz::UTC),
            columns: Cow::Borrowed(&self.columns),
            rows: Cow::Borrowed(&self.rows),
            totals: Cow::Borrowed(if totals_tell(self) { &self.totals } else { &[] }),
            omitted_rows: self.omitted_rows,
            when_empty: "nothing in this period",
            notes: costed(self)
                .into_iter()
                .chain(outside::notes(&self.outside, *currency, Some(shows)))
                .collect(),
            spare: &SPARE,
        }
    }

    fn table(&self, look: &Look) -> Sheet<'_> {
        match self.report {
            ReportName::Cohorts => triangle(self, self.sheet(), look.width),
            ReportName::Heatmap if look.drawn => week(self, self.sheet(), look.width),
            _ => self.sheet(),
        }
    }
}

/// What a report says beside the sales, what says least first.
const SPARE: [&str; 25] = [
    "rounding",
    "adjustments",
    "gift_cards",
    "fees",
    "tips",
    "cancelled",
    "cancelled_orders",
    "pending",
    "pending_orders",
    "anonymous_orders",
    "refund_orders",
    "cost",
    "to",
    "from",
    "tax",
    "shipping",
    "total",
    "items",
    "quantity",
    "average_order",
    "share_of_gross",
    "gross",
    "margin",
    "discounts",
    "new_customers",
];

/// How much of the net a margin is of, where that is not all of it: not every line tells its cost.
fn costed(report: &Report) -> Option<String> {
    let of = |name: &str| {
        let position = report.columns.iter().position(|column| column.name == name)?;
        match report.totals.get(position)? {
            Value::Money(amount) => Some(*amount),
            _ => None,
        }
    };
    let (net, cost, margin) = (of("net")?, of("cost")?, of("margin")?);
    let costed = cost + margin;
    (costed != net).then(|| {
        let costed = money(costed, report.currency.decimals() as usize);
        let net = in_currency(net, report.currency);
        format!("the margin is that of {costed} of {net} net: of the rest no cost is known")
    })
}

/// One row is its own total, and so is the current period beside the one before it.
fn totals_tell(report: &Report) -> bool {
    let repeats_first =
        report.rows.first().is_some_and(|row| row.get(1..) == report.totals.get(1..));
    report.rows.len() > 1
        && !repeats_first
        && report.totals.iter().any(|total| *total != Value::None)
}

//! Reports as sheets.

use std::borrow::Cow;

use chrono_tz::Tz;
use crm_models::report::{Report, Value};

use super::Answer;
use super::sheet::{Sheet, grouped};

impl Answer for Report {
    fn sheet(&self) -> Sheet<'_> {
        let Self { report: name, currency, timezone, .. } = self;
        let last = self.to.pred_opt().unwrap_or(self.to);
        Sheet {
            title: format!("{name} in {currency}, {} to {last} ({timezone})", self.from),
            timezone: timezone.parse().unwrap_or(Tz::UTC),
            columns: Cow::Borrowed(&self.columns),
            rows: Cow::Borrowed(&self.rows),
            totals: Cow::Borrowed(if totals_tell(self) { &self.totals } else { &[] }),
            omitted_rows: self.omitted_rows,
            when_empty: "nothing in this period",
            notes: others(self).into_iter().collect(),
        }
    }
}

/// One row is its own total, and so is the current period beside the one before it.
fn totals_tell(report: &Report) -> bool {
    let repeats_first =
        report.rows.first().is_some_and(|row| row.get(1..) == report.totals.get(1..));
    report.rows.len() > 1
        && !repeats_first
        && report.totals.iter().any(|total| *total != Value::None)
}

fn others(report: &Report) -> Option<String> {
    if report.other_currencies.is_empty() {
        return None;
    }
    let others: Vec<_> = report
        .other_currencies
        .iter()
        .map(|(currency, count)| format!("{} in {currency}", grouped(&count.to_string())))
        .collect();
    let others = others.join(", ");
    Some(format!("purchases in other currencies, in none of these figures: {others}"))
}

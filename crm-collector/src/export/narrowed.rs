//! An answer narrowed to the part that was asked about, for people: what its command prints in thousands of rows is
//! no answer to a question about one.

use crm_api::Focus;
use crm_api::answer::{Forecasts, Report, Trends, Value};
use crm_api::question::Answer;

use super::pictures::number;

/// Rows of a list by a figure that the report does not go by.
const SHOWN: usize = 20;

/// The answer with the part alone that was asked about; nothing where it was the whole.
pub fn narrowed(answer: &Answer, focus: &Focus) -> Option<Answer> {
    Some(match answer {
        Answer::Report(report) => Answer::Report(of_report(report, focus)?.into()),
        Answer::Forecast(forecasts) => Answer::Forecast(of_forecasts(forecasts, focus)?.into()),
        Answer::Trends(trends) => Answer::Trends(of_trends(trends, focus)?.into()),
        _ => return None,
    })
}

fn of_report(report: &Report, focus: &Focus) -> Option<Report> {
    let rows: Vec<Vec<Value>> = match (&focus.key, &focus.column) {
        (Some(key), _) => {
            let is_it = |row: &&Vec<Value>| row.first().is_some_and(|cell| cell.to_text() == *key);
            report.rows.iter().filter(is_it).cloned().collect()
        }
        (None, Some(column)) if report.rows.len() > SHOWN && has_parts(report) => {
            let at = report.columns.iter().position(|of| of.name == *column)?;
            let of = |row: &Vec<Value>| row.get(at).and_then(number).unwrap_or(f64::MIN);
            let mut rows = report.rows.clone();
            rows.sort_by(|one, other| of(other).total_cmp(&of(one)));
            rows.truncate(SHOWN);
            rows
        }
        _ => return None,
    };
    // Where there is no such row, the whole says more.
    if rows.is_empty() {
        return None;
    }
    let omitted_rows = report.omitted_rows + (report.rows.len() - rows.len());
    Some(Report { rows, omitted_rows, ..report.clone() })
}

/// Whether rows are parts, and not periods in their order.
fn has_parts(report: &Report) -> bool {
    report.columns.first().is_some_and(|column| column.name == "sku")
}

fn of_forecasts(forecasts: &Forecasts, focus: &Focus) -> Option<Forecasts> {
    focus.key.as_ref()?;
    let is_it = |key: &Option<String>| *key == focus.key;
    let kept: Vec<_> =
        forecasts.forecasts.iter().filter(|series| is_it(&series.key)).cloned().collect();
    if kept.is_empty() {
        return None;
    }
    let omitted = forecasts.omitted + (forecasts.forecasts.len() - kept.len());
    Some(Forecasts { forecasts: kept, omitted, ..forecasts.clone() })
}

fn of_trends(trends: &Trends, focus: &Focus) -> Option<Trends> {
    let is_it = |trend: &&crm_api::answer::Trend| match (&focus.key, focus.part) {
        (Some(key), _) => trend.key.as_ref() == Some(key),
        (None, Some(part)) => trend.dimension == part.as_str(),
        (None, None) => true,
    };
    let kept: Vec<_> = trends.trends.iter().filter(is_it).cloned().collect();
    if kept.is_empty() || kept.len() == trends.trends.len() {
        return None;
    }
    let omitted = trends.omitted + (trends.trends.len() - kept.len());
    Some(Trends { trends: kept, omitted, ..trends.clone() })
}

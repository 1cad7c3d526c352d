//! A report as a table for a terminal: what was asked above it, numbers to the right with their
//! digits grouped, times by the report's clocks, totals below a rule.

use std::io::{self, Write};

use chrono_tz::Tz;
use comfy_table::{Cell, CellAlignment, LineStyle, Table, TableStyle};
use crm_models::report::{Column, Report, Unit, Value};
use crm_models::{Amount, Timestamp};

/// Between groups of three digits: a narrow blank would be finer, but not every terminal has it.
const SEPARATOR: char = ',';
/// One rule, below the heads; the rule above the totals is its copy.
const STYLE: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));
/// Name of the row of totals.
const TOTAL: &str = "total";

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let Report { report: name, currency, timezone, .. } = report;
    let last = report.to.pred_opt().unwrap_or(report.to);
    writeln!(out, "{name} in {currency}, {} to {last} ({timezone})", report.from)?;
    if report.rows.is_empty() {
        writeln!(out, "nothing in this period")?;
    } else {
        let has_totals = has_totals(report);
        let lines: Vec<_> = table(report, has_totals).lines().collect();
        for (position, line) in lines.iter().enumerate() {
            if has_totals && position + 1 == lines.len() {
                writeln!(out, "{}", lines.get(1).map_or("", |rule| rule))?;
            }
            writeln!(out, "{}", line.trim_end())?;
        }
    }
    if report.omitted_rows > 0 {
        writeln!(
            out,
            "and {} more; --limit 0 shows all",
            grouped(&report.omitted_rows.to_string())
        )?;
    }
    others(report, out)
}

/// One row is its own total, and so is the current period beside the one before it.
fn has_totals(report: &Report) -> bool {
    let repeats_first =
        report.rows.first().is_some_and(|row| row.get(1..) == report.totals.get(1..));
    report.rows.len() > 1
        && !repeats_first
        && report.totals.iter().any(|total| *total != Value::None)
}

fn table(report: &Report, has_totals: bool) -> Table {
    let decimals: Vec<_> =
        (0..report.columns.len()).map(|position| money_decimals(report, position)).collect();
    let zone = report.timezone.parse().unwrap_or(Tz::UTC);
    let cells = |row: &[Value]| {
        let cell = |((value, column), decimals): ((&Value, &Column), &usize)| {
            aligned(shown(value, *decimals, zone), *column)
        };
        row.iter().zip(&report.columns).zip(&decimals).map(cell).collect::<Vec<_>>()
    };

    let mut table = Table::new();
    table.load_style(STYLE);
    table.set_header(report.columns.iter().map(|column| aligned(head(column), *column)));
    for row in &report.rows {
        table.add_row(cells(row));
    }
    if has_totals {
        let mut totals = cells(&report.totals);
        if let (Some(first), Some(Value::None)) = (totals.first_mut(), report.totals.first()) {
            *first = Cell::new(TOTAL);
        }
        table.add_row(totals);
    }
    table
}

/// `new_customers` reads `new customers`.
fn head(column: &Column) -> String {
    column.name.replace('_', " ")
}

fn aligned(text: String, column: Column) -> Cell {
    let alignment = match column.unit {
        Unit::Text | Unit::Time => CellAlignment::Left,
        Unit::Count | Unit::Money | Unit::Ratio | Unit::Days => CellAlignment::Right,
    };
    Cell::new(text).set_alignment(alignment)
}

/// Decimals that every amount of a column is shown with, so that the points stand in a line.
fn money_decimals(report: &Report, position: usize) -> usize {
    let values = report.rows.iter().chain(std::iter::once(&report.totals));
    let decimals = values.filter_map(|row| match row.get(position) {
        Some(Value::Money(amount)) => {
            amount.to_string().split_once('.').map(|(_, decimals)| decimals.len())
        }
        _ => None,
    });
    decimals.max().unwrap_or(2)
}

fn shown(value: &Value, money_decimals: usize, zone: Tz) -> String {
    match value {
        Value::None => String::new(),
        // Control characters could take over the terminal.
        Value::Text(text) => text.replace(char::is_control, " "),
        Value::Count(count) => grouped(&count.to_string()),
        Value::Money(amount) => money(*amount, money_decimals),
        Value::Ratio(ratio) => {
            let (sign, size) = (if *ratio < 0 { "-" } else { "" }, ratio.unsigned_abs());
            format!("{sign}{}.{:02} %", size / 100, size % 100)
        }
        Value::Days(_) => grouped(&value.to_text()),
        Value::Time(time) => to_the_minute(*time, zone),
    }
}

fn money(amount: Amount, decimals: usize) -> String {
    let mut text = grouped(&amount.to_string());
    let has = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    text.extend(std::iter::repeat_n('0', decimals.saturating_sub(has)));
    text
}

fn to_the_minute(time: Timestamp, zone: Tz) -> String {
    let time: chrono::DateTime<chrono::Utc> = time.into();
    time.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string()
}

/// Groups the digits before the point by three.
fn grouped(number: &str) -> String {
    let (sign, number) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, rest) = number.split_at(number.find('.').unwrap_or(number.len()));
    let mut text = sign.to_owned();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            text.push(SEPARATOR);
        }
        text.push(digit);
    }
    text + rest
}

fn others(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.other_currencies.is_empty() {
        return Ok(());
    }
    let others: Vec<_> = report
        .other_currencies
        .iter()
        .map(|(currency, count)| format!("{} in {currency}", grouped(&count.to_string())))
        .collect();
    writeln!(out, "purchases in other currencies, in none of these figures: {}", others.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::sample;

    fn text(report: &Report) -> String {
        let mut out = Vec::new();
        write(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_report_as_a_table_is_pinned() {
        insta::assert_snapshot!(text(&sample::products()));
    }

    #[test]
    fn a_report_without_rows_says_so() {
        let empty = Report { rows: vec![], other_currencies: vec![], ..sample::products() };
        let expected = "products in GBP, 2010-11-01 to 2011-11-30 (Europe/London)\n\
                        nothing in this period\n";
        assert_eq!(text(&empty), expected);
    }

    #[test]
    fn digits_are_grouped_by_three() {
        let cases =
            [("0", "0"), ("999", "999"), ("-1000", "-1,000"), ("1234567.8901", "1,234,567.8901")];
        for (plain, shown) in cases {
            assert_eq!(grouped(plain), shown);
        }
    }

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        assert_eq!(shown(&Value::Text("a\u{1b}[2Jb".into()), 2, Tz::UTC), "a [2Jb");
    }
}

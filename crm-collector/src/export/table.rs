//! An answer as a table for a terminal: what was asked above it, numbers to the right with their
//! digits grouped, times by the report's clocks, totals below a rule.

use std::io::{self, Write};

use chrono_tz::Tz;
use comfy_table::{Cell, CellAlignment, LineStyle, Table, TableStyle};
use crm_api::Total;
use crm_api::answer::{Column, Unit, Value};
use crm_models::Timestamp;

use super::sheet::{Sheet, grouped};

/// One rule, below the heads; the rule above the totals is its copy.
const STYLE: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));
/// Name of the row of totals.
const TOTAL: &str = "total";

/// Columns that a shop sees once it has what they tell of.
const DETAILS: [&str; 15] = [
    "discounts",
    "shipping",
    "tax",
    "tips",
    "fees",
    "gift_cards",
    "rounding",
    "adjustments",
    "total",
    "cost",
    "margin",
    "pending_orders",
    "pending",
    "cancelled_orders",
    "cancelled",
];

pub(super) fn write(sheet: &Sheet<'_>, out: &mut dyn Write) -> io::Result<()> {
    let sheet = &without_silent(sheet);
    writeln!(out, "{}", sheet.title)?;
    if sheet.rows.is_empty() {
        writeln!(out, "{}", sheet.when_empty)?;
    } else {
        let lines: Vec<_> = table(sheet).lines().collect();
        for (position, line) in lines.iter().enumerate() {
            if !sheet.totals.is_empty() && position + 1 == lines.len() {
                writeln!(out, "{}", lines.get(1).map_or("", |rule| rule))?;
            }
            writeln!(out, "{}", line.trim_end())?;
        }
    }
    if sheet.omitted_rows > 0 {
        let omitted = grouped(&sheet.omitted_rows.to_string());
        writeln!(out, "and {omitted} more; --limit 0 shows all")?;
    }
    sheet.notes.iter().try_for_each(|note| writeln!(out, "{}", printable(note)))
}

/// Leaves out the columns of details that say nothing: nought in every row, or, of total sales, what
/// net sales say already.
fn without_silent<'a>(sheet: &'a Sheet<'a>) -> Sheet<'a> {
    let values = |position: usize| {
        let rows = sheet.rows.iter().map(Vec::as_slice).chain([&*sheet.totals]);
        rows.filter_map(move |row| row.get(position))
    };
    let net = sheet.columns.iter().position(|column| column.name == "net");
    let says_something = |(position, column): (usize, &Column)| {
        let is_nought = |value: &Value| match value {
            Value::None | Value::Count(0) => true,
            Value::Money(amount) => amount.ten_thousandths() == 0,
            _ => false,
        };
        let repeats = net
            .filter(|_| column.name == "total")
            .is_some_and(|net| values(position).eq(values(net)));
        !DETAILS.contains(&&*column.name) || !(repeats || values(position).all(is_nought))
    };
    let kept: Vec<usize> = sheet
        .columns
        .iter()
        .enumerate()
        .filter(|column| says_something(*column))
        .map(|(position, _)| position)
        .collect();
    let of =
        |row: &[Value]| kept.iter().filter_map(|position| row.get(*position).cloned()).collect();
    Sheet {
        columns: kept.iter().filter_map(|position| sheet.columns.get(*position).cloned()).collect(),
        rows: sheet.rows.iter().map(|row| of(row)).collect(),
        totals: of(&sheet.totals).into(),
        ..sheet.clone()
    }
}

fn table(sheet: &Sheet<'_>) -> Table {
    let decimals: Vec<_> =
        (0..sheet.columns.len()).map(|position| decimals(sheet, position)).collect();
    let cells = |row: &[Value]| {
        let cell = |((value, column), decimals): ((&Value, &Column), &usize)| {
            aligned(shown(value, *decimals, sheet.timezone), column)
        };
        row.iter().zip(sheet.columns.iter()).zip(&decimals).map(cell).collect::<Vec<_>>()
    };

    let mut table = Table::new();
    table.load_style(STYLE);
    table.set_header(sheet.columns.iter().map(|column| aligned(head(column), column)));
    for row in sheet.rows.iter() {
        table.add_row(cells(row));
    }
    if !sheet.totals.is_empty() {
        let mut totals = cells(&sheet.totals);
        if let (Some(first), Some(Value::None)) = (totals.first_mut(), sheet.totals.first()) {
            *first = Cell::new(TOTAL);
        }
        table.add_row(totals);
    }
    table
}

/// `new_customers` reads `new customers`; what has a name of the statistics' own is told in plain words.
fn head(column: &Column) -> String {
    match &*column.name {
        "p_alive" => "still a customer".to_owned(),
        "next_purchase" => "next purchase if still".to_owned(),
        "lift" => "times chance".to_owned(),
        name => name.replace('_', " "),
    }
}

fn aligned(text: String, column: &Column) -> Cell {
    let alignment = match column.unit {
        Unit::Text | Unit::Time => CellAlignment::Left,
        Unit::Count | Unit::Quantity | Unit::Money | Unit::Ratio | Unit::Days | Unit::Number => {
            CellAlignment::Right
        }
    };
    Cell::new(text).set_alignment(alignment)
}

/// Decimals that every amount or number of a column is shown with, so that the points stand in a
/// line: for amounts those of their currency, for numbers what three digits of the largest take.
fn decimals(sheet: &Sheet<'_>, position: usize) -> usize {
    let values =
        || sheet.rows.iter().map(|row| row.get(position)).chain([sheet.totals.get(position)]);
    if sheet.columns.get(position).is_some_and(|column| column.unit == Unit::Number) {
        let largest = values().fold(0.0, |largest: f64, value| match value {
            Some(Value::Number(number)) if number.is_finite() => largest.max(number.abs()),
            _ => largest,
        });
        return match largest {
            100.0.. => 0,
            10.0.. => 1,
            1.0.. => 2,
            _ => 4,
        };
    }
    sheet.currency.map_or(2, |currency| currency.decimals() as usize)
}

fn shown(value: &Value, decimals: usize, zone: Tz) -> String {
    match value {
        Value::None => String::new(),
        Value::Text(text) => printable(text),
        Value::Count(count) => grouped(&count.to_string()),
        Value::Money(amount) => money(*amount, decimals),
        Value::Number(number) => rounded(*number, decimals),
        Value::Ratio(ratio) => {
            let (sign, size) = (if *ratio < 0 { "-" } else { "" }, ratio.unsigned_abs());
            format!("{sign}{}.{:02} %", size / 100, size % 100)
        }
        Value::Quantity(_) | Value::Days(_) => grouped(&value.to_text()),
        Value::Time(time) => to_the_minute(*time, zone),
    }
}

/// Control characters could take over the terminal, and what is not seen could make two names look like
/// one, or turn what stands beside it around.
pub fn printable(text: &str) -> String {
    let shown = |letter: char| match letter {
        '\u{200b}'
        | '\u{200e}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => char::REPLACEMENT_CHARACTER,
        letter if letter.is_control() => ' ',
        letter => letter,
    };
    text.chars().map(shown).collect()
}

/// What is too small for the decimals of its column is shown by its order of magnitude.
fn rounded(number: f64, decimals: usize) -> String {
    let fixed = format!("{number:.decimals$}");
    let vanished = number != 0.0 && fixed.parse() == Ok(0.0);
    if vanished && decimals >= 4 { format!("{number:.0e}") } else { grouped(&fixed) }
}

/// An amount with so many decimals, four at the most, rounded half away from zero.
fn money(amount: Total, decimals: usize) -> String {
    let places = u32::try_from(decimals).unwrap_or(4).min(4);
    let (kept, cut) = (10_u128.pow(places), 10_u128.pow(4 - places));
    let amount = amount.ten_thousandths();
    let size = (amount.unsigned_abs() + cut / 2) / cut;
    let sign = if amount < 0 && size > 0 { "-" } else { "" };
    let whole = grouped(&(size / kept).to_string());
    match decimals {
        0 => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{:0decimals$}", size % kept),
    }
}

fn to_the_minute(time: Timestamp, zone: Tz) -> String {
    let time: chrono::DateTime<chrono::Utc> = time.into();
    time.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::{Tabular, sample};
    use crm_api::answer::Report;

    fn text(report: &Report) -> String {
        let mut out = Vec::new();
        write(&report.sheet(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_steers_a_terminal_or_is_not_seen_is_shown_as_such() {
        assert_eq!(printable("a\u{1b}]0;b\u{7}c\nd"), "a ]0;b c d");
        assert_eq!(printable("c-1\u{200b}\u{202e}\u{feff}"), "c-1\u{fffd}\u{fffd}\u{fffd}");
        // These join and part letters of living scripts.
        assert_eq!(printable("می\u{200c}خواهم"), "می\u{200c}خواهم");
    }

    #[test]
    fn a_report_as_a_table_is_pinned() {
        insta::assert_snapshot!(text(&sample::products()));
    }

    #[test]
    fn a_report_without_rows_says_so() {
        let outside = crm_api::Outside::default();
        let empty = Report { rows: vec![], outside, ..sample::products() };
        let expected = "products in GBP, from 2010-11-01 to before 2011-12-01 (Europe/London)\n\
                        nothing in this period\n";
        assert_eq!(text(&empty), expected);
        let never = Report { from: None, to: None, ..empty };
        let expected = "products in GBP, nothing was bought yet (Europe/London)\n\
                        nothing in this period\n";
        assert_eq!(text(&never), expected);
    }

    #[test]
    fn a_margin_says_of_how_much_of_the_net_it_is() {
        let money = |minor| Value::Money(Total::from_ten_thousandths(minor));
        let of = |cost: Value, margin: Value| {
            let columns = ["net", "cost", "margin"].map(|name| Column::new(name, Unit::Money));
            let totals = vec![money(120_000_000), cost, margin];
            text(&Report { columns: columns.to_vec(), totals, rows: vec![], ..sample::products() })
        };
        let note =
            "the margin is that of 5,000.00 of 12,000.00 GBP net: of the rest no cost is known\n";
        assert!(of(money(30_000_000), money(20_000_000)).contains(note));
        assert!(!of(money(30_000_000), money(90_000_000)).contains("the margin is"));
        assert!(!of(Value::None, Value::None).contains("the margin is"));
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
    fn money_is_shown_with_the_decimals_of_its_currency() {
        let shown = |amount: i128, decimals| money(Total::from_ten_thousandths(amount), decimals);
        assert_eq!(shown(12_345_678, 2), "1,234.57");
        assert_eq!(shown(-50, 2), "-0.01");
        assert_eq!(shown(-49, 2), "0.00");
        assert_eq!(shown(4_800_000, 0), "480");
        assert_eq!(shown(6_950, 3), "0.695");
    }

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        assert_eq!(shown(&Value::Text("a\u{1b}[2Jb".into()), 2, Tz::UTC), "a [2Jb");
    }
}

//! An answer as a table for a terminal: what was asked above it, numbers to the right with their
//! digits grouped, totals below a rule, and below that what there is to know. No line is wider than
//! the look.

use std::io::{self, Write};

use anstyle::Style;
use crm_api::answer::{Column, Unit, Value};

use super::cells::{self, printable};
use super::grid::{self, Cell, Grid, styled};
use super::look::{LESS, Look, MISSING, MORE, STRONG};
use super::sheet::{Sheet, grouped};
use super::wrap;

/// Name of the row of totals.
const TOTAL: &str = "total";
/// Lines that a name is cut to; sentences and ids are told whole.
const LINES_OF_A_NAME: usize = 3;

/// Columns that a shop sees once it has what they tell of.
const DETAILS: [&str; 18] = [
    "name",
    "email",
    "phone",
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
/// Columns of sentences, which in very short lines nobody reads.
const SENTENCES: [&str; 3] = ["about", "reason", "cause"];
/// Columns of money that came or went.
const MOVES: [&str; 2] = ["size", "at_stake"];

pub(super) fn write(sheet: &Sheet<'_>, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    // Whoever says which columns sees them.
    let silent = look.columns.is_empty().then(|| without_silent(sheet));
    let sheet = silent.as_ref().unwrap_or(sheet);
    say(&sheet.title, look, STRONG, out)?;
    let mut left_out = Vec::new();
    if sheet.rows.is_empty() {
        say(sheet.when_empty, look, Style::new(), out)?;
    } else {
        let laid_out = grid(sheet, look).lay_out(look, true);
        laid_out.lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
        left_out = laid_out.left_out;
    }
    if sheet.omitted_rows > 0 {
        let omitted = grouped(&sheet.omitted_rows.to_string());
        writeln!(out, "and {omitted} more; --limit 0 shows all")?;
    }
    for note in &sheet.notes {
        let style = if note.starts_with("missing: ") { MISSING } else { Style::new() };
        say(note, look, style, out)?;
    }
    if !left_out.is_empty() {
        let names: Vec<_> = left_out.iter().map(|column| &*sheet.columns[*column].name).collect();
        let note = format!("not shown for want of room: {}; --columns chooses", names.join(", "));
        say(&note, look, Style::new(), out)?;
    }
    Ok(())
}

/// A sentence in lines.
fn say(text: &str, look: &Look, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let style = look.style(style);
    let lines = wrap::sentence(&printable(text), look.width);
    lines.iter().try_for_each(|line| writeln!(out, "{}", styled(line, style)))
}

/// Leaves out the columns of details that say nothing: nought in every row, or, of total sales, what
/// net sales say already.
pub(super) fn without_silent<'a>(sheet: &'a Sheet<'a>) -> Sheet<'a> {
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
    sheet.only(&kept)
}

fn grid(sheet: &Sheet<'_>, look: &Look) -> Grid {
    let decimals: Vec<_> =
        (0..sheet.columns.len()).map(|position| cells::decimals(sheet, position)).collect();
    let row = |row: &[Value]| {
        let cell = |((value, column), decimals): ((&Value, &Column), &usize)| Cell {
            text: cells::shown(value, *decimals, sheet.timezone),
            style: look.style(style(value, column)),
        };
        row.iter().zip(sheet.columns.iter()).zip(&decimals).map(cell).collect::<Vec<_>>()
    };
    let mut totals = row(&sheet.totals);
    if let (Some(first), Some(Value::None)) = (totals.first_mut(), sheet.totals.first()) {
        TOTAL.clone_into(&mut first.text);
    }
    Grid {
        columns: sheet.columns.iter().map(column).collect(),
        rows: sheet.rows.iter().map(|cells| row(cells)).collect(),
        totals,
        give_way: if look.columns.is_empty() { give_way(sheet) } else { Vec::new() },
    }
}

fn column(column: &Column) -> grid::Column {
    grid::Column {
        head: head(column),
        is_number: !matches!(column.unit, Unit::Text | Unit::Time),
        least: if SENTENCES.contains(&&*column.name) { 24 } else { 16 },
        most_lines: if column.name == "name" { LINES_OF_A_NAME } else { usize::MAX },
    }
}

/// Which columns give way: those that say least, and after them the last, but never the first.
fn give_way(sheet: &Sheet<'_>) -> Vec<Vec<usize>> {
    let place = |name: &str| sheet.columns.iter().position(|column| column.name == name);
    let mut order: Vec<_> = sheet.spare.iter().filter_map(|name| place(name)).collect();
    for column in (1..sheet.columns.len()).rev() {
        if !order.contains(&column) {
            order.push(column);
        }
    }
    // One end of a range says nothing without the other.
    let with_other_end = |column: usize| {
        let name = &*sheet.columns[column].name;
        let other = match (name, name.split_once('_')) {
            ("from", _) => place("to"),
            ("to", _) => place("from"),
            (_, Some(("lower", level))) => place(&format!("upper_{level}")),
            (_, Some(("upper", level))) => place(&format!("lower_{level}")),
            _ => None,
        };
        std::iter::once(column).chain(other).collect()
    };
    order.into_iter().map(with_other_end).collect()
}

/// `new_customers` reads `new customers`; what has a name of the statistics' own is told in plain words.
fn head(column: &Column) -> String {
    match &*column.name {
        "p_alive" => "still a customer".to_owned(),
        "next_purchase" => "next purchase if still".to_owned(),
        "purchase_days" => "days with a purchase".to_owned(),
        "expected_purchase_days" => "expected days with a purchase".to_owned(),
        "lift" => "times chance".to_owned(),
        name => name.replace('_', " "),
    }
}

fn style(value: &Value, column: &Column) -> Style {
    match value {
        Value::Money(amount) if MOVES.contains(&&*column.name) => {
            if amount.ten_thousandths() < 0 {
                LESS
            } else {
                MORE
            }
        }
        _ if column.name == "forecast" => STRONG,
        _ => Style::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::{Tabular, sample};
    use crm_api::Total;
    use crm_api::answer::Report;

    fn text(report: &Report) -> String {
        let mut out = Vec::new();
        write(&report.sheet(), &Look::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
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
}

//! Figures as blocks, for terminals: a series as a sparkline, the week as shades.

use crm_api::Total;
use crm_api::answer::{Column, Report, Unit, Value};

use super::sheet::{Sheet, grouped};

/// From nothing to the most.
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// The same.
const SHADES: [char; 5] = [' ', '░', '▒', '▓', '█'];
const HOURS: usize = 24;
/// Letters an hour.
const HOUR_WIDTH: usize = 2;
/// Where the hours stand above the shades.
const CLOCK: &str = "0     3     6     9     12    15    18    21     ";
/// Narrower than this the shades do not fit.
const LEAST_WIDTH: usize = 70;

/// A series, from its least value or from nought to its largest.
pub(super) fn sparkline(values: impl IntoIterator<Item = f64> + Clone) -> String {
    let bounds = values
        .clone()
        .into_iter()
        .fold((0.0, 0.0), |(least, most): (f64, f64), value| (least.min(value), most.max(value)));
    values.into_iter().map(|value| level(value - bounds.0, bounds.1 - bounds.0, &HEIGHTS)).collect()
}

/// The block of a value between nothing and the most.
fn level(value: f64, most: f64, blocks: &[char]) -> char {
    #[expect(clippy::cast_precision_loss, reason = "a few blocks")]
    let last = (blocks.len() - 1) as f64;
    let share = if most > 0.0 { (value / most).clamp(0.0, 1.0) } else { 0.0 };
    #[expect(clippy::cast_possible_truncation, reason = "between nought and the last")]
    #[expect(clippy::cast_sign_loss, reason = "not below nought")]
    let level = (share * last).ceil() as usize;
    blocks.get(level).or(blocks.last()).copied().unwrap_or(' ')
}

/// `heatmap` as a week: a row a day, a shade an hour.
pub(super) fn week<'a>(report: &'a Report, long: Sheet<'a>, width: usize) -> Sheet<'a> {
    match days(report) {
        Some(days) if width >= LEAST_WIDTH => drawn(&days, long),
        _ => long,
    }
}

/// A weekday with its orders by hour, and its net.
struct Day<'a> {
    name: &'a str,
    orders: Vec<i64>,
    net: Total,
}

fn days(report: &Report) -> Option<Vec<Day<'_>>> {
    let place = |name: &str| report.columns.iter().position(|column| column.name == name);
    let (weekday, orders, net) = (place("weekday")?, place("orders")?, place("net")?);
    let mut days: Vec<Day<'_>> = Vec::new();
    for row in &report.rows {
        let cells = (row.get(weekday)?, row.get(orders)?, row.get(net)?);
        let (Value::Text(name), Value::Count(count), Value::Money(amount)) = cells else {
            return None;
        };
        if days.last().is_none_or(|day| day.name != name) {
            days.push(Day { name, orders: Vec::new(), net: Total::ZERO });
        }
        let day = days.last_mut()?;
        day.orders.push(*count);
        day.net = day.net + *amount;
    }
    days.iter().all(|day| day.orders.len() == HOURS).then_some(days)
}

fn drawn<'a>(days: &[Day<'_>], long: Sheet<'a>) -> Sheet<'a> {
    let most = days.iter().flat_map(|day| &day.orders).copied().max().unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "a shade")]
    let shade = |orders: &i64| {
        let shade = level(*orders as f64, most as f64, &SHADES);
        String::from(shade).repeat(HOUR_WIDTH)
    };
    let row = |day: &Day<'_>| {
        vec![
            Value::Text(day.name.to_owned()),
            Value::Count(day.orders.iter().sum()),
            Value::Money(day.net),
            // A shade of nothing at the end of a line is a shade still.
            Value::Text(day.orders.iter().map(shade).collect::<String>() + "│"),
        ]
    };
    let columns = vec![
        Column::new("weekday", Unit::Text),
        Column::new("orders", Unit::Count),
        Column::new("net", Unit::Money),
        // As a number it is not broken.
        Column::new(CLOCK, Unit::Count),
    ];
    let rows: Vec<_> = days.iter().map(row).collect();
    let mut notes = vec![format!(
        "orders by hour: █ more than three quarters of {}, the most; ▓ ▒ ░ a quarter less each",
        grouped(&most.to_string())
    )];
    notes.extend(long.notes);
    notes.push("--columns weekday,hour,orders,gross,refunds,net lists each hour".to_owned());
    Sheet {
        columns: columns.into(),
        rows: rows.into(),
        totals: Vec::new().into(),
        notes,
        spare: &["net", "orders"],
        ..long
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::{Tabular, sample};

    #[test]
    fn a_sparkline_goes_from_nought_to_the_most() {
        assert_eq!(sparkline([0.0, 50.0, 100.0]), "▁▅█");
        assert_eq!(sparkline([0.0, 0.0]), "▁▁");
        assert_eq!(sparkline([-100.0, 0.0, 100.0]), "▁▅█");
        assert_eq!(sparkline([]), "");
    }

    #[test]
    fn a_week_has_a_shade_for_each_hour() {
        let money = |units: i128| Value::Money(Total::from_ten_thousandths(units * 10_000));
        let hour = |hour: i64| {
            let orders = if hour == 9 { 100 } else { i64::from(hour == 10) };
            let net = if hour == 9 { 70 } else { 0 };
            vec![Value::Text("Monday".into()), Value::Count(hour), Value::Count(orders), money(net)]
        };
        let columns = [("weekday", Unit::Text), ("hour", Unit::Count), ("orders", Unit::Count)];
        let mut columns: Vec<_> =
            columns.into_iter().map(|(name, unit)| Column::new(name, unit)).collect();
        columns.push(Column::new("net", Unit::Money));
        let report = Report {
            columns,
            rows: (0..24).map(hour).collect(),
            totals: Vec::new(),
            ..sample::products()
        };
        let sheet = week(&report, report.sheet(), 100);
        let shades = format!("{}██░░{}│", " ".repeat(18), " ".repeat(26));
        let day =
            vec![Value::Text("Monday".into()), Value::Count(101), money(70), Value::Text(shades)];
        assert_eq!(*sheet.rows, [day]);
        assert!(sheet.notes[0].contains("three quarters of 100,"), "{:?}", sheet.notes);
        assert_eq!(week(&report, report.sheet(), 60).rows.len(), 24);
    }
}

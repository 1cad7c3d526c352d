//! `heatmap`: when people buy, by weekday and hour of the local day.

use crm_api::answer::{Unit, Value};

use super::{Table, columns, money, text};
use crate::facts::Sums;

const WEEKDAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const HOURS: usize = 24;

/// One row an hour of the week, from sums by local day (since 1970) and hour.
pub fn heatmap(sums: impl IntoIterator<Item = (i32, u32, Sums)>) -> Table {
    let mut cells = [[Sums::default(); HOURS]; WEEKDAYS.len()];
    let mut total = Sums::default();
    for (day, hour, sums) in sums {
        // 1970-01-01 was a Thursday.
        let weekday = usize::try_from((i64::from(day) + 3).rem_euclid(7)).unwrap_or(0);
        if let Some(cell) = cells[weekday].get_mut(hour as usize) {
            cell.add(&sums);
            total.add(&sums);
        }
    }
    let row = |weekday: Value, hour: Value, sums: &Sums| {
        vec![
            weekday,
            hour,
            Value::Count(sums.orders),
            money(sums.gross),
            money(sums.refunds),
            money(sums.net()),
        ]
    };
    let rows = WEEKDAYS.iter().zip(&cells).flat_map(|(weekday, hours)| {
        (0_i64..).zip(hours).map(move |(hour, sums)| row(text(weekday), Value::Count(hour), sums))
    });
    Table {
        columns: columns(&[
            ("weekday", Unit::Text),
            ("hour", Unit::Count),
            ("orders", Unit::Count),
            ("gross", Unit::Money),
            ("refunds", Unit::Money),
            ("net", Unit::Money),
        ]),
        rows: rows.collect(),
        omitted_rows: 0,
        totals: row(Value::None, Value::None, &total),
    }
}

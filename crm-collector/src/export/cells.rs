//! Values as texts for people: digits grouped, money with the decimals of its currency, times by the
//! report's clocks, nothing that steers a terminal.

use chrono_tz::Tz;
use crm_api::Total;
use crm_api::answer::{Unit, Value};
use crm_models::{Currency, Timestamp};

use super::sheet::{Sheet, grouped};

/// An amount with its currency, as a sentence tells it.
pub(super) fn in_currency(amount: Total, currency: Currency) -> String {
    format!("{} {currency}", money(amount, currency.decimals() as usize))
}

/// Decimals that every amount or number of a column is shown with, so that the points stand in a
/// line: for amounts those of their currency, for numbers what three digits of the largest take.
pub(super) fn decimals(sheet: &Sheet<'_>, position: usize) -> usize {
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

pub(super) fn shown(value: &Value, decimals: usize, zone: Tz) -> String {
    let plain = plain(value, decimals, zone);
    match value {
        Value::None | Value::Text(_) | Value::Ratio(_) | Value::Time(_) => plain,
        // An order of magnitude has no groups.
        _ if plain.contains('e') => plain,
        _ => grouped(&plain),
    }
}

/// A value with so many decimals where it is money or a number, its digits not yet grouped.
pub(super) fn plain(value: &Value, decimals: usize, zone: Tz) -> String {
    match value {
        Value::None => String::new(),
        Value::Text(text) => printable(text),
        Value::Count(count) => count.to_string(),
        Value::Money(amount) => ungrouped(*amount, decimals),
        Value::Number(number) => rounded(*number, decimals),
        Value::Ratio(ratio) => {
            let (sign, size) = (if *ratio < 0 { "-" } else { "" }, ratio.unsigned_abs());
            format!("{sign}{}.{:02} %", size / 100, size % 100)
        }
        Value::Quantity(_) | Value::Days(_) => value.to_text(),
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
    if vanished && decimals >= 4 { format!("{number:.0e}") } else { fixed }
}

/// An amount with so many decimals, four at the most, rounded half away from zero.
pub(super) fn money(amount: Total, decimals: usize) -> String {
    grouped(&ungrouped(amount, decimals))
}

fn ungrouped(amount: Total, decimals: usize) -> String {
    let places = u32::try_from(decimals).unwrap_or(4).min(4);
    let (kept, cut) = (10_u128.pow(places), 10_u128.pow(4 - places));
    let amount = amount.ten_thousandths();
    let size = (amount.unsigned_abs() + cut / 2) / cut;
    let sign = if amount < 0 && size > 0 { "-" } else { "" };
    let whole = size / kept;
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

    #[test]
    fn what_steers_a_terminal_or_is_not_seen_is_shown_as_such() {
        assert_eq!(printable("a\u{1b}]0;b\u{7}c\nd"), "a ]0;b c d");
        assert_eq!(printable("c-1\u{200b}\u{202e}\u{feff}"), "c-1\u{fffd}\u{fffd}\u{fffd}");
        // These join and part letters of living scripts.
        assert_eq!(printable("می\u{200c}خواهم"), "می\u{200c}خواهم");
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

//! Dates and times of day, taken off the front of a text, and counts that stand for both.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use crate::import::reason::Reason;

/// Which comes first in a date with slashes or dashes, such as `4/5/2011`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    /// The day.
    DayFirst,
    /// The month.
    MonthFirst,
    /// The year, of two digits.
    YearFirst,
}

/// A text that is no [`DateOrder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what comes first in a date is day, month or year")]
pub struct UnknownDateOrder;

impl FromStr for DateOrder {
    type Err = UnknownDateOrder;

    fn from_str(text: &str) -> Result<Self, UnknownDateOrder> {
        match text.strip_suffix("-first").unwrap_or(text) {
            "day" => Ok(Self::DayFirst),
            "month" => Ok(Self::MonthFirst),
            "year" => Ok(Self::YearFirst),
            _ => Err(UnknownDateOrder),
        }
    }
}

impl DateOrder {
    /// All of them.
    pub(super) const ALL: [Self; 3] = [Self::DayFirst, Self::MonthFirst, Self::YearFirst];

    /// As it is said and told.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DayFirst => "day-first",
            Self::MonthFirst => "month-first",
            Self::YearFirst => "year-first",
        }
    }
}

/// The three numbers of a date, with how many digits each has.
pub(super) struct Numbers {
    pub(super) separator: u8,
    pub(super) parts: [(u32, usize); 3],
}

/// Takes three numbers that one separator parts off the front.
pub(super) fn numbers(rest: &mut &[u8]) -> Option<Numbers> {
    let first = number(rest)?;
    let separator = rest.first().copied()?;
    if !matches!(separator, b'-' | b'/' | b'.') {
        return None;
    }
    let mut part = || {
        *rest = rest.strip_prefix(&[separator])?;
        number(rest)
    };
    Some(Numbers { separator, parts: [first, part()?, part()?] })
}

impl Numbers {
    /// The date that they are when read in an order; `None` where that is not possible. Without a year of
    /// four digits in front.
    pub(super) fn in_order(&self, order: DateOrder) -> Option<NaiveDate> {
        let [(first, first_digits), (second, second_digits), (third, third_digits)] = self.parts;
        let short = |digits: usize| digits <= 2;
        let year = |value: u32, digits| match digits {
            4 => Some(signed(value)),
            // As spreadsheets do, but that none of these was before 1970.
            2 => Some(signed(value) + if value < 70 { 2_000 } else { 1_900 }),
            _ => None,
        };
        match order {
            DateOrder::YearFirst => {
                let fits = first_digits == 2 && short(second_digits) && short(third_digits);
                NaiveDate::from_ymd_opt(year(first, 2).filter(|_| fits)?, second, third)
            }
            DateOrder::DayFirst | DateOrder::MonthFirst => {
                if !short(first_digits) || !short(second_digits) {
                    return None;
                }
                let (day, month) =
                    if order == DateOrder::DayFirst { (first, second) } else { (second, first) };
                NaiveDate::from_ymd_opt(year(third, third_digits)?, month, day)
            }
        }
    }

    /// Whether the year stands first and has four digits.
    pub(super) fn is_plain(&self) -> bool {
        self.parts[0].1 == 4
    }
}

/// Takes a date of digits off the front.
pub(super) fn date(rest: &mut &[u8], order: Option<DateOrder>) -> Result<NaiveDate, Reason> {
    let bad = Reason::BadTime;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 8 {
        let (whole, _) = number(rest).ok_or(bad)?;
        let day = NaiveDate::from_ymd_opt(signed(whole / 10_000), whole / 100 % 100, whole % 100);
        return day.ok_or(bad);
    }
    let numbers = numbers(rest).ok_or(bad)?;
    let [(first, _), (second, second_digits), (third, third_digits)] = numbers.parts;
    if numbers.is_plain() {
        if second_digits > 2 || third_digits > 2 {
            return Err(bad);
        }
        return NaiveDate::from_ymd_opt(signed(first), second, third).ok_or(bad);
    }
    if let Some(order) = order {
        return numbers.in_order(order).ok_or(bad);
    }
    // Nobody writes the month first before a point.
    if numbers.separator == b'.' {
        return numbers.in_order(DateOrder::DayFirst).ok_or(bad);
    }
    let day = numbers.in_order(DateOrder::DayFirst);
    let month = numbers.in_order(DateOrder::MonthFirst);
    let year = match numbers.separator {
        b'-' => numbers.in_order(DateOrder::YearFirst),
        _ => None,
    };
    let mut found = [day, month, year].into_iter().flatten();
    let first = found.next().ok_or(bad)?;
    if found.all(|other| other == first) { Ok(first) } else { Err(Reason::AmbiguousDate) }
}

/// Takes a time of day off the front: `hh:mm[:ss[.fff]]` or `hhmm[ss]`, with AM or PM behind it or
/// without, or an hour with one of these.
pub(super) fn clock(rest: &mut &[u8]) -> Option<NaiveTime> {
    let (hour, hour_digits) = number(rest)?;
    let (mut hour, mut minute, mut second, mut milli) = (hour, 0, 0, 0);
    let has_minutes = rest.first() == Some(&b':');
    if let 4 | 6 = hour_digits {
        let seconds = hour_digits == 6;
        (hour, minute, second) = match seconds {
            true => (hour / 10_000, hour / 100 % 100, hour % 100),
            false => (hour / 100, hour % 100, 0),
        };
    } else if has_minutes {
        *rest = rest.strip_prefix(b":")?;
        (minute, _) = number(rest).filter(|(_, digits)| *digits <= 2)?;
        if let Some(seconds) = rest.strip_prefix(b":") {
            *rest = seconds;
            (second, _) = number(rest).filter(|(_, digits)| *digits <= 2)?;
        }
    }
    if let Some(fraction) = rest.strip_prefix(b".").or_else(|| rest.strip_prefix(b","))
        && has_minutes
    {
        let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let padded = fraction.iter().take(digits).chain(std::iter::repeat(&b'0')).take(3);
        milli = padded.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
        *rest = fraction.get(digits..)?;
        if digits == 0 {
            return None;
        }
    }
    match half(rest) {
        Some(afternoon) => {
            if !(1..=12).contains(&hour) {
                return None;
            }
            hour = hour % 12 + if afternoon { 12 } else { 0 };
        }
        None if !has_minutes && !matches!(hour_digits, 4 | 6) => return None,
        None => {}
    }
    NaiveTime::from_hms_milli_opt(hour, minute, second, milli)
}

/// Takes AM or PM off the front, in any spelling; whether it is PM.
fn half(rest: &mut &[u8]) -> Option<bool> {
    let text = rest.trim_ascii_start();
    for (word, afternoon) in [("a.m.", false), ("p.m.", true), ("am", false), ("pm", true)] {
        let Some((begin, after)) = text.split_at_checked(word.len()) else { continue };
        let ends = after.first().is_none_or(|byte| !byte.is_ascii_alphanumeric());
        if begin.eq_ignore_ascii_case(word.as_bytes()) && ends {
            *rest = after;
            return Some(afternoon);
        }
    }
    None
}

/// A number that stands for a time.
pub(super) enum Counted {
    /// Milliseconds since 1970.
    Instant(i64),
    Local(NaiveDateTime),
}

/// The time that a number stands for by how many digits it has: days as spreadsheets count them,
/// seconds and milliseconds since 1970, or the digits of a date and a time.
pub(super) fn counted(text: &[u8]) -> Option<Counted> {
    let text = std::str::from_utf8(text).ok()?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !are_digits(whole) || !are_digits(fraction) || text.ends_with('.') {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    let of_digits = |format, pad: &str| {
        let time = NaiveDateTime::parse_from_str(&format!("{whole}{pad}"), format).ok()?;
        let year = chrono::Datelike::year(&time);
        (fraction.is_empty() && (1990..=2100).contains(&year)).then_some(Counted::Local(time))
    };
    match whole.len() {
        5 => {
            let days: f64 = text.parse().ok().filter(|days| (20_000.0..80_000.0).contains(days))?;
            let day = NaiveDate::from_ymd_opt(1899, 12, 30)?.and_time(NaiveTime::MIN);
            #[expect(clippy::cast_possible_truncation, reason = "some decades in milliseconds")]
            let millis = (days * 86_400_000.0).round() as i64;
            // What is short of a second by the rounding of a fraction of a day is that second.
            let millis = (millis + 499) / 1_000 * 1_000;
            day.checked_add_signed(TimeDelta::milliseconds(millis)).map(Counted::Local)
        }
        9 | 10 => {
            let digits = if whole.len() == 10 { of_digits("%Y%m%d%H%M", "00") } else { None };
            let padded = format!("{fraction:0<3}");
            let millis: i64 = padded.get(..3)?.parse().ok()?;
            digits.or(Some(Counted::Instant(number * 1_000 + millis)))
        }
        12 => of_digits("%Y%m%d%H%M", "").or(Some(Counted::Instant(number))),
        13 => Some(Counted::Instant(number)),
        14 => of_digits("%Y%m%d%H%M%S", ""),
        16 => DateTime::from_timestamp_micros(number)
            .map(|time| Counted::Instant(time.timestamp_millis())),
        _ => None,
    }
}

/// Beginnings of the names of months, those that begin others behind them.
const MONTHS: &[(&str, u32)] = &[
    ("jan", 1),
    ("janv", 1),
    ("янв", 1),
    ("ene", 1),
    ("feb", 2),
    ("fév", 2),
    ("fev", 2),
    ("фев", 2),
    ("mar", 3),
    ("mär", 3),
    ("мар", 3),
    ("apr", 4),
    ("avr", 4),
    ("abr", 4),
    ("апр", 4),
    ("may", 5),
    ("mai", 5),
    ("май", 5),
    ("мая", 5),
    ("juin", 6),
    ("jun", 6),
    ("июн", 6),
    ("juil", 7),
    ("jul", 7),
    ("июл", 7),
    ("aug", 8),
    ("août", 8),
    ("aou", 8),
    ("ago", 8),
    ("авг", 8),
    ("sep", 9),
    ("set", 9),
    ("сен", 9),
    ("oct", 10),
    ("okt", 10),
    ("out", 10),
    ("окт", 10),
    ("nov", 11),
    ("ноя", 11),
    ("dec", 12),
    ("déc", 12),
    ("dez", 12),
    ("dic", 12),
    ("дек", 12),
];

/// Words within a date that say nothing of it.
const FILLERS: &[&str] = &["de", "of", "г", "года", "год", "the", "del"];

/// A date with the name of a month, and how many bytes it takes.
pub(super) fn named(text: &[u8]) -> Option<(NaiveDate, usize)> {
    if !text.iter().any(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii()) {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    let mut numbers: [Option<(u32, usize)>; 2] = [None; 2];
    let mut month = None;
    let mut end = 0;
    let mut begin = 0;
    let mut skipped_words = 0;
    while begin < text.len() && (month.is_none() || numbers[1].is_none()) {
        let rest = text.get(begin..)?;
        let length = rest.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(rest.len());
        let word = rest.get(..length)?;
        if word.is_empty() {
            begin += rest.chars().next()?.len_utf8();
            continue;
        }
        begin += length;
        end = begin;
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            let ordinal = word.get(digits..)?.to_lowercase();
            if !matches!(ordinal.as_str(), "" | "st" | "nd" | "rd" | "th" | "er") || digits > 4 {
                return None;
            }
            let value = (word.get(..digits)?.parse().ok()?, digits);
            let free = numbers.iter_mut().find(|number| number.is_none())?;
            *free = Some(value);
            continue;
        }
        let lower = word.to_lowercase();
        let found = MONTHS.iter().find(|(begin, _)| lower.starts_with(begin));
        match found {
            Some((_, number)) if month.is_none() => month = Some(*number),
            _ if FILLERS.contains(&lower.as_str()) => {}
            // A day of the week, in front.
            _ if numbers[0].is_none() && month.is_none() && skipped_words == 0 => skipped_words = 1,
            _ => return None,
        }
    }
    let ([Some(first), Some(second)], Some(month)) = (numbers, month) else { return None };
    let (year, day) = if first.1 == 4 { (first, second) } else { (second, first) };
    let value = match year {
        (value, 4) => signed(value),
        (value, 2) => signed(value) + if value < 70 { 2_000 } else { 1_900 },
        _ => return None,
    };
    let rest = text.get(end..)?;
    // "г." behind a Russian date.
    let year_word =
        [" г.", " года", " г", "г.", "."].iter().find_map(|word| rest.strip_prefix(word));
    let end = text.len() - year_word.unwrap_or(rest).len();
    NaiveDate::from_ymd_opt(value, month, day.0).map(|date| (date, end))
}

/// Takes digits off the front: their value and how many there are, one to eight.
pub(super) fn number(rest: &mut &[u8]) -> Option<(u32, usize)> {
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=8).contains(&digits) {
        return None;
    }
    let (digits_of, after) = rest.split_at_checked(digits)?;
    let value = digits_of.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    *rest = after;
    Some((value, digits))
}

/// At most eight digits, so it always fits.
pub(super) fn signed(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

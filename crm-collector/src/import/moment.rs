//! Times as files write them: with an offset, or local to a time zone, in the usual forms of a
//! date. Every local time has one answer, also around a change of the clocks.

use std::str::FromStr;

use chrono::{NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::Tz;
use crm_models::Timestamp;

use super::reason::Reason;

/// Which comes first in a date with slashes, such as `4/5/2011`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    /// The day.
    DayFirst,
    /// The month.
    MonthFirst,
}

/// A text that is no [`DateOrder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what comes first in a date is day or month")]
pub struct UnknownDateOrder;

impl FromStr for DateOrder {
    type Err = UnknownDateOrder;

    fn from_str(text: &str) -> Result<Self, UnknownDateOrder> {
        match text {
            "day" => Ok(Self::DayFirst),
            "month" => Ok(Self::MonthFirst),
            _ => Err(UnknownDateOrder),
        }
    }
}

/// Reads times. Lines of one invoice mostly share their time, so the last answer is kept.
pub(super) struct Moments {
    zone: Tz,
    order: Option<DateOrder>,
    last: Vec<u8>,
    last_answer: Result<Timestamp, Reason>,
}

impl Moments {
    pub(super) fn new(zone: Tz, order: Option<DateOrder>) -> Self {
        Self { zone, order, last: Vec::new(), last_answer: Err(Reason::BadTime) }
    }

    /// The instant a text names.
    ///
    /// `2011-04-05`, `2011/04/05`, `20110405`, `05.04.2011` and, with an order given or where
    /// only one order is possible, `5/4/2011`; alone, or followed by a blank or `T` and
    /// `hh:mm[:ss[.fff]]`; then, if it is not local time, `Z` or `+hh:mm`. A local time that
    /// the clocks skip is read by the offset before the change; one that they show twice is
    /// the earlier of the two.
    pub(super) fn read(&mut self, text: &[u8]) -> Result<Timestamp, Reason> {
        if text != self.last {
            self.last.clear();
            self.last.extend_from_slice(text);
            self.last_answer = self.parse(text);
        }
        self.last_answer
    }

    fn parse(&self, text: &[u8]) -> Result<Timestamp, Reason> {
        let mut rest = text;
        let date = date(&mut rest, self.order)?;
        if rest.is_empty() {
            return Ok(self.local(date.and_time(chrono::NaiveTime::MIN)));
        }
        if !matches!(rest[0], b' ' | b'T' | b't') {
            return Err(Reason::BadTime);
        }
        rest = rest[1..].trim_ascii_start();
        let local = clock(date, &mut rest).ok_or(Reason::BadTime)?;
        match rest.trim_ascii_start() {
            [] => Ok(self.local(local)),
            offset => {
                let offset = offset_minutes(offset).ok_or(Reason::BadTime)?;
                Ok((local - TimeDelta::minutes(offset)).and_utc().into())
            }
        }
    }

    fn local(&self, local: NaiveDateTime) -> Timestamp {
        let offset = self.zone.offset_from_local_datetime(&local).earliest().unwrap_or_else(|| {
            // Skipped by the clocks: no zone changes twice within a day.
            let before = local.checked_sub_signed(TimeDelta::days(1)).unwrap_or(local);
            self.zone.offset_from_utc_datetime(&before)
        });
        let offset_seconds = i64::from(offset.fix().local_minus_utc());
        Timestamp::from_millis(local.and_utc().timestamp_millis())
            .plus_millis(-offset_seconds * 1_000)
    }
}

/// Takes a date off the front.
fn date(rest: &mut &[u8], order: Option<DateOrder>) -> Result<NaiveDate, Reason> {
    let bad = Reason::BadTime;
    let (first, first_digits) = number(rest).ok_or(bad)?;
    if first_digits == 8 {
        let day = NaiveDate::from_ymd_opt(signed(first / 10_000), first / 100 % 100, first % 100);
        return day.ok_or(bad);
    }
    let separator = rest.first().copied().ok_or(bad)?;
    if !matches!(separator, b'-' | b'/' | b'.') {
        return Err(bad);
    }
    let mut part = || {
        *rest = rest.strip_prefix(&[separator]).ok_or(bad)?;
        number(rest).ok_or(bad)
    };
    let (second, second_digits) = part()?;
    let (third, third_digits) = part()?;
    if second_digits > 2 {
        return Err(bad);
    }
    if first_digits == 4 && third_digits <= 2 {
        return NaiveDate::from_ymd_opt(signed(first), second, third).ok_or(bad);
    }
    if first_digits > 2 || third_digits != 4 {
        return Err(bad);
    }
    let (day, month) = match (separator, order) {
        (b'.' | b'-', None) | (_, Some(DateOrder::DayFirst)) => (first, second),
        (_, Some(DateOrder::MonthFirst)) => (second, first),
        (_, None) if first > 12 => (first, second),
        (_, None) if second > 12 => (second, first),
        (_, None) if first == second => (first, second),
        (_, None) => return Err(Reason::AmbiguousDate),
    };
    NaiveDate::from_ymd_opt(signed(third), month, day).ok_or(bad)
}

/// Takes `hh:mm[:ss[.fff]]` off the front.
fn clock(date: NaiveDate, rest: &mut &[u8]) -> Option<NaiveDateTime> {
    let (hour, _) = number(rest)?;
    *rest = rest.strip_prefix(b":")?;
    let (minute, 2) = number(rest)? else { return None };
    let (mut second, mut milli) = (0, 0);
    if let Some(seconds) = rest.strip_prefix(b":") {
        *rest = seconds;
        (second, _) = number(rest)?;
        if let Some(fraction) = rest.strip_prefix(b".") {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let padded = fraction[..digits].iter().chain(std::iter::repeat(&b'0')).take(3);
            milli = padded.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
            *rest = &fraction[digits..];
            if digits == 0 {
                return None;
            }
        }
    }
    date.and_hms_milli_opt(hour, minute, second, milli)
}

/// Minutes ahead of UTC in `Z`, `+hh:mm`, `+hhmm` or `+hh`.
fn offset_minutes(text: &[u8]) -> Option<i64> {
    if matches!(text, b"Z" | b"z" | b"UTC") {
        return Some(0);
    }
    let (sign, mut rest) = match text {
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match number(&mut rest)? {
        (hours, 2) if rest.is_empty() => (hours, 0),
        (both, 4) => (both / 100, both % 100),
        (hours, 2) => {
            rest = rest.strip_prefix(b":")?;
            let (minutes, 2) = number(&mut rest)? else { return None };
            (hours, minutes)
        }
        _ => return None,
    };
    (rest.is_empty() && hours < 24 && minutes < 60).then(|| sign * i64::from(hours * 60 + minutes))
}

/// Takes digits off the front: their value and how many there are, one to eight.
fn number(rest: &mut &[u8]) -> Option<(u32, usize)> {
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=8).contains(&digits) {
        return None;
    }
    let value = rest[..digits].iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    *rest = &rest[digits..];
    Some((value, digits))
}

/// At most eight digits, so it always fits.
fn signed(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str, order: Option<DateOrder>) -> Result<String, Reason> {
        let mut moments = Moments::new(chrono_tz::Europe::London, order);
        moments.read(text.as_bytes()).map(|time| time.to_string())
    }

    #[test]
    fn the_usual_forms_are_read() {
        let cases = [
            ("2010-12-01 08:26:00", "2010-12-01T08:26:00.000Z"),
            ("2011-07-01 08:26", "2011-07-01T07:26:00.000Z"),
            ("2011-07-01T08:26:00.25", "2011-07-01T07:26:00.250Z"),
            ("2011-07-01T08:26:00Z", "2011-07-01T08:26:00.000Z"),
            ("2011-07-01T08:26:00.1234+02:00", "2011-07-01T06:26:00.123Z"),
            ("2011-07-01 08:26 -0330", "2011-07-01T11:56:00.000Z"),
            ("2011/12/9", "2011-12-09T00:00:00.000Z"),
            ("19970118", "1997-01-18T00:00:00.000Z"),
            ("09.12.2011 7:05", "2011-12-09T07:05:00.000Z"),
            ("25/12/2011", "2011-12-25T00:00:00.000Z"),
            ("12/25/2011 8:26", "2011-12-25T08:26:00.000Z"),
        ];
        for (text, time) in cases {
            assert_eq!(read(text, None).as_deref(), Ok(time), "{text}");
        }
    }

    #[test]
    fn a_date_of_two_readings_needs_an_order() {
        assert_eq!(read("4/5/2011", None), Err(Reason::AmbiguousDate));
        let day = read("4/5/2011", Some(DateOrder::DayFirst));
        assert_eq!(day.as_deref(), Ok("2011-05-03T23:00:00.000Z"));
        let month = read("4/5/2011", Some(DateOrder::MonthFirst));
        assert_eq!(month.as_deref(), Ok("2011-04-04T23:00:00.000Z"));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        let cases = [
            "",
            "yesterday",
            "2011-02-30",
            "2011-1-1 25:00",
            "2011-01-01 10",
            "2011-01-01x10:00",
            "2011-01-01 10:00 GMT+1",
            "2011-01-01 10:00:00.",
            "99999999999",
            "1-1-1",
            "2011-01/01",
        ];
        for text in cases {
            assert_eq!(read(text, None), Err(Reason::BadTime), "{text}");
        }
    }

    #[test]
    fn an_hour_the_clocks_skip_is_read_by_the_offset_before() {
        let time = read("2011-03-27 01:30:00", None);
        assert_eq!(time.as_deref(), Ok("2011-03-27T01:30:00.000Z"));
    }

    #[test]
    fn an_hour_the_clocks_show_twice_is_the_earlier() {
        let time = read("2011-10-30 01:30:00", None);
        assert_eq!(time.as_deref(), Ok("2011-10-30T00:30:00.000Z"));
    }

    proptest! {
        #[test]
        fn no_text_makes_reading_panic(text in "[0-9T:./+Z -]{0,30}|\\PC*") {
            for order in [None, Some(DateOrder::DayFirst), Some(DateOrder::MonthFirst)] {
                let _read = read(&text, order);
            }
        }
    }
}

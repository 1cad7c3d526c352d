//! Times as files write them: with an offset, or local to a time zone, in the usual forms of a
//! date. Every local time has one answer, also around a change of the clocks.

mod date;
mod evidence;
mod zone;

use std::borrow::Cow;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone};
use chrono_tz::Tz;
use crm_models::Timestamp;

use super::reason::Reason;
use date::number;

pub use date::{DateOrder, UnknownDateOrder};
pub(super) use evidence::{DateStyle, Evidence};

/// Reads times. Lines of one invoice mostly share their time, so the last answer is kept.
#[derive(Debug)]
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
    /// `2011-04-05`, `2011/04/05`, `20110405`, `05.04.2011`, `5 Apr 2011`, `Apr 5, 2011` and, with an
    /// order given or where only one order is possible, `5/4/2011` and `5/4/11`; alone, or followed by a
    /// blank, a comma or `T` and `hh:mm[:ss[.fff]] [AM|PM]`; then, if it is not local time, `Z`,
    /// `+hh:mm` or the name of an offset. Or a count: seconds or milliseconds since 1970, days since 1900
    /// as spreadsheets keep them, or digits such as `2011040508`. A local time that the clocks skip is
    /// read by the offset before the change; one that they show twice is the earlier of the two.
    pub(super) fn read(&mut self, text: &[u8]) -> Result<Timestamp, Reason> {
        if text != self.last {
            self.last.clear();
            self.last.extend_from_slice(text);
            self.last_answer = parse(text, self.zone, self.order);
        }
        self.last_answer
    }

    /// The instant that a date, a time of day and a zone name.
    pub(super) fn read_parts(
        &mut self,
        date: &[u8],
        time: Option<&[u8]>,
        zone: Option<&[u8]>,
    ) -> Result<Timestamp, Reason> {
        if time.is_none() && zone.is_none() {
            return self.read(date);
        }
        let text = |bytes| std::str::from_utf8(bytes).map_err(|_| Reason::BadTime);
        let date = text(date)?;
        // A spreadsheet keeps a date as its midnight.
        let date = [" 00:00:00", "T00:00:00", " 0:00", " 00:00"]
            .iter()
            .find_map(|midnight| date.strip_suffix(midnight).filter(|_| time.is_some()))
            .unwrap_or(date);
        let zone = match zone {
            Some(name) => zone::named(text(name)?).ok_or(Reason::BadTime)?,
            None => self.zone,
        };
        let joined = match time {
            Some(time) => Cow::Owned(format!("{date} {}", zone::clock(text(time)?))),
            None => Cow::Borrowed(date),
        };
        parse(joined.as_bytes(), zone, self.order)
    }
}

/// Whether a text is a time, whatever comes first in it.
pub(super) fn is_time(text: &[u8]) -> bool {
    matches!(parse(text, Tz::UTC, None), Ok(_) | Err(Reason::AmbiguousDate))
}

/// Whether a text is a date with a time of day.
pub(super) fn has_clock(text: &[u8]) -> bool {
    text.contains(&b':') || text.iter().filter(|byte| byte.is_ascii_digit()).count() > 8
}

/// Whether a text is a time of day alone.
pub(super) fn is_clock(text: &[u8]) -> bool {
    let text = std::str::from_utf8(text).unwrap_or_default();
    let clock = zone::clock(text);
    let mut rest = clock.as_bytes();
    date::clock(&mut rest).is_some() && rest.is_empty()
}

fn parse(text: &[u8], zone: Tz, order: Option<DateOrder>) -> Result<Timestamp, Reason> {
    // Blanks that are none in ASCII stand before AM and PM, for one.
    let plain: Cow<'_, [u8]> = match text.is_ascii() {
        true => Cow::Borrowed(text),
        false => {
            let text = std::str::from_utf8(text).map_err(|_| Reason::BadTime)?;
            let blank = |letter: char| if letter.is_whitespace() { ' ' } else { letter };
            Cow::Owned(text.chars().map(blank).collect::<String>().into_bytes())
        }
    };
    let text = plain.as_ref();
    if let Some(counted) = date::counted(text) {
        return Ok(match counted {
            date::Counted::Instant(millis) => Timestamp::from_millis(millis),
            date::Counted::Local(time) => local(time, zone),
        });
    }
    let mut rest = text;
    let day = match date::named(text) {
        Some((day, length)) => {
            rest = text.get(length..).unwrap_or_default();
            day
        }
        None => date::date(&mut rest, order)?,
    };
    at(day, rest, zone).ok_or(Reason::BadTime)
}

/// What follows a date.
fn at(day: NaiveDate, rest: &[u8], zone: Tz) -> Option<Timestamp> {
    if rest.trim_ascii().is_empty() {
        return Some(local(day.and_time(NaiveTime::MIN), zone));
    }
    let (b' ' | b'T' | b't' | b',') = *rest.first()? else { return None };
    let mut rest = rest.get(1..)?.trim_ascii_start();
    let time = day.and_time(date::clock(&mut rest)?);
    match rest.trim_ascii_start() {
        [] => Some(local(time, zone)),
        offset => match zone::offset(offset)? {
            zone::Offset::Minutes(offset) => {
                Some((time - TimeDelta::minutes(offset)).and_utc().into())
            }
            zone::Offset::Zone(zone) => Some(local(time, zone)),
        },
    }
}

fn local(local: NaiveDateTime, zone: Tz) -> Timestamp {
    let offset = zone.offset_from_local_datetime(&local).earliest().unwrap_or_else(|| {
        // Skipped by the clocks: no zone changes twice within a day.
        let before = local.checked_sub_signed(TimeDelta::days(1)).unwrap_or(local);
        zone.offset_from_utc_datetime(&before)
    });
    let offset_seconds = i64::from(offset.fix().local_minus_utc());
    Timestamp::from_millis(local.and_utc().timestamp_millis()).plus_millis(-offset_seconds * 1_000)
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
            ("12/31/22", "2022-12-31T00:00:00.000Z"),
            ("31/12/99", "1999-12-31T00:00:00.000Z"),
            ("01.07.26", "2026-06-30T23:00:00.000Z"),
            ("Dec 1, 2026", "2026-12-01T00:00:00.000Z"),
            ("01-Dec-2026", "2026-12-01T00:00:00.000Z"),
            ("Tue, 1st December 2026 10:00 PM", "2026-12-01T22:00:00.000Z"),
            ("1 декабря 2026 г. 9:05", "2026-12-01T09:05:00.000Z"),
            ("1. März 2026", "2026-03-01T00:00:00.000Z"),
            ("14 de dezembro de 2026", "2026-12-14T00:00:00.000Z"),
            ("2026-12-01 10:00 PM", "2026-12-01T22:00:00.000Z"),
            ("2026-12-01 12:30:00 a.m.", "2026-12-01T00:30:00.000Z"),
            ("2026-12-1 9:5", "2026-12-01T09:05:00.000Z"),
            ("13/1/2026, 10:00:00\u{202f}AM", "2026-01-13T10:00:00.000Z"),
            ("20260701T100000Z", "2026-07-01T10:00:00.000Z"),
            ("2026-07-01T10:00:00+03:00[Europe/Moscow]", "2026-07-01T07:00:00.000Z"),
            ("2026-07-01 10:00:00 UTC", "2026-07-01T10:00:00.000Z"),
            ("2026-07-01 10:00 GMT+1", "2026-07-01T09:00:00.000Z"),
            ("Jan 1, 2026 12:01:23 AM PST", "2026-01-01T08:01:23.000Z"),
            ("2026-07-01 10:00:00 America/New_York", "2026-07-01T14:00:00.000Z"),
            ("1751364000", "2025-07-01T10:00:00.000Z"),
            ("1751364000000", "2025-07-01T10:00:00.000Z"),
            ("1751364000.5", "2025-07-01T10:00:00.500Z"),
            ("2018100100", "2018-09-30T23:00:00.000Z"),
            ("201810010930", "2018-10-01T08:30:00.000Z"),
            ("20181001093015", "2018-10-01T08:30:15.000Z"),
            ("44927", "2023-01-01T00:00:00.000Z"),
            ("44927.75", "2023-01-01T18:00:00.000Z"),
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
    fn an_order_that_is_said_holds_for_every_separator() {
        for text in ["4/5/2011", "4-5-2011", "4.5.2011", "4/5/11"] {
            let month = read(text, Some(DateOrder::MonthFirst));
            assert_eq!(month.as_deref(), Ok("2011-04-04T23:00:00.000Z"), "{text}");
        }
        assert_eq!(read("4-5-2011", None), Err(Reason::AmbiguousDate));
        assert_eq!(
            read("22-12-11", Some(DateOrder::YearFirst)).as_deref(),
            Ok("2022-12-11T00:00:00.000Z")
        );
        assert_eq!(
            read("2011-04-05", Some(DateOrder::DayFirst)).as_deref(),
            Ok("2011-04-04T23:00:00.000Z")
        );
    }

    #[test]
    fn a_date_a_time_and_a_zone_may_stand_apart() {
        let mut moments = Moments::new(chrono_tz::Europe::London, None);
        let mut of = |date: &str, time: Option<&str>, zone: Option<&str>| {
            let bytes = str::as_bytes;
            moments
                .read_parts(date.as_bytes(), time.map(bytes), zone.map(bytes))
                .map(|time| time.to_string())
        };
        let eastern = Some("Eastern Time (US & Canada)");
        let cases = [
            (of("2026-10-05", Some("10:15:00"), None), "2026-10-05T09:15:00.000Z"),
            (of("2026-10-05", Some("10:15:00"), eastern), "2026-10-05T14:15:00.000Z"),
            (of("2026-10-05 00:00:00", Some("11:40 PM"), None), "2026-10-05T22:40:00.000Z"),
            (of("2026-10-05", Some("0.5"), None), "2026-10-05T11:00:00.000Z"),
            (of("2026-10-05 08:00", None, Some("Europe/Moscow")), "2026-10-05T05:00:00.000Z"),
        ];
        for (read, expected) in cases {
            assert_eq!(read.as_deref(), Ok(expected));
        }
        assert_eq!(of("2026-10-05", Some("10:15"), Some("Middle Earth")), Err(Reason::BadTime));
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
            "2011-01-01 10:00 GMT+1:",
            "32 Jul 2026",
            "Jul 2026",
            "123",
            "12345678901",
            "2026-07-01 13:00 PM",
            "2026-07-01 10:00 XYZ",
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

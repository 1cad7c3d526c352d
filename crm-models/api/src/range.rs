//! Days told by what day is today: `this-month`, `last-quarter`, or `30d`, the latest 30 days. Today is
//! passed in, as the workspace's zone has it.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use chrono::{Datelike, Days, Months, NaiveDate};
use crm_models::{Code, Invalid, text};

use crate::{Bucket, Moment};

/// Days by the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DateRange {
    /// The day, week, month, quarter or year that today lies in, up to and with today.
    This(Bucket),
    /// The whole one before it.
    Previous(Bucket),
    /// So many of the latest, up to and with today, wherever in the calendar they begin.
    Latest(u32, Bucket),
}

/// What a text is called that is none.
const RULE: &str = "is today, yesterday, this-week, last-week, this-month, last-month, this-quarter, \
                    last-quarter, this-year or last-year, or such as 30d, 12w, 6m or 1y";
/// What it looks like.
#[cfg(feature = "openapi")]
const PATTERN: &str = "^(today|yesterday|(this|last)-(week|month|quarter|year)|[1-9][0-9]*[dwmy])$";
/// How far back the latest days may begin.
const MOST_YEARS: u32 = 100;

impl DateRange {
    /// The days that are meant.
    pub fn days(self, today: NaiveDate) -> Range<NaiveDate> {
        let tomorrow = next(today);
        match self {
            Self::This(bucket) => start(today, bucket)..tomorrow,
            Self::Previous(bucket) => {
                let end = start(today, bucket);
                back(end, 1, bucket)..end
            }
            Self::Latest(count, bucket) => back(tomorrow, count, bucket)..tomorrow,
        }
    }

    /// The days that these are compared with: of a period that is not over, as much of the one before.
    pub fn before(self, today: NaiveDate) -> Range<NaiveDate> {
        match self {
            Self::This(bucket) => {
                back(start(today, bucket), 1, bucket)..next(back(today, 1, bucket))
            }
            Self::Previous(bucket) => {
                let end = start(today, bucket);
                back(end, 2, bucket)..back(end, 1, bucket)
            }
            Self::Latest(count, bucket) => {
                let tomorrow = next(today);
                let twice = count.saturating_mul(2);
                back(tomorrow, twice, bucket)..back(tomorrow, count, bucket)
            }
        }
    }

    /// As many days as it has, whatever day is today, or a few more.
    pub const fn most_days(self) -> u32 {
        match self {
            Self::This(bucket) | Self::Previous(bucket) => most_days(bucket),
            Self::Latest(count, bucket) => count.saturating_mul(most_days(bucket)),
        }
    }

    /// Refuses days that are told twice.
    ///
    /// # Errors
    /// There are a range and one of its ends.
    pub fn check(range: Option<Self>, ends: [Option<Moment>; 2]) -> Result<(), Invalid> {
        if range.is_some() && ends.iter().any(Option::is_some) {
            let rule =
                "says which days count, and so do from and to; leave the one or the others out";
            return Err(Invalid::new(Code::InvalidField, "range", rule.to_owned()));
        }
        Ok(())
    }
}

const fn most_days(bucket: Bucket) -> u32 {
    match bucket {
        Bucket::Day => 1,
        Bucket::Week => 7,
        Bucket::Month => 31,
        Bucket::Quarter => 92,
        Bucket::Year => 366,
    }
}

fn next(day: NaiveDate) -> NaiveDate {
    day.succ_opt().unwrap_or(day)
}

/// The first day of the period that a day lies in.
fn start(day: NaiveDate, bucket: Bucket) -> NaiveDate {
    let first_of = |month: u32| NaiveDate::from_ymd_opt(day.year(), month, 1);
    let start = match bucket {
        Bucket::Day => Some(day),
        Bucket::Week => {
            day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into()))
        }
        Bucket::Month => first_of(day.month()),
        Bucket::Quarter => first_of(day.month0() / 3 * 3 + 1),
        Bucket::Year => first_of(1),
    };
    start.unwrap_or(day)
}

/// The same day so many periods earlier, or the last that its month has.
fn back(day: NaiveDate, count: u32, bucket: Bucket) -> NaiveDate {
    let days = |each: u64| day.checked_sub_days(Days::new(u64::from(count) * each));
    let months = |each: u32| day.checked_sub_months(Months::new(count.saturating_mul(each)));
    let earlier = match bucket {
        Bucket::Day => days(1),
        Bucket::Week => days(7),
        Bucket::Month => months(1),
        Bucket::Quarter => months(3),
        Bucket::Year => months(12),
    };
    earlier.unwrap_or(NaiveDate::MIN)
}

/// The letter of a length, and how many of it there are in the longest past.
const LENGTHS: [(char, Bucket, u32); 4] = [
    ('d', Bucket::Day, MOST_YEARS * 366),
    ('w', Bucket::Week, MOST_YEARS * 52),
    ('m', Bucket::Month, MOST_YEARS * 12),
    ('y', Bucket::Year, MOST_YEARS),
];

/// The error is the rule that the text breaks.
impl FromStr for DateRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let none = || format!("{RULE}; {text:?} given");
        match text {
            "today" => return Ok(Self::This(Bucket::Day)),
            "yesterday" => return Ok(Self::Previous(Bucket::Day)),
            _ => {}
        }
        let named = |of: &str| of.parse().ok().filter(|bucket| *bucket != Bucket::Day);
        if let Some(("this" | "last", of)) = text.split_once('-') {
            let bucket = named(of).ok_or_else(none)?;
            let is_this = text.starts_with("this");
            return Ok(if is_this { Self::This(bucket) } else { Self::Previous(bucket) });
        }
        let length = LENGTHS.iter().find_map(|(letter, bucket, most)| {
            text.strip_suffix(*letter).map(|count| (count, *bucket, *most))
        });
        let (digits, bucket, most) = length.ok_or_else(none)?;
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(none());
        }
        match digits.parse() {
            Ok(count) if (1..=most).contains(&count) => Ok(Self::Latest(count, bucket)),
            _ => Err(format!("lies between 1 and {most} {bucket}s, {digits} given")),
        }
    }
}

/// As it is given.
impl fmt::Display for DateRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::This(Bucket::Day) => f.write_str("today"),
            Self::Previous(Bucket::Day) => f.write_str("yesterday"),
            Self::This(bucket) => write!(f, "this-{bucket}"),
            Self::Previous(bucket) => write!(f, "last-{bucket}"),
            Self::Latest(count, bucket) => {
                // A quarter has no letter of its own.
                let (count, bucket) = match bucket {
                    Bucket::Quarter => (count.saturating_mul(3), Bucket::Month),
                    bucket => (*count, *bucket),
                };
                let letter = LENGTHS.iter().find(|(_, of, _)| *of == bucket);
                write!(f, "{count}{}", letter.map_or('d', |(letter, ..)| *letter))
            }
        }
    }
}

text!(DateRange);

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for DateRange {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some(PATTERN))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for DateRange {}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn range(text: &str) -> DateRange {
        text.parse().unwrap()
    }

    fn shown(days: &Range<NaiveDate>) -> String {
        format!("{} {}", days.start, days.end)
    }

    #[test]
    fn days_end_with_today_or_with_the_period_before_it() {
        // A Wednesday.
        let today = day("2026-05-13");
        let cases = [
            ("today", "2026-05-13 2026-05-14", "2026-05-12 2026-05-13"),
            ("yesterday", "2026-05-12 2026-05-13", "2026-05-11 2026-05-12"),
            ("this-week", "2026-05-11 2026-05-14", "2026-05-04 2026-05-07"),
            ("last-week", "2026-05-04 2026-05-11", "2026-04-27 2026-05-04"),
            ("this-month", "2026-05-01 2026-05-14", "2026-04-01 2026-04-14"),
            ("last-month", "2026-04-01 2026-05-01", "2026-03-01 2026-04-01"),
            ("this-quarter", "2026-04-01 2026-05-14", "2026-01-01 2026-02-14"),
            ("last-quarter", "2026-01-01 2026-04-01", "2025-10-01 2026-01-01"),
            ("this-year", "2026-01-01 2026-05-14", "2025-01-01 2025-05-14"),
            ("last-year", "2025-01-01 2026-01-01", "2024-01-01 2025-01-01"),
            ("30d", "2026-04-14 2026-05-14", "2026-03-15 2026-04-14"),
            ("12w", "2026-02-19 2026-05-14", "2025-11-27 2026-02-19"),
            ("6m", "2025-11-14 2026-05-14", "2025-05-14 2025-11-14"),
            ("1y", "2025-05-14 2026-05-14", "2024-05-14 2025-05-14"),
        ];
        for (text, days, before) in cases {
            assert_eq!(shown(&range(text).days(today)), days, "{text}");
            assert_eq!(shown(&range(text).before(today)), before, "{text}");
            assert_eq!(range(text).to_string(), text);
        }
    }

    #[test]
    fn a_month_without_such_a_day_ends_with_its_last() {
        let before = |text, today| shown(&range(text).before(day(today)));
        assert_eq!(before("this-month", "2026-03-31"), "2026-02-01 2026-03-01");
        assert_eq!(before("this-month", "2026-03-29"), "2026-02-01 2026-03-01");
        assert_eq!(before("this-quarter", "2026-05-31"), "2026-01-01 2026-03-01");
        assert_eq!(before("this-year", "2024-02-29"), "2023-01-01 2023-03-01");
        assert_eq!(shown(&range("1m").days(day("2026-03-30"))), "2026-02-28 2026-03-31");
    }

    #[test]
    fn a_text_that_is_no_range_is_told_what_there_is() {
        for text in
            ["", "d", "30", "30 d", "-1d", "+1d", "1q", "this-day", "last-decade", "last30d"]
        {
            let rule = DateRange::from_str(text).unwrap_err();
            assert!(rule.starts_with("is today, yesterday, this-week"), "{text}: {rule}");
            assert!(rule.ends_with(&format!("{text:?} given")), "{rule}");
        }
        let bounds = |text: &str| DateRange::from_str(text).unwrap_err();
        assert_eq!(bounds("0d"), "lies between 1 and 36600 days, 0 given");
        assert_eq!(bounds("101y"), "lies between 1 and 100 years, 101 given");
        assert_eq!(bounds("99999999999m"), "lies between 1 and 1200 months, 99999999999 given");
    }

    #[test]
    fn a_range_has_no_more_days_than_are_said() {
        let texts = [
            "today",
            "yesterday",
            "this-week",
            "last-month",
            "this-quarter",
            "last-year",
            "5w",
            "7m",
        ];
        for text in texts {
            let days = range(text).days(day("2024-12-31"));
            let count = (days.end - days.start).num_days();
            assert!(count <= range(text).most_days().into(), "{text}: {count}");
        }
    }

    #[test]
    fn a_range_and_an_end_of_it_are_told_apart() {
        let end = Some(Moment::Day(day("2026-01-01")));
        let month = Some(range("this-month"));
        assert_eq!(DateRange::check(month, [None, None]), Ok(()));
        assert_eq!(DateRange::check(None, [end, end]), Ok(()));
        for ends in [[end, None], [None, end]] {
            assert_eq!(DateRange::check(month, ends).unwrap_err().field, "range");
        }
    }
}

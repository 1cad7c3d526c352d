//! The days that a question is about, as they are told: by the calendar, from a day to another, ahead.

mod calendar;
mod partial;
mod period;
mod read;
mod reader;
mod words;

use chrono::{Datelike, Months, NaiveDate};
use crm_api::{Bucket, DateRange};

pub(super) use read::read;

/// Days as a question tells them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// By what day is today.
    Range(DateRange),
    /// From a day to another, which counts no more; of one period of the calendar, which.
    Days(NaiveDate, NaiveDate, Option<Bucket>),
    /// From a day on.
    From(NaiveDate),
    /// Before a day.
    Until(NaiveDate),
    /// So many periods ahead.
    Ahead(u32, Bucket),
    /// So many periods, behind or ahead.
    Span(u32, Bucket),
}

/// The first day of the period that a day lies in.
pub(super) fn start(day: NaiveDate, bucket: Bucket) -> NaiveDate {
    // Behind this month, this week and so on there is its first day.
    DateRange::This(bucket).days(day).start
}

/// The same day so many periods later, or the last that its month has.
pub(super) fn later(day: NaiveDate, count: u32, bucket: Bucket) -> NaiveDate {
    let months = |each: u32| day.checked_add_months(Months::new(count.saturating_mul(each)));
    let days = |each: u64| day.checked_add_days(chrono::Days::new(u64::from(count) * each));
    let later = match bucket {
        Bucket::Day => days(1),
        Bucket::Week => days(7),
        Bucket::Month => months(1),
        Bucket::Quarter => months(3),
        Bucket::Year => months(12),
    };
    later.unwrap_or(day)
}

/// The same day so many years before.
pub(super) fn years_before(day: NaiveDate, years: u32) -> NaiveDate {
    day.checked_sub_months(Months::new(years.saturating_mul(12))).unwrap_or(day)
}

impl When {
    /// One whole period of the calendar.
    pub(super) fn period(of: NaiveDate, bucket: Bucket) -> Self {
        let from = start(of, bucket);
        Self::Days(from, later(from, 1, bucket), Some(bucket))
    }

    /// The days, as far as both ends are told.
    pub(super) fn days(self, today: NaiveDate) -> (Option<NaiveDate>, Option<NaiveDate>) {
        match self {
            Self::Range(range) => {
                let days = range.days(today);
                (Some(days.start), Some(days.end))
            }
            Self::Days(from, to, _) => (Some(from), Some(to)),
            Self::From(from) => (Some(from), None),
            Self::Until(to) => (None, Some(to)),
            Self::Ahead(count, bucket) => {
                let from = later(start(today, bucket), 1, bucket);
                (Some(from), Some(later(from, count, bucket)))
            }
            Self::Span(count, bucket) => Self::Range(latest(count, bucket)).days(today),
        }
    }

    /// Whether it lies behind today.
    pub(super) fn is_ahead(self, today: NaiveDate) -> bool {
        match self {
            Self::Ahead(..) => true,
            Self::Days(from, ..) | Self::From(from) => from > today,
            Self::Range(_) | Self::Until(_) | Self::Span(..) => false,
        }
    }

    /// The period of the calendar that it is, if it is one.
    pub(super) fn unit(self) -> Option<Bucket> {
        match self {
            Self::Range(DateRange::This(bucket) | DateRange::Previous(bucket)) => Some(bucket),
            Self::Days(_, _, bucket) => bucket,
            Self::Ahead(1, bucket) => Some(bucket),
            _ => None,
        }
    }

    /// The first day of the same days a year before, and the day behind the last.
    pub(super) fn year_before(self, today: NaiveDate) -> Self {
        match self {
            Self::Range(DateRange::This(Bucket::Year)) => {
                Self::Range(DateRange::Previous(Bucket::Year))
            }
            Self::Range(DateRange::This(bucket) | DateRange::Previous(bucket))
                if matches!(bucket, Bucket::Month | Bucket::Quarter | Bucket::Year) =>
            {
                let (from, _) = self.days(today);
                Self::period(years_before(from.unwrap_or(today), 1), bucket)
            }
            Self::Days(
                from,
                _,
                Some(bucket @ (Bucket::Month | Bucket::Quarter | Bucket::Year)),
            ) => Self::period(years_before(from, 1), bucket),
            other => match other.days(today) {
                (Some(from), Some(to)) => {
                    Self::Days(years_before(from, 1), years_before(to, 1), None)
                }
                (Some(from), None) => Self::From(years_before(from, 1)),
                (None, Some(to)) => Self::Until(years_before(to, 1)),
                (None, None) => other,
            },
        }
    }
}

/// The latest so many periods. A quarter has no letter of its own, and is three months.
pub(super) fn latest(count: u32, bucket: Bucket) -> DateRange {
    match bucket {
        Bucket::Quarter => DateRange::Latest(count.saturating_mul(3), Bucket::Month),
        bucket => DateRange::Latest(count, bucket),
    }
}

/// The year of a month that is told without one: the latest such month that has begun, or the next to
/// begin.
fn year_of(month: u32, today: NaiveDate, is_ahead: bool) -> i32 {
    match (is_ahead, month.cmp(&today.month())) {
        (false, std::cmp::Ordering::Greater) => today.year() - 1,
        (true, std::cmp::Ordering::Less) => today.year() + 1,
        _ => today.year(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assistant::ask::text;

    /// A Wednesday.
    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2011, 12, 7).unwrap()
    }

    fn days(told: &str, is_ahead: bool) -> String {
        let tokens = text::tokens(told);
        let Some((length, when)) = read(&tokens, today(), is_ahead) else {
            return "none".to_owned();
        };
        assert_eq!(length, tokens.len(), "{told}");
        let (from, to) = when.days(today());
        let text = |day: Option<NaiveDate>| day.map_or("…".to_owned(), |day| day.to_string());
        format!("{} {}", text(from), text(to))
    }

    #[test]
    fn days_are_told_in_many_ways() {
        for (told, expected) in [
            ("last month", "2011-11-01 2011-12-01"),
            ("over the last 30 days", "2011-11-08 2011-12-08"),
            ("this quarter so far", "2011-10-01 2011-12-08"),
            ("in November", "2011-11-01 2011-12-01"),
            ("in May", "2011-05-01 2011-06-01"),
            ("December 2010", "2010-12-01 2011-01-01"),
            ("november of last year", "2010-11-01 2010-12-01"),
            ("Q3 2011", "2011-07-01 2011-10-01"),
            ("the first half of 2011", "2011-01-01 2011-07-01"),
            ("5th of November", "2011-11-05 2011-11-06"),
            ("November 5, 2010", "2010-11-05 2010-11-06"),
            ("2011-11-05", "2011-11-05 2011-11-06"),
            ("25.12.2010", "2010-12-25 2010-12-26"),
            ("from 1 March to 15 April 2011", "2011-03-01 2011-04-16"),
            ("between November and January", "2010-11-01 2011-02-01"),
            ("from November 2010 to January 2011", "2010-11-01 2011-02-01"),
            ("since Monday", "2011-12-05 …"),
            ("before 2011", "… 2011-01-01"),
            ("3 days ago", "2011-12-04 2011-12-05"),
            ("a week ago", "2011-11-28 2011-12-05"),
            ("year to date", "2011-01-01 2011-12-08"),
            ("last Friday", "2011-12-02 2011-12-03"),
            ("на прошлой неделе", "2011-11-28 2011-12-05"),
            ("за последние три месяца", "2011-09-08 2011-12-08"),
            ("за неделю", "2011-12-01 2011-12-08"),
            ("с января по март", "2011-01-01 2011-04-01"),
            ("с 1 по 15 ноября", "2011-11-01 2011-11-16"),
            ("с начала года", "2011-01-01 2011-12-08"),
            ("в ноябре прошлого года", "2010-11-01 2010-12-01"),
            ("за III квартал 2010", "2010-07-01 2010-10-01"),
            ("до 5 ноября", "… 2011-11-05"),
            ("позавчера", "2011-12-05 2011-12-06"),
            ("неделю назад", "2011-11-28 2011-12-05"),
        ] {
            assert_eq!(days(told, false), expected, "{told}");
        }
        for (told, expected) in [
            ("in January", "2012-01-01 2012-02-01"),
            ("next quarter", "2012-01-01 2012-04-01"),
            ("next 3 weeks", "2011-12-12 2012-01-02"),
            ("в следующем месяце", "2012-01-01 2012-02-01"),
            ("на 2 месяца вперёд", "2012-01-01 2012-03-01"),
            ("до конца года", "2011-12-01 2012-01-01"),
        ] {
            assert_eq!(days(told, true), expected, "{told}");
        }
        // What may be a word is one, and nobody knows which of two numbers is the month.
        for told in ["may", "march", "11/05/2011", "week", "31 February", "99999999999"] {
            assert_eq!(days(told, false), "none", "{told}");
        }
    }
}

//! Periods of a calendar: days, ISO weeks, months, quarters, years.

use std::ops::Range;

use chrono::{Datelike, Days, Months, NaiveDate};
use crm_api::Bucket;

use crate::facts::{date_of_day, day_of_date};

/// Days that a period has at least.
pub fn least_days(bucket: Bucket) -> i32 {
    match bucket {
        Bucket::Day => 1,
        Bucket::Week => 7,
        Bucket::Month => 28,
        Bucket::Quarter => 90,
        Bucket::Year => 365,
    }
}

/// The first day of the period that a day lies in.
fn start_of(bucket: Bucket, date: NaiveDate) -> NaiveDate {
    let start = match bucket {
        Bucket::Day => Some(date),
        Bucket::Week => {
            date.checked_sub_days(Days::new(date.weekday().num_days_from_monday().into()))
        }
        Bucket::Month => date.with_day(1),
        Bucket::Quarter => {
            date.with_day(1).and_then(|first| first.with_month0(date.month0() / 3 * 3))
        }
        Bucket::Year => NaiveDate::from_ymd_opt(date.year(), 1, 1),
    };
    start.unwrap_or(date)
}

/// The first day of the period after the one that begins on a day.
fn next_after(bucket: Bucket, start: NaiveDate) -> NaiveDate {
    let next = match bucket {
        Bucket::Day => start.checked_add_days(Days::new(1)),
        Bucket::Week => start.checked_add_days(Days::new(7)),
        Bucket::Month => start.checked_add_months(Months::new(1)),
        Bucket::Quarter => start.checked_add_months(Months::new(3)),
        Bucket::Year => start.checked_add_months(Months::new(12)),
    };
    next.unwrap_or(NaiveDate::MAX)
}

/// What the period that begins on a day is called: `2010-11-05`, `2010-W44`, `2010-11`, `2010-Q4`,
/// `2010`.
fn label(bucket: Bucket, start: NaiveDate) -> String {
    match bucket {
        Bucket::Day => start.to_string(),
        Bucket::Week => {
            let week = start.iso_week();
            format!("{:04}-W{:02}", week.year(), week.week())
        }
        Bucket::Month => format!("{:04}-{:02}", start.year(), start.month()),
        Bucket::Quarter => format!("{:04}-Q{}", start.year(), start.month0() / 3 + 1),
        Bucket::Year => format!("{:04}", start.year()),
    }
}

/// The periods that some days touch; the first and the last may be cut.
#[derive(Clone, Debug)]
pub struct Periods {
    labels: Vec<String>,
    /// First day of each period, and past the last one.
    bounds: Vec<i32>,
}

impl Periods {
    /// Divides some days, counted from 1970.
    pub fn new(bucket: Bucket, days: Range<i32>) -> Self {
        let mut periods = Self { labels: Vec::new(), bounds: Vec::new() };
        if days.is_empty() {
            return periods;
        }
        let mut start = start_of(bucket, date_of_day(days.start));
        while day_of_date(start) < days.end {
            periods.labels.push(label(bucket, start));
            periods.bounds.push(day_of_date(start));
            let next = next_after(bucket, start);
            if next == start {
                break;
            }
            start = next;
        }
        periods.bounds.push(day_of_date(start));
        periods
    }

    /// Nameless periods between neighbouring bounds, which are days in order.
    pub fn of_bounds(bounds: &[i32]) -> Self {
        let labels = vec![String::new(); bounds.len().saturating_sub(1)];
        Self { labels, bounds: bounds.to_vec() }
    }

    /// Those of the periods of some days that are complete: without a first one that a tenth or
    /// more is missing of, as a shop that opened amid a month had no such month, and without a last
    /// one that goes on.
    pub fn complete(bucket: Bucket, days: Range<i32>) -> Self {
        let mut periods = Self::new(bucket, days.clone());
        if periods.bounds.last().is_some_and(|end| *end > days.end) {
            periods.labels.pop();
            periods.bounds.pop();
        }
        if let [start, end, ..] = periods.bounds[..]
            && (days.start - start) * 10 >= (end - start)
            && days.start > start
        {
            periods.labels.remove(0);
            periods.bounds.remove(0);
        }
        periods
    }

    /// The day on which a shop that began on a day has a first period that is complete.
    pub fn first_complete(bucket: Bucket, began: i32) -> i32 {
        let first = Self::new(bucket, began..began.saturating_add(1));
        let (Some(start), Some(end)) = (first.bounds.first(), first.bounds.last()) else {
            return began;
        };
        let is_whole = *start == began || (began - start) * 10 < end - start;
        if is_whole { *end } else { day_of_date(next_after(bucket, date_of_day(*end))) }
    }

    /// So many periods from the one that begins on a day.
    pub fn ahead(bucket: Bucket, start: i32, count: usize) -> Self {
        let mut periods = Self { labels: Vec::new(), bounds: vec![start] };
        let mut start = date_of_day(start);
        for _ in 0..count {
            periods.labels.push(label(bucket, start));
            start = next_after(bucket, start);
            periods.bounds.push(day_of_date(start));
        }
        periods
    }

    /// The first day of each, in order of time, and after them the first day past the last.
    pub fn bounds(&self) -> &[i32] {
        &self.bounds
    }

    /// The days that they cover.
    pub fn days(&self) -> Range<i32> {
        match (self.bounds.first(), self.bounds.last()) {
            (Some(first), Some(last)) => *first..*last,
            _ => 0..0,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Their names, in order of time.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The period that a day lies in, if any.
    pub fn index_of(&self, day: i32) -> Option<usize> {
        let after = self.bounds.partition_point(|bound| *bound <= day);
        after.checked_sub(1).filter(|index| *index < self.labels.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn days(from: &str, to: &str) -> Range<i32> {
        day_of_date(from.parse().unwrap())..day_of_date(to.parse().unwrap())
    }

    #[test]
    fn periods_are_named_as_calendars_do() {
        let labels = |bucket, from, to| Periods::new(bucket, days(from, to)).labels().join(" ");
        assert_eq!(labels(Bucket::Day, "2010-02-28", "2010-03-02"), "2010-02-28 2010-03-01");
        assert_eq!(labels(Bucket::Week, "2010-12-31", "2011-01-04"), "2010-W52 2011-W01");
        assert_eq!(labels(Bucket::Week, "2010-01-01", "2010-01-04"), "2009-W53");
        assert_eq!(labels(Bucket::Month, "2010-11-15", "2011-01-01"), "2010-11 2010-12");
        assert_eq!(labels(Bucket::Quarter, "2010-03-31", "2010-07-01"), "2010-Q1 2010-Q2");
        assert_eq!(labels(Bucket::Year, "2009-12-31", "2010-01-02"), "2009 2010");
        assert_eq!(labels(Bucket::Year, "2010-01-01", "2010-01-01"), "");
    }

    #[test]
    fn periods_that_are_cut_are_not_complete() {
        let labels =
            |bucket, from, to| Periods::complete(bucket, days(from, to)).labels().join(" ");
        assert_eq!(labels(Bucket::Month, "2010-01-01", "2010-03-01"), "2010-01 2010-02");
        assert_eq!(labels(Bucket::Month, "2010-01-03", "2010-03-31"), "2010-01 2010-02");
        assert_eq!(labels(Bucket::Month, "2010-01-05", "2010-03-31"), "2010-02");
        assert_eq!(labels(Bucket::Month, "2010-01-05", "2010-01-20"), "");
        assert_eq!(labels(Bucket::Week, "2010-12-28", "2011-01-10"), "2011-W01");
        assert_eq!(labels(Bucket::Day, "2010-12-31", "2011-01-02"), "2010-12-31 2011-01-01");
    }

    #[test]
    fn periods_ahead_follow_without_a_gap() {
        let start = days("2011-12-01", "2011-12-01").start;
        let ahead = Periods::ahead(Bucket::Month, start, 3);
        assert_eq!(ahead.labels().join(" "), "2011-12 2012-01 2012-02");
        assert_eq!(ahead.days(), days("2011-12-01", "2012-03-01"));
    }

    proptest! {
        #[test]
        fn every_day_lies_in_one_period(start in -20_000_i32..40_000, length in 1_i32..900) {
            for bucket in Bucket::ALL.iter().copied() {
                let periods = Periods::new(bucket, start..start + length);
                let indexes: Vec<_> = (start..start + length).map(|day| periods.index_of(day).unwrap()).collect();
                prop_assert!(indexes.is_sorted());
                prop_assert_eq!((indexes[0], *indexes.last().unwrap()), (0, periods.len() - 1));
            }
        }
    }

    #[test]
    fn a_first_complete_period_is_there_when_one_that_lacks_little_is_over() {
        let on = |bucket, began: &str| {
            let began = day_of_date(began.parse().unwrap());
            date_of_day(Periods::first_complete(bucket, began)).to_string()
        };
        assert_eq!(on(Bucket::Month, "2026-02-01"), "2026-03-01");
        assert_eq!(on(Bucket::Month, "2026-02-03"), "2026-03-01");
        assert_eq!(on(Bucket::Month, "2026-02-20"), "2026-04-01");
        assert_eq!(on(Bucket::Day, "2026-02-20"), "2026-02-21");
        assert_eq!(on(Bucket::Year, "2026-02-20"), "2028-01-01");
    }
}

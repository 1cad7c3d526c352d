//! One period as it is told by what day is today, or by its place in the calendar: `last week`, `3 дня назад`.

use chrono::{Datelike, NaiveDate};
use crm_api::{Bucket, DateRange};

use super::reader::{Reader, Told};
use super::words::Atom;
use super::{When, latest};

impl Reader<'_> {
    /// One period as days.
    pub(super) fn one(&self, at: usize, is_behind_preposition: bool) -> Option<(usize, When)> {
        let (end, told) = self.told(at, is_behind_preposition)?;
        Some((end, self.when(told)?))
    }

    pub(super) fn when(&self, told: Told) -> Option<When> {
        match told {
            Told::Whole(when) => Some(when),
            Told::Partial(partial) => partial.when(self.today, self.is_ahead),
        }
    }

    pub(super) fn told(&self, at: usize, is_behind_preposition: bool) -> Option<(usize, Told)> {
        let whole = self.relative(at).map(|(end, when)| (end, Told::Whole(when)));
        let partial = self.partial(at, is_behind_preposition);
        let partial = partial.map(|(end, partial)| (end, Told::Partial(partial)));
        [whole, partial].into_iter().flatten().max_by_key(|(end, _)| *end)
    }

    /// `last week`, `the past 30 days`, `this month so far`, `3 days ago`.
    fn relative(&self, at: usize) -> Option<(usize, When)> {
        let day = |when: DateRange| Some((at + 1, When::Range(when)));
        let days_from = |offset: i64| {
            let date = self.today.checked_add_signed(chrono::Duration::days(offset))?;
            Some((at + 1, When::period(date, Bucket::Day)))
        };
        // A number has no word of its own.
        let Some(atom) = self.atom(at) else { return self.counted(at) };
        match atom {
            Atom::Today => return day(DateRange::This(Bucket::Day)),
            Atom::Yesterday => return day(DateRange::Previous(Bucket::Day)),
            Atom::DayBefore => return days_from(-2),
            Atom::Tomorrow => return days_from(1),
            Atom::ToDate(bucket) => return day(DateRange::This(bucket)),
            Atom::Weekday(weekday) => return self.weekday(at + 1, weekday, 0),
            Atom::Unit(bucket) if self.is(at + 1, Atom::To) && self.is(at + 2, Atom::Date) => {
                return Some((at + 3, When::Range(DateRange::This(bucket))));
            }
            Atom::Unit(Bucket::Day)
                if self.is(at + 1, Atom::Before) && self.is(at + 2, Atom::Yesterday) =>
            {
                return days_from(-2).map(|(_, when)| (at + 3, when));
            }
            _ => {}
        }
        if let Some((end, when)) = self.counted(at) {
            return Some((end, when));
        }
        let way @ (Atom::This | Atom::Last | Atom::Past | Atom::Next) = self.atom(at)? else {
            return None;
        };
        // `the last full month`, `this calendar year`.
        let next = at + 1 + usize::from(matches!(self.word(at + 1), "full" | "whole" | "calendar"));
        if let Some(count) = self.number(next)
            && let Some(bucket) = self.unit(next + 1)
        {
            let when = match way {
                Atom::Next => When::Ahead(count, bucket),
                Atom::This => return None,
                _ => When::Range(latest(count, bucket)),
            };
            return Some((next + 2, when));
        }
        match self.atom(next)? {
            Atom::Unit(bucket) => {
                let when = match way {
                    Atom::This => When::Range(DateRange::This(bucket)),
                    Atom::Last => When::Range(DateRange::Previous(bucket)),
                    Atom::Next => When::Ahead(1, bucket),
                    _ => When::Range(latest(1, bucket)),
                };
                let so_far = matches!(self.word(next + 1), "so") && self.word(next + 2) == "far";
                let to_date = self.is(next + 1, Atom::To) && self.is(next + 2, Atom::Date);
                Some((next + 1 + if so_far || to_date { 2 } else { 0 }, when))
            }
            Atom::HalfYear if way != Atom::This => Some((
                next + 1,
                match way {
                    Atom::Next => When::Ahead(6, Bucket::Month),
                    _ => When::Range(DateRange::Latest(6, Bucket::Month)),
                },
            )),
            Atom::Weekday(weekday) if matches!(way, Atom::Last | Atom::Past) => {
                self.weekday(next + 1, weekday, 1)
            }
            Atom::Weekday(weekday) if way == Atom::This => self.weekday(next + 1, weekday, 0),
            Atom::Month(month) => {
                let year = match way {
                    Atom::Next if month > self.today.month() => self.today.year(),
                    Atom::Next => self.today.year() + 1,
                    Atom::This => self.today.year(),
                    _ if month < self.today.month() => self.today.year(),
                    _ => self.today.year() - 1,
                };
                let first = NaiveDate::from_ymd_opt(year, month, 1)?;
                Some((next + 1, When::period(first, Bucket::Month)))
            }
            _ => None,
        }
    }

    /// The latest such day of the week, so many days ago or more.
    fn weekday(&self, end: usize, weekday: u32, least: i64) -> Option<(usize, When)> {
        let today = i64::from(self.today.weekday().num_days_from_monday());
        let back = (today - i64::from(weekday)).rem_euclid(7);
        let back = if back < least { back + 7 } else { back };
        let date = self.today.checked_sub_signed(chrono::Duration::days(back))?;
        Some((end, When::period(date, Bucket::Day)))
    }

    /// `30 days`, `7 последних дней`, `3 weeks ago`, `half a year`.
    pub(super) fn counted(&self, at: usize) -> Option<(usize, When)> {
        if self.is(at, Atom::HalfYear) {
            return Some((at + 1, When::Span(6, Bucket::Month)));
        }
        if self.is(at, Atom::Half) && self.word(at + 1) == "a" && self.word(at + 2) == "year" {
            return Some((at + 3, When::Span(6, Bucket::Month)));
        }
        if let Some(bucket) = self.unit(at)
            && self.is(at + 1, Atom::Ago)
        {
            let days = DateRange::Latest(1, bucket).days(self.today);
            return Some((at + 2, When::period(days.start.pred_opt()?, bucket)));
        }
        let count = self.number(at).or_else(|| (self.word(at) == "a").then_some(1))?;
        let (next, way) = match self.atom(at + 1) {
            Some(way @ (Atom::Past | Atom::Next)) => (at + 2, Some(way)),
            _ => (at + 1, None),
        };
        let bucket = self.unit(next)?;
        // `2011 года` is a year, and not so many of them.
        if self.word(at) == "a" && !self.is(next + 1, Atom::Ago)
            || count >= 1_900 && bucket == Bucket::Year
        {
            return None;
        }
        if self.is(next + 1, Atom::Ago) {
            let days = DateRange::Latest(count, bucket).days(self.today);
            let back = match bucket {
                Bucket::Day => self.today.checked_sub_days(chrono::Days::new(count.into()))?,
                _ => days.start.pred_opt()?,
            };
            return Some((next + 2, When::period(back, bucket)));
        }
        let when = match way {
            Some(Atom::Next) => When::Ahead(count, bucket),
            Some(_) => When::Range(latest(count, bucket)),
            None => When::Span(count, bucket),
        };
        Some((next + 1, when))
    }
}

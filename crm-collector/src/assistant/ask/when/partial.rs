//! A period of the calendar whose year, or whose month, may be told elsewhere.

use chrono::{Datelike, NaiveDate};
use crm_api::Bucket;

use super::{When, later, year_of};

/// A day, a month, a quarter, half a year or a year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Partial {
    pub(super) year: Option<i32>,
    /// The first month, and how many there are.
    pub(super) months: Option<(u32, u32)>,
    pub(super) day: Option<u32>,
}

impl Partial {
    pub(super) fn year(year: i32) -> Self {
        Self { year: Some(year), ..Self::default() }
    }

    pub(super) fn month(month: u32) -> Self {
        Self { months: Some((month, 1)), ..Self::default() }
    }

    pub(super) fn quarter(quarter: u32) -> Self {
        Self { months: Some((quarter * 3 - 2, 3)), ..Self::default() }
    }

    pub(super) fn half(half: u32) -> Self {
        Self { months: Some((half * 6 - 5, 6)), ..Self::default() }
    }

    pub(super) fn date(day: NaiveDate) -> Self {
        Self { year: Some(day.year()), months: Some((day.month(), 1)), day: Some(day.day()) }
    }

    /// The same with what it lacks from another, as in `from March to May 2011`.
    pub(super) fn filled(self, other: Self) -> Self {
        Self { year: self.year.or(other.year), months: self.months.or(other.months), ..self }
    }

    /// The days; none where there is no such day.
    pub(super) fn when(self, today: NaiveDate, is_ahead: bool) -> Option<When> {
        let Some((month, count)) = self.months else {
            let year = NaiveDate::from_ymd_opt(self.year?, 1, 1)?;
            return self.day.is_none().then(|| When::period(year, Bucket::Year));
        };
        let year = self.year.unwrap_or_else(|| year_of(month, today, is_ahead));
        if let Some(day) = self.day {
            let mut date = NaiveDate::from_ymd_opt(year, month, day)?;
            // A day of this month that is still to come is one of last year's, unless it is to come.
            if self.year.is_none() && date > today && !is_ahead {
                date = NaiveDate::from_ymd_opt(year - 1, month, day)?;
            }
            return Some(When::Days(date, later(date, 1, Bucket::Day), Some(Bucket::Day)));
        }
        let from = NaiveDate::from_ymd_opt(year, month, 1)?;
        let unit = match count {
            1 => Some(Bucket::Month),
            3 => Some(Bucket::Quarter),
            _ => None,
        };
        Some(When::Days(from, later(from, count, Bucket::Month), unit))
    }
}

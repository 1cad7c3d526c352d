//! Parts of the calendar by their names and numbers: `Q3 2011`, `5 ноября`, `2011-11-05`.

use chrono::{Datelike, NaiveDate};
use crm_api::Bucket;

use super::partial::Partial;
use super::reader::Reader;
use super::words::Atom;
use crate::assistant::ask::text::Token;

/// Years that a bare number can be.
const YEARS: std::ops::RangeInclusive<u32> = 1980..=2100;

impl Reader<'_> {
    /// A part of the calendar by its names and numbers.
    pub(super) fn partial(
        &self,
        at: usize,
        is_behind_preposition: bool,
    ) -> Option<(usize, Partial)> {
        if let Some(date) = self.written(at) {
            return Some(date);
        }
        // `the 5th of November 2011`, `5 ноября`.
        let day = self.day(at);
        if let Some(day) = day {
            let next = at + 1 + usize::from(self.is(at + 1, Atom::Of));
            if let Some(Atom::Month(month)) = self.atom(next) {
                let partial = Partial { day: Some(day), ..Partial::month(month) };
                return Some(self.with_year(next + 1, partial));
            }
        }
        // `November 5th, 2011`, `November 2011`, `November`.
        if let Some(Atom::Month(month)) = self.atom(at) {
            if let Some(day) = self.day(at + 1)
                && self.unit(at + 2).is_none()
            {
                let partial = Partial { day: Some(day), ..Partial::month(month) };
                return Some(self.with_year(at + 2, partial));
            }
            let (end, partial) = self.with_year(at + 1, Partial::month(month));
            // A month that is a word as well is one behind a preposition or before a year.
            let is_word = matches!(self.word(at), "may" | "march" | "mar");
            let is_told = is_behind_preposition || partial.year.is_some();
            return (!is_word || is_told).then_some((end, partial));
        }
        if let Some((next, partial)) = self.part_of_year(at) {
            return Some(self.with_year(next, partial));
        }
        let (next, year) = self.year(at)?;
        let partial = Partial::year(year);
        // `2011 Q3`, `2011 год, третий квартал`.
        Some(match self.part_of_year(next) {
            Some((end, part)) => (end, part.filled(partial)),
            None => (next, partial),
        })
    }

    /// A day of a month.
    pub(super) fn day(&self, at: usize) -> Option<u32> {
        let day = match self.atom(at) {
            Some(Atom::Ordinal(day)) if !self.word(at).starts_with('i') => day,
            _ => self.tokens.get(at).and_then(Token::number)?,
        };
        (1..=31).contains(&day).then_some(day)
    }

    /// A quarter or a half of a year.
    fn part_of_year(&self, at: usize) -> Option<(usize, Partial)> {
        match self.atom(at) {
            Some(Atom::Quarter(quarter)) => return Some((at + 1, Partial::quarter(quarter))),
            Some(Atom::HalfOf(half)) => return Some((at + 1, Partial::half(half))),
            _ => {}
        }
        let ordinal = match self.atom(at) {
            Some(Atom::Ordinal(ordinal)) => ordinal,
            _ => self.tokens.get(at).and_then(Token::number)?,
        };
        match self.atom(at + 1) {
            Some(Atom::Unit(Bucket::Quarter)) if (1..=4).contains(&ordinal) => {
                // `4 quarters` are as many.
                let is_many = self.word(at + 1) == "quarters" || self.word(at + 1) == "кварталов";
                (!is_many).then(|| (at + 2, Partial::quarter(ordinal)))
            }
            Some(Atom::Half) if (1..=2).contains(&ordinal) => {
                Some((at + 2, Partial::half(ordinal)))
            }
            _ => None,
        }
    }

    /// A year behind what it belongs to: `2011`, `of 2011`, `2011 года`, `прошлого года`, `of last year`.
    fn with_year(&self, at: usize, partial: Partial) -> (usize, Partial) {
        let next = at
            + usize::from(matches!(self.atom(at), Some(Atom::Of | Atom::In)))
            + usize::from(self.is(at, Atom::Of) && self.word(at + 1) == "the");
        if let Some((end, year)) = self.year(next) {
            return (end, Partial { year: Some(year), ..partial });
        }
        let way = match self.atom(next) {
            Some(Atom::This) => 0,
            Some(Atom::Last) => -1,
            Some(Atom::Next) => 1,
            _ => return (at, partial),
        };
        if self.unit(next + 1) == Some(Bucket::Year) {
            let year = Some(self.today.year() + way);
            return (next + 2, Partial { year, ..partial });
        }
        (at, partial)
    }

    /// `2011`, `year 2011`, `2011 году`.
    fn year(&self, at: usize) -> Option<(usize, i32)> {
        let named = self.unit(at) == Some(Bucket::Year) && !self.word(at + 1).is_empty();
        let at = at + usize::from(named);
        let year = self.tokens.get(at).and_then(Token::number).filter(|one| YEARS.contains(one))?;
        let is_unit = self.unit(at + 1) == Some(Bucket::Year);
        Some((at + 1 + usize::from(is_unit), i32::try_from(year).ok()?))
    }

    /// `2011-11-05`, `05.11.2011`, `2011-11`, `11.2011`. Which of `05/11` is the month nobody knows.
    fn written(&self, at: usize) -> Option<(usize, Partial)> {
        let part = |at: usize, joint: &[char]| {
            let token = self.tokens.get(at)?;
            let joined = joint.is_empty() || token.joint.is_some_and(|one| joint.contains(&one));
            token.number().filter(|_| joined)
        };
        let first = part(at, &[])?;
        let second = part(at + 1, &['-', '.', '/'])?;
        let joint = self.tokens.get(at + 1)?.joint?;
        let third = part(at + 2, &[joint]);
        let date = |year: u32, month, day| {
            NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day).map(Partial::date)
        };
        let of_month = |year: u32, month: u32| {
            let year = i32::try_from(year).ok()?;
            (1..=12).contains(&month).then(|| Partial { year: Some(year), ..Partial::month(month) })
        };
        match (first, second, third, joint) {
            (year, month, Some(day), '-' | '.' | '/') if YEARS.contains(&year) => {
                Some((at + 3, date(year, month, day)?))
            }
            (day, month, Some(year), '.' | '-') if YEARS.contains(&year) => {
                Some((at + 3, date(year, month, day)?))
            }
            (day, month, Some(year), '/') if YEARS.contains(&year) && day > 12 => {
                Some((at + 3, date(year, month, day)?))
            }
            (month, day, Some(year), '/') if YEARS.contains(&year) && day > 12 => {
                Some((at + 3, date(year, month, day)?))
            }
            (year, month, None, '-') if YEARS.contains(&year) => {
                Some((at + 2, of_month(year, month)?))
            }
            (month, year, None, '.' | '-' | '/') if YEARS.contains(&year) => {
                Some((at + 2, of_month(year, month)?))
            }
            _ => None,
        }
    }
}

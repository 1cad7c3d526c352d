//! Reads days from words: one period, a stretch of them, or what has one end: `last week`, `с января по март`,
//! `since Monday`.

use chrono::{Datelike, NaiveDate};
use crm_api::{Bucket, DateRange};

use super::partial::Partial;
use super::reader::{Reader, Told};
use super::words::Atom;
use super::{When, later, latest, start};
use crate::assistant::ask::text::Token;

/// The longest telling of days that some words begin with, and how many words it has.
pub(in crate::assistant::ask) fn read(
    tokens: &[Token],
    today: NaiveDate,
    is_ahead: bool,
) -> Option<(usize, When)> {
    let reader = Reader { tokens, today, is_ahead };
    let plain = || {
        let after = reader.prepositions(0);
        (after > 0).then(|| reader.one(after, true)).flatten().or_else(|| reader.one(0, false))
    };
    let ways = [reader.stretch(), reader.open(), reader.by_preposition(), plain()];
    ways.into_iter().flatten().max_by_key(|(length, _)| *length)
}

impl Reader<'_> {
    /// `from A to B`, `between A and B`, `с A по B`, `A – B`.
    fn stretch(&self) -> Option<(usize, When)> {
        let begins = self.prepositions(0);
        let is_opened = matches!(self.atom(begins), Some(Atom::From | Atom::Since | Atom::Between));
        let opened = begins + usize::from(is_opened);
        let opened = opened + usize::from(is_opened && self.word(opened) == "the");
        let (next, first) = self.told(opened, is_opened).or_else(|| {
            // `с 1 по 15 ноября`.
            let day = self.day(opened)?;
            Some((opened + 1, Told::Partial(Partial { day: Some(day), ..Partial::default() })))
        })?;
        let is_dash = self.tokens.get(next)?.joint.is_some_and(|joint| "-–—".contains(joint));
        let second = match self.atom(next) {
            Some(Atom::To | Atom::Until) if is_opened || self.word(next) != "по" => next + 1,
            Some(Atom::And) if self.is(begins, Atom::Between) => next + 1,
            Some(Atom::Before) if is_opened && self.word(next) == "до" => next + 1,
            Some(Atom::In) if is_opened && self.word(next) == "through" => next + 1,
            _ if is_dash || self.is_spaced_dash(next) => next,
            _ => return None,
        };
        let second = second + usize::from(self.word(second) == "the");
        let (end, last) = self.told(second, true)?;
        let (from, to) = self.ends(first, last)?;
        (from < to).then_some((end, When::Days(from, to, None)))
    }

    /// A dash with blanks around it stands between two tokens alone.
    fn is_spaced_dash(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.dashed)
    }

    fn ends(&self, first: Told, last: Told) -> Option<(NaiveDate, NaiveDate)> {
        let days = |when: When| match when.days(self.today) {
            (Some(from), Some(to)) => Some((from, to)),
            _ => None,
        };
        let last_days = days(self.when(last)?)?;
        let first = match (first, last) {
            (Told::Partial(first), Told::Partial(last)) => {
                let mut filled = first.filled(last);
                // Without a year, the first is the one before the last.
                if filled.year.is_none() {
                    filled.year = Some(last_days.0.year());
                    let start = days(filled.when(self.today, self.is_ahead)?)?.0;
                    if start > last_days.0 {
                        filled.year = Some(last_days.0.year() - 1);
                    }
                }
                Told::Partial(filled)
            }
            (first, _) => first,
        };
        Some((days(self.when(first)?)?.0, last_days.1))
    }

    /// `since A`, `until A`, `after A`, `с начала года`, `до конца месяца`.
    fn open(&self) -> Option<(usize, When)> {
        let begins = self.prepositions(0);
        let way = self.atom(begins)?;
        let next = begins + 1 + usize::from(self.word(begins + 1) == "the");
        if let Some((end, bucket)) = self.edge(next, Atom::Beginning) {
            let is_since = matches!(way, Atom::From | Atom::Since);
            return is_since.then_some((end, When::Range(DateRange::This(bucket))));
        }
        if let Some((end, bucket)) = self.edge(next, Atom::End) {
            let is_until = matches!(way, Atom::Until | Atom::Before | Atom::To);
            return (is_until || way == Atom::In).then(|| (end, self.to_end(bucket)));
        }
        if let Some((end, bucket)) = self.edge(begins, Atom::Beginning) {
            return Some((end, When::Range(DateRange::This(bucket))));
        }
        if let Some((end, bucket)) = self.edge(begins, Atom::End) {
            return Some((end, self.to_end(bucket)));
        }
        let next = match self.word(next) {
            "с" | "from" | "to" | "по" | "конца" => next + 1,
            // `с начала 2011 года`.
            "начала" | "start" => next + 1 + usize::from(self.word(next + 1) == "of"),
            _ => next,
        };
        let (end, when) = self.one(next, true)?;
        let (from, to) = when.days(self.today);
        let goes_on = matches!(self.word(end), "on" | "onward" | "onwards");
        // `с` is `with` as well, and then its words have another case.
        let has_ending = |at: usize, endings: &[&str]| {
            endings.iter().any(|ending| self.word(at).ends_with(ending))
        };
        let is_with = matches!(self.word(next), "вчера" | "сегодня" | "позавчера")
            || has_ending(next, &["м"])
            || has_ending(end - 1, &["ем", "ом", "ей"]);
        let when = match (way, self.word(begins)) {
            (Atom::From, "from" | "beginning") if goes_on => {
                return Some((end + 1, When::From(from?)));
            }
            // Orders from last week are those of it.
            (Atom::From, "from" | "beginning" | "от") => when,
            (Atom::From, "с" | "со") if is_with => return None,
            (Atom::From | Atom::Since, _) if !when.is_ahead(self.today) => When::From(from?),
            (Atom::After, _) => When::From(to?),
            (Atom::Before, _) => When::Until(from?),
            (Atom::Until, _) => When::Until(to?),
            (Atom::To, "по") => When::Until(to?),
            _ => return None,
        };
        Some((end, when))
    }

    /// `beginning of the year`, `конца месяца`.
    fn edge(&self, at: usize, edge: Atom) -> Option<(usize, Bucket)> {
        let at = at + usize::from(self.word(at) == "the");
        let is_edge = self.is(at, edge) || edge == Atom::Beginning && self.word(at) == "beginning";
        if !is_edge {
            return None;
        }
        let mut next = at + 1;
        while matches!(self.atom(next), Some(Atom::Of | Atom::This)) || self.word(next) == "the" {
            next += 1;
        }
        let bucket = self.unit(next)?;
        Some((next + 1, bucket))
    }

    /// What is left of the period that is running, in periods that are forecast.
    fn to_end(&self, bucket: Bucket) -> When {
        let end = later(start(self.today, bucket), 1, bucket);
        match bucket {
            Bucket::Day | Bucket::Week | Bucket::Month => When::period(self.today, bucket),
            Bucket::Quarter | Bucket::Year => {
                When::Days(start(self.today, Bucket::Month), end, None)
            }
        }
    }

    /// Russian says by a preposition whether days lie behind or ahead: `за неделю`, `на месяц вперед`.
    fn by_preposition(&self) -> Option<(usize, When)> {
        let is_through = self.word(0) == "через";
        let way = if is_through { Atom::At } else { self.atom(0)? };
        if !is_through && !matches!(way, Atom::Behind | Atom::At | Atom::In) {
            return None;
        }
        let (end, count, bucket) = match (self.unit(1), self.counted(1)) {
            (Some(bucket), _) => (2, 1, bucket),
            (None, Some((end, When::Span(count, bucket)))) => (end, count, bucket),
            _ => return None,
        };
        let is_forward = matches!(self.word(end), "вперед" | "ahead" | "forward");
        let end = end + usize::from(is_forward);
        // English `in 30 days` is ahead where the question is, and `over 30 days` behind.
        match way {
            _ if is_forward || is_through => Some((end, When::Ahead(count, bucket))),
            Atom::Behind => Some((end, When::Range(latest(count, bucket)))),
            // `на этой неделе` is told elsewhere; `на неделю` is ahead.
            Atom::At if self.is_ahead => Some((end, When::Ahead(count, bucket))),
            Atom::In if end > 2 => Some((end, When::Span(count, bucket))),
            _ => None,
        }
    }
}

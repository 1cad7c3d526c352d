//! Reads days from words: `last week`, `с января по март`, `Q3 2011`, `2011-11-05`.

use chrono::{Datelike, NaiveDate};
use crm_api::{Bucket, DateRange};

use super::partial::Partial;
use super::words::{Atom, atom};
use super::{When, later, latest, start};
use crate::assistant::ask::text::Token;

/// Years that a bare number can be.
const YEARS: std::ops::RangeInclusive<u32> = 1980..=2100;
/// Periods at the most that somebody can mean.
const MOST: u32 = 5_000;

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

struct Reader<'a> {
    tokens: &'a [Token],
    today: NaiveDate,
    is_ahead: bool,
}

/// A period that is told: of the calendar, with parts that may be missing, or whole.
#[derive(Clone, Copy)]
enum Told {
    Partial(Partial),
    Whole(When),
}

impl Reader<'_> {
    fn atom(&self, at: usize) -> Option<Atom> {
        self.tokens.get(at).and_then(|token| atom(&token.word))
    }

    fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &token.word)
    }

    fn is(&self, at: usize, wanted: Atom) -> bool {
        self.atom(at) == Some(wanted)
    }

    /// A number in digits or as a word.
    fn number(&self, at: usize) -> Option<u32> {
        match self.atom(at) {
            Some(Atom::Number(number)) => Some(number),
            _ => self.tokens.get(at).and_then(Token::number),
        }
        .filter(|number| (1..=MOST).contains(number))
    }

    fn unit(&self, at: usize) -> Option<Bucket> {
        match self.atom(at) {
            Some(Atom::Unit(unit)) => Some(unit),
            _ => None,
        }
    }

    /// Where what follows some prepositions begins.
    fn prepositions(&self, mut at: usize) -> usize {
        while matches!(self.atom(at), Some(Atom::In | Atom::Behind | Atom::At)) {
            at += 1;
        }
        at
    }

    /// One period as days.
    fn one(&self, at: usize, is_behind_preposition: bool) -> Option<(usize, When)> {
        let (end, told) = self.told(at, is_behind_preposition)?;
        Some((end, self.when(told)?))
    }

    fn when(&self, told: Told) -> Option<When> {
        match told {
            Told::Whole(when) => Some(when),
            Told::Partial(partial) => partial.when(self.today, self.is_ahead),
        }
    }

    fn told(&self, at: usize, is_behind_preposition: bool) -> Option<(usize, Told)> {
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
    fn counted(&self, at: usize) -> Option<(usize, When)> {
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

    /// A part of the calendar by its names and numbers.
    fn partial(&self, at: usize, is_behind_preposition: bool) -> Option<(usize, Partial)> {
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
        self.year(at).and_then(|(next, year)| {
            let partial = Partial::year(year);
            // `2011 Q3`, `2011 год, третий квартал`.
            match self.part_of_year(next) {
                Some((end, part)) => Some((end, part.filled(partial))),
                None => Some((next, partial)),
            }
        })
    }

    /// A day of a month.
    fn day(&self, at: usize) -> Option<u32> {
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
        let named = self.unit(at) == Some(Bucket::Year) && self.word(at + 1) != "";
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
        let is_with = has_ending(next, &["м"]) || has_ending(end - 1, &["ем", "ом", "ей"]);
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

    /// The periods up to the end of the one that is running.
    fn to_end(&self, bucket: Bucket) -> When {
        let end = later(start(self.today, bucket), 1, bucket);
        let months = (end.year() - self.today.year()) * 12
            + i32::try_from(end.month()).unwrap_or(0)
            - i32::try_from(self.today.month()).unwrap_or(0);
        match bucket {
            Bucket::Day | Bucket::Week => When::Ahead(1, bucket),
            _ => When::Ahead(u32::try_from(months.max(1)).unwrap_or(1), Bucket::Month),
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

//! Words as they tell days, one after another.

use chrono::NaiveDate;
use crm_api::Bucket;

use super::When;
use super::partial::Partial;
use super::words::{Atom, atom};
use crate::assistant::ask::text::Token;

/// Periods at the most that somebody can mean.
const MOST: u32 = 5_000;

pub(super) struct Reader<'a> {
    pub(super) tokens: &'a [Token],
    pub(super) today: NaiveDate,
    pub(super) is_ahead: bool,
}

/// A period that is told: of the calendar, with parts that may be missing, or whole.
#[derive(Clone, Copy)]
pub(super) enum Told {
    Partial(Partial),
    Whole(When),
}

impl Reader<'_> {
    pub(super) fn atom(&self, at: usize) -> Option<Atom> {
        self.tokens.get(at).and_then(|token| atom(&token.word))
    }

    pub(super) fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &token.word)
    }

    pub(super) fn is(&self, at: usize, wanted: Atom) -> bool {
        self.atom(at) == Some(wanted)
    }

    /// A number in digits or as a word.
    pub(super) fn number(&self, at: usize) -> Option<u32> {
        match self.atom(at) {
            Some(Atom::Number(number)) => Some(number),
            _ => self.tokens.get(at).and_then(Token::number),
        }
        .filter(|number| (1..=MOST).contains(number))
    }

    pub(super) fn unit(&self, at: usize) -> Option<Bucket> {
        match self.atom(at) {
            Some(Atom::Unit(unit)) => Some(unit),
            _ => None,
        }
    }

    /// Where what follows some prepositions begins.
    pub(super) fn prepositions(&self, mut at: usize) -> usize {
        while matches!(self.atom(at), Some(Atom::In | Atom::Behind | Atom::At)) {
            at += 1;
        }
        at
    }
}

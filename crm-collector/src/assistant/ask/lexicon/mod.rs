//! The words that questions are asked in: phrases with their senses, a table a language.
//!
//! A pattern is words with a blank between them: `buy/bought` is one of two, `sale*` whatever begins so, and
//! `the?` may be missing. The longest phrase that fits is meant, and of two as long the one that says more.

mod en;
mod ru;

use std::sync::LazyLock;

use super::sense::Sense;
use super::text::{Token, is_slip};

/// A word of a pattern.
struct Word {
    alternatives: Vec<(&'static str, bool)>,
    optional: bool,
}

impl Word {
    fn read(text: &'static str) -> Self {
        let (text, optional) = text.strip_suffix('?').map_or((text, false), |text| (text, true));
        let alternative = |one: &'static str| {
            one.strip_suffix('*').map_or((one, false), |beginning| (beginning, true))
        };
        Self { alternatives: text.split('/').map(alternative).collect(), optional }
    }

    /// How many letters of a word it names.
    fn fits(&self, word: &str) -> Option<usize> {
        let fits = |(text, is_beginning): &&(&str, bool)| match is_beginning {
            true => word.starts_with(text),
            false => word == *text,
        };
        self.alternatives.iter().filter(fits).map(|(text, _)| text.chars().count()).max()
    }
}

struct Phrase {
    words: Vec<Word>,
    sense: Sense,
}

static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    let tables = en::PHRASES.iter().chain(ru::PHRASES);
    let phrases = tables.flat_map(|(patterns, sense)| {
        patterns.split('|').map(|pattern| Phrase {
            words: pattern.split_whitespace().map(Word::read).collect(),
            sense: *sense,
        })
    });
    phrases.collect()
});

/// The sense of the longest phrase that begins with the first of some words, and how many words it has.
pub(super) fn longest(tokens: &[Token]) -> Option<(usize, Sense)> {
    longest_that(tokens, |_| true)
}

/// The same of those phrases that may have so many words.
pub(super) fn longest_that(
    tokens: &[Token],
    may_have: impl Fn(usize) -> bool,
) -> Option<(usize, Sense)> {
    let fitting = PHRASES.iter().filter_map(|phrase| {
        let (length, letters) = fit(&phrase.words, tokens)?;
        may_have(length).then_some((length, letters, phrase.sense))
    });
    // Of equal ones the first of the table.
    let best =
        fitting.reduce(|best, one| if (one.0, one.1) > (best.0, best.1) { one } else { best });
    best.map(|(length, _, sense)| (length, sense))
}

fn fit(words: &[Word], tokens: &[Token]) -> Option<(usize, usize)> {
    let (mut length, mut letters) = (0, 0);
    for word in words {
        let here = tokens.get(length).and_then(|token| word.fits(&token.word));
        match here {
            Some(named) => {
                length += 1;
                letters += named;
            }
            None if word.optional => {}
            None => return None,
        }
    }
    (length > 0).then_some((length, letters))
}

/// Whether a beginning is most of a word.
fn is_told_by(beginning: &str, word: &str) -> bool {
    const LEAST: usize = 6;
    const ENDING: usize = 3;
    let letters = beginning.chars().count();
    letters >= LEAST && word.chars().count() <= letters + ENDING
}

/// The sense of a word with a slip of the keys in it, where all that come near have one sense.
pub(super) fn near(token: &Token) -> Option<Sense> {
    let mut found = None;
    for phrase in PHRASES.iter() {
        let [word] = phrase.words.as_slice() else { continue };
        let near = word.alternatives.iter().any(|(text, is_beginning)| {
            let compared: String = match is_beginning {
                true => token.word.chars().take(text.chars().count()).collect(),
                false => token.word.clone(),
            };
            // A short beginning comes near to beginnings of other words.
            let is_telling = !is_beginning || is_told_by(text, &token.word);
            is_telling && is_slip(text, &compared)
        });
        // What is counted and divided by is worth a guess at a slip; what is wanted is not.
        let is_thing = matches!(phrase.sense, Sense::Column(_) | Sense::Dim(_) | Sense::Bucket(_));
        match (near && is_thing, found) {
            (true, Some(other)) if other != phrase.sense => return None,
            (true, _) => found = Some(phrase.sense),
            (false, _) => {}
        }
    }
    found
}

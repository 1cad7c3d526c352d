//! Ask: a question in plain English or Russian becomes a [`Question`](crm_api::question::Question), by a grammar
//! that knows the workspace's own names. It is pure: it computes nothing and looks nothing up.
//!
//! Every word has to say something that is known. Where one does not, or where no question can say what was asked,
//! the answer is why, and what can be asked instead.
//!
//! ```text
//! text ── words ── phrases, days, names ── a frame of what was said ── the one question that says all of it
//!         text     reading, by lexicon,    frame, follow               compose
//!                  when and names
//! ```

mod compose;
mod countries;
mod follow;
mod frame;
mod lexicon;
mod names;
mod numbers;
mod reading;
mod refusal;
mod say;
mod sense;
mod shop;
pub mod spelled;
mod text;
mod when;

use crm_api::{Asked, Language};

pub use shop::{Customer, Order, Product, Shop};

use frame::Frame;
use names::Names;
use refusal::Refusal;

/// Characters of a question at the most.
pub const MOST_CHARACTERS: usize = 500;
/// Questions that are offered instead of one that is not answered.
const EXAMPLES: usize = 3;

/// What became of a question in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is a question that can be answered.
    Understood(Box<Understood>),
    /// It is not answered.
    Declined(Declined),
}

/// A question that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Understood {
    /// The question, and what of its answer is told first.
    pub asked: Asked,
    /// What was understood, in the asker's language.
    pub as_understood: String,
    /// The words that said something, as they were typed.
    pub used: Vec<String>,
}

/// A question that is not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declined {
    /// Why, in the asker's language: what is missing, and what there is instead.
    pub why: String,
    /// Questions that can be asked instead, each of which is understood.
    pub examples: Vec<String>,
}

/// A text that is too long to be a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a question has at most {MOST_CHARACTERS} characters, {given} given")]
pub struct TooLong {
    /// Characters that it has.
    pub given: usize,
}

/// The language that a text is written in.
pub fn language_of(text: &str) -> Language {
    let cyrillic = text.chars().filter(|letter| matches!(letter, '\u{400}'..='\u{4ff}')).count();
    let latin = text.chars().filter(char::is_ascii_alphabetic).count();
    // Names of products keep their letters in a Russian question.
    if cyrillic * 3 >= latin.max(1) { Language::Russian } else { Language::English }
}

/// What words of a text may be names of customers, or numbers of orders, for whoever looks them up: those that say
/// nothing else.
///
/// # Errors
/// The text is too long.
pub fn names_in(text: &str) -> Result<Vec<String>, TooLong> {
    check(text)?;
    let tokens = text::tokens(text);
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let rest = tokens.get(at..).unwrap_or_default();
        match lexicon::longest(rest) {
            Some((length, _)) if token.quote == 0 => at += length,
            _ => {
                // Ids are joined of several parts: `c-17`.
                let parts = rest.iter().skip(1).take_while(|one| one.joint == Some('-')).count();
                let end = rest.get(parts).map_or(token.span.1, |last| last.span.1);
                names.extend(text.get(token.span.0..end).map(str::to_owned));
                if parts > 0 {
                    names.push(token.typed.clone());
                }
                at += 1;
            }
        }
    }
    names.dedup();
    Ok(names)
}

/// Understands a question, or says why it is not answered. `before` is the question that it may take up.
///
/// # Errors
/// The text is too long.
pub fn understand(
    text: &str,
    shop: &Shop,
    language: Option<Language>,
    before: Option<&Asked>,
) -> Result<Outcome, TooLong> {
    check(text)?;
    let language = language.unwrap_or_else(|| language_of(text));
    let names = Names::of(shop);
    let (frame, asked) = read(text, &names, before);
    Ok(match asked {
        Ok(asked) => Outcome::Understood(Box::new(Understood {
            as_understood: say::understood(&asked, language),
            asked,
            used: frame.used,
        })),
        Err(refusal) => {
            let examples = say::examples(&refusal, text, shop, language).into_iter();
            let answered = examples.filter(|example| read(example, &names, None).1.is_ok());
            Outcome::Declined(Declined {
                why: say::reason(&refusal, shop, language),
                examples: answered.take(EXAMPLES).collect(),
            })
        }
    })
}

/// What can be asked to begin with: questions with the workspace's own names, each of which is understood.
pub fn beginnings(shop: &Shop, language: Language) -> Vec<String> {
    let names = Names::of(shop);
    let examples = say::examples(&Refusal::NotUnderstood, "", shop, language).into_iter();
    examples.filter(|example| read(example, &names, None).1.is_ok()).take(EXAMPLES).collect()
}

fn check(text: &str) -> Result<(), TooLong> {
    let given = text.chars().count();
    if given <= MOST_CHARACTERS { Ok(()) } else { Err(TooLong { given }) }
}

fn read(text: &str, names: &Names<'_>, before: Option<&Asked>) -> (Frame, Result<Asked, Refusal>) {
    let (tokens, shop) = (text::tokens(text), names.shop());
    let frame = reading::read(text, &tokens, names);
    let alone = compose::compose(&frame, shop);
    let merged = before.and_then(|before| follow::merged(&frame, before, shop));
    let Some(merged) = merged else { return (frame, alone) };
    if alone.is_ok() && !follow::is_part(&frame, tokens.len()) {
        return (frame, alone);
    }
    match (compose::compose(&merged, shop), alone) {
        (Ok(asked), _) => (merged, Ok(asked)),
        (Err(_), Ok(asked)) => (frame, Ok(asked)),
        (Err(refusal), Err(_)) => (frame, Err(refusal)),
    }
}

//! Reads a question's words from left to right: phrases, days and whole names first, each the longest that fits; then
//! parts of names in what is left, and slips of the keys.

use chrono::NaiveDate;
use crm_models::Currency;

use super::frame::Frame;
use super::lexicon;
use super::names::{Named, Names};
use super::numbers::{currency, is_small, number, order_number};
use super::sense::{Act, Bound, Dim, Missing, Sense};
use super::shop::Shop;
use super::text::Token;
use super::when::{self, When};

/// A stretch of words with what it says.
enum Said {
    Sense(Sense),
    When(When),
    Named(Named),
    Unclear(Vec<Named>),
    Order(String),
    Count(u32),
    Currency(Currency),
    Unknown,
}

/// How a question begins that takes up the one before.
const TAKING_UP: [&str; 16] = [
    "and",
    "what about",
    "how about",
    "but",
    "same",
    "the same",
    "also",
    "then",
    "а",
    "и",
    "но",
    "то же",
    "теперь",
    "так же",
    "now",
    "ну а",
];

/// Reads words.
pub(super) fn read(text: &str, tokens: &[Token], names: &Names<'_>) -> Frame {
    let shop = names.shop();
    let is_ahead = (0..tokens.len()).any(|at| {
        let sense = lexicon::longest(tokens.get(at..).unwrap_or_default());
        matches!(sense, Some((_, Sense::Act(Act::Will))))
    });
    let mut reader = Reader { tokens, names, today: shop.today, is_ahead, said: Vec::new() };
    reader.read_known();
    reader.read_rest();
    let mut frame = Frame { takes_up: takes_up(tokens), ..Frame::default() };
    reader.sort(&mut frame, text, shop);
    frame
}

fn takes_up(tokens: &[Token]) -> bool {
    TAKING_UP.iter().any(|beginning| {
        let words = beginning.split(' ');
        let count = words.clone().count();
        let here = tokens.get(..count);
        here.is_some_and(|here| here.iter().map(|token| &*token.word).eq(words))
    })
}

struct Reader<'a> {
    tokens: &'a [Token],
    names: &'a Names<'a>,
    today: NaiveDate,
    is_ahead: bool,
    said: Vec<(std::ops::Range<usize>, Said)>,
}

impl Reader<'_> {
    fn rest(&self, at: usize) -> &[Token] {
        self.tokens.get(at..).unwrap_or_default()
    }

    /// Reads phrases, days and whole names from left to right, the longest at each place.
    fn read_known(&mut self) {
        let mut at = 0;
        while at < self.tokens.len() {
            let (length, said) = self.here(at);
            self.said.push((at..at + length, said));
            at += length.max(1);
        }
    }

    fn here(&self, at: usize) -> (usize, Said) {
        let rest = self.rest(at);
        if let Some(found) = self.quoted(at) {
            return found;
        }
        if let Some((length, number)) = order_number(rest) {
            return (length, Said::Order(number));
        }
        let name = self.names.whole(rest);
        let when = when::read(rest, self.today, self.is_ahead);
        // `buy next` says something else in `buy next month`.
        let cuts_days = |length: usize| {
            let days = when::read(self.rest(at + length - 1), self.today, self.is_ahead);
            let is_between =
                self.rest(at + length - 1).first().is_some_and(|one| one.word == "between");
            length > 1 && !is_between && days.is_some_and(|(of_days, _)| of_days > 1)
        };
        let phrase = lexicon::longest_that(rest, |length| !cuts_days(length));
        // The site is a channel where one is called so.
        if matches!(phrase, Some((1, Sense::Missing(Missing::Visits))))
            && let Some(channel) = rest.first().and_then(|token| self.names.channel(token))
        {
            return (1, Said::Named(channel));
        }
        let longest_other =
            when.map_or(0, |(length, _)| length).max(phrase.map_or(0, |(length, _)| length));
        if let Some((length, named)) = name {
            let is_longer = length > longest_other;
            // A channel that is called like a word which says nothing, or like what is not kept.
            let is_place = named.iter().all(|one| {
                matches!(one, Named::Country(_) | Named::Channel(_) | Named::Category(_))
            });
            let says_less =
                when.is_none() && matches!(phrase, Some((_, Sense::Skip | Sense::Missing(_))));
            let is_typed = rest.first().is_some_and(|token| !is_small(token));
            if (is_longer || is_place && says_less && length == longest_other) && is_typed {
                return (length, self.of(named, at));
            }
        }
        if let Some((length, when)) = when {
            let is_phrase = phrase.is_some_and(|(of_phrase, sense)| {
                of_phrase > length
                    || of_phrase == length
                        && matches!(
                            sense,
                            Sense::Bucket(_) | Sense::Act(Act::YearBefore | Act::PeriodBefore)
                        )
            });
            if !is_phrase {
                return (length, Said::When(when));
            }
        }
        if let Some((length, sense)) = phrase {
            return (length, Said::Sense(self.checked(sense, at + length)));
        }
        if let Some(currency) = rest.first().and_then(currency) {
            return (1, Said::Currency(currency));
        }
        let count = rest.first().and_then(|token| token.number().or_else(|| number(&token.word)));
        (1, count.map_or(Said::Unknown, Said::Count))
    }

    /// `more than` bounds something before a number, and compares before anything else.
    fn checked(&self, sense: Sense, next: usize) -> Sense {
        let rest = self.rest(next);
        let is_number = rest.first().is_some_and(|token| token.number().is_some());
        let is_days = when::read(rest, self.today, self.is_ahead).is_some();
        match sense {
            Sense::Bound(Bound::Threshold) if !is_number || is_days => Sense::Act(Act::Compare),
            sense => sense,
        }
    }

    /// What several names have is one of them where something before says which kind is meant.
    fn of(&self, mut named: Vec<Named>, at: usize) -> Said {
        let before = at.checked_sub(1).and_then(|before| self.said_before(before));
        if let Some(Said::Sense(Sense::Dim(dim))) = before {
            let is_kind = |one: &Named| {
                matches!(
                    (one, dim),
                    (Named::Product(_), Dim::Product)
                        | (Named::Customer(_), Dim::Customer)
                        | (Named::Country(_) | Named::CountryWithoutSales(_), Dim::Country)
                        | (Named::Channel(_), Dim::Channel)
                        | (Named::Category(_), Dim::Category)
                )
            };
            if named.iter().any(is_kind) {
                named.retain(is_kind);
            }
        }
        match named.as_slice() {
            [one] => Said::Named(one.clone()),
            _ => Said::Unclear(named),
        }
    }

    /// What was said before a place.
    fn said_before(&self, at: usize) -> Option<&Said> {
        self.said.iter().rev().find(|(range, _)| range.end <= at + 1).map(|(_, said)| said)
    }

    /// What stands between quotation marks is one name.
    fn quoted(&self, at: usize) -> Option<(usize, Said)> {
        let quote = self.tokens.get(at)?.quote;
        if quote == 0 {
            return None;
        }
        let within: Vec<_> =
            self.rest(at).iter().take_while(|token| token.quote == quote).collect();
        let named = match self.names.whole(self.rest(at)) {
            Some((length, named)) if length == within.len() => named,
            _ => self.names.with_all(&within),
        };
        let said = match named.is_empty() {
            true => Said::Unknown,
            false => self.of(named, at),
        };
        Some((within.len(), said))
    }

    /// Reads what is left: parts of names, words with slips, names with slips.
    fn read_rest(&mut self) {
        let mut place = 0;
        while place < self.said.len() {
            if !matches!(self.said.get(place), Some((_, Said::Unknown))) {
                place += 1;
                continue;
            }
            let (places, said) = self.name_from(place);
            let from = self.said.get(place).map_or(0, |(range, _)| range.start);
            let to = self.said.get(places - 1).map_or(from + 1, |(range, _)| range.end);
            self.said.splice(place..places, [(from..to, said)]);
            place += 1;
        }
    }

    /// What the unknown words from a place on say, and the place behind them.
    fn name_from(&self, place: usize) -> (usize, Said) {
        let ends = self.unknown_stretches(place);
        for end in ends.iter().rev() {
            let words = self.words(place, *end);
            let mut named = self.names.with_all(&words);
            // Of several words, all but the one with the slip say which name it is.
            if named.is_empty() && words.len() > 1 {
                named = self.names.like(&words);
            }
            if !named.is_empty() {
                return (*end, self.of(named, self.start(place)));
            }
        }
        let Some(token) = self.tokens.get(self.start(place)) else {
            return (place + 1, Said::Unknown);
        };
        if let Some(channel) = self.names.channel(token) {
            return (place + 1, Said::Named(channel));
        }
        if let Some(sense) = lexicon::near(token) {
            return (place + 1, Said::Sense(sense));
        }
        for end in ends.iter().rev() {
            let words = self.words(place, *end);
            let named = self.names.like(&words);
            if !named.is_empty() {
                return (*end, self.of(named, self.start(place)));
            }
        }
        (place + 1, Said::Unknown)
    }

    fn start(&self, place: usize) -> usize {
        self.said.get(place).map_or(0, |(range, _)| range.start)
    }

    /// Ends of stretches of unknown words from a place on, with a word or a number between them that says
    /// nothing by itself.
    fn unknown_stretches(&self, place: usize) -> Vec<usize> {
        let mut ends = vec![place + 1];
        let mut gap = 0;
        for at in place + 1..self.said.len().min(place + 12) {
            match self.said.get(at) {
                Some((_, Said::Unknown | Said::Count(_))) => {
                    ends.push(at + 1);
                    gap = 0;
                }
                Some((range, Said::Sense(Sense::Skip))) if gap < 1 && range.len() == 1 => gap += 1,
                _ => break,
            }
        }
        ends
    }

    /// The words of a stretch that are part of a name.
    fn words(&self, from: usize, to: usize) -> Vec<&Token> {
        let stretch = self.said.get(from..to).unwrap_or_default();
        let named = stretch.iter().filter(|(_, said)| !matches!(said, Said::Sense(_)));
        named.flat_map(|(range, _)| self.tokens.get(range.clone()).unwrap_or_default()).collect()
    }

    /// Puts everything in its place.
    fn sort(self, frame: &mut Frame, text: &str, shop: &Shop) {
        let mut is_by = false;
        let mut searched: Option<(usize, usize)> = None;
        for (range, said) in self.said {
            let here = self.tokens.get(range).unwrap_or_default();
            let (Some(first), Some(last)) = (here.first(), here.last()) else { continue };
            let span = (first.span.0, last.span.1);
            let typed = text.get(span.0..span.1).unwrap_or_default().to_owned();
            let is_silent = matches!(said, Said::Sense(Sense::Skip | Sense::By) | Said::Unknown);
            if matches!(said, Said::Named(_) | Said::Unclear(_) | Said::Unknown) {
                searched = Some((searched.map_or(span.0, |(from, _)| from), span.1));
            }
            if !is_silent {
                frame.used.push(typed.clone());
            }
            match said {
                Said::Sense(Sense::By) => is_by = true,
                Said::Sense(sense) => frame.take(sense, &mut is_by),
                Said::When(when) => frame.whens.push(when),
                Said::Named(named) => {
                    if !frame.named.contains(&named) {
                        frame.named.push(named);
                    }
                }
                Said::Unclear(named) => frame.unclear = Some((span, named)),
                Said::Order(number) => frame.order = Some(number),
                Said::Count(count) if frame.count.is_none() => frame.count = Some(count),
                Said::Currency(currency) => {
                    frame.currency = Some(currency).filter(|one| Some(*one) != shop.currency);
                }
                Said::Count(_) | Said::Unknown => frame.unknown.push(typed),
            }
        }
        frame.drop_kinds();
        frame.take_items_for_products();
        frame.searched = searched.and_then(|(from, to)| text.get(from..to)).map(str::to_owned);
    }
}

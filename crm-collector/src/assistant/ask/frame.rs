//! A question's words sorted by what they say: what is wanted, of what, by what, when. Each word has one place,
//! and what has none is kept as unknown.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use crm_api::Bucket;
use crm_api::question::Stage;
use crm_models::Currency;

use super::lexicon;
use super::names::{Named, Names};
use super::sense::{Act, Bound, Column, Dim, Missing, Sense};
use super::shop::Shop;
use super::text::{self, Token};
use super::when::{self, When};

/// What the words of a question say.
#[derive(Clone, Debug, Default)]
pub(super) struct Frame {
    pub(super) columns: Vec<Column>,
    /// What is listed.
    pub(super) dims: Vec<Dim>,
    /// What is divided by.
    pub(super) by: Vec<Dim>,
    pub(super) bucket: Option<Bucket>,
    pub(super) whens: Vec<When>,
    pub(super) acts: BTreeSet<Act>,
    pub(super) stages: Vec<Stage>,
    pub(super) named: Vec<Named>,
    /// How many rows.
    pub(super) count: Option<u32>,
    /// The number of an order.
    pub(super) order: Option<String>,
    pub(super) currency: Option<Currency>,
    pub(super) ever: bool,
    pub(super) missing: Option<Missing>,
    pub(super) bound: Option<Bound>,
    /// Words that say nothing that is known, as they were typed.
    pub(super) unknown: Vec<String>,
    /// Words that several names have: where they stand in the text, and what they may mean.
    pub(super) unclear: Option<((usize, usize), Vec<Named>)>,
    /// What somebody is to be found by.
    pub(super) searched: Option<String>,
    /// The words that said something, as they were typed.
    pub(super) used: Vec<String>,
    /// Whether it takes up a question before.
    pub(super) takes_up: bool,
}

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
pub(super) fn read(text: &str, tokens: &[Token], shop: &Shop) -> Frame {
    let names = Names::of(shop);
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
    names: Names<'a>,
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
        if let Some(found) = order_number(rest) {
            return found;
        }
        let name = self.names.whole(rest);
        let when = when::read(rest, self.today, self.is_ahead);
        // `buy next` says something else in `buy next month`.
        let cuts_days = |length: usize| {
            let days = when::read(self.rest(at + length - 1), self.today, self.is_ahead);
            length > 1 && days.is_some_and(|(of_days, _)| of_days > 1)
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
            let is_typed = rest.first().is_some_and(|token| !is_small_number(token));
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
        frame.searched = searched.and_then(|(from, to)| text.get(from..to)).map(str::to_owned);
    }
}

impl Frame {
    fn take(&mut self, sense: Sense, is_by: &mut bool) {
        match sense {
            Sense::Skip | Sense::By => {}
            Sense::Column(column) => {
                if !self.columns.contains(&column) {
                    self.columns.push(column);
                }
            }
            Sense::Dim(dim) => {
                let of = if *is_by { &mut self.by } else { &mut self.dims };
                if !of.contains(&dim) {
                    of.push(dim);
                }
                *is_by = false;
            }
            Sense::Bucket(bucket) => self.bucket = self.bucket.or(Some(bucket)),
            Sense::Act(act) => {
                self.acts.insert(act);
            }
            Sense::Stage(stage) => self.stages.push(stage),
            Sense::Missing(missing) => self.missing = self.missing.or(Some(missing)),
            Sense::Bound(bound) => self.bound = self.bound.or(Some(bound)),
            Sense::Ever => self.ever = true,
        }
    }

    /// `the web channel` names a channel, and lists none.
    fn drop_kinds(&mut self) {
        let named = &self.named;
        self.dims.retain(|dim| {
            !named.iter().any(|named| {
                matches!(
                    (named, dim),
                    (Named::Product(_), Dim::Product)
                        | (Named::Country(_), Dim::Country)
                        | (Named::Channel(_), Dim::Channel)
                        | (Named::Customer(_), Dim::Customer)
                )
            })
        });
    }

    pub(super) fn has(&self, act: Act) -> bool {
        self.acts.contains(&act)
    }

    pub(super) fn has_any(&self, acts: &[Act]) -> bool {
        acts.iter().any(|act| self.has(*act))
    }
}

/// Numbers this small are counts and days before they are ids.
fn is_small_number(token: &Token) -> bool {
    token.number().is_some_and(|number| number < 1_000)
}

/// A word for a number.
fn number(word: &str) -> Option<u32> {
    const WORDS: [(&str, u32); 22] = [
        ("one", 1),
        ("two", 2),
        ("three", 3),
        ("four", 4),
        ("five", 5),
        ("six", 6),
        ("seven", 7),
        ("eight", 8),
        ("nine", 9),
        ("ten", 10),
        ("twenty", 20),
        ("один", 1),
        ("два", 2),
        ("две", 2),
        ("три", 3),
        ("четыре", 4),
        ("пять", 5),
        ("пяти", 5),
        ("десять", 10),
        ("десяти", 10),
        ("двадцать", 20),
        ("десятку", 10),
    ];
    WORDS.iter().find(|(known, _)| *known == word).map(|(_, number)| *number)
}

/// A currency by its code in capitals, or by its name.
fn currency(token: &Token) -> Option<Currency> {
    const NAMES: [(&str, Currency); 9] = [
        ("euro", Currency::EUR),
        ("dollar", Currency::USD),
        ("pound", Currency::GBP),
        ("ruble", Currency::RUB),
        ("rouble", Currency::RUB),
        ("евро", Currency::EUR),
        ("доллар", Currency::USD),
        ("фунт", Currency::GBP),
        ("рубл", Currency::RUB),
    ];
    if token.typed.len() == 3 && token.typed.chars().all(|letter| letter.is_ascii_uppercase()) {
        return token.typed.parse().ok();
    }
    let named = NAMES.iter().find(|(name, _)| token.word.starts_with(name));
    named.map(|(_, currency)| *currency)
}

/// `order 1001`, `заказ № 1001`: one order, by its number.
fn order_number(tokens: &[Token]) -> Option<(usize, Said)> {
    const ORDERS: [&str; 12] = [
        "order",
        "purchase",
        "invoice",
        "receipt",
        "заказ",
        "заказа",
        "заказе",
        "заказу",
        "заказом",
        "чек",
        "чека",
        "покупка",
    ];
    const NUMBERS: [&str; 10] =
        ["no", "nr", "number", "num", "id", "n", "номер", "номером", "под", "с"];
    let first = tokens.first()?;
    if !ORDERS.contains(&&*first.word) {
        return None;
    }
    let named = tokens.iter().skip(1).take_while(|token| NUMBERS.contains(&&*token.word)).count();
    let number = tokens.get(1 + named)?;
    let has_digit = number.word.bytes().any(|byte| byte.is_ascii_digit());
    // The parts of a number that are joined are one: `A-1001`.
    let parts = tokens.get(2 + named..).unwrap_or_default();
    let parts =
        parts.iter().take_while(|token| token.joint.is_some_and(|joint| "-/_.".contains(joint)));
    let parts: Vec<_> = parts.collect();
    let is_number =
        has_digit || parts.iter().any(|part| part.word.bytes().any(|byte| byte.is_ascii_digit()));
    let is_months = tokens.get(1 + named..).is_some_and(|rest| text_of_days(rest));
    if !is_number || is_months {
        return None;
    }
    let mut id = number.typed.clone();
    for part in &parts {
        id.extend(part.joint);
        id.push_str(&part.typed);
    }
    Some((2 + named + parts.len(), Said::Order(id)))
}

/// Whether some words are a day: `чек 5 ноября`.
fn text_of_days(tokens: &[Token]) -> bool {
    let is_short = tokens.first().and_then(Token::number).is_some_and(|number| number <= 31);
    is_short
        && tokens
            .get(1)
            .is_some_and(|token| !text::is_cyrillic(&token.word) || token.joint.is_none())
        && when::read(tokens, NaiveDate::default(), false).is_some_and(|(length, _)| length > 1)
}

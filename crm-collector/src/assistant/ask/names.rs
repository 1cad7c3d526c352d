//! The workspace's own names in a question: whole, in part, in another case, with a slip of the keys.

use std::collections::HashMap;

use super::countries;
use super::shop::Shop;
use super::text::{self, Token, is_form, is_slip};

/// Something that the workspace has a name for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Named {
    /// By its place among the products.
    Product(usize),
    /// By its place among the countries.
    Country(usize),
    /// A country to which nothing was sold, by its code.
    CountryWithoutSales(String),
    /// By its place among the channels.
    Channel(usize),
    /// By its name.
    Category(String),
    /// By its place among the customers.
    Customer(usize),
}

/// Channels that people call by several words, in both languages.
const CHANNELS: [&[&str]; 6] = [
    &["web", "online", "website", "internet", "ecommerce", "онлайн", "сайт", "интернет", "веб"],
    &["store", "retail", "pos", "offline", "instore", "розниц", "рознич", "офлайн", "оффлайн"],
    &["marketplace", "маркетплейс"],
    &["phone", "telephone", "телефон"],
    &["wholesale", "b2b", "опт"],
    &["app", "mobile", "приложени", "мобильн"],
];

/// Names that one part of a text may mean are listed up to so many.
const MOST: usize = 6;

/// The names of a workspace by their words.
pub(super) struct Names<'a> {
    shop: &'a Shop,
    /// Names by their first words.
    whole: HashMap<String, Vec<(Vec<String>, Named)>>,
    /// The words of each name of several words.
    parts: Vec<(Vec<String>, Named)>,
    /// Which of the parts have a word.
    by_word: HashMap<String, Vec<usize>>,
}

impl<'a> Names<'a> {
    pub(super) fn of(shop: &'a Shop) -> Self {
        let mut names =
            Self { shop, whole: HashMap::new(), parts: Vec::new(), by_word: HashMap::new() };
        for (at, product) in shop.products.iter().enumerate() {
            names.add(&product.sku, Named::Product(at), false);
            if let Some(name) = &product.name {
                names.add(name, Named::Product(at), true);
            }
        }
        for (at, country) in shop.countries.iter().enumerate() {
            names.add(country, Named::Country(at), true);
        }
        for (at, channel) in shop.channels.iter().enumerate() {
            names.add(channel, Named::Channel(at), true);
        }
        for category in shop.categories() {
            names.add(category, Named::Category(category.to_owned()), true);
        }
        for (at, customer) in shop.customers.iter().enumerate() {
            names.add(&customer.id, Named::Customer(at), false);
            if let Some(name) = &customer.name {
                names.add(name, Named::Customer(at), true);
            }
        }
        names
    }

    /// The workspace whose names they are.
    pub(super) fn shop(&self) -> &'a Shop {
        self.shop
    }

    fn add(&mut self, name: &str, named: Named, has_parts: bool) {
        let words = text::words(name);
        let Some(first) = words.first() else { return };
        self.whole.entry(first.clone()).or_default().push((words.clone(), named.clone()));
        if has_parts {
            for word in &words {
                let of_word = self.by_word.entry(word.clone()).or_default();
                if of_word.last() != Some(&self.parts.len()) {
                    of_word.push(self.parts.len());
                }
            }
            self.parts.push((words, named));
        }
    }

    /// The longest whole name that some words begin with: how many words it has, and who is called so.
    pub(super) fn whole(&self, tokens: &[Token]) -> Option<(usize, Vec<Named>)> {
        let first = tokens.first()?;
        let fits = |words: &[String]| {
            let here = tokens.get(..words.len());
            here.is_some_and(|here| {
                here.iter().zip(words).all(|(token, word)| is_form(&token.word, word))
            })
        };
        let mut found: Vec<(usize, Named)> = Vec::new();
        for (words, named) in self.whole.get(&first.word).into_iter().flatten() {
            if fits(words) {
                found.push((words.len(), named.clone()));
            }
        }
        found.extend(self.country(tokens));
        let longest = found.iter().map(|(length, _)| *length).max()?;
        let named = found.into_iter().filter(|(length, _)| *length == longest);
        let mut named: Vec<_> = named.map(|(_, named)| named).collect();
        named.sort();
        named.dedup();
        // A country that is sold to says more than that there is one.
        if named.iter().any(|one| !matches!(one, Named::CountryWithoutSales(_))) {
            named.retain(|one| !matches!(one, Named::CountryWithoutSales(_)));
        }
        Some((longest, named))
    }

    /// A country by its code or by its name in another language.
    fn country(&self, tokens: &[Token]) -> Option<(usize, Named)> {
        let words: Vec<_> = tokens.iter().take(4).map(|token| token.word.clone()).collect();
        let typed: Vec<_> = tokens.iter().take(4).map(|token| &*token.typed).collect();
        let (length, code) = countries::longest(&words, &typed)?;
        let same = |country: &String| countries::code_of(&text::words(country)) == Some(code);
        let name = words.get(..length)?.join(" ");
        Some(match self.shop.countries.iter().position(same) {
            Some(at) => (length, Named::Country(at)),
            None => (length, Named::CountryWithoutSales(name)),
        })
    }

    /// A channel by another word for it.
    pub(super) fn channel(&self, token: &Token) -> Option<Named> {
        let is_of = |word: &str, group: &[&str]| {
            group.iter().any(|one| match text::is_cyrillic(one) {
                true => word.starts_with(one),
                false => word == *one,
            })
        };
        let group = CHANNELS.iter().find(|group| is_of(&token.word, group))?;
        let is_it = |channel: &String| text::words(channel).iter().any(|word| is_of(word, group));
        let mut found = self.shop.channels.iter().enumerate().filter(|(_, name)| is_it(name));
        match (found.next(), found.next()) {
            (Some((at, _)), None) => Some(Named::Channel(at)),
            _ => None,
        }
    }

    /// Names that have all of some words, each in one of its forms; those with no other word alone, where
    /// there are any.
    pub(super) fn with_all(&self, words: &[&Token]) -> Vec<Named> {
        self.having(words, |one, other| {
            is_form(one, other) || one.chars().count() >= 4 && other.starts_with(one)
        })
    }

    /// The same where a key slipped.
    pub(super) fn like(&self, words: &[&Token]) -> Vec<Named> {
        self.having(words, |one, other| is_form(one, other) || is_slip(one, other))
    }

    fn having(&self, words: &[&Token], same: impl Fn(&str, &str) -> bool) -> Vec<Named> {
        let Some((first, rest)) = words.split_first() else { return Vec::new() };
        // Each word of the shop is compared once, and a name only by the words that it has.
        let of_word = |token: &Token| {
            let mut places: Vec<usize> = self
                .by_word
                .iter()
                .filter(|(word, _)| same(&token.word, word))
                .flat_map(|(_, places)| places.iter().copied())
                .collect();
            places.sort_unstable();
            places.dedup();
            places
        };
        let mut places = of_word(first);
        for token in rest {
            if places.is_empty() {
                return Vec::new();
            }
            let others = of_word(token);
            places.retain(|place| others.binary_search(place).is_ok());
        }
        let found: Vec<_> = places.iter().filter_map(|place| self.parts.get(*place)).collect();
        let is_whole = |(name, _): &&&(Vec<String>, Named)| name.len() == words.len();
        let whole: Vec<_> = found.iter().filter(is_whole).collect();
        let chosen = match whole.is_empty() {
            true => found.iter().collect(),
            false => whole,
        };
        let mut named: Vec<_> = chosen.into_iter().map(|(_, named)| named.clone()).collect();
        named.sort();
        named.dedup();
        // Nothing is kept by category, so that a word of one is asked about where nothing else has it.
        let is_category = |one: &Named| matches!(one, Named::Category(_));
        if !named.iter().all(is_category) {
            named.retain(|one| !is_category(one));
        }
        named.truncate(MOST);
        named
    }
}

/// What people call something of a workspace.
pub(super) fn title(shop: &Shop, named: &Named) -> String {
    let text = match named {
        Named::Product(at) => shop.products.get(*at).map(|product| product.title()),
        Named::Country(at) => shop.countries.get(*at).map(String::as_str),
        Named::Channel(at) => shop.channels.get(*at).map(String::as_str),
        Named::Customer(at) => shop.customers.get(*at).map(|customer| customer.title()),
        Named::Category(name) | Named::CountryWithoutSales(name) => Some(name.as_str()),
    };
    text.unwrap_or_default().to_owned()
}

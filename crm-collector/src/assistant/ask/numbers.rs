//! Numbers, currencies and the numbers of orders among a question's words.

use chrono::NaiveDate;
use crm_models::Currency;

use super::text::{self, Token};
use super::when;

/// Numbers this small are counts and days before they are ids.
pub(super) fn is_small(token: &Token) -> bool {
    token.number().is_some_and(|number| number < 1_000)
}

/// A word for a number.
pub(super) fn number(word: &str) -> Option<u32> {
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
pub(super) fn currency(token: &Token) -> Option<Currency> {
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
pub(super) fn order_number(tokens: &[Token]) -> Option<(usize, String)> {
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
    let is_months = tokens.get(1 + named..).is_some_and(text_of_days);
    if !is_number || is_months {
        return None;
    }
    let mut id = number.typed.clone();
    for part in &parts {
        id.extend(part.joint);
        id.push_str(&part.typed);
    }
    Some((2 + named + parts.len(), id))
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

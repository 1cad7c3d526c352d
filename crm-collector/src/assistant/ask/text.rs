//! A question's text as words: folded, so that case, accents and `ё` say nothing, each with where it stands.
//! What is quoted is one name.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A word of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// As it was typed.
    pub(super) typed: String,
    /// Without case and accents.
    pub(super) word: String,
    /// What stands between the word before and this one, where that is one character and no blank.
    pub(super) joint: Option<char>,
    /// Whether a dash stands before it, with blanks around.
    pub(super) dashed: bool,
    /// The quotation that it stands in, counted from 1.
    pub(super) quote: usize,
    /// Where it begins and ends in the text, in bytes.
    pub(super) span: (usize, usize),
}

impl Token {
    /// The number that it is, if it is one.
    pub(super) fn number(&self) -> Option<u32> {
        let digits = self.word.bytes().all(|byte| byte.is_ascii_digit());
        if digits { self.word.parse().ok() } else { None }
    }
}

/// Whether a word has a Cyrillic letter.
pub(super) fn is_cyrillic(word: &str) -> bool {
    word.chars().any(|letter| matches!(letter, '\u{400}'..='\u{4ff}'))
}

/// A text without case, `ё` as `е`, and Latin letters without their accents.
pub(super) fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            'ё' => folded.push('е'),
            // The mark of `й` belongs to the letter.
            'а'..='я' => folded.push(letter),
            'ß' => folded.push_str("ss"),
            'ø' => folded.push('o'),
            letter if letter.is_ascii() => folded.push(letter),
            letter => folded.extend(letter.nfkd().filter(|part| !is_combining_mark(*part))),
        }
    }
    folded.nfc().collect()
}

/// The words of a text.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let (mut quotes, mut within) = (0, None);
    let mut start = None;
    let mut end_of_last = 0;
    let mails = mails(text);
    let letters: Vec<(usize, char)> = text.char_indices().collect();
    for (at, (place, letter)) in letters.iter().copied().enumerate() {
        let next = letters.get(at + 1).map(|(_, next)| *next);
        let is_of_mail = mails.iter().any(|(from, to)| (*from..*to).contains(&place));
        if is_of_mail || is_of_word(letter, next, start.is_some()) {
            start.get_or_insert(place);
            continue;
        }
        if let Some(from) = start.take() {
            push(&mut tokens, text, (from, place), end_of_last, within.unwrap_or(0));
            end_of_last = place;
        }
        match (letter, within) {
            ('"' | '«' | '“' | '„' | '”', None) => {
                quotes += 1;
                within = Some(quotes);
            }
            ('"' | '»' | '”' | '“', Some(_)) => within = None,
            _ => {}
        }
    }
    if let Some(from) = start {
        push(&mut tokens, text, (from, text.len()), end_of_last, within.unwrap_or(0));
    }
    tokens
}

/// Where email addresses stand, each of which is one word.
fn mails(text: &str) -> Vec<(usize, usize)> {
    let mut mails = Vec::new();
    let mut from = 0;
    for chunk in text.split_inclusive(char::is_whitespace) {
        let address = chunk.trim_matches(|letter: char| !letter.is_alphanumeric());
        if let Some(at) = chunk.find(address).filter(|_| address.contains('@')) {
            mails.push((from + at, from + at + address.len()));
        }
        from += chunk.len();
    }
    mails
}

/// Letters and digits, and what holds a shortened word together.
fn is_of_word(letter: char, next: Option<char>, is_inside: bool) -> bool {
    let goes_on = is_inside && next.is_some_and(char::is_alphanumeric);
    letter.is_alphanumeric()
        || is_combining_mark(letter)
        || goes_on && matches!(letter, '\'' | '’' | '_')
}

fn push(
    tokens: &mut Vec<Token>,
    text: &str,
    span: (usize, usize),
    end_of_last: usize,
    quote: usize,
) {
    let typed = text.get(span.0..span.1).unwrap_or_default();
    let between = text.get(end_of_last..span.0).unwrap_or_default();
    let mut letters = between.chars();
    let joint = match (letters.next(), letters.next(), tokens.is_empty()) {
        (Some(letter), None, false) if !letter.is_whitespace() => Some(letter),
        _ => None,
    };
    let mut word = folded(typed).replace('’', "'");
    if let Some(whole) = word.strip_suffix("'s").or_else(|| word.strip_suffix("s'")) {
        let is_plural = word.ends_with("s'");
        word = if is_plural { format!("{whole}s") } else { whole.to_owned() };
    }
    let dashed = !tokens.is_empty() && matches!(between.trim(), "-" | "–" | "—");
    tokens.push(Token { dashed, typed: typed.to_owned(), word, joint, quote, span });
}

/// The words of a name as they are compared.
pub(super) fn words(name: &str) -> Vec<String> {
    tokens(name).into_iter().map(|token| token.word).collect()
}

/// Whether two words are one but for a slip of the keys: one letter in five, two in nine.
pub(super) fn is_slip(one: &str, other: &str) -> bool {
    let letters = one.chars().count().min(other.chars().count());
    let most = match letters {
        0..=4 => return false,
        5..=8 => 1,
        _ => 2,
    };
    let has_digit = |word: &str| word.bytes().any(|byte| byte.is_ascii_digit());
    // A number with another digit is another number.
    !has_digit(one) && !has_digit(other) && strsim::damerau_levenshtein(one, other) <= most
}

/// Whether two words are forms of one: a Russian word with another ending, an English one with an `s`.
pub(super) fn is_form(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    if is_cyrillic(one) && is_cyrillic(other) {
        let common = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
        let rest = |word: &str| word.chars().count() - common;
        // `чай`, `чая`, `чаем`.
        let is_short = common == 2
            && rest(one) <= 2
            && rest(other) <= 2
            && is_ending(one, common)
            && is_ending(other, common);
        return is_short || common >= 3 && rest(one) <= 3 && rest(other) <= 3 && common > rest(one);
    }
    let plural = |one: &str, other: &str| {
        one.strip_prefix(other).is_some_and(|rest| matches!(rest, "s" | "es")) && other.len() > 2
    };
    plural(one, other) || plural(other, one)
}

/// Whether what follows so many letters is the ending of a case of a short word.
fn is_ending(word: &str, letters: usize) -> bool {
    let rest: String = word.chars().skip(letters).collect();
    matches!(&*rest, "й" | "я" | "ю" | "е" | "ем" | "и" | "ев" | "ям" | "ях")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.word).collect()
    }

    #[test]
    fn words_are_compared_without_case_accents_and_marks() {
        assert_eq!(typed("Café — Ещё «Ёлка»!"), ["cafe", "еще", "елка"]);
        assert_eq!(typed("last month's sales, don't"), ["last", "month", "sales", "don't"]);
        assert_eq!(typed("find ada.l@example.co.uk, now"), ["find", "ada.l@example.co.uk", "now"]);
        assert_eq!(typed("Мой"), ["мой"]);
        let dates = tokens("2011-11-05");
        assert_eq!(dates[1].joint, Some('-'));
        assert_eq!(tokens("a «b c» d")[2].quote, 1);
        assert_eq!(tokens("a «b c» d")[3].quote, 0);
    }

    #[test]
    fn forms_and_slips_of_a_word_are_told_from_other_words() {
        assert!(is_form("чашки", "чашка") && is_form("чашек", "чашка"));
        assert!(is_form("mugs", "mug") && !is_form("mug", "rug"));
        assert!(is_slip("cakestnad", "cakestand") && !is_slip("tea", "ten"));
        assert!(!is_slip("22423", "22424"));
    }
}

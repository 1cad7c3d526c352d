//! Reading and writing values that travel as JSON strings.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

/// Text that was written as ASCII; an empty one would show that it was not.
pub(crate) fn ascii(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// A text without blanks at its ends. Most have none, which two bytes show.
fn without_blanks(text: &str) -> &str {
    match text.as_bytes() {
        [b'!'..=b'~', .., b'!'..=b'~'] => text,
        _ => text.trim(),
    }
}

/// A line of text without blanks at its ends. Nobody sees them, and with them one thing would be two.
pub(crate) fn trim(text: String) -> String {
    let trimmed = without_blanks(&text);
    if trimmed.len() == text.len() { text } else { trimmed.to_owned() }
}

/// The same, of a text that stays where it is.
pub(crate) fn trim_in_place(text: &mut String) {
    let trimmed = without_blanks(text);
    if trimmed.len() != text.len() {
        *text = trimmed.to_owned();
    }
}

/// What stands in a field of which nothing is known, in the exports of many a shop. Compared without
/// case.
const PLACEHOLDERS: &[&str] = &[
    "",
    "-",
    "--",
    "n/a",
    "#n/a",
    "null",
    "(null)",
    "nan",
    "none",
    "(none)",
    "nil",
    "undefined",
    "anonymous",
];

/// Whether a text says that nothing is known, such as `n/a` or `null`: what exports of shops and
/// scripts write where there is nothing.
pub fn is_placeholder(text: &str) -> bool {
    const LONGEST: usize = 9;
    let text = without_blanks(text);
    text.len() <= LONGEST && PLACEHOLDERS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Whether an id of a customer stands for nobody: a placeholder, or nothing but zeros, which is what
/// shops write where somebody bought without an account.
pub fn is_nobody(id: &str) -> bool {
    let id = id.trim();
    let zeros = id.contains('0') && id.bytes().all(|byte| matches!(byte, b'0' | b'.' | b'-'));
    zeros || is_placeholder(id)
}

/// Takes such a text as absent.
pub(crate) fn no_placeholder<T: AsRef<str>>(field: &mut Option<T>) {
    if field.as_ref().is_some_and(|text| is_placeholder(text.as_ref())) {
        *field = None;
    }
}

/// Whether there is a control character, as [`char::is_control`] has it. Plain text, which most is,
/// is looked at bytewise, many at once.
pub(crate) fn has_control_characters(text: &str) -> bool {
    let is_plain = text.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'));
    !is_plain && text.chars().any(char::is_control)
}

/// Makes one line of a text: whatever breaks it becomes a blank.
pub(crate) fn one_line(field: &mut Option<String>) {
    if let Some(text) = field.as_mut().filter(|text| has_control_characters(text)) {
        let words = text.split(|character: char| character.is_control() || character == ' ');
        let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
        *text = words.join(" ");
    }
}

/// Reads such a line, if given.
pub(crate) fn trimmed<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    Ok(Option::deserialize(deserializer)?.map(trim))
}

/// Reads a string and parses it in place, without allocating it first.
pub(crate) fn parse_str<'de, D, T>(deserializer: D, expecting: &'static str) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr,
    T::Err: fmt::Display,
{
    struct ParseVisitor<T> {
        expecting: &'static str,
        parsed: PhantomData<T>,
    }

    impl<T> Visitor<'_> for ParseVisitor<T>
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.expecting)
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }
    }

    deserializer.deserialize_str(ParseVisitor { expecting, parsed: PhantomData })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_character_is_a_control_character_or_not_as_unicode_has_it() {
        for character in '\0'..=char::MAX {
            let text = format!("plain{character}");
            assert_eq!(has_control_characters(&text), character.is_control(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_control_character_is_found_wherever_it_stands(text in any::<String>()) {
            prop_assert_eq!(has_control_characters(&text), text.chars().any(char::is_control));
        }
    }
}

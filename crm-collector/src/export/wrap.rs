//! Texts in lines of a width, counted in columns of a terminal: most letters take one, Chinese ones and
//! emoji two, accents none.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// How far a line that goes on is set in.
const SET_IN: &str = "  ";

/// Columns that a text takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// A text in lines of at most so many columns, broken between words, and within a word that is longer
/// than a line.
pub(super) fn wrap(text: &str, most: usize) -> Vec<String> {
    if text.width() <= most {
        return vec![text.to_owned()];
    }
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let takes = word.width();
        if used > 0 && used + 1 + takes <= most {
            line.push(' ');
            line.push_str(word);
            used += 1 + takes;
            continue;
        }
        if used > 0 {
            lines.push(std::mem::take(&mut line));
        }
        used = 0;
        for letter in word.graphemes(true) {
            let takes = letter.width();
            if used + takes > most && used > 0 {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push_str(letter);
            used += takes;
        }
    }
    lines.push(line);
    lines
}

/// A sentence in lines, the first to the left and all others set in.
pub(super) fn sentence(text: &str, most: usize) -> Vec<String> {
    if text.width() <= most {
        return vec![text.to_owned()];
    }
    // A number keeps its groups together by blanks that break no line.
    let words = text.split([' ', '\n', '\t']).filter(|word| !word.is_empty());
    let words: Vec<_> = words.collect();
    let text = words.join(" ");
    let Some(first) = wrap(&text, most).into_iter().next() else { return Vec::new() };
    let rest = text.get(first.len()..).unwrap_or_default().trim_start();
    let rest = wrap(rest, most.saturating_sub(SET_IN.len()).max(1));
    let rest = rest.into_iter().filter(|line| !line.is_empty());
    std::iter::once(first).chain(rest.map(|line| format!("{SET_IN}{line}"))).collect()
}

/// The longest word of a text.
pub(super) fn longest_word(text: &str) -> usize {
    text.split(' ').map(UnicodeWidthStr::width).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_within_a_word_that_is_too_long() {
        assert_eq!(wrap("one two three", 20), ["one two three"]);
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("a abcdefghij b", 4), ["a", "abcd", "efgh", "ij b"]);
        assert_eq!(wrap("", 4), [""]);
    }

    #[test]
    fn letters_take_the_columns_that_a_terminal_gives_them() {
        assert_eq!(wrap("茶茶茶茶", 5), ["茶茶", "茶茶"]);
        assert_eq!(wrap("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 4), ["👩‍👩‍👧👩‍👩‍👧", "👩‍👩‍👧"]);
        assert_eq!(wrap("e\u{301}e\u{301}e\u{301}", 2), ["e\u{301}e\u{301}", "e\u{301}"]);
        assert_eq!(wrap("чайник большой", 8), ["чайник", "большой"]);
    }

    #[test]
    fn a_sentence_is_set_in_where_it_goes_on() {
        assert_eq!(sentence("one two three four", 9), ["one two", "  three", "  four"]);
        assert_eq!(sentence("one  two three", 9), ["one two", "  three"]);
        assert_eq!(sentence("one", 9), ["one"]);
    }
}

//! Text of SVG and HTML, with everything that comes from outside escaped.

use std::fmt::{self, Display, Formatter, Write};

/// Markup as it grows.
#[derive(Debug, Default)]
pub(super) struct Markup(String);

impl Markup {
    /// Adds markup. What is not ours has to come as [`Escaped`].
    pub(super) fn add(&mut self, markup: impl Display) {
        self.0.push_str(&markup.to_string());
    }

    /// All of it.
    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// A text that is shown as it is, in elements and in quoted attributes. Control characters, which XML
/// does not know, become blanks.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {
                    f.write_char(' ')?;
                }
                letter => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}

/// A coordinate: two decimals at the most.
#[derive(Clone, Copy, Debug)]
pub(super) struct At(pub(super) f64);

impl Display for At {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let text = format!("{:.2}", self.0);
        let text = text.trim_end_matches('0').trim_end_matches('.');
        f.write_str(if text == "-0" { "0" } else { text })
    }
}

/// A label that has room for `most` letters; the table behind has the whole of it.
pub(super) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

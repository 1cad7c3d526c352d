//! What a file does not show and somebody has to say: each with the option that says it.

use std::fmt;

use super::read::Place;

/// Something that has to be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// Whether the day or the month comes first.
    Dates { column: String, text: String, place: Place },
    /// What stands before decimals.
    Decimals { column: String, text: String, place: Place },
    /// What a word says of an order.
    State { word: String, count: u64, place: Place },
    /// Which column is meant.
    Column { field: &'static str, chosen: String, why: String },
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted =
            |text: &str| text.chars().take(60).flat_map(char::escape_debug).collect::<String>();
        match self {
            Self::Dates { column, text, place } => write!(
                f,
                "{}: \"{}\" (line {}) may have the day or the month first, and no date of the column shows \
                 which: add --dates day-first or --dates month-first",
                quoted(column),
                quoted(text),
                place.line
            ),
            Self::Decimals { column, text, place } => write!(
                f,
                "{}: \"{}\" (line {}) may be a thousand or have decimals, and no number of the file shows \
                 which: add --decimal point or --decimal comma",
                quoted(column),
                quoted(text),
                place.line
            ),
            Self::State { word, count, place } => write!(
                f,
                "\"{}\" (line {}, {count} in all) is no known state of an order: add --states \"{}=paid\", or \
                 pending, cancelled, refunded",
                quoted(word),
                place.line,
                quoted(word)
            ),
            Self::Column { field, chosen, why } => {
                write!(f, "{field} is taken from \"{}\", {why}: ", quoted(chosen))?;
                write!(f, "--yes takes it so, --map {field}=… says otherwise")
            }
        }
    }
}

//! Writes an answer: as a table for a terminal, as JSON, as CSV. One answer, three forms, the
//! same figures; only the table groups digits and rounds.

mod baskets;
mod csv;
mod forecasts;
mod json;
mod outside;
mod people;
mod report;
#[cfg(test)]
mod sample;
mod sheet;
mod table;
mod trends;

use std::io::{self, ErrorKind, Write};
use std::str::FromStr;

use crm_api::Form;
use crm_api::question::Answer;
use serde::Serialize;

pub use sheet::{Sheet, grouped};
pub use table::printable;

/// What can be written in every form.
pub trait Tabular: Serialize {
    /// As rows and columns, for tables and CSV. JSON is what it serialises to.
    fn sheet(&self) -> Sheet<'_>;
}

/// The form an answer is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns with grouped digits, for people.
    #[default]
    Table,
    /// One object, for programs.
    Json {
        /// Indented, a field a line.
        pretty: bool,
    },
    /// A header and the rows, for spreadsheets; totals are left out.
    Csv,
}

/// Writes an answer to a text.
pub fn to_text(answer: &impl Tabular, format: Format) -> io::Result<String> {
    let mut bytes = Vec::new();
    write(answer, format, &mut bytes)?;
    String::from_utf8(bytes).map_err(io::Error::other)
}

/// A text that is no [`Format`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a format is table, json or csv")]
pub struct UnknownFormat;

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        match text {
            "table" => Ok(Self::Table),
            "json" => Ok(Self::Json { pretty: true }),
            "csv" => Ok(Self::Csv),
            _ => Err(UnknownFormat),
        }
    }
}

impl From<Form> for Format {
    fn from(form: Form) -> Self {
        match form {
            Form::Json => Self::Json { pretty: false },
            Form::Csv => Self::Csv,
        }
    }
}

/// Writes the answer to any question. Those about the client base have no table, and are written as
/// JSON alone.
pub fn write_answer(answer: &Answer, format: Format, out: &mut dyn Write) -> io::Result<()> {
    match answer {
        Answer::Report(report) | Answer::Cohorts(report) => write(&**report, format, out),
        Answer::Forecast(forecasts) => write(&**forecasts, format, out),
        Answer::Trends(trends) => write(&**trends, format, out),
        Answer::Values(values) | Answer::Value(values) => write(&**values, format, out),
        Answer::Segments(segments) => write(&**segments, format, out),
        Answer::Together(together) => write(&**together, format, out),
        Answer::Next(next) => write(&**next, format, out),
        Answer::FindCustomers(_)
        | Answer::Customer(_)
        | Answer::Timeline(_)
        | Answer::Purchases(_)
        | Answer::Purchase(_)
        | Answer::Interaction(_) => match format {
            Format::Json { pretty } => json::write(answer, pretty, out),
            Format::Table | Format::Csv => {
                Err(io::Error::new(ErrorKind::Unsupported, "this answer has no table"))
            }
        },
    }
}

/// Writes an answer in a form, ending with a line break.
pub fn write(answer: &impl Tabular, format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Table => table::write(&answer.sheet(), out),
        Format::Json { pretty } => json::write(answer, pretty, out),
        Format::Csv => csv::write(&answer.sheet(), out),
    }
}

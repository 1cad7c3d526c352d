//! Writes a report: as a table for a terminal, as JSON, as CSV. One report, three forms, the
//! same figures; only the table groups digits and rounds nothing either.

mod csv;
mod json;
#[cfg(test)]
mod sample;
mod table;

use std::io::{self, Write};
use std::str::FromStr;

use crm_models::report::Report;

/// The form a report is written in.
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

/// Writes a report to a text.
pub fn to_text(report: &Report, format: Format) -> io::Result<String> {
    let mut bytes = Vec::new();
    write(report, format, &mut bytes)?;
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

/// Writes a report in a form, ending with a line break.
pub fn write(report: &Report, format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Table => table::write(report, out),
        Format::Json { pretty } => json::write(report, pretty, out),
        Format::Csv => csv::write(report, out),
    }
}

//! Writes an answer: as a table for a terminal, as JSON, as CSV, as an HTML page in one file. One answer,
//! four forms, the same figures; only what people read groups digits and rounds. What an answer says at a
//! glance, with its charts, is in `pictures`, for the page and for whoever shows it elsewhere.

mod advice;
mod baskets;
mod cells;
mod csv;
mod drawn;
mod forecasts;
mod grid;
mod html;
mod json;
mod list;
mod listed;
mod look;
mod narrowed;
mod outside;
mod people;
pub mod pictures;
mod report;
#[cfg(test)]
mod sample;
mod sheet;
mod table;
#[cfg(test)]
mod tests;
mod trends;
mod triangle;
mod wrap;

use std::io::{self, Write};
use std::str::FromStr;

use chrono_tz::Tz;
use crm_api::Form;
use crm_api::question::Answer;
use pictures::Face;
use serde::Serialize;

pub use crate::charts::Locale;

pub use cells::printable;
pub use list::list;
pub use look::Look;
pub use narrowed::narrowed;
pub use sheet::{Sheet, grouped};

/// What can be written in every form.
pub trait Tabular: Serialize {
    /// As rows and columns, for tables and CSV. JSON is what it serialises to.
    fn sheet(&self) -> Sheet<'_>;

    /// The same where a table tells it better in other ones.
    fn table(&self, _: &Look) -> Sheet<'_> {
        self.sheet()
    }
}

/// Why an answer is not written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A column was chosen that there is not; choose another.
    #[error("there is no column {name}; there are: {there}")]
    NoColumn {
        /// What was asked for.
        name: String,
        /// What there is, parted by commas.
        there: String,
    },
    /// Columns were chosen for a form that has all of them.
    #[error("columns are chosen for tables and CSV; JSON has all of them")]
    AllColumns,
    /// The answer has no rows and columns; ask for JSON.
    #[error("this answer has no table")]
    NoTable,
    /// It cannot be written to where it was to go.
    #[error(transparent)]
    Io(#[from] io::Error),
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
    /// One page with charts and tables, in a file that needs no other; for people.
    Html,
}

/// Writes an answer to a text.
pub fn to_text(answer: &impl Tabular, format: Format, look: &Look) -> Result<String, ExportError> {
    let mut bytes = Vec::new();
    write(answer, format, look, &mut bytes)?;
    Ok(String::from_utf8(bytes).map_err(io::Error::other)?)
}

/// A text that is no [`Format`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a format is table, json, csv or html")]
pub struct UnknownFormat;

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        match text {
            "table" => Ok(Self::Table),
            "json" => Ok(Self::Json { pretty: true }),
            "csv" => Ok(Self::Csv),
            "html" => Ok(Self::Html),
            _ => Err(UnknownFormat),
        }
    }
}

impl From<Form> for Format {
    fn from(form: Form) -> Self {
        match form {
            Form::Json => Self::Json { pretty: false },
            Form::Csv => Self::Csv,
            Form::Html => Self::Html,
        }
    }
}

/// Writes the answer to any question. Those about the client base have no table, and are written as
/// JSON alone.
pub fn write_answer(
    answer: &Answer,
    format: Format,
    look: &Look,
    out: &mut dyn Write,
) -> Result<(), ExportError> {
    let face = || pictures::face(answer, Locale::En);
    match answer {
        Answer::Report(report) | Answer::Cohorts(report) => {
            written(&**report, face, format, look, out)
        }
        Answer::Forecast(forecasts) => written(&**forecasts, face, format, look, out),
        Answer::Trends(trends) => written(&**trends, face, format, look, out),
        Answer::Values(values) | Answer::Value(values) => {
            written(&**values, face, format, look, out)
        }
        Answer::Segments(segments) => written(&**segments, face, format, look, out),
        Answer::Together(together) => written(&**together, face, format, look, out),
        Answer::Next(next) => written(&**next, face, format, look, out),
        // For people a list: sentences have no room in a table.
        Answer::Recommendations(advice) if format == Format::Table && look.columns.is_empty() => {
            Ok(out.write_all(advice::list(advice, look).as_bytes())?)
        }
        Answer::Recommendations(advice) => written(&**advice, face, format, look, out),
        Answer::AdviceResults(results) => written(&**results, face, format, look, out),
        Answer::Briefing(briefing) if format == Format::Table && look.columns.is_empty() => {
            Ok(out.write_all(advice::briefing(briefing, look).as_bytes())?)
        }
        Answer::Briefing(briefing) => written(&**briefing, face, format, look, out),
        Answer::FindCustomers(_)
        | Answer::Customer(_)
        | Answer::Timeline(_)
        | Answer::Purchases(_)
        | Answer::Purchase(_)
        | Answer::Interaction(_) => match format {
            Format::Json { pretty } => Ok(json::write(answer, pretty, out)?),
            Format::Table | Format::Csv | Format::Html => Err(ExportError::NoTable),
        },
    }
}

/// An answer as parts of a page: what it says at a glance, and its table as HTML, empty where it has no
/// rows. Nothing for those about the client base.
pub fn parts(answer: &Answer, locale: Locale) -> io::Result<Option<(Face, String)>> {
    let Some(face) = pictures::face(answer, locale) else { return Ok(None) };
    let table = |sheet: Sheet<'_>| {
        let mut out = Vec::new();
        if !sheet.rows.is_empty() {
            html::table(&face.title, &sheet, locale, &mut out)?;
        }
        String::from_utf8(out).map_err(io::Error::other)
    };
    let table = match answer {
        Answer::Report(report) | Answer::Cohorts(report) => table(report.sheet())?,
        Answer::Forecast(forecasts) => table(forecasts.sheet())?,
        Answer::Trends(trends) => table(trends.sheet())?,
        Answer::Values(values) | Answer::Value(values) => table(values.sheet())?,
        Answer::Segments(segments) => table(segments.sheet())?,
        Answer::Together(together) => table(together.sheet())?,
        Answer::Next(next) => table(next.sheet())?,
        Answer::Recommendations(advice) => table(advice.sheet())?,
        Answer::Briefing(briefing) => table(briefing.sheet())?,
        Answer::AdviceResults(results) => table(results.sheet())?,
        _ => String::new(),
    };
    Ok(Some((face, table)))
}

/// Lists of the client base, whose answers have no table of their own, as tables for people: for a terminal.
pub fn write_list(
    answer: &Answer,
    look: &Look,
    timezone: Tz,
    out: &mut dyn Write,
) -> Result<(), ExportError> {
    let sheet = listed::listed(answer, timezone).ok_or(ExportError::NoTable)?;
    table::write(&sheet, look, out)?;
    Ok(())
}

/// The same as HTML; empty where there are no rows.
pub fn list_markup(answer: &Answer, locale: Locale, timezone: Tz) -> io::Result<String> {
    let mut out = Vec::new();
    if let Some(sheet) = listed::listed(answer, timezone).filter(|sheet| !sheet.rows.is_empty()) {
        html::table("", &sheet, locale, &mut out)?;
    }
    String::from_utf8(out).map_err(io::Error::other)
}

/// Writes an answer in a form, ending with a line break; as a page, without charts.
pub fn write(
    answer: &impl Tabular,
    format: Format,
    look: &Look,
    out: &mut dyn Write,
) -> Result<(), ExportError> {
    written(answer, || None, format, look, out)
}

fn written(
    answer: &impl Tabular,
    face: impl FnOnce() -> Option<Face>,
    format: Format,
    look: &Look,
    out: &mut dyn Write,
) -> Result<(), ExportError> {
    match format {
        Format::Table if look.columns.is_empty() => table::write(&answer.table(look), look, out)?,
        Format::Table => table::write(&answer.sheet().choose(&look.columns)?, look, out)?,
        Format::Csv if look.columns.is_empty() => csv::write(&answer.sheet(), out)?,
        Format::Csv => csv::write(&answer.sheet().choose(&look.columns)?, out)?,
        Format::Html => {
            let face = face().unwrap_or_default();
            let sheet = answer.sheet();
            let sheet = match look.columns.is_empty() {
                true => sheet,
                false => sheet.choose(&look.columns)?,
            };
            html::write(&face, &sheet, out)?;
        }
        Format::Json { .. } if !look.columns.is_empty() => return Err(ExportError::AllColumns),
        Format::Json { pretty } => json::write(answer, pretty, out)?,
    }
    Ok(())
}

//! A page of figures: an answer's sentence, its charts and its table, with what may be chosen above them.
//! Reports, forecasts and trends are this one page.

use std::fmt::Display;
use std::str::FromStr;

use askama::Template;
use axum::response::Response;
use chrono::NaiveDate;
use crm_api::WholeDay;
use crm_api::question::Answer;
use crm_models::{Code, Invalid};

use super::shell::Shell;

use super::page;
use crate::charts;
use crate::export::pictures::Picture;
use crate::export::{self, pictures};
use crate::http::{ApiError, ApiResult};
use crate::locale::Lang;

/// A page that somebody can choose.
pub(super) struct Choice {
    pub(super) address: String,
    pub(super) text: String,
    pub(super) is_here: bool,
}

/// Choices of one kind.
pub(super) struct Choices {
    pub(super) name: String,
    pub(super) choices: Vec<Choice>,
}

/// The form for days of one's own, and what the address keeps beside them.
pub(super) struct DaysForm {
    pub(super) action: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) kept: Vec<(&'static str, String)>,
}

/// A way to take the answer along.
struct Export {
    kind: &'static str,
    address: String,
    file: String,
    about: String,
}

/// What stands around an answer.
pub(super) struct Around {
    pub(super) tabs: Vec<Choice>,
    pub(super) choices: Vec<Choices>,
    pub(super) days: Option<DaysForm>,
    /// Where the API answers the same question.
    pub(super) api: String,
    /// The name of a file of it.
    pub(super) file: &'static str,
}

#[derive(Template)]
#[template(path = "figures.html")]
struct Figures {
    s: Shell,
    about: String,
    tabs: Vec<Choice>,
    choices: Vec<Choices>,
    days: Option<DaysForm>,
    export: Vec<Export>,
    is_computing: bool,
    /// HTML, escaped where it was made.
    says: String,
    pictures: Vec<Picture>,
    table: String,
}

/// The language as charts know it.
pub(super) fn locale_of(s: &Shell) -> charts::Locale {
    match s.locale.lang() {
        Lang::English => charts::Locale::En,
        Lang::Russian => charts::Locale::Ru,
    }
}

/// The name of a column, a measure or a part, with a capital.
pub(super) fn name(s: &Shell, word: &str) -> String {
    pictures::heading(word, locale_of(s))
}

/// The page of an answer, or of one that is still being computed.
pub(super) fn show(s: Shell, around: Around, answer: Option<&Answer>) -> ApiResult<Response> {
    let parts = match answer {
        Some(answer) => export::parts(answer, locale_of(&s)).map_err(ApiError::internal)?,
        None => None,
    };
    let (face, table) = parts.unwrap_or_default();
    let Around { tabs, choices, days, api, file } = around;
    let way = |kind: &'static str, about: &str| {
        let form = kind.to_lowercase();
        let sign = if api.contains('?') { '&' } else { '?' };
        Export {
            kind,
            address: format!("{api}{sign}format={form}"),
            file: format!("{file}.{form}"),
            about: s.t(about),
        }
    };
    let export = vec![
        way("CSV", "figures-export"),
        way("JSON", "figures-export"),
        way("HTML", "figures-page"),
    ];
    let says = face.says.markup();
    let (about, pictures, is_computing) = (face.about, face.charts, answer.is_none());
    let page =
        Figures { about, tabs, choices, days, export, is_computing, says, pictures, table, s };
    page::page(&page)
}

/// A field of the address as its type; blank is left out.
pub(super) fn given<T: FromStr<Err: Display>>(
    field: &'static str,
    text: Option<&str>,
) -> ApiResult<Option<T>> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let read = text.parse();
    read.map(Some).map_err(|error: T::Err| {
        ApiError::from(Invalid::new(Code::InvalidField, field, error.to_string()))
    })
}

/// A day of the address; blank is left out.
pub(super) fn given_day(field: &'static str, text: Option<&str>) -> ApiResult<Option<NaiveDate>> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let read = crm_api::parse_day(text);
    read.map(Some).map_err(|rule| Invalid::new(Code::InvalidField, field, rule).into())
}

/// A day as a question has it.
pub(super) fn whole(day: Option<NaiveDate>) -> Option<WholeDay> {
    day.map(WholeDay::from)
}

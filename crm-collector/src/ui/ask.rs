//! A question in plain English or Russian: how it was understood, the answer in a sentence, its figures as other
//! pages show them, and what can be asked on or instead. The address has the question, and the one before.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use chrono::NaiveDate;
use crm_api::question::Answer;
use crm_api::{Asked, Language};
use crm_models::Code;
use serde::Deserialize;

use super::asking::ask_any;
use super::figures::locale_of;
use super::shell::{Nav, Shell};
use super::visitor::Visitor;
use super::{link, page};
use crate::assistant::ask::{MOST_CHARACTERS, Outcome, Understood, beginnings, spelled};
use crate::export;
use crate::export::pictures::{self, Picture};
use crate::http::{ApiError, ApiResult, Query, Services};
use crate::locale::Lang;

pub(super) fn routes() -> Router<Services> {
    Router::new().route("/ask", get(show))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Given {
    q: Option<String>,
    /// The question before, as the API has it.
    before: Option<String>,
}

/// A question that can be asked.
struct Example {
    text: String,
    address: String,
}

/// An answer, as it is shown.
struct Shown {
    understood: String,
    /// The page that shows the same.
    page: Option<String>,
    /// HTML, escaped where it was made.
    says: String,
    pictures: Vec<Picture>,
    table: String,
    /// The question, for one that takes it up.
    before: String,
    address: String,
    command: Option<String>,
}

#[derive(Template)]
#[template(path = "ask.html")]
struct Ask {
    s: Shell,
    q: String,
    most: usize,
    wrong: Option<String>,
    declined: Option<String>,
    examples: Vec<Example>,
    answer: Option<Shown>,
    is_computing: bool,
}

async fn show(
    State(services): State<Services>,
    visitor: Visitor,
    Query(given): Query<Given>,
) -> ApiResult<Response> {
    let access = visitor.reads()?;
    let s = Shell::new(&visitor, Nav::Ask, "nav-ask");
    let language = match s.locale.lang() {
        Lang::English => Language::English,
        Lang::Russian => Language::Russian,
    };
    let q = given.q.as_deref().map(str::trim).unwrap_or_default().to_owned();
    let mut ask = Ask {
        q: q.clone(),
        most: MOST_CHARACTERS,
        wrong: None,
        declined: None,
        examples: Vec::new(),
        answer: None,
        is_computing: false,
        s,
    };
    if q.chars().count() > MOST_CHARACTERS {
        ask.wrong = Some(ask.s.n("ask-too-long", MOST_CHARACTERS));
        return page::page(&ask);
    }
    // What is no question before is none; the form wrote it, and nobody types one.
    let before: Option<Asked> =
        given.before.as_deref().and_then(|before| serde_json::from_str(before).ok());
    let (answers, reading, text) = (services.answers.clone(), access.clone(), q.clone());
    let read = move || answers.understand(&reading, &text, Some(language), before.as_ref());
    let read = services.lanes.reading.run(read).await??;
    if q.is_empty() {
        ask.examples = examples(beginnings(&read.shop, language));
        return page::page(&ask);
    }
    let understood = match read.outcome {
        Outcome::Understood(understood) => understood,
        Outcome::Declined(declined) => {
            ask.declined = Some(declined.why);
            ask.examples = examples(declined.examples);
            return page::page(&ask);
        }
    };
    let answer = match ask_any(&services, &access, understood.asked.question.clone()).await {
        Err(error) if error.code() == Code::NotFound => {
            ask.declined = Some(ask.s.x("ask-gone", &understood.as_understood));
            return page::page(&ask);
        }
        answer => answer?,
    };
    ask.is_computing = answer.is_none();
    ask.answer = Some(shown(&ask.s, *understood, answer.as_ref(), read.shop.today, read.timezone)?);
    page::page(&ask)
}

fn examples(texts: Vec<String>) -> Vec<Example> {
    let example = |text: String| {
        let address = link::with_query("/ask", &[("q", Some(&text))]);
        Example { text, address }
    };
    texts.into_iter().map(example).collect()
}

fn shown(
    s: &Shell,
    understood: Understood,
    answer: Option<&Answer>,
    today: NaiveDate,
    timezone: chrono_tz::Tz,
) -> ApiResult<Shown> {
    let locale = locale_of(s);
    let Understood { asked, as_understood, .. } = understood;
    let (mut says, mut pictures, mut table) = (String::new(), Vec::new(), String::new());
    if let Some(answer) = answer {
        says = pictures::told(answer, &asked.focus, locale, timezone).markup();
        let part = export::narrowed(answer, &asked.focus);
        let shown = part.as_ref().unwrap_or(answer);
        match export::parts(shown, locale).map_err(ApiError::internal)? {
            Some((_, of_answer)) => {
                // One row is no picture beside others.
                let drawn = if matches!(answer, Answer::Report(_)) { answer } else { shown };
                pictures = pictures::face(drawn, locale).map_or(Vec::new(), |face| face.charts);
                table = of_answer;
            }
            None => {
                table =
                    export::list_markup(answer, locale, timezone).map_err(ApiError::internal)?;
            }
        }
    }
    Ok(Shown {
        understood: as_understood,
        page: link::page_of(&asked.question, today),
        says,
        pictures,
        table,
        before: serde_json::to_string(&asked).map_err(ApiError::internal)?,
        address: spelled::address(&asked.question),
        command: spelled::command(&asked.question),
    })
}

//! `/v1/ask`: a question in plain English or Russian, answered as the question that it comes to.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use crm_api::question::Answer;
use crm_api::{Asked, Focus, Form, Language};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::questions::{Computing, respond};
use super::{ApiError, ApiResult, Json, Services};
use crate::assistant::ask::{Outcome, spelled};
use crate::auth::Access;
use crate::auth::right::Read;
use crate::export::{Locale, pictures};

pub(super) fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(ask))
}

/// A question in words.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InWords {
    /// The question, in plain English or Russian; 500 characters at the most.
    text: String,
    /// The language of the answer; that of the text if left out.
    language: Option<Language>,
    /// The question before, which this one may take up (`and last year?`): `question` and `focus` of its
    /// answer.
    before: Option<Asked>,
}

/// What a question in words came to.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum Came {
    Understood(Box<Understood>),
    Declined(Declined),
}

/// A question that was understood, with its answer.
#[derive(Serialize, ToSchema)]
#[schema(as = UnderstoodInWords)]
struct Understood {
    /// The question as it was understood, in words.
    understood: String,
    /// The words that said something, as they were typed.
    used: Vec<String>,
    /// The question, named by `question`, with its fields beside.
    #[schema(value_type = Object)]
    question: crm_api::question::Question,
    /// What of the answer was asked about.
    focus: Focus,
    /// Where the same question is asked without words.
    address: String,
    /// The command that prints the answer; null where none does.
    command: Option<String>,
    /// The answer in one sentence.
    says: String,
    /// The answer, as its own path has it.
    #[schema(value_type = Object)]
    answer: Written,
}

/// An answer that was made for this response.
#[derive(Serialize)]
#[serde(transparent)]
struct Written(Answer);

/// A question that is not answered.
#[derive(Serialize, ToSchema)]
#[schema(as = DeclinedInWords)]
struct Declined {
    /// Why: what is missing, and what there is instead.
    declined: String,
    /// What can be asked instead, with names of this workspace.
    examples: Vec<String>,
}

/// Answers a question in plain English or Russian.
///
/// It is understood by a grammar that knows the workspace's own names, and never guesses: what is not understood, or
/// not in the data, is declined with what can be asked instead. What is sent and what is answered stays in the
/// collector.
#[utoipa::path(post, path = "/v1/ask", tag = "Insights", request_body = InWords, responses(
    (status = 200, description = "The answer, or why there is none", body = Came),
    (status = 202, description = "It is being computed; ask again", body = Computing),
))]
async fn ask(
    State(services): State<Services>,
    access: Access<Read>,
    Json(InWords { text, language, before }): Json<InWords>,
) -> ApiResult<Response> {
    let (answers, reading) = (services.answers.clone(), access.clone());
    let language = language.unwrap_or_else(|| crate::assistant::ask::language_of(&text));
    let read = move || answers.understand(&reading, &text, Some(language), before.as_ref());
    let read = services.lanes.reading.run(read).await??;
    let understood = match read.outcome {
        Outcome::Understood(understood) => understood,
        Outcome::Declined(declined) => {
            let came = Declined { declined: declined.why, examples: declined.examples };
            return Ok(Json(Came::Declined(came)).into_response());
        }
    };
    let locale = match language {
        Language::English => Locale::En,
        Language::Russian => Locale::Ru,
    };
    let (question, timezone) = (understood.asked.question.clone(), read.timezone);
    respond(&services, &access, question, Form::Json, move |answer, out| {
        let Asked { question, focus } = understood.asked.clone();
        let came = Box::new(Understood {
            understood: understood.as_understood.clone(),
            used: understood.used.clone(),
            address: spelled::address(&question),
            command: spelled::command(&question),
            says: pictures::told(answer, &focus, locale, timezone).plain(),
            question,
            focus,
            answer: Written(answer.clone()),
        });
        serde_json::to_writer(&mut *out, &Came::Understood(came)).map_err(ApiError::internal)?;
        out.write_all(b"\n").map_err(ApiError::internal)
    })
    .await
}

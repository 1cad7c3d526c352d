//! The routes of every question: each is described and answered from its type.

use std::io::Write;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use crm_api::Form;
use crm_api::answer::{Analysis, ReportName};
use crm_api::question::{Answer, Ask, EachQuestion, Kind, Question, Route, each_question};
use crm_models::Code;
use serde::Serialize;
use utoipa::openapi::path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn, Paths};
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{
    ContentBuilder, HttpMethod, Ref, RefOr, Required, ResponseBuilder, ResponsesBuilder,
};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;

use super::params::Asked;
use super::{ApiError, ApiResult, Json, Services, answer};
use crate::answers::is_heavy;
use crate::ask_error::AskError;
use crate::auth::Access;
use crate::auth::right::Read;
use crate::export;
use crate::insights::{ProgressView, Stage};

/// How long a request waits for what is being computed.
const PATIENCE: Duration = Duration::from_secs(10);
/// When to ask again.
const RETRY_AFTER_S: u32 = 2;

pub(super) fn routes() -> OpenApiRouter<Services> {
    let about = OpenApiRouter::new().routes(routes!(list_reports)).routes(routes!(get_analysis));
    let mut routes = Routes(about);
    each_question(&mut routes);
    routes.0
}

struct Routes(OpenApiRouter<Services>);

impl EachQuestion for Routes {
    fn question<Q: Ask>(&mut self) {
        self.0 = std::mem::take(&mut self.0).routes(route::<Q>());
    }
}

/// The route of a question, with its description.
fn route<Q: Ask>() -> UtoipaMethodRouter<Services> {
    let Route { path, operation, tag, about, answer: told, kind, .. } = Q::ROUTE;
    let about: Vec<_> = about.lines().map(str::trim).collect();
    let mut paragraphs = about.split(|line| line.is_empty()).map(|lines| lines.join("\n"));
    let summary = paragraphs.next().filter(|summary| !summary.is_empty());
    let description = paragraphs.next().filter(|description| !description.is_empty());

    let mut schemas = Vec::new();
    let mut responses = ResponsesBuilder::new().response("200", response::<Q::Answer>(told));
    refer::<Q::Answer>(&mut schemas);
    if kind == Kind::Analysis {
        let told = "It is being computed; ask again";
        responses = responses.response("202", response::<Computing>(told));
        refer::<Computing>(&mut schemas);
    }
    let operation = OperationBuilder::new()
        .operation_id(Some(operation))
        .tag(tag)
        .summary(summary)
        .description(description)
        .parameters(Some(parameters::<Q>()))
        .responses(responses.build());
    let mut paths = Paths::new();
    paths.add_path_operation(path, vec![HttpMethod::Get], operation.build());
    (schemas, paths, get(ask::<Q>))
}

/// What stands in the path, and after it what may be given, each with its default.
fn parameters<Q: Ask>() -> Vec<Parameter> {
    let defaults = serde_json::to_value(Q::default()).unwrap_or_default();
    let mut parameters = Q::into_params(|| None);
    for parameter in &mut parameters {
        if Q::ROUTE.path.contains(&format!("{{{}}}", parameter.name)) {
            parameter.parameter_in = ParameterIn::Path;
            parameter.required = Required::True;
        } else if let Some(RefOr::T(Schema::Object(schema))) = &mut parameter.schema {
            // The parameter says what it is for, whatever its type is for elsewhere.
            schema.description = None;
            let default = &defaults[&parameter.name];
            schema.default = (!default.is_null() && default != "").then(|| default.clone());
        }
    }
    if Q::ROUTE.kind != Kind::Record {
        let format = ParameterBuilder::new()
            .name(Form::PARAMETER)
            .parameter_in(ParameterIn::Query)
            .description(Some("The form of the answer; json if left out."))
            .required(Required::False)
            .schema(Some(Form::schema()));
        parameters.push(format.build());
    }
    parameters
}

fn response<T: ToSchema>(told: &str) -> ResponseBuilder {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(T::name())));
    ResponseBuilder::new().description(told).content("application/json", content.build())
}

/// The schemas that a type is described by.
fn refer<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}

/// Answers a question: waits for what may take a while, holding no thread, and answers 202 when it
/// takes too long to wait for.
async fn ask<Q: Ask>(
    State(services): State<Services>,
    access: Access<Read>,
    Asked { question, form }: Asked<Q>,
) -> ApiResult<Response> {
    respond(&services, &access, question.into(), form, move |answer, out| {
        let look = export::Look::default();
        export::write_answer(answer, form.into(), &look, out).map_err(ApiError::internal)
    })
    .await
}

/// The response with an answer that `write` writes, or word that it is being computed.
pub(super) async fn respond(
    services: &Services,
    access: &Access<Read>,
    question: Question,
    form: Form,
    write: impl Fn(&Answer, &mut dyn Write) -> ApiResult<()> + Send + Sync + 'static,
) -> ApiResult<Response> {
    let (kind, view) = (question.route().kind, ProgressView::default());
    let turn = match is_heavy(&question) {
        true => Some(services.outgoing.heavy_turn(access.into()).await?),
        false => None,
    };
    let asked = services.answers.ask(access, question, &view);
    let ready = match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(ready)) => ready,
        Ok(Err(AskError::Busy | AskError::Changed)) => {
            return Ok(later(Stage::Waiting));
        }
        Ok(Err(error)) => return Err(error.into()),
        Err(_) => return Ok(later(view.stage())),
    };
    answer::written(services, access, kind, form, move |out| {
        // Kept by the thread: a request that goes away does not end it.
        let _turn = &turn;
        write(&ready.answer()?, out)
    })
    .await
}

/// An answer that is being computed.
#[derive(Serialize, ToSchema)]
pub(super) struct Computing {
    /// `computing`, or `waiting` while others are.
    status: &'static str,
    /// Steps done.
    done: usize,
    /// Steps known so far; more may turn up.
    of: usize,
    /// Seconds after which to ask again.
    retry_after_s: u32,
}

/// That the answer is not there yet.
fn later(stage: Stage) -> Response {
    let retry_after_s = RETRY_AFTER_S;
    let computing = match stage {
        Stage::Waiting => Computing { status: "waiting", done: 0, of: 0, retry_after_s },
        Stage::Computing { done, of } => Computing { status: "computing", done, of, retry_after_s },
    };
    let headers = [(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_S))];
    (StatusCode::ACCEPTED, headers, Json(computing)).into_response()
}

/// A report that can be asked for.
#[derive(Serialize, ToSchema)]
struct ReportAbout {
    name: &'static str,
    description: &'static str,
}

/// The reports there are.
#[derive(Serialize, ToSchema)]
struct ReportList {
    reports: Vec<ReportAbout>,
}

/// Lists the reports.
#[utoipa::path(get, path = "/v1/reports", tag = "Reports", responses(
    (status = 200, description = "Their names", body = ReportList),
))]
async fn list_reports(_: Access<Read>) -> ApiResult<Json<ReportList>> {
    let about =
        |name: &ReportName| ReportAbout { name: name.as_str(), description: name.description() };
    Ok(Json(ReportList { reports: ReportName::ALL.iter().map(about).collect() }))
}

/// Tells how far the analysis in the background is.
#[utoipa::path(get, path = "/v1/analysis", tag = "Insights", responses(
    (status = 200, description = "How far it is", body = Analysis),
))]
async fn get_analysis(
    State(services): State<Services>,
    access: Access<Read>,
) -> ApiResult<Json<Analysis>> {
    Ok(Json(services.answers.insights.analysis(&access)))
}

impl From<AskError> for ApiError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Invalid(invalid) => invalid.into(),
            AskError::NotFound(_) => Self::new(Code::NotFound, error.to_string()),
            AskError::Busy | AskError::Changed => {
                Self::new(Code::Unavailable, error.to_string()).retry_after_s(1)
            }
            AskError::Stopping => {
                let detail = "the collector is stopping; try again";
                Self::new(Code::Unavailable, detail).retry_after_s(2)
            }
            AskError::Store(error) => Self::hidden(error.code(), error),
            AskError::BrokenOff => Self::internal(error),
        }
    }
}

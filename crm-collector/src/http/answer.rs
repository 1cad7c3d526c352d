//! Answers as responses: in the format that was asked for, and, for what takes a while, the news
//! of how far it is.

use std::future::Future;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use crm_models::Code;
use serde::Serialize;
use utoipa::ToSchema;

use super::{ApiError, ApiResult, Json, Services};
use crate::auth::Access;
use crate::auth::right::Read;
use crate::export::{self, Answer, Format};
use crate::insights::{InsightError, ProgressView, Stage};

/// How long a request waits for what is being computed.
const PATIENCE: Duration = Duration::from_secs(10);
/// When to ask again.
const RETRY_AFTER_S: u32 = 2;

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

/// The format that a query asks for.
pub(super) fn format(text: Option<&str>) -> ApiResult<Format> {
    match text {
        None | Some("json") => Ok(Format::Json { pretty: false }),
        Some("csv") => Ok(Format::Csv),
        Some(other) => {
            let rule = format!("{other:?} is none of json, csv");
            Err(ApiError::new(Code::InvalidField, rule).field("format"))
        }
    }
}

/// Makes an answer, on a thread for reading, and responds with it.
pub(super) async fn give<A: Answer>(
    services: &Services,
    access: &Access<Read>,
    format: Format,
    make: impl Fn(&Access<Read>) -> ApiResult<A> + Send + Sync + 'static,
) -> ApiResult<Response> {
    let asking = access.clone();
    let write = move |out: &mut dyn Write| {
        export::write(&make(&asking)?, format, out).map_err(ApiError::internal)
    };
    let body = services.outgoing.body(&services.lanes.reading, access.into(), write).await?;
    Ok(response(body, format))
}

/// The same for what is JSON alone: one page of many.
pub(super) async fn page<T: Serialize>(
    services: &Services,
    access: &Access<Read>,
    read: impl Fn(&Access<Read>) -> ApiResult<T> + Send + Sync + 'static,
) -> ApiResult<Response> {
    let asking = access.clone();
    let write = move |out: &mut dyn Write| {
        serde_json::to_writer(out, &read(&asking)?).map_err(ApiError::internal)
    };
    let body = services.outgoing.body(&services.lanes.reading, access.into(), write).await?;
    Ok(response(body, Format::Json { pretty: false }))
}

/// The response with a written answer.
fn response(body: Body, format: Format) -> Response {
    let content_type = match format {
        Format::Csv => "text/csv; charset=utf-8",
        Format::Json { .. } | Format::Table => "application/json",
    };
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(content_type))];
    (headers, body).into_response()
}

/// Waits for something that may take a while, holding no thread, and answers 202 when it takes too
/// long to wait for.
pub(super) async fn ask<A: Answer + Send + Sync + 'static>(
    services: &Services,
    access: &Access<Read>,
    format: Format,
    view: &ProgressView,
    answer: impl Future<Output = Result<Arc<A>, InsightError>>,
) -> ApiResult<Response> {
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(Ok(answer)) => {
            let write = move |out: &mut dyn Write| {
                export::write(&*answer, format, out).map_err(ApiError::internal)
            };
            let lane = &services.lanes.reading;
            let body = services.outgoing.body_of_analysis(lane, access.into(), write);
            Ok(response(body.await?, format))
        }
        Ok(Err(InsightError::Busy | InsightError::Changed)) => Ok(later(Stage::Waiting)),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Ok(later(view.stage())),
    }
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

impl From<InsightError> for ApiError {
    fn from(error: InsightError) -> Self {
        match error {
            InsightError::Invalid(invalid) => invalid.into(),
            InsightError::NotFound(_) => Self::new(Code::NotFound, error.to_string()),
            InsightError::Busy | InsightError::Changed => {
                Self::new(Code::Unavailable, error.to_string()).retry_after_s(1)
            }
            InsightError::Stopping => {
                let detail = "the collector is stopping; try again";
                Self::new(Code::Unavailable, detail).retry_after_s(2)
            }
            InsightError::Store(error) => Self::hidden(error.code(), error),
            InsightError::BrokenOff => Self::internal(error),
        }
    }
}

//! Answers as responses: in the format that was asked for, and, for what takes a while, the news
//! of how far it is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use crm_models::Code;
use serde::Serialize;
use utoipa::ToSchema;

use super::{ApiError, ApiResult, Json};
use crate::export::{self, Answer, Format};
use crate::insights::{InsightError, Waiting};

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

/// Writes an answer.
pub(super) fn written(answer: &impl Answer, format: Format) -> ApiResult<Vec<u8>> {
    let mut body = Vec::new();
    export::write(answer, format, &mut body).map_err(ApiError::internal)?;
    Ok(body)
}

/// The response with a written answer.
pub(super) fn response(body: Vec<u8>, format: Format) -> Response {
    let content_type = match format {
        Format::Csv => "text/csv; charset=utf-8",
        Format::Json { .. } | Format::Table => "application/json",
    };
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(content_type))];
    (headers, body).into_response()
}

/// Asks for something that may take a while, and answers 202 when it takes too long to wait for.
pub(super) async fn ask<A: Answer + 'static>(
    format: Format,
    ask: impl FnOnce(Waiting<'_>) -> Result<Arc<A>, InsightError> + Send + 'static,
) -> ApiResult<Response> {
    let body = super::off_thread(move || {
        let begun = Instant::now();
        let answer = ask(&mut |_, _| begun.elapsed() < PATIENCE)?;
        written(&*answer, format).map_err(Unanswered::Failed)
    });
    match body.await? {
        Ok(body) => Ok(response(body, format)),
        Err(Unanswered::Failed(error)) => Err(error),
        Err(Unanswered::Computing(computing)) => {
            let headers = [(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_S))];
            Ok((StatusCode::ACCEPTED, headers, Json(computing)).into_response())
        }
    }
}

enum Unanswered {
    Computing(Computing),
    Failed(ApiError),
}

impl From<InsightError> for Unanswered {
    fn from(error: InsightError) -> Self {
        match error {
            InsightError::Computing { done, of } => {
                let retry_after_s = RETRY_AFTER_S;
                Self::Computing(Computing { status: "computing", done, of, retry_after_s })
            }
            InsightError::Busy => Self::Computing(Computing {
                status: "waiting",
                done: 0,
                of: 0,
                retry_after_s: RETRY_AFTER_S,
            }),
            InsightError::Invalid(invalid) => Self::Failed(invalid.into()),
            InsightError::NotFound(_) => {
                Self::Failed(ApiError::new(Code::NotFound, error.to_string()))
            }
            InsightError::Store(error) => Self::Failed(ApiError::hidden(error.code(), error)),
            InsightError::BrokenOff => Self::Failed(ApiError::internal(error)),
        }
    }
}

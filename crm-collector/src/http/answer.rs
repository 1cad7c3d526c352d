//! Answers as responses, in the form that was asked for.

use std::io::Write;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use crm_api::Form;
use crm_api::question::Kind;

use super::{ApiResult, Services};
use crate::auth::Access;
use crate::auth::right::Read;

/// The response with an answer that `write` writes, on a thread for reading. It may be called again,
/// and then writes the same again.
pub(super) async fn written(
    services: &Services,
    access: &Access<Read>,
    kind: Kind,
    form: Form,
    write: impl Fn(&mut dyn Write) -> ApiResult<()> + Send + Sync + 'static,
) -> ApiResult<Response> {
    let (lane, holder) = (&services.lanes.reading, access.into());
    let body = match kind {
        Kind::Analysis => services.outgoing.body_of_analysis(lane, holder, write).await?,
        Kind::Record | Kind::Table => services.outgoing.body(lane, holder, write).await?,
    };
    let content_type = match form {
        Form::Csv => "text/csv; charset=utf-8",
        Form::Json => "application/json",
    };
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(content_type))];
    Ok((headers, body).into_response())
}

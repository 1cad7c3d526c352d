//! Answers as responses, in the form that was asked for.

use std::io::Write;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use crm_api::Form;
use crm_api::question::Kind;

use super::{ApiResult, Services};
use crate::auth::Access;
use crate::auth::right::Read;

/// What a page with an answer may do where it is opened in a browser: as little as in its file, and
/// nothing in the name of who is signed in here.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                           form-action 'none'; frame-ancestors 'none'; sandbox";

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
        Form::Html => "text/html; charset=utf-8",
    };
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if form == Form::Html {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY));
    }
    Ok(response)
}

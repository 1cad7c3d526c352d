//! A filled template as a response.

use askama::Template;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::http::{ApiError, ApiResult, Worded};

/// A page.
pub(super) fn page(template: &impl Template) -> ApiResult<Response> {
    with_status(StatusCode::OK, template)
}

/// A page with another status, as for a form that has to be mended.
pub(super) fn with_status(status: StatusCode, template: &impl Template) -> ApiResult<Response> {
    let mut html = template.render().map_err(ApiError::internal)?;
    // Or the prompt of who asks by curl stands behind it.
    html.push('\n');
    let kind = [(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))];
    let mut response = (status, kind, html).into_response();
    response.extensions_mut().insert(Worded);
    Ok(response)
}

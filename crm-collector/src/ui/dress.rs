//! What surrounds every page: its headers, and its errors as pages.

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use crm_models::Code;

use super::form::see;
use super::guest::Refusal;
use super::look::Look;
use super::page;
use crate::http::{ApiError, ApiResult, PageTurn, Worded};

/// What a page may load, run and send to: what comes from here, and nothing inline. No script may turn
/// text into HTML.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

pub(super) async fn dress(mut request: Request, next: Next) -> Response {
    let here = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let look = Look::of(request.headers(), here);
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let turn = PageTurn::default();
    request.extensions_mut().insert(turn.clone());
    let response = next.run(request).await;
    let response = match with_room(&turn, response).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    };
    let mut response = match response.extensions().get::<ApiError>().cloned() {
        Some(error) => refused(&error, response, &look, reads),
        None => response,
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    // Forms have to say where they come from, and other sites are told nothing.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    let opener = HeaderName::from_static("cross-origin-opener-policy");
    headers.insert(opener, HeaderValue::from_static("same-origin"));
    headers.insert(header::VARY, HeaderValue::from_static("cookie, accept-language"));
    response
}

/// A page has room for as long as it is sent, as every answer has.
async fn with_room(turn: &PageTurn, response: Response) -> ApiResult<Response> {
    let (parts, body) = response.into_parts();
    // It is whole already: a template fills a text.
    let html = to_bytes(body, usize::MAX).await.map_err(ApiError::internal)?;
    Ok(Response::from_parts(parts, turn.body(html).await?))
}

/// The page of an error. Who is not signed in is sent to where that is done, and comes back.
fn refused(error: &ApiError, response: Response, look: &Look, reads: bool) -> Response {
    if matches!(error.code(), Code::Unauthorized | Code::Expired) {
        let next: String = form_urlencoded::byte_serialize(look.here.as_bytes()).collect();
        return see(&if reads { format!("/signin?next={next}") } else { "/signin".to_owned() });
    }
    let status = StatusCode::from_u16(error.code().status());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match page::with_status(status, &Refusal::new(error, look)) {
        Ok(mut told) => {
            // Its cause is still logged, with the request's id.
            told.extensions_mut().insert(error.clone());
            told.extensions_mut().insert(Worded);
            if let Some(after) = response.headers().get(header::RETRY_AFTER) {
                told.headers_mut().insert(header::RETRY_AFTER, after.clone());
            }
            told
        }
        // What is left is the answer of the API.
        Err(_) => response,
    }
}

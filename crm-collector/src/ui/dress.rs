//! What surrounds every page: its headers, and its errors as pages.

use axum::extract::Request;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use crm_models::Code;

use super::form::see;
use super::guest::Refusal;
use super::look::Look;
use super::page;
use crate::http::{ApiError, Worded};

/// What a page may load, run and send to: what comes from here, and nothing inline. No script may turn
/// text into HTML.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

pub(super) async fn dress(request: Request, next: Next) -> Response {
    let here = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let look = Look::of(request.headers(), here);
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let response = next.run(request).await;
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
            told
        }
        // What is left is the answer of the API.
        Err(_) => response,
    }
}

//! The cookie that a session is kept in: written, read, and taken away.

use axum::http::HeaderMap;
use axum::http::header::{COOKIE, HeaderValue};

use super::{ApiError, ApiResult};
use crate::auth::SessionToken;

const NAME: &str = "crm_session";

/// The cookie that keeps a session, for as long as it lasts.
pub fn set_cookie(token: &SessionToken, lasts_s: i64, secure: bool) -> ApiResult<HeaderValue> {
    cookie_header(&token.to_text(), lasts_s, secure)
}

/// The cookie that ends a session in the browser.
pub fn clear_cookie(secure: bool) -> ApiResult<HeaderValue> {
    cookie_header("", 0, secure)
}

fn cookie_header(value: &str, lasts_s: i64, secure: bool) -> ApiResult<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{NAME}={value}; HttpOnly; SameSite=Lax; Path=/; Max-Age={lasts_s}{secure}");
    HeaderValue::from_str(&text).map_err(ApiError::internal)
}

/// The session that a browser still has, if its cookie can be read at all.
pub fn session_token(headers: &HeaderMap) -> Option<SessionToken> {
    SessionToken::parse(cookie(headers)?)
}

/// What a request brings as that cookie.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    named(headers, NAME)
}

/// What a request brings as the cookie of a name.
pub fn named<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == wanted && !value.is_empty())
        .map(|(_, value)| value)
}

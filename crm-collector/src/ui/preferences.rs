//! Language and theme: a form that sets a cookie, and works without script.

use axum::Router;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use axum::routing::post;
use crm_models::Code;

use super::form::{Posted, see};
use super::look::{self, Theme};
use crate::http::{ApiError, ApiResult, Services};
use crate::locale::Lang;

pub(super) fn routes() -> Router<Services> {
    Router::new().route("/preferences", post(change))
}

async fn change(State(services): State<Services>, posted: Posted) -> ApiResult<Response> {
    let unknown =
        |field| ApiError::new(Code::InvalidField, "is none of those offered").field(field);
    let fields = &posted.fields;
    let mut response = see(&fields.text("back"));
    if let Some(text) = fields.get("language") {
        let lang = Lang::parse(text).ok_or_else(|| unknown("language"))?;
        let cookie = look::language_cookie(lang, services.secure_cookies)?;
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    if let Some(text) = fields.get("theme") {
        let theme = Theme::parse(text).ok_or_else(|| unknown("theme"))?;
        let cookie = look::theme_cookie(theme, services.secure_cookies)?;
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

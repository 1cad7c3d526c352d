//! Pages for whoever is not signed in: signing in and out, and what is refused.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use crm_models::Code;
use serde::Deserialize;

use super::form::{Posted, Submitted, local, see};
use super::look::Look;
use super::page;
use super::shell::Frame;
use super::visitor::Visitor;
use crate::auth::{AuthError, LogInFrom, LoggedIn};
use crate::http::{ApiError, ApiResult, Query, Services, cookie};

pub(super) fn routes() -> Router<Services> {
    Router::new()
        .route("/", get(front))
        .route("/signin", get(show).post(sign_in))
        .route("/signout", post(sign_out))
}

/// Where somebody begins.
async fn front(_: Visitor) -> Response {
    see("/home")
}

#[derive(Template)]
#[template(path = "signin.html")]
struct SignIn {
    s: Frame,
    next: String,
    email: String,
    wrong: Option<String>,
}

#[derive(Deserialize)]
struct Next {
    #[serde(default)]
    next: String,
}

async fn show(look: Look, headers: HeaderMap, Query(asked): Query<Next>) -> ApiResult<Response> {
    let csrf = cookie::session_token(&headers).map(|token| token.csrf_token());
    let s = Frame::of_guest(&look, csrf.unwrap_or_default());
    let next = local(&asked.next).to_owned();
    page::page(&SignIn { s, next, email: String::new(), wrong: None })
}

async fn sign_in(State(services): State<Services>, posted: Posted) -> ApiResult<Response> {
    let Posted { fields, look, address, token } = posted;
    let csrf = token.as_ref().map(|token| token.csrf_token()).unwrap_or_default();
    let from = LogInFrom { address: address.0, session: token };
    let (email, next) = (fields.text("email"), fields.text("next"));
    let done = services.auth.log_in(&email, fields.text("password"), None, from).await;
    let error = match done {
        Ok(login) => return signed_in(&services, &login, &next),
        Err(error @ (AuthError::Store(_) | AuthError::Internal(_))) => return Err(error.into()),
        Err(error) => error,
    };
    let s = Frame::of_guest(&look, csrf);
    let wrong = Some(match error {
        AuthError::Throttled { retry_after_s } => s.n("signin-slow", retry_after_s),
        AuthError::Busy => s.t("signin-busy"),
        AuthError::Forbidden(_) => s.t("signin-nowhere"),
        _ => s.t("signin-wrong"),
    });
    let status = StatusCode::from_u16(error.code().status()).unwrap_or(StatusCode::UNAUTHORIZED);
    let page = SignIn { s, next: local(&next).to_owned(), email, wrong };
    let mut response = page::with_status(status, &page)?;
    let wait_s = match error {
        AuthError::Throttled { retry_after_s } => retry_after_s,
        AuthError::Busy => 1,
        _ => return Ok(response),
    };
    response.headers_mut().insert(RETRY_AFTER, wait_s.into());
    Ok(response)
}

/// A session has begun: its cookie, and the page that was wanted.
pub(super) fn signed_in(services: &Services, login: &LoggedIn, next: &str) -> ApiResult<Response> {
    let lasts_s = (login.expires_at.millis() - services.clock.now().millis()) / 1_000;
    let cookie = cookie::set_cookie(&login.token, lasts_s, services.secure_cookies)?;
    let mut response = see(next);
    response.headers_mut().append(SET_COOKIE, cookie);
    Ok(response)
}

async fn sign_out(State(services): State<Services>, form: Submitted) -> ApiResult<Response> {
    services.auth.log_out(&form.visitor.session.token).await?;
    let mut response = see("/signin");
    response.headers_mut().append(SET_COOKIE, cookie::clear_cookie(services.secure_cookies)?);
    Ok(response)
}

/// What is said of an error: what happened, and what to do.
#[derive(Template)]
#[template(path = "refusal.html")]
pub(super) struct Refusal {
    s: Frame,
    title: String,
    about: String,
}

impl Refusal {
    pub(super) fn new(error: &ApiError, look: &Look) -> Self {
        let s = Frame::of_guest(look, String::new());
        let (title, about) = match error.code() {
            Code::NotFound => ("refused-missing", "refused-missing-about"),
            Code::Forbidden | Code::SessionRequired => ("refused-right", "refused-right-about"),
            Code::CsrfRequired => ("refused-form", "refused-form-about"),
            Code::Unavailable | Code::QuotaExceeded => ("refused-busy", "refused-busy-about"),
            code if code.status() < 500 => ("refused-asked", "refused-asked-about"),
            _ => ("refused-failed", "refused-failed-about"),
        };
        Self { title: s.t(title), about: s.t(about), s }
    }

    /// That an address was used already, or its time is over.
    pub(super) fn gone(look: &Look) -> Self {
        let s = Frame::of_guest(look, String::new());
        Self { title: s.t("gone"), about: s.t("gone-about"), s }
    }
}

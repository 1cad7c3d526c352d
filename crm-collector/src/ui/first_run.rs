//! The first run: whoever has the address that `serve` printed becomes the owner of a new workspace. And
//! the addresses that lead in otherwise: a demo's, and an invitation.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use chrono_tz::{TZ_VARIANTS, Tz};
use crm_models::{Code, Currency};

use super::form::{Fields, Posted};
use super::guest::{Refusal, signed_in};
use super::look::Look;
use super::shell::Frame;
use super::{link, page};
use crate::auth::{AuthError, LogInFrom, NewUser, NewWorkspace, Newcomer};
use crate::http::{ApiError, ApiResult, Path, Services, cookie};

pub(super) fn routes() -> Router<Services> {
    Router::new()
        .route("/welcome/{token}", get(welcome).post(begin))
        .route("/enter/{token}", get(enter))
        .route("/invitation/{token}", get(invited).post(accept))
}

/// Currencies that most shops are in, at the head of the list.
const COMMON: [Currency; 6] =
    [Currency::EUR, Currency::USD, Currency::GBP, Currency::RUB, Currency::JPY, Currency::CNY];

/// A field that was wrong, and what to type.
#[derive(Default)]
pub(super) struct Wrong(Option<(String, String)>);

impl Wrong {
    /// What is wrong with a field.
    pub(super) fn of(&self, field: &str) -> Option<&str> {
        self.0.as_ref().filter(|(name, _)| name == field).map(|(_, text)| text.as_str())
    }

    /// What is wrong, where it is none of the fields.
    pub(super) fn of_all(&self) -> Option<&str> {
        self.of("")
    }

    /// From why something was refused to what is said beside the field.
    pub(super) fn new(s: &Frame, error: &AuthError) -> Self {
        let field = match error {
            AuthError::Invalid(invalid) => invalid.field.to_string(),
            _ => String::new(),
        };
        let text = match (field.as_str(), error) {
            ("name", _) => s.t("wrong-name"),
            ("email", _) => s.t("wrong-email"),
            ("password" | "new_password", _) => s.t("wrong-password"),
            ("workspace", _) => s.t("wrong-workspace"),
            ("currency", _) => s.t("wrong-currency"),
            ("timezone", _) => s.t("wrong-timezone"),
            ("origins", _) => s.t("wrong-origins"),
            (_, AuthError::Throttled { retry_after_s }) => s.n("signin-slow", *retry_after_s),
            (_, AuthError::Conflict(_)) => s.t("wrong-taken"),
            (_, AuthError::Unauthorized(_)) => s.t("wrong-current"),
            _ => s.t("wrong-other"),
        };
        Self(Some((field, text)))
    }

    pub(super) fn in_field(field: &str, text: String) -> Self {
        Self(Some((field.to_owned(), text)))
    }
}

#[derive(Template)]
#[template(path = "welcome.html")]
struct Welcome {
    s: Frame,
    address: String,
    fields: Fields,
    ends: String,
    common: [Currency; 6],
    wrong: Wrong,
}

impl Welcome {
    fn zones(&self) -> impl Iterator<Item = &'static str> {
        TZ_VARIANTS.iter().map(|zone| zone.name())
    }
}

fn csrf_of(headers: &HeaderMap) -> String {
    cookie::session_token(headers).map(|token| token.csrf_token()).unwrap_or_default()
}

/// Where a form with a secret in its address goes. What follows from an address that somebody was led to
/// is escaped, or the form would go wherever that one says.
fn goes_to(path: &str, token: &str) -> String {
    format!("{path}/{}", link::segment(token))
}

/// That an address leads nowhere any more.
fn gone(look: &Look) -> ApiResult<Response> {
    page::with_status(StatusCode::GONE, &Refusal::gone(look))
}

async fn welcome(
    State(services): State<Services>,
    Path(token): Path<String>,
    look: Look,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let Ok(ends) = services.auth.first_run_ends(&token) else { return gone(&look) };
    let s = Frame::of_guest(&look, csrf_of(&headers));
    let minutes = (ends.millis() - services.clock.now().millis()) / 60_000;
    let ends = s.n("welcome-ends", minutes.max(1));
    page::page(&Welcome {
        s,
        address: goes_to("/welcome", &token),
        fields: Fields::default(),
        ends,
        common: COMMON,
        wrong: Wrong::default(),
    })
}

async fn begin(
    State(services): State<Services>,
    Path(token): Path<String>,
    posted: Posted,
) -> ApiResult<Response> {
    let Posted { fields, look, address, token: session } = posted;
    let Ok(ends) = services.auth.first_run_ends(&token) else { return gone(&look) };
    let s = Frame::of_guest(&look, session.map(|token| token.csrf_token()).unwrap_or_default());
    let done = match read(&s, &fields) {
        Ok((person, workspace)) => {
            let begun = services.auth.begin(&token, person, workspace, address.0).await;
            begun.map_err(|error| told(&s, error))
        }
        Err(wrong) => Err(Ok(wrong)),
    };
    match done {
        Ok(login) => signed_in(&services, &login, "/connect"),
        Err(Err(error)) if error.code() == Code::Unauthorized => gone(&look),
        Err(Err(error)) => Err(error),
        Err(Ok(wrong)) => {
            let minutes = (ends.millis() - services.clock.now().millis()) / 60_000;
            let ends = s.n("welcome-ends", minutes.max(1));
            let address = goes_to("/welcome", &token);
            let page = Welcome { s, address, fields, ends, common: COMMON, wrong };
            page::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

/// What a person can mend is told beside the form; what they cannot is an error.
fn told(s: &Frame, error: AuthError) -> Result<Wrong, ApiError> {
    match error {
        AuthError::Store(_)
        | AuthError::Internal(_)
        | AuthError::Unauthorized(_)
        | AuthError::Throttled { .. }
        | AuthError::Busy => Err(error.into()),
        error => Ok(Wrong::new(s, &error)),
    }
}

fn read(s: &Frame, fields: &Fields) -> Result<(NewUser, NewWorkspace), Wrong> {
    let wrong = |error: AuthError| Wrong::new(s, &error);
    let (name, email) = (fields.text("name"), fields.text("email"));
    let person = NewUser::new(&name, &email, fields.text("password")).map_err(wrong)?;
    let currency = fields.text("currency").trim().to_uppercase().parse::<Currency>();
    let currency = currency.map_err(|_| Wrong::in_field("currency", s.t("wrong-currency")))?;
    let zone = fields.text("timezone").trim().parse::<Tz>();
    let zone = zone.map_err(|_| Wrong::in_field("timezone", s.t("wrong-timezone")))?;
    let title = fields.get("workspace");
    let workspace = NewWorkspace::new(title, Some(currency), Some(zone)).map_err(wrong)?;
    Ok((person, workspace))
}

async fn enter(
    State(services): State<Services>,
    Path(token): Path<String>,
    look: Look,
) -> ApiResult<Response> {
    match services.auth.enter(&token).await {
        Ok(login) => signed_in(&services, &login, "/"),
        Err(AuthError::Unauthorized(_)) => gone(&look),
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "invitation.html")]
struct Invited {
    s: Frame,
    address: String,
    called: String,
    wrong: Wrong,
}

async fn invited(Path(token): Path<String>, look: Look, headers: HeaderMap) -> ApiResult<Response> {
    let s = Frame::of_guest(&look, csrf_of(&headers));
    let address = goes_to("/invitation", &token);
    page::page(&Invited { s, address, called: String::new(), wrong: Wrong::default() })
}

async fn accept(
    State(services): State<Services>,
    Path(token): Path<String>,
    posted: Posted,
) -> ApiResult<Response> {
    let Posted { fields, look, address, token: session } = posted;
    let csrf = session.as_ref().map(|token| token.csrf_token()).unwrap_or_default();
    let s = Frame::of_guest(&look, csrf);
    let (name, password) = (fields.text("name"), fields.text("password"));
    let newcomer = Newcomer::Stranger { name: name.clone(), password: password.clone() };
    let error = match services.auth.accept_invitation(&token, newcomer, address.0).await {
        Ok(account) => {
            let from = LogInFrom { address: address.0, session };
            let title = Some(account.workspace.title);
            let login = services.auth.log_in(&account.user.email, password, title, from).await?;
            return signed_in(&services, &login, "/");
        }
        Err(AuthError::Unauthorized(_) | AuthError::Expired(_)) => return gone(&look),
        Err(error) => error,
    };
    let wrong = told(&s, error)?;
    let address = goes_to("/invitation", &token);
    let page = Invited { s, address, called: name, wrong };
    page::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

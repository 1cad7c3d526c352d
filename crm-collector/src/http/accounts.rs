//! `/v1/auth/…` and `/v1/me`: registering, logging in and out, one's own account.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use chrono_tz::Tz;
use crm_models::{Code, Currency, Problem, Role, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::authenticate::{ClientAddress, Session};
use super::cookie::{clear_cookie, session_token, set_cookie};
use super::{ApiError, ApiResult, Json, Services};
use crate::auth::{
    Account, LogInFrom, NewUser, NewWorkspace, Password, User, UserId, Workspace, WorkspaceId,
};

pub(super) fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(register))
        .routes(routes!(log_in))
        .routes(routes!(log_out))
        .routes(routes!(change_password))
        .routes(routes!(me))
}

/// A person.
#[derive(Serialize, ToSchema)]
pub(super) struct UserView {
    #[schema(value_type = i64)]
    id: UserId,
    name: String,
    email: String,
}

/// A workspace.
#[derive(Serialize, ToSchema)]
pub(super) struct WorkspaceView {
    #[schema(value_type = i32)]
    id: WorkspaceId,
    name: String,
    /// What its reports are in.
    currency: Currency,
    /// Whose days and months its reports use: an IANA name.
    timezone: String,
}

/// A person in a workspace.
#[derive(Serialize, ToSchema)]
pub(super) struct AccountView {
    user: UserView,
    workspace: WorkspaceView,
    role: Role,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self { id: user.id, name: user.name, email: user.email }
    }
}

impl From<Workspace> for WorkspaceView {
    fn from(workspace: Workspace) -> Self {
        Self {
            id: workspace.id,
            name: workspace.title,
            currency: workspace.currency,
            timezone: workspace.timezone.name().to_owned(),
        }
    }
}

impl From<Account> for AccountView {
    fn from(account: Account) -> Self {
        Self { user: account.user.into(), workspace: account.workspace.into(), role: account.role }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Register {
    #[schema(example = "Ada Lovelace")]
    name: String,
    #[schema(example = "ada@example.com")]
    email: String,
    /// 10 to 256 bytes.
    password: String,
    /// Name of the workspace to make; `default` if left out.
    workspace: Option<String>,
    /// What its reports are in; EUR if left out.
    currency: Option<Currency>,
    /// Whose days and months its reports use: an IANA name; UTC if left out.
    #[schema(example = "Europe/London")]
    timezone: Option<String>,
}

/// Makes an account and its workspace. Then log in.
#[utoipa::path(post, path = "/v1/auth/register", tag = "Accounts", security(()),
    request_body = Register, responses(
    (status = 201, description = "The account", body = AccountView),
    (status = 403, description = "`registration_closed`: accounts are by invitation",
     body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "`conflict`: the address is taken",
     body = Problem, content_type = "application/problem+json"),
))]
async fn register(
    State(services): State<Services>,
    ClientAddress(address): ClientAddress,
    Json(body): Json<Register>,
) -> ApiResult<(StatusCode, Json<AccountView>)> {
    let new = NewUser::new(&body.name, &body.email, body.password)?;
    let timezone = body.timezone.as_deref().map(timezone).transpose()?;
    let workspace = NewWorkspace::new(body.workspace.as_deref(), body.currency, timezone)?;
    let account = services.auth.register(new, workspace, address).await?;
    Ok((StatusCode::CREATED, Json(account.into())))
}

fn timezone(text: &str) -> ApiResult<Tz> {
    text.parse().map_err(|_| {
        let rule = "is an IANA time zone such as Europe/London";
        ApiError::new(Code::InvalidField, rule).field("timezone")
    })
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Login {
    #[schema(example = "ada@example.com")]
    email: String,
    password: String,
    /// Name of the workspace to work in; the first of yours if left out.
    workspace: Option<String>,
}

/// A fresh session; its secret is in the cookie.
#[derive(Serialize, ToSchema)]
struct LoggedInView {
    /// Goes into the header `X-CSRF-Token` of every request that changes something.
    csrf_token: String,
    expires_at: Timestamp,
    #[serde(flatten)]
    account: AccountView,
}

/// Begins a session, kept in the cookie `crm_session`.
#[utoipa::path(post, path = "/v1/auth/login", tag = "Accounts", security(()),
    request_body = Login, responses(
    (status = 200, description = "Logged in", body = LoggedInView,
     headers(("Set-Cookie" = String, description = "The session"))),
    (status = 401, description = "`unauthorized`: wrong address or password",
     body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "`forbidden`: the account belongs to no workspace, or to none of this name",
     body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "`quota_exceeded`: too many attempts, see Retry-After",
     body = Problem, content_type = "application/problem+json"),
))]
async fn log_in(
    State(services): State<Services>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Json(body): Json<Login>,
) -> ApiResult<impl IntoResponse> {
    let from = LogInFrom { address, session: session_token(&headers) };
    let login = services.auth.log_in(&body.email, body.password, body.workspace, from).await?;
    let lasts_s = (login.expires_at.millis() - services.clock.now().millis()) / 1_000;
    let cookie = set_cookie(&login.token, lasts_s, services.secure_cookies)?;
    let view = LoggedInView {
        csrf_token: login.token.csrf_token(),
        expires_at: login.expires_at,
        account: login.account.into(),
    };
    Ok(([(header::SET_COOKIE, cookie)], Json(view)))
}

/// Ends the session.
#[utoipa::path(post, path = "/v1/auth/logout", tag = "Accounts", security(("session" = [])),
    responses(
    (status = 204, description = "Logged out"),
))]
async fn log_out(
    State(services): State<Services>,
    session: Session,
) -> ApiResult<impl IntoResponse> {
    services.auth.log_out(&session.token).await?;
    let cookie = clear_cookie(services.secure_cookies)?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangePassword {
    current_password: String,
    /// 10 to 256 bytes.
    new_password: String,
}

/// Changes one's password and ends one's other sessions.
#[utoipa::path(post, path = "/v1/auth/password", tag = "Accounts", security(("session" = [])),
    request_body = ChangePassword, responses(
    (status = 204, description = "Changed"),
))]
async fn change_password(
    State(services): State<Services>,
    session: Session,
    Json(body): Json<ChangePassword>,
) -> ApiResult<StatusCode> {
    let new = Password::new(body.new_password, "new_password")?;
    let auth = &services.auth;
    auth.change_password(&session.access, &session.token, body.current_password, new).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One's own account.
#[derive(Serialize, ToSchema)]
struct MeView {
    /// The session's, for a page that has lost it.
    csrf_token: String,
    #[serde(flatten)]
    account: AccountView,
    /// All workspaces one may log in to.
    workspaces: Vec<MembershipView>,
}

/// A workspace one belongs to.
#[derive(Serialize, ToSchema)]
struct MembershipView {
    #[serde(flatten)]
    workspace: WorkspaceView,
    role: Role,
}

/// Who one is, and where.
#[utoipa::path(get, path = "/v1/me", tag = "Accounts", security(("session" = [])), responses(
    (status = 200, description = "The account", body = MeView),
))]
async fn me(State(services): State<Services>, session: Session) -> ApiResult<Json<MeView>> {
    let (account, workspaces) = services.auth.me(&session.access).await?;
    let view =
        |(workspace, role): (Workspace, Role)| MembershipView { workspace: workspace.into(), role };
    Ok(Json(MeView {
        csrf_token: session.token.csrf_token(),
        account: account.into(),
        workspaces: workspaces.into_iter().map(view).collect(),
    }))
}

//! `/v1/invitations`: bringing other people into a workspace.

use axum::extract::State;
use axum::http::StatusCode;
use crm_models::{Code, Problem, Role, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::AccountView;
use super::params::PageQuery;
use super::{ApiError, ApiResult, ClientAddress, Json, Path, Query, Services};
use crate::auth::right::{Own, Person};
use crate::auth::{Access, Invitation, InvitationId, Newcomer};
use crate::facts::List;

pub(super) fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(invite, list_invitations))
        .routes(routes!(withdraw_invitation))
        .routes(routes!(accept_invitation))
}

/// A place that is kept for an address.
#[derive(Serialize, ToSchema)]
struct InvitationView {
    #[schema(value_type = i64)]
    id: InvitationId,
    email: String,
    role: Role,
    created_at: Timestamp,
    expires_at: Timestamp,
}

impl From<Invitation> for InvitationView {
    fn from(invitation: Invitation) -> Self {
        let Invitation { id, workspace: _, email, role, created_at, expires_at } = invitation;
        Self { id, email, role, created_at, expires_at }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Invite {
    #[schema(example = "grace@example.com")]
    email: String,
    role: Role,
}

/// An invitation that was just made.
#[derive(Serialize, ToSchema)]
struct InvitedView {
    /// Takes the place; shown this once. Send it to the person yourself.
    token: String,
    #[serde(flatten)]
    invitation: InvitationView,
}

/// Invites somebody; owners only. An earlier invitation of the same address ends.
///
/// At most 1,000 invitations of a workspace wait; one more is refused with `too_many`.
#[utoipa::path(post, path = "/v1/invitations", tag = "Accounts", security(("session" = [])),
    request_body = Invite, responses(
    (status = 201, description = "The invitation", body = InvitedView),
    (status = 409, description = "`conflict`: they belong to the workspace already",
     body = Problem, content_type = "application/problem+json"),
))]
async fn invite(
    State(services): State<Services>,
    access: Access<Own>,
    Json(body): Json<Invite>,
) -> ApiResult<(StatusCode, Json<InvitedView>)> {
    let (token, invitation) = services.auth.invite(&access, &body.email, body.role).await?;
    Ok((StatusCode::CREATED, Json(InvitedView { token, invitation: invitation.into() })))
}

/// Invitations of a workspace.
#[derive(Serialize, ToSchema)]
struct InvitationList {
    /// The latest first.
    invitations: Vec<InvitationView>,
    /// What to ask for as `after` to get the next page; null on the last one.
    next_after: Option<String>,
}

/// Lists the invitations that wait to be taken; owners only.
#[utoipa::path(get, path = "/v1/invitations", tag = "Accounts", security(("session" = [])),
    params(PageQuery), responses(
    (status = 200, description = "The invitations, the latest first", body = InvitationList),
))]
async fn list_invitations(
    State(services): State<Services>,
    access: Access<Own>,
    Query(query): Query<PageQuery>,
) -> ApiResult<Json<InvitationList>> {
    let (after, limit) = query.read(List::Invitations)?;
    let page = services.auth.invitations(&access, after, limit).await?;
    let (invitations, next_after) = page.finish();
    let invitations = invitations.into_iter().map(InvitationView::from).collect();
    Ok(Json(InvitationList { invitations, next_after }))
}

/// Takes an invitation back; owners only.
#[utoipa::path(delete, path = "/v1/invitations/{id}", tag = "Accounts",
    security(("session" = [])), params(("id" = i64, Path)), responses(
    (status = 204, description = "It is gone"),
))]
async fn withdraw_invitation(
    State(services): State<Services>,
    access: Access<Own>,
    Path(id): Path<InvitationId>,
) -> ApiResult<StatusCode> {
    services.auth.withdraw_invitation(&access, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Accept {
    token: String,
    /// What you are called; left out by who is logged in.
    name: Option<String>,
    /// 10 to 256 bytes; left out by who is logged in.
    password: Option<String>,
}

/// Takes an invitation: with a name and a password, or logged in under the invited address.
/// Works where registration is closed.
#[utoipa::path(post, path = "/v1/invitations/accept", tag = "Accounts",
    security((), ("session" = [])), request_body = Accept, responses(
    (status = 201, description = "The place taken; log in to it", body = AccountView),
    (status = 401, description = "`unauthorized` or `expired`: there is no such invitation",
     body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "`conflict`: there is an account, log in first",
     body = Problem, content_type = "application/problem+json"),
))]
async fn accept_invitation(
    State(services): State<Services>,
    ClientAddress(address): ClientAddress,
    access: Option<Access<Person>>,
    Json(body): Json<Accept>,
) -> ApiResult<(StatusCode, Json<AccountView>)> {
    let needed = |field| ApiError::new(Code::MissingField, "is needed").field(field);
    let newcomer = match access {
        Some(access) => Newcomer::Known(access),
        None => Newcomer::Stranger {
            name: body.name.ok_or_else(|| needed("name"))?,
            password: body.password.ok_or_else(|| needed("password"))?,
        },
    };
    let account = services.auth.accept_invitation(&body.token, newcomer, address).await?;
    Ok((StatusCode::CREATED, Json(account.into())))
}

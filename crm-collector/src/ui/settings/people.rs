//! The people of a workspace, and those who are invited.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use crm_models::Role;

use super::{Place, Tab};
use crate::auth::right::Own;
use crate::auth::{AuthError, InvitationId};
use crate::http::{ApiResult, Path, Services};
use crate::ui::connect::absolute;
use crate::ui::first_run::Wrong;
use crate::ui::form::{Submitted, see};
use crate::ui::page;
use crate::ui::visitor::Visitor;

/// Invitations that are listed.
const SHOWN: usize = 100;

pub(super) fn routes() -> Router<Services> {
    Router::new()
        .route("/settings/people", get(show).post(invite))
        .route("/settings/people/{id}/withdraw", post(withdraw))
}

struct Member {
    name: String,
    email: String,
    role: String,
}

struct Waiting {
    id: i64,
    email: String,
    role: String,
    ends: String,
}

#[derive(Template)]
#[template(path = "settings_people.html")]
struct Shown {
    s: Place,
    members: Vec<Member>,
    waiting: Vec<Waiting>,
    /// The address of the invitation that was just made, shown this once.
    made: Option<(String, String)>,
    email: String,
    wrong: Wrong,
}

fn role(s: &Place, role: Role) -> String {
    match role {
        Role::Owner => s.t("role-owner"),
        Role::Analyst => s.t("role-analyst"),
    }
}

async fn filled(services: &Services, visitor: &Visitor) -> ApiResult<Shown> {
    let access = visitor.access::<Own>()?;
    let s = Place::new(visitor, Tab::People);
    let members = services.auth.users(&access).await?.into_iter().map(|(user, of)| Member {
        name: user.name,
        email: user.email,
        role: role(&s, of),
    });
    let members = members.collect();
    let (waiting, _) = services.auth.invitations(&access, None, SHOWN).await?.finish();
    let waiting = waiting.into_iter().map(|one| Waiting {
        id: one.id.0,
        role: role(&s, one.role),
        ends: s.locale.day(s.locale.day_of(one.expires_at)),
        email: one.email,
    });
    let waiting = waiting.collect();
    Ok(Shown { s, members, waiting, made: None, email: String::new(), wrong: Wrong::default() })
}

async fn show(State(services): State<Services>, visitor: Visitor) -> ApiResult<Response> {
    page::page(&filled(&services, &visitor).await?)
}

async fn invite(
    State(services): State<Services>,
    headers: HeaderMap,
    form: Submitted,
) -> ApiResult<Response> {
    let Submitted { visitor, fields } = form;
    let access = visitor.access::<Own>()?;
    let email = fields.text("email");
    let as_what = match fields.get("role") {
        Some("owner") => Role::Owner,
        _ => Role::Analyst,
    };
    match services.auth.invite(&access, &email, as_what).await {
        Ok((token, invitation)) => {
            let address = absolute(&services, &headers, "/invitation", &token);
            let mut page = filled(&services, &visitor).await?;
            page.made = Some((invitation.email, address));
            page::page(&page)
        }
        Err(error @ (AuthError::Store(_) | AuthError::Internal(_))) => Err(error.into()),
        Err(error) => {
            let mut page = filled(&services, &visitor).await?;
            page.wrong = Wrong::new(&page.s, &error);
            page.email = email;
            page::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn withdraw(
    State(services): State<Services>,
    Path(id): Path<InvitationId>,
    form: Submitted,
) -> ApiResult<Response> {
    let access = form.visitor.access::<Own>()?;
    services.auth.withdraw_invitation(&access, id).await?;
    Ok(see("/settings/people"))
}

//! The workspace, and one's own password and sessions.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;

use super::{Place, Tab};
use crate::auth::{AuthError, Password};
use crate::http::{ApiResult, Query, Services};
use crate::ui::first_run::Wrong;
use crate::ui::form::{Submitted, see};
use crate::ui::page;
use crate::ui::visitor::Visitor;

pub(super) fn routes() -> Router<Services> {
    Router::new()
        .route("/settings", get(show))
        .route("/settings/password", post(change_password))
        .route("/settings/sessions", post(end_others))
}

#[derive(Template)]
#[template(path = "settings.html")]
struct Shown {
    s: Place,
    currency: String,
    timezone: &'static str,
    name: String,
    email: String,
    done: Option<String>,
    wrong: Wrong,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    done: Option<String>,
}

fn filled(visitor: &Visitor, done: Option<String>, wrong: Wrong) -> Shown {
    let account = &visitor.account;
    Shown {
        s: Place::new(visitor, Tab::Workspace),
        currency: account.workspace.currency.to_string(),
        timezone: account.workspace.timezone.name(),
        name: account.user.name.clone(),
        email: account.user.email.clone(),
        done,
        wrong,
    }
}

async fn show(visitor: Visitor, Query(asked): Query<Asked>) -> ApiResult<Response> {
    let mut page = filled(&visitor, None, Wrong::default());
    page.done = match asked.done.as_deref() {
        Some("password") => Some(page.s.t("password-changed")),
        Some("sessions") => Some(page.s.t("sessions-ended")),
        _ => None,
    };
    page::page(&page)
}

async fn change_password(State(services): State<Services>, form: Submitted) -> ApiResult<Response> {
    let Submitted { visitor, fields } = form;
    let session = &visitor.session;
    let changed = match Password::new(fields.text("new_password"), "new_password") {
        Ok(new) => {
            let current = fields.text("current_password");
            services.auth.change_password(&session.access, &session.token, current, new).await
        }
        Err(error) => Err(error),
    };
    match changed {
        Ok(()) => Ok(see("/settings?done=password")),
        Err(error @ (AuthError::Store(_) | AuthError::Internal(_))) => Err(error.into()),
        Err(error) => {
            let mut page = filled(&visitor, None, Wrong::default());
            page.wrong = Wrong::new(&page.s, &error);
            page::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn end_others(State(services): State<Services>, form: Submitted) -> ApiResult<Response> {
    let session = &form.visitor.session;
    services.auth.end_other_sessions(&session.access, &session.token).await?;
    Ok(see("/settings?done=sessions"))
}

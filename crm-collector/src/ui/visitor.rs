//! Who looks at a page: somebody with a session. Whoever has none is sent to sign in.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use crm_models::Timestamp;

use super::look::Look;
use crate::auth::right::{Own, Read, Right};
use crate::auth::{Access, Account};
use crate::http::{ApiError, ApiResult, PageTurn, Services, Session};

/// Somebody who is signed in.
pub(super) struct Visitor {
    pub(super) session: Session,
    pub(super) account: Account,
    pub(super) look: Look,
    /// When they asked.
    pub(super) now: Timestamp,
    /// When the workspace last took an event in.
    pub(super) last_event_at: Option<Timestamp>,
}

impl Visitor {
    /// Who a request's cookie belongs to. Does not look at a CSRF token: a form does.
    pub(super) async fn of(parts: &mut Parts, services: &Services) -> ApiResult<Self> {
        let Ok(look) = Look::from_request_parts(parts, services).await;
        let session = Session::of_page(parts, services).await?;
        if let Some(page) = parts.extensions.get::<PageTurn>() {
            services.outgoing.begin_page(page, &session.access).await?;
        }
        let (account, _) = services.auth.me(&session.access).await?;
        let asking = session.access.also()?;
        let clients = services.answers.clients.clone();
        let last_event_at =
            services.lanes.reading.run(move || clients.last_event_at(&asking)).await??;
        let now = services.clock.now();
        Ok(Self { session, account, look, now, last_event_at })
    }

    /// A right of theirs, or why they lack it.
    pub(super) fn access<R: Right>(&self) -> ApiResult<Access<R>> {
        self.session.access.also().map_err(ApiError::from)
    }

    /// The right to read, which every page needs that shows what is stored.
    pub(super) fn reads(&self) -> ApiResult<Access<Read>> {
        self.access()
    }

    /// Whether they have the right to change people and keys.
    pub(super) fn owns(&self) -> bool {
        self.access::<Own>().is_ok()
    }
}

impl FromRequestParts<Services> for Visitor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, services: &Services) -> ApiResult<Self> {
        Self::of(parts, services).await
    }
}

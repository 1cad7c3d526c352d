//! `/v1/connection`: whether credentials work, and what they are good for.

use axum::extract::State;
use crm_models::{EventType, KeyKind, Problem, Role, Scope, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ApiResult, Json, Services};
use crate::auth::right::Connect;
use crate::auth::{Access, Actor, KeyGrant, KeyId};

pub(super) fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(check_connection))
}

/// What a connection is good for.
#[derive(Serialize, ToSchema)]
struct ConnectionView {
    /// `connected`.
    #[schema(example = "connected")]
    status: &'static str,
    /// Name of the workspace.
    workspace: String,
    /// The key, where one was used.
    key: Option<KeyGrantView>,
    /// The person's role, where they are logged in.
    role: Option<Role>,
    server_time: Timestamp,
    /// Version of the collector.
    version: &'static str,
    /// When the workspace last took an event in.
    last_event_at: Option<Timestamp>,
}

/// What a key grants.
#[derive(Serialize, ToSchema)]
struct KeyGrantView {
    #[schema(value_type = i64)]
    id: KeyId,
    name: String,
    kind: KeyKind,
    scopes: Vec<Scope>,
    /// The events it may send; null for all.
    event_types: Option<Vec<EventType>>,
    expires_at: Option<Timestamp>,
}

impl From<&KeyGrant> for KeyGrantView {
    fn from(key: &KeyGrant) -> Self {
        Self {
            id: key.id,
            name: key.name.clone(),
            kind: key.kind,
            scopes: key.scopes.clone(),
            event_types: key.event_types.clone(),
            expires_at: key.expires_at,
        }
    }
}

/// Tells whether credentials work. A key of any scope will do.
#[utoipa::path(get, path = "/v1/connection", tag = "API keys", responses(
    (status = 200, description = "They do", body = ConnectionView),
    (status = 401, description = "`unauthorized` or `expired`: they do not", body = Problem,
     content_type = "application/problem+json"),
))]
async fn check_connection(
    State(services): State<Services>,
    access: Access<Connect>,
) -> ApiResult<Json<ConnectionView>> {
    let workspace = services.auth.workspace(&access).await?;
    let clients = services.answers.clients;
    let asking = access.clone();
    let last_event_at =
        services.lanes.reading.run(move || clients.last_event_at(&asking)).await??;
    let (key, role) = match access.actor() {
        Actor::Key(key) => (Some(KeyGrantView::from(&**key)), None),
        Actor::User { role, .. } => (None, Some(*role)),
        Actor::CommandLine | Actor::Collector => (None, None),
    };
    Ok(Json(ConnectionView {
        status: "connected",
        workspace: workspace.title,
        key,
        role,
        server_time: services.clock.now(),
        version: env!("CARGO_PKG_VERSION"),
        last_event_at,
    }))
}

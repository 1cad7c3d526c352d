//! The OpenAPI description, made from the routes themselves.

mod complete;

use std::sync::OnceLock;

use axum::http::header;
use axum::response::IntoResponse;
use serde_json::Value;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Services;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "CRM collector",
        description = "Takes customers, purchases and interactions in, keeps them, and reports. \
            Programs send an API key as `Authorization: Bearer crm_sk_…`. People log in: the \
            answer sets the cookie `crm_session` and holds a `csrf_token`, which goes into the \
            header `X-CSRF-Token` of every request that changes something. Every error is an \
            `application/problem+json` with a stable `code`.",
    ),
    tags(
        (name = "Accounts", description = "People: registering, logging in, inviting others"),
        (name = "API keys", description = "Programs: what they connect with"),
        (name = "Operation", description = "For those who run the collector"),
    ),
    security(("key" = []), ("session" = [])),
    components(schemas(crm_models::Problem)),
    modifiers(&Schemes),
)]
struct About;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let key = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("crm_sk_…");
        components.add_security_scheme("key", SecurityScheme::Http(key.build()));
        let cookie = ApiKey::Cookie(ApiKeyValue::new("crm_session"));
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    }
}

/// What is said before the routes.
pub(super) fn about() -> utoipa::openapi::OpenApi {
    About::openapi()
}

/// The description of every route that is served.
pub fn openapi() -> Value {
    // A description always has a form in JSON; were there none, the snapshot would tell.
    let mut description =
        serde_json::to_value(super::routes(None).into_openapi()).unwrap_or_default();
    complete::complete(&mut description);
    description
}

pub(super) fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(describe))
}

/// This description.
#[utoipa::path(get, path = "/openapi.json", tag = "Operation", security(()), responses(
    (status = 200, description = "OpenAPI 3.1", body = Object, content_type = "application/json"),
))]
async fn describe() -> impl IntoResponse {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = TEXT.get_or_init(|| format!("{}\n", openapi()));
    ([(header::CONTENT_TYPE, "application/json")], text.as_str())
}

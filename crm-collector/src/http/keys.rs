//! `/v1/keys`: what programs connect with.

use axum::extract::State;
use axum::http::StatusCode;
use crm_models::{Code, EventType, KeyKind, Problem, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::params::PageQuery;
use super::{ApiError, ApiResult, Body, Json, Path, Query, Services, json};
use crate::auth::right::Own;
use crate::auth::{Access, ApiKey, KeyId, NewApiKey, NewKey};
use crate::facts::List;

const HOUR_MS: i64 = 60 * 60 * 1_000;
/// How long the old key goes on when nobody says.
const OVERLAP_HOURS: u16 = 24;
/// Thirty days.
const LONGEST_OVERLAP_HOURS: u16 = 720;

pub(super) fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(create_key, list_keys))
        .routes(routes!(rotate_key))
        .routes(routes!(revoke_key))
}

/// An API key; the key itself was shown once.
#[derive(Serialize, ToSchema)]
struct KeyView {
    #[schema(value_type = i64)]
    id: KeyId,
    name: String,
    kind: KeyKind,
    scopes: Vec<Scope>,
    /// The events it may send; null for all.
    event_types: Option<Vec<EventType>>,
    /// The web origins a browser key may be used from.
    origins: Option<Vec<String>>,
    /// What purchases come from that name no source themselves.
    source: Option<String>,
    /// Its last four characters.
    hint: String,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    /// To the minute.
    last_used_at: Option<Timestamp>,
}

impl From<ApiKey> for KeyView {
    fn from(key: ApiKey) -> Self {
        let about = key.about;
        Self {
            id: key.id,
            name: about.name,
            kind: about.kind,
            scopes: about.scopes,
            event_types: about.event_types,
            origins: about.origins,
            source: about.source,
            hint: key.hint,
            created_at: key.created_at,
            expires_at: about.expires_at,
            revoked_at: key.revoked_at,
            last_used_at: key.last_used_at,
        }
    }
}

/// A key that was just made.
#[derive(Serialize, ToSchema)]
struct NewKeyView {
    /// The key itself; shown this once.
    #[schema(example = "crm_sk_…")]
    key: String,
    #[serde(flatten)]
    about: KeyView,
}

impl From<NewKey> for NewKeyView {
    fn from(new: NewKey) -> Self {
        Self { key: new.text, about: new.key.into() }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateKey {
    #[schema(example = "shop backend")]
    name: String,
    scopes: Vec<Scope>,
    /// `server` if left out.
    kind: Option<KeyKind>,
    /// Never, if left out.
    expires_at: Option<Timestamp>,
    /// The web origins a browser key may be used from, such as `https://shop.example`.
    origins: Option<Vec<String>>,
    /// The events it may send; all, if left out.
    event_types: Option<Vec<EventType>>,
    /// What purchases come from that name no source themselves, such as `shop-2`. Numbers of purchases
    /// are told apart within a source.
    source: Option<String>,
}

/// Makes a key; owners only.
///
/// A workspace has at most 1,000 that work; one more is refused with `too_many`.
#[utoipa::path(post, path = "/v1/keys", tag = "API keys", security(("session" = [])),
    request_body = CreateKey, responses(
    (status = 201, description = "The key, shown this once", body = NewKeyView),
))]
async fn create_key(
    State(services): State<Services>,
    access: Access<Own>,
    Json(body): Json<CreateKey>,
) -> ApiResult<(StatusCode, Json<NewKeyView>)> {
    let about = NewApiKey {
        name: body.name,
        kind: body.kind.unwrap_or(KeyKind::Server),
        scopes: body.scopes,
        event_types: body.event_types,
        origins: body.origins,
        expires_at: body.expires_at,
        source: body.source,
    };
    let new = services.auth.create_key(&access, about).await?;
    Ok((StatusCode::CREATED, Json(new.into())))
}

/// The keys of a workspace.
#[derive(Serialize, ToSchema)]
struct KeyList {
    /// The oldest first.
    keys: Vec<KeyView>,
    /// What to ask for as `after` to get the next page; null on the last one.
    next_after: Option<String>,
}

/// Lists the keys, past ones too; owners only.
#[utoipa::path(get, path = "/v1/keys", tag = "API keys", security(("session" = [])),
    params(PageQuery), responses(
    (status = 200, description = "The keys, oldest first", body = KeyList),
))]
async fn list_keys(
    State(services): State<Services>,
    access: Access<Own>,
    Query(query): Query<PageQuery>,
) -> ApiResult<Json<KeyList>> {
    let (after, limit) = query.read(List::Keys)?;
    let (keys, next_after) = services.auth.keys(&access, after, limit).await?.finish();
    Ok(Json(KeyList { keys: keys.into_iter().map(KeyView::from).collect(), next_after }))
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RotateKey {
    /// How long the old key goes on, 0 to 720; 24 if left out.
    overlap_hours: Option<u16>,
}

/// Makes a key like this one, which goes on for a while; owners only.
#[utoipa::path(post, path = "/v1/keys/{id}/rotate", tag = "API keys",
    security(("session" = [])), params(("id" = i64, Path)),
    request_body(content = Option<RotateKey>, description = "May be left out"), responses(
    (status = 201, description = "The new key, shown this once", body = NewKeyView),
    (status = 409, description = "`conflict`: the key has ended already", body = Problem,
     content_type = "application/problem+json"),
))]
async fn rotate_key(
    State(services): State<Services>,
    access: Access<Own>,
    Path(id): Path<KeyId>,
    body: Body,
) -> ApiResult<(StatusCode, Json<NewKeyView>)> {
    let bytes = &body.bytes;
    let asked = if bytes.is_empty() { RotateKey::default() } else { json::decode(bytes)? };
    let hours = asked.overlap_hours.unwrap_or(OVERLAP_HOURS);
    if hours > LONGEST_OVERLAP_HOURS {
        let rule = format!("is at most {LONGEST_OVERLAP_HOURS}, {hours} given");
        return Err(ApiError::new(Code::OutOfRange, rule).field("overlap_hours"));
    }
    let new = services.auth.rotate_key(&access, id, i64::from(hours) * HOUR_MS).await?;
    Ok((StatusCode::CREATED, Json(new.into())))
}

/// Ends a key at once; owners only.
#[utoipa::path(delete, path = "/v1/keys/{id}", tag = "API keys", security(("session" = [])),
    params(("id" = i64, Path)), responses(
    (status = 204, description = "It is revoked"),
))]
async fn revoke_key(
    State(services): State<Services>,
    access: Access<Own>,
    Path(id): Path<KeyId>,
) -> ApiResult<StatusCode> {
    services.auth.revoke_key(&access, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! `/v1/rejected`: events in quarantine.

use std::io::Write;

use axum::extract::State;
use axum::response::Response;
use crm_api::Form;
use crm_api::question::Kind;
use crm_models::{Code, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer;
use super::params::PageQuery;
use super::{ApiError, ApiResult, Json, Path, Query, Services};
use crate::auth::right::{Read, Replay};
use crate::auth::{Access, KeyId};
use crate::facts::{List, Place};
use crate::ingest::{IngestError, Rejected, Replayed, SentText};

pub(super) fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(list_rejected))
        .routes(routes!(replay_all))
        .routes(routes!(replay_one))
}

/// An event that was not stored.
#[derive(Serialize, ToSchema)]
struct RejectedView {
    id: i64,
    received_at: Timestamp,
    /// The key it came by.
    #[schema(value_type = Option<i64>)]
    key: Option<KeyId>,
    /// Why it was rejected.
    code: Code,
    /// The field that was wrong.
    field: String,
    /// The rule, its limit and what was given.
    message: String,
    /// The event as it was sent, as text: it may be no valid JSON. At most its first 64 KiB.
    event: String,
    /// Bytes of the event as it was sent. One that is longer than what is kept of it cannot be
    /// tried again.
    size_bytes: usize,
}

impl From<Rejected> for RejectedView {
    fn from(rejected: Rejected) -> Self {
        let Rejected { id, received_at, key, reason, event } = rejected;
        let crm_models::Invalid { code, field, message } = reason;
        let SentText { text: event, size_bytes } = event;
        Self { id, received_at, key, code, field, message, event, size_bytes }
    }
}

/// Some rejected events.
#[derive(Serialize, ToSchema)]
struct RejectedPage {
    /// Oldest first.
    rejected: Vec<RejectedView>,
    /// How many there are in all.
    total: i64,
    /// What to ask for as `after` to get the next page; null on the last one.
    next_after: Option<String>,
}

/// Lists the events that were not stored. A page holds a mebibyte of them at the most.
#[utoipa::path(get, path = "/v1/rejected", tag = "Quarantine", params(PageQuery), responses(
    (status = 200, description = "Oldest first", body = RejectedPage),
))]
async fn list_rejected(
    State(services): State<Services>,
    access: Access<Read>,
    Query(query): Query<PageQuery>,
) -> ApiResult<Response> {
    let (after, limit) = query.read(List::Rejected)?;
    let quarantine = services.quarantine.clone();
    let page = move |access: &Access<Read>| -> ApiResult<RejectedPage> {
        let list = |after, limit| quarantine.list(access, after, limit).map_err(IngestError::from);
        let found = list(after.map_or(0, |place| place.number), limit)?;
        // A page may be shorter than its limit where its events are long.
        let last = found.last().map(|last| last.id);
        let next_after = match last {
            Some(last) if !list(last, 1)?.is_empty() => {
                Some(Place::number(last).token(List::Rejected))
            }
            _ => None,
        };
        Ok(RejectedPage {
            next_after,
            rejected: found.into_iter().map(RejectedView::from).collect(),
            total: quarantine.count(access).map_err(IngestError::from)?,
        })
    };
    let asking = access.clone();
    let write = move |out: &mut dyn Write| {
        serde_json::to_writer(&mut *out, &page(&asking)?).map_err(ApiError::internal)?;
        out.write_all(b"\n").map_err(ApiError::internal)
    };
    answer::written(&services, &access, Kind::Record, Form::Json, write).await
}

/// What became of events that were tried again.
#[derive(Serialize, ToSchema)]
struct ReplayedView {
    /// Now stored.
    accepted: u64,
    /// Now stored in the place of another version.
    updated: u64,
    /// Older than what is stored by now.
    superseded: u64,
    /// Stored already.
    duplicate: u64,
    /// Rejected again, and kept.
    rejected: u64,
}

impl From<Replayed> for ReplayedView {
    fn from(replayed: Replayed) -> Self {
        let Replayed { accepted, updated, superseded, duplicate, rejected } = replayed;
        Self { accepted, updated, superseded, duplicate, rejected }
    }
}

/// Tries all rejected events again.
#[utoipa::path(post, path = "/v1/rejected/replay", tag = "Quarantine", responses(
    (status = 200, description = "What became of them", body = ReplayedView),
))]
async fn replay_all(
    State(services): State<Services>,
    access: Access<Replay>,
) -> ApiResult<Json<ReplayedView>> {
    Ok(Json(replay(services, access, None).await?.into()))
}

/// Tries one rejected event again.
#[utoipa::path(post, path = "/v1/rejected/{id}/replay", tag = "Quarantine",
    params(("id" = i64, Path)), responses(
    (status = 200, description = "What became of it", body = ReplayedView),
))]
async fn replay_one(
    State(services): State<Services>,
    access: Access<Replay>,
    Path(id): Path<i64>,
) -> ApiResult<Json<ReplayedView>> {
    let replayed = replay(services, access, Some(id)).await?;
    match replayed.tried() {
        0 => Err(ApiError::new(Code::NotFound, "there is no such rejected event")),
        _ => Ok(Json(replayed.into())),
    }
}

async fn replay(
    services: Services,
    access: Access<Replay>,
    one: Option<i64>,
) -> ApiResult<Replayed> {
    let turn = services.quarantine.turn().await.map_err(ApiError::internal)?;
    let replay = move || {
        let replayed = services.quarantine.replay(&access, one);
        drop(turn);
        replayed
    };
    Ok(services.lanes.reading.run(replay).await??)
}

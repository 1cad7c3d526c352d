//! `/v1/events` and the endpoints for a single event: where data comes in.

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use crm_models::ingest::{Receipt, ReceiptStatus, Verdict};
use crm_models::{
    Code, Customer, Event, EventId, EventType, Interaction, Problem, Purchase, Timestamp,
    is_placeholder, limits,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::authenticate::Sender;
use super::json::require_json;
use super::params::Path;
use super::{ApiError, ApiResult, Body, Json, Services};
use crate::auth::right::{Correct, CorrectInteractions, Ingest};
use crate::auth::{Access, KeyId};
use crate::ingest::{self, Address, IngestError, Outcome};

pub(super) fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(post_events))
        .routes(routes!(post_customer))
        .routes(routes!(post_purchase))
        .routes(routes!(post_interaction))
        .routes(routes!(put_purchase, delete_purchase))
        .routes(routes!(delete_source))
        .routes(routes!(put_interaction, delete_interaction))
}

/// A batch, and a single event, which has an event's limit wherever it comes.
type BatchBody = Body<{ limits::BODY_BYTES }>;
type EventBody = Body<{ limits::EVENT_BYTES }>;

/// The sender's quota is not used up: asked before a body is read, which costs more than to ask.
pub(super) struct Admitted;

impl FromRequestParts<Services> for Admitted {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, services: &Services) -> ApiResult<Self> {
        if let Some(key) = parts.extensions.get::<KeyId>() {
            services.ingest.admit(*key)?;
        }
        Ok(Self)
    }
}

/// Bodies up to this size are parsed where they are; larger ones would hold up the other
/// requests of the thread for milliseconds.
const INLINE_BYTES: usize = 256 * 1024;

/// A batch of events, as documented; it is read event by event.
#[derive(Deserialize, ToSchema)]
#[schema(as = Batch)]
#[expect(dead_code, reason = "only described: each event is read for itself")]
struct BatchView {
    /// The sender's clock when it sent; corrects times where that clock is wrong.
    sent_at: Option<Timestamp>,
    /// At most 1000.
    events: Vec<Event>,
}

/// Stores a batch of events. One that is wrong is rejected and kept in quarantine; it spoils no
/// other.
#[utoipa::path(post, path = "/v1/events", tag = "Ingest", request_body = BatchView, params(
    ("key" = Option<String>, Query, description = "A browser key, `crm_pk_…`, instead of \
        Authorization: then Content-Type may be `text/plain`, and a browser asks for no \
        preflight"),
), responses(
    (status = 200, description = "What became of each event; accepted ones are on the disk", body = Verdict),
    (status = 413, description = "`body_too_large`: send it in several", body = Problem,
     content_type = "application/problem+json"),
    (status = 429, description = "`quota_exceeded`: go on after Retry-After", body = Problem,
     content_type = "application/problem+json"),
    (status = 503, description = "`unavailable`: try again after Retry-After", body = Problem,
     content_type = "application/problem+json"),
))]
async fn post_events(
    State(services): State<Services>,
    Sender { access, any_content_type }: Sender,
    _: Admitted,
    headers: HeaderMap,
    body: BatchBody,
) -> ApiResult<Json<Verdict>> {
    if !any_content_type {
        require_json(&headers)?;
    }
    let now = services.clock.now();
    let size_bytes = body.bytes.len();
    let parsed = if size_bytes <= INLINE_BYTES {
        ingest::parse_batch(&body.bytes, &access, now)
    } else {
        let access = access.clone();
        let parse = move || {
            let parsed = ingest::parse_batch(&body.bytes, &access, now);
            // Its room is given back once it is gone, which may be later than the request.
            drop(body);
            parsed
        };
        services.lanes.ingest.run(parse).await?
    };
    let parsed = parsed.inspect_err(|_| services.ingest.charge(&access, size_bytes))?;
    let answers = services.ingest.submit(&access, parsed, size_bytes).await?;
    Ok(Json(ingest::verdict(&answers)))
}

/// Stores a customer, or updates the fields given.
#[utoipa::path(post, path = "/v1/customers", tag = "Ingest", request_body = Customer, responses(
    (status = 201, description = "It is stored", body = Receipt),
    (status = 200, description = "It was stored already", body = Receipt),
))]
async fn post_customer(
    State(services): State<Services>,
    access: Access<Ingest>,
    _: Admitted,
    headers: HeaderMap,
    body: EventBody,
) -> ApiResult<(StatusCode, Json<Receipt>)> {
    single::<Customer>(&services, &access, &headers, body, EventType::Customer).await
}

/// Stores a purchase: a sale or a refund.
#[utoipa::path(post, path = "/v1/purchases", tag = "Ingest", request_body = Purchase, responses(
    (status = 201, description = "It is stored", body = Receipt),
    (status = 200, description = "It was stored already", body = Receipt),
    (status = 404, description = "`not_found`: it takes back what is not stored", body = Problem,
     content_type = "application/problem+json"),
    (status = 409, description = "`conflict`: its number is stored with other content", body = Problem,
     content_type = "application/problem+json"),
))]
async fn post_purchase(
    State(services): State<Services>,
    access: Access<Ingest>,
    _: Admitted,
    headers: HeaderMap,
    body: EventBody,
) -> ApiResult<(StatusCode, Json<Receipt>)> {
    single::<Purchase>(&services, &access, &headers, body, EventType::Purchase).await
}

/// Which purchase a path names.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct PurchasePath {
    /// Which shop or application it comes from; `-` where none was told: the key's own, if it has one.
    source: String,
    /// The host's number.
    purchase_id: String,
}

/// Stores a purchase in the place of what is stored under its number, if anything is.
///
/// The version before stays in its past. Source and number are those of the path; a body that tells
/// others is refused, and so is the `id` of an event that was another.
#[utoipa::path(put, path = "/v1/purchases/{source}/{purchase_id}", tag = "Ingest",
    params(PurchasePath), request_body = Purchase, responses(
    (status = 201, description = "It is stored, and is the first of its number", body = Receipt),
    (status = 200, description = "It has taken the place of another, or was stored already", body = Receipt),
    (status = 409, description = "`conflict`: its `id` is that of another event", body = Problem,
     content_type = "application/problem+json"),
))]
async fn put_purchase(
    State(services): State<Services>,
    access: Access<Correct>,
    Path(path): Path<PurchasePath>,
    _: Admitted,
    headers: HeaderMap,
    body: EventBody,
) -> ApiResult<(StatusCode, Json<Receipt>)> {
    require_json(&headers)?;
    let purchase_id = path.purchase_id.as_str().into();
    let address = Address::Purchase { source: access.source(&path.source), purchase_id };
    store_single::<Purchase>(&services, &access.ingest(), &body.bytes, &address).await
}

/// Takes a purchase back: it is in no figure any more, and its number is free.
///
/// Its versions stay in its past.
#[utoipa::path(delete, path = "/v1/purchases/{source}/{purchase_id}", tag = "Ingest",
    params(PurchasePath), responses(
    (status = 204, description = "It is taken back"),
))]
async fn delete_purchase(
    State(services): State<Services>,
    access: Access<Correct>,
    Path(path): Path<PurchasePath>,
    _: Admitted,
) -> ApiResult<StatusCode> {
    let corrections = services.corrections.clone();
    let void = move || corrections.void(&access, &path.source, &path.purchase_id);
    match services.lanes.ingest.run(void).await?? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::no_such("purchase")),
    }
}

/// What became of a source.
#[derive(Serialize, ToSchema)]
struct SourceTakenBack {
    /// Purchases that were taken back.
    purchases: u64,
}

/// Takes all purchases of a source back, as of a shop that was connected by mistake.
///
/// Those that are stored by now, one by one as `DELETE /v1/purchases/{source}/{purchase_id}` does. Large
/// sources take some seconds for each hundred thousand; when the connection breaks it goes on.
#[utoipa::path(delete, path = "/v1/purchases/{source}", tag = "Ingest",
    params(("source" = String, Path, description = "The shop or application")), responses(
    (status = 200, description = "They are taken back", body = SourceTakenBack),
    (status = 400, description = "`invalid_field`: that is no source", body = Problem,
     content_type = "application/problem+json"),
))]
async fn delete_source(
    State(services): State<Services>,
    access: Access<Correct>,
    Path(source): Path<String>,
    _: Admitted,
) -> ApiResult<Json<SourceTakenBack>> {
    if is_placeholder(&source) {
        let rule = "names a source; purchases that name none are taken back one by one";
        return Err(ApiError::new(Code::InvalidField, rule).field("source"));
    }
    let corrections = services.corrections.clone();
    let void = move || corrections.void_source(&access, &source);
    match services.lanes.erasing.run(void).await?? {
        // Whoever means one purchase and forgets where it is from is not told that all went well.
        0 => Err(ApiError::new(
            Code::NotFound,
            "nothing of a source of this name is stored; one purchase is taken back with its number \
             behind its source, or behind `-` where none was told",
        )),
        purchases => Ok(Json(SourceTakenBack { purchases })),
    }
}

/// Stores an interaction.
#[utoipa::path(post, path = "/v1/interactions", tag = "Ingest", request_body = Interaction, responses(
    (status = 201, description = "It is stored", body = Receipt),
    (status = 200, description = "It was stored already, or has taken the place of another", body = Receipt),
    (status = 404, description = "`not_found`: it takes back what is not stored", body = Problem,
     content_type = "application/problem+json"),
    (status = 409, description = "`conflict`: what it corrects is something else, or was changed at the \
        same time", body = Problem, content_type = "application/problem+json"),
))]
async fn post_interaction(
    State(services): State<Services>,
    access: Access<Ingest>,
    _: Admitted,
    headers: HeaderMap,
    body: EventBody,
) -> ApiResult<(StatusCode, Json<Receipt>)> {
    single::<Interaction>(&services, &access, &headers, body, EventType::Interaction).await
}

/// Stores an interaction in the place of what is stored under its id, if anything is.
///
/// It is known by the `id` of the event that brought it. The version before stays in its past. A body that
/// tells another `interaction_id` is refused, and so is the `id` of an event that was another.
#[utoipa::path(put, path = "/v1/interactions/{interaction_id}", tag = "Ingest",
    params(("interaction_id" = EventId, Path, description = "The id of the event that brought it")),
    request_body = Interaction, responses(
    (status = 201, description = "It is stored, and is the first of its id", body = Receipt),
    (status = 200, description = "It has taken the place of another, or was stored already", body = Receipt),
    (status = 409, description = "`conflict`: its `id` is that of another event, or the path has that of no \
        interaction", body = Problem, content_type = "application/problem+json"),
))]
async fn put_interaction(
    State(services): State<Services>,
    access: Access<CorrectInteractions>,
    Path(interaction_id): Path<EventId>,
    _: Admitted,
    headers: HeaderMap,
    body: EventBody,
) -> ApiResult<(StatusCode, Json<Receipt>)> {
    require_json(&headers)?;
    let address = Address::Interaction(interaction_id);
    store_single::<Interaction>(&services, &access.ingest(), &body.bytes, &address).await
}

/// Takes an interaction back: no timeline has it any more.
///
/// Its versions stay in its past.
#[utoipa::path(delete, path = "/v1/interactions/{interaction_id}", tag = "Ingest",
    params(("interaction_id" = EventId, Path, description = "The id of the event that brought it")),
    responses((status = 204, description = "It is taken back")))]
async fn delete_interaction(
    State(services): State<Services>,
    access: Access<CorrectInteractions>,
    Path(interaction_id): Path<EventId>,
    _: Admitted,
) -> ApiResult<StatusCode> {
    let corrections = services.corrections.clone();
    let void = move || corrections.void_interaction(&access, interaction_id);
    match services.lanes.ingest.run(void).await?? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::no_such("interaction")),
    }
}

async fn single<T: DeserializeOwned + Into<Event>>(
    services: &Services,
    access: &Access<Ingest>,
    headers: &HeaderMap,
    body: EventBody,
    event_type: EventType,
) -> ApiResult<(StatusCode, Json<Receipt>)> {
    require_json(headers)?;
    store_single::<T>(services, access, &body.bytes, &Address::Of(event_type)).await
}

async fn store_single<T: DeserializeOwned + Into<Event>>(
    services: &Services,
    access: &Access<Ingest>,
    text: &[u8],
    address: &Address<'_>,
) -> ApiResult<(StatusCode, Json<Receipt>)> {
    let now = services.clock.now();
    let new_id = ingest::new_event_id(now)?;
    let size_bytes = text.len();
    let parsed = ingest::parse_single::<T>(text, address, access, now, new_id);
    let parsed = parsed.inspect_err(|_| services.ingest.charge(access, size_bytes))?;
    let answers = services.ingest.submit(access, vec![parsed], size_bytes).await?;
    let Some(answer) = answers.into_iter().next() else {
        return Err(ApiError::internal("an event got no answer"));
    };
    let id = answer.id.unwrap_or(new_id);
    let warnings = answer.notices(0).collect();
    let receipt = |status| Json(Receipt { id, status, warnings });
    match answer.outcome {
        Outcome::Accepted => Ok((StatusCode::CREATED, receipt(ReceiptStatus::Accepted))),
        Outcome::Duplicate => Ok((StatusCode::OK, receipt(ReceiptStatus::Duplicate))),
        Outcome::Updated => Ok((StatusCode::OK, receipt(ReceiptStatus::Updated))),
        Outcome::Superseded => Ok((StatusCode::OK, receipt(ReceiptStatus::Superseded))),
        Outcome::Rejected(invalid) => Err(invalid.into()),
    }
}

impl From<IngestError> for ApiError {
    fn from(error: IngestError) -> Self {
        match error {
            IngestError::Malformed(problem) => {
                let error = Self::new(problem.code, problem.detail);
                match problem.field {
                    Some(field) => error.field(field),
                    None => error,
                }
            }
            IngestError::Quota { retry_after } => {
                let detail = "the key has sent more than its quota allows; go on after Retry-After";
                Self::new(Code::QuotaExceeded, detail).retry_after_s(retry_after.as_secs() + 1)
            }
            IngestError::QueueFull => {
                let detail = "more is waiting to be stored than may wait; try again";
                Self::new(Code::Unavailable, detail).retry_after_s(1)
            }
            IngestError::Stopping => {
                let detail = "the collector is stopping; try again";
                Self::new(Code::Unavailable, detail).retry_after_s(2)
            }
            IngestError::TakenBack => Self::new(Code::Conflict, error.to_string()),
            IngestError::NoRandomness => Self::internal(error),
            IngestError::Store(error) => Self::hidden(error.code(), error),
        }
    }
}

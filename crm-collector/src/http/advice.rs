//! `/v1/recommendations/{id}/{decision}`: what becomes of a recommendation.

use axum::extract::State;
use chrono::NaiveDate;
use crm_api::answer;
use crm_api::answer::{AdviceState, AdviceVerb};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::json::decode;
use super::{ApiResult, Body, Json, Path, Services};
use crate::auth::Access;
use crate::auth::right::Decide;
use crate::insights::Decision;

pub(super) fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(decide_recommendation))
}

/// What is told of a decision.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Told {
    /// Why, in at most 500 characters.
    reason: Option<String>,
    /// Of `snooze`: the day from which on it is open again, within a year; in a week if left out.
    #[schema(value_type = Option<String>, format = Date, example = "2026-12-01")]
    until: Option<NaiveDate>,
}

/// How a recommendation stands.
#[derive(Serialize, ToSchema)]
struct DecidedView {
    id: String,
    state: AdviceState,
    decision: answer::Decision,
}

/// Decides about a recommendation: accepts, dismisses or snoozes it, or says that it is done.
///
/// The body may be left out. A decision can be changed by another one.
#[utoipa::path(post, path = "/v1/recommendations/{id}/{decision}", tag = "Assistant",
    request_body = Option<Told>,
    params(("id" = String, Path, description = "The recommendation's id"),
        ("decision" = AdviceVerb, Path, description = "What is decided")), responses(
    (status = 200, description = "How it stands now", body = DecidedView),
))]
async fn decide_recommendation(
    State(services): State<Services>,
    access: Access<Decide>,
    Path((id, verb)): Path<(String, AdviceVerb)>,
    body: Body,
) -> ApiResult<Json<DecidedView>> {
    let Told { reason, until } = match body.bytes.is_empty() {
        true => Told::default(),
        false => decode(&body.bytes)?,
    };
    let state = verb.state();
    let decision = Decision { state, reason, until };
    let decision = services.answers.insights.decide(&access, &id, decision).await?;
    Ok(Json(DecidedView { id, state, decision }))
}

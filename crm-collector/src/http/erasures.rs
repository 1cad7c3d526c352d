//! `DELETE /v1/customers/{id}`: erasing a customer.

use axum::extract::State;
use crm_models::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::events::Admitted;
use super::{ApiError, ApiResult, Json, Path, Services};
use crate::auth::Access;
use crate::auth::right::Erase;
use crate::ingest::Erased;

pub(super) fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(delete_customer))
}

/// What was erased of a customer. It says nothing of who it was.
#[derive(Serialize, ToSchema)]
struct ErasureReceipt {
    /// All that is left of the id: a hash of it, by which what arrives late is known.
    receipt: String,
    erased_at: Timestamp,
    /// Purchases that are nobody's now. They stay in all sums.
    purchases: i64,
    /// Interactions that are gone.
    interactions: i64,
    /// Rejected events that are gone.
    rejected_events: i64,
    /// Whether nothing of it stands in the database's files any more. Where somebody reads for long, what
    /// was deleted may: ask again when they have ended.
    files_cleared: bool,
}

impl From<Erased> for ErasureReceipt {
    fn from(erased: Erased) -> Self {
        let Erased { hash, at, purchases, interactions, rejected, is_gone } = erased;
        Self {
            receipt: hash,
            erased_at: at,
            purchases,
            interactions,
            rejected_events: rejected,
            files_cleared: is_gone,
        }
    }
}

/// Erases a customer for good.
///
/// What the customer bought stays in all sums, as bought by nobody. Gone are the name, contacts and
/// attributes, all interactions, what was told of purchases beside products and money, and rejected events that
/// speak of the customer; from the database, its log and later backups. What was told of the customer before
/// and arrives later is not taken in, or as of nobody. Asked again, it gives the same receipt.
#[utoipa::path(delete, path = "/v1/customers/{id}", tag = "Client base",
    params(("id" = String, Path, description = "The host's id")), responses(
    (status = 200, description = "It is erased", body = ErasureReceipt),
))]
async fn delete_customer(
    State(services): State<Services>,
    access: Access<Erase>,
    Path(customer_id): Path<String>,
    _: Admitted,
) -> ApiResult<Json<ErasureReceipt>> {
    let erasures = services.erasures.clone();
    // It goes on when nobody waits for it any more.
    let erase = move || erasures.erase(&access, &customer_id);
    let erased = services.lanes.erasing.run(erase).await??;
    erased.map(|erased| Json(erased.into())).ok_or_else(|| ApiError::no_such("customer"))
}

//! `/v1/customers` and `/v1/purchases`: the client base and what it bought.

use axum::extract::State;
use axum::response::Response;
use crm_api::answer::{CustomerDetail, CustomerPage, PurchasePage, TimelinePage};
use crm_models::Code;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer;
use super::{ApiError, ApiResult, Json, Path, Query, Services};
use crate::auth::Access;
use crate::auth::right::Read;
use crate::clients::{ClientsError, CustomerSearch, PurchaseSearch};

pub(super) fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(find_customers))
        .routes(routes!(get_customer))
        .routes(routes!(get_timeline))
        .routes(routes!(list_purchases))
}

/// Finds customers.
#[utoipa::path(get, path = "/v1/customers", tag = "Client base", params(CustomerSearch), responses(
    (status = 200, description = "In order of first acquaintance", body = CustomerPage),
))]
async fn find_customers(
    State(services): State<Services>,
    access: Access<Read>,
    Query(search): Query<CustomerSearch>,
) -> ApiResult<Response> {
    let clients = services.clients.clone();
    answer::page(&services, &access, move |access| Ok(clients.find(access, &search)?)).await
}

/// One customer, with what was bought in sums.
#[utoipa::path(get, path = "/v1/customers/{id}", tag = "Client base",
    params(("id" = String, Path, description = "The host's id")), responses(
    (status = 200, description = "The customer", body = CustomerDetail),
))]
async fn get_customer(
    State(services): State<Services>,
    access: Access<Read>,
    Path(id): Path<String>,
) -> ApiResult<Json<CustomerDetail>> {
    let clients = services.clients;
    let found = services.lanes.reading.run(move || clients.customer(&access, &id)).await??;
    Ok(Json(found))
}

/// A page of a customer's timeline.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TimelineQuery {
    /// The `next_after` of the page before.
    after: Option<String>,
    /// Entries a page, 1 to 1000; 50 if left out. A page ends sooner at a mebibyte.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// What happened with a customer: purchases, refunds, interactions.
#[utoipa::path(get, path = "/v1/customers/{id}/timeline", tag = "Client base",
    params(("id" = String, Path, description = "The host's id"), TimelineQuery), responses(
    (status = 200, description = "The latest first", body = TimelinePage),
))]
async fn get_timeline(
    State(services): State<Services>,
    access: Access<Read>,
    Path(id): Path<String>,
    Query(query): Query<TimelineQuery>,
) -> ApiResult<Response> {
    let clients = services.clients.clone();
    let page = move |access: &Access<Read>| {
        Ok(clients.timeline(access, &id, query.after.as_deref(), query.limit)?)
    };
    answer::page(&services, &access, page).await
}

/// Lists purchases.
#[utoipa::path(get, path = "/v1/purchases", tag = "Client base", params(PurchaseSearch), responses(
    (status = 200, description = "The latest first", body = PurchasePage),
))]
async fn list_purchases(
    State(services): State<Services>,
    access: Access<Read>,
    Query(search): Query<PurchaseSearch>,
) -> ApiResult<Response> {
    let clients = services.clients.clone();
    answer::page(&services, &access, move |access| Ok(clients.purchases(access, &search)?)).await
}

impl From<ClientsError> for ApiError {
    fn from(error: ClientsError) -> Self {
        match error {
            ClientsError::Invalid(invalid) => invalid.into(),
            ClientsError::NoSuchCustomer => Self::new(Code::NotFound, error.to_string()),
            ClientsError::Store(error) => Self::hidden(error.code(), error),
        }
    }
}

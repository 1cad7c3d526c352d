//! `/v1/reports`: the reports.

use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use crm_api::answer::{Report, ReportName};
use crm_models::{Code, Currency, Problem};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer;
use super::{ApiError, ApiResult, Json, Path, Query, Services, params, schemas};
use crate::auth::Access;
use crate::auth::right::Read;
use crate::export::Format;
use crate::facts::WholeDay;
use crate::reports::{self, ReportError};

pub(super) fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(list_reports))
        .routes(routes!(get_report))
        .routes(routes!(get_cohorts))
}

/// A report that can be asked for.
#[derive(Serialize, ToSchema)]
struct ReportAbout {
    name: &'static str,
    description: &'static str,
}

/// The reports there are.
#[derive(Serialize, ToSchema)]
struct ReportList {
    reports: Vec<ReportAbout>,
}

/// Lists the reports.
#[utoipa::path(get, path = "/v1/reports", tag = "Reports", responses(
    (status = 200, description = "Their names", body = ReportList),
))]
async fn list_reports(_: Access<Read>) -> ApiResult<Json<ReportList>> {
    let about =
        |name: ReportName| ReportAbout { name: name.as_str(), description: name.description() };
    Ok(Json(ReportList { reports: ReportName::ALL.iter().copied().map(about).collect() }))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReportQuery {
    /// First day that counts, such as 2010-11-01; left out, the first day with a purchase, but
    /// for a few that lie far before all others; a summary without either is of the last full month, or of a week or a day where there are no two months.
    #[param(value_type = Option<String>, example = "2026-01-31")]
    from: Option<WholeDay>,
    /// First day that counts no more; left out, the day after the last purchase.
    #[param(value_type = Option<String>, example = "2026-02-28")]
    to: Option<WholeDay>,
    /// Currency of the purchases that count; left out, the workspace's own.
    #[param(example = "EUR", min_length = 3, max_length = 3)]
    currency: Option<String>,
    /// How `sales` divides time: day, week, month (if left out), quarter or year.
    #[param(schema_with = schemas::bucket)]
    bucket: Option<String>,
    /// Rows of `products`, `customers` and `refunds` at the most; 100 if left out, 0 for all.
    limit: Option<usize>,
    /// json (if left out) or csv.
    #[param(schema_with = schemas::format)]
    format: Option<String>,
}

impl ReportQuery {
    fn read(&self, [from, to]: [Option<NaiveDate>; 2]) -> ApiResult<(reports::Query, Format)> {
        let invalid = |field: &'static str, rule: String| {
            ApiError::new(Code::InvalidField, rule).field(field)
        };
        let currency = self.currency.as_deref().map(str::parse::<Currency>).transpose();
        let bucket = self.bucket.as_deref().map(str::parse::<crm_api::Bucket>).transpose();
        let format = answer::format(self.format.as_deref())?;
        let query = reports::Query {
            from,
            to,
            currency: currency.map_err(|error| invalid("currency", error.to_string()))?,
            bucket: bucket.map_err(|rule| invalid("bucket", rule.to_string()))?,
            limit: self.limit,
        };
        Ok((query, format))
    }
}

/// Makes a report: a table with typed columns, rows keyed by column, and totals. Money is a
/// string.
#[utoipa::path(get, path = "/v1/reports/{name}", tag = "Reports",
    params(("name" = String, Path, description = "As listed"), ReportQuery), responses(
    (status = 200, description = "The report", body = Report),
    (status = 404, description = "`not_found`: there is no such report", body = Problem,
     content_type = "application/problem+json"),
))]
async fn get_report(
    State(services): State<Services>,
    access: Access<Read>,
    Path(name): Path<String>,
    Query(query): Query<ReportQuery>,
) -> ApiResult<Response> {
    let name = name
        .parse::<ReportName>()
        .map_err(|rule| ApiError::new(Code::NotFound, rule.to_string()))?;
    report(services, access, name, &query).await
}

/// Retention and revenue of customers by the month of their first purchase: the report `cohorts`.
#[utoipa::path(get, path = "/v1/cohorts", tag = "Insights", params(ReportQuery), responses(
    (status = 200, description = "The report", body = Report),
))]
async fn get_cohorts(
    State(services): State<Services>,
    access: Access<Read>,
    Query(query): Query<ReportQuery>,
) -> ApiResult<Response> {
    report(services, access, ReportName::Cohorts, &query).await
}

async fn report(
    services: Services,
    access: Access<Read>,
    name: ReportName,
    query: &ReportQuery,
) -> ApiResult<Response> {
    let moments = [("from", query.from), ("to", query.to)];
    let (query, format) = query.read(params::days(&services, &access, moments).await?)?;
    let turn = match reports::is_heavy(name) {
        true => Some(services.outgoing.heavy_turn((&access).into()).await?),
        false => None,
    };
    let reports = services.reports.clone();
    let make = move |access: &Access<Read>| {
        // Kept by the thread: a request that goes away does not end it.
        let _turn = &turn;
        Ok(reports.run(access, name, &query)?)
    };
    answer::give(&services, &access, format, make).await
}

impl From<ReportError> for ApiError {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Invalid(invalid) => invalid.into(),
            ReportError::Store(error) => Self::hidden(error.code(), error),
        }
    }
}

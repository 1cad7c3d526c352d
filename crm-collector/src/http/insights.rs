//! `/v1/forecasts` and its siblings: what the statistics say.

use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use crm_api::answer::{
    Analysis, CustomerValues, Forecasts, Measure, NextItems, Segments, Together, Trends,
};
use crm_models::{Code, Currency};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{self, Computing};
use super::{ApiError, ApiResult, Json, Path, Query, Services, params, schemas};
use crate::auth::Access;
use crate::auth::right::Read;
use crate::facts::{self, WholeDay};
use crate::insights::{self, ForecastQuery, ProgressView, TrendQuery, ValueQuery};

pub(super) fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(get_forecasts))
        .routes(routes!(get_trends))
        .routes(routes!(list_values))
        .routes(routes!(get_value))
        .routes(routes!(get_segments))
        .routes(routes!(get_next))
        .routes(routes!(get_together))
        .routes(routes!(get_analysis))
}

/// A field that cannot be read.
fn invalid(field: &'static str, rule: impl ToString) -> ApiError {
    ApiError::new(Code::InvalidField, rule.to_string()).field(field)
}

fn read<T: std::str::FromStr<Err: ToString>>(
    field: &'static str,
    text: Option<&str>,
) -> ApiResult<Option<T>> {
    text.map(str::parse).transpose().map_err(|rule: T::Err| invalid(field, rule))
}

fn scope(currency: Option<&str>, as_of: Option<NaiveDate>) -> ApiResult<insights::Scope> {
    Ok(insights::Scope { currency: read::<Currency>("currency", currency)?, as_of })
}

async fn day(
    services: &Services,
    access: &Access<Read>,
    as_of: Option<WholeDay>,
) -> ApiResult<Option<NaiveDate>> {
    let [as_of] = params::days(services, access, [("as_of", as_of)]).await?;
    Ok(as_of)
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ForecastParams {
    /// What is forecast: revenue (if left out), orders, units or customers.
    #[param(schema_with = schemas::series)]
    series: Option<String>,
    /// What it is divided by: product, country, channel or segment; left out, the whole alone.
    #[param(schema_with = schemas::breakdown)]
    by: Option<String>,
    /// Length of a period: day, week, month (if left out), quarter or year.
    #[param(schema_with = schemas::bucket)]
    bucket: Option<String>,
    /// Periods ahead; 28 days, 13 weeks, 6 months, 4 quarters or 2 years if left out.
    #[param(minimum = 1, maximum = 366)]
    horizon: Option<usize>,
    /// Parts by product, country or channel that are forecast one by one, the largest first; 10 if
    /// left out, 0 for all.
    limit: Option<usize>,
    /// Holidays behind and ahead, for days: dates, parted by commas.
    holidays: Option<String>,
    /// Currency of the purchases that count; left out, the workspace's own.
    #[param(example = "EUR", min_length = 3, max_length = 3)]
    currency: Option<String>,
    /// First day that counts no more; left out, today, or the day after the last purchase where
    /// that is more than five weeks ago.
    #[param(value_type = Option<String>, example = "2026-01-31")]
    as_of: Option<WholeDay>,
    /// json (if left out) or csv.
    #[param(schema_with = schemas::format)]
    format: Option<String>,
}

impl ForecastParams {
    fn query(&self, as_of: Option<NaiveDate>) -> ApiResult<ForecastQuery> {
        let holidays = self.holidays.as_deref().unwrap_or_default().split(',');
        let holidays = holidays.filter(|text| !text.trim().is_empty());
        let default = ForecastQuery::default();
        let by = read("by", self.by.as_deref())?;
        Ok(ForecastQuery {
            scope: scope(self.currency.as_deref(), as_of)?,
            series: read("series", self.series.as_deref())?.unwrap_or(Measure::Revenue),
            by,
            bucket: read("bucket", self.bucket.as_deref())?.unwrap_or(default.bucket),
            horizon: self.horizon,
            limit: ForecastQuery::parts(by, self.limit)?,
            holidays: holidays
                .map(|text| facts::parse_day(text).map_err(|rule| invalid("holidays", rule)))
                .collect::<Result<_, _>>()?,
        })
    }
}

/// Forecasts sales.
///
/// Each forecast has intervals, names its method, and says how that would have done in the past
/// beside the naive method.
#[utoipa::path(get, path = "/v1/forecasts", tag = "Insights", params(ForecastParams), responses(
    (status = 200, description = "The whole, and its parts", body = Forecasts),
    (status = 202, description = "It is being computed; ask again", body = Computing),
))]
async fn get_forecasts(
    State(services): State<Services>,
    access: Access<Read>,
    Query(params): Query<ForecastParams>,
) -> ApiResult<Response> {
    let as_of = day(&services, &access, params.as_of).await?;
    let (query, format) = (params.query(as_of)?, answer::format(params.format.as_deref())?);
    let view = ProgressView::default();
    let asked = services.insights.forecasts(&access, &query, &view);
    answer::ask(&services, &access, format, &view, asked).await
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TrendParams {
    /// Length of a period: day, week (if left out), month, quarter or year.
    #[param(schema_with = schemas::bucket)]
    bucket: Option<String>,
    /// Trends at the most, the largest first; 20 if left out, 0 for 200.
    limit: Option<usize>,
    /// Currency of the purchases that count; left out, the workspace's own.
    #[param(example = "EUR", min_length = 3, max_length = 3)]
    currency: Option<String>,
    /// First day that counts no more; left out, today, or the day after the last purchase where
    /// that is more than five weeks ago.
    #[param(value_type = Option<String>, example = "2026-01-31")]
    as_of: Option<WholeDay>,
    /// json (if left out) or csv.
    #[param(schema_with = schemas::format)]
    format: Option<String>,
}

/// Tells what changed: since when, by how much, how surely, and what drove it.
///
/// The whole and each product, country and channel are looked at together; of the trends reported
/// at most 5 % are owed to chance.
#[utoipa::path(get, path = "/v1/trends", tag = "Insights", params(TrendParams), responses(
    (status = 200, description = "The largest first", body = Trends),
    (status = 202, description = "It is being computed; ask again", body = Computing),
))]
async fn get_trends(
    State(services): State<Services>,
    access: Access<Read>,
    Query(params): Query<TrendParams>,
) -> ApiResult<Response> {
    let as_of = day(&services, &access, params.as_of).await?;
    let default = TrendQuery::default();
    let query = TrendQuery {
        scope: scope(params.currency.as_deref(), as_of)?,
        bucket: read("bucket", params.bucket.as_deref())?.unwrap_or(default.bucket),
        limit: params.limit.unwrap_or(default.limit),
    };
    let format = answer::format(params.format.as_deref())?;
    let view = ProgressView::default();
    let asked = services.insights.trends(&access, query, &view);
    answer::ask(&services, &access, format, &view, asked).await
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ValueParams {
    /// Days ahead that the figures cover; 182 if left out.
    #[param(minimum = 1)]
    horizon_days: Option<u32>,
    /// Currency of the purchases that count; left out, the workspace's own.
    #[param(example = "EUR", min_length = 3, max_length = 3)]
    currency: Option<String>,
    /// First day that counts no more; left out, today, or the day after the last purchase where
    /// that is more than five weeks ago.
    #[param(value_type = Option<String>, example = "2026-01-31")]
    as_of: Option<WholeDay>,
    /// json (if left out) or csv.
    #[param(schema_with = schemas::format)]
    format: Option<String>,
}

impl ValueParams {
    fn query(&self, as_of: Option<NaiveDate>) -> ApiResult<ValueQuery> {
        values_of(self.horizon_days, self.currency.as_deref(), as_of)
    }
}

fn values_of(
    horizon_days: Option<u32>,
    currency: Option<&str>,
    as_of: Option<NaiveDate>,
) -> ApiResult<ValueQuery> {
    let default = ValueQuery::default();
    Ok(ValueQuery {
        scope: scope(currency, as_of)?,
        horizon_days: horizon_days.unwrap_or(default.horizon_days),
    })
}

/// The same of many customers. Spelled out, for serde cannot refuse unknown fields of a struct that
/// takes in another one.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListParams {
    /// Days ahead that the figures cover; 182 if left out.
    #[param(minimum = 1)]
    horizon_days: Option<u32>,
    /// Customers at the most; 100 if left out, 0 for all. A long list is refused where it takes more
    /// memory than there is.
    limit: Option<usize>,
    /// Currency of the purchases that count; left out, the workspace's own.
    #[param(example = "EUR", min_length = 3, max_length = 3)]
    currency: Option<String>,
    /// First day that counts no more; left out, today, or the day after the last purchase where
    /// that is more than five weeks ago.
    #[param(value_type = Option<String>, example = "2026-01-31")]
    as_of: Option<WholeDay>,
    /// json (if left out) or csv.
    #[param(schema_with = schemas::format)]
    format: Option<String>,
}

/// Lists what customers are worth.
#[utoipa::path(get, path = "/v1/customer-values", tag = "Insights", params(ListParams), responses(
    (status = 200, description = "The most valuable first", body = CustomerValues),
    (status = 202, description = "It is being computed; ask again", body = Computing),
))]
async fn list_values(
    State(services): State<Services>,
    access: Access<Read>,
    Query(params): Query<ListParams>,
) -> ApiResult<Response> {
    let as_of = day(&services, &access, params.as_of).await?;
    let query = values_of(params.horizon_days, params.currency.as_deref(), as_of)?;
    let format = answer::format(params.format.as_deref())?;
    let limit = params.limit.unwrap_or(insights::DEFAULT_LIMIT);
    let view = ProgressView::default();
    // Held until the answer is written.
    let mut turn = None;
    let asked = async {
        turn = services.insights.turn_of_list(limit).await;
        services.insights.values(&access, query, limit, &view).await
    };
    answer::ask(&services, &access, format, &view, asked).await
}

/// Tells what a customer is worth: whether they will come back, how often, for how much, when.
#[utoipa::path(get, path = "/v1/customers/{id}/value", tag = "Insights",
    params(("id" = String, Path, description = "The host's id"), ValueParams), responses(
    (status = 200, description = "One customer, or none who never bought", body = CustomerValues),
    (status = 202, description = "It is being computed; ask again", body = Computing),
))]
async fn get_value(
    State(services): State<Services>,
    access: Access<Read>,
    Path(id): Path<String>,
    Query(params): Query<ValueParams>,
) -> ApiResult<Response> {
    let as_of = day(&services, &access, params.as_of).await?;
    let (query, format) = (params.query(as_of)?, answer::format(params.format.as_deref())?);
    let view = ProgressView::default();
    let asked = services.insights.value(&access, query, &id, &view);
    answer::ask(&services, &access, format, &view, asked).await
}

/// Tells which groups the customers fall into.
#[utoipa::path(get, path = "/v1/segments", tag = "Insights", params(ValueParams), responses(
    (status = 200, description = "By stage of life, and by recency, frequency and money",
     body = Segments),
    (status = 202, description = "It is being computed; ask again", body = Computing),
))]
async fn get_segments(
    State(services): State<Services>,
    access: Access<Read>,
    Query(params): Query<ValueParams>,
) -> ApiResult<Response> {
    let as_of = day(&services, &access, params.as_of).await?;
    let (query, format) = (params.query(as_of)?, answer::format(params.format.as_deref())?);
    let view = ProgressView::default();
    let asked = services.insights.segments(&access, query, &view);
    answer::ask(&services, &access, format, &view, asked).await
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct BasketParams {
    /// Products at the most; 10 if left out, 0 for all.
    limit: Option<usize>,
    /// Currency of the purchases that count; left out, the workspace's own.
    #[param(example = "EUR", min_length = 3, max_length = 3)]
    currency: Option<String>,
    /// First day that counts no more; left out, today, or the day after the last purchase where
    /// that is more than five weeks ago.
    #[param(value_type = Option<String>, example = "2026-01-31")]
    as_of: Option<WholeDay>,
    /// json (if left out) or csv.
    #[param(schema_with = schemas::format)]
    format: Option<String>,
}

impl BasketParams {
    fn scope(&self, as_of: Option<NaiveDate>) -> ApiResult<insights::Scope> {
        scope(self.currency.as_deref(), as_of)
    }

    fn limit(&self) -> usize {
        self.limit.unwrap_or(insights::DEFAULT_ITEMS)
    }
}

/// Tells what is bought together with a product, more often than by chance.
#[utoipa::path(get, path = "/v1/products/{sku}/together", tag = "Insights",
    params(("sku" = String, Path, description = "The host's id of the product"), BasketParams),
    responses(
    (status = 200, description = "Those with the largest excess over chance first", body = Together),
    (status = 202, description = "It is being computed; ask again", body = Computing),
))]
async fn get_together(
    State(services): State<Services>,
    access: Access<Read>,
    Path(sku): Path<String>,
    Query(params): Query<BasketParams>,
) -> ApiResult<Response> {
    let as_of = day(&services, &access, params.as_of).await?;
    let (scope, format) = (params.scope(as_of)?, answer::format(params.format.as_deref())?);
    let (limit, view) = (params.limit(), ProgressView::default());
    let asked = services.insights.together(&access, scope, &sku, limit, &view);
    answer::ask(&services, &access, format, &view, asked).await
}

/// Tells what a customer is likely to buy next, and why.
#[utoipa::path(get, path = "/v1/customers/{id}/next", tag = "Insights",
    params(("id" = String, Path, description = "The host's id"), BasketParams), responses(
    (status = 200, description = "The likeliest first", body = NextItems),
    (status = 202, description = "It is being computed; ask again", body = Computing),
))]
async fn get_next(
    State(services): State<Services>,
    access: Access<Read>,
    Path(id): Path<String>,
    Query(params): Query<BasketParams>,
) -> ApiResult<Response> {
    let as_of = day(&services, &access, params.as_of).await?;
    let (scope, format) = (params.scope(as_of)?, answer::format(params.format.as_deref())?);
    let (limit, view) = (params.limit(), ProgressView::default());
    let asked = services.insights.next(&access, scope, &id, limit, &view);
    answer::ask(&services, &access, format, &view, asked).await
}

/// Tells how far the analysis in the background is.
#[utoipa::path(get, path = "/v1/analysis", tag = "Insights", responses(
    (status = 200, description = "How far it is", body = Analysis),
))]
async fn get_analysis(
    State(services): State<Services>,
    access: Access<Read>,
) -> ApiResult<Json<Analysis>> {
    Ok(Json(services.insights.analysis(&access)))
}

//! Query strings and paths, with refusals in the one form: one kind of mistake has one code and
//! one wording on every route.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chrono::NaiveDate;
use crm_models::Code;
use serde::Deserialize;
use serde::de::{self, DeserializeOwned};
use utoipa::IntoParams;

use super::{ApiError, ApiResult, Services};
use crate::auth::Access;
use crate::auth::right::Read;
use crate::facts::{List, Moment, Place, WholeDay};

/// The query string, read and checked by its type.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> ApiResult<Self> {
        let read = axum::extract::Query::try_from_uri(&parts.uri);
        read.map(|query| Self(query.0)).map_err(|error| {
            let mut source: Option<&dyn std::error::Error> = Some(&error);
            while let Some(cause) = source {
                if let Some(cause) =
                    cause.downcast_ref::<serde_path_to_error::Error<de::value::Error>>()
                {
                    let field = cause.path().to_string();
                    return refusal(&field, &cause.inner().to_string(), parts.uri.query());
                }
                source = cause.source();
            }
            ApiError::new(Code::MalformedQuery, error.body_text())
        })
    }
}

/// From what serde says of a parameter to what its sender is told.
fn refusal(field: &str, message: &str, query: Option<&str>) -> ApiError {
    let named = |prefix: &str| message.strip_prefix(prefix)?.split('`').next();
    if let Some(name) = named("unknown field `") {
        let known = message.split_once("expected ").map_or("none", |(_, known)| known);
        let known = known.trim_start_matches("one of ").replace('`', "");
        let rule = format!("is no parameter of this path; there are: {known}");
        return ApiError::new(Code::InvalidField, rule).field(name);
    }
    if let Some(name) = named("duplicate field `") {
        return ApiError::new(Code::InvalidField, "is given more than once").field(name);
    }
    if message.starts_with("invalid digit") || message.starts_with("number too") {
        return no_number(field, query);
    }
    let code = if message.starts_with("lies ") { Code::OutOfRange } else { Code::InvalidField };
    ApiError::new(code, message.to_owned()).field(field)
}

/// Tells a number that its type cannot hold from what is no number.
fn no_number(field: &str, query: Option<&str>) -> ApiError {
    let mut pairs = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    let given = pairs.find(|(name, _)| *name == field).map_or("", |(_, given)| given);
    let digits = given.trim_start_matches(['-', '+']);
    let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let (code, rule) = match whole {
        true => (Code::OutOfRange, format!("lies outside of its bounds, {given} given")),
        false => (Code::InvalidField, format!("is a whole number, {given:?} given")),
    };
    ApiError::new(code, rule).field(field)
}

/// Entries of a page unless asked otherwise, and at the most.
const PAGE: (usize, usize) = (50, 1_000);

/// A page of a list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// The `next_after` of the page before.
    after: Option<String>,
    /// Entries a page, 1 to 1000; 50 if left out. A page ends sooner at a mebibyte.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

impl PageQuery {
    /// The place behind which the page begins, and how many entries it has at the most.
    pub(super) fn read(&self, list: List) -> ApiResult<(Option<Place>, usize)> {
        let limit = self.limit.unwrap_or(PAGE.0);
        if !(1..=PAGE.1).contains(&limit) {
            let rule = format!("lies between 1 and {}, {limit} given", PAGE.1);
            return Err(ApiError::new(Code::OutOfRange, rule).field("limit"));
        }
        let after = self.after.as_deref().map(|token| Place::parse(token, list)).transpose()?;
        Ok((after, limit))
    }
}

/// The days that are asked for, in the workspace's time zone.
pub(super) async fn days<const N: usize>(
    services: &Services,
    access: &Access<Read>,
    asked: [(&'static str, Option<WholeDay>); N],
) -> ApiResult<[Option<NaiveDate>; N]> {
    let mut days = [None; N];
    for (place, (field, day)) in days.iter_mut().zip(asked) {
        *place = match day {
            None => None,
            Some(WholeDay(Moment::Day(date))) => Some(date),
            Some(day) => {
                let zone = services.auth.workspace(access).await?.timezone;
                let day = day.date(zone);
                Some(day.map_err(|rule| ApiError::new(Code::OutOfRange, rule).field(field))?)
            }
        };
    }
    Ok(days)
}

/// Parameters of the path, read and checked by their type. What cannot be an id is the id of
/// nothing.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> ApiResult<Self> {
        let path = axum::extract::Path::from_request_parts(parts, state).await;
        path.map(|path| Self(path.0))
            .map_err(|_| ApiError::new(Code::NotFound, "the path holds no id that could exist"))
    }
}

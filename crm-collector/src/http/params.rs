//! Query strings and paths, with refusals in the one form.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use crm_models::Code;
use serde::de::DeserializeOwned;

use super::{ApiError, ApiResult};

/// The query string, read and checked by its type.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> ApiResult<Self> {
        axum::extract::Query::try_from_uri(&parts.uri).map(|query| Self(query.0)).map_err(|error| {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            ApiError::new(Code::MalformedQuery, source.unwrap_or_else(|| error.body_text()))
        })
    }
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

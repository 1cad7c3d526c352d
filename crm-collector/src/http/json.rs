//! JSON in and out. What cannot be read is refused with the field that was wrong.

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use crm_models::Code;
use serde::Serialize;
use serde::de::{Deserialize, DeserializeOwned};
use serde_json::error::Category;

use super::{ApiError, ApiResult, Body, Services};

/// A JSON body: of a request, small, read and checked by its type; of an answer.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Services> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, services: &Services) -> ApiResult<Self> {
        require_json(request.headers())?;
        let body = <Body>::from_request(request, services).await?;
        decode(&body.bytes).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match line(&self.0) {
            Ok(body) => {
                let json = HeaderValue::from_static("application/json");
                ([(header::CONTENT_TYPE, json)], body).into_response()
            }
            Err(error) => ApiError::internal(error).into_response(),
        }
    }
}

/// JSON as an answer: it ends with a line break, as people read it in a terminal by curl, whose next
/// prompt would stand behind it.
pub(super) fn line(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut body = serde_json::to_vec(value)?;
    body.push(b'\n');
    Ok(body)
}

/// Refuses bodies that do not say they are JSON. A form on a foreign page cannot say so, which
/// is what keeps such pages from logging somebody in.
pub(super) fn require_json(headers: &HeaderMap) -> ApiResult<()> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|text| text.split(';').next()).unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(ApiError::new(Code::UnsupportedMedia, "Content-Type is application/json"))
}

/// Reads JSON into its type, which may borrow from the body.
pub(super) fn decode<'de, T: Deserialize<'de>>(body: &'de [u8]) -> ApiResult<T> {
    if let Err(error) = std::str::from_utf8(body) {
        let detail = format!("the body is not UTF-8 at byte {}", error.valid_up_to());
        return Err(ApiError::new(Code::MalformedJson, detail));
    }
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        refusal(error.inner(), path)
    })?;
    json.end().map_err(|error| refusal(&error, ".".into()))?;
    Ok(value)
}

fn refusal(error: &serde_json::Error, path: String) -> ApiError {
    let message = error.to_string();
    match error.classify() {
        Category::Data => {
            let (rule, _place) = message.split_once(" at line ").unwrap_or((&message, ""));
            match quoted(rule, "missing field `") {
                Some(name) if path == "." => {
                    ApiError::new(Code::MissingField, "is needed").field(name)
                }
                Some(name) => {
                    ApiError::new(Code::MissingField, "is needed").field(format!("{path}.{name}"))
                }
                None if path == "." => ApiError::new(Code::InvalidField, rule.to_owned()),
                None => ApiError::new(Code::InvalidField, rule.to_owned()).field(path),
            }
        }
        Category::Syntax if message.starts_with("recursion limit") => {
            ApiError::new(Code::TooDeep, message)
        }
        Category::Syntax | Category::Eof | Category::Io => {
            ApiError::new(Code::MalformedJson, message)
        }
    }
}

/// The name between backticks after `prefix`.
fn quoted<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    text.strip_prefix(prefix)?.split('`').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_json_is_refused_before_it_overflows() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let error = decode::<serde_json::Value>(deep.as_bytes()).unwrap_err();
        assert_eq!(error.code(), Code::TooDeep);
    }
}

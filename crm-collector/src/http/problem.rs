//! The one place where errors become HTTP: status, headers and an `application/problem+json`
//! body with a stable code, an outward message and the request's id.

use std::any::Any;
use std::borrow::Cow;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use crm_models::{Code, Problem};

use crate::auth::AuthError;

/// Result of a handler.
pub type ApiResult<T> = Result<T, ApiError>;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// An error on its way out.
#[derive(Clone, Debug)]
pub struct ApiError(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    code: Code,
    /// Said to the sender.
    detail: Cow<'static, str>,
    field: Option<String>,
    retry_after_s: Option<u64>,
    /// Said to the log alone.
    cause: Option<Cause>,
}

impl ApiError {
    /// An error with what its sender is told.
    pub fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        let detail = detail.into();
        Self(Arc::new(Inner { code, detail, field: None, retry_after_s: None, cause: None }))
    }

    /// There is no such thing in the sender's workspace.
    pub fn no_such(what: &str) -> Self {
        Self::new(Code::NotFound, format!("there is no such {what} in this workspace"))
    }

    /// A failure inside: the sender learns that there was one, the log what it was.
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::hidden(Code::Internal, cause)
    }

    /// An error of which the sender learns its kind, and the log the rest.
    pub fn hidden(code: Code, cause: impl Into<Cause>) -> Self {
        let detail = match code {
            Code::StorageFull => "there is no room to store this; nothing was changed",
            Code::Unavailable => "the collector is busy, try again",
            _ => "something failed inside the collector; its log has the cause by request_id",
        };
        let mut error = Self::new(code, detail).change(|inner| inner.cause = Some(cause.into()));
        if code == Code::Unavailable {
            error = error.retry_after_s(1);
        }
        error
    }

    /// Names the field that was wrong.
    #[must_use]
    pub fn field(self, field: impl Into<String>) -> Self {
        self.change(|inner| inner.field = Some(field.into()))
    }

    /// Says when to try again.
    #[must_use]
    pub fn retry_after_s(self, seconds: u64) -> Self {
        self.change(|inner| inner.retry_after_s = Some(seconds))
    }

    /// Its stable code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    fn change(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        // Shared only once it is a response.
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            change(inner);
        }
        self
    }

    /// The error of an answer that some library made: an extractor of axum's, say.
    fn foreign(status: StatusCode) -> Self {
        // Bodies are read by extractors of our own; what is left to refuse is in the URL.
        let code = match status {
            StatusCode::BAD_REQUEST => Code::MalformedQuery,
            status => {
                let by_status = Code::ALL.iter().find(|code| code.status() == status.as_u16());
                by_status.copied().unwrap_or(Code::Internal)
            }
        };
        Self::new(code, code.title())
    }
}

/// Marks an error answer that has its body: a page that says what is wrong.
#[derive(Clone, Copy, Debug)]
pub struct Worded;

/// Leaves the body to `render`, which knows the request's id.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() =
            StatusCode::from_u16(self.0.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response.extensions_mut().insert(self);
        response
    }
}

/// Gives an error answer its headers and body, and logs its cause. Other answers pass.
pub(super) fn render(mut response: Response, request_id: &str) -> Response {
    let status = response.status();
    let worded = response.extensions_mut().remove::<Worded>().is_some();
    let error = match response.extensions_mut().remove::<ApiError>() {
        Some(error) => error.0,
        None if worded => return response,
        None if status.is_client_error() || status.is_server_error() => ApiError::foreign(status).0,
        None => return response,
    };
    if let Some(cause) = &error.cause {
        let chain = Chain(cause.as_ref());
        tracing::error!(request_id, code = error.code.as_str(), cause = %chain, "request failed");
    }
    if worded {
        return response;
    }
    let mut problem = Problem::new(error.code, error.detail.clone());
    problem.status = status.as_u16();
    problem.field.clone_from(&error.field);
    problem.request_id = Some(request_id.to_owned());
    let body = super::json::line(&problem).unwrap_or_default();

    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Some(seconds) = error.retry_after_s {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    *response.body_mut() = Body::from(body);
    response
}

/// An error and what it came from, in one line.
struct Chain<'a>(&'a (dyn std::error::Error + 'static));

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

impl From<AuthError> for ApiError {
    fn from(error: AuthError) -> Self {
        let code = error.code();
        match error {
            AuthError::Invalid(invalid) => Self::new(code, invalid.message).field(invalid.field),
            AuthError::Throttled { retry_after_s } => {
                Self::new(code, error.to_string()).retry_after_s(retry_after_s)
            }
            AuthError::Busy => Self::new(code, error.to_string()).retry_after_s(1),
            AuthError::Store(_) | AuthError::Internal(_) => Self::hidden(code, error),
            error => Self::new(code, error.to_string()),
        }
    }
}

impl From<crm_models::Invalid> for ApiError {
    fn from(invalid: crm_models::Invalid) -> Self {
        Self::new(invalid.code, invalid.message).field(invalid.field)
    }
}

pub(super) async fn not_found() -> ApiError {
    ApiError::new(
        Code::NotFound,
        "there is nothing at this path; /openapi.json lists what there is",
    )
}

pub(super) async fn method_not_allowed() -> ApiError {
    ApiError::new(Code::MethodNotAllowed, "the Allow header lists the methods of this path")
}

/// The answer of a handler that panicked.
pub(super) fn panicked(payload: Box<dyn Any + Send>) -> Response {
    let message = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("without a message");
    ApiError::internal(format!("a handler panicked: {message}")).into_response()
}

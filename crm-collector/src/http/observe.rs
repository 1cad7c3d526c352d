//! What surrounds every request: its id, its log line, its count, its error body, the headers
//! that every answer has.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use super::problem;
use crate::metrics;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// A longer one is not taken over.
const REQUEST_ID_BYTES: usize = 64;

/// The id of this request, in its extensions.
#[derive(Clone, Debug)]
struct RequestId(String);

impl RequestId {
    /// The sender's own, if it is safe to repeat in a log; else a new one.
    fn of(headers: &HeaderMap) -> Self {
        let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        let given = headers.get(X_REQUEST_ID).and_then(|value| value.to_str().ok());
        match given {
            Some(id) if (1..=REQUEST_ID_BYTES).contains(&id.len()) && id.bytes().all(safe) => {
                Self(id.to_owned())
            }
            _ => Self::next(),
        }
    }

    /// Random by process, then counted: unique without asking the system each time.
    fn next() -> Self {
        static PROCESS: LazyLock<u32> = LazyLock::new(|| {
            use std::hash::{BuildHasher, RandomState};
            (RandomState::new().hash_one(std::process::id()) >> 32) as u32
        });
        static COUNT: AtomicU32 = AtomicU32::new(0);
        Self(format!("{:08x}-{:08x}", *PROCESS, COUNT.fetch_add(1, Ordering::Relaxed)))
    }
}

pub(super) async fn observe(mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = RequestId::of(request.headers());
    let method = known(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    request.extensions_mut().insert(id.clone());

    let span = tracing::info_span!("request", request_id = id.0);
    let response = next.run(request).instrument(span).await;
    let mut response = problem::render(response, &id.0);
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        headers.insert(X_REQUEST_ID, value);
    }
    harden(headers);

    // The route, not the path: paths hold customers' ids, and the log should not.
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let status = response.status().as_u16();
    let took = began.elapsed();
    metrics::request(method, route, status, took);
    // To the microsecond; the rest of the digits would be noise.
    let took_ms = (took.as_secs_f64() * 1e6).round() / 1e3;
    if matches!(route, "/healthz" | "/readyz" | "/metrics") {
        tracing::debug!(request_id = id.0, method, route, status, took_ms, "answered");
    } else {
        tracing::info!(request_id = id.0, method, route, status, took_ms, "answered");
    }
    response
}

/// Headers that are right for an API; a page that needs others has set them already.
fn harden(headers: &mut HeaderMap) {
    const DEFAULTS: [(HeaderName, &str); 5] = [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in DEFAULTS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

/// A method's name; made-up ones share one, for they would fill the metrics.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

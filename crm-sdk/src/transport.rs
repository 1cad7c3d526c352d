//! The seam to the network: a request goes out, an answer comes back, or none does.

#[cfg(feature = "native")]
mod endpoint;
#[cfg(feature = "native")]
mod exchange;
#[cfg(feature = "native")]
pub(crate) mod http;
#[cfg(feature = "native")]
mod http1;
#[cfg(feature = "reqwest")]
mod reqwest;
#[cfg(feature = "native")]
mod stream;
#[cfg(feature = "tls")]
mod tls;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// A batch, ready to be posted to the collector's `/v1/events`.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// A JSON object, `application/json`: `{"sent_at": …, "events": [ … ]}`.
    pub body: Vec<u8>,
    /// Whether the body is compressed, and has to go with `Content-Encoding: gzip`.
    pub gzip: bool,
}

/// What came back, whatever its status.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The `Retry-After` header as it stands.
    pub retry_after: Option<String>,
    /// The `Date` header as it stands.
    pub date: Option<String>,
    /// The body, decompressed.
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer of this status and body, without headers.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, body: body.into(), ..Self::default() }
    }

    /// Adds the `Retry-After` header.
    #[must_use]
    pub fn with_retry_after(mut self, header: impl Into<String>) -> Self {
        self.retry_after = Some(header.into());
        self
    }

    /// Adds the `Date` header.
    #[must_use]
    pub fn with_date(mut self, header: impl Into<String>) -> Self {
        self.date = Some(header.into());
        self
    }
}

/// No answer came back: the request may or may not have been received.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no answer from the collector: {reason}")]
pub struct Unreachable {
    reason: String,
}

impl Unreachable {
    /// Says why, without anything that belongs into no log.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }

    /// Why no answer came.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// A request on its way. Dropping it gives the request up.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<Answer, Unreachable>> + Send + 'a>>;

/// Carries requests to the collector.
///
/// The client has one for HTTP; a host brings its own where requests have to travel otherwise,
/// through a proxy of its own for instance. Futures are polled on the client's own thread, inside
/// a current-thread tokio runtime with I/O and time, and are dropped when the client's request
/// timeout is over.
///
/// Neither redirects nor failures are the transport's business: it hands back what came. It
/// never makes the same request twice.
///
/// Later versions may add methods that have a default.
pub trait Transport: Send + Sync {
    /// Makes one request.
    ///
    /// # Errors
    /// [`Unreachable`] when there is no answer, or none that is complete.
    fn send(&self, request: Request) -> Sending<'_>;
}

// Bodies hold personal data, which belongs into no log.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("body_bytes", &self.body.len())
            .field("gzip", &self.gzip)
            .finish()
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("retry_after", &self.retry_after)
            .field("date", &self.date)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

//! HTTP/1.1 by hyper over TCP, TLS or a Unix socket, with one connection that is kept alive.
//!
//! A request is written at most once. It goes out a second time, on a new connection, only where
//! hyper hands it back because the kept connection was gone before the first byte of it.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{HOST, HeaderMap, HeaderValue};
use hyper::{Method, Response, Uri};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::endpoint::{Endpoint, Place};
use super::exchange::{answer_of, extend, headers_for, unreachable};
use super::stream::Stream;
#[cfg(feature = "tls")]
use super::tls::Tls;
use super::{Answer, Request, Sending, Transport, Unreachable};

type Post = hyper::Request<Full<Bytes>>;

/// A collector and what stands before it close idle connections; a request on one that is about
/// to be closed is a request lost.
const IDLE: Duration = Duration::from_secs(30);

/// Posts to one collector with one key.
pub(super) struct Http1 {
    place: Place,
    #[cfg(feature = "tls")]
    tls: Option<Tls>,
    target: Uri,
    headers: HeaderMap,
    connect_timeout: Duration,
    /// Between requests; during one it belongs to that.
    kept: Mutex<Option<Connection>>,
}

/// A connection that can take a request.
struct Connection {
    sender: SendRequest<Full<Bytes>>,
    /// When its last answer was complete.
    idle_since: Instant,
    _driver: Driver,
}

/// Reads and writes for a [`Connection`], and notices when the other end closes it. Ends with it,
/// whatever it is waiting for.
struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Http1 {
    /// A transport with these headers and what the endpoint says, or why there is none.
    pub(super) fn new(
        endpoint: Endpoint,
        #[cfg(feature = "tls")] tls: Option<Tls>,
        mut headers: HeaderMap,
        connect_timeout: Duration,
    ) -> Result<Self, String> {
        let Endpoint { place, authority, target, .. } = endpoint;
        let host = HeaderValue::from_str(authority.as_str())
            .map_err(|_| "endpoint: the host cannot stand in a header".to_owned())?;
        headers.insert(HOST, host);
        Ok(Self {
            place,
            #[cfg(feature = "tls")]
            tls,
            target: Uri::from(target),
            headers,
            connect_timeout,
            kept: Mutex::default(),
        })
    }

    async fn post(&self, request: Request) -> Result<Answer, Unreachable> {
        let headers = headers_for(&self.headers, request.gzip);
        let mut post = Post::new(Full::from(request.body));
        *post.method_mut() = Method::POST;
        *post.uri_mut() = self.target.clone();
        *post.headers_mut() = headers;

        if let Some(mut connection) = self.kept().await {
            match connection.sender.try_send_request(post).await {
                Ok(response) => return self.read(connection, response).await,
                Err(mut error) => match error.take_message() {
                    Some(unsent) => post = unsent,
                    None => return Err(unreachable(&error.into_error())),
                },
            }
        }
        let mut connection = self.connect().await?;
        let response = connection.sender.send_request(post).await;
        self.read(connection, response.map_err(|error| unreachable(&error))?).await
    }

    /// The kept connection, if it is good for another request.
    async fn kept(&self) -> Option<Connection> {
        let connection = self.lock().take()?;
        if connection.idle_since.elapsed() > IDLE {
            return None;
        }
        // Has the runtime look at its sockets: a connection that was closed meanwhile hands the
        // request back, where it would be lost otherwise.
        tokio::task::yield_now().await;
        // Neither closed, nor still writing a request that was answered early.
        connection.sender.is_ready().then_some(connection)
    }

    /// A new connection, encrypted if it is to be, within the time for connecting.
    async fn connect(&self) -> Result<Connection, Unreachable> {
        let limit = self.connect_timeout;
        let connecting = async {
            let stream = Stream::connect(&self.place, limit).await?;
            #[cfg(feature = "tls")]
            if let Some(tls) = &self.tls {
                return handshake(tls.connect(stream).await?).await;
            }
            handshake(stream).await
        };
        match timeout(limit, connecting).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => {
                #[cfg(feature = "tls")]
                if let Some(advice) = super::tls::advice(&error) {
                    let message = format!("cannot connect: {error}; {advice}");
                    return Err(Unreachable::new(message));
                }
                Err(Unreachable::new(format!("cannot connect: {error}")))
            }
            Err(_) => Err(Unreachable::new(format!("no connection within {limit:?}"))),
        }
    }

    /// Reads the whole answer, and keeps the connection it came on.
    async fn read(
        &self,
        connection: Connection,
        response: Response<Incoming>,
    ) -> Result<Answer, Unreachable> {
        let (head, mut body) = response.into_parts();
        let mut answer = answer_of(head.status.as_u16(), &head.headers);
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| unreachable(&error))?;
            if let Some(piece) = frame.data_ref() {
                extend(&mut answer.body, piece)?;
            }
        }
        *self.lock() = Some(Connection { idle_since: Instant::now(), ..connection });
        Ok(answer)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Connection>> {
        // Nothing panics while it is held.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Begins to speak HTTP.
async fn handshake(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
) -> io::Result<Connection> {
    let handshake = http1::handshake(TokioIo::new(stream)).await;
    let (sender, connection) = handshake.map_err(io::Error::other)?;
    let driver = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "the connection broke");
        }
    });
    Ok(Connection { sender, idle_since: Instant::now(), _driver: Driver(driver) })
}

impl Transport for Http1 {
    fn send(&self, request: Request) -> Sending<'_> {
        Box::pin(self.post(request))
    }
}

#[cfg(test)]
mod tests;

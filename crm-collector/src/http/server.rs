//! The accept loop: a place for each connection, timeouts for heads, idleness and answers that
//! nobody reads, a timed drain. Whoever finds all places taken is told so at once, and probes are
//! answered all the same.

use std::collections::VecDeque;
use std::future::Future;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use crm_models::Code;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::task::{AbortHandle, JoinSet};
use tower::Service;

use super::pace::Paced;
use super::places::Places;
use super::{ApiError, Config, Health, Listener};
use crate::metrics;

/// Bytes of a request's head at the most, and of what is buffered of a body, for each connection.
const BUFFER_BYTES: usize = 16 * 1024;
/// How long to wait when the system has no more file handles.
const OUT_OF_HANDLES: Duration = Duration::from_millis(100);
/// Connections without a place that are served at a time; the next one takes the oldest one's turn.
const WITHOUT_PLACE: usize = 64;
/// What a connection without a place has for its one request.
const TURN: Duration = Duration::from_secs(2);
/// What is answered without a place: whether the process is alive has nothing to do with how many
/// are connected.
const PROBES: [&str; 2] = ["/healthz", "/readyz"];

/// How the drain went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// Every request in flight was answered.
    Whole,
    /// Time was up, and so many connections were cut.
    Cut(usize),
}

/// In the extensions of a request whose connection has no place.
#[derive(Clone, Copy)]
struct WithoutPlace;

/// Serves until `shutdown` resolves, then answers what is in flight for as long as the settings
/// allow.
pub async fn serve(
    listener: Listener,
    router: Router,
    config: &Config,
    health: &Health,
    shutdown: impl Future<Output = ()>,
) -> Drained {
    let places = Places::new(config);
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut without_place = Turns::default();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(config.header_timeout_s.into()))
        .max_buf_size(BUFFER_BYTES);
    let mut one_request = http.clone();
    one_request.keep_alive(false);

    tokio::pin!(shutdown);
    loop {
        let (stream, peer) = tokio::select! {
            biased;
            () = &mut shutdown => break,
            // Connections that have ended are let go of while others are waited for.
            Some(_) = connections.join_next() => continue,
            Some(_) = without_place.running.join_next() => continue,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "could not accept a connection");
                    tokio::time::sleep(OUT_OF_HANDLES).await;
                    continue;
                }
            },
        };
        let place = places.take(peer.0);
        let has_place = place.is_some();
        let router = router.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            if !has_place {
                request.extensions_mut().insert(WithoutPlace);
            }
            router.clone().call(request.map(Body::new))
        });
        let stream = TokioIo::new(Paced::new(stream, config.stall_timeout()));
        let Some(place) = place else {
            metrics::connection_without_place();
            let connection = one_request.serve_connection(stream, service);
            without_place.take(async move {
                // Over in any case, well or not: it was promised no more.
                drop(tokio::time::timeout(TURN, connection).await);
            });
            continue;
        };
        let connection = graceful.watch(http.serve_connection(stream, service));
        connections.spawn(async move {
            let _counted = (place, metrics::OpenConnection::count());
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }

    drop(listener);
    health.drain();
    drop(without_place);
    tracing::info!(connections = connections.len(), "stopping: answering what is in flight");
    let limit = Duration::from_secs(config.drain_s.into());
    if tokio::time::timeout(limit, graceful.shutdown()).await.is_ok() {
        return Drained::Whole;
    }
    while connections.try_join_next().is_some() {}
    let cut = connections.len();
    connections.shutdown().await;
    tracing::warn!(connections = cut, "time to stop was up; connections were cut");
    Drained::Cut(cut)
}

/// Connections that are served without a place, for a moment each. All end when this is dropped.
#[derive(Default)]
struct Turns {
    running: JoinSet<()>,
    /// The last ones, oldest first; some have ended.
    handles: VecDeque<AbortHandle>,
}

impl Turns {
    fn take(&mut self, turn: impl Future<Output = ()> + Send + 'static) {
        if self.handles.len() == WITHOUT_PLACE
            && let Some(oldest) = self.handles.pop_front()
        {
            oldest.abort();
        }
        self.handles.push_back(self.running.spawn(turn));
    }
}

/// Refuses all but probes on a connection without a place.
pub(super) async fn require_place(request: Request, next: Next) -> Response {
    let refused = request.extensions().get::<WithoutPlace>().is_some()
        && !PROBES.contains(&request.uri().path());
    if !refused {
        return next.run(request).await;
    }
    let detail = "all connections that there may be are in use, or all that your address may have; \
                  try again, and reuse connections";
    ApiError::new(Code::Unavailable, detail).retry_after_s(1).into_response()
}

//! The accept loop: bounded connections, timeouts for heads and idleness, a timed drain.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tower::Service;

use super::authenticate::Peer;
use super::listener::Stream;
use super::{Config, Health, Listener};
use crate::metrics;

/// Bytes of a request's head, and of what is buffered of a body.
const BUFFER_BYTES: usize = 64 * 1024;
/// How long to wait when the system has no more file handles.
const OUT_OF_HANDLES: Duration = Duration::from_millis(100);

/// How the drain went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// Every request in flight was answered.
    Whole,
    /// Time was up, and so many connections were cut.
    Cut(usize),
}

/// Serves until `shutdown` resolves, then answers what is in flight for as long as the settings
/// allow.
pub async fn serve(
    listener: Listener,
    router: Router,
    config: &Config,
    health: &Health,
    shutdown: impl Future<Output = ()>,
) -> Drained {
    let permits = Arc::new(Semaphore::new(config.connections as usize));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(config.header_timeout_s.into()))
        .max_buf_size(BUFFER_BYTES);

    tokio::pin!(shutdown);
    loop {
        let (stream, peer, permit) = tokio::select! {
            biased;
            () = &mut shutdown => break,
            // Connections that have ended are let go of while others are waited for.
            Some(_) = connections.join_next() => continue,
            accepted = accept(&listener, &permits) => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "could not accept a connection");
                    tokio::time::sleep(OUT_OF_HANDLES).await;
                    continue;
                }
            },
        };
        let router = router.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            router.clone().call(request.map(Body::new))
        });
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        connections.spawn(async move {
            let _counted = (permit, metrics::OpenConnection::count());
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }

    drop(listener);
    health.drain();
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

/// Waits for room first: what is not accepted waits in the system's own queue.
async fn accept(
    listener: &Listener,
    permits: &Arc<Semaphore>,
) -> io::Result<(Box<dyn Stream>, Peer, OwnedSemaphorePermit)> {
    let permit = permits.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, permit))
}

//! `/healthz`, `/readyz` and `/metrics`: what those who run the collector watch.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use crm_models::{Code, Problem};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::pool::Holder;
use super::{ApiError, ApiResult, ClientAddress, Json, Services};
use crate::lane::Lane;

/// A store that takes longer than this to read is as good as none.
const PROBE: Duration = Duration::from_secs(2);

type Probe = dyn Fn() -> Result<(), String> + Send + Sync;

/// Whether the collector can take requests.
#[derive(Clone)]
pub struct Health {
    draining: Arc<AtomicBool>,
    probe: Arc<Probe>,
    /// A probe that hangs holds few threads, however often it is asked for.
    lane: Lane,
}

impl Health {
    /// Healthy for as long as `probe` says so. It may block.
    pub fn new(probe: impl Fn() -> Result<(), String> + Send + Sync + 'static) -> Self {
        Self { draining: Arc::default(), probe: Arc::new(probe), lane: Lane::new(2) }
    }

    /// From now on no more requests are wanted.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
    }

    async fn check(&self) -> Result<(), String> {
        if self.draining.load(Ordering::SeqCst) {
            return Err("the collector is stopping".into());
        }
        let probe = self.probe.clone();
        let probed = self.lane.run(move || probe());
        match tokio::time::timeout(PROBE, probed).await {
            Ok(Ok(probed)) => probed,
            Ok(Err(_)) => Err("the probe was broken off".into()),
            Err(_) => Err("the store does not answer".into()),
        }
    }
}

/// How it is.
#[derive(Serialize, ToSchema)]
pub(super) struct Status {
    /// `ok`.
    #[schema(example = "ok")]
    status: &'static str,
}

pub(super) fn routes() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(check_health))
        .routes(routes!(check_readiness))
        .routes(routes!(render_metrics))
}

/// Whether the process runs.
#[utoipa::path(get, path = "/healthz", tag = "Operation", security(()), responses(
    (status = 200, description = "It runs", body = Status),
))]
async fn check_health() -> Json<Status> {
    Json(Status { status: "ok" })
}

/// Whether the collector can take requests.
#[utoipa::path(get, path = "/readyz", tag = "Operation", security(()), responses(
    (status = 200, description = "It can", body = Status),
    (status = 503, description = "It is stopping, or the store cannot be read or written",
     body = Problem, content_type = "application/problem+json"),
))]
async fn check_readiness(State(services): State<Services>) -> ApiResult<Json<Status>> {
    match services.health.check().await {
        Ok(()) => Ok(Json(Status { status: "ok" })),
        Err(reason) => Err(ApiError::new(Code::Unavailable, reason).retry_after_s(1)),
    }
}

/// What was counted, for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "Operation", security(()), responses(
    (status = 200, description = "Prometheus' text format", body = String,
     content_type = "text/plain"),
))]
async fn render_metrics(
    State(services): State<Services>,
    ClientAddress(address): ClientAddress,
) -> ApiResult<impl IntoResponse> {
    let metrics = services.metrics.clone();
    let write = move |out: &mut dyn Write| {
        out.write_all(metrics.render().as_bytes()).map_err(ApiError::internal)
    };
    let lane = &services.lanes.reading;
    let body = services.outgoing.body(lane, Holder::stranger(address), write).await?;
    let content_type = "text/plain; version=0.0.4; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, content_type)], body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_store_that_cannot_be_read_makes_the_collector_not_ready() {
        let health = Health::new(|| Err("the disk is gone".into()));
        assert_eq!(health.check().await, Err("the disk is gone".to_owned()));
    }
}

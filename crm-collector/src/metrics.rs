//! What is counted, for `/metrics`. Every metric of the program has its name here.

use std::sync::OnceLock;
use std::time::Duration;

use ::metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

const REQUESTS: &str = "crm_http_requests_total";
const REQUEST_SECONDS: &str = "crm_http_request_duration_seconds";
const CONNECTIONS: &str = "crm_http_connections";

const SECONDS: &[f64] =
    &[0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// How often [`Metrics::tidy`] wants to be called.
pub const TIDY_EVERY: Duration = Duration::from_secs(5);

/// Renders what was counted.
#[derive(Clone)]
pub struct Metrics {
    handle: Option<PrometheusHandle>,
}

/// Counting goes through a recorder of the whole process; there is one, however many
/// applications a test builds.
static INSTALLED: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

impl Metrics {
    /// Begins to count.
    pub fn install() -> Self {
        let handle = INSTALLED.get_or_init(|| {
            let builder = PrometheusBuilder::new().set_buckets(SECONDS).ok()?;
            let handle = builder.install_recorder().ok()?;
            describe_counter!(REQUESTS, "Requests answered, by method, route and status");
            describe_histogram!(REQUEST_SECONDS, "Time to an answer in seconds, by route");
            describe_gauge!(CONNECTIONS, "Open connections");
            Some(handle)
        });
        Self { handle: handle.clone() }
    }

    /// The counts in Prometheus' text format.
    pub fn render(&self) -> String {
        self.handle.as_ref().map(PrometheusHandle::render).unwrap_or_default()
    }

    /// Folds what was observed into the histograms, which else would grow until somebody asks.
    pub fn tidy(&self) {
        if let Some(handle) = &self.handle {
            handle.run_upkeep();
        }
    }
}

/// A request was answered. `route` is the matched route, never the path as sent.
pub fn request(method: &'static str, route: &str, status: u16, took: Duration) {
    let route = route.to_owned();
    let status = status.to_string();
    counter!(REQUESTS, "method" => method, "route" => route.clone(), "status" => status)
        .increment(1);
    histogram!(REQUEST_SECONDS, "route" => route).record(took);
}

/// A connection was opened; it counts until this is dropped.
pub struct OpenConnection(());

impl OpenConnection {
    /// Counts a connection.
    pub fn count() -> Self {
        gauge!(CONNECTIONS).increment(1);
        Self(())
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        gauge!(CONNECTIONS).decrement(1);
    }
}

//! What is counted, for `/metrics`. Every metric of the program has its name here.

use std::sync::OnceLock;
use std::time::Duration;

use ::metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

const REQUESTS: &str = "crm_http_requests_total";
const REQUEST_SECONDS: &str = "crm_http_request_duration_seconds";
const CONNECTIONS: &str = "crm_http_connections";
const CROWDED_OUT: &str = "crm_http_connections_without_place_total";
const EVENTS: &str = "crm_ingest_events_total";
const GROUPS: &str = "crm_ingest_commits_total";
const COMMIT_SECONDS: &str = "crm_ingest_commit_duration_seconds";
const QUEUE_ROOM: &str = "crm_ingest_queue_free_events";
const QUARANTINE_LOST: &str = "crm_quarantine_dropped_total";
const FOLDED: &str = "crm_store_folds_total";

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
            describe_counter!(CROWDED_OUT, "Connections that found every place taken");
            describe_counter!(EVENTS, "Events answered for, by outcome");
            describe_counter!(GROUPS, "Groups of events committed");
            describe_histogram!(COMMIT_SECONDS, "Time to write and commit a group in seconds");
            describe_gauge!(QUEUE_ROOM, "Events that may still join the queue");
            describe_counter!(
                QUARANTINE_LOST,
                "Rejected events dropped to make room for newer ones"
            );
            describe_counter!(FOLDED, "Folds of the log, by outcome");
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

/// A group was committed.
pub fn committed(accepted: u64, duplicate: u64, corrected: u64, rejected: u64, took: Duration) {
    for (outcome, count) in [
        ("accepted", accepted),
        ("duplicate", duplicate),
        ("corrected", corrected),
        ("rejected", rejected),
    ] {
        counter!(EVENTS, "outcome" => outcome).increment(count);
    }
    counter!(GROUPS).increment(1);
    histogram!(COMMIT_SECONDS).record(took);
}

/// So much room is left in the queue.
pub fn queue_room(events: u32) {
    gauge!(QUEUE_ROOM).set(events);
}

/// Rejected events had to make room.
pub fn quarantine_dropped(events: u64) {
    counter!(QUARANTINE_LOST).increment(events);
}

/// A fold ended.
pub fn folded(well: bool) {
    counter!(FOLDED, "outcome" => if well { "done" } else { "failed" }).increment(1);
}

/// A connection found every place taken.
pub fn connection_without_place() {
    counter!(CROWDED_OUT).increment(1);
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

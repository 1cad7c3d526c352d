//! The HTTP server: an accept loop with limits, one router, one form of errors.
//!
//! A handler authenticates (by taking an [`Access`](crate::auth::Access)), decodes (by
//! taking a [`Json`], [`Query`] or [`Path`]), calls a component of [`Services`], and responds.
//! Each resource has a file with a `routes()`; `routes` here puts them together.

mod accounts;
mod advice;
mod answer;
mod authenticate;
mod body;
mod budget;
mod connection;
pub mod cookie;
mod cors;
mod erasures;
mod events;
mod health;
mod imports;
mod in_words;
mod invitations;
mod json;
mod keys;
mod listen;
mod listener;
mod observe;
mod openapi;
mod outgoing;
mod pace;
mod params;
mod places;
mod pool;
mod problem;
mod questions;
mod rejected;
mod server;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use serde::{Deserialize, Serialize};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;

use crate::answers::Answers;
use crate::auth::Auth;
use crate::clock::Clock;
use crate::ingest::{Corrections, Erasures, Ingest, Quarantine};
use crate::lane::{self, Lane};
use crate::metrics::Metrics;

pub use authenticate::{ClientAddress, Session};
pub use body::Body;
pub use budget::Budget;
pub use health::Health;
pub use json::Json;
pub use listen::{Listen, ListenMistake};
pub use listener::Listener;
pub use openapi::openapi;
pub use outgoing::{Outgoing, PageTurn};
pub use params::{Path, Query};
pub use problem::{ApiError, ApiResult, Worded};
pub use server::{Drained, serve};

/// Settings of the HTTP server.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Connections at the same time. On one more, probes are answered, and all else gets 503.
    pub connections: u32,
    /// Connections of one address at the same time. For this machine's own, and for proxies that
    /// are believed, three quarters of all instead: there are many behind them.
    pub connections_per_address: u32,
    /// Seconds until a request's head has arrived; an idle connection closes after them too.
    pub header_timeout_s: u32,
    /// Seconds until a request's body has arrived.
    pub body_timeout_s: u32,
    /// Seconds that a body may stand still while it arrives, and an answer while it is read.
    pub stall_timeout_s: u32,
    /// MiB of bodies that are read, decompressed or parsed at once; 0 for three eighths of
    /// `store.memory_mib`.
    pub bodies_mib: u32,
    /// Seconds that requests in flight have at shutdown.
    pub drain_s: u32,
    /// Believe the last address of X-Forwarded-For. Only behind a proxy that sets it.
    pub trust_forwarded_for: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            connections: 1_024,
            connections_per_address: 256,
            header_timeout_s: 30,
            body_timeout_s: 30,
            stall_timeout_s: 10,
            bodies_mib: 0,
            drain_s: 20,
            trust_forwarded_for: false,
        }
    }
}

impl Config {
    /// The budget that follows from these settings and the memory that the process should keep to.
    pub fn budget(&self, memory_mib: u32) -> Budget {
        let follows = memory_mib / 8 * 3;
        Budget::new(if self.bodies_mib == 0 { follows } else { self.bodies_mib })
    }

    /// Settings that make no sense, each by its key.
    pub fn mistakes(&self) -> Vec<(&'static str, String)> {
        let least_mib = if self.bodies_mib == 0 { 0 } else { budget::LEAST_MIB };
        let bounds = [
            ("bodies_mib", self.bodies_mib, least_mib, 4_096),
            ("connections", self.connections, 1, 65_536),
            ("connections_per_address", self.connections_per_address, 1, 65_536),
            ("header_timeout_s", self.header_timeout_s, 1, 3_600),
            ("body_timeout_s", self.body_timeout_s, 1, 3_600),
            ("stall_timeout_s", self.stall_timeout_s, 1, 3_600),
            ("drain_s", self.drain_s, 0, 3_600),
        ];
        bounds
            .into_iter()
            .filter(|(_, given, least, most)| !(least..=most).contains(&given))
            .map(|(key, given, least, most)| {
                (key, format!("lies between {least} and {most}, {given} given"))
            })
            .collect()
    }

    fn body_timeout(&self) -> Duration {
        Duration::from_secs(self.body_timeout_s.into())
    }

    fn stall_timeout(&self) -> Duration {
        Duration::from_secs(self.stall_timeout_s.into())
    }
}

/// The components that handlers call.
#[derive(Clone)]
pub struct Services {
    /// Accounts and keys.
    pub auth: Auth,
    /// The way events come in.
    pub ingest: Ingest,
    /// What was rejected.
    pub quarantine: Quarantine,
    /// Whoever takes back what is stored.
    pub corrections: Corrections,
    /// Whoever erases customers.
    pub erasures: Erasures,
    /// Whoever answers questions.
    pub answers: Answers,
    /// The time.
    pub clock: Clock,
    /// Whether the collector can take requests.
    pub health: Health,
    /// Threads for what blocks.
    pub lanes: Lanes,
    /// What was counted.
    pub metrics: Metrics,
    /// Memory for bodies of requests.
    pub budget: Budget,
    /// Memory for answers.
    pub outgoing: Outgoing,
    /// Settings of the server.
    pub config: Arc<Config>,
    /// Whether people reach the collector by https; then cookies are sent over nothing else.
    pub secure_cookies: bool,
    /// Where people reach the collector, without a slash at its end; empty where the settings do not say.
    pub public_url: Arc<str>,
}

/// Threads for what blocks, by what it is for, so that none waits for another.
#[derive(Clone)]
pub struct Lanes {
    /// What comes in: unpacking and reading of large bodies.
    pub ingest: Lane,
    /// Reports and the client base, and the writing of large answers.
    pub reading: Lane,
    /// Erasing customers and sources: it goes on for a while, and takes turns with whoever else writes.
    pub erasing: Lane,
}

impl Default for Lanes {
    fn default() -> Self {
        Self { ingest: Lane::new(4), reading: Lane::new(8), erasing: Lane::new(1) }
    }
}

impl From<lane::Broken> for ApiError {
    fn from(error: lane::Broken) -> Self {
        Self::internal(error)
    }
}

/// Every route that is served, and so documented.
fn routes(services: Option<&Services>) -> OpenApiRouter<Services> {
    // What a web page on another origin may reach, given a browser key for that origin:
    // the routes that take events in belong here.
    let from_browsers = OpenApiRouter::new().merge(events::routes()).merge(connection::routes());
    let from_browsers = match services {
        Some(services) => cors::allow(from_browsers, services),
        None => from_browsers,
    };
    OpenApiRouter::with_openapi(openapi::about())
        .merge(accounts::routes())
        .merge(invitations::routes())
        .merge(keys::routes())
        .merge(from_browsers)
        .merge(questions::routes())
        .merge(in_words::routes())
        .merge(rejected::routes())
        .merge(erasures::routes())
        .merge(imports::routes())
        .merge(advice::routes())
        .merge(health::routes())
        .merge(openapi::routes())
}

/// The router, with what surrounds every request. `pages` are those of the web interface.
pub fn router(services: Services, pages: Router<Services>) -> Router {
    let (router, _) = routes(Some(&services)).split_for_parts();
    surround(router.merge(pages)).with_state(services)
}

fn surround<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(axum::middleware::from_fn(server::require_place))
        .layer(CatchPanicLayer::custom(problem::panicked))
        // Outermost: names the request, logs and counts it, and gives every error its body.
        .layer(axum::middleware::from_fn(observe::observe))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;
    use axum::routing::get;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    async fn ask(router: Router, path: &str) -> (u16, serde_json::Value) {
        let request = Request::get(path).header("x-request-id", "it").body(String::new()).unwrap();
        let response = router.oneshot(request.map(axum::body::Body::from)).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn a_handler_that_panics_is_an_internal_error_that_tells_nothing() {
        async fn broken() -> &'static str {
            panic!("customer ada@example.com")
        }
        let (status, problem) = ask(surround(Router::new().route("/", get(broken))), "/").await;
        assert_eq!((status, &problem["code"]), (500, &"internal".into()));
        assert_eq!(problem["request_id"], "it");
        assert!(!problem.to_string().contains("ada"), "{problem}");
    }

    #[tokio::test]
    async fn a_refusal_of_a_library_gets_the_one_form() {
        async fn typed(axum::extract::Path(_): axum::extract::Path<u8>) {}
        let router = surround(Router::new().route("/{id}", get(typed)));
        let (status, problem) = ask(router, "/x").await;
        assert_eq!((status, &problem["status"]), (400, &400.into()));
        assert_eq!(problem["type"], "urn:crm:problem:malformed_query");
    }
}

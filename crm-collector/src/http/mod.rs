//! The HTTP server: an accept loop with limits, one router, one form of errors.
//!
//! A handler authenticates (by taking a [`Principal`](crate::auth::Principal)), decodes (by
//! taking a [`Json`], [`Query`] or [`Path`]), calls a component of [`Services`], and responds.
//! Each resource has a file with a `routes()`; [`routes`] puts them together.

mod accounts;
mod authenticate;
mod body;
mod connection;
mod cors;
mod health;
mod invitations;
mod json;
mod keys;
mod observe;
mod openapi;
mod params;
mod problem;
mod server;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use serde::{Deserialize, Serialize};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;

use crate::auth::Auth;
use crate::clock::Clock;
use crate::metrics::Metrics;

pub use authenticate::{ClientAddress, Session};
pub use body::Body;
pub use health::Health;
pub use json::Json;
pub use openapi::openapi;
pub use params::{Path, Query};
pub use problem::{ApiError, ApiResult};
pub use server::{Drained, serve};

/// Settings of the HTTP server.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Connections at the same time; more wait until one closes.
    pub connections: u32,
    /// Seconds until a request's head has arrived; an idle connection closes after them too.
    pub header_timeout_s: u32,
    /// Seconds until a request's body has arrived.
    pub body_timeout_s: u32,
    /// Seconds that requests in flight have at shutdown.
    pub drain_s: u32,
    /// Believe the last address of X-Forwarded-For. Only behind a proxy that sets it.
    pub trust_forwarded_for: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            connections: 1_024,
            header_timeout_s: 30,
            body_timeout_s: 30,
            drain_s: 20,
            trust_forwarded_for: false,
        }
    }
}

impl Config {
    /// Settings that make no sense, each by its key.
    pub fn mistakes(&self) -> Vec<(&'static str, String)> {
        let bounds = [
            ("connections", self.connections, 1, 65_536),
            ("header_timeout_s", self.header_timeout_s, 1, 3_600),
            ("body_timeout_s", self.body_timeout_s, 1, 3_600),
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
}

/// The components that handlers call.
#[derive(Clone)]
pub struct Services {
    /// Accounts and keys.
    pub auth: Auth,
    /// The time.
    pub clock: Clock,
    /// Whether the collector can take requests.
    pub health: Health,
    /// What was counted.
    pub metrics: Metrics,
    /// Settings of the server.
    pub config: Arc<Config>,
    /// Whether people reach the collector by https; then cookies are sent over nothing else.
    pub secure_cookies: bool,
}

/// Every route that is served, and so documented.
fn routes(services: Option<&Services>) -> OpenApiRouter<Services> {
    // What a web page on another origin may reach, given a browser key for that origin:
    // the routes that take events in belong here.
    let from_browsers = OpenApiRouter::new().merge(connection::routes());
    let from_browsers = match services {
        Some(services) => cors::allow(from_browsers, services),
        None => from_browsers,
    };
    OpenApiRouter::with_openapi(openapi::about())
        .merge(accounts::routes())
        .merge(invitations::routes())
        .merge(keys::routes())
        .merge(from_browsers)
        .merge(health::routes())
        .merge(openapi::routes())
}

/// The router, with what surrounds every request.
pub fn router(services: Services) -> Router {
    let (router, _) = routes(Some(&services)).split_for_parts();
    router
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(CatchPanicLayer::custom(problem::panicked))
        // Outermost: names the request, logs and counts it, and gives every error its body.
        .layer(axum::middleware::from_fn(observe::observe))
        .with_state(services)
}

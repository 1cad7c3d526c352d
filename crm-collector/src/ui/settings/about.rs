//! Which version this is, and where its API is described.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;

use super::{Place, Tab};
use crate::http::{ApiResult, Services};
use crate::ui::connect::endpoint;
use crate::ui::page;
use crate::ui::visitor::Visitor;

pub(super) fn routes() -> Router<Services> {
    Router::new().route("/settings/about", get(show))
}

#[derive(Template)]
#[template(path = "settings_about.html")]
struct Shown {
    s: Place,
    version: &'static str,
    endpoint: String,
}

async fn show(
    State(services): State<Services>,
    visitor: Visitor,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let s = Place::new(&visitor, Tab::About);
    let endpoint = endpoint(&services, &headers);
    page::page(&Shown { s, version: env!("CARGO_PKG_VERSION"), endpoint })
}

//! The web interface: pages that are whole without script, under a Content-Security-Policy that allows
//! nothing from elsewhere.
//!
//! A page has no logic of its own. It asks the same questions as the API, with the same
//! [`Access`](crate::auth::Access), and puts the answers into a template; all of its filters stand in its
//! address. A form posts what changes something and is answered with a redirect to the page that shows it.

mod ask;
mod asking;
mod assets;
mod connect;
mod customer;
mod customers;
mod dress;
mod figures;
mod first_run;
mod forecast;
mod form;
mod guest;
mod home;
mod link;
mod look;
mod orders;
mod page;
mod preferences;
mod recommendations;
mod reports;
mod settings;
mod shell;
mod trends;
mod visitor;

use axum::Router;
use axum::middleware::from_fn;

use crate::http::Services;

/// The pages, and what they are made of.
pub fn routes() -> Router<Services> {
    let pages = Router::new()
        .merge(guest::routes())
        .merge(first_run::routes())
        .merge(preferences::routes())
        .merge(home::routes())
        .merge(reports::routes())
        .merge(trends::routes())
        .merge(recommendations::routes())
        .merge(forecast::routes())
        .merge(ask::routes())
        .merge(customers::routes())
        .merge(customer::routes())
        .merge(orders::routes())
        .merge(connect::routes())
        .merge(settings::routes());
    pages.layer(from_fn(dress::dress)).merge(assets::routes())
}

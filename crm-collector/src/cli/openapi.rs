//! `openapi`: the description of the HTTP interface.

use super::output;

/// Print the OpenAPI description of the HTTP interface
#[derive(clap::Args, Debug)]
pub(super) struct Args {}

pub(super) fn run(_: Args) -> anyhow::Result<()> {
    output::print(&format!("{}\n", crate::http::openapi().to_pretty_json()?))
}

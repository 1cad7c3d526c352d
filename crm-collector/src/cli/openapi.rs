//! `openapi`: the description of the HTTP interface.

use super::output;

const EXAMPLES: &str = "\
Example:
  crm-collector openapi > openapi.json";

/// Print the OpenAPI description of the HTTP interface
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {}

pub(super) fn run(_: Args) -> anyhow::Result<()> {
    output::print(&format!("{}\n", serde_json::to_string_pretty(&crate::http::openapi())?))
}

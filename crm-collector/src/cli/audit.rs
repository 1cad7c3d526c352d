//! `audit`: who changed accounts and keys.

use comfy_table::{Table, presets};

use super::context::Context;
use super::{Global, output};

const EXAMPLES: &str = "\
People and keys stand here by number, as `user list` and `key list` show them; cli is whoever runs
commands on this machine.

Example:
  crm-collector audit --limit 20";

/// Print who changed accounts and keys, and when, newest first
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// At most so many entries
    #[arg(long, default_value_t = 100)]
    limit: u32,
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<()> {
    let context = Context::open(global)?;
    let auth = context.auth()?;
    let (access, timezone) = context.access_and_timezone()?;
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(["AT", "ACTOR", "ACTION", "SUBJECT"]);
    for entry in context.wait(auth.audit_entries(&access, args.limit))? {
        let at = output::local_time(entry.at, timezone);
        table.add_row([at, entry.actor, entry.action, entry.subject]);
    }
    output::print(&format!("{}\n", table.trim_fmt()))
}

//! `audit`: who changed accounts and keys.

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
    /// Entries at the most; 0 for all
    #[arg(long, default_value_t = 100)]
    limit: usize,
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<()> {
    let context = Context::open(global)?;
    let auth = context.auth()?;
    let (access, timezone) = context.access_and_timezone()?;
    let mut list = output::List::new(["AT", "ACTOR", "ACTION", "SUBJECT"]);
    for entry in context.wait(auth.audit_entries(&access, output::at_most(args.limit)))? {
        let at = output::local_time(entry.at, timezone);
        list.add([at, entry.actor, entry.action, entry.subject]);
    }
    list.print()
}

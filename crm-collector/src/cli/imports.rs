//! `imports`: which files were imported, and taking one back.

use clap::Subcommand;

use super::context::Context;
use super::{Global, output};
use crate::ingest::TakenBack;
use crate::words::counted;

const EXAMPLES: &str = "\
Taking an import back leaves customers, and what was corrected since. One that still runs stops. The
same file can be imported again with --replace.

Examples:
  crm-collector imports list
  crm-collector imports void 3";

/// List the files that were imported, and take one back
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List imports, the latest first
    List {
        /// Imports at the most; 0 for all
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Take back the purchases and interactions that an import brought
    Void {
        /// Number of the import, as `imports list` shows it
        number: i64,
    },
}

pub(super) fn run(args: Args, global: &Global) -> anyhow::Result<()> {
    match args.command {
        Command::List { limit } => {
            let context = Context::open(global)?;
            let (access, timezone) = context.access_and_timezone()?;
            let heads = ["NUMBER", "BEGAN", "ACTOR", "EVENTS STORED", "TAKEN BACK", "FILE"];
            let mut list = output::List::new(heads);
            for import in
                context.corrections().imports(&access, i64::MAX, output::at_most(limit))?
            {
                let time = |at| output::local_time(at, timezone);
                list.add([
                    import.number.to_string(),
                    time(import.began_at),
                    import.actor,
                    import.events.to_string(),
                    import.taken_back_at.map(time).unwrap_or_default(),
                    import.name,
                ]);
            }
            list.print()
        }
        Command::Void { number } => {
            let (context, access) = Context::open_with(global)?;
            let taken = context.corrections().void_import(&access, number)?;
            let Some(TakenBack { purchases, interactions }) = taken else {
                anyhow::bail!("there is no import {number}");
            };
            let purchases = counted(purchases, "purchase", "purchases");
            let interactions = counted(interactions, "interaction", "interactions");
            output::print(&format!("{purchases} and {interactions} are taken back\n"))
        }
    }
}

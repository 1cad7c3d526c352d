//! `imports`: which files were imported, and taking one back.

use clap::Subcommand;
use comfy_table::{Table, presets};

use super::context::Context;
use super::{Global, output};
use crate::ingest::{Corrections, TakenBack};
use crate::words::counted;

const EXAMPLES: &str = "\
Taking an import back leaves customers, and what was corrected since. The same file can be imported
again with --replace.

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
        /// At most so many
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
    let context = Context::open(global)?;
    let corrections = Corrections::new(context.store.clone(), context.clock.clone());
    match args.command {
        Command::List { limit } => {
            let (access, timezone) = context.access_and_timezone()?;
            let mut table = Table::new();
            let heads = ["NUMBER", "BEGAN", "ACTOR", "EVENTS", "TAKEN BACK", "FILE"];
            table.load_style(presets::NOTHING).set_header(heads);
            for import in corrections.imports(&access, i64::MAX, limit)? {
                let time = |at| output::local_time(at, timezone);
                table.add_row([
                    import.number.to_string(),
                    time(import.began_at),
                    import.actor,
                    import.events.to_string(),
                    import.taken_back_at.map(time).unwrap_or_default(),
                    import.name,
                ]);
            }
            output::print(&format!("{}\n", table.trim_fmt()))
        }
        Command::Void { number } => {
            let access = context.access()?;
            let Some(TakenBack { purchases, interactions }) =
                corrections.void_import(&access, number)?
            else {
                anyhow::bail!("there is no import {number}");
            };
            let purchases = counted(purchases, "purchase", "purchases");
            let interactions = counted(interactions, "interaction", "interactions");
            output::print(&format!("{purchases} and {interactions} are taken back\n"))
        }
    }
}

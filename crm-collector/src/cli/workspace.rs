//! `workspace`: the tenants, their currency and time zone.

use chrono_tz::Tz;
use clap::Subcommand;
use comfy_table::{Table, presets};
use crm_models::Currency;

use super::context::Context;
use super::{Global, check, output};

const EXAMPLES: &str = "\
Examples:
  crm-collector workspace list
  crm-collector workspace set --timezone Europe/London --currency GBP";

/// List workspaces, set their currency and time zone
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List them
    List,
    /// Change one; a change of the time zone makes all sums anew
    Set {
        /// Currency of its reports
        #[arg(long)]
        currency: Option<Currency>,
        /// Whose days and months its reports use, such as Europe/London
        #[arg(long, value_name = "ZONE", value_parser = super::timezone)]
        timezone: Option<Tz>,
    },
}

pub(super) fn run(args: Args, global: &Global) -> anyhow::Result<()> {
    let context = Context::open(global)?;
    match args.command {
        Command::List => {
            let mut table = Table::new();
            table.load_style(presets::NOTHING).set_header(["NAME", "CURRENCY", "TIME ZONE"]);
            for workspace in context.store.read(|tx| tx.workspaces())? {
                table.add_row([
                    workspace.name,
                    workspace.currency.to_string(),
                    workspace.timezone.name().to_owned(),
                ]);
            }
            output::print(&format!("{}\n", table.trim_fmt()))
        }
        Command::Set { currency, timezone } => {
            let mut workspace = context.workspace()?;
            let moved = timezone.is_some_and(|timezone| timezone != workspace.timezone);
            workspace.currency = currency.unwrap_or(workspace.currency);
            workspace.timezone = timezone.unwrap_or(workspace.timezone);
            context.store.write(|tx| {
                tx.change_workspace(&workspace)?;
                // Days and months are others now.
                if moved { tx.unfold(&workspace) } else { Ok(()) }
            })?;
            if moved {
                check::rebuild(&context.store, &workspace)?;
            }
            Ok(())
        }
    }
}

//! `interaction`: shows one with its past, and takes it back.

use clap::Subcommand;
use crm_api::PageSize;
use crm_api::question::{self, Question};
use crm_models::EventId;

use super::context::Context;
use super::{Global, ask, output};
use crate::export::Format;

const EXAMPLES: &str = "\
Examples:
  crm-collector interaction show 01960000-0000-7000-8000-000000000001
  crm-collector interaction void 01960000-0000-7000-8000-000000000001";

/// Show an interaction with its past, or take it back
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print an interaction as JSON: as it is now, and its past
    Show {
        /// The id of the event that brought it, as timelines show it
        id: EventId,
        /// The next_after of the page before
        #[arg(long)]
        after: Option<String>,
        /// Versions at the most, the latest, 1 to 1000
        #[arg(long, default_value_t = PageSize::default())]
        limit: PageSize,
    },
    /// Take an interaction back; no timeline has it any more
    Void {
        /// The id of the event that brought it, as timelines show it
        id: EventId,
    },
}

pub(super) fn run(args: Args, global: &Global) -> anyhow::Result<()> {
    match args.command {
        Command::Show { id, after, limit } => {
            let asked = question::Interaction { interaction_id: id.to_string(), after, limit };
            ask::print(
                Question::Interaction(asked),
                Format::Json { pretty: true },
                ask::Shown::all(),
                global,
            )
        }
        Command::Void { id } => {
            let (context, access) = Context::open_with(global)?;
            if !context.corrections().void_interaction(&access, id)? {
                anyhow::bail!("there is no interaction {id}");
            }
            output::print(&format!("{id} is taken back\n"))
        }
    }
}

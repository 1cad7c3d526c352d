//! `rejected`: events in quarantine.

use clap::Subcommand;

use super::context::Context;
use super::{Global, output};
use crate::auth::Access;
use crate::auth::right::Read;
use crate::ingest::{Quarantine, Rejected, Replayed};

const EXAMPLES: &str = "\
Examples:
  crm-collector rejected list
  crm-collector rejected show 17
  crm-collector rejected replay        all of them
  crm-collector rejected replay 17";

/// List events that were not stored, and try them again
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List rejected events with their reasons, oldest first
    List {
        /// Only those after this number
        #[arg(long, default_value_t = 0)]
        after: i64,
        /// Events at the most; 0 for all
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Print a rejected event as it was sent; it may hold personal data
    Show {
        /// Number of the event, as `rejected list` shows it
        id: i64,
    },
    /// Try one rejected event again, or all
    Replay {
        /// Number of the event, as `rejected list` shows it
        id: Option<i64>,
    },
}

pub(super) fn run(args: Args, global: &Global) -> anyhow::Result<()> {
    match args.command {
        Command::List { after, limit } => {
            let context = Context::open(global)?;
            let (access, timezone) = context.access_and_timezone()?;
            let quarantine = context.quarantine();
            let mut list = output::List::new(["ID", "RECEIVED", "CODE", "FIELD", "MESSAGE"]);
            for rejected in pages(&quarantine, &access, after, output::at_most(limit))? {
                let reason = rejected.reason;
                list.add([
                    rejected.id.to_string(),
                    output::local_time(rejected.received_at, timezone),
                    reason.code.to_string(),
                    reason.field,
                    reason.message,
                ]);
            }
            output::note(&format!("{} in quarantine", quarantine.count(&access)?));
            list.print()
        }
        Command::Show { id } => {
            let (context, access) = Context::open_with(global)?;
            let found = context.quarantine().list(&access, id.saturating_sub(1), 1)?;
            match found.into_iter().find(|rejected| rejected.id == id) {
                Some(Rejected { event, .. }) => {
                    if event.is_cut() {
                        output::note(&format!(
                            "the beginning of an event of {} bytes, which is all that was kept",
                            event.size_bytes
                        ));
                    }
                    output::print(&format!("{}\n", event.text))
                }
                None => anyhow::bail!("there is no rejected event {id}"),
            }
        }
        Command::Replay { id } => {
            let (context, access) = Context::open_with(global)?;
            let replayed = context.quarantine().replay(&access, id)?;
            if let (Some(id), 0) = (id, replayed.tried()) {
                anyhow::bail!("there is no rejected event {id}");
            }
            let Replayed { accepted, updated, superseded, duplicate, rejected } = replayed;
            output::print(&format!(
                "accepted    {accepted}\nupdated     {updated}\nsuperseded  {superseded}\n\
                 duplicate   {duplicate}\nrejected    {rejected}\n"
            ))
        }
    }
}

/// At most so many, page by page.
fn pages(
    quarantine: &Quarantine,
    access: &Access<Read>,
    mut after: i64,
    limit: usize,
) -> anyhow::Result<Vec<Rejected>> {
    let mut found: Vec<Rejected> = Vec::new();
    while found.len() < limit {
        let page = quarantine.list(access, after, limit - found.len())?;
        let Some(last) = page.last() else { break };
        after = last.id;
        found.extend(page);
    }
    Ok(found)
}

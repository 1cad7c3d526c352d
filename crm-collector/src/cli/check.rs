//! `check`: whether the database is sound and its figures agree.

use anyhow::bail;

use super::context::Context;
use super::{Global, output};
use crate::ingest;
use crate::store::{Checked, Result, Store, Workspace};

const EXAMPLES: &str = "\
Examples:
  crm-collector check
  crm-collector check --rebuild";

/// Check the database: the file itself, and that all that was made of the log agrees with it
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Make all sums anew from the purchases first
    #[arg(long)]
    rebuild: bool,
}

pub(super) fn run(args: Args, global: &Global) -> anyhow::Result<()> {
    let context = Context::open(global)?;
    let workspaces = context.store.read(|tx| tx.workspaces())?;
    if args.rebuild {
        workspaces.iter().try_for_each(|workspace| rebuild(&context.store, workspace))?;
        output::note("the sums are made anew");
    }
    let Checked { workspaces, customers, events, wrong } = context.store.check()?;
    if wrong.is_empty() {
        return output::print(&format!(
            "ok: {events} events, {customers} customers, {workspaces} workspaces compared\n"
        ));
    }
    for what in &wrong {
        output::note(what);
    }
    bail!("{} found; `check --rebuild` makes sums anew, a backup restores the rest", wrong.len())
}

/// Makes the sums of a workspace anew.
pub(super) fn rebuild(store: &Store, workspace: &Workspace) -> Result<()> {
    store.write(|tx| tx.unfold(workspace))?;
    while ingest::fold(store, workspace, 1)? > 0 {}
    Ok(())
}

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
    /// Make sums, and what customers are found by, anew first; give rows of older versions checksums
    #[arg(long)]
    rebuild: bool,
}

pub(super) fn run(args: Args, global: &Global) -> anyhow::Result<()> {
    let context = Context::open(global)?;
    let workspaces = context.store.read(|tx| tx.workspaces())?;
    if args.rebuild {
        workspaces.iter().try_for_each(|workspace| rebuild(&context.store, workspace))?;
        context.store.find_customers_anew()?;
        context.store.seal()?;
        output::note("the sums are made anew");
    }
    let Checked { workspaces, customers, events, unsealed, wrong } = context.store.check()?;
    if unsealed > 0 {
        output::note(&format!(
            "{unsealed} rows were written by an older version, without a checksum: whether they are as \
             they were cannot be told; `check --rebuild` gives them one, for the checks to come"
        ));
    }
    if wrong.is_empty() {
        return output::print(&format!(
            "ok: {events} events, {customers} customers, {workspaces} workspaces compared\n"
        ));
    }
    for what in &wrong {
        output::note(what);
    }
    bail!(
        "{} found; `check --rebuild` makes anew what is derived, a backup restores the rest",
        wrong.len()
    )
}

/// Makes the sums of a workspace anew.
pub(super) fn rebuild(store: &Store, workspace: &Workspace) -> Result<()> {
    store.write(|tx| tx.unfold(workspace))?;
    while ingest::fold(store, workspace, 1)? > 0 {}
    Ok(())
}

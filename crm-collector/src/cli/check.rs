//! `check`: whether the database is sound and its figures agree.

use anyhow::bail;

use super::context::Context;
use super::{Global, output};
use crate::store::{Checked, Result, Store, Workspace};
use crate::words::counted;

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
        let rows = counted(unsealed, "row was", "rows were");
        let they = if unsealed == 1 { "it is as it was" } else { "they are as they were" };
        output::note(&format!(
            "{rows} written by an older version, without a checksum: whether {they} cannot be told; \
             `check --rebuild` makes one, for the checks to come"
        ));
    }
    if wrong.is_empty() {
        return output::print(&format!(
            "ok: {}, {}, {} compared\n",
            counted(events, "event", "events"),
            counted(customers, "customer", "customers"),
            counted(workspaces, "workspace", "workspaces"),
        ));
    }
    for what in &wrong {
        output::note(what);
    }
    let found = counted(wrong.len(), "fault", "faults");
    bail!("{found} found; `check --rebuild` makes anew what is derived, a backup restores the rest")
}

/// Makes the sums of a workspace anew.
pub(super) fn rebuild(store: &Store, workspace: &Workspace) -> Result<()> {
    store.write(|tx| tx.unfold(workspace))?;
    while store.fold_oldest(workspace)? > 0 {}
    Ok(())
}

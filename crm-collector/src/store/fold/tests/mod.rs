//! The derived rows, folded whenever, say what the log says.

mod folds;
mod histories;
mod log;
mod steps;
mod sums;

use std::ops::ControlFlow;

use super::rows;
use crate::store::WriteTx;
use crate::store::error::Result;
use crate::store::ids::WorkspaceId;
use crate::store::runs::{BEHIND_ALL, Blocks};

/// Writes the runs of a workspace as one, with rows changed; those that become empty are left out.
pub(in crate::store) fn rewrite_runs(
    tx: &WriteTx<'_>,
    workspace: WorkspaceId,
    mut change: impl FnMut(&[u8], &mut Vec<u8>),
) -> Result<()> {
    let runs = tx.runs(workspace)?;
    let mut blocks = Blocks::default();
    runs.each(&[], BEHIND_ALL, |key, values| {
        let mut value = Vec::new();
        rows::unite(key, values.iter(), &mut value)?;
        change(key, &mut value);
        if !value.is_empty() {
            blocks.push(key, &value);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    tx.engine.delete_runs(workspace)?;
    tx.add_run(workspace, (0, runs.through()), &blocks.finish())
}

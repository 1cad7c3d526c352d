//! Runs: what folds wrote. A run has rows in the order of their keys, in blocks, and changes only where
//! something has to be gone from the disk, see `rewrite`.
//!
//! Each fold makes a run of its own, so that it writes what it has to say and nothing else; whoever
//! reads unites the values that several runs have for a key, as they unite the tail. When there are many
//! runs of like size, `merge` makes one of them. (The literature calls this a log-structured merge tree.)
//! What the rows mean is not known here: whoever folds packs and unpacks values, and says how they are
//! united.

mod block;
mod cursor;
mod merge;
mod rewrite;

pub(super) use block::{Block, Blocks};
pub(super) use cursor::{Cursor, United};
pub(super) use merge::BEHIND_ALL;
pub use merge::PreparedMerge;
pub(super) use rewrite::rows_of;

use super::error::Result;
use super::ids::WorkspaceId;
use super::sqlite::Snapshot;
use super::{ReadTx, WriteTx};

/// Unites the values that several runs have for a key. Whoever knows what rows mean says how.
pub(super) type Unite = fn(&[u8], &mut dyn Iterator<Item = &[u8]>, &mut Vec<u8>) -> Result<()>;

/// What a run is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RunState {
    /// It is read.
    Whole = 0,
    /// Others are being merged into it; they are read in its place.
    Growing = 1,
    /// It was merged into another one, and its blocks are being deleted.
    Merged = 2,
}

/// A run that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) number: i64,
    /// It holds the events of the log after this one …
    pub(super) after: i64,
    /// … up to this one.
    pub(super) through: i64,
}

/// The runs of a workspace that are read, those of the oldest events first.
pub(super) struct Runs<'a> {
    engine: Snapshot<'a>,
    workspace: WorkspaceId,
    runs: Vec<Run>,
}

impl ReadTx<'_> {
    /// The runs of a workspace.
    pub(super) fn runs(&self, workspace: WorkspaceId) -> Result<Runs<'_>> {
        let runs = self.runs_in(workspace, RunState::Whole)?;
        Ok(Runs { engine: self.engine, workspace, runs })
    }
}

impl Runs<'_> {
    /// Which they are, those of the oldest events first.
    pub(super) fn list(&self) -> &[Run] {
        &self.runs
    }

    /// The last event that is in them; 0 when there is none.
    pub(super) fn through(&self) -> i64 {
        self.runs.last().map_or(0, |run| run.through)
    }
}

impl WriteTx<'_> {
    /// Adds a run of the events after one up to another.
    pub(super) fn add_run(
        &self,
        workspace: WorkspaceId,
        (after, through): (i64, i64),
        blocks: &[Block],
    ) -> Result<()> {
        let number = self.engine.insert_run(workspace, (after, through), RunState::Whole)?;
        self.engine.insert_blocks(workspace, number, blocks)
    }
}

//! Runs: what folds wrote. A run has rows in the order of their keys, in blocks, and never changes.
//!
//! Each fold makes a run of its own, so that it writes what it has to say and nothing else; whoever
//! reads unites the values that several runs have for a key, as they unite the tail. When there are many
//! runs of like size, `merge` makes one of them. (The literature calls this a log-structured merge tree.)
//! What the rows mean is not known here: the rooms of [`super::fold`] pack, unite and unpack values.

mod block;
mod cursor;
mod merge;

use rusqlite::{Connection, params};

pub(super) use block::{Block, Blocks};
pub(super) use cursor::{Cursor, United, Values};
pub(super) use merge::BEHIND_ALL;
pub use merge::PreparedMerge;

use super::error::Result;
use super::ids::WorkspaceId;
use super::{ReadTx, WriteTx};

/// What a run is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
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
    number: i64,
    /// It holds the events of the log after this one …
    after: i64,
    /// … up to this one.
    through: i64,
}

/// The runs of a workspace that are read, those of the oldest events first.
pub(super) struct Runs<'a> {
    conn: &'a Connection,
    workspace: WorkspaceId,
    runs: Vec<Run>,
}

impl ReadTx<'_> {
    /// The runs of a workspace.
    pub(super) fn runs(&self, workspace: WorkspaceId) -> Result<Runs<'_>> {
        Runs::of(self.conn, workspace)
    }
}

impl<'a> Runs<'a> {
    pub(super) fn of(conn: &'a Connection, workspace: WorkspaceId) -> Result<Self> {
        let mut statement = conn.prepare_cached(
            "SELECT number, after, through FROM runs WHERE workspace = ?1 AND state = ?2
             ORDER BY through",
        )?;
        let runs = statement.query_map(params![workspace, State::Whole as u8], |row| {
            Ok(Run { number: row.get(0)?, after: row.get(1)?, through: row.get(2)? })
        })?;
        Ok(Self { conn, workspace, runs: runs.collect::<rusqlite::Result<_>>()? })
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
        let number = self.new_run(workspace, (after, through), State::Whole, None)?;
        self.add_blocks(workspace, number, blocks)
    }

    fn new_run(
        &self,
        workspace: WorkspaceId,
        (after, through): (i64, i64),
        state: State,
        reached: Option<&[u8]>,
    ) -> Result<i64> {
        let number: i64 = self
            .conn
            .prepare_cached("SELECT coalesce(max(number), 0) + 1 FROM runs WHERE workspace = ?1")?
            .query_row([workspace], |row| row.get(0))?;
        self.conn
            .prepare_cached(
                "INSERT INTO runs (workspace, number, state, after, through, reached)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![workspace, number, state as u8, after, through, reached])?;
        Ok(number)
    }

    fn add_blocks(&self, workspace: WorkspaceId, run: i64, blocks: &[Block]) -> Result<()> {
        let mut insert = self.conn.prepare_cached(
            "INSERT INTO run_blocks (workspace, run, first, block) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for block in blocks {
            insert.execute(params![workspace, run, block.first, block.bytes])?;
        }
        Ok(())
    }

    /// Throws all runs of a workspace away.
    pub(super) fn delete_runs(&self, workspace: WorkspaceId) -> Result<()> {
        for table in ["run_blocks", "runs"] {
            self.conn.execute(&format!("DELETE FROM {table} WHERE workspace = ?1"), [workspace])?;
        }
        Ok(())
    }

    /// Writes the runs of a workspace as one, with rows changed; those that become empty are left out.
    #[cfg(test)]
    pub(super) fn rewrite_runs(
        &self,
        workspace: WorkspaceId,
        mut change: impl FnMut(&[u8], &mut Vec<u8>),
    ) -> Result<()> {
        let runs = self.runs(workspace)?;
        let mut blocks = Blocks::default();
        runs.each(&[], BEHIND_ALL, |key, values| {
            let mut value = Vec::new();
            super::fold::unite(key, values, &mut value)?;
            change(key, &mut value);
            if !value.is_empty() {
                blocks.push(key, &value);
            }
            Ok(std::ops::ControlFlow::Continue(()))
        })?;
        self.delete_runs(workspace)?;
        self.add_run(workspace, (0, runs.through()), &blocks.finish())
    }
}

//! The tables of runs and of their blocks.

use std::ops::ControlFlow;

use rusqlite::{OptionalExtension, params};

use super::{Snapshot, Transaction};
use crate::store::{Block, Result, Run, RunState, WorkspaceId};

const FROM: &str = "SELECT first, block FROM run_blocks
    WHERE workspace = ?1 AND run = ?2 AND first <= ?3 ORDER BY first DESC LIMIT 1";
const BEHIND: &str = "SELECT first, block FROM run_blocks
    WHERE workspace = ?1 AND run = ?2 AND first > ?3 ORDER BY first";

impl Snapshot<'_> {
    /// The runs of a workspace that are in a state, those of the oldest events first.
    pub(in crate::store) fn runs_in(
        &self,
        workspace: WorkspaceId,
        state: RunState,
    ) -> Result<Vec<Run>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT number, after, through FROM runs WHERE workspace = ?1 AND state = ?2
             ORDER BY through",
        )?;
        let runs = statement.query_map(params![workspace, state as u8], |row| {
            Ok(Run { number: row.get(0)?, after: row.get(1)?, through: row.get(2)? })
        })?;
        Ok(runs.collect::<rusqlite::Result<_>>()?)
    }

    /// The last key that was merged into a run, where that goes on.
    pub(in crate::store) fn run_reached(
        &self,
        workspace: WorkspaceId,
        run: i64,
    ) -> Result<Option<Vec<u8>>> {
        let sql = "SELECT reached FROM runs WHERE workspace = ?1 AND number = ?2";
        let mut statement = self.conn.prepare_cached(sql)?;
        let reached = statement.query_row(params![workspace, run], |row| row.get(0));
        Ok(reached.optional()?.flatten())
    }

    /// What `read` makes of the last block of a run whose first key, which it is handed with the bytes,
    /// is not greater than a key.
    pub(in crate::store) fn block_from<T>(
        &self,
        workspace: WorkspaceId,
        run: i64,
        key: &[u8],
        read: impl FnOnce(&[u8], &[u8]) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut statement = self.conn.prepare_cached(FROM)?;
        let found = statement.query_row(params![workspace, run, key], |row| {
            Ok(read(row.get_ref(0)?.as_blob()?, row.get_ref(1)?.as_blob()?))
        });
        found.optional()?.transpose()
    }

    /// Visits the first keys and the bytes of the blocks of a run whose first keys are greater, in their
    /// order, until the visitor breaks off.
    pub(in crate::store) fn each_block_behind(
        &self,
        workspace: WorkspaceId,
        run: i64,
        key: &[u8],
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let mut statement = self.conn.prepare_cached(BEHIND)?;
        let mut blocks = statement.query(params![workspace, run, key])?;
        while let Some(block) = blocks.next()? {
            let bytes = |at| -> rusqlite::Result<&[u8]> { Ok(block.get_ref(at)?.as_blob()?) };
            if visit(bytes(0)?, bytes(1)?)?.is_break() {
                break;
            }
        }
        Ok(())
    }
}

impl Transaction<'_> {
    /// Adds a run of the events after one up to another, with the next number, and no blocks yet.
    pub(in crate::store) fn insert_run(
        &self,
        workspace: WorkspaceId,
        (after, through): (i64, i64),
        state: RunState,
    ) -> Result<i64> {
        self.hold_lock()?;
        let number: i64 = self
            .conn
            .prepare_cached("SELECT coalesce(max(number), 0) + 1 FROM runs WHERE workspace = ?1")?
            .query_row([workspace], |row| row.get(0))?;
        self.conn
            .prepare_cached(
                "INSERT INTO runs (workspace, number, state, after, through)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![workspace, number, state as u8, after, through])?;
        Ok(number)
    }

    /// Adds blocks to a run.
    pub(in crate::store) fn insert_blocks(
        &self,
        workspace: WorkspaceId,
        run: i64,
        blocks: &[Block],
    ) -> Result<()> {
        let mut insert = self.conn.prepare_cached(
            "INSERT INTO run_blocks (workspace, run, first, block) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for block in blocks {
            insert.execute(params![workspace, run, block.first, block.bytes])?;
        }
        Ok(())
    }

    /// Notes the last key that was merged into a run.
    pub(in crate::store) fn set_run_reached(
        &self,
        workspace: WorkspaceId,
        run: i64,
        reached: &[u8],
    ) -> Result<()> {
        let sql = "UPDATE runs SET reached = ?3 WHERE workspace = ?1 AND number = ?2";
        self.conn.prepare_cached(sql)?.execute(params![workspace, run, reached])?;
        Ok(())
    }

    /// Brings a run into a state in which nothing is being merged into it.
    pub(in crate::store) fn set_run_state(
        &self,
        workspace: WorkspaceId,
        run: i64,
        state: RunState,
    ) -> Result<()> {
        let sql = "UPDATE runs SET state = ?3, reached = NULL WHERE workspace = ?1 AND number = ?2";
        self.conn.prepare_cached(sql)?.execute(params![workspace, run, state as u8])?;
        Ok(())
    }

    /// Deletes the first blocks of a run, at most so many; how many it were. They are not overwritten:
    /// that would be written as often as they were, and they have numbers alone.
    pub(in crate::store) fn delete_blocks(
        &self,
        workspace: WorkspaceId,
        run: i64,
        at_most: usize,
    ) -> Result<usize> {
        self.conn.pragma_update(None, "secure_delete", false)?;
        let deleted = self.delete_blocks_plainly(workspace, run, at_most);
        self.conn.pragma_update(None, "secure_delete", true)?;
        deleted
    }

    fn delete_blocks_plainly(
        &self,
        workspace: WorkspaceId,
        run: i64,
        at_most: usize,
    ) -> Result<usize> {
        let sql = "DELETE FROM run_blocks WHERE id IN (SELECT id FROM run_blocks
                   WHERE workspace = ?1 AND run = ?2 ORDER BY first LIMIT ?3)";
        let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
        Ok(self.conn.prepare_cached(sql)?.execute(params![workspace, run, at_most])?)
    }

    /// Deletes one block of a run, by the key of its first row.
    pub(in crate::store) fn delete_block(
        &self,
        workspace: WorkspaceId,
        run: i64,
        first: &[u8],
    ) -> Result<()> {
        let sql = "DELETE FROM run_blocks WHERE workspace = ?1 AND run = ?2 AND first = ?3";
        self.conn.prepare_cached(sql)?.execute(params![workspace, run, first])?;
        Ok(())
    }

    /// Deletes a run that has no blocks any more.
    pub(in crate::store) fn delete_run(&self, workspace: WorkspaceId, run: i64) -> Result<()> {
        let sql = "DELETE FROM runs WHERE workspace = ?1 AND number = ?2";
        self.conn.prepare_cached(sql)?.execute(params![workspace, run])?;
        Ok(())
    }

    /// Deletes all runs of a workspace with their blocks.
    pub(in crate::store) fn delete_runs(&self, workspace: WorkspaceId) -> Result<()> {
        for table in ["run_blocks", "runs"] {
            self.conn.execute(&format!("DELETE FROM {table} WHERE workspace = ?1"), [workspace])?;
        }
        Ok(())
    }
}

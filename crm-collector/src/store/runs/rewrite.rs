//! Changing rows of runs that are there: the one way in which a run is not for ever, for what has to be
//! gone from the disk. Whoever reads has a snapshot; whoever reads or merges in parts looks at when
//! something was last erased.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::block::{Block, Blocks, OpenBlock};
use super::{Run, RunState};
use crate::store::WriteTx;
use crate::store::error::Result;
use crate::store::ids::WorkspaceId;

impl WriteTx<'_> {
    /// Changes rows of a run: `change` is handed a key, the value that the run has for it, what is to be
    /// done, and writes the new value. A row whose value is empty then is gone. Only the blocks of these
    /// rows are written.
    pub(in crate::store) fn rewrite_run<C>(
        &self,
        workspace: WorkspaceId,
        run: Run,
        changes: &BTreeMap<Vec<u8>, C>,
        mut change: impl FnMut(&[u8], Option<&[u8]>, &C, &mut Vec<u8>) -> Result<()>,
    ) -> Result<()> {
        let mut left = changes.iter().peekable();
        let mut value = Vec::new();
        while let Some((next, _)) = left.peek() {
            let block = self.block_for(workspace, run.number, next)?;
            let behind = match &block {
                Some(block) => self.first_behind(workspace, run.number, &block.first)?,
                None => None,
            };
            let mut rows = OpenBlock::default();
            let mut is_row = false;
            let mut blocks = Blocks::default();
            if let Some(block) = &block {
                rows.open(block.bytes.clone())?;
                is_row = rows.advance()?;
            }
            let is_here = |key: &[u8]| behind.as_ref().is_none_or(|behind| *key < *behind.first);
            while let Some((key, wanted)) = left.next_if(|(key, _)| is_here(key)) {
                while is_row && rows.key() < key.as_slice() {
                    blocks.push(rows.key(), rows.value());
                    is_row = rows.advance()?;
                }
                let is_same = is_row && rows.key() == key.as_slice();
                value.clear();
                change(key, is_same.then(|| rows.value()), wanted, &mut value)?;
                if !value.is_empty() {
                    blocks.push(key, &value);
                }
                if is_same {
                    is_row = rows.advance()?;
                }
            }
            while is_row {
                blocks.push(rows.key(), rows.value());
                is_row = rows.advance()?;
            }
            if let Some(block) = &block {
                self.engine.delete_block(workspace, run.number, &block.first)?;
            }
            self.engine.insert_blocks(workspace, run.number, &blocks.finish())?;
        }
        Ok(())
    }

    /// Gives up a merge that has begun, if one has: it begins anew of the runs that are read.
    pub(in crate::store) fn give_up_merging(&self, workspace: WorkspaceId) -> Result<()> {
        for run in self.runs_in(workspace, RunState::Growing)? {
            self.engine.set_run_state(workspace, run.number, RunState::Merged)?;
        }
        Ok(())
    }

    /// The block that has a key if the run has it, or would have it.
    fn block_for(&self, workspace: WorkspaceId, run: i64, key: &[u8]) -> Result<Option<Block>> {
        match self.block_from(workspace, run, key, owned)? {
            Some(block) => Ok(Some(block)),
            None => self.first_behind(workspace, run, &[]),
        }
    }

    fn first_behind(&self, workspace: WorkspaceId, run: i64, key: &[u8]) -> Result<Option<Block>> {
        let mut found = None;
        self.each_block_behind(workspace, run, key, |first, bytes| {
            found = Some(owned(first, bytes)?);
            Ok(ControlFlow::Break(()))
        })?;
        Ok(found)
    }
}

fn owned(first: &[u8], bytes: &[u8]) -> Result<Block> {
    Ok(Block { first: first.to_vec(), bytes: bytes.to_vec() })
}

/// The rows of some blocks.
pub(in crate::store) fn rows_of(blocks: &[Block]) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let (mut found, mut rows) = (Vec::new(), OpenBlock::default());
    for block in blocks {
        rows.open(block.bytes.clone())?;
        while rows.advance()? {
            found.push((rows.key().to_vec(), rows.value().to_vec()));
        }
    }
    Ok(found)
}

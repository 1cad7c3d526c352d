//! Reading: one run from a key on, and several as one.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use super::block::OpenBlock;
use super::{Run, Runs};
use crate::store::error::Result;

/// A place in a run.
pub(in crate::store) struct Cursor<'r> {
    runs: &'r Runs<'r>,
    run: i64,
    /// The first key of the block that is open.
    first: Vec<u8>,
    block: OpenBlock,
    is_open: bool,
}

impl<'r> Cursor<'r> {
    fn new(runs: &'r Runs<'r>, run: &Run) -> Self {
        let block = OpenBlock::default();
        Self { runs, run: run.number, first: Vec::new(), block, is_open: false }
    }

    /// Goes to the first row whose key is not less; `false` when there is none.
    fn seek(&mut self, key: &[u8]) -> Result<bool> {
        if !self.open_at(key)? && !self.open_behind(&[])? {
            return Ok(false);
        }
        while self.advance()? {
            if self.block.key() >= key {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Goes to the last row whose key is not greater; `false` when there is none.
    pub(in crate::store) fn seek_back(&mut self, key: &[u8]) -> Result<bool> {
        if !self.open_at(key)? {
            return Ok(false);
        }
        let mut rows = 0;
        while self.block.advance()? && self.block.key() <= key {
            rows += 1;
        }
        self.block.rewind();
        for _ in 0..rows {
            self.block.advance()?;
        }
        Ok(rows > 0)
    }

    /// Goes to the next row; `false` when there is none.
    fn advance(&mut self) -> Result<bool> {
        if self.is_open && self.block.advance()? {
            return Ok(true);
        }
        let behind = std::mem::take(&mut self.first);
        Ok(self.is_open && self.open_behind(&behind)? && self.block.advance()?)
    }

    /// Opens the block that has the key if the run has it, before its first row; `false` when all keys
    /// are greater.
    fn open_at(&mut self, key: &[u8]) -> Result<bool> {
        if self.is_open && self.first.as_slice() <= key && key <= self.block.last() {
            self.block.rewind();
            return Ok(true);
        }
        let Self { runs, run, first, block, is_open } = self;
        let found = runs.engine.block_from(runs.workspace, *run, key, opener(first, block))?;
        *is_open = found.is_some();
        Ok(*is_open)
    }

    /// Opens the first block whose first key is greater, before its first row.
    fn open_behind(&mut self, key: &[u8]) -> Result<bool> {
        let Self { runs, run, first, block, is_open } = self;
        let found = runs.engine.block_behind(runs.workspace, *run, key, opener(first, block))?;
        *is_open = found.is_some();
        Ok(*is_open)
    }

    /// The key of the row that it is at.
    pub(in crate::store) fn key(&self) -> &[u8] {
        self.block.key()
    }

    /// The value of the row that it is at.
    pub(in crate::store) fn value(&self) -> &[u8] {
        self.block.value()
    }
}

/// Opens a block that was found.
fn opener<'b>(
    first: &'b mut Vec<u8>,
    block: &'b mut OpenBlock,
) -> impl FnOnce(&[u8], &[u8]) -> Result<()> + 'b {
    |its_first, bytes| {
        first.clear();
        first.extend_from_slice(its_first);
        block.open(bytes)
    }
}

/// The values that several runs have for one key, those of the oldest events first.
pub(in crate::store) struct Values<'v> {
    cursors: &'v [Cursor<'v>],
    which: &'v [usize],
}

impl<'v> Values<'v> {
    pub(in crate::store) fn iter(&self) -> impl ExactSizeIterator<Item = &'v [u8]> + use<'v> {
        let cursors = self.cursors;
        self.which.iter().map(move |at| cursors[*at].value())
    }
}

/// The rows of several runs as one, in the order of their keys.
pub(in crate::store) struct United<'r> {
    /// Of the runs that have rows left, each at the next of them.
    cursors: Vec<Cursor<'r>>,
    end: Vec<u8>,
    key: Vec<u8>,
    /// The cursors that are at the key.
    which: Vec<usize>,
}

impl United<'_> {
    /// The next key, and the values of all runs that have it.
    pub(in crate::store) fn advance(&mut self) -> Result<Option<(&[u8], Values<'_>)>> {
        let Self { cursors, end, key, which } = self;
        // From the last, so that the places of the others stay.
        for at in which.drain(..).rev() {
            if !cursors[at].advance()? || cursors[at].key() >= end.as_slice() {
                cursors.remove(at);
            }
        }
        for (at, cursor) in cursors.iter().enumerate() {
            let order = match which.first() {
                None => Ordering::Less,
                Some(first) => cursor.key().cmp(cursors[*first].key()),
            };
            if order == Ordering::Less {
                which.clear();
            }
            if order != Ordering::Greater {
                which.push(at);
            }
        }
        let Some(first) = which.first() else { return Ok(None) };
        key.clear();
        key.extend_from_slice(cursors[*first].key());
        Ok(Some((key, Values { cursors, which })))
    }
}

impl Runs<'_> {
    /// The rows from one key to before another.
    pub(in crate::store) fn united(&self, from: &[u8], to: &[u8]) -> Result<United<'_>> {
        let mut cursors = Vec::with_capacity(self.runs.len());
        for mut cursor in self.cursors() {
            if cursor.seek(from)? && cursor.key() < to {
                cursors.push(cursor);
            }
        }
        Ok(United { cursors, end: to.to_vec(), key: Vec::new(), which: Vec::new() })
    }

    /// Visits the keys from one to before another, in order, each once with the values of all runs that
    /// have it, until the visitor breaks off.
    pub(in crate::store) fn each(
        &self,
        from: &[u8],
        to: &[u8],
        mut visit: impl FnMut(&[u8], &Values<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let mut united = self.united(from, to)?;
        while let Some((key, values)) = united.advance()? {
            if visit(key, &values)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// A cursor of each run, those of the oldest events first.
    pub(in crate::store) fn cursors(&self) -> Vec<Cursor<'_>> {
        self.runs.iter().map(|run| Cursor::new(self, run)).collect()
    }
}

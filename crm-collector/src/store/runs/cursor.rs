//! Reading: one run from a key on, and several as one.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::ops::ControlFlow;

use super::block::{Block, OpenBlock};
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
    /// Blocks behind it that have been read.
    ahead: VecDeque<Block>,
    /// How many bytes the next statement reads, or a block more.
    at_once_bytes: usize,
}

/// Bytes that one statement reads for whoever reads on: it takes as long as a block does. Who has just
/// come reads a block at a time, for most want a row or two.
const MOST_AT_ONCE_BYTES: usize = if cfg!(test) { 1 << 10 } else { 64 << 10 };

impl<'r> Cursor<'r> {
    fn new(runs: &'r Runs<'r>, run: &Run) -> Self {
        Self {
            runs,
            run: run.number,
            first: Vec::new(),
            block: OpenBlock::default(),
            is_open: false,
            ahead: VecDeque::new(),
            at_once_bytes: 0,
        }
    }

    /// Goes to the first row whose key is not less; `false` when there is none.
    fn seek(&mut self, key: &[u8]) -> Result<bool> {
        if !self.open_at(key)? {
            self.read_behind(&[])?;
            if !self.open_next()? {
                return Ok(false);
            }
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
        if !self.is_open || self.block.advance()? {
            return Ok(self.is_open);
        }
        if self.ahead.is_empty() {
            let behind = std::mem::take(&mut self.first);
            self.read_behind(&behind)?;
            self.at_once_bytes = MOST_AT_ONCE_BYTES;
        }
        Ok(self.open_next()? && self.block.advance()?)
    }

    /// Opens the block that has the key if the run has it, before its first row; `false` when all keys
    /// are greater.
    fn open_at(&mut self, key: &[u8]) -> Result<bool> {
        if self.is_open && self.first.as_slice() <= key && key <= self.block.last() {
            self.block.rewind();
            return Ok(true);
        }
        self.ahead.clear();
        self.at_once_bytes = 0;
        let Self { runs, run, ahead, .. } = self;
        let found = runs.engine.block_from(runs.workspace, *run, key, owned)?;
        ahead.extend(found);
        self.open_next()
    }

    /// Reads blocks whose first keys are greater.
    fn read_behind(&mut self, key: &[u8]) -> Result<()> {
        let Self { runs, run, ahead, at_once_bytes, .. } = self;
        let mut read_bytes = 0;
        runs.engine.each_block_behind(runs.workspace, *run, key, |first, bytes| {
            ahead.push_back(owned(first, bytes)?);
            read_bytes += bytes.len();
            let is_enough = read_bytes >= *at_once_bytes;
            Ok(if is_enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })
    }

    /// Opens the next block that has been read, before its first row; `false` when there is none.
    fn open_next(&mut self) -> Result<bool> {
        let next = self.ahead.pop_front();
        self.is_open = next.is_some();
        if let Some(Block { first, bytes }) = next {
            self.first = first;
            self.block.open(bytes)?;
        }
        Ok(self.is_open)
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

fn owned(first: &[u8], bytes: &[u8]) -> Result<Block> {
    Ok(Block { first: first.to_vec(), bytes: bytes.to_vec() })
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
    /// One of each run, those of the oldest events first.
    cursors: Vec<Cursor<'r>>,
    /// Those that have rows left, each at the next of them.
    left: Vec<usize>,
    end: Vec<u8>,
    key: Vec<u8>,
    /// The cursors that are at the key.
    which: Vec<usize>,
}

impl United<'_> {
    /// Goes to before the rows from one key to before another. Quicker where they are near those that
    /// were read before: a block that is open is not read again.
    pub(in crate::store) fn seek(&mut self, from: &[u8], to: &[u8]) -> Result<()> {
        self.which.clear();
        self.left.clear();
        self.end.clear();
        self.end.extend_from_slice(to);
        for (at, cursor) in self.cursors.iter_mut().enumerate() {
            if cursor.seek(from)? && cursor.key() < to {
                self.left.push(at);
            }
        }
        Ok(())
    }

    /// The next key, and the values of all runs that have it.
    pub(in crate::store) fn advance(&mut self) -> Result<Option<(&[u8], Values<'_>)>> {
        let Self { cursors, left, end, key, which } = self;
        for at in which.drain(..) {
            if !cursors[at].advance()? || cursors[at].key() >= end.as_slice() {
                left.retain(|left| *left != at);
            }
        }
        for at in left.iter().copied() {
            let order = match which.first() {
                None => Ordering::Less,
                Some(first) => cursors[at].key().cmp(cursors[*first].key()),
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

    /// Visits the keys from one to before another, in order, each once with the values of all runs that
    /// have it, until the visitor breaks off.
    pub(in crate::store) fn each(
        &mut self,
        from: &[u8],
        to: &[u8],
        mut visit: impl FnMut(&[u8], &Values<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        self.seek(from, to)?;
        while let Some((key, values)) = self.advance()? {
            if visit(key, &values)?.is_break() {
                break;
            }
        }
        Ok(())
    }
}

impl Runs<'_> {
    /// All of them as one, before any rows.
    pub(in crate::store) fn united(&self) -> United<'_> {
        let (left, end, key, which) = Default::default();
        United { cursors: self.cursors(), left, end, key, which }
    }

    /// Visits some keys, see [`United::each`].
    pub(in crate::store) fn each(
        &self,
        from: &[u8],
        to: &[u8],
        visit: impl FnMut(&[u8], &Values<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        self.united().each(from, to, visit)
    }

    /// A cursor of each run, those of the oldest events first.
    pub(in crate::store) fn cursors(&self) -> Vec<Cursor<'_>> {
        self.runs.iter().map(|run| Cursor::new(self, run)).collect()
    }
}

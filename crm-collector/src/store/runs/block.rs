//! Blocks: the rows of a run, some kilobytes at a time, in the order of their keys.
//!
//! A block is: the length of its last key and that key; then for each row, how many bytes its key
//! shares with the key before, how many follow and these, the length of the value and the value; then
//! a checksum of all that. Numbers are of variable length.

use std::ops::Range;

use crate::store::codec::{Reader, put};
use crate::store::error::{Result, StoreError};

/// A block ends with the row that makes it this long. A page of the database holds 4 KiB: fewer bytes
/// cost more of the tree around them, and more have to be read for one row. Tests have many blocks.
const LONG: usize = if cfg!(test) { 256 } else { 16 << 10 };
const CHECKSUM_BYTES: usize = 4;

/// A block, and the key of its first row.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::store) struct Block {
    pub(in crate::store) first: Vec<u8>,
    pub(in crate::store) bytes: Vec<u8>,
}

/// Rows on their way into blocks.
#[derive(Default)]
pub(in crate::store) struct Blocks {
    done: Vec<Block>,
    first: Vec<u8>,
    last: Vec<u8>,
    rows: Vec<u8>,
    bytes: usize,
}

impl Blocks {
    /// Appends a row. Keys have to rise.
    pub(in crate::store) fn push(&mut self, key: &[u8], value: &[u8]) {
        debug_assert!(self.last.as_slice() < key, "keys rise");
        if self.rows.is_empty() {
            self.first.clear();
            self.first.extend_from_slice(key);
            self.last.clear();
        }
        let shared = self.last.iter().zip(key).take_while(|(one, other)| one == other).count();
        let rest = &key[shared..];
        put(&mut self.rows, shared as u64);
        put(&mut self.rows, rest.len() as u64);
        self.rows.extend_from_slice(rest);
        put(&mut self.rows, value.len() as u64);
        self.rows.extend_from_slice(value);
        self.last.truncate(shared);
        self.last.extend_from_slice(rest);
        if self.rows.len() >= LONG {
            self.end_block();
        }
    }

    fn end_block(&mut self) {
        let mut bytes = Vec::with_capacity(self.rows.len() + self.last.len() + 8);
        put(&mut bytes, self.last.len() as u64);
        bytes.extend_from_slice(&self.last);
        bytes.extend_from_slice(&self.rows);
        let checksum = crc32c::crc32c(&bytes);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        self.bytes += bytes.len();
        self.done.push(Block { first: std::mem::take(&mut self.first), bytes });
        self.rows.clear();
    }

    /// Bytes of the blocks that are full.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// All blocks.
    pub(in crate::store) fn finish(mut self) -> Vec<Block> {
        if !self.rows.is_empty() {
            self.end_block();
        }
        self.done
    }
}

/// A block that is being read: a row after the other.
#[derive(Default)]
pub(super) struct OpenBlock {
    bytes: Vec<u8>,
    /// Where the last key lies, and behind it the rows.
    last: Range<usize>,
    /// Where the rows end.
    end: usize,
    /// Where the next row begins.
    next: usize,
    key: Vec<u8>,
    value: Range<usize>,
}

impl OpenBlock {
    /// Opens a block, before its first row.
    pub(super) fn open(&mut self, bytes: Vec<u8>) -> Result<()> {
        self.bytes = bytes;
        let Some((rows, checksum)) = self.bytes.split_last_chunk::<CHECKSUM_BYTES>() else {
            return Err(damaged());
        };
        if crc32c::crc32c(rows) != u32::from_le_bytes(*checksum) {
            return Err(damaged());
        }
        self.end = rows.len();
        let mut reader = Reader::new(rows);
        let length: usize = reader.narrow()?;
        let start = self.end - reader.rest().len();
        reader.bytes(length)?;
        self.last = start..start + length;
        self.rewind();
        Ok(())
    }

    /// Goes back to before the first row.
    pub(super) fn rewind(&mut self) {
        self.next = self.last.end;
        self.key.clear();
        self.value = 0..0;
    }

    /// The last key.
    pub(super) fn last(&self) -> &[u8] {
        &self.bytes[self.last.clone()]
    }

    /// Goes to the next row; `false` when there is none.
    pub(super) fn advance(&mut self) -> Result<bool> {
        if self.next >= self.end {
            return Ok(false);
        }
        let mut reader = Reader::new(&self.bytes[self.next..self.end]);
        let shared: usize = reader.narrow()?;
        let rest: usize = reader.narrow()?;
        if shared > self.key.len() {
            return Err(damaged());
        }
        self.key.truncate(shared);
        self.key.extend_from_slice(reader.bytes(rest)?);
        let length: usize = reader.narrow()?;
        let start = self.end - reader.rest().len();
        reader.bytes(length)?;
        self.value = start..start + length;
        self.next = start + length;
        Ok(true)
    }

    /// The key of this row.
    pub(super) fn key(&self) -> &[u8] {
        &self.key
    }

    /// The value of this row.
    pub(super) fn value(&self) -> &[u8] {
        &self.bytes[self.value.clone()]
    }
}

fn damaged() -> StoreError {
    StoreError::Damaged("a block of a run is not what was written".into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn rows_of(blocks: &[Block]) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let (mut rows, mut open) = (Vec::new(), OpenBlock::default());
        for block in blocks {
            open.open(block.bytes.clone())?;
            let mut first = true;
            while open.advance()? {
                assert!(!first || open.key() == block.first);
                first = false;
                rows.push((open.key().to_vec(), open.value().to_vec()));
            }
            assert_eq!(rows.last().unwrap().0, open.last());
        }
        Ok(rows)
    }

    proptest! {
        #[test]
        fn rows_come_back_as_they_were_pushed_and_a_flipped_bit_is_found(
            rows in prop::collection::btree_map(
                prop::collection::vec(0_u8..4, 1..12),
                prop_oneof![prop::collection::vec(any::<u8>(), 0..40), Just(vec![7; 900])],
                1..40,
            ),
            at in any::<prop::sample::Index>(),
            bit in 0_u32..8,
        ) {
            let rows: BTreeMap<Vec<u8>, Vec<u8>> = rows;
            let mut blocks = Blocks::default();
            rows.iter().for_each(|(key, value)| blocks.push(key, value));
            let mut blocks = blocks.finish();
            prop_assert_eq!(rows_of(&blocks).unwrap(), rows.into_iter().collect::<Vec<_>>());
            let place = at.index(blocks[0].bytes.len());
            blocks[0].bytes[place] ^= 1 << bit;
            prop_assert!(rows_of(&blocks).is_err());
        }
    }
}

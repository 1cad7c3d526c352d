//! Keys of rows: which table, and what tells the rows of it apart, in the order in which they are read.

use std::ops::Deref;

use crate::store::error::{Result, StoreError};

/// What rows are about; the first byte of their keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    Sums = 1,
    Buyers = 2,
    Histories = 3,
}

impl Table {
    pub(super) fn of(key: &[u8]) -> Option<Self> {
        [Self::Sums, Self::Buyers, Self::Histories]
            .into_iter()
            .find(|table| key.first() == Some(&(*table as u8)))
    }
}

/// A key, or the beginning of some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    bytes: [u8; Self::MOST],
    length: usize,
}

impl Key {
    const MOST: usize = 16;

    pub(super) fn new(table: Table) -> Self {
        Self { bytes: [0; Self::MOST], length: 0 }.bytes([table as u8])
    }

    fn bytes<const N: usize>(mut self, bytes: [u8; N]) -> Self {
        self.bytes[self.length..self.length + N].copy_from_slice(&bytes);
        self.length += N;
        self
    }

    pub(super) fn byte(self, value: u8) -> Self {
        self.bytes([value])
    }

    pub(super) fn short(self, value: u16) -> Self {
        self.bytes(value.to_be_bytes())
    }

    pub(super) fn number(self, value: u32) -> Self {
        self.bytes(value.to_be_bytes())
    }

    /// A day or a month, which may lie before 1970.
    pub(super) fn period(self, value: i32) -> Self {
        self.number(value.cast_unsigned() ^ SIGN)
    }
}

impl Deref for Key {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

const SIGN: u32 = 1 << 31;

/// The number that stands at a place of a key.
pub(super) fn number_at(key: &[u8], at: usize) -> Result<u32> {
    let bytes = key.get(at..).and_then(|rest| rest.first_chunk());
    let bytes = bytes.ok_or_else(|| StoreError::Damaged("a key of a run is too short".into()))?;
    Ok(u32::from_be_bytes(*bytes))
}

/// The day or month that stands at a place of a key.
pub(super) fn period_at(key: &[u8], at: usize) -> Result<i32> {
    Ok((number_at(key, at)? ^ SIGN).cast_signed())
}

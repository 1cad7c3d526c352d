//! The rows of runs: what is written of some events that were added up, and how the values that several
//! runs have for a key are united. Each table has its own way, in the file of its name.

use super::delta::Delta;
use super::key::Table;
use super::{buyers, histories, sums};
use crate::store::error::{Result, StoreError};
use crate::store::runs::{Block, Blocks};

/// All rows of a delta.
pub(super) fn blocks(delta: &Delta) -> Vec<Block> {
    let mut blocks = put_figures(delta);
    histories::put_rows(delta, &mut blocks);
    blocks.finish()
}

/// The same without histories.
pub(super) fn figures(delta: &Delta) -> Vec<Block> {
    put_figures(delta).finish()
}

fn put_figures(delta: &Delta) -> Blocks {
    let mut blocks = Blocks::default();
    sums::put_rows(delta, &mut blocks);
    buyers::put_rows(delta, &mut blocks);
    blocks
}

/// Unites the values that runs have for a key.
pub(in crate::store) fn unite<'v>(
    key: &[u8],
    values: impl Iterator<Item = &'v [u8]>,
    out: &mut Vec<u8>,
) -> Result<()> {
    match Table::of(key) {
        Some(Table::Sums) => sums::unite(values, out),
        Some(Table::Buyers) => buyers::unite(values, out),
        Some(Table::Histories) => {
            histories::unite(values, out);
            Ok(())
        }
        None => Err(StoreError::Damaged("a run has rows of no known kind".into())),
    }
}

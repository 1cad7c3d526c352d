//! What analyses may hold in memory, by what the process is given (`store.memory_mib`).

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

const MIB: usize = 1 << 20;
/// Lines of baskets for each MiB: with all that is learned from them they take some 24 bytes each, and
/// twice as much again while it is learned.
const LINES: usize = 1 << 14;
/// Values of series for each MiB: half of it.
const VALUES: usize = 1 << 16;
/// Periods that are told of for each MiB, ahead and behind: they take some 100 bytes each, and half as
/// much again while they are written.
const PERIODS: usize = 4_000;
/// One large analysis at a time for so many MiB.
const LARGE_MIB: usize = 64;

/// Bounds by memory.
pub(super) struct Memory {
    mib: usize,
    /// Turns of those analyses that may take as much as all others together.
    large: Arc<Semaphore>,
}

impl Memory {
    pub(super) fn new(mib: u32) -> Self {
        let mib = mib as usize;
        Self { mib, large: Arc::new(Semaphore::new((mib / LARGE_MIB).clamp(1, 4))) }
    }

    /// Lines of baskets that are looked at.
    pub(super) fn lines(&self) -> usize {
        self.mib * LINES
    }

    /// Values of all parts that are forecast one by one.
    pub(super) fn values(&self) -> usize {
        self.mib * VALUES
    }

    /// Periods of all parts that a forecast tells of.
    pub(super) fn periods(&self) -> usize {
        self.mib * PERIODS
    }

    /// Bytes for answers that are kept, of the share that a kind of answers has.
    pub(super) fn kept(&self, share_percent: usize) -> usize {
        self.mib * MIB / 100 * share_percent
    }

    /// Waits until a large analysis may be made. It is, for as long as what this answers is held.
    pub(super) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        // It is never closed.
        self.large.clone().acquire_owned().await.ok()
    }
}

/// What is kept, for as long as there is room for it.
pub(super) trait Weighs {
    /// Bytes that it takes, about.
    fn bytes(&self) -> usize;
}

//! What analyses may hold in memory, by what the process is given (`store.memory_mib`).

const MIB: usize = 1 << 20;
/// Lines of baskets for each MiB: with all that is learned from them they take some 24 bytes each, and
/// twice as much again while it is learned.
const LINES: usize = 1 << 14;
/// Values of series for each MiB: half of it.
const VALUES: usize = 1 << 16;
/// Periods that are told of for each MiB, ahead and behind: they take some 100 bytes each, and half as
/// much again while they are written.
const PERIODS: usize = 4_000;
/// Customers that an answer lists for each MiB: one takes some 700 bytes.
const LISTED: usize = 512;
/// One large analysis at a time for so many MiB.
const LARGE_MIB: usize = 64;

/// Bounds by memory.
#[derive(Clone, Copy)]
pub(super) struct Memory {
    mib: usize,
}

impl Memory {
    pub(super) fn new(mib: u32) -> Self {
        Self { mib: mib as usize }
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

    /// Customers that one answer lists.
    pub(super) fn listed(&self) -> usize {
        self.mib * LISTED
    }

    /// Bytes for answers that are kept, of the share that a kind of answers has.
    pub(super) fn kept(&self, share_percent: usize) -> usize {
        self.mib * MIB / 100 * share_percent
    }

    /// Large analyses at a time: those that may take as much as all others together.
    pub(super) fn large(&self) -> usize {
        (self.mib / LARGE_MIB).clamp(1, 4)
    }
}

/// What is kept, for as long as there is room for it.
pub(super) trait Weighs {
    /// Bytes that it takes, about.
    fn bytes(&self) -> usize;
}

//! How a flush knows what it waits for: by counting. Events in memory alone and events on disk are
//! each settled in the order in which they were taken, though not in one order together.

/// How far a flush reaches: up to what was taken before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    pub(super) memory: u64,
    pub(super) disk: u64,
}

impl Mark {
    /// Past every event there will ever be.
    pub const END: Self = Self { memory: u64::MAX, disk: u64::MAX };

    /// Past the first so many events, for a driver that holds all of them in memory alone, or all
    /// on disk.
    pub const fn past(events: u64) -> Self {
        Self { memory: events, disk: events }
    }
}

/// Counts of one kind of events, which are settled in the order in which they are taken.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stream {
    pub(super) taken: u64,
    pub(super) settled: u64,
}

impl Stream {
    /// How many of those that were taken below the mark are not settled.
    pub(super) fn left_below(self, mark: u64) -> usize {
        let left = mark.min(self.taken).saturating_sub(self.settled);
        usize::try_from(left).unwrap_or(usize::MAX)
    }
}

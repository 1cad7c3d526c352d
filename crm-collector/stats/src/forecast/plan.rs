//! What is forecast, by which members, and from which origins.

use super::pooled::Recipe;

/// One forecast among those that are combined.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Member {
    /// The models of one series alone, combined: exponential smoothing, Theta and their like, or
    /// rates of demand.
    Ensemble,
    /// An autoregression that learns from all like series.
    Pooled(Recipe),
}

/// What is forecast, and from where.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// Shortest first, none below two, each at most half of the longest series.
    pub(super) seasons: Vec<usize>,
    /// The shortest season that was asked for, however short the series are.
    pub(super) asked_season: Option<usize>,
    pub(super) horizon: usize,
    /// Origins within the series, beside the one at its end.
    pub(super) origins: usize,
    /// Steps from one origin to the one before it.
    pub(super) stride: usize,
    pub(super) members: Vec<Member>,
    /// Whether most values are zeros.
    pub(super) intermittent: bool,
}

impl Plan {
    /// The step of the naive errors that scale a history: the shortest season that it holds.
    pub(super) fn naive_season(&self, length: usize) -> usize {
        self.asked_season.filter(|season| length > *season).unwrap_or(1)
    }

    /// How many values of a series are shown at an origin: all at 0, fewer at each after it.
    /// `None` where too little would be left to learn from.
    pub(super) fn known(&self, length: usize, origin: usize) -> Option<usize> {
        if origin == 0 {
            return Some(length);
        }
        let season = self.seasons.first().copied().unwrap_or(1);
        let least = if length >= 3 * season + self.horizon { 2 * season + 1 } else { 4 };
        // A series that cannot spare a whole horizon still spares some of its end, once.
        let spared = if 3 * self.horizon <= 2 * length { self.horizon } else { length / 3 };
        let back = spared.min(length.saturating_sub(least)) + (origin - 1) * self.stride;
        let known = length.checked_sub(back).filter(|known| *known >= least && *known < length)?;
        (origin == 1 || length - known >= self.horizon).then_some(known)
    }
}

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
    /// How many steps are forecast from each origin within a series: models are weighed, tested and
    /// their errors learned by these, whatever is asked of the fit.
    pub(super) horizon: usize,
    /// How many steps are forecast from the end of a series: what is asked, and no fewer than
    /// `horizon`.
    pub(super) reach: usize,
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

    /// How many steps are forecast from an origin: all that are asked at the end of the series.
    pub(super) fn steps(&self, origin: usize) -> usize {
        if origin == 0 { self.reach } else { self.horizon }
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

/// Of a season that was seen as often, much is known, and more steps are tried.
pub(super) const MANY_SEASONS: usize = 25;

/// Seasons up to this length are tried whole, of longer ones a quarter.
pub(super) const SHORT_SEASON: usize = 24;

/// Bounds on the steps that are tried: what comes after is taken to be as uncertain as the growth of
/// the errors before it says.
const FEWEST_STEPS: usize = 6;
const MOST_STEPS: usize = 48;
const MANY_STEPS: usize = 28;

/// How many steps ahead models are tried on series of this season and this typical length. It follows
/// from the series alone, so that what is said of a step does not depend on how many are asked: a
/// season, a quarter of a long one, four weeks or two days of what has long been known, and where
/// there is no season a fifth of what is known.
pub(super) fn horizon_of(season: Option<usize>, typical: usize) -> usize {
    let wanted = match season {
        Some(season) if season > SHORT_SEASON => season.div_ceil(4),
        Some(season) if typical >= MANY_SEASONS * season => MANY_STEPS.next_multiple_of(season),
        Some(season) => season,
        None => typical.div_ceil(5).min(13),
    };
    wanted.min(typical / 3).clamp(FEWEST_STEPS, MOST_STEPS)
}

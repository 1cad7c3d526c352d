//! What a trend is, as it is reported.

use std::fmt::{self, Display};

/// What kind of change a series underwent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// From one period to the next it has run on another level, and still does.
    LevelShift,
    /// It has grown or shrunk steadily, from the first period given or from a bend on.
    Slope,
    /// It repeats itself with a season.
    Season,
    /// One period, or a few in a row, stood out; it is back to what it was.
    Outlier,
}

impl Kind {
    /// A stable short name: `level_shift`, `slope`, `season`, `outlier`.
    pub fn name(self) -> &'static str {
        match self {
            Self::LevelShift => "level_shift",
            Self::Slope => "slope",
            Self::Season => "season",
            Self::Outlier => "outlier",
        }
    }
}

impl Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Above what would have been.
    Up,
    /// Below what would have been.
    Down,
    /// Above in some phases and below in others: a season.
    Both,
}

/// A trend of one series. Sizes are in the unit of its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
    /// Which of the series given.
    pub series: usize,
    /// What kind of change.
    pub kind: Kind,
    /// Which way.
    pub direction: Direction,
    /// The first period of the change, by its place in the series.
    pub since: usize,
    /// The period after its last: the series' length but for an outlier.
    pub until: usize,
    /// The level now (of an outlier, its mean): what a period brings, free of season and chance.
    pub now: f64,
    /// What a period would bring now had there been no change.
    pub without: f64,
    /// `now` less `without`; of a season, what its best phase brings above its worst.
    pub per_period: f64,
    /// A standard error of `per_period`, with autocorrelation taken into account.
    pub standard_error: f64,
    /// What the change has brought in all, over its periods; of a season, nothing.
    pub total: f64,
    /// The season's length in periods, and its best and worst phase, counted from the series'
    /// first period; nothing for other kinds.
    pub season: Option<Season>,
    /// How likely so much would be by chance in a series without a change.
    pub p_value: f64,
    /// The smallest rate of false discoveries, over all series and kinds looked at together, at
    /// which this is reported; one less this is its confidence.
    pub q_value: f64,
}

impl Trend {
    /// One less the q-value.
    pub fn confidence(&self) -> f64 {
        1.0 - self.q_value
    }
}

/// A season that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Season {
    /// In periods.
    pub length: usize,
    /// The phase with the highest values: a period's place in the series modulo the length.
    pub best: usize,
    /// The phase with the lowest.
    pub worst: usize,
}

/// What the finder is to look for.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Seasons to test for, in periods: 7 for days, 12 for months … Those that a series is too
    /// short for (two whole ones are needed) are skipped.
    pub seasons: Vec<usize>,
    /// The rate of false discoveries among all trends reported (Benjamini-Hochberg).
    pub rate: f64,
    /// How many threads may work; the result is the same for any number.
    pub threads: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { seasons: Vec::new(), rate: 0.05, threads: 1 }
    }
}

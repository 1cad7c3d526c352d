//! What a trend is, as it is found.

use std::ops::Range;

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
    /// All sales.
    Whole,
    /// A part, by its dimension and its place in it.
    Part(usize, usize),
}

/// What kind of change it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// From one period to the next it has run on another level, and still does.
    LevelChange,
    /// It has grown, or fallen, steadily.
    Growth,
    /// It was not sold before.
    Launch,
    /// It is sold no more.
    End,
    /// One period, or a few in a row, stood out; it is back to what it was.
    OneOff,
    /// What one part has lost another of the same dimension has won.
    Mix,
    /// It is sold at another price.
    Price,
    /// Regular customers have stopped buying, many at a time.
    CustomersLost,
}

impl Kind {
    /// A stable short name.
    pub fn name(self) -> &'static str {
        match self {
            Self::LevelChange => "level_change",
            Self::Growth => "growth",
            Self::Launch => "launch",
            Self::End => "end",
            Self::OneOff => "one_off",
            Self::Mix => "mix",
            Self::Price => "price",
            Self::CustomersLost => "customers_lost",
        }
    }
}

/// What the periods of a change are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The same periods of an earlier year, so many years before.
    YearsBefore(usize),
    /// The share that the part had before of what else was sold: what happened to all alike (a
    /// season, a holiday, growth) is no change of it.
    ShareBefore,
    /// As many periods before.
    Before,
    /// What those customers who stayed have bought since, and those who left would have like them.
    CustomersWhoStayed,
}

/// Which periods are compared, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// With what.
    pub basis: Basis,
    /// The periods before.
    pub before: Range<usize>,
    /// The periods since.
    pub after: Range<usize>,
    /// What the sum of the periods before is multiplied with, to be what would have been in those
    /// since.
    pub scale: f64,
}

/// A price before and after.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PriceChange {
    /// Money a unit before.
    pub before: f64,
    /// Money a unit since.
    pub after: f64,
    /// What a period's sales came to before, in the periods that are compared. Who sells for less may
    /// well sell more.
    pub sold_before: f64,
    /// What they come to since.
    pub sold_after: f64,
}

impl PriceChange {
    /// Whether sales went the other way than the price.
    pub(super) fn is_contradicted(&self) -> bool {
        (self.after - self.before) * (self.sold_after - self.sold_before) < 0.0
    }
}

/// A change that chance does not explain. Sizes are money.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What changed.
    pub of: Of,
    /// How.
    pub kind: Kind,
    /// The first period of the change.
    pub since: usize,
    /// The period after its last: the number of periods but for a one-off.
    pub until: usize,
    /// What is compared.
    pub compared: Comparison,
    /// What a period would bring without the change.
    pub before: f64,
    /// What a period brings.
    pub after: f64,
    /// Money a month from now on, if it stays as it was in the last quarter of a year.
    pub at_stake: f64,
    /// Of a change of price, the prices.
    pub price: Option<PriceChange>,
    /// How likely so much would be by chance anywhere in the shop.
    pub chance: f64,
    /// Of a part, its share of the whole since, less the one before.
    pub moved: f64,
    /// Whether it is worth a look first.
    pub first: bool,
    /// What the same cause has changed as well, and is not told apart.
    pub explains: Vec<Of>,
}

impl Finding {
    /// What a period brings more, or, below zero, less.
    pub fn per_period(&self) -> f64 {
        self.after - self.before
    }

    /// How sure it is, 0 to 1.
    pub fn confidence(&self) -> f64 {
        1.0 - self.chance
    }
}

/// What is true of the shop each year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Season {
    /// The period of the last year about which most is sold.
    pub best: usize,
    /// How many times the usual is sold then.
    pub times: f64,
}

/// All that was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The changes: those worth a look first, then the rest, each by what is at stake.
    pub findings: Vec<Finding>,
    /// The season, where two years show it alike.
    pub season: Option<Season>,
    /// Series that were looked at.
    pub examined: usize,
    /// Periods that are missing before the whole can be compared with the year before.
    pub periods_missing: usize,
}

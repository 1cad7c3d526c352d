//! Why a question is not answered.

use super::names::Named;
use super::sense::{Bound, Column, Missing};

/// Why a question is not answered. What it says in words, `say` knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The data do not hold it.
    Missing(Missing),
    /// Nothing is asked by what narrows it.
    Bound(Bound),
    /// Words that say nothing that is known.
    Unknown(Vec<String>),
    /// Several things have the name; where it stands in the text.
    Unclear((usize, usize), Vec<Named>),
    /// Nothing was sold there.
    NoSales(String),
    /// Which product is meant.
    WhichProduct,
    /// Which customer is meant.
    WhichCustomer,
    /// Nothing is kept by category.
    Category,
    /// Figures are kept by one thing at a time.
    Parts,
    /// A figure that is not kept so.
    Column(Column),
    /// What happened with one customer is told as a whole.
    DaysOfCustomer,
    /// Who is what is told as of today.
    DaysOfSegments,
    /// What was is told by reports, and what will be by forecasts.
    Ahead,
    /// Parts are compared by trends alone.
    Compare,
    /// Lists begin with the largest.
    Worst,
    /// A forecast does not reach so far, or has no such parts.
    Forecast(String),
    /// More than one thing at a time.
    Mixed,
    /// Nothing in it is a question that is known.
    NotUnderstood,
}

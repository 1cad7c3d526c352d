//! What the statistics say: forecasts, trends, what customers are worth, segments, baskets.
//!
//! Values that the HTTP interface, the command line and the pages all show. Money is a decimal
//! string, everything else a JSON number; each answer names its method, what it was given, and
//! what more it would have needed.

mod analysis;
mod basket;
mod figure;
mod forecast;
mod segment;
mod trend;
mod value;

pub use analysis::Analysis;
pub use basket::{NextItem, NextItems, Pair, Together};
pub use figure::Figure;
pub use forecast::{
    Accuracy, Band, Breakdown, ForecastPeriod, Forecasts, Measure, PastPeriod, SeriesForecast,
};
pub use segment::{Group, Segments};
pub use trend::{Contribution, Factor, Rows, Trend, Trends};
pub use value::{CustomerValue, CustomerValues, Parameter, Rfm, ValueModel};

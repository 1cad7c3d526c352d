//! Charts: values become SVG and HTML text, for pages, for reports as one file, and for e-mails.
//!
//! Pure, and without anything else of the crate. Styled by classes and attributes alone, see [`STYLES`],
//! so that a page may forbid inline styles. Each chart says its sentence to who cannot see it, and has
//! the table of its figures behind it, or is a table itself. Every text is escaped here.

mod bars;
mod distribution;
mod figure;
mod heatmap;
mod line;
pub mod locale;
mod markup;
mod places;
mod ranking;
mod scale;
mod shade;
mod spark;
#[cfg(test)]
mod tests;
mod triangle;
mod waterfall;

pub use bars::{BarChart, BarSeries, Fill};
pub use distribution::{Bin, Distribution};
pub use figure::{About, Running, Value};
pub use heatmap::Heatmap;
pub use line::{Band, Line, LineChart, Stroke, Upright};
pub use locale::{Locale, Unit};
pub use markup::Escaped;
pub use places::{Places, Step};
pub use ranking::{Ranked, Ranking};
pub use spark::{Level, Spark};
pub use triangle::{Cohort, Triangle};
pub use waterfall::{Part, Waterfall};

/// The classes that charts are styled by. They take the colours of text, lines and surfaces from the
/// page that they stand on, and work in light and in dark.
pub const STYLES: &str = include_str!("charts.css");

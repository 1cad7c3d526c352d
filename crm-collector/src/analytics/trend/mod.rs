//! What changed, since when, by how much, and what drove it.

pub mod drivers;
mod report;

pub use report::{Direction, Kind, Season, Settings, Trend};

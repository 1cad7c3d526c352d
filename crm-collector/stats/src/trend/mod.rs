//! What changed, since when, by how much, and what drove it.

mod anomaly;
mod changepoint;
pub mod drivers;
mod evidence;
mod finder;
mod movement;
mod pelt;
mod report;
mod season;
mod segment;
mod series;

pub use anomaly::anomalies;
pub use changepoint::{changepoints, changepoints_beside};
pub use finder::find;
pub use report::{Direction, Kind, Season, Settings, Trend};

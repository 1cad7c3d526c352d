//! What changed, since when, by how much, and what drove it.
//!
//! What the Nile carried each year from 1871 on (Cobb 1978), in 10⁸ m³. The first dam at Aswan was begun
//! in 1898:
//!
//! ```
//! use crm_stats::trend::{Direction, Kind, Settings, find};
//!
//! let nile = [
//!     1120.0, 1160.0, 963.0, 1210.0, 1160.0, 1160.0, 813.0, 1230.0, 1370.0, 1140.0,
//!     995.0, 935.0, 1110.0, 994.0, 1020.0, 960.0, 1180.0, 799.0, 958.0, 1140.0,
//!     1100.0, 1210.0, 1150.0, 1250.0, 1260.0, 1220.0, 1030.0, 1100.0, 774.0, 840.0,
//!     874.0, 694.0, 940.0, 833.0, 701.0, 916.0, 692.0, 1020.0, 1050.0, 969.0,
//!     831.0, 726.0, 456.0, 824.0, 702.0, 1120.0, 1100.0, 832.0, 764.0, 821.0,
//! ];
//! let found = find(&[nile], &Settings::default());
//! let change = found.iter().find(|trend| trend.kind == Kind::LevelShift);
//! let change = change.expect("it has run on another level since");
//! assert_eq!((change.direction, 1871 + change.since), (Direction::Down, 1899));
//! assert!((change.per_period + 250.0).abs() < 50.0, "a quarter less");
//! assert!(change.confidence() > 0.95);
//! ```

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

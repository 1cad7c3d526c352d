//! What changed, since when, by how much, and what drove it.
//!
//! ```
//! use crm_stats::trend::{Calendar, Kind, Of, Part, Settings, Shop, find};
//!
//! // A product is sold half as much from the 25th week on, while all else goes on.
//! let week = |index: usize| 100.0 + (index * 7 % 5) as f64;
//! let tea: Vec<f64> = (0..40).map(|w| if w < 25 { week(w) } else { week(w) / 2.0 }).collect();
//! let mugs: Vec<f64> = (0..40).map(|w| 4.0 * week(w + 3)).collect();
//! let whole = tea.iter().zip(&mugs).map(|(tea, mugs)| tea + mugs).collect();
//! let part = |money: Vec<f64>| Part { money, ..Part::default() };
//! let calendar = Calendar { bounds: (0..=40).map(|w| 14_610 + 7 * w).collect(), year: 52 };
//! let dimensions = vec![vec![part(tea), part(mugs)]];
//! let shop = Shop { calendar, whole, dimensions, customers: Vec::new() };
//!
//! let found = find(&shop, &Settings::default());
//! let [change] = &found.findings[..] else { panic!("one change: {found:?}") };
//! assert_eq!((change.of, change.kind, change.since), (Of::Part(0, 0), Kind::LevelChange, 25));
//! assert!((change.per_period() + 51.0).abs() < 2.0, "half of it is gone");
//! ```

mod anomaly;
mod changepoint;
mod compare;
pub mod drivers;
mod find;
mod finding;
mod leaving;
mod life;
mod parts;
mod pelt;
mod price;
mod scan;
mod season;
mod segment;
mod series;
mod shop;
mod turnover;
mod whole;

pub use anomaly::anomalies;
pub use changepoint::{changepoints, changepoints_beside};
pub use find::{Settings, find};
pub use finding::{Basis, Comparison, Finding, Found, Kind, Of, PriceChange, Season};
pub use shop::{Calendar, Customer, Part, Shop};

//! Groups of customers: by recency, frequency and money, and by stage of life.
//!
//! ```
//! use crm_stats::segment::{RfmSegment, Stage, Standing, loyal_from, rfm, stage};
//!
//! // Day of the last purchase, purchases, and what they brought.
//! let customers = [(360, 12, 900), (355, 6, 500), (300, 3, 200), (180, 2, 90), (20, 1, 15)];
//! let standings = customers.map(|(last, orders, net)| Standing { last, orders, net });
//! let scores = rfm(&standings);
//! assert_eq!(scores[0].segment, RfmSegment::Champions);
//! assert_eq!(scores[4].segment, RfmSegment::Lost);
//! assert_eq!((scores[0].recency, scores[4].recency), (5, 1));
//!
//! let loyal = loyal_from(&customers.map(|(_, orders, _)| orders));
//! assert_eq!(stage(12, 0.95, loyal), Stage::Loyal);
//! assert_eq!(stage(12, 0.05, loyal), Stage::Lost, "likely gone, whatever it bought");
//! ```

mod rfm;
mod stage;

pub use rfm::{Rfm, RfmSegment, Standing, rfm};
pub use stage::{Stage, loyal_from, stage};

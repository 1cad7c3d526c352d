//! Groups of customers: by recency, frequency and money, and by stage of life.
//!
//! ```
//! use crm_stats::segment::{Life, RfmSegment, Stage, Standing, Usual, rfm, stage};
//!
//! // Day of the last purchase, purchases, and what they brought.
//! let customers = [(360, 12, 900), (355, 6, 500), (300, 3, 200), (180, 2, 90), (20, 1, 15)];
//! let standings = customers.map(|(last, orders, net)| Standing { last, orders, net });
//! let scores = rfm(&standings);
//! assert_eq!(scores[0].segment, RfmSegment::Champions);
//! assert_eq!((scores[0].recency, scores[4].recency), (5, 1));
//!
//! let life = Life { purchases: 12, active_days: 300, silent_days: 5, returns: 0.95 };
//! let usual = Usual::of([life]);
//! assert_eq!(stage(&life, &usual), Stage::Loyal);
//! let left = Life { silent_days: 200, returns: 0.05, ..life };
//! assert_eq!(stage(&left, &usual), Stage::Lost, "whatever it bought");
//! assert_eq!(scores[0].in_stage(Stage::Lost).segment, RfmSegment::CannotLoseThem);
//! ```

mod rfm;
mod stage;

pub use rfm::{FEWEST_RANKED, Rfm, RfmSegment, Standing, rfm};
pub use stage::{Life, Stage, Usual, stage};

//! Groups of customers: by recency, frequency and money, by stage of life, and by any
//! filter over what is known of them.

mod filter;
mod rfm;
mod stage;

pub use filter::{Condition, CustomerFacts, Filter, Range, Test};
pub use rfm::{Rfm, RfmSegment, Standing, rfm};
pub use stage::{Stage, loyal_from, stage};

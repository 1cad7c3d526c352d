//! The assistant: from what the statistics found to what to do now, and from a question in words to the one
//! that is asked.
//!
//! Facts (a ledger of what was bought, what is expected of each customer, pairs, trends) become
//! [candidates](mod@candidates), each with money at stake; they are [ranked](ranking), and those that are shown are
//! [told](narrative) in words. [`ask`] reads plain English and Russian. Each step is a pure function.

pub mod ask;
pub mod briefing;
pub mod candidates;
pub mod narrative;
pub mod ranking;

pub use candidates::{About, Candidate, Facts, Found, candidates};
pub use ranking::ranked;

//! What the CRM is asked, and what it answers: for the collector, and for whoever reads its answers.
//!
//! [`answer`] has the answers with `Serialize` and `Deserialize`; sums of money are a [`Total`], and
//! what an answer leaves out of its figures is told in [`Outside`].
//! No I/O and no clock. Events and what becomes of them are in `crm-models`.
//!
//! # Features
//!
//! - `openapi`: schemas of the types.

#![forbid(unsafe_code)]

pub mod answer;
mod bucket;
mod outside;
mod total;
mod words;

pub use bucket::Bucket;
pub use outside::{Far, Outside};
pub use total::{Total, TotalError};

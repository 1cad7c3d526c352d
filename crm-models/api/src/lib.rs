//! What the CRM is asked, and what it answers: for the collector, and for whoever reads its answers.
//!
//! [`question`] has what can be asked, each field described once, and the list of it; [`answer`] has the answers with `Serialize` and `Deserialize`; sums of money are a [`Total`], and
//! what an answer leaves out of its figures is told in [`Outside`].
//! No I/O and no clock. Events and what becomes of them are in `crm-models`.
//!
//! # Features
//!
//! - `openapi`: schemas of the types.
//! - `clap`: questions as arguments of a command.

#![forbid(unsafe_code)]

pub mod answer;
mod bucket;
mod day;
mod form;
mod outside;
mod page;
pub mod question;
mod total;
mod words;

pub use bucket::Bucket;
pub use day::{Moment, WholeDay, parse_day};
pub use form::Form;
pub use outside::{Far, Outside};
pub use page::PageSize;
pub use total::{Total, TotalError};

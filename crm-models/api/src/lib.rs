//! What the CRM is asked, and what it answers: for the collector, and for whoever reads its answers.
//!
//! [`question`] has what can be asked, each field described once, and the list of it; [`answer`] has the answers with `Serialize` and `Deserialize`; sums of money are a [`Total`], and
//! what an answer leaves out of its figures is told in [`Outside`]. What a question in words came to is an [`Asked`].
//! No I/O and no clock. Events and what becomes of them are in `crm-models`.
//!
//! ```
//! use crm_api::answer::Together;
//! use crm_api::question::{self, Question};
//!
//! # fn main() -> Result<(), serde_json::Error> {
//! let asked = r#"{ "question": "together", "sku": "MUG", "limit": 3 }"#;
//! let question: Question = serde_json::from_str(asked)?;
//! let expected = question::Together { sku: "MUG".into(), limit: 3, ..Default::default() };
//! assert_eq!(question, expected.into());
//!
//! let body = r#"{ "sku": "MUG", "name": "Mug", "is_fee": false, "baskets": 10, "with_it": 4,
//!                 "pairs": [], "omitted": 0, "missing": null, "missing_codes": [] }"#;
//! let answer: Together = serde_json::from_str(body)?;
//! assert_eq!(answer.with_it, 4);
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! - `openapi`: schemas of the types.
//! - `clap`: questions as arguments of a command.

#![forbid(unsafe_code)]

pub mod answer;
mod asked;
mod bucket;
mod day;
mod form;
mod language;
mod outside;
mod page;
pub mod question;
mod range;
mod total;

pub use asked::{Asked, Focus};
pub use bucket::Bucket;
pub use day::{Moment, WholeDay, parse_day};
pub use form::Form;
pub use language::Language;
pub use outside::{Far, Outside};
pub use page::PageSize;
pub use range::DateRange;
pub use total::{Total, TotalError};

//! The CRM's statistics: forecasts of sales, what changed in them, what customers are worth, what is
//! bought together, and which groups customers fall into.
//!
//! Everything is a pure function of what it is handed: no clock, no I/O, no chance, no panic on any
//! input, and the same result on any number of threads. Nothing here knows how events are stored or
//! asked for.

#![forbid(unsafe_code)]

pub mod advice;
pub mod basket;
pub mod cancel;
pub mod forecast;
mod interval;
pub mod numeric;
pub mod parallel;
pub mod segment;
pub mod trend;
pub mod value;

pub use interval::Interval;

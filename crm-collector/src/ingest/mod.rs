//! Takes events in: parse and validate, then one writer that commits groups and answers.

mod outcome;

pub use outcome::Outcome;

//! Numerical ground that the statistics share.

pub mod minimise;

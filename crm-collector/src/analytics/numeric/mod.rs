//! Numerical ground that the statistics share.

pub mod discovery;
pub mod minimise;
pub mod quantile;

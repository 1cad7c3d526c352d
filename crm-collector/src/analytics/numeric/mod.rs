//! Numerical ground that the statistics share.

pub mod discovery;
pub mod quantile;

//! Numerical ground that the statistics share.

pub mod discovery;
pub mod distribution;
pub mod quantile;
pub mod special;

//! Numerical ground that the statistics share.

pub mod discovery;
pub mod linear;
pub mod quantile;

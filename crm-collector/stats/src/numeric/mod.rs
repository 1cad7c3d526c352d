//! Numerical ground that the statistics share.

pub mod discovery;
pub mod distribution;
pub mod linear;
pub mod minimise;
pub mod quantile;
pub mod special;

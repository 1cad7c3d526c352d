//! Numerical ground that the statistics share.

pub mod distribution;
pub mod special;

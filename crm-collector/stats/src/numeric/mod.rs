//! Numerical ground that the statistics share.

pub mod count;
pub mod distribution;
#[cfg(test)]
pub(crate) mod hypergeometric;
pub mod linear;
pub mod minimise;
pub mod quantile;
pub(crate) mod silence;
pub mod special;

//! Counts as numbers.

/// A count as a number. Exact below 2⁵³.
#[must_use]
#[allow(clippy::cast_precision_loss)]
pub fn f64_of(count: usize) -> f64 {
    count as f64
}

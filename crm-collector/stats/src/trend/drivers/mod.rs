//! What a change between two periods is made of. Every decomposition is exact: its parts sum to
//! the change but for the rounding of the last digits, with zeros, new and vanished keys and
//! negative values among the inputs. A value that is not finite counts as zero.

mod factors;
mod price_volume_mix;
mod ranking;

pub use factors::{FactorEffects, FactorMethod, Volumes, factors};
pub use price_volume_mix::{Line, LineEffects, PriceVolumeMix, price_volume_mix};
pub use ranking::{DimensionRank, Driver, Ranking, rank};

/// A value before and after.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Change {
    /// In the earlier period.
    pub before: f64,
    /// In the later period.
    pub after: f64,
}

impl Change {
    /// After less before.
    pub fn difference(self) -> f64 {
        self.after - self.before
    }

    fn finite(self) -> Self {
        Self { before: finite(self.before), after: finite(self.after) }
    }
}

/// Beyond this, sums of a few thousand values might overflow; money never comes near it.
const LARGEST: f64 = 1e290;

fn finite(value: f64) -> f64 {
    if value.is_finite() { value.clamp(-LARGEST, LARGEST) } else { 0.0 }
}

/// Adds to the part of greatest size what rounding has left between the parts and the whole, so
/// that they sum to it.
fn settle<const N: usize>(parts: [&mut f64; N], whole: f64) {
    let sum: f64 = parts.iter().map(|part| **part).sum();
    let rest = whole - sum;
    if let Some(largest) = parts.into_iter().max_by(|a, b| a.abs().total_cmp(&b.abs())) {
        *largest += rest;
    }
}

//! Prediction intervals, labelled by their level.

/// A range that holds an outcome with a stated probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The probability, between 0 and 1.
    pub level: f64,
    /// Its lower end, in the unit of the outcome.
    pub lower: f64,
    /// Its upper end.
    pub upper: f64,
}

impl Interval {
    /// Whether a value lies within it, its ends included.
    pub fn holds(&self, value: f64) -> bool {
        (self.lower..=self.upper).contains(&value)
    }
}

//! Days that are unlike others: the ends of months, and the holidays that the user names.

/// Which days the values of a daily series are, and which of them are special.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// The day of the last value, in days since 1970-01-01. Series of different lengths given
    /// together all end on it.
    pub last_day: i32,
    /// Holidays, past and to come, in days since 1970-01-01, in any order.
    pub holidays: Vec<i32>,
}

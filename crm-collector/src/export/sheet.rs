//! An answer as rows and columns, between its meaning and its form.

use std::borrow::Cow;

use chrono_tz::Tz;
use crm_api::answer::{Column, Unit, Value};
use crm_models::Currency;

pub use crate::words::grouped;

/// Rows under typed columns, with what is said around them.
#[derive(Clone, Debug)]
pub struct Sheet<'a> {
    /// The line above the table.
    pub title: String,
    /// Whose clocks times are shown by.
    pub timezone: Tz,
    /// Currency of its money, which CSV names in a column.
    pub currency: Option<Currency>,
    /// The columns, in order.
    pub columns: Cow<'a, [Column]>,
    /// One value a column.
    pub rows: Cow<'a, [Vec<Value>]>,
    /// One value a column, or empty.
    pub totals: Cow<'a, [Value]>,
    /// Rows that the limit left out.
    pub omitted_rows: usize,
    /// What stands in place of a table without rows.
    pub when_empty: &'static str,
    /// Lines below the table, for people alone.
    pub notes: Vec<String>,
}

/// Columns by name and unit.
pub(super) fn columns(of: &[(&'static str, Unit)]) -> Cow<'static, [Column]> {
    of.iter().map(|&(name, unit)| Column::new(name, unit)).collect()
}

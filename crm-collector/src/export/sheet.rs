//! An answer as rows and columns, between its meaning and its form.

use std::borrow::Cow;

use chrono_tz::Tz;
use crm_api::answer::{Column, Unit, Value};
use crm_models::Currency;

use super::ExportError;

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
    /// Columns that a table does without where there is too little room, the first one first.
    pub spare: &'static [&'static str],
}

impl Sheet<'_> {
    /// The same with some columns alone, in this order.
    pub(super) fn only(&self, columns: &[usize]) -> Self {
        let of = |row: &[Value]| {
            columns.iter().filter_map(|column| row.get(*column).cloned()).collect::<Vec<_>>()
        };
        Self {
            title: self.title.clone(),
            columns: columns.iter().filter_map(|at| self.columns.get(*at).cloned()).collect(),
            rows: self.rows.iter().map(|row| of(row)).collect(),
            totals: of(&self.totals).into(),
            notes: self.notes.clone(),
            ..*self
        }
    }

    /// The same with the columns of these names alone, in this order.
    pub(super) fn choose(&self, names: &[String]) -> Result<Self, ExportError> {
        let place = |name: &String| {
            let found = self.columns.iter().position(|column| column.name == name.trim());
            found.ok_or_else(|| {
                let there: Vec<_> = self.columns.iter().map(|column| &*column.name).collect();
                ExportError::NoColumn { name: name.clone(), there: there.join(", ") }
            })
        };
        let columns: Vec<_> = names.iter().map(place).collect::<Result<_, _>>()?;
        Ok(self.only(&columns))
    }
}

/// Columns by name and unit.
pub(super) fn columns(of: &[(&'static str, Unit)]) -> Cow<'static, [Column]> {
    of.iter().map(|&(name, unit)| Column::new(name, unit)).collect()
}

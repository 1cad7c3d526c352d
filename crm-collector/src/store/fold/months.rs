//! The months that have rows. Who reads month by month goes by these: a far date makes one month more,
//! and what lies between costs nothing.

use std::ops::RangeInclusive;

use crm_models::Currency;
use rusqlite::params;

use super::{Derived, Months};
use crate::store::error::Result;

impl Derived<'_> {
    /// The months in which buyers of a kind are stored, in order.
    pub(super) fn buyer_months(&self, dimension: u8, currency: Currency) -> Result<Months> {
        if let Some(known) = self.buyer_months.borrow().get(&(dimension, currency)) {
            return Ok(known.clone());
        }
        let mut statement = self.tx.conn.prepare_cached(
            "SELECT min(month) FROM buyers
             WHERE workspace = ?1 AND dimension = ?2 AND currency = ?3 AND month > ?4",
        )?;
        let months: Months = each_after(|after| {
            let key = params![self.workspace.id, dimension, currency.number(), after];
            statement.query_row(key, |row| row.get(0))
        })?;
        self.buyer_months.borrow_mut().insert((dimension, currency), months.clone());
        Ok(months)
    }

    /// The months in which histories are stored, in order.
    pub(super) fn history_months(&self) -> Result<Months> {
        let mut statement = self.tx.conn.prepare_cached(
            "SELECT min(month) FROM histories WHERE workspace = ?1 AND month > ?2",
        )?;
        each_after(|after| statement.query_row(params![self.workspace.id, after], |row| row.get(0)))
    }
}

/// Those of some months that lie in a range.
pub(super) fn within(months: &[i32], range: RangeInclusive<i32>) -> &[i32] {
    let start = months.partition_point(|month| month < range.start());
    let end = months.partition_point(|month| month <= range.end());
    months.get(start..end).unwrap_or_default()
}

/// Follows the key of a table from one month to the next that is there.
fn each_after(mut next: impl FnMut(i32) -> rusqlite::Result<Option<i32>>) -> Result<Months> {
    let mut months = Vec::new();
    while let Some(month) = next(months.last().copied().unwrap_or(i32::MIN))? {
        months.push(month);
    }
    Ok(months.into())
}

//! Which purchases an answer is about: of which currency, from which day to which.

use std::ops::Range;

use crm_models::{Currency, Timestamp};

use super::InsightError;
use super::query::Scope;
use super::shelf::Version;
use crate::facts::{LocalTime, date_of_day, day_of_date};
use crate::store::{Derived, ReadTx, StoreError, Workspace, WorkspaceId};

/// A shop that has sold nothing for so many days is looked at as of its last sale: what was
/// imported from years ago has no zeros since.
const QUIET_DAYS: i32 = 35;
/// Days looked at, at the most: a hundred years.
const LONGEST_DAYS: i32 = 36_525;

/// The purchases that count.
pub(super) struct Frame<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) derived: Derived<'a>,
    pub(super) currency: Currency,
    /// From the first day with a purchase to the first day that counts no more.
    pub(super) days: Range<i32>,
}

impl<'a> Frame<'a> {
    pub(super) fn new(
        tx: &'a ReadTx<'_>,
        workspace: &'a Workspace,
        scope: Scope,
        now: Timestamp,
    ) -> Result<Self, InsightError> {
        let derived = tx.derived(workspace)?;
        let currency = match scope.currency {
            Some(currency) => currency,
            None => derived.usual_currency()?,
        };
        let days = days(&derived, workspace, scope, now)?;
        Ok(Self { workspace, derived, currency, days })
    }
}

impl Frame<'_> {
    /// Whether a purchase of a day in a currency counts.
    pub(super) fn counts(&self, day: i32, currency: Currency) -> bool {
        currency == self.currency && self.days.contains(&day)
    }
}

/// What an answer of a scope is made from.
pub(super) fn version(
    tx: &ReadTx<'_>,
    workspace: WorkspaceId,
    scope: Scope,
    now: Timestamp,
) -> Result<Version, InsightError> {
    let known = tx.workspace(workspace)?;
    let known = known.ok_or_else(|| StoreError::Damaged("a workspace is gone".into()))?;
    let as_of = match scope.as_of {
        Some(date) => day_of_date(date),
        None => LocalTime::new(known.timezone).day(now),
    };
    let (timezone, currency) = (known.timezone, known.currency);
    Ok(Version { last_seq: tx.last_seq(&known)?, as_of, timezone, currency })
}

fn days(
    derived: &Derived<'_>,
    workspace: &Workspace,
    scope: Scope,
    now: Timestamp,
) -> Result<Range<i32>, InsightError> {
    let known = derived.purchase_days()?;
    let today = LocalTime::new(workspace.timezone).day(now);
    // Days to come would count as days without a sale.
    if let Some(date) = scope.as_of.filter(|date| day_of_date(*date) > today + 1) {
        let tomorrow = date_of_day(today + 1);
        let rule = format!("lies not after tomorrow, which is {tomorrow}; {date} given");
        return Err(InsightError::invalid("as_of", rule));
    }
    let Some((first, last)) = known else {
        let end = scope.as_of.map_or(today, day_of_date);
        return Ok(end..end);
    };
    let end = match scope.as_of {
        Some(date) => day_of_date(date),
        None if last + QUIET_DAYS >= today => today,
        None => last + 1,
    };
    if end <= first && scope.as_of.is_some() {
        let first = date_of_day(first);
        let rule = format!("lies after the first purchase, which was on {first}");
        return Err(InsightError::invalid("as_of", rule));
    }
    Ok(first.max(end.saturating_sub(LONGEST_DAYS)).min(end)..end)
}

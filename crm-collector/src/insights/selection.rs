//! Which purchases an answer is about: of which currency, from which day to which.

use std::ops::Range;

use chrono::NaiveDate;
use crm_api::Outside;
use crm_api::question::Counting;
use crm_models::{Currency, Timestamp};

use super::version::Version;
use crate::analytics::frame::{self, Activity};
use crate::ask_error::AskError;
use crate::facts::{LocalTime, date_of_day, day_of_date, whole_day};
use crate::store::{Derived, ReadTx, StoreError, Workspace, WorkspaceId};

/// Days looked at, at the most: a hundred years.
const LONGEST_DAYS: i32 = 36_525;

/// Which purchases count, in days of the workspace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Basis {
    pub(super) currency: Option<Currency>,
    pub(super) as_of: Option<NaiveDate>,
}

impl Basis {
    pub(super) fn new(asked: Counting, known: &Workspace) -> Result<Self, AskError> {
        let as_of = whole_day("as_of", asked.as_of, known.timezone)?;
        Ok(Self { currency: asked.currency, as_of })
    }
}

/// The purchases that count.
#[derive(Clone)]
pub(super) struct Selection {
    pub(super) workspace: Workspace,
    pub(super) currency: Currency,
    /// From the first day with a purchase, but for a few that lie far before all others, to the first
    /// day that counts no more.
    pub(super) days: Range<i32>,
    /// From the first day that counts no more past the last one with a purchase.
    pub(super) behind: Range<i32>,
    /// What is left out.
    pub(super) outside: Outside,
    /// The last event of the log.
    pub(super) last_seq: i64,
}

impl Selection {
    /// Whether a purchase of a day in a currency counts.
    pub(super) fn counts(&self, day: i32, currency: Currency) -> bool {
        currency == self.currency && self.days.contains(&day)
    }
}

/// The purchases that count, with what is derived from them in a snapshot.
pub(super) struct Selected<'a> {
    pub(super) selection: Selection,
    pub(super) derived: Derived<'a>,
}

impl std::ops::Deref for Selected<'_> {
    type Target = Selection;

    fn deref(&self) -> &Selection {
        &self.selection
    }
}

impl<'a> Selected<'a> {
    pub(super) fn new(
        tx: &'a ReadTx<'_>,
        workspace: Workspace,
        basis: Basis,
        now: Timestamp,
    ) -> Result<Self, AskError> {
        let derived = tx.derived(&workspace)?;
        // Always the workspace's own, so that an answer does not change its currency with a purchase.
        let currency = basis.currency.unwrap_or(workspace.currency);
        let known_from = workspace.known_from.map(day_of_date);
        let activity = Activity { days: derived.by_day()?, known_from };
        let days = days(&activity, &workspace, basis, now)?;
        // What was bought today is no more in the future than what will be by tomorrow; of a day that
        // was asked for, what came later is not known.
        let today = LocalTime::new(workspace.timezone).day(now);
        let end = if basis.as_of.is_some() { days.end } else { days.end.max(today + 2) };
        let told = days.start..end;
        let mut outside = activity.outside(&told, currency, (false, basis.as_of.is_some()));
        outside.since = match basis.as_of {
            Some(_) => None,
            None => activity.purchases(&(days.end..end), currency),
        };
        let last = activity.days.last_key_value().map_or(days.end, |((day, _), _)| day + 1);
        let behind = days.end..last.max(days.end);
        let last_seq = tx.last_seq(&workspace)?;
        let selection = Selection { workspace, currency, days, behind, outside, last_seq };
        Ok(Self { selection, derived })
    }
}

/// A workspace that somebody has been let into.
pub(super) fn known(tx: &ReadTx<'_>, workspace: WorkspaceId) -> Result<Workspace, StoreError> {
    tx.workspace(workspace)?.ok_or_else(|| StoreError::Damaged("a workspace is gone".into()))
}

/// What an answer of a basis is made from.
pub(super) fn version(
    tx: &ReadTx<'_>,
    known: &Workspace,
    basis: Basis,
    now: Timestamp,
) -> Result<Version, AskError> {
    let as_of = match basis.as_of {
        Some(date) => day_of_date(date),
        None => LocalTime::new(known.timezone).day(now),
    };
    let Workspace { timezone, currency, known_from, erased_at, .. } = *known;
    let last_seq = tx.last_seq(known)?;
    Ok(Version { last_seq, as_of, timezone, currency, known_from, erased_at })
}

fn days(
    activity: &Activity,
    workspace: &Workspace,
    basis: Basis,
    now: Timestamp,
) -> Result<Range<i32>, AskError> {
    let today = LocalTime::new(workspace.timezone).day(now);
    let known = frame::frame(activity, today);
    // Days to come would count as days without a sale.
    if let Some(date) = basis.as_of.filter(|date| day_of_date(*date) > today + 1) {
        let tomorrow = date_of_day(today + 1);
        let rule = format!("lies not after tomorrow, which is {tomorrow}; {date} given");
        return Err(AskError::outside("as_of", rule));
    }
    let Some(known) = known else {
        let end = basis.as_of.map_or(today, day_of_date);
        return Ok(end..end);
    };
    let end = match basis.as_of {
        Some(date) => day_of_date(date),
        None => frame::end(&known, today),
    };
    let first = known.start;
    if end <= first && basis.as_of.is_some() {
        let first = date_of_day(first);
        let rule = format!("lies after the first purchase, which was on {first}");
        return Err(AskError::outside("as_of", rule));
    }
    Ok(first.max(end.saturating_sub(LONGEST_DAYS)).min(end)..end)
}

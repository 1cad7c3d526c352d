//! Histories of customers: 64 neighbours share a row a month.
//!
//! An entry is, in numbers of variable length: the low six bits of the customer and the kind in
//! one, milliseconds since 1970 less those of the month's first day, the place in the log, and
//! for purchases the currency and the amount. Entries of older events stand before those of newer ones.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};

use crm_models::{Amount, Currency, Timestamp};

use super::Derived;
use super::delta::{DatedEntry, Delta};
use super::key::{Key, Table, number_at, period_at};
use crate::facts::{HistoryEntry, HistoryKind, LocalTime, first_day_of_month, month_of_day};
use crate::store::ReadTx;
use crate::store::codec::{Reader, put, put_signed};
use crate::store::error::{Result, StoreError};
use crate::store::ids::CustomerNumber;
use crate::store::runs::{Blocks, Cursor, Values};
use crate::store::workspaces::Workspace;

const BUCKET_BITS: u32 = 6;
const SALE: u64 = 0;
const REFUND: u64 = 1;
const INTERACTION: u64 = 2;
const KIND_BITS: u32 = 2;

fn row((month, bucket): Place) -> Key {
    Key::new(Table::Histories).period(month).number(bucket)
}

fn place_of(key: &[u8]) -> Result<Place> {
    Ok((period_at(key, MONTH_AT)?, number_at(key, BUCKET_AT)?))
}

const MONTH_AT: usize = 1;
const BUCKET_AT: usize = 5;

/// Appends the rows of a delta's entries, in the order of their keys.
pub(super) fn put_rows(delta: &Delta, out: &mut Blocks) {
    let place = |entry: &DatedEntry| (entry.month, entry.entry.customer >> BUCKET_BITS);
    let mut entries = delta.entries().to_vec();
    entries.sort_unstable_by_key(|entry| (place(entry), entry.entry.customer, entry.entry.seq));
    let mut packed = Vec::new();
    for group in entries.chunk_by(|one, other| place(one) == place(other)) {
        packed.clear();
        group.iter().for_each(|entry| pack(entry.month, &entry.entry, &mut packed));
        out.push(&row(place(&group[0])), &packed);
    }
}

/// Unites the values of one key.
pub(super) fn unite(values: &Values<'_>, out: &mut Vec<u8>) {
    values.iter().for_each(|value| out.extend_from_slice(value));
}

impl Derived<'_> {
    /// What happened with one customer before `before`, the latest first: at most `limit` entries, and
    /// no more of them are in memory, however many there are.
    pub fn history(
        &self,
        customer: CustomerNumber,
        before: (Timestamp, i64),
        limit: usize,
    ) -> Result<Vec<HistoryEntry>> {
        let mut latest = Latest { before, limit, entries: BTreeMap::new() };
        self.each_month_of(customer, |entries| {
            entries.iter().for_each(|entry| latest.add(*entry));
            // What is folded in the months before is earlier than all of these.
            if latest.entries.len() < limit {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        // The tail may lie anywhere in time.
        self.tail_of(customer).for_each(|entry| latest.add(entry));
        Ok(latest.entries.into_values().rev().collect())
    }

    /// Visits everything that happened with one customer, in no particular order.
    pub fn each_entry_of(
        &self,
        customer: CustomerNumber,
        mut visit: impl FnMut(HistoryEntry),
    ) -> Result<()> {
        self.each_month_of(customer, |entries| {
            entries.iter().for_each(|entry| visit(*entry));
            ControlFlow::Continue(())
        })?;
        self.tail_of(customer).for_each(visit);
        Ok(())
    }

    fn tail_of(&self, customer: CustomerNumber) -> impl Iterator<Item = HistoryEntry> {
        let entries = self.tail.entries().iter().map(|dated| dated.entry);
        entries.filter(move |entry| entry.customer == customer.0)
    }

    /// Visits what is folded of one customer, a month at a time, the latest first.
    fn each_month_of(
        &self,
        customer: CustomerNumber,
        mut visit: impl FnMut(&[HistoryEntry]) -> ControlFlow<()>,
    ) -> Result<()> {
        let bucket = customer.0 >> BUCKET_BITS;
        let mut cursors = Vec::new();
        for mut cursor in self.runs.cursors() {
            let month = latest_month(&mut cursor, i32::MAX, bucket)?;
            cursors.extend(month.map(|month| (month, cursor)));
        }
        let mut entries = Vec::new();
        while let Some(latest) = cursors.iter().map(|(month, _)| *month).max() {
            entries.clear();
            for (_, cursor) in cursors.iter().filter(|(month, _)| *month == latest) {
                unpack((latest, bucket), cursor.value(), |entry| {
                    if entry.customer == customer.0 {
                        entries.push(entry);
                    }
                })?;
            }
            if !entries.is_empty() && visit(&entries).is_break() {
                return Ok(());
            }
            for (month, mut cursor) in std::mem::take(&mut cursors) {
                let next = match month < latest {
                    true => Some(month),
                    false => latest_month(&mut cursor, month.saturating_sub(1), bucket)?,
                };
                cursors.extend(next.map(|month| (month, cursor)));
            }
        }
        Ok(())
    }

    /// What every customer bought and gave back on some days. Interactions are left out: one customer
    /// may have a million visits in a month.
    pub fn buyer_histories(&self, days: Range<i32>) -> BuyerHistories {
        let mut tail: BTreeMap<Place, Vec<HistoryEntry>> = BTreeMap::new();
        for DatedEntry { month, entry } in self.tail.entries() {
            if entry.kind != HistoryKind::Interaction {
                tail.entry((*month, entry.customer >> BUCKET_BITS)).or_default().push(*entry);
            }
        }
        let months = match days.is_empty() {
            true => 0..0,
            false => month_of_day(days.start)..month_of_day(days.end - 1) + 1,
        };
        tail.retain(|(month, _), _| months.contains(month));
        let workspace = self.workspace.clone();
        BuyerHistories { workspace, days, months, folded: self.runs.through(), tail, after: None }
    }

    /// Visits all of [`Derived::buyer_histories`]. Each call brings the entries of some customers in
    /// one month, in order of customer and time; the calls come in order of the months.
    pub fn each_buyer_history(
        &self,
        days: Range<i32>,
        visit: impl FnMut(&[HistoryEntry]),
    ) -> Result<()> {
        self.buyer_histories(days).read(self.tx, usize::MAX, visit).map(|_| ())
    }
}

/// A month, and 64 neighbours among the customers.
type Place = (i32, u32);

/// What customers bought and gave back, as of one snapshot, to be read in parts: each from a later
/// snapshot if need be, for what was folded since is told by its place in the log.
pub struct BuyerHistories {
    workspace: Workspace,
    days: Range<i32>,
    months: Range<i32>,
    /// Up to where the log was folded.
    folded: i64,
    /// What was behind that, and has not been visited yet.
    tail: BTreeMap<Place, Vec<HistoryEntry>>,
    /// The row that was read last.
    after: Option<Place>,
}

/// What reading in parts has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// There is more to be read.
    More,
    /// Everything has been visited.
    Last,
    /// The log has been unfolded meanwhile, so that this has to begin anew.
    Gone,
}

impl BuyerHistories {
    /// Reads on, until `at_most` entries were visited or a few more. The calls are those of
    /// [`Derived::each_buyer_history`].
    pub fn read(
        &mut self,
        tx: &ReadTx<'_>,
        at_most: usize,
        mut visit: impl FnMut(&[HistoryEntry]),
    ) -> Result<Part> {
        let runs = tx.runs(self.workspace.id)?;
        if runs.through() < self.folded {
            return Ok(Part::Gone);
        }
        let from = match self.after {
            None => row((self.months.start, 0)),
            Some((month, bucket)) => row((month, bucket.saturating_add(1))),
        };
        let to = row((self.months.end, 0));
        let (mut local_time, mut visited) = (LocalTime::new(self.workspace.timezone), 0);
        let mut entries = Vec::new();
        let mut part = Part::Last;
        runs.each(&from, &to, |key, values| {
            let place = place_of(key)?;
            while let Some(early) = self.tail.first_entry().filter(|early| *early.key() < place) {
                let ((month, _), mut early) = early.remove_entry();
                visited += self.hand_over(month, &mut early, &mut local_time, &mut visit);
            }
            entries.clear();
            for value in values.iter() {
                unpack(place, value, |entry| {
                    if entry.kind != HistoryKind::Interaction && entry.seq <= self.folded {
                        entries.push(entry);
                    }
                })?;
            }
            entries.extend(self.tail.remove(&place).unwrap_or_default());
            visited += self.hand_over(place.0, &mut entries, &mut local_time, &mut visit);
            self.after = Some(place);
            if visited >= at_most {
                part = Part::More;
                return Ok(ControlFlow::Break(()));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        if part == Part::More {
            return Ok(part);
        }
        for ((month, _), mut late) in std::mem::take(&mut self.tail) {
            self.hand_over(month, &mut late, &mut local_time, &mut visit);
        }
        Ok(Part::Last)
    }

    /// Has the entries of some customers in one month visited; answers how many they were.
    fn hand_over(
        &self,
        month: i32,
        entries: &mut Vec<HistoryEntry>,
        local_time: &mut LocalTime,
        visit: &mut impl FnMut(&[HistoryEntry]),
    ) -> usize {
        let days = &self.days;
        let whole =
            days.start <= first_day_of_month(month) && first_day_of_month(month + 1) <= days.end;
        if !whole {
            entries.retain(|entry| days.contains(&local_time.day(entry.occurred_at)));
        }
        entries.sort_unstable_by_key(|entry| (entry.customer, entry.occurred_at, entry.seq));
        visit(entries);
        entries.len()
    }
}

/// The latest entries before a place.
struct Latest {
    before: (Timestamp, i64),
    limit: usize,
    entries: BTreeMap<(Timestamp, i64), HistoryEntry>,
}

impl Latest {
    fn add(&mut self, entry: HistoryEntry) {
        let place = (entry.occurred_at, entry.seq);
        if place < self.before {
            self.entries.insert(place, entry);
            if self.entries.len() > self.limit {
                self.entries.pop_first();
            }
        }
    }
}

/// Where the times of a month's entries count from. The zone may be ahead of UTC, so entries can
/// lie a little before it.
fn month_start_millis(month: i32) -> i64 {
    i64::from(first_day_of_month(month)) * 86_400_000
}

fn pack(month: i32, entry: &HistoryEntry, out: &mut Vec<u8>) {
    let kind = match entry.kind {
        HistoryKind::Sale(..) => SALE,
        HistoryKind::Refund(..) => REFUND,
        HistoryKind::Interaction => INTERACTION,
    };
    let low = u64::from(entry.customer & ((1 << BUCKET_BITS) - 1));
    put(out, (low << KIND_BITS) | kind);
    put_signed(out, entry.occurred_at.millis() - month_start_millis(month));
    put_signed(out, entry.seq);
    if let HistoryKind::Sale(currency, amount) | HistoryKind::Refund(currency, amount) = entry.kind
    {
        put(out, u64::from(currency.number()));
        put_signed(out, amount.ten_thousandths());
    }
}

/// Goes to the row of a bucket in the latest month up to one, and answers which that is.
fn latest_month(cursor: &mut Cursor<'_>, upto: i32, bucket: u32) -> Result<Option<i32>> {
    let mut month = upto;
    while cursor.seek_back(&row((month, bucket)))?
        && Table::of(cursor.key()) == Some(Table::Histories)
    {
        let (found, other) = place_of(cursor.key())?;
        if other == bucket {
            return Ok(Some(found));
        }
        // Behind a lower bucket there would have been this one.
        match if other > bucket { Some(found) } else { found.checked_sub(1) } {
            Some(earlier) => month = earlier,
            None => break,
        }
    }
    Ok(None)
}

/// The entries of a row in the order of the log.
pub(super) fn in_order(key: &[u8], value: &[u8]) -> Result<Vec<HistoryEntry>> {
    let mut entries = Vec::new();
    unpack(place_of(key)?, value, |entry| entries.push(entry))?;
    entries.sort_unstable_by_key(|entry| entry.seq);
    Ok(entries)
}

fn unpack((month, bucket): Place, bytes: &[u8], mut each: impl FnMut(HistoryEntry)) -> Result<()> {
    let mut reader = Reader::new(bytes);
    let start = month_start_millis(month);
    while !reader.is_empty() {
        let head: u32 = reader.narrow()?;
        let occurred_at = Timestamp::from_millis(start + reader.signed()?);
        let seq = reader.signed()?;
        let mut money = || -> Result<(Currency, Amount)> {
            let number = reader.narrow()?;
            let currency = Currency::from_number(number)
                .ok_or_else(|| StoreError::Damaged("no such currency".into()))?;
            Ok((currency, Amount::from_ten_thousandths(reader.signed()?)))
        };
        let kind = match u64::from(head & ((1 << KIND_BITS) - 1)) {
            SALE => money().map(|(currency, amount)| HistoryKind::Sale(currency, amount))?,
            REFUND => money().map(|(currency, amount)| HistoryKind::Refund(currency, amount))?,
            _ => HistoryKind::Interaction,
        };
        let customer = (bucket << BUCKET_BITS) | (head >> KIND_BITS);
        each(HistoryEntry { customer, occurred_at, seq, kind });
    }
    Ok(())
}

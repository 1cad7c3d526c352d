//! Histories of customers: 64 neighbours share a row a month.
//!
//! An entry is, in numbers of variable length: the low six bits of the customer and the kind in
//! one, milliseconds since 1970 less those of the month's first day, the place in the log, and
//! for purchases the currency and the amount. Entries of older events stand before those of newer ones.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crm_models::{Amount, Currency, Timestamp};

use super::Derived;
use super::delta::{DatedEntry, Delta};
use super::key::{Key, Table, number_at, period_at};
use crate::facts::{HistoryEntry, HistoryKind, first_day_of_month};
use crate::store::codec::{Reader, put, put_signed};
use crate::store::error::{Result, StoreError};
use crate::store::ids::CustomerNumber;
use crate::store::runs::{Blocks, Cursor, Values};

pub(super) const BUCKET_BITS: u32 = 6;
const NEIGHBOURS: usize = 1 << BUCKET_BITS;
const SALE: u64 = 0;
const REFUND: u64 = 1;
const INTERACTION: u64 = 2;
const KIND_BITS: u32 = 2;

pub(super) fn row((month, bucket): Place) -> Key {
    Key::new(Table::Histories).period(month).number(bucket)
}

pub(super) fn place_of(key: &[u8]) -> Result<Place> {
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
}

/// A month, and 64 neighbours among the customers.
pub(super) type Place = (i32, u32);

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

pub(super) fn pack(month: i32, entry: &HistoryEntry, out: &mut Vec<u8>) {
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

/// Visits the entries of a row as they stand there.
pub(super) fn unpack(
    (month, bucket): Place,
    bytes: &[u8],
    mut each: impl FnMut(HistoryEntry),
) -> Result<()> {
    let mut reader = Reader::new(bytes);
    let start = month_start_millis(month);
    // Most entries are in the currency of the one before, and looking one up takes longer than all else.
    let mut last = None;
    while !reader.is_empty() {
        let head: u32 = reader.narrow()?;
        let occurred_at = Timestamp::from_millis(start + reader.signed()?);
        let seq = reader.signed()?;
        let mut money = || -> Result<(Currency, Amount)> {
            let number = reader.narrow()?;
            let currency = match last {
                Some((known, currency)) if known == number => currency,
                _ => Currency::from_number(number)
                    .ok_or_else(|| StoreError::Damaged("no such currency".into()))?,
            };
            last = Some((number, currency));
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

/// Puts the entries of a row in order of customer, time and place in the log.
pub(super) fn put_in_order(entries: &mut Vec<HistoryEntry>, spare: &mut Vec<HistoryEntry>) {
    // A row has few customers, and the entries of each stand in the order of the log, which is that of
    // time but for a few: so they are dealt out, which takes a fraction of sorting them.
    let neighbour = |entry: &HistoryEntry| entry.customer as usize % NEIGHBOURS;
    let mut places = [0; NEIGHBOURS];
    entries.iter().for_each(|entry| places[neighbour(entry)] += 1);
    let mut before = 0;
    for place in &mut places {
        before += std::mem::replace(place, before);
    }
    spare.clear();
    spare.extend_from_slice(entries);
    for entry in entries.iter() {
        let place = &mut places[neighbour(entry)];
        spare[*place] = *entry;
        *place += 1;
    }
    std::mem::swap(entries, spare);
    let order = |entry: &HistoryEntry| (entry.customer, entry.occurred_at, entry.seq);
    if !entries.is_sorted_by_key(order) {
        entries.sort_by_key(order);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn entries_are_put_in_the_order_of_sorting(
            given in prop::collection::vec((0_u32..64, 0_i64..30), 0..120),
            kept in prop::collection::vec((0_u32..64, 0_i64..30), 0..3),
        ) {
            let entry = |(seq, (neighbour, millis)): (i64, &(u32, i64))| HistoryEntry {
                customer: (7 << BUCKET_BITS) | neighbour,
                occurred_at: Timestamp::from_millis(*millis),
                seq,
                kind: HistoryKind::Interaction,
            };
            let of = |given: &[(u32, i64)]| (0_i64..).zip(given).map(entry).collect::<Vec<_>>();
            let (mut entries, mut spare) = (of(&given), of(&kept));
            put_in_order(&mut entries, &mut spare);
            let mut sorted = of(&given);
            sorted.sort_unstable_by_key(|one| (one.customer, one.occurred_at, one.seq));
            prop_assert_eq!(entries, sorted);
        }
    }
}

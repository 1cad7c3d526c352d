//! Histories of customers: 64 neighbours share a row a month.
//!
//! Lines of older events stand before those of newer ones. An entry that was taken back stays where it is;
//! a line behind it, in the same row, says so.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Bound, ControlFlow};

use crm_models::Timestamp;

use super::Derived;
use super::delta::{DatedLine, Delta};
use super::key::{Key, Table, number_at, period_at};
use super::line::{BUCKET_BITS, Line, Place, pack, unpack};
use crate::facts::HistoryEntry;
use crate::store::error::Result;
use crate::store::ids::CustomerNumber;
use crate::store::runs::{Blocks, Cursor, Runs};

const NEIGHBOURS: usize = 1 << BUCKET_BITS;

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
    let place = |dated: &DatedLine| (dated.month, dated.line.entry().customer >> BUCKET_BITS);
    let mut lines = delta.lines().to_vec();
    lines.sort_unstable_by_key(|dated| {
        (place(dated), dated.line.entry().customer, dated.line.order())
    });
    let mut packed = Vec::new();
    for group in lines.chunk_by(|one, other| place(one) == place(other)) {
        packed.clear();
        group.iter().for_each(|dated| pack(dated.month, &dated.line, &mut packed));
        out.push(&row(place(&group[0])), &packed);
    }
}

/// Which neighbours a customer is one of.
pub(super) fn bucket_of(customer: CustomerNumber) -> u32 {
    customer.0 >> BUCKET_BITS
}

/// A row without what it has of a customer whose entries stand up to a place in the log.
pub(super) fn lose<'v>(
    key: &[u8],
    values: impl Iterator<Item = &'v [u8]>,
    customer: CustomerNumber,
    through: i64,
    out: &mut Vec<u8>,
) -> Result<()> {
    let place = place_of(key)?;
    for value in values {
        unpack(place, value, |line| {
            if line.entry().customer != customer.0 || line.entry().seq > through {
                pack(place.0, &line, out);
            }
        })?;
    }
    Ok(())
}

/// What runs have of a customer in the latest month in which they have anything.
pub(super) struct LatestLines {
    pub(super) month: i32,
    /// Each with the place of its run among the runs, in their order.
    pub(super) lines: Vec<(usize, Line)>,
    /// They are of the entries up to this place in the log.
    pub(super) through: i64,
}

/// Finds some of them, the earliest in the log: `at_most` or a line more, for those that speak of one
/// entry stay together.
pub(super) fn latest_lines(
    runs: &Runs<'_>,
    customer: CustomerNumber,
    at_most: usize,
) -> Result<Option<LatestLines>> {
    let bucket = bucket_of(customer);
    let mut cursors = Vec::new();
    for (run, mut cursor) in runs.cursors().into_iter().enumerate() {
        let month = latest_month(&mut cursor, i32::MAX, bucket)?;
        cursors.extend(month.map(|month| (month, run, cursor)));
    }
    while let Some(month) = cursors.iter().map(|(month, ..)| *month).max() {
        let mut latest = LatestLines { month, lines: Vec::new(), through: i64::MAX };
        for (_, run, cursor) in cursors.iter().filter(|(other, ..)| *other == month) {
            unpack((month, bucket), cursor.value(), |line| {
                if line.entry().customer == customer.0 && line.entry().seq <= latest.through {
                    latest.lines.push((*run, line));
                    if latest.lines.len() > 2 * at_most + 2 {
                        latest.shorten(at_most);
                    }
                }
            })?;
        }
        latest.shorten(at_most);
        if !latest.lines.is_empty() {
            latest.lines.sort_unstable_by_key(|(run, line)| (*run, line.order()));
            return Ok(Some(latest));
        }
        for (other, run, mut cursor) in std::mem::take(&mut cursors) {
            let next = match other < month {
                true => Some(other),
                false => latest_month(&mut cursor, month.saturating_sub(1), bucket)?,
            };
            cursors.extend(next.map(|other| (other, run, cursor)));
        }
    }
    Ok(None)
}

impl LatestLines {
    fn shorten(&mut self, at_most: usize) {
        let Self { lines, through, .. } = self;
        if lines.len() <= at_most {
            return;
        }
        lines.sort_unstable_by_key(|(_, line)| line.entry().seq);
        let last = lines[at_most - 1].1.entry().seq;
        lines.retain(|(_, line)| line.entry().seq <= last);
        *through = last;
    }
}

/// Unites the values of one key.
pub(super) fn unite<'v>(values: impl Iterator<Item = &'v [u8]>, out: &mut Vec<u8>) {
    values.for_each(|value| out.extend_from_slice(value));
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
        let is_wanted = |other: u32| other == customer.0;
        let mut tail = Gathered::default();
        let lines = self.tail.lines().iter().map(|dated| dated.line);
        lines.filter(|line| is_wanted(line.entry().customer)).for_each(|line| tail.add(line));
        self.each_month_of(bucket_of(customer), is_wanted, &tail.taken_back, |entries| {
            entries.iter().for_each(|entry| latest.add(*entry));
            // What is folded in the months before is earlier than all of these.
            if latest.entries.len() < limit {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        // The tail may lie anywhere in time.
        tail.settled().iter().for_each(|entry| latest.add(*entry));
        Ok(latest.entries.into_values().rev().collect())
    }

    /// Visits everything that happened with one customer, in no particular order.
    pub fn each_entry_of(
        &self,
        customer: CustomerNumber,
        visit: impl FnMut(HistoryEntry),
    ) -> Result<()> {
        self.each_entry_of_all(&BTreeSet::from([customer.0]), visit)
    }

    /// The same with each of some customers, by their numbers. Neighbours share rows, so that this takes a
    /// fraction of what it takes to ask for one after the other.
    pub fn each_entry_of_all(
        &self,
        customers: &BTreeSet<u32>,
        mut visit: impl FnMut(HistoryEntry),
    ) -> Result<()> {
        let is_wanted = |customer: u32| customers.contains(&customer);
        let mut tails: BTreeMap<u32, Gathered> = BTreeMap::new();
        for line in self.tail.lines().iter().map(|dated| dated.line) {
            let customer = line.entry().customer;
            if is_wanted(customer) {
                tails.entry(customer >> BUCKET_BITS).or_default().add(line);
            }
        }
        let mut next = customers.first().copied();
        while let Some(bucket) = next.map(|customer| customer >> BUCKET_BITS) {
            let mut tail = tails.remove(&bucket).unwrap_or_default();
            self.each_month_of(bucket, is_wanted, &tail.taken_back, |entries| {
                entries.iter().for_each(|entry| visit(*entry));
                ControlFlow::Continue(())
            })?;
            tail.settled().iter().for_each(|entry| visit(*entry));
            let last = (bucket << BUCKET_BITS) | ((1 << BUCKET_BITS) - 1);
            next = customers.range((Bound::Excluded(last), Bound::Unbounded)).next().copied();
        }
        Ok(())
    }

    /// Visits what is folded of some neighbours and was not taken back since, a month at a time, the
    /// latest first.
    fn each_month_of(
        &self,
        bucket: u32,
        is_wanted: impl Fn(u32) -> bool,
        taken_back_since: &[i64],
        mut visit: impl FnMut(&[HistoryEntry]) -> ControlFlow<()>,
    ) -> Result<()> {
        let mut cursors = Vec::new();
        for mut cursor in self.runs.cursors() {
            let month = latest_month(&mut cursor, i32::MAX, bucket)?;
            cursors.extend(month.map(|month| (month, cursor)));
        }
        let mut gathered = Gathered::default();
        while let Some(latest) = cursors.iter().map(|(month, _)| *month).max() {
            gathered.clear();
            gathered.taken_back.extend_from_slice(taken_back_since);
            for (_, cursor) in cursors.iter().filter(|(month, _)| *month == latest) {
                unpack((latest, bucket), cursor.value(), |line| {
                    if is_wanted(line.entry().customer) {
                        gathered.add(line);
                    }
                })?;
            }
            let entries = gathered.settled();
            if !entries.is_empty() && visit(entries).is_break() {
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

/// Lines of a row, or of a customer.
#[derive(Clone, Default)]
pub(super) struct Gathered {
    pub(super) entries: Vec<HistoryEntry>,
    /// Places in the log of entries that were taken back.
    taken_back: Vec<i64>,
}

impl Gathered {
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.taken_back.clear();
    }

    pub(super) fn add(&mut self, line: Line) {
        match line {
            Line::Entry(entry) => self.entries.push(entry),
            Line::TakenBack { of, .. } => self.taken_back.push(of.seq),
        }
    }

    /// The entries that were not taken back.
    pub(super) fn settled(&mut self) -> &mut Vec<HistoryEntry> {
        let Self { entries, taken_back } = self;
        if !taken_back.is_empty() {
            taken_back.sort_unstable();
            entries.retain(|entry| taken_back.binary_search(&entry.seq).is_err());
        }
        entries
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

/// The lines of a row in the order of the log.
pub(super) fn in_order(key: &[u8], value: &[u8]) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    unpack(place_of(key)?, value, |line| lines.push(line))?;
    lines.sort_unstable_by_key(Line::order);
    Ok(lines)
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
    let Some(first) = entries.first() else { return };
    // Each place is written to below: what stands there now is of no meaning.
    spare.resize(entries.len(), *first);
    let starts = places;
    let mut in_order = true;
    let within = |entry: &HistoryEntry| (entry.occurred_at, entry.seq);
    for entry in entries.iter() {
        let place = &mut places[neighbour(entry)];
        let is_first = *place == starts[neighbour(entry)];
        in_order &= is_first || within(&spare[*place - 1]) <= within(entry);
        spare[*place] = *entry;
        *place += 1;
    }
    std::mem::swap(entries, spare);
    if !in_order {
        entries.sort_by_key(|entry| (entry.customer, entry.occurred_at, entry.seq));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::facts::HistoryKind;

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

//! Histories of customers: 64 neighbours share a row a month, to which entries are appended.
//!
//! An entry is, in numbers of variable length: the low six bits of the customer and the kind in
//! one, milliseconds since 1970 less those of the month's first day, the place in the log, and
//! for purchases the currency and the amount. Entries stand in the order of folding.

use std::collections::BTreeMap;
use std::ops::Range;

use crm_models::{Amount, Currency, Timestamp};
use rusqlite::{OptionalExtension, params};

use super::Derived;
use super::delta::{DatedEntry, Delta};
use crate::facts::{HistoryEntry, HistoryKind, LocalTime, first_day_of_month, month_of_day};
use crate::store::codec::{Reader, put, put_signed};
use crate::store::error::{Result, StoreError};
use crate::store::ids::CustomerNumber;
use crate::store::workspaces::Workspace;
use crate::store::{ReadTx, WriteTx};

const BUCKET_BITS: u32 = 6;
const SALE: u64 = 0;
const REFUND: u64 = 1;
const INTERACTION: u64 = 2;
const KIND_BITS: u32 = 2;

impl WriteTx<'_> {
    /// Appends the entries of a delta to their rows.
    pub(super) fn merge_histories(&self, workspace: &Workspace, delta: &Delta) -> Result<()> {
        let mut select = self.conn.prepare_cached(
            "SELECT entries FROM histories WHERE workspace = ?1 AND month = ?2 AND bucket = ?3",
        )?;
        let mut replace = self.conn.prepare_cached(
            "INSERT OR REPLACE INTO histories (workspace, month, bucket, entries)
             VALUES (?1, ?2, ?3, ?4)",
        )?;
        let row = |entry: &DatedEntry| (entry.month, entry.entry.customer >> BUCKET_BITS);
        let mut entries = delta.entries().to_vec();
        entries.sort_unstable_by_key(|entry| (row(entry), entry.entry.customer, entry.entry.seq));
        for group in entries.chunk_by(|one, other| row(one) == row(other)) {
            let (month, bucket) = row(&group[0]);
            let key = params![workspace.id, month, bucket];
            let mut packed: Vec<u8> =
                select.query_row(key, |row| row.get(0)).optional()?.unwrap_or_default();
            group.iter().for_each(|entry| pack(month, &entry.entry, &mut packed));
            replace.execute(params![workspace.id, month, bucket, packed])?;
        }
        Ok(())
    }
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
        for &month in self.history_months()?.iter().rev() {
            self.each_entry_in(month, customer, |entry| latest.add(entry))?;
            // What is folded in the months before is earlier than all of these.
            if latest.entries.len() >= limit {
                break;
            }
        }
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
        for &month in self.history_months()?.iter() {
            self.each_entry_in(month, customer, &mut visit)?;
        }
        self.tail_of(customer).for_each(visit);
        Ok(())
    }

    fn tail_of(&self, customer: CustomerNumber) -> impl Iterator<Item = HistoryEntry> {
        let entries = self.tail.entries().iter().map(|dated| dated.entry);
        entries.filter(move |entry| entry.customer == customer.0)
    }

    /// Visits what is folded of one customer in one month.
    fn each_entry_in(
        &self,
        month: i32,
        customer: CustomerNumber,
        mut visit: impl FnMut(HistoryEntry),
    ) -> Result<()> {
        let mut statement = self.tx.conn.prepare_cached(
            "SELECT entries FROM histories WHERE workspace = ?1 AND month = ?2 AND bucket = ?3",
        )?;
        let bucket = customer.0 >> BUCKET_BITS;
        let mut rows = statement.query(params![self.workspace.id, month, bucket])?;
        let Some(row) = rows.next()? else { return Ok(()) };
        let bytes = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
        unpack(month, bucket, bytes, |entry| {
            if entry.customer == customer.0 {
                visit(entry);
            }
        })
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
        BuyerHistories { workspace, days, months, folded: self.folded, tail, after: None }
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
        if tx.folded_seq(&self.workspace)? < self.folded {
            return Ok(Part::Gone);
        }
        let mut statement = tx.conn.prepare_cached(
            "SELECT month, bucket, entries FROM histories
             WHERE workspace = ?1 AND (month, bucket) > (?2, ?3) AND month < ?4
             ORDER BY month, bucket",
        )?;
        let (month, bucket) =
            self.after.map_or((self.months.start, -1), |(month, bucket)| (month, bucket.into()));
        let after: (i32, i64) = (month, bucket);
        let mut rows =
            statement.query(params![self.workspace.id, after.0, after.1, self.months.end])?;
        let (mut local_time, mut visited) = (LocalTime::new(self.workspace.timezone), 0);
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            let place: Place = (row.get(0)?, row.get(1)?);
            while let Some(early) = self.tail.first_entry().filter(|early| *early.key() < place) {
                let ((month, _), mut early) = early.remove_entry();
                visited += self.hand_over(month, &mut early, &mut local_time, &mut visit);
            }
            entries.clear();
            let bytes = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
            unpack(place.0, place.1, bytes, |entry| {
                if entry.kind != HistoryKind::Interaction && entry.seq <= self.folded {
                    entries.push(entry);
                }
            })?;
            entries.extend(self.tail.remove(&place).unwrap_or_default());
            visited += self.hand_over(place.0, &mut entries, &mut local_time, &mut visit);
            self.after = Some(place);
            if visited >= at_most {
                return Ok(Part::More);
            }
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

pub(super) fn unpack(
    month: i32,
    bucket: u32,
    bytes: &[u8],
    mut each: impl FnMut(HistoryEntry),
) -> Result<()> {
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

//! Sums per day and per month, packed: a row holds up to 256 keys of its dimension.
//!
//! A row's column is, for each key in order: the low byte of the key, then the seven figures as
//! numbers of variable length. A report over years reads whole months, and days at the edges.

use std::collections::BTreeMap;
use std::ops::Range;

use crm_models::Currency;
use rusqlite::{OptionalExtension, params};

use super::Derived;
use super::delta::Delta;
use super::dimension_code;
use crate::facts::{Bits, Dimension, Largest, Sums, Top, first_day_of_month, month_of_day};
use crate::store::codec::{Reader, put, put_wide};
use crate::store::error::Result;
use crate::store::workspaces::Workspace;
use crate::store::{WriteTx, column};

const DAY: u8 = 0;
const MONTH: u8 = 1;
const CHUNK_BITS: u32 = 8;

/// The row that sums go to, in the order of the table's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct RowKey {
    dimension: u8,
    level: u8,
    period: i32,
    currency: u16,
    chunk: u32,
}

impl WriteTx<'_> {
    /// Merges the sums of a delta into their rows.
    pub(super) fn merge_sums(&self, workspace: &Workspace, delta: &Delta) -> Result<()> {
        let mut added = Vec::with_capacity(delta.sums().len() * 2);
        for (key, sums) in delta.sums() {
            let row = |level, period| RowKey {
                dimension: dimension_code(key.dimension),
                level,
                period,
                currency: key.currency.number(),
                chunk: key.key >> CHUNK_BITS,
            };
            let low = (key.key & 0xff) as u8;
            added.push((row(DAY, key.day), low, sums));
            added.push((row(MONTH, month_of_day(key.day)), low, sums));
        }
        added.sort_unstable_by_key(|(row, ..)| *row);

        let mut select = self.conn.prepare_cached(
            "SELECT sums FROM rollups WHERE workspace = ?1 AND dimension = ?2 AND level = ?3
             AND period = ?4 AND currency = ?5 AND chunk = ?6",
        )?;
        let mut replace = self.conn.prepare_cached(
            "INSERT OR REPLACE INTO rollups
             (workspace, dimension, level, period, currency, chunk, sums)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        let mut packed = Vec::new();
        for group in added.chunk_by(|(one, ..), (other, ..)| one == other) {
            let RowKey { dimension, level, period, currency, chunk } = group[0].0;
            let key = params![workspace.id, dimension, level, period, currency, chunk];
            let mut keys = Keys::default();
            if let Some(bytes) = select.query_row(key, |row| row.get::<_, Vec<u8>>(0)).optional()? {
                unpack(&bytes, |low, sums| keys.add(low, sums))?;
            }
            group.iter().for_each(|(_, low, sums)| keys.add(*low, sums));
            packed.clear();
            keys.pack(&mut packed);
            replace.execute(params![
                workspace.id,
                dimension,
                level,
                period,
                currency,
                chunk,
                packed
            ])?;
        }
        Ok(())
    }
}

impl Derived<'_> {
    /// Visits the sums of some days, day by day. A key may come more than once for a day.
    pub fn each_day_sum(
        &self,
        dimension: Dimension,
        currency: Currency,
        days: Range<i32>,
        mut visit: impl FnMut(i32, u32, &Sums),
    ) -> Result<()> {
        self.each_period_sum(dimension, currency, DAY, days.clone(), &mut visit)?;
        for (key, sums) in self.tail.sums() {
            let wanted = key.dimension == dimension && key.currency == currency;
            if wanted && days.contains(&key.day) {
                visit(key.day, key.key, sums);
            }
        }
        Ok(())
    }

    /// The sums of some days together, by key.
    pub fn total_sums(
        &self,
        dimension: Dimension,
        currency: Currency,
        days: Range<i32>,
    ) -> Result<BTreeMap<u32, Sums>> {
        let mut dense: Vec<Sums> = Vec::new();
        self.each_sum(dimension, currency, &days, |key, sums| {
            let index = key as usize;
            if index >= dense.len() {
                dense.resize(index + 1, Sums::default());
            }
            dense[index].add(sums);
        })?;
        let keyed = (0_u32..).zip(dense);
        Ok(keyed.filter(|(_, sums)| *sums != Sums::default()).collect())
    }

    /// The keys with the largest `figure`, among those of which some sums count, and their sums of
    /// some days together. The figure of several sums is the sum of their figures. Reads everything
    /// twice, so that it keeps the figure alone of what is not shown: there may be many keys.
    pub fn largest_sums(
        &self,
        dimension: Dimension,
        currency: Currency,
        days: Range<i32>,
        limit: usize,
        figure: impl Fn(&Sums) -> i128,
        counts: impl Fn(&Sums) -> bool,
    ) -> Result<Largest> {
        let mut figures: Vec<i128> = Vec::new();
        let (mut counted, mut all) = (Bits::default(), Sums::default());
        self.each_sum(dimension, currency, &days, |key, sums| {
            let index = key as usize;
            if index >= figures.len() {
                figures.resize(index + 1, 0);
            }
            figures[index] += figure(sums);
            if counts(sums) {
                counted.insert(key);
            }
            all.add(sums);
        })?;
        let mut top = Top::new(limit);
        let mut count = 0;
        counted.for_each(|key| {
            top.add(key, figures[key as usize]);
            count += 1;
        });
        drop(figures);
        let keys = top.keys();
        let mut found: BTreeMap<u32, Sums> =
            keys.iter().map(|key| (*key, Sums::default())).collect();
        self.each_sum(dimension, currency, &days, |key, sums| {
            if let Some(sum) = found.get_mut(&key) {
                sum.add(sums);
            }
        })?;
        let with_sums = |key| (key, found.remove(&key).unwrap_or_default());
        Ok(Largest { keys: keys.into_iter().map(with_sums).collect(), count, all })
    }

    /// Visits the sums of some days, whole months at once. A key may come more than once.
    fn each_sum(
        &self,
        dimension: Dimension,
        currency: Currency,
        days: &Range<i32>,
        mut visit: impl FnMut(u32, &Sums),
    ) -> Result<()> {
        let mut add = |_: i32, key: u32, sums: &Sums| visit(key, sums);
        let months = whole_months(days);
        let (head, tail) = if months.is_empty() {
            (days.clone(), 0..0)
        } else {
            let inner = first_day_of_month(months.start)..first_day_of_month(months.end);
            (days.start..inner.start, inner.end..days.end)
        };
        self.each_period_sum(dimension, currency, MONTH, months, &mut add)?;
        self.each_period_sum(dimension, currency, DAY, head, &mut add)?;
        self.each_period_sum(dimension, currency, DAY, tail, &mut add)?;
        for (key, sums) in self.tail.sums() {
            let wanted = key.dimension == dimension && key.currency == currency;
            if wanted && days.contains(&key.day) {
                add(key.day, key.key, sums);
            }
        }
        Ok(())
    }

    /// What was bought on each day, in each currency.
    pub fn by_day(&self) -> Result<BTreeMap<(i32, Currency), Sums>> {
        let mut found: BTreeMap<(i32, Currency), Sums> = BTreeMap::new();
        let mut statement = self.tx.conn.prepare_cached(
            "SELECT period, currency, sums FROM rollups WHERE workspace = ?1 AND dimension = ?2
             AND level = ?3",
        )?;
        let hour = dimension_code(Dimension::Hour);
        let mut rows = statement.query(params![self.workspace.id, hour, DAY])?;
        while let Some(row) = rows.next()? {
            let of_day = found.entry((row.get(0)?, column::currency(row, 1)?)).or_default();
            let bytes = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
            unpack(bytes, |_, sums| of_day.add(sums))?;
        }
        for (key, sums) in self.tail.sums() {
            if key.dimension == Dimension::Hour {
                found.entry((key.day, key.currency)).or_default().add(sums);
            }
        }
        Ok(found)
    }

    /// The currencies of purchases on some days, and how many purchases each has.
    pub fn currencies(&self, days: Range<i32>) -> Result<BTreeMap<Currency, i64>> {
        let mut counts = BTreeMap::new();
        for ((day, currency), sums) in self.by_day()? {
            if days.contains(&day) {
                *counts.entry(currency).or_insert(0) += sums.orders + sums.refund_orders;
            }
        }
        Ok(counts)
    }

    fn each_period_sum(
        &self,
        dimension: Dimension,
        currency: Currency,
        level: u8,
        periods: Range<i32>,
        visit: &mut impl FnMut(i32, u32, &Sums),
    ) -> Result<()> {
        let mut statement = self.tx.conn.prepare_cached(
            "SELECT period, chunk, sums FROM rollups WHERE workspace = ?1 AND dimension = ?2
             AND level = ?3 AND period >= ?4 AND period < ?5 AND currency = ?6",
        )?;
        let mut rows = statement.query(params![
            self.workspace.id,
            dimension_code(dimension),
            level,
            periods.start,
            periods.end,
            currency.number()
        ])?;
        while let Some(row) = rows.next()? {
            let (period, chunk): (i32, u32) = (row.get(0)?, row.get(1)?);
            let bytes = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
            unpack(bytes, |low, sums| {
                visit(period, (chunk << CHUNK_BITS) | u32::from(low), sums);
            })?;
        }
        Ok(())
    }
}

/// The months that lie wholly within some days.
pub(super) fn whole_months(days: &Range<i32>) -> Range<i32> {
    if days.is_empty() {
        return 0..0;
    }
    let first = month_of_day(days.start);
    let first = if first_day_of_month(first) == days.start { first } else { first + 1 };
    let end = month_of_day(days.end);
    if first < end { first..end } else { 0..0 }
}

/// The keys of one row while it is being merged.
struct Keys(Box<[Option<Sums>; 256]>);

impl Default for Keys {
    fn default() -> Self {
        Self(Box::new([None; 256]))
    }
}

impl Keys {
    fn add(&mut self, low: u8, sums: &Sums) {
        self.0[usize::from(low)].get_or_insert_default().add(sums);
    }

    fn pack(&self, out: &mut Vec<u8>) {
        for (low, sums) in (0..=u8::MAX).zip(self.0.iter()) {
            let Some(sums) = sums else { continue };
            out.push(low);
            for money in [sums.gross, sums.refunds] {
                put_wide(out, money);
            }
            let counts = [
                sums.orders,
                sums.refund_orders,
                sums.anonymous_orders,
                sums.quantity,
                sums.refund_quantity,
            ];
            for count in counts {
                put(out, count.unsigned_abs());
            }
        }
    }
}

fn unpack(bytes: &[u8], mut each: impl FnMut(u8, &Sums)) -> Result<()> {
    let mut reader = Reader::new(bytes);
    while !reader.is_empty() {
        let low = reader.byte()?;
        let sums = Sums {
            gross: reader.wide()?,
            refunds: reader.wide()?,
            orders: reader.narrow()?,
            refund_orders: reader.narrow()?,
            anonymous_orders: reader.narrow()?,
            quantity: reader.narrow()?,
            refund_quantity: reader.narrow()?,
        };
        each(low, &sums);
    }
    Ok(())
}

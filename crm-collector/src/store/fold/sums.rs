//! Sums per day and per month, packed: a row holds up to 256 keys of its dimension.
//!
//! A value is, for each key in order: the low byte of the key, which of the figures are not nought, and
//! these as signed numbers of variable length, so that what is taken back is a row as well. Which they
//! are takes a byte for the seven that every shop has, and another one where there are more.
//! A report over years reads whole months, and days at the edges.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};

use crm_models::Currency;

use super::Derived;
use super::delta::Delta;
use super::key::{Key, Table, number_at, period_at};
use crate::facts::{Bits, Dimension, Largest, Part, Sums, Top, first_day_of_month, month_of_day};
use crate::store::codec::{Reader, put_signed, put_wide};
use crate::store::error::{Result, StoreError};
use crate::store::runs::Blocks;

const DAY: u8 = 0;
const MONTH: u8 = 1;
const CHUNK_BITS: u32 = 8;

/// What a row of sums is told apart by, in the order of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct RowKey {
    dimension: u8,
    level: u8,
    currency: u16,
    period: i32,
    chunk: u32,
}

impl RowKey {
    fn key(&self) -> Key {
        first_of(self.dimension, self.level, self.currency, self.period).number(self.chunk)
    }
}

/// How the keys of a period begin.
fn first_of(dimension: u8, level: u8, currency: u16, period: i32) -> Key {
    Key::new(Table::Sums).byte(dimension).byte(level).short(currency).period(period)
}

const PERIOD_AT: usize = 5;
const CHUNK_AT: usize = 9;
const CURRENCY_AT: usize = 3;

/// How a dimension is stored.
fn dimension_code(dimension: Dimension) -> u8 {
    match dimension {
        Dimension::Hour => 1,
        Dimension::Country => 2,
        Dimension::Channel => 3,
        Dimension::Product => 4,
        Dimension::Part => 5,
    }
}

/// Appends the rows of a delta's sums, in the order of their keys.
pub(super) fn put_rows(delta: &Delta, out: &mut Blocks) {
    let mut added = Vec::with_capacity(delta.sums().len() * 2);
    for (key, sums) in delta.sums() {
        let row = |level, period| RowKey {
            dimension: dimension_code(key.dimension),
            level,
            currency: key.currency.number(),
            period,
            chunk: key.key >> CHUNK_BITS,
        };
        let low = (key.key & 0xff) as u8;
        added.push((row(DAY, key.day), low, sums));
        added.push((row(MONTH, month_of_day(key.day)), low, sums));
    }
    added.sort_unstable_by_key(|(row, ..)| *row);
    let (mut packed, mut keys) = (Vec::new(), Keys::default());
    for group in added.chunk_by(|(one, ..), (other, ..)| one == other) {
        group.iter().for_each(|(_, low, sums)| keys.add(*low, sums));
        packed.clear();
        keys.pack(&mut packed);
        if !packed.is_empty() {
            out.push(&group[0].0.key(), &packed);
        }
    }
}

/// Unites the values of one key.
pub(super) fn unite<'v>(values: impl Iterator<Item = &'v [u8]>, out: &mut Vec<u8>) -> Result<()> {
    let mut keys = Keys::default();
    for value in values {
        unpack(value, |low, sums| keys.add(low, sums))?;
    }
    keys.pack(out);
    Ok(())
}

/// Which products a row is about, if it is about products: their number without its lowest eight bits.
pub(super) fn products_of(key: &[u8]) -> Result<Option<u32>> {
    let is_theirs =
        key.starts_with(&Key::new(Table::Sums).byte(dimension_code(Dimension::Product)));
    is_theirs.then(|| number_at(key, CHUNK_AT)).transpose()
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

    /// The keys with the largest `figure`, among those whose `count` is not nought, and their sums of
    /// some days together. Figure and count of several sums are the sums of theirs. Reads everything
    /// twice, so that it keeps these alone of what is not shown: there may be many keys.
    pub fn largest_sums(
        &self,
        dimension: Dimension,
        currency: Currency,
        days: Range<i32>,
        limit: usize,
        figure: impl Fn(&Sums) -> i128,
        count: impl Fn(&Sums) -> i64,
    ) -> Result<Largest> {
        let mut figures: Vec<(i128, i64)> = Vec::new();
        let mut all = Sums::default();
        self.each_sum(dimension, currency, &days, |key, sums| {
            let index = key as usize;
            if index >= figures.len() {
                figures.resize(index + 1, (0, 0));
            }
            figures[index].0 += figure(sums);
            figures[index].1 += count(sums);
            all.add(sums);
        })?;
        let (mut top, mut counted) = (Top::new(limit), 0);
        for (key, (figure, _)) in (0_u32..).zip(figures).filter(|(_, (_, count))| *count != 0) {
            top.add(key, figure);
            counted += 1;
        }
        let keys = top.keys();
        let mut found: BTreeMap<u32, Sums> =
            keys.iter().map(|key| (*key, Sums::default())).collect();
        self.each_sum(dimension, currency, &days, |key, sums| {
            if let Some(sum) = found.get_mut(&key) {
                sum.add(sums);
            }
        })?;
        let with_sums = |key| (key, found.remove(&key).unwrap_or_default());
        Ok(Largest { keys: keys.into_iter().map(with_sums).collect(), count: counted, all })
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
        self.days_of(Dimension::Hour, |_| true)
    }

    /// The same of orders that are pending or were cancelled.
    pub fn unpaid_by_day(&self) -> Result<BTreeMap<(i32, Currency), Sums>> {
        let unpaid = [Part::Pending, Part::Cancelled].map(Part::key);
        self.days_of(Dimension::Part, |part| unpaid.contains(&part))
    }

    /// What some keys of a dimension come to on each day; they are below 256.
    fn days_of(
        &self,
        dimension: Dimension,
        wanted: impl Fn(u32) -> bool,
    ) -> Result<BTreeMap<(i32, Currency), Sums>> {
        let mut found: BTreeMap<(i32, Currency), Sums> = BTreeMap::new();
        let all = Key::new(Table::Sums).byte(dimension_code(dimension));
        self.runs.each(&all.byte(DAY), &all.byte(DAY + 1), |key, values| {
            let currency = key.get(CURRENCY_AT..).and_then(|rest| rest.first_chunk());
            let currency =
                currency.and_then(|bytes| Currency::from_number(u16::from_be_bytes(*bytes)));
            let currency =
                currency.ok_or_else(|| StoreError::Damaged("no such currency".into()))?;
            let of_day = found.entry((period_at(key, PERIOD_AT)?, currency)).or_default();
            for value in values.iter() {
                unpack(value, |low, sums| {
                    if wanted(low.into()) {
                        of_day.add(sums);
                    }
                })?;
            }
            Ok(ControlFlow::Continue(()))
        })?;
        for (key, sums) in self.tail.sums() {
            if key.dimension == dimension && wanted(key.key) {
                found.entry((key.day, key.currency)).or_default().add(sums);
            }
        }
        // A day whose purchases were all taken back is as any other on which nothing was bought.
        found.retain(|_, sums| *sums != Sums::default());
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
        let of = |period| first_of(dimension_code(dimension), level, currency.number(), period);
        if periods.is_empty() {
            return Ok(());
        }
        self.runs.each(&of(periods.start), &of(periods.end), |key, values| {
            let (period, chunk) = (period_at(key, PERIOD_AT)?, number_at(key, CHUNK_AT)?);
            for value in values.iter() {
                unpack(value, |low, sums| {
                    visit(period, (chunk << CHUNK_BITS) | u32::from(low), sums);
                })?;
            }
            Ok(ControlFlow::Continue(()))
        })
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

/// The keys of one row, and which of them there are.
struct Keys {
    sums: Box<[Sums; 256]>,
    there: Bits,
}

impl Default for Keys {
    fn default() -> Self {
        Self { sums: Box::new([Sums::default(); 256]), there: Bits::default() }
    }
}

impl Keys {
    fn add(&mut self, low: u8, sums: &Sums) {
        self.there.insert(low.into());
        self.sums[usize::from(low)].add(sums);
    }

    /// Writes them, and is empty then.
    fn pack(&mut self, out: &mut Vec<u8>) {
        let Self { sums: all, there } = self;
        there.for_each(|low| {
            let sums = std::mem::take(&mut all[low as usize]);
            if sums == Sums::default() {
                return;
            }
            out.push((low & 0xff) as u8);
            put_sums(out, &sums);
        });
        there.clear();
    }
}

fn unpack(bytes: &[u8], mut each: impl FnMut(u8, &Sums)) -> Result<()> {
    let mut reader = Reader::new(bytes);
    while !reader.is_empty() {
        let low = reader.byte()?;
        let sums = read_sums(&mut reader)?;
        each(low, &sums);
    }
    Ok(())
}

/// The bit that tells of a second byte.
const MORE: u8 = 1 << 7;

/// The figures in the order of their bits: money first, and those of the second byte last.
fn put_sums(out: &mut Vec<u8>, sums: &Sums) {
    let money = [sums.gross, sums.refunds];
    let counts = [
        sums.orders,
        sums.refund_orders,
        sums.anonymous_orders,
        sums.sold.whole,
        sums.returned.whole,
    ];
    let more_money = [sums.discounts, sums.cost, sums.costed];
    let more_counts = [sums.sold.fraction, sums.returned.fraction];
    let bits = |money: &[i128], counts: &[i64]| -> u8 {
        let is_there = money.iter().map(|of| *of != 0).chain(counts.iter().map(|of| *of != 0));
        (0_u8..).zip(is_there).map(|(bit, there)| u8::from(there) << bit).sum()
    };
    let more = bits(&more_money, &more_counts);
    out.push(bits(&money, &counts) | if more == 0 { 0 } else { MORE });
    if more != 0 {
        out.push(more);
    }
    let mut put_all = |money: &[i128], counts: &[i64]| {
        money.iter().filter(|of| **of != 0).for_each(|of| put_wide(out, *of));
        counts.iter().filter(|of| **of != 0).for_each(|of| put_signed(out, *of));
    };
    put_all(&money, &counts);
    put_all(&more_money, &more_counts);
}

fn read_sums(reader: &mut Reader<'_>) -> Result<Sums> {
    let there = reader.byte()?;
    let more = if there & MORE == 0 { 0 } else { reader.byte()? };
    let mut sums = Sums::default();
    let mut read = |there: u8, money: &mut [&mut i128], counts: &mut [&mut i64]| -> Result<()> {
        let mut bits = (0..8).map(|bit| there & (1 << bit) != 0);
        for (money, _) in money.iter_mut().zip(&mut bits).filter(|(_, there)| *there) {
            **money = reader.wide()?;
        }
        for (count, _) in counts.iter_mut().zip(&mut bits).filter(|(_, there)| *there) {
            **count = reader.signed()?;
        }
        Ok(())
    };
    read(
        there,
        &mut [&mut sums.gross, &mut sums.refunds],
        &mut [
            &mut sums.orders,
            &mut sums.refund_orders,
            &mut sums.anonymous_orders,
            &mut sums.sold.whole,
            &mut sums.returned.whole,
        ],
    )?;
    if more != 0 {
        read(
            more,
            &mut [&mut sums.discounts, &mut sums.cost, &mut sums.costed],
            &mut [&mut sums.sold.fraction, &mut sums.returned.fraction],
        )?;
    }
    Ok(sums)
}

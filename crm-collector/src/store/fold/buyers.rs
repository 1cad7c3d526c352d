//! Who bought, by day: in all, in a country, of a product. Exact counts of distinct customers
//! over any days come from uniting these sets.
//!
//! A row is a day, and for the few kinds that reports over years ask for as a whole, a month as well.
//! Its value is the set of those who bought ([`CustomerSet`]). Where somebody bought more than once that
//! is counted, so that a purchase can be taken back: see [`Counted`].

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};

use crm_models::Currency;

use super::Derived;
use super::delta::{Buyer, Delta};
use super::key::{Key, Table, period_at};
use super::sums::whole_months;
use crate::facts::{Bits, BuyersOf, CustomerSet, first_day_of_month, month_of_day};
use crate::store::codec::{Reader, put, put_signed};
use crate::store::error::Result;
use crate::store::runs::{Blocks, United};

/// How the buyers of a day are stored: dimension and key.
fn by_day(of: BuyersOf) -> (u8, u32) {
    match of {
        BuyersOf::All => (0, 0),
        BuyersOf::Country(label) => (2, label),
        BuyersOf::Product(number) => (4, number),
    }
}

/// How the buyers of a month are stored, if they are.
fn by_month(of: BuyersOf) -> Option<(u8, u32)> {
    match of {
        BuyersOf::All => Some((1, 0)),
        BuyersOf::Country(label) => Some((3, label)),
        BuyersOf::Product(_) => None,
    }
}

fn row((dimension, key): (u8, u32), currency: Currency, period: i32) -> Key {
    Key::new(Table::Buyers).byte(dimension).short(currency.number()).number(key).period(period)
}

const PERIOD_AT: usize = 8;

/// Appends the rows of a delta's buyers, in the order of their keys.
pub(super) fn put_rows(delta: &Delta, out: &mut Blocks) {
    let mut rows = Vec::with_capacity(delta.buyers().len() * 2);
    for &Buyer { of, currency, day, customer, times } in delta.buyers() {
        let mut add = |(dimension, key): (u8, u32), period: i32| {
            rows.push((dimension, currency.number(), key, period, customer, times));
        };
        add(by_day(of), day);
        if let Some(by_month) = by_month(of) {
            add(by_month, month_of_day(day));
        }
    }
    rows.sort_unstable();
    let mut value = Vec::new();
    for row in rows
        .chunk_by(|one, other| (one.0, one.1, one.2, one.3) == (other.0, other.1, other.2, other.3))
    {
        let (dimension, currency, key, period, ..) = row[0];
        let mut counted = Counted::default();
        row.iter().for_each(|(.., customer, times)| counted.add(*customer, (*times).into()));
        value.clear();
        counted.pack(&mut value);
        if !value.is_empty() {
            let start = Key::new(Table::Buyers).byte(dimension).short(currency);
            out.push(&start.number(key).period(period), &value);
        }
    }
}

/// Unites the values of one key.
pub(super) fn unite<'v>(
    mut values: impl Iterator<Item = &'v [u8]>,
    out: &mut Vec<u8>,
) -> Result<()> {
    let mut counted = Counted::default();
    values.try_for_each(|value| counted.add_value(value))?;
    counted.pack(out);
    Ok(())
}

/// Sets of buyers, read one after the other. Those that follow in the order of what was bought lie in
/// blocks that are open already.
pub struct BuyerSets<'d> {
    derived: &'d Derived<'d>,
    by_day: United<'d>,
    by_month: United<'d>,
}

impl BuyerSets<'_> {
    /// Everybody who bought `of` this on some days.
    pub fn read(&mut self, of: BuyersOf, currency: Currency, days: Range<i32>) -> Result<Bits> {
        let mut buyers = Bits::default();
        let mut unite = |_: i32, set: CustomerSet<'_>| {
            buyers.insert_all(set);
        };
        let months = whole_months(&days);
        let by_month = by_month(of).filter(|_| !months.is_empty());
        if let Some(stored) = by_month {
            let inner = first_day_of_month(months.start)..first_day_of_month(months.end);
            for edge in [days.start..inner.start, inner.end..days.end] {
                let tail = self.derived.tail_values(of, currency, &edge, |day| day);
                each_stored(&mut self.by_day, by_day(of), currency, edge, tail, &mut unite)?;
            }
            let tail = self.derived.tail_values(of, currency, &inner, month_of_day);
            each_stored(&mut self.by_month, stored, currency, months, tail, &mut unite)?;
        } else {
            let tail = self.derived.tail_values(of, currency, &days, |day| day);
            each_stored(&mut self.by_day, by_day(of), currency, days, tail, &mut unite)?;
        }
        Ok(buyers)
    }
}

impl Derived<'_> {
    /// Sets of buyers.
    pub fn buyer_sets(&self) -> BuyerSets<'_> {
        BuyerSets { derived: self, by_day: self.runs.united(), by_month: self.runs.united() }
    }

    /// Everybody who bought `of` this on some days.
    pub fn buyers(&self, of: BuyersOf, currency: Currency, days: Range<i32>) -> Result<Bits> {
        self.buyer_sets().read(of, currency, days)
    }

    /// Visits the sets of buyers of some days, in order of the days. A day may come twice.
    pub fn each_day_buyers(
        &self,
        of: BuyersOf,
        currency: Currency,
        days: Range<i32>,
        mut visit: impl FnMut(i32, CustomerSet<'_>),
    ) -> Result<()> {
        let tail = self.tail_values(of, currency, &days, |day| day);
        let rows = &mut self.runs.united();
        each_stored(rows, by_day(of), currency, days, tail, &mut visit)
    }

    /// What the tail has of some days, as it would be stored, by period.
    fn tail_values(
        &self,
        of: BuyersOf,
        currency: Currency,
        days: &Range<i32>,
        period: impl Fn(i32) -> i32,
    ) -> BTreeMap<i32, Vec<u8>> {
        let mut counted: BTreeMap<i32, Counted> = BTreeMap::new();
        for buyer in self.tail.buyers_of(of, currency, days) {
            counted.entry(period(buyer.day)).or_default().add(buyer.customer, buyer.times.into());
        }
        let packed = |(period, counted): (i32, Counted)| {
            let mut value = Vec::new();
            counted.pack(&mut value);
            (period, value)
        };
        counted.into_iter().map(packed).filter(|(_, value)| !value.is_empty()).collect()
    }
}

/// Visits the sets of some periods, those of runs and of the tail, in order. A period may come more than
/// once.
fn each_stored(
    rows: &mut United<'_>,
    stored: (u8, u32),
    currency: Currency,
    periods: Range<i32>,
    mut tail: BTreeMap<i32, Vec<u8>>,
    visit: &mut impl FnMut(i32, CustomerSet<'_>),
) -> Result<()> {
    if periods.is_empty() {
        return Ok(());
    }
    let (from, to) = (row(stored, currency, periods.start), row(stored, currency, periods.end));
    let mut united = Vec::new();
    rows.each(&from, &to, |key, values| {
        let period = period_at(key, PERIOD_AT)?;
        while let Some(early) = tail.first_entry().filter(|early| *early.key() < period) {
            let (early, value) = early.remove_entry();
            visit(early, set_of(&value)?);
        }
        let late = tail.remove(&period);
        let values = || values.iter().chain(late.as_deref());
        // What one of them took back another one has: they are to be seen together.
        if values().any(takes_back) {
            united.clear();
            self::unite(values(), &mut united)?;
            visit(period, set_of(&united)?);
        } else {
            for value in values() {
                visit(period, set_of(value)?);
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    for (late, value) in tail {
        visit(late, set_of(&value)?);
    }
    Ok(())
}

/// In the place of the tag that a plain set begins with: behind it stand the length of what differs
/// from one purchase each, that, and the plain set.
const BOUGHT_MORE: u8 = 2;
/// The same where somebody has bought less than once: what was taken back stands in an older run.
const TAKEN_BACK: u8 = 3;

fn takes_back(value: &[u8]) -> bool {
    value.first() == Some(&TAKEN_BACK)
}

/// A value in its two parts: what differs from one purchase each, and the plain set.
fn parts(value: &[u8]) -> Result<(&[u8], CustomerSet<'_>)> {
    match value.split_first() {
        Some((&(BOUGHT_MORE | TAKEN_BACK), rest)) => {
            let mut reader = Reader::new(rest);
            let length = reader.narrow()?;
            let differing = reader.bytes(length)?;
            Ok((differing, CustomerSet::from_bytes(reader.rest())))
        }
        _ => Ok((&[], CustomerSet::from_bytes(value))),
    }
}

fn set_of(value: &[u8]) -> Result<CustomerSet<'_>> {
    Ok(parts(value)?.1)
}

/// How often customers bought: a set that purchases can be taken out of.
///
/// Its value is the set of those who bought; where somebody did not buy once, their number, as the
/// difference to the one before, and how often besides, stand in front.
#[derive(Default)]
struct Counted(Vec<(u32, i64)>);

impl Counted {
    fn add(&mut self, customer: u32, times: i64) {
        match self.0.last_mut() {
            Some((last, count)) if *last == customer => *count += times,
            _ => self.0.push((customer, times)),
        }
    }

    fn add_value(&mut self, value: &[u8]) -> Result<()> {
        let (differing, set) = parts(value)?;
        set.for_each(|customer| self.add(customer, 1));
        let (mut reader, mut customer) = (Reader::new(differing), 0_u32);
        while !reader.is_empty() {
            customer = customer.wrapping_add(reader.narrow()?);
            self.add(customer, reader.signed()?);
        }
        Ok(())
    }

    /// Nothing where nobody is left.
    fn pack(mut self, out: &mut Vec<u8>) {
        if !self.0.is_sorted_by(|(one, _), (other, _)| one < other) {
            self.0.sort_unstable_by_key(|(customer, _)| *customer);
        }
        let (mut set, mut differing, mut last) = (Vec::new(), Vec::new(), 0);
        let mut tag = BOUGHT_MORE;
        for one in self.0.chunk_by(|(one, _), (other, _)| one == other) {
            let (customer, count) = (one[0].0, one.iter().map(|(_, count)| count).sum::<i64>());
            if count > 0 {
                set.push(customer);
            } else if count < 0 {
                tag = TAKEN_BACK;
            }
            let besides = count - i64::from(count > 0);
            if besides != 0 {
                put(&mut differing, u64::from(customer - last));
                put_signed(&mut differing, besides);
                last = customer;
            }
        }
        if !differing.is_empty() {
            out.push(tag);
            put(out, differing.len() as u64);
            out.extend_from_slice(&differing);
        }
        if !(set.is_empty() && differing.is_empty()) {
            CustomerSet::encode(&set, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packed(counts: &[(u32, i64)]) -> Vec<u8> {
        let (mut counted, mut out) = (Counted::default(), Vec::new());
        counts.iter().for_each(|(customer, times)| counted.add(*customer, *times));
        counted.pack(&mut out);
        out
    }

    proptest! {
        #[test]
        fn sets_that_are_united_in_any_order_are_those_of_all_purchases_together(
            runs in prop::collection::vec(prop::collection::vec((0_u32..300, -2_i64..3), 0..60), 0..6),
        ) {
            let mut wanted: BTreeMap<u32, i64> = BTreeMap::new();
            for (customer, times) in runs.iter().flatten() {
                *wanted.entry(*customer).or_default() += times;
            }
            let whole = packed(&wanted.iter().map(|(one, count)| (*one, *count)).collect::<Vec<_>>());
            // Two by two, as merges do, and all at once.
            let of_two = |one: Vec<u8>, other: Vec<u8>| {
                let (mut counted, mut out) = (Counted::default(), Vec::new());
                counted.add_value(&one).unwrap();
                counted.add_value(&other).unwrap();
                counted.pack(&mut out);
                out
            };
            let united = runs.iter().map(|run| packed(run)).reduce(of_two).unwrap_or_default();
            prop_assert_eq!(&united, &whole);
            let bought: Vec<u32> =
                wanted.iter().filter(|(_, count)| **count > 0).map(|(one, _)| *one).collect();
            prop_assert_eq!(set_of(&whole).unwrap().to_vec(), bought);
            prop_assert_eq!(takes_back(&whole), wanted.values().any(|count| *count < 0));
            prop_assert_eq!(whole.is_empty(), wanted.values().all(|count| *count == 0));
        }
    }
}

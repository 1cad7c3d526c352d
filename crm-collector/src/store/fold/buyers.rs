//! Who bought, by day: in all, in a country, of a product. Exact counts of distinct customers
//! over any days come from uniting these sets.
//!
//! A row is a month; where it holds more than the month's whole set, its column is, for each day with buyers in order: the day of the month, the
//! length of the set in bytes, the set.

use std::ops::Range;

use crm_models::Currency;
use rusqlite::{OptionalExtension, params};

use super::Derived;
use super::delta::{Buyer, Delta};
use super::months::within;
use super::sums::whole_months;
use crate::facts::{Bits, BuyersOf, CustomerSet, first_day_of_month, month_of_day};
use crate::store::WriteTx;
use crate::store::codec::{Reader, put};
use crate::store::error::Result;
use crate::store::workspaces::Workspace;

/// How a kind of buyers is stored: dimension and key.
fn stored(of: BuyersOf) -> (u8, u32) {
    match of {
        BuyersOf::All => (0, 0),
        BuyersOf::Country(label) => (2, label),
        BuyersOf::Product(number) => (4, number),
    }
}

/// Where the buyers of a whole month are kept as one set, if they are: for the few kinds that
/// reports over years ask for as a whole.
fn stored_by_month(of: BuyersOf) -> Option<(u8, u32)> {
    match of {
        BuyersOf::All => Some((1, 0)),
        BuyersOf::Country(label) => Some((3, label)),
        BuyersOf::Product(_) => None,
    }
}

impl WriteTx<'_> {
    /// Merges the buyers of a delta into their rows.
    pub(super) fn merge_buyers(&self, workspace: &Workspace, delta: &Delta) -> Result<()> {
        let mut select = self.conn.prepare_cached(
            "SELECT days FROM buyers WHERE workspace = ?1 AND dimension = ?2 AND currency = ?3
             AND month = ?4 AND key = ?5",
        )?;
        let mut replace = self.conn.prepare_cached(
            "INSERT OR REPLACE INTO buyers (workspace, dimension, currency, month, key, days)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        let month_of = |buyer: &Buyer| month_of_day(buyer.day);
        let same_row = |one: &Buyer, other: &Buyer| {
            (one.of, one.currency, month_of(one)) == (other.of, other.currency, month_of(other))
        };
        // In the order of the table's key, so that neighbouring pages are written together.
        let mut groups: Vec<_> = delta
            .buyers()
            .chunk_by(same_row)
            .map(|group| {
                let (dimension, key) = stored(group[0].of);
                (dimension, group[0].currency.number(), month_of(&group[0]), key, group)
            })
            .collect();
        groups.sort_unstable_by_key(|&(dimension, currency, month, key, _)| {
            (dimension, currency, month, key)
        });
        let mut merged = Vec::new();
        for (dimension, currency, month, key, group) in groups {
            let params = params![workspace.id, dimension, currency, month, key];
            let old = select.query_row(params, |row| row.get::<_, Vec<u8>>(0)).optional()?;
            merged.clear();
            merge(
                old.as_deref().unwrap_or_default(),
                first_day_of_month(month),
                group,
                &mut merged,
            )?;
            replace.execute(params![workspace.id, dimension, currency, month, key, merged])?;

            let Some((dimension, key)) = stored_by_month(group[0].of) else { continue };
            let params = params![workspace.id, dimension, currency, month, key];
            let old = select.query_row(params, |row| row.get::<_, Vec<u8>>(0)).optional()?;
            let mut customers =
                CustomerSet::from_bytes(old.as_deref().unwrap_or_default()).to_vec();
            customers.extend(group.iter().map(|buyer| buyer.customer));
            customers.sort_unstable();
            customers.dedup();
            merged.clear();
            CustomerSet::encode(&customers, &mut merged);
            replace.execute(params![workspace.id, dimension, currency, month, key, merged])?;
        }
        Ok(())
    }
}

impl Derived<'_> {
    /// Everybody who bought `of` this on some days.
    pub fn buyers(&self, of: BuyersOf, currency: Currency, days: Range<i32>) -> Result<Bits> {
        let mut buyers = Bits::default();
        let mut unite = |_: i32, set: CustomerSet<'_>| {
            buyers.insert_all(set);
        };
        let months = whole_months(&days);
        let Some((dimension, key)) = stored_by_month(of).filter(|_| !months.is_empty()) else {
            self.each_day_buyers(of, currency, days, unite)?;
            return Ok(buyers);
        };
        let inner = first_day_of_month(months.start)..first_day_of_month(months.end);
        self.each_day_buyers(of, currency, days.start..inner.start, &mut unite)?;
        self.each_day_buyers(of, currency, inner.end..days.end, &mut unite)?;
        let stored = self.buyer_months(dimension, currency)?;
        let mut statement = self.tx.conn.prepare_cached(
            "SELECT days FROM buyers WHERE workspace = ?1 AND dimension = ?2
             AND currency = ?3 AND month = ?4 AND key = ?5",
        )?;
        for month in within(&stored, months.start..=months.end - 1) {
            let id = params![self.workspace.id, dimension, currency.number(), month, key];
            let mut rows = statement.query(id)?;
            if let Some(row) = rows.next()? {
                let bytes = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
                unite(0, CustomerSet::from_bytes(bytes));
            }
        }
        for buyer in self.tail.buyers_of(of, currency, &inner) {
            buyers.insert(buyer.customer);
        }
        Ok(buyers)
    }

    /// Visits the sets of buyers of some days, in order of the days. A day may come twice.
    pub fn each_day_buyers(
        &self,
        of: BuyersOf,
        currency: Currency,
        days: Range<i32>,
        mut visit: impl FnMut(i32, CustomerSet<'_>),
    ) -> Result<()> {
        let tail = self.tail.buyers_of(of, currency, &days);
        let mut tail = tail.chunk_by(|one, other| one.day == other.day).peekable();
        let mut encoded = Vec::new();
        let mut visit_tail = |group: &[Buyer], visit: &mut dyn FnMut(i32, CustomerSet<'_>)| {
            encoded.clear();
            let customers: Vec<_> = group.iter().map(|buyer| buyer.customer).collect();
            CustomerSet::encode(&customers, &mut encoded);
            visit(group[0].day, CustomerSet::from_bytes(&encoded));
        };

        let (dimension, key) = stored(of);
        // Few keys a month and the range is one scan; many, and each month is a search of its own.
        // That takes the equation: a range of one month would be scanned for the key.
        let mut statement = self.tx.conn.prepare_cached(if dimension == 0 {
            "SELECT month, days FROM buyers WHERE workspace = ?1 AND dimension = ?2
             AND currency = ?3 AND month BETWEEN ?4 AND ?5 AND key = ?6 ORDER BY month"
        } else {
            "SELECT month, days FROM buyers WHERE workspace = ?1 AND dimension = ?2
             AND currency = ?3 AND month = ?4 AND ?4 = ?5 AND key = ?6"
        })?;
        let stored = self.buyer_months(dimension, currency)?;
        let months = match days.is_empty() {
            true => &[],
            false => within(&stored, month_of_day(days.start)..=month_of_day(days.end - 1)),
        };
        let mut step =
            |from: i32, to: i32, visit: &mut dyn FnMut(i32, CustomerSet<'_>)| -> Result<()> {
                let mut rows = statement.query(params![
                    self.workspace.id,
                    dimension,
                    currency.number(),
                    from,
                    to,
                    key
                ])?;
                while let Some(row) = rows.next()? {
                    let start = first_day_of_month(row.get(0)?);
                    let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
                    let mut groups = Groups::new(bytes);
                    while let Some((offset, set)) = groups.next()? {
                        let day = start + i32::from(offset);
                        if !days.contains(&day) {
                            continue;
                        }
                        while let Some(early) = tail.next_if(|group| group[0].day < day) {
                            visit_tail(early, visit);
                        }
                        visit(day, set);
                    }
                }
                Ok(())
            };
        match months {
            [] => {}
            [first, ..] if dimension == 0 => {
                step(*first, *months.last().unwrap_or(first), &mut visit)?;
            }
            _ => months.iter().try_for_each(|month| step(*month, *month, &mut visit))?,
        }
        for late in tail {
            visit_tail(late, &mut visit);
        }
        Ok(())
    }
}

/// Writes the days of a row anew, with some buyers of its month added.
fn merge(old: &[u8], month_start: i32, added: &[Buyer], out: &mut Vec<u8>) -> Result<()> {
    let mut groups = Groups::new(old);
    let mut days = added.chunk_by(|one, other| one.day == other.day).peekable();
    let mut encoded = Vec::new();
    let mut put_group = |offset: u8, customers: &[u32], out: &mut Vec<u8>| {
        encoded.clear();
        CustomerSet::encode(customers, &mut encoded);
        out.push(offset);
        put(out, encoded.len() as u64);
        out.extend_from_slice(&encoded);
    };
    let offset_of = |group: &[Buyer]| u8::try_from(group[0].day - month_start).unwrap_or(u8::MAX);
    let customers_of =
        |group: &[Buyer]| group.iter().map(|buyer| buyer.customer).collect::<Vec<_>>();

    while let Some((offset, set)) = groups.next()? {
        while let Some(group) = days.next_if(|group| offset_of(group) < offset) {
            put_group(offset_of(group), &customers_of(group), out);
        }
        match days.next_if(|group| offset_of(group) == offset) {
            Some(group) => {
                let mut customers = set.to_vec();
                customers.extend(customers_of(group));
                customers.sort_unstable();
                customers.dedup();
                put_group(offset, &customers, out);
            }
            None => {
                out.push(offset);
                put(out, groups.last_length() as u64);
                out.extend_from_slice(groups.last_bytes());
            }
        }
    }
    for group in days {
        put_group(offset_of(group), &customers_of(group), out);
    }
    Ok(())
}

/// The days of a row.
struct Groups<'a> {
    reader: Reader<'a>,
    last: &'a [u8],
}

impl<'a> Groups<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { reader: Reader::new(bytes), last: &[] }
    }

    fn next(&mut self) -> Result<Option<(u8, CustomerSet<'a>)>> {
        if self.reader.is_empty() {
            return Ok(None);
        }
        let offset = self.reader.byte()?;
        let length = self.reader.narrow()?;
        self.last = self.reader.bytes(length)?;
        Ok(Some((offset, CustomerSet::from_bytes(self.last))))
    }

    fn last_length(&self) -> usize {
        self.last.len()
    }

    fn last_bytes(&self) -> &'a [u8] {
        self.last
    }
}

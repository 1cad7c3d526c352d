//! Runs beside those that were made of the log anew.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::key::Table;
use super::rows::unite;
use super::{histories, sums};
use crate::store::error::Result;
use crate::store::runs::{BEHIND_ALL, Runs, United};

/// How the stored rows of a workspace differ from those made anew.
#[derive(Debug, Default)]
pub(in crate::store) struct Differences {
    /// Rows that differ, or that only one side has, by what they are about.
    pub(in crate::store) rows: BTreeMap<&'static str, i64>,
    /// Products by the hundreds that have sums: their number without its lowest eight bits.
    pub(in crate::store) products: BTreeSet<u32>,
}

/// Compares runs. Where one ends and the next begins is owed to chance, so they are compared as they are
/// united.
pub(in crate::store) fn differences(stored: &Runs<'_>, anew: &Runs<'_>) -> Result<Differences> {
    let mut found = Differences::default();
    let (mut one, mut other) = (Side::new(stored)?, Side::new(anew)?);
    while one.is_there || other.is_there {
        let order = match (one.is_there, other.is_there) {
            (true, true) => one.key.cmp(&other.key),
            (true, false) => Ordering::Less,
            _ => Ordering::Greater,
        };
        let key = if order == Ordering::Greater { &other.key } else { &one.key };
        if order != Ordering::Equal || !same(key, &one.value, &other.value)? {
            *found.rows.entry(about(key)).or_default() += 1;
        }
        found.products.extend(sums::products_of(key)?);
        if order != Ordering::Greater {
            one.advance()?;
        }
        if order != Ordering::Less {
            other.advance()?;
        }
    }
    Ok(found)
}

/// A row of united runs.
struct Side<'r> {
    united: United<'r>,
    is_there: bool,
    key: Vec<u8>,
    value: Vec<u8>,
}

impl<'r> Side<'r> {
    fn new(runs: &'r Runs<'r>) -> Result<Self> {
        let mut united = runs.united();
        united.seek(&[], BEHIND_ALL)?;
        let mut side = Self { united, is_there: true, key: Vec::new(), value: Vec::new() };
        side.advance()?;
        Ok(side)
    }

    fn advance(&mut self) -> Result<()> {
        // What was added and taken back is as good as absent.
        loop {
            let next = self.united.advance()?;
            self.is_there = next.is_some();
            let Some((key, values)) = next else { return Ok(()) };
            self.key.clear();
            self.key.extend_from_slice(key);
            self.value.clear();
            match Table::of(key) {
                Some(_) => unite(key, values.iter(), &mut self.value)?,
                None => self.value.extend(values.iter().flatten()),
            }
            if !self.value.is_empty() {
                return Ok(());
            }
        }
    }
}

/// Values are the same to the byte whenever they were folded, but for the order of histories.
fn same(key: &[u8], one: &[u8], other: &[u8]) -> Result<bool> {
    if one == other || Table::of(key) != Some(Table::Histories) {
        return Ok(one == other);
    }
    Ok(histories::in_order(key, one)? == histories::in_order(key, other)?)
}

fn about(key: &[u8]) -> &'static str {
    let sums =
        ["sums by hour", "sums by country", "sums by channel", "sums by product", "sums by part"];
    let buyers = [
        "buyers by day",
        "buyers by month",
        "buyers by country and day",
        "buyers by country and month",
        "buyers by product",
    ];
    let dimension = key.get(1).map_or(usize::MAX, |dimension| usize::from(*dimension));
    let known = match Table::of(key) {
        Some(Table::Sums) => sums.get(dimension.wrapping_sub(1)).copied(),
        Some(Table::Buyers) => buyers.get(dimension).copied(),
        Some(Table::Histories) => Some("histories"),
        None => None,
    };
    known.unwrap_or("rows of no known kind")
}

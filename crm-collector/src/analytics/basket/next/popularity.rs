//! How many baskets held an item in the days before any day.

use std::ops::Range;

use super::super::Baskets;

/// Counts by item and day, or by item and some days where there are many of both.
#[derive(Clone, Debug)]
pub(super) struct Popularity {
    /// The first day of the first cell.
    first: i32,
    /// The last day with a basket; what is asked about later days is asked about this one.
    last: i32,
    step: i32,
    cells: usize,
    items: usize,
    /// By cell and item, the baskets with the item before the cell; one more cell than there are.
    /// What is asked about one customer stands in a few rows, which stay in the nearest cache.
    before: Vec<u32>,
    /// By cell, from none to all, the items in most baskets of the days of fashion before it.
    favourites: Vec<Vec<u32>>,
    /// All that was ever bought, by baskets.
    ever: Vec<u32>,
}

/// What was bought longer ago than this before the last day counts as bought then.
const MOST_DAYS: i32 = 1_500;
/// Counts at the most, 32 MiB, unless one cell an item takes more.
const MOST_COUNTS: usize = 1 << 23;
/// Days that make a fashion.
pub(super) const FASHION_DAYS: i32 = 30;
/// Favourites of each cell.
const FAVOURITES: usize = 40;

impl Popularity {
    pub(super) fn of(baskets: &Baskets) -> Self {
        let last = baskets.iter().map(|basket| basket.day).max().unwrap_or(0);
        let oldest = baskets.iter().map(|basket| basket.day).min().unwrap_or(0);
        let first = oldest.max(last.saturating_sub(MOST_DAYS - 1));
        let items = baskets.item_bound().max(1);
        let days = usize::try_from(last - first + 1).unwrap_or(1);
        let step = (days * items).div_ceil(MOST_COUNTS).clamp(1, days);
        let cells = days.div_ceil(step);
        let step = i32::try_from(step).unwrap_or(1);
        let (before, favourites, ever) = (Vec::new(), Vec::new(), Vec::new());
        let mut counts = Self { first, last, step, cells, items, before, favourites, ever };
        counts.before = vec![0; (cells + 1) * items];
        for basket in baskets.iter() {
            let cell = counts.cell(basket.day).min(cells - 1);
            for &item in basket.items {
                counts.before[(cell + 1) * items + item as usize] += 1;
            }
        }
        for index in items..counts.before.len() {
            counts.before[index] += counts.before[index - items];
        }
        counts.favourites = (0..=cells)
            .map(|cell| counts.most_bought(counts.fashion(cell)..cell, FAVOURITES))
            .collect();
        counts.ever = counts.most_bought(0..cells, usize::MAX);
        counts
    }

    /// The cell that a day lies in, the one after the last for every later day.
    fn cell(&self, day: i32) -> usize {
        let days = day.saturating_sub(self.first).max(0);
        usize::try_from(days / self.step).unwrap_or(0).min(self.cells)
    }

    /// The baskets with an item on so many days up to a day, in whole cells.
    pub(super) fn lately(&self, item: u32, day: i32, days: i32) -> u32 {
        let end = day.min(self.last).saturating_add(1);
        if item as usize >= self.items {
            return 0;
        }
        let at = |day| self.before[self.cell(day) * self.items + item as usize];
        at(end) - at(end.saturating_sub(days))
    }

    /// The cell where the fashion of another begins.
    fn fashion(&self, cell: usize) -> usize {
        cell.saturating_sub(usize::try_from(FASHION_DAYS / self.step).unwrap_or(1).max(1))
    }

    fn most_bought(&self, cells: Range<usize>, most: usize) -> Vec<u32> {
        let row = |cell: usize| &self.before[cell * self.items..(cell + 1) * self.items];
        let mut bought: Vec<(u32, u32)> = (0..)
            .zip(row(cells.start).iter().zip(row(cells.end)))
            .map(|(item, (start, end))| (u32::MAX - (end - start), item))
            .filter(|(missing, _)| *missing < u32::MAX)
            .collect();
        if bought.len() > most {
            bought.select_nth_unstable(most);
            bought.truncate(most);
        }
        bought.sort_unstable();
        bought.into_iter().map(|(_, item)| item).collect()
    }

    /// The items in most baskets of the days of fashion up to a day, the most bought first.
    pub(super) fn favourites(&self, day: i32) -> &[u32] {
        let end = day.min(self.last).saturating_add(1);
        self.favourites.get(self.cell(end)).map_or(&[], Vec::as_slice)
    }

    /// All items that were ever bought, those in most baskets first.
    pub(super) fn ever(&self) -> &[u32] {
        &self.ever
    }
}

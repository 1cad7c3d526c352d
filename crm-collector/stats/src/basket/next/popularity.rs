//! How many baskets held an item in the days before any day.

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
    /// By item, where its part of `sold_in` and `sold_until` begins, and past the last one.
    starts: Vec<u32>,
    /// By item, the cells with baskets that hold it, in order.
    sold_in: Vec<u16>,
    /// The baskets with the item up to each of those cells, that one included.
    sold_until: Vec<u32>,
    /// By cell, from none to all, the items in most baskets of the days of fashion before it.
    favourites: Vec<Vec<u32>>,
    /// All that was ever bought, by baskets.
    ever: Vec<u32>,
}

/// What was bought longer ago than this before the last day counts as bought then.
const MOST_DAYS: i32 = 1_500;
/// Cells times items at the most, unless one cell an item takes more: favourites are looked for in each.
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
        let (starts, sold_in, sold_until) = (Vec::new(), Vec::new(), Vec::new());
        let (favourites, ever) = (Vec::new(), Vec::new());
        let mut counts =
            Self { first, last, step, cells, items, starts, sold_in, sold_until, favourites, ever };
        let by_cell = ByCell::of(baskets, cells, |day| counts.cell(day).min(cells - 1));
        counts.add_sales(baskets, &by_cell);
        counts.add_favourites(baskets, &by_cell);
        counts
    }

    fn add_sales(&mut self, baskets: &Baskets, by_cell: &ByCell) {
        let mut lines = vec![0_u32; self.items];
        let all = baskets.iter().flat_map(|basket| basket.items);
        all.for_each(|&item| lines[item as usize] += 1);
        let mut total = 0;
        let mut begins = Vec::with_capacity(self.items);
        for lines in &lines {
            begins.push(total);
            total += lines;
        }
        // A place a line; those of one cell share one, so that some are left over.
        let mut ends = begins.clone();
        self.sold_in = vec![0; total as usize];
        self.sold_until = vec![0; total as usize];
        // Cells are at most as many as the days that are told apart.
        for (cell, number) in (0_u16..).zip(0..self.cells) {
            for &item in by_cell.items(baskets, number) {
                let (begin, end) = (begins[item as usize] as usize, &mut ends[item as usize]);
                let last = (*end as usize > begin).then(|| *end as usize - 1);
                let place = match last {
                    Some(last) if self.sold_in[last] == cell => last,
                    _ => {
                        *end += 1;
                        *end as usize - 1
                    }
                };
                let before = last.map_or(0, |last| self.sold_until[last]);
                self.sold_in[place] = cell;
                self.sold_until[place] = before + 1;
            }
        }
        self.starts = Vec::with_capacity(self.items + 1);
        let mut kept = 0;
        for (&begin, &end) in begins.iter().zip(&ends) {
            self.starts.push(kept);
            self.sold_in.copy_within(begin as usize..end as usize, kept as usize);
            self.sold_until.copy_within(begin as usize..end as usize, kept as usize);
            kept += end - begin;
        }
        self.starts.push(kept);
        self.sold_in.truncate(kept as usize);
        self.sold_in.shrink_to_fit();
        self.sold_until.truncate(kept as usize);
        self.sold_until.shrink_to_fit();
    }

    fn add_favourites(&mut self, baskets: &Baskets, by_cell: &ByCell) {
        // The baskets with each item in the days of fashion before a cell, which move on with it.
        let mut lately = vec![0_u32; self.items];
        let mut from = 0;
        for cell in 0..=self.cells {
            if let Some(entering) = cell.checked_sub(1) {
                let items = by_cell.items(baskets, entering);
                items.for_each(|&item| lately[item as usize] += 1);
            }
            while from < self.fashion(cell) {
                by_cell.items(baskets, from).for_each(|&item| lately[item as usize] -= 1);
                from += 1;
            }
            self.favourites.push(most_bought(&lately, FAVOURITES));
        }
        let mut all = vec![0_u32; self.items];
        baskets.iter().flat_map(|basket| basket.items).for_each(|&item| all[item as usize] += 1);
        self.ever = most_bought(&all, usize::MAX);
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
        let range = self.starts[item as usize] as usize..self.starts[item as usize + 1] as usize;
        let sold_in = &self.sold_in[range.clone()];
        let before = |day| {
            let cell = self.cell(day);
            let cells = sold_in.partition_point(|&sold| usize::from(sold) < cell);
            cells.checked_sub(1).map_or(0, |last| self.sold_until[range.start + last])
        };
        before(end) - before(end.saturating_sub(days))
    }

    /// The cell where the fashion of another begins.
    fn fashion(&self, cell: usize) -> usize {
        cell.saturating_sub(usize::try_from(FASHION_DAYS / self.step).unwrap_or(1).max(1))
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

/// The items of most baskets, given how many hold each.
fn most_bought(counts: &[u32], most: usize) -> Vec<u32> {
    let mut bought: Vec<(u32, u32)> = (0..)
        .zip(counts)
        .map(|(item, count)| (u32::MAX - count, item))
        .filter(|(missing, _)| *missing < u32::MAX)
        .collect();
    if bought.len() > most {
        bought.select_nth_unstable(most);
        bought.truncate(most);
    }
    bought.sort_unstable();
    bought.into_iter().map(|(_, item)| item).collect()
}

/// Baskets in the order of the cells that they lie in.
struct ByCell {
    order: Vec<u32>,
    /// By cell, where its part of `order` begins, and past the last one.
    starts: Vec<usize>,
}

impl ByCell {
    fn of(baskets: &Baskets, cells: usize, cell_of: impl Fn(i32) -> usize) -> Self {
        let mut starts = vec![0; cells + 1];
        baskets.iter().for_each(|basket| starts[cell_of(basket.day) + 1] += 1);
        let mut total = 0;
        for start in &mut starts {
            total += *start;
            *start = total;
        }
        let (mut next, mut order) = (starts.clone(), vec![0; total]);
        for (number, basket) in (0..).zip(baskets.iter()) {
            let place = &mut next[cell_of(basket.day)];
            order[*place] = number;
            *place += 1;
        }
        Self { order, starts }
    }

    /// The items of a cell's baskets.
    fn items<'a>(&self, baskets: &'a Baskets, cell: usize) -> impl Iterator<Item = &'a u32> {
        let order = &self.order[self.starts[cell]..self.starts[cell + 1]];
        let found = order.iter().filter_map(|&number| baskets.get(number as usize));
        found.flat_map(|basket| basket.items)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_sold_is_counted_by_day(
            sold in proptest::collection::vec(
                (0_i32..120, proptest::collection::vec(1_u32..9, 1..4)), 1..60),
            long_ago in any::<bool>(),
        ) {
            let mut baskets = Baskets::new();
            // What lies before all days that are told apart counts as bought on the first of them.
            let day = |day: i32| if long_ago && day < 20 { day - 3_000 } else { day };
            for (at, items) in &sold {
                baskets.push(7, day(*at), items);
            }
            let last = sold.iter().map(|(at, _)| day(*at)).max().unwrap();
            let first = last - MOST_DAYS + 1;
            let counted = Popularity::of(&baskets);
            let between = |item: u32, from: i32, to: i32| {
                let held = baskets.iter().filter(|basket| {
                    (from..to).contains(&basket.day.max(first)) && basket.items.contains(&item)
                });
                u32::try_from(held.count()).unwrap()
            };
            for asked in [-5_000, -1, 0, 19, 20, 60, 119, 500] {
                let end = asked.min(last) + 1;
                for item in 1..10 {
                    for days in [1, 30, 90] {
                        let wanted = between(item, end - days, end);
                        prop_assert_eq!(counted.lately(item, asked, days), wanted);
                    }
                }
                let mut wanted: Vec<_> = (1..9)
                    .map(|item| (u32::MAX - between(item, end - FASHION_DAYS, end), item))
                    .filter(|(missing, _)| *missing < u32::MAX)
                    .collect();
                wanted.sort_unstable();
                let wanted: Vec<_> = wanted.into_iter().map(|(_, item)| item).collect();
                prop_assert_eq!(counted.favourites(asked), wanted);
            }
        }
    }
}

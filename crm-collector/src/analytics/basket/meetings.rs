//! Who meets whom in a basket, counted row by row: one item's counts at a time fit into the
//! processor's nearest cache, which makes each a nanosecond.

use std::ops::Range;

use super::BasketIndex;

/// The baskets, reduced to the items looked at, in rows of 16-bit ranks.
pub(super) struct Meetings {
    ranks: Vec<u16>,
    /// By rank, where in `ranks` what follows it in each of its baskets begins and ends.
    after: Vec<(u32, u32)>,
    /// By rank, where its part of `after` begins, and past the last one.
    starts: Vec<usize>,
}

/// A row is read by its counts if it has more entries than an eighth of them, by its entries else.
const SPARSE: usize = 8;

impl Meetings {
    /// Of some items, in order, fewer than 65,537.
    pub(super) fn of(index: &BasketIndex, items: &[u32]) -> Self {
        let mut rank_of = vec![None; index.baskets.item_bound()];
        let mut starts = vec![0];
        let mut total = 0;
        for (rank, &item) in (0..=u16::MAX).zip(items) {
            rank_of[item as usize] = Some(rank);
            total += index.holders[item as usize].len();
            starts.push(total);
        }
        let mut next = starts.clone();
        let mut after = vec![(0, 0); total];
        let mut ranks = Vec::with_capacity(total);
        for basket in index.baskets.iter() {
            let start = ranks.len();
            ranks.extend(basket.items.iter().filter_map(|&item| rank_of[item as usize]));
            // Fewer than the lines of the baskets, whose number fits.
            let end = u32::try_from(ranks.len()).unwrap_or(u32::MAX);
            for (position, &rank) in (1..).zip(&ranks[start..]) {
                let begin = u32::try_from(start + position).unwrap_or(u32::MAX);
                after[next[usize::from(rank)]] = (begin, end);
                next[usize::from(rank)] += 1;
            }
        }
        Self { ranks, after, starts }
    }

    fn tails(&self, rank: usize) -> impl Iterator<Item = &[u16]> {
        let of_rank = &self.after[self.starts[rank]..self.starts[rank + 1]];
        of_rank.iter().map(|&(begin, end)| &self.ranks[begin as usize..end as usize])
    }

    /// Calls `each` with every higher rank that met this one, and how often; `counts` has a zero for
    /// every rank, before and after.
    pub(super) fn count(&self, rank: usize, counts: &mut [u32], mut each: impl FnMut(usize, u32)) {
        let mut met = 0;
        for tail in self.tails(rank) {
            met += tail.len();
            for &other in tail {
                counts[usize::from(other)] += 1;
            }
        }
        if met * SPARSE > counts.len() - rank {
            for (other, count) in counts.iter_mut().enumerate().skip(rank + 1) {
                if *count > 0 {
                    each(other, std::mem::take(count));
                }
            }
        } else {
            for tail in self.tails(rank) {
                for &other in tail {
                    let count = std::mem::take(&mut counts[usize::from(other)]);
                    if count > 0 {
                        each(usize::from(other), count);
                    }
                }
            }
        }
    }

    /// Divides the ranks into some parts of about as many lines.
    pub(super) fn chunks(&self, threads: usize) -> Vec<Range<usize>> {
        let ranks = self.starts.len() - 1;
        // More parts than threads, as no part can be foreseen exactly; one needs no parts.
        let parts = if threads == 1 { 1 } else { threads * 16 };
        let share = self.after.len() / parts + 1;
        let mut chunks = Vec::new();
        let mut start = 0;
        for rank in 1..=ranks {
            if rank == ranks || self.starts[rank] - self.starts[start] >= share {
                chunks.push(start..rank);
                start = rank;
            }
        }
        chunks
    }
}

//! Who meets whom in a basket, counted row by row: one item's counts at a time fit into the
//! processor's nearest cache, which makes each a nanosecond.

use std::ops::Range;

use super::Baskets;

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
    /// Of some items, in order, fewer than 65,537; numbers above those of the baskets are no items.
    pub(super) fn of(baskets: &Baskets, items: &[u32]) -> Self {
        let mut rank_of = vec![None; baskets.item_bound()];
        for (rank, &item) in (0..=u16::MAX).zip(items) {
            if let Some(place) = rank_of.get_mut(item as usize) {
                *place = Some(rank);
            }
        }
        let mut ranks = Vec::with_capacity(baskets.lines());
        let mut starts = vec![0; items.len() + 1];
        let mut bounds = vec![0];
        for basket in baskets.iter() {
            for rank in basket.items.iter().filter_map(|&item| rank_of[item as usize]) {
                ranks.push(rank);
                starts[usize::from(rank) + 1] += 1;
            }
            bounds.push(ranks.len());
        }
        let mut total = 0;
        for start in &mut starts {
            total += *start;
            *start = total;
        }
        let mut next = starts.clone();
        let mut after = vec![(0, 0); total];
        for bounds in bounds.windows(2) {
            // Positions are fewer than the lines of the baskets, whose number fits.
            let place = |position: usize| u32::try_from(position).unwrap_or(u32::MAX);
            for (position, &rank) in (bounds[0] + 1..).zip(&ranks[bounds[0]..bounds[1]]) {
                let next = &mut next[usize::from(rank)];
                after[*next] = (place(position), place(bounds[1]));
                *next += 1;
            }
        }
        Self { ranks, after, starts }
    }

    /// How many baskets hold the item of a rank.
    pub(super) fn of_rank(&self, rank: usize) -> usize {
        self.starts[rank + 1] - self.starts[rank]
    }

    fn tails(&self, rank: usize) -> impl Iterator<Item = &[u16]> {
        let of_rank = &self.after[self.starts[rank]..self.starts[rank + 1]];
        of_rank.iter().map(|&(begin, end)| &self.ranks[begin as usize..end as usize])
    }

    /// Calls `each` with every higher rank that met this one at least `enough` times, which is at
    /// least once, and how often; `counts` has a zero for every rank, before and after.
    pub(super) fn count(
        &self,
        rank: usize,
        enough: u32,
        counts: &mut [u32],
        mut each: impl FnMut(usize, u32),
    ) {
        let mut met = 0;
        for tail in self.tails(rank) {
            met += tail.len();
            for &other in tail {
                counts[usize::from(other)] += 1;
            }
        }
        if met * SPARSE > counts.len() - rank {
            let higher = &mut counts[rank + 1..];
            for (other, count) in (rank + 1..).zip(&*higher) {
                if *count >= enough {
                    each(other, *count);
                }
            }
            higher.fill(0);
        } else {
            for tail in self.tails(rank) {
                for &other in tail {
                    let count = std::mem::take(&mut counts[usize::from(other)]);
                    if count >= enough {
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

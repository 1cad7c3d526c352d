//! How often two items would meet by chance, given how large the baskets are that hold them.
//!
//! In baskets of very different sizes everything meets everything in the large ones, and a test that
//! knows only how many baskets hold each item takes that for a bond. So baskets are counted by size
//! and chance is summed over the sizes.

use super::fisher::LnFactorials;

/// Sizes of baskets that are told apart; each class begins with one of these.
const BEGINS: [usize; CLASSES] = [1, 2, 3, 4, 6, 9, 13, 19, 28, 41, 61, 101];
const CLASSES: usize = 12;

/// Counts by class of size.
#[derive(Clone, Debug, Default)]
pub(super) struct Sizes {
    baskets: [u64; CLASSES],
    lines: [u64; CLASSES],
    /// Ordered pairs of items in baskets: s · (s − 1) for each basket of s.
    meetings: [u64; CLASSES],
    /// By item, the baskets of each class that hold it.
    holders: Vec<[u32; CLASSES]>,
}

/// What the baskets of each class say of one item, ready to be met with others.
pub(super) type Weights = [f64; CLASSES];

impl Sizes {
    /// Counts one basket more.
    pub(super) fn add(&mut self, items: &[u32]) {
        let size = items.len() as u64;
        let class = BEGINS.partition_point(|begin| *begin <= items.len()).saturating_sub(1);
        self.baskets[class] += 1;
        self.lines[class] += size;
        self.meetings[class] += size * size.saturating_sub(1);
        if let Some(&largest) = items.last()
            && largest as usize >= self.holders.len()
        {
            self.holders.resize(largest as usize + 1, [0; CLASSES]);
        }
        for &item in items {
            self.holders[item as usize][class] += 1;
        }
    }

    /// The baskets of each class that hold an item, as numbers to calculate with.
    pub(super) fn counts(&self, item: u32) -> Weights {
        let counts = self.holders.get(item as usize).copied().unwrap_or_default();
        counts.map(f64::from)
    }

    /// Counts of an item times the chance that two lines of a class stand in one basket: the sum of
    /// its products with the counts of another item is how often chance lets both meet.
    ///
    /// If every item of a basket is drawn without regard to the others, two items with a and b
    /// baskets of a class of n meet in a · b · Σs(s−1) / (Σs)² of them, or a · b / n where the
    /// sizes are all alike and large; the larger of both is taken.
    pub(super) fn weights(&self, item: u32) -> Weights {
        let mut weights = self.counts(item);
        for (class, weight) in weights.iter_mut().enumerate() {
            let lines = self.lines[class] as f64;
            *weight *= if class == 0 || self.baskets[class] == 0 {
                0.0
            } else {
                (self.meetings[class] as f64 / (lines * lines))
                    .max((self.baskets[class] as f64).recip())
            };
        }
        weights
    }
}

/// How often two items meet by chance.
#[inline]
pub(super) fn expected(weights: &Weights, counts: &Weights) -> f64 {
    let mut sums = [0.0; 4];
    for (four, others) in weights.chunks_exact(4).zip(counts.chunks_exact(4)) {
        for ((sum, weight), count) in sums.iter_mut().zip(four).zip(others) {
            *sum += weight * count;
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}

/// An upper bound of the chance to meet at least `together` times when `expected` times are to be
/// expected and `most` are possible; nothing if it is surely larger than e to the `max_ln`.
///
/// Given the counts of each class, the meetings are a sum of at most `most` independent yes-or-no
/// outcomes of unlike chances (Vatutin & Mikhailov 1982), whose upper tail, from one above the mean
/// on, is at most that of as many outcomes of like chances (Hoeffding 1956, theorem 5). Of that
/// binomial tail the terms shrink at least as fast as the second to the first.
#[inline]
pub(super) fn tail(
    ln: &LnFactorials,
    together: u32,
    most: u32,
    expected: f64,
    max_ln: f64,
) -> Option<f64> {
    if f64::from(together) < expected + 1.0 || together > most {
        return (max_ln >= 0.0).then_some(1.0);
    }
    let chance = expected / f64::from(most);
    let rest = f64::from(most - together);
    let ways = ln.of(most) - ln.of(together) - ln.of(most - together);
    let first = ways + f64::from(together) * chance.ln() + rest * (-chance).ln_1p();
    if first > max_ln {
        return None;
    }
    let ratio = rest * chance / (f64::from(together + 1) * (1.0 - chance));
    Some((first.exp() / (1.0 - ratio)).min(1.0))
}

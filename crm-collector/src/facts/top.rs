//! The largest of many figures, found without keeping more than are asked for.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Sums;

/// The keys with the largest figures so far.
#[derive(Debug)]
pub struct Top {
    limit: usize,
    /// The smallest of them first.
    heap: BinaryHeap<(Reverse<i128>, u32)>,
}

impl Top {
    /// For so many keys.
    pub fn new(limit: usize) -> Self {
        Self { limit, heap: BinaryHeap::new() }
    }

    /// Adds a key with its figure.
    pub fn add(&mut self, key: u32, figure: i128) {
        self.heap.push((Reverse(figure), key));
        if self.heap.len() > self.limit {
            self.heap.pop();
        }
    }

    /// The keys, the largest figure first; equal ones in order of key.
    pub fn keys(self) -> Vec<u32> {
        self.heap.into_sorted_vec().into_iter().map(|(_, key)| key).collect()
    }
}

/// The keys of a dimension with the largest figures, and what there is in all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Largest {
    /// Each with its sums, the largest figure first; equal ones in order of key.
    pub keys: Vec<(u32, Sums)>,
    /// How many keys there are.
    pub count: usize,
    /// The sums of all of them, shown or not, and of those that do not count.
    pub all: Sums,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_figures_come_first_and_equal_ones_in_order_of_key() {
        let figures = [(1, 5), (2, 9), (3, 5), (4, -1), (5, 9), (6, 5)];
        let top = |limit| {
            let mut top = Top::new(limit);
            figures.iter().rev().for_each(|(key, figure)| top.add(*key, *figure));
            top.keys()
        };
        assert_eq!(top(0), [0; 0]);
        assert_eq!(top(4), [2, 5, 1, 3]);
        assert_eq!(top(usize::MAX), [2, 5, 1, 3, 6, 4]);
    }
}

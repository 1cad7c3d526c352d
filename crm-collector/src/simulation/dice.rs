//! Chance by a seed, and the agenda of what happens next.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

/// SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(super) fn within(&mut self, range: Range<u64>) -> u64 {
        range.start + self.roll() % (range.end - range.start)
    }

    pub(super) fn index(&mut self, bound: usize) -> usize {
        usize::try_from(self.roll() % bound as u64).unwrap()
    }

    pub(super) fn one_in(&mut self, bound: u64) -> bool {
        self.roll().is_multiple_of(bound)
    }
}

/// What happens when, in microseconds: what is due first, and of that what was noted first.
pub(super) struct Agenda<T>(BinaryHeap<Reverse<(u64, u64, T)>>, u64);

impl<T: Ord> Agenda<T> {
    pub(super) fn new() -> Self {
        Self(BinaryHeap::new(), 0)
    }

    pub(super) fn note(&mut self, at: u64, what: T) {
        self.1 += 1;
        self.0.push(Reverse((at, self.1, what)));
    }

    pub(super) fn next(&mut self) -> (u64, T) {
        let Reverse((at, _, what)) = self.0.pop().expect("somebody always has something to do");
        (at, what)
    }
}

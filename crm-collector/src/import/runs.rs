//! First pass over a file: which purchases come back after other lines have stood between.
//!
//! A purchase whose lines are adjacent can be closed as soon as the next one begins; only one
//! that comes back has to wait for its last line. Which these are is found in fixed memory: a
//! Bloom filter of 8 MiB remembers every id seen, and only an id that the filter knows already
//! when a run of its lines begins is written down, with the last line it stood on. The filter
//! forgets nothing, so no purchase that comes back is missed. A false hit (one in 10,000 at a
//! million purchases, one in 20 at ten million) costs an entry of some 30 bytes and
//! changes nothing else.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};

/// Bits of the filter, a power of two.
const FILTER_BITS: u64 = 64 * 1024 * 1024;
/// Bits set for each id.
const PROBES: u64 = 3;

/// Builds the table of purchases that come back, line by line.
pub(super) struct RunFinder {
    filter: Vec<u64>,
    last_lines: HashMap<u64, u64>,
    current: Vec<u8>,
    current_hash: u64,
    current_known: bool,
}

/// The last line of every purchase that comes back. Lines are counted from 0 without the header.
pub(super) struct LastLines(HashMap<u64, u64>);

impl RunFinder {
    pub(super) fn new() -> Self {
        Self {
            filter: vec![0; usize::try_from(FILTER_BITS / 64).unwrap_or(0)],
            last_lines: HashMap::new(),
            current: Vec::new(),
            current_hash: 0,
            current_known: true,
        }
    }

    /// Takes in the purchase id of a line; whether it is that of the line before.
    pub(super) fn line(&mut self, line: u64, id: &[u8]) -> bool {
        let is_same = id == self.current;
        if !is_same {
            self.current.clear();
            self.current.extend_from_slice(id);
            self.current_hash = hash(id);
            self.current_known = self.insert(self.current_hash);
        }
        if self.current_known {
            self.last_lines.insert(self.current_hash, line);
        }
        is_same
    }

    pub(super) fn finish(self) -> LastLines {
        LastLines(self.last_lines)
    }

    /// Remembers a hash; says whether it may have been known.
    fn insert(&mut self, hash: u64) -> bool {
        // Two halves of one hash stand in for independent hashes (Kirsch and Mitzenmacher 2006).
        let step = (hash >> 32) | 1;
        let mut known = true;
        for probe in 0..PROBES {
            let bit = hash.wrapping_add(probe.wrapping_mul(step)) % FILTER_BITS;
            let word = usize::try_from(bit / 64).ok().and_then(|word| self.filter.get_mut(word));
            let Some(word) = word else { continue };
            let mask = 1 << (bit % 64);
            known &= *word & mask != 0;
            *word |= mask;
        }
        known
    }
}

impl LastLines {
    /// Whether lines of this purchase may follow after `line`.
    pub(super) fn comes_back(&self, id: &[u8], line: u64) -> bool {
        !self.0.is_empty() && self.0.get(&hash(id)).is_some_and(|last| *last > line)
    }
}

fn hash(id: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(id);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(ids: &[&str]) -> LastLines {
        let mut finder = RunFinder::new();
        for (line, id) in (0..).zip(ids) {
            finder.line(line, id.as_bytes());
        }
        finder.finish()
    }

    #[test]
    fn adjacent_lines_leave_no_entry() {
        assert_eq!(find(&["a", "a", "b", "c", "c", "c"]).0.len(), 0);
    }

    #[test]
    fn what_comes_back_is_known_by_its_last_line() {
        let lines = find(&["a", "b", "a", "a", "c", "b"]);
        assert!(lines.comes_back(b"a", 0));
        assert!(lines.comes_back(b"a", 2));
        assert!(!lines.comes_back(b"a", 3));
        assert!(lines.comes_back(b"b", 1));
        assert!(!lines.comes_back(b"c", 4));
    }

    #[test]
    fn a_hundred_thousand_purchases_leave_next_to_no_entries() {
        let mut finder = RunFinder::new();
        for line in 0..100_000_u64 {
            finder.line(line, line.to_string().as_bytes());
        }
        assert!(finder.last_lines.len() < 10, "{}", finder.last_lines.len());
    }
}

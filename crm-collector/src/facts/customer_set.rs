//! Sets of customers, small on disk and quick to unite.
//!
//! Customers are numbered from 1 without gaps worth speaking of, so a set is either a list of
//! differences or a bitmap, whichever serves better; uniting ten million entries then is a
//! matter of milliseconds, and counts of distinct customers are exact.

/// A bitmap that grows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits(Vec<u64>);

impl Bits {
    /// Puts in one customer; whether it was not in before.
    pub fn insert(&mut self, customer: u32) -> bool {
        let (word, mask) = (customer as usize / 64, 1 << (customer % 64));
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        let fresh = self.0[word] & mask == 0;
        self.0[word] |= mask;
        fresh
    }

    /// Puts in all of a set; how many of them were not in before.
    pub fn insert_all(&mut self, set: CustomerSet<'_>) -> i64 {
        let mut fresh = 0;
        if let Some(bytes) = set.bitmap() {
            if self.0.len() < bytes.len().div_ceil(8) {
                self.0.resize(bytes.len().div_ceil(8), 0);
            }
            for (word, chunk) in self.0.iter_mut().zip(words(bytes)) {
                fresh += i64::from((chunk & !*word).count_ones());
                *word |= chunk;
            }
        } else {
            set.for_each(|customer| fresh += i64::from(self.insert(customer)));
        }
        fresh
    }

    /// Puts in all of another bitmap.
    pub fn unite(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (word, added) in self.0.iter_mut().zip(&other.0) {
            *word |= added;
        }
    }

    /// Whether a customer is in.
    pub fn contains(&self, customer: u32) -> bool {
        self.0.get(customer as usize / 64).is_some_and(|word| word & (1 << (customer % 64)) != 0)
    }

    /// How many are in.
    pub fn count(&self) -> i64 {
        self.0.iter().map(|word| i64::from(word.count_ones())).sum()
    }

    /// Takes all out, keeping the memory.
    pub fn clear(&mut self) {
        self.0.fill(0);
    }

    /// Calls `each` with every customer, in order.
    pub fn for_each(&self, mut each: impl FnMut(u32)) {
        for (base, word) in (0_u32..).step_by(64).zip(&self.0) {
            let mut rest = *word;
            while rest != 0 {
                each(base + rest.trailing_zeros());
                rest &= rest - 1;
            }
        }
    }
}

/// A set of customers in its stored form: a tag, then differences or a bitmap.
#[derive(Clone, Copy, Debug)]
pub struct CustomerSet<'a>(&'a [u8]);

const LIST: u8 = 0;
const BITMAP: u8 = 1;
/// A bitmap is united many times faster than a list is walked, so it may be this much larger.
const BITMAP_MAY_BE_LARGER: usize = 3;

impl<'a> CustomerSet<'a> {
    /// Over bytes that [`CustomerSet::encode`] wrote. Other bytes give some other set.
    pub fn from_bytes(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Appends the stored form of customers that are sorted and distinct.
    pub fn encode(sorted: &[u32], out: &mut Vec<u8>) {
        let start = out.len();
        out.push(LIST);
        let mut previous = 0;
        for &customer in sorted {
            let mut delta = customer - previous;
            previous = customer;
            while delta >= 0x80 {
                out.push((delta & 0x7f) as u8 | 0x80);
                delta >>= 7;
            }
            out.push((delta & 0x7f) as u8);
        }
        let bitmap_bytes = sorted.last().map_or(0, |&last| last as usize / 8 + 1);
        if bitmap_bytes <= (out.len() - start) * BITMAP_MAY_BE_LARGER && !sorted.is_empty() {
            out.truncate(start);
            out.push(BITMAP);
            out.resize(start + 1 + bitmap_bytes, 0);
            for &customer in sorted {
                out[start + 1 + customer as usize / 8] |= 1 << (customer % 8);
            }
        }
    }

    /// Calls `each` with every customer, in order.
    #[inline]
    pub fn for_each(self, mut each: impl FnMut(u32)) {
        if let Some(bytes) = self.bitmap() {
            for (base, mut rest) in (0_u32..).step_by(64).zip(words(bytes)) {
                while rest != 0 {
                    each(base + rest.trailing_zeros());
                    rest &= rest - 1;
                }
            }
            return;
        }
        let mut bytes = self.0.get(1..).unwrap_or_default().iter();
        let mut customer = 0_u32;
        while let Some(&byte) = bytes.next() {
            let mut delta = u32::from(byte & 0x7f);
            if byte & 0x80 != 0 {
                let mut shift = 7;
                for &byte in bytes.by_ref() {
                    delta |= u32::from(byte & 0x7f).wrapping_shl(shift);
                    shift += 7;
                    if byte & 0x80 == 0 {
                        break;
                    }
                }
            }
            customer = customer.wrapping_add(delta);
            each(customer);
        }
    }

    /// Its customers as a list.
    pub fn to_vec(self) -> Vec<u32> {
        let mut customers = Vec::new();
        self.for_each(|customer| customers.push(customer));
        customers
    }

    fn bitmap(self) -> Option<&'a [u8]> {
        match self.0.split_first() {
            Some((&BITMAP, bytes)) => Some(bytes),
            _ => None,
        }
    }
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u64> + '_ {
    let (whole, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let last = (!rest.is_empty()).then_some(u64::from_le_bytes(last));
    whole.iter().map(|chunk| u64::from_le_bytes(*chunk)).chain(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::btree_set;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_set_holds_what_was_put_in(
            sparse in btree_set(0_u32..5_000_000, 0..200),
            dense in btree_set(0_u32..500, 0..400),
        ) {
            let mut bits = Bits::default();
            let mut fresh = 0;
            for set in [&sparse, &dense, &sparse] {
                let sorted: Vec<u32> = set.iter().copied().collect();
                let mut bytes = Vec::new();
                CustomerSet::encode(&sorted, &mut bytes);
                let stored = CustomerSet::from_bytes(&bytes);
                prop_assert_eq!(stored.to_vec(), sorted);
                fresh += bits.insert_all(stored);
            }
            let united: Vec<u32> = sparse.union(&dense).copied().collect();
            let mut listed = Vec::new();
            bits.for_each(|customer| listed.push(customer));
            prop_assert_eq!(&listed, &united);
            prop_assert_eq!(bits.count(), fresh);
            prop_assert!(united.iter().all(|&customer| bits.contains(customer)));
        }

        #[test]
        fn foreign_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut count = 0_usize;
            CustomerSet::from_bytes(&bytes).for_each(|_| count += 1);
            prop_assert!(count <= bytes.len() * 8);
        }
    }

    #[test]
    fn a_crowded_set_is_stored_as_a_bitmap() {
        let sorted: Vec<u32> = (0..10_000).filter(|n| n % 3 == 0).collect();
        let mut bytes = Vec::new();
        CustomerSet::encode(&sorted, &mut bytes);
        assert_eq!(bytes.len(), 1 + 1_250);
    }
}

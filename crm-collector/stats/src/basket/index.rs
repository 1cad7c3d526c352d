//! Which baskets hold an item, kept up to date basket by basket; what is bought together is counted
//! when it is asked for.

use super::chance::Company;
use super::{Baskets, PairOptions, Pairs, pairs};

/// Baskets, found by the items in them.
///
/// Adding a basket costs some nanoseconds an item, for nothing is counted until it is asked for:
/// the pairs of one item then cost a pass over the baskets that hold it, those of all items about a
/// nanosecond for each two items that ever met in a basket.
#[derive(Clone, Debug, Default)]
pub struct BasketIndex {
    pub(super) baskets: Baskets,
    pub(super) company: Company,
    /// By item, the baskets that hold it, in order.
    pub(super) holders: Vec<Vec<u32>>,
}

impl BasketIndex {
    /// Of some baskets.
    pub fn new(baskets: Baskets) -> Self {
        let mut counts = vec![0; baskets.item_bound()];
        for basket in baskets.iter() {
            basket.items.iter().for_each(|&item| counts[item as usize] += 1);
        }
        let holders = counts.into_iter().map(Vec::with_capacity).collect();
        let mut index = Self { baskets, company: Company::default(), holders };
        for number in 0..index.baskets.len() {
            index.note(number);
        }
        index
    }

    /// Adds one basket; whether it was kept, as by [`Baskets::push`].
    pub fn add(&mut self, customer: u32, day: i32, items: &[u32]) -> bool {
        let kept = self.baskets.push(customer, day, items);
        if kept {
            self.holders.resize(self.baskets.item_bound(), Vec::new());
            self.note(self.baskets.len() - 1);
        }
        kept
    }

    fn note(&mut self, number: usize) {
        let Some(basket) = self.baskets.get(number) else { return };
        self.company.add(basket.items);
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        for &item in basket.items {
            self.holders[item as usize].push(number);
        }
    }

    /// The baskets.
    pub fn baskets(&self) -> &Baskets {
        &self.baskets
    }

    /// In how many baskets an item is.
    pub fn count(&self, item: u32) -> u32 {
        let holders = self.holders.get(item as usize).map_or(0, Vec::len);
        u32::try_from(holders).unwrap_or(u32::MAX)
    }

    /// How many baskets hold both items.
    pub fn count_together(&self, a: u32, b: u32) -> u32 {
        let of = |item: u32| self.holders.get(item as usize).map_or(&[][..], Vec::as_slice);
        let (fewer, more) = if of(a).len() < of(b).len() { (of(a), of(b)) } else { (of(b), of(a)) };
        let mut rest = more;
        let mut both = 0;
        for basket in fewer {
            rest = &rest[rest.partition_point(|other| other < basket)..];
            both += u32::from(rest.first() == Some(basket));
        }
        both
    }

    /// All pairs that are bought together more often than by chance, on up to `threads` threads.
    pub fn pairs(&self, options: &PairOptions, threads: usize) -> Pairs {
        pairs::all(self, options, threads)
    }

    /// What is bought together with an item more often than by chance; `a` is the item asked for.
    pub fn together(&self, item: u32, options: &PairOptions) -> Pairs {
        pairs::of_item(self, item, options)
    }
}

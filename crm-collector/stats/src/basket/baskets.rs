//! Baskets in compressed rows: what was bought together, by whom, on which day. A few bytes a line,
//! a bound on how many there may be, and a count of what the bound left out.

/// The customer of a basket that nobody is known to have bought. It counts for pairs and for what
/// is popular, and for no customer.
pub const ANONYMOUS: u32 = 0;

/// One basket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Basket<'a> {
    /// Who bought; [`ANONYMOUS`] if that is not known.
    pub customer: u32,
    /// When, in days since 1970-01-01.
    pub day: i32,
    /// What, by number, in order and each item once.
    pub items: &'a [u32],
}

/// Many baskets.
///
/// Items and customers are numbers from 1 without gaps worth speaking of, as the store gives them:
/// memory and time grow with the largest item number, which is why there is a highest one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baskets {
    /// Where the items of each basket begin, and past the last one.
    starts: Vec<u32>,
    items: Vec<u32>,
    customers: Vec<u32>,
    days: Vec<i32>,
    item_bound: u32,
    limit_lines: usize,
    left_out: usize,
}

impl Default for Baskets {
    fn default() -> Self {
        Self::new()
    }
}

impl Baskets {
    /// Lines that are kept unless asked otherwise: 256 MiB of items.
    pub const DEFAULT_LIMIT_LINES: usize = 1 << 26;
    /// Items are numbered below this.
    pub const ITEM_END: u32 = 1 << 22;
    /// Items of one basket at the most: what is more is no basket, and pairs grow with its square.
    pub const WIDEST: usize = 4_096;

    /// None yet.
    pub fn new() -> Self {
        Self::with_limit(Self::DEFAULT_LIMIT_LINES)
    }

    /// None yet, and never more than so many lines (an item in a basket is a line). Whoever has
    /// more puts in the newest first: what comes when it is full is left out.
    pub fn with_limit(lines: usize) -> Self {
        Self {
            starts: vec![0],
            items: Vec::new(),
            customers: Vec::new(),
            days: Vec::new(),
            item_bound: 0,
            limit_lines: lines.min(u32::MAX as usize),
            left_out: 0,
        }
    }

    /// Gathers lines in any order into baskets, one for each customer and day; each line is a
    /// customer, a day and an item. Anonymous lines cannot be told apart and are left out.
    pub fn of_lines(mut lines: Vec<(u32, i32, u32)>) -> Self {
        lines.sort_unstable();
        let mut baskets = Self::new();
        let mut items = Vec::new();
        for basket in lines.chunk_by(|one, next| (one.0, one.1) == (next.0, next.1)) {
            items.clear();
            items.extend(basket.iter().map(|line| line.2));
            match basket.first() {
                Some(&(customer, day, _)) if customer != ANONYMOUS => {
                    baskets.push(customer, day, &items);
                }
                _ => baskets.left_out += 1,
            }
        }
        baskets
    }

    /// Puts in a basket, whose items may come in any order and more than once. Whether it was kept:
    /// not if it is empty, holds more than [`Self::WIDEST`], names an item of [`Self::ITEM_END`] or
    /// above, or finds no room.
    pub fn push(&mut self, customer: u32, day: i32, items: &[u32]) -> bool {
        let start = self.items.len();
        self.items.extend_from_slice(items);
        self.items[start..].sort_unstable();
        let mut end = start;
        for index in start..self.items.len() {
            if end == start || self.items[index] != self.items[end - 1] {
                self.items[end] = self.items[index];
                end += 1;
            }
        }
        let largest = self.items[start..end].last().copied();
        let fits =
            largest.is_some_and(|largest| largest < Self::ITEM_END) && end - start <= Self::WIDEST;
        match u32::try_from(end) {
            Ok(stop) if fits && end <= self.limit_lines => {
                self.items.truncate(end);
                self.starts.push(stop);
                self.customers.push(customer);
                self.days.push(day);
                self.item_bound = self.item_bound.max(largest.unwrap_or(0) + 1);
                true
            }
            _ => {
                self.items.truncate(start);
                self.left_out += 1;
                false
            }
        }
    }

    /// Gives back the room for what was not put in.
    pub fn shrink_to_fit(&mut self) {
        self.starts.shrink_to_fit();
        self.items.shrink_to_fit();
        self.customers.shrink_to_fit();
        self.days.shrink_to_fit();
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.customers.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.customers.is_empty()
    }

    /// How many items they hold, an item of two baskets counted twice.
    pub fn lines(&self) -> usize {
        self.items.len()
    }

    /// Baskets that were not kept.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// One more than the largest item.
    pub fn item_bound(&self) -> usize {
        self.item_bound as usize
    }

    /// One of them, in the order in which they were put in.
    pub fn get(&self, index: usize) -> Option<Basket<'_>> {
        let (&customer, &day) = (self.customers.get(index)?, self.days.get(index)?);
        let range = *self.starts.get(index)? as usize..*self.starts.get(index + 1)? as usize;
        Some(Basket { customer, day, items: self.items.get(range)? })
    }

    /// All of them, in the order in which they were put in.
    pub fn iter(&self) -> impl Iterator<Item = Basket<'_>> {
        let ranges = self.starts.windows(2).map(|pair| pair[0] as usize..pair[1] as usize);
        let who_and_when = self.customers.iter().zip(&self.days);
        ranges.zip(who_and_when).map(|(range, (&customer, &day))| Basket {
            customer,
            day,
            items: &self.items[range],
        })
    }

    /// The same with one basket for each customer and day, in order of customer and day. Anonymous
    /// baskets stay single, first, by day. Nothing of the order in which they were put in remains.
    pub fn by_day(&self) -> Self {
        let mut order: Vec<usize> = (0..self.len()).collect();
        let key = |&index: &usize| {
            self.get(index).map(|basket| (basket.customer, basket.day, basket.items))
        };
        order.sort_unstable_by(|one, other| key(one).cmp(&key(other)));
        let mut merged = Self::with_limit(self.limit_lines);
        merged.left_out = self.left_out;
        let mut items = Vec::new();
        let same = |one: &usize, next: &usize| {
            let customer = self.customers[*one];
            customer != ANONYMOUS
                && (customer, self.days[*one]) == (self.customers[*next], self.days[*next])
        };
        for group in order.chunk_by(same) {
            items.clear();
            for basket in group.iter().filter_map(|&index| self.get(index)) {
                items.extend_from_slice(basket.items);
            }
            if let Some(&first) = group.first() {
                merged.push(self.customers[first], self.days[first], &items);
            }
        }
        merged.shrink_to_fit();
        merged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_basket_holds_each_item_once_and_in_order() {
        let mut baskets = Baskets::new();
        assert!(baskets.push(7, 100, &[5, 3, 5, 9, 3]));
        assert_eq!(baskets.get(0), Some(Basket { customer: 7, day: 100, items: &[3, 5, 9] }));
        assert_eq!((baskets.len(), baskets.lines(), baskets.item_bound()), (1, 3, 10));
        assert_eq!(baskets.get(1), None);
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_counted() {
        let mut baskets = Baskets::with_limit(4);
        assert!(!baskets.push(1, 0, &[]));
        assert!(!baskets.push(1, 0, &[1, Baskets::ITEM_END]));
        let wide: Vec<u32> = (0..=4_096).collect();
        assert!(!Baskets::new().push(1, 0, &wide));
        assert!(Baskets::new().push(1, 0, &wide[1..]));
        assert!(baskets.push(1, 0, &[1, 2, 3]));
        assert!(!baskets.push(1, 1, &[1, 2]));
        assert!(baskets.push(1, 2, &[4]));
        assert_eq!((baskets.len(), baskets.lines(), baskets.left_out()), (2, 4, 3));
    }

    #[test]
    fn a_customer_has_one_basket_a_day_whatever_the_order() {
        let mut forth = Baskets::new();
        let all: [(u32, i32, &[u32]); 6] = [
            (2, 9, &[1]),
            (1, 9, &[4, 2]),
            (1, 8, &[3]),
            (1, 9, &[4, 7]),
            (ANONYMOUS, 9, &[8]),
            (ANONYMOUS, 9, &[6]),
        ];
        all.iter().for_each(|&(customer, day, items)| assert!(forth.push(customer, day, items)));
        let mut back = Baskets::new();
        all.iter()
            .rev()
            .for_each(|&(customer, day, items)| assert!(back.push(customer, day, items)));
        let found: Vec<_> =
            forth.by_day().iter().map(|b| (b.customer, b.day, b.items.to_vec())).collect();
        let expected = [
            (ANONYMOUS, 9, vec![6]),
            (ANONYMOUS, 9, vec![8]),
            (1, 8, vec![3]),
            (1, 9, vec![2, 4, 7]),
            (2, 9, vec![1]),
        ];
        assert_eq!(found, expected);
        assert_eq!(back.by_day(), forth.by_day());
    }

    #[test]
    fn lines_in_any_order_make_the_same_baskets() {
        let lines = vec![(1, 9, 4), (2, 9, 1), (1, 8, 3), (1, 9, 2), (1, 9, 4), (ANONYMOUS, 9, 1)];
        let baskets = Baskets::of_lines(lines);
        let found: Vec<_> = baskets.iter().map(|b| (b.customer, b.day, b.items.to_vec())).collect();
        assert_eq!(found, [(1, 8, vec![3]), (1, 9, vec![2, 4]), (2, 9, vec![1])]);
        assert_eq!(baskets.left_out(), 1);
    }
}

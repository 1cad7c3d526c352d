//! Counting customers exactly: distinct in each period, distinct over all, and new ones.

use std::ops::Range;

use crate::analytics::period::Periods;
use crate::facts::{Bits, CustomerSet};

/// Counts the buyers of periods from the sets of their days.
///
/// A customer is new in the period of the first purchase ever, so the days have to come in order, and
/// whoever bought before them has to be known.
pub struct BuyersByPeriod<'a> {
    periods: &'a Periods,
    days: Range<i32>,
    /// Everybody who has bought so far.
    ever: Bits,
    /// Everybody who has bought in the range, but for the period at hand.
    in_range: Bits,
    /// Everybody who has bought in the period at hand.
    in_period: Bits,
    period: usize,
    counts: Vec<PeriodBuyers>,
}

/// The buyers of one period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PeriodBuyers {
    /// Distinct customers with a sale.
    pub customers: i64,
    /// Those of them whose first sale it was.
    pub new_customers: i64,
}

impl<'a> BuyersByPeriod<'a> {
    /// Counts by these periods, over the days of a range, where these have bought before.
    pub fn new(periods: &'a Periods, days: Range<i32>, before: Bits) -> Self {
        Self {
            periods,
            days,
            ever: before,
            in_range: Bits::default(),
            in_period: Bits::default(),
            period: 0,
            counts: vec![PeriodBuyers::default(); periods.len()],
        }
    }

    /// Adds the buyers of a day, which is not before any day added so far.
    pub fn add(&mut self, day: i32, buyers: CustomerSet<'_>) {
        if !self.days.contains(&day) {
            return;
        }
        let fresh = self.ever.insert_all(buyers);
        let Some(period) = self.periods.index_of(day) else { return };
        if period != self.period {
            self.close_period();
            self.period = period;
        }
        self.counts[period].new_customers += fresh;
        self.counts[period].customers += self.in_period.insert_all(buyers);
    }

    fn close_period(&mut self) {
        self.in_range.unite(&self.in_period);
        self.in_period.clear();
    }

    /// The buyers of each period, and of all days together.
    pub fn finish(mut self) -> (Vec<PeriodBuyers>, PeriodBuyers) {
        self.close_period();
        let new_customers = self.counts.iter().map(|count| count.new_customers).sum();
        let total = PeriodBuyers { customers: self.in_range.count(), new_customers };
        (self.counts, total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crm_api::Bucket;

    #[test]
    fn customers_are_distinct_and_new_ones_are_new_once() {
        let periods = Periods::new(Bucket::Day, 10..13);
        let mut before = Bits::default();
        before.insert(1);
        let mut counter = BuyersByPeriod::new(&periods, 10..13, before);
        let days: [(i32, &[u32]); 5] =
            [(3, &[9]), (10, &[1, 2]), (10, &[2, 3]), (12, &[2, 9]), (13, &[50])];
        for (day, customers) in days {
            let mut bytes = Vec::new();
            CustomerSet::encode(customers, &mut bytes);
            counter.add(day, CustomerSet::from_bytes(&bytes));
        }
        let (counts, total) = counter.finish();
        let pairs: Vec<_> = counts.iter().map(|c| (c.customers, c.new_customers)).collect();
        assert_eq!(pairs, [(3, 2), (0, 0), (2, 1)]);
        assert_eq!((total.customers, total.new_customers), (4, 3));
    }
}

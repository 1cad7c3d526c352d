//! How far sales wander because customers come and go. A country of a few dozen customers sells more
//! for years when some large ones have come, and nothing changed but whom chance brought. No series
//! of weeks shows how far that goes, as such a wandering looks like a step; the customers do.

use super::shop::Shop;

/// The variance of the logarithm of what is sold since a period over what was sold before it, that
/// follows from customers who bought on one side of it alone.
#[derive(Clone, Debug)]
pub(super) struct Turnover {
    by_period: Vec<f64>,
}

impl Turnover {
    /// Each customer is a draw: those who are there only before a period, or only since, add the square
    /// of their share of what was bought on their side. Of d days with a purchase d (d − 1) are counted,
    /// which leaves the chance of single purchases out: the noise of the series has that already.
    pub(super) fn of(shop: &Shop) -> Self {
        let bounds = &shop.calendar.bounds;
        let count = shop.calendar.len();
        let mut left = vec![0.0; count + 1];
        let mut came = vec![0.0; count + 1];
        let mut all = 0.0;
        for customer in &shop.customers {
            let days = f64::from(customer.days);
            let weight = days * (days - 1.0);
            all += days;
            // The first period that begins after the last purchase; the last that begins by the first.
            left[bounds.partition_point(|bound| *bound <= customer.last_day).min(count)] += weight;
            let first = bounds.partition_point(|bound| *bound <= customer.first_day);
            came[first.saturating_sub(1)] += weight;
        }
        let sold: f64 = shop.whole.iter().sum();
        let mut variance = vec![0.0; count];
        let (mut gone, mut new) = (0.0, came.iter().sum::<f64>());
        let mut before = 0.0;
        for period in 0..count {
            gone += left[period];
            // Who first bought within the period before this one was there before it.
            if let Some(last) = period.checked_sub(1) {
                new -= came[last];
                before += shop.whole[last];
            }
            let share = before / sold;
            let (early, late) = (all * share, all * (1.0 - share));
            let one = gone / (early * early) + new / (late * late);
            variance[period] = if one.is_finite() { one } else { 0.0 };
        }
        Self { by_period: variance }
    }

    /// Of all sales, since a period.
    pub(super) fn of_whole(&self, since: usize) -> f64 {
        self.by_period.get(since).copied().unwrap_or(0.0)
    }

    /// Of the square root of the share of a part whose customers are its own: a country's. The smaller
    /// the share the fewer they are, which cancels with how the root moves.
    pub(super) fn of_root_share(&self, since: usize, share: f64) -> f64 {
        0.25 * (1.0 - share.clamp(0.0, 1.0)) * self.of_whole(since)
    }

    /// Of the rise of a line along all periods: twice what one half has beyond the other.
    pub(super) fn of_root_share_rise(&self, share: f64) -> f64 {
        4.0 * self.of_root_share(self.by_period.len() / 2, share)
    }
}

/// The share of the whole that values have.
pub(super) fn share_of(money: &[f64], whole: &[f64]) -> f64 {
    let share = money.iter().sum::<f64>() / whole.iter().sum::<f64>();
    if share.is_finite() { share } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::super::shop::{Calendar, Customer};
    use super::*;

    fn shop(customers: Vec<Customer>) -> Shop {
        let bounds = (0..=10).map(|week| 7 * week).collect();
        let calendar = Calendar { bounds, year: 52 };
        Shop { calendar, whole: vec![10.0; 10], dimensions: Vec::new(), customers }
    }

    fn customers(count: usize, first_day: i32, last_day: i32, days: u32) -> Vec<Customer> {
        vec![Customer { first_day, last_day, days }; count]
    }

    #[test]
    fn customers_who_stay_move_nothing_and_few_who_come_and_go_move_much() {
        let stay = Turnover::of(&shop(customers(100, 0, 69, 10)));
        assert_eq!(stay.of_whole(5), 0.0);
        let in_turn = |count| {
            let mut all = customers(count, 0, 34, 5);
            all.extend(customers(count, 35, 69, 5));
            Turnover::of(&shop(all)).of_whole(5)
        };
        // Fifty on either side: twice 1/50, less the chance of their single purchases.
        assert!((in_turn(50) - 2.0 / 50.0 * 4.0 / 5.0).abs() < 1e-12, "{}", in_turn(50));
        assert!((in_turn(5) / in_turn(50) - 10.0).abs() < 1e-9);
    }

    #[test]
    fn single_purchases_and_nobody_move_nothing() {
        for customers in [customers(30, 3, 3, 1), Vec::new()] {
            let turnover = Turnover::of(&shop(customers));
            assert!((0..10).all(|period| turnover.of_whole(period) == 0.0));
        }
        assert_eq!(Turnover::of(&shop(Vec::new())).of_whole(99), 0.0);
    }
}

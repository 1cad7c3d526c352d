//! Purchases as histories: one entry a customer and day, sorted, refunds apart.
//!
//! Several lines of a customer on one day are one purchase, as the literature has it.

use super::model::Purchase;

/// All customers' purchase days up to the as-of date.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Histories {
    /// Ascending.
    pub(super) customers: Vec<u32>,
    /// Where each customer's days begin, and where the last one's end.
    starts: Vec<usize>,
    /// Ascending for each customer; never empty.
    days: Vec<i32>,
    /// Money of each of these days, refunds not taken off.
    amounts: Vec<f64>,
    /// Refunded in all, a customer; above zero.
    pub(super) refunds: Vec<f64>,
    /// Customers who had not bought by the as-of date.
    pub(super) later_customers: usize,
    /// Lines with an amount that is no number, or larger than any sum of money.
    pub(super) unreadable: usize,
}

/// More than any currency is counted in; squares and products of larger ones overflow.
const LARGEST_AMOUNT: f64 = 1e15;

impl Histories {
    pub(super) fn new(purchases: &[Purchase], as_of: i32) -> Self {
        let mut histories = Self { starts: vec![0], ..Self::default() };
        let mut sorted: Vec<(u32, i32, f64)> = Vec::with_capacity(purchases.len());
        for purchase in purchases {
            if purchase.amount.abs() <= LARGEST_AMOUNT {
                sorted.push((purchase.customer, purchase.day, purchase.amount));
            } else {
                histories.unreadable += 1;
            }
        }
        // Also by amount, so that sums do not depend on the order that lines came in.
        sorted
            .sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| a.2.total_cmp(&b.2)));
        for lines in sorted.chunk_by(|a, b| a.0 == b.0) {
            histories.push(lines, as_of);
        }
        histories
    }

    fn push(&mut self, lines: &[(u32, i32, f64)], as_of: i32) {
        let from = self.days.len();
        let mut refunded = 0.0;
        for &(_, day, amount) in lines.iter().take_while(|line| line.1 <= as_of) {
            if amount < 0.0 {
                refunded -= amount;
                continue;
            }
            match (self.days[from..].last(), self.amounts.last_mut()) {
                (Some(&last), Some(sum)) if last == day => *sum += amount,
                _ => {
                    self.days.push(day);
                    self.amounts.push(amount);
                }
            }
        }
        if self.days.len() == from {
            self.later_customers += 1;
            return;
        }
        self.customers.push(lines[0].0);
        self.starts.push(self.days.len());
        self.refunds.push(refunded);
    }

    pub(super) fn len(&self) -> usize {
        self.customers.len()
    }

    /// A customer's purchase days.
    pub(super) fn days(&self, index: usize) -> &[i32] {
        &self.days[self.starts[index]..self.starts[index + 1]]
    }

    /// The money of each of these days.
    pub(super) fn amounts(&self, index: usize) -> &[f64] {
        &self.amounts[self.starts[index]..self.starts[index + 1]]
    }

    /// The purchase days of a customer up to a day.
    pub(super) fn days_until(&self, index: usize, day: i32) -> &[i32] {
        let days = self.days(index);
        &days[..days.partition_point(|&at| at <= day)]
    }

    /// The earliest purchase day of all.
    pub(super) fn first_day(&self) -> Option<i32> {
        (0..self.len()).filter_map(|index| self.days(index).first().copied()).min()
    }
}

/// How many purchases all customers made up to any day.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PurchaseDays {
    /// Days with purchases, ascending, with the purchases up to the end of each.
    through: Vec<(i32, u64)>,
}

impl PurchaseDays {
    pub(super) fn of(histories: &Histories) -> Self {
        let mut days = histories.days.clone();
        days.sort_unstable();
        let mut count = 0;
        let through = days.chunk_by(|one, next| one == next).map(|same| {
            count += same.len() as u64;
            (same[0], count)
        });
        Self { through: through.collect() }
    }

    /// The earliest of them.
    pub(super) fn first(&self) -> Option<i32> {
        self.through.first().map(|(day, _)| *day)
    }

    /// Purchases after one day, until another.
    pub(super) fn between(&self, after: i32, until: i32) -> f64 {
        self.until(until) as f64 - self.until(after) as f64
    }

    fn until(&self, day: i32) -> u64 {
        let days = self.through.partition_point(|(at, _)| *at <= day);
        days.checked_sub(1).map_or(0, |last| self.through[last].1)
    }

    pub(super) fn bytes(&self) -> usize {
        self.through.len() * size_of::<(i32, u64)>()
    }
}

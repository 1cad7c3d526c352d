//! Cohorts: customers by the month of their first purchase, and what each cohort did in the months
//! since. The two triangles, of retention and of revenue, are in the same cells.

use std::collections::BTreeMap;

use crate::facts::Sums;

/// What cohorts did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cohorts {
    sizes: BTreeMap<i32, i64>,
    /// By month of the first purchase and month of the sale or refund.
    cells: BTreeMap<(i32, i32), Cell>,
    unassigned: Sums,
    buyers: i64,
}

/// What a cohort did in one month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// Members who bought.
    pub customers: i64,
    /// Sales and refunds of all members.
    pub sums: Sums,
}

/// The customers who first bought in one month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cohort {
    /// That month, counted from January 1970.
    pub month: i32,
    /// How many they are, also where that month lies before those that were counted.
    pub customers: i64,
    /// The first month of `cells`, counted from the cohort's own.
    pub first_months_since: i32,
    /// What they did, month after month.
    pub cells: Vec<Cell>,
}

/// Months that are counted at the most: more than two hundred years.
const MOST_MONTHS: i32 = 2_500;

/// Gathers sales and refunds of customers, month by month.
#[derive(Debug, Default)]
pub struct Gathering {
    /// By number of the customer.
    members: Vec<Member>,
    /// Months in which somebody first bought, in order, with how many did.
    cohorts: Vec<(i32, i64)>,
    /// The month that is gathered.
    month: i32,
    /// What the cohorts do in it, in the order of `cohorts`.
    cells: Vec<Cell>,
    gathered: Cohorts,
}

#[derive(Clone, Copy, Default, Debug)]
struct Member {
    cohort: Option<u32>,
    last_counted: Option<i32>,
}

impl Gathering {
    /// Nobody yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what a customer bought or gave back in a month. Months come in order; what lies before
    /// the months asked for only tells who is in which cohort and is not `counted`.
    #[inline]
    pub fn add(&mut self, customer: u32, month: i32, sums: &Sums, counted: bool) {
        if month != self.month {
            self.end_month();
            self.month = month;
        }
        let index = customer as usize;
        if index >= self.members.len() {
            self.members.resize(index + 1, Member::default());
        }
        let member = &mut self.members[index];
        if sums.orders > 0 && member.cohort.is_none() {
            if self.cohorts.last().is_none_or(|(last, _)| *last != month) {
                self.cohorts.push((month, 0));
            }
            member.cohort = u32::try_from(self.cohorts.len() - 1).ok();
            if let Some((_, size)) = self.cohorts.last_mut() {
                *size += 1;
            }
        }
        if !counted {
            return;
        }
        let Some(cohort) = member.cohort else {
            self.gathered.unassigned.add(sums);
            return;
        };
        let cohort = cohort as usize;
        if cohort >= self.cells.len() {
            self.cells.resize(cohort + 1, Cell::default());
        }
        let cell = &mut self.cells[cohort];
        cell.sums.add(sums);
        if sums.orders > 0 && member.last_counted != Some(month) {
            self.gathered.buyers += i64::from(member.last_counted.is_none());
            member.last_counted = Some(month);
            cell.customers += 1;
        }
    }

    fn end_month(&mut self) {
        for (cell, (cohort, _)) in self.cells.drain(..).zip(&self.cohorts) {
            if cell != Cell::default() {
                self.gathered.cells.insert((*cohort, self.month), cell);
            }
        }
    }

    /// All of it.
    pub fn finish(mut self) -> Cohorts {
        self.end_month();
        self.gathered.sizes = self.cohorts.into_iter().collect();
        self.gathered
    }
}

impl Cohorts {
    /// Adds other customers.
    pub fn merge(&mut self, others: &Self) {
        for (month, size) in &others.sizes {
            *self.sizes.entry(*month).or_default() += size;
        }
        for (place, other) in &others.cells {
            let cell = self.cells.entry(*place).or_default();
            cell.customers += other.customers;
            cell.sums.add(&other.sums);
        }
        self.unassigned.add(&others.unassigned);
        self.buyers += others.buyers;
    }

    /// Refunds that were counted of customers who had bought nothing before.
    pub fn unassigned(&self) -> &Sums {
        &self.unassigned
    }

    /// How many customers have bought in the months that were counted.
    pub fn buyers(&self) -> i64 {
        self.buyers
    }

    /// The cohorts, the earliest first, each with a cell for every month from the later of its own
    /// and `from` to before `to`, months counted from January 1970.
    pub fn triangle(&self, from: i32, to: i32) -> Vec<Cohort> {
        let to = to.min(from.saturating_add(MOST_MONTHS));
        let cohort = |(&month, &customers): (&i32, &i64)| {
            let cell = |at: i32| self.cells.get(&(month, at)).copied().unwrap_or_default();
            Cohort {
                month,
                customers,
                first_months_since: from.saturating_sub(month).max(0),
                cells: (from.max(month)..to).map(cell).collect(),
            }
        };
        self.sizes.range(..to).map(cohort).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_sold_is_in_one_cohort(
            mut sales in proptest::collection::vec((-30_i32..30, 0_u32..16, 0_i64..256), 0..100),
        ) {
            // They are gathered in the order of months.
            sales.sort_by_key(|(month, ..)| *month);
            let gathered = |of: &dyn Fn(u32) -> bool| {
                let mut gathering = Gathering::new();
                for (month, customer, gross) in sales.iter().filter(|(_, customer, _)| of(*customer)) {
                    gathering.add(*customer, *month, &sale((*gross).into()), true);
                }
                gathering.finish()
            };
            let cohorts = gathered(&|_| true);
            let mut merged = gathered(&|customer| customer % 3 == 0);
            merged.merge(&gathered(&|customer| customer % 3 != 0));
            prop_assert_eq!(&merged, &cohorts);
            let sold: i128 = sales.iter().map(|(.., gross)| i128::from(*gross)).sum();
            let triangle = cohorts.triangle(-40, 40);
            let cells = triangle.iter().flat_map(|cohort| &cohort.cells);
            let counted: i128 = cells.map(|cell| cell.sums.gross).sum();
            prop_assert_eq!(counted + cohorts.unassigned().gross, sold);
        }
    }

    fn sale(gross: i128) -> Sums {
        Sums { gross, orders: 1, ..Sums::default() }
    }

    fn refund(refunds: i128) -> Sums {
        Sums { refunds, refund_orders: 1, ..Sums::default() }
    }

    /// Customers 1 and 2 begin in month 480, customer 3 in 481; 4 only gives back.
    fn shop(counted_from: i32) -> Cohorts {
        let mut gathering = Gathering::new();
        for (customer, month, sums) in [
            (1, 480, sale(100)),
            (1, 480, sale(50)),
            (2, 480, sale(10)),
            (4, 480, refund(3)),
            (2, 481, refund(10)),
            (3, 481, sale(7)),
            (1, 482, sale(5)),
            (2, 482, sale(2)),
            (3, 482, sale(1)),
        ] {
            gathering.add(customer, month, &sums, month >= counted_from);
        }
        gathering.finish()
    }

    fn figures(cohort: &Cohort) -> Vec<(i64, i64, i128)> {
        cohort.cells.iter().map(|c| (c.customers, c.sums.orders, c.sums.net())).collect()
    }

    #[test]
    fn a_cohort_is_followed_month_by_month_net_of_refunds() {
        let cohorts = shop(480);
        let triangle = cohorts.triangle(480, 483);
        assert_eq!(triangle.len(), 2);
        assert_eq!((triangle[0].month, triangle[0].customers), (480, 2));
        assert_eq!(figures(&triangle[0]), [(2, 3, 160), (0, 0, -10), (2, 2, 7)]);
        assert_eq!((triangle[1].month, triangle[1].customers), (481, 1));
        assert_eq!(figures(&triangle[1]), [(1, 1, 7), (1, 1, 1)]);
        assert_eq!(cohorts.unassigned().refunds, 3);
        assert_eq!(cohorts.buyers(), 3);
    }

    #[test]
    fn months_before_those_asked_for_tell_only_who_is_who() {
        let triangle = shop(482).triangle(482, 483);
        assert_eq!((triangle[0].customers, triangle[0].first_months_since), (2, 2));
        assert_eq!(figures(&triangle[0]), [(2, 2, 7)]);
        assert_eq!((triangle[1].customers, triangle[1].first_months_since), (1, 1));
        assert_eq!(figures(&triangle[1]), [(1, 1, 1)]);
    }

    #[test]
    fn nobody_and_endless_months_are_answered() {
        assert_eq!(Cohorts::default().triangle(0, 10), []);
        let mut one = Gathering::new();
        one.add(1, i32::MIN, &sale(1), true);
        let one = one.finish();
        assert!(one.triangle(i32::MIN, i32::MAX)[0].cells.len() <= 2_500);
        assert_eq!(
            one.triangle(5, 3),
            [Cohort { month: i32::MIN, customers: 1, first_months_since: i32::MAX, cells: vec![] }]
        );
    }
}

//! `repeat`: new against returning customers, and how long they take to come back.

use std::ops::Range;

use crm_api::answer::{Unit, Value};
use crm_models::{Currency, Timestamp};

use super::gaps::Gaps;
use super::{Table, average, average_order, columns, money, text};
use crate::facts::{HistoryEntry, HistoryKind, Sums};

/// Gathers the sales of customers, month by month from the first one that counts on.
pub struct Repeat {
    currency: Currency,
    /// The instants that count; earlier ones tell who is returning.
    from: Timestamp,
    to: Timestamp,
    customers: Vec<Buyer>,
    /// New and returning customers.
    groups: [Group; 2],
}

/// What is remembered of a customer: 16 bytes.
#[derive(Clone, Copy, Default)]
struct Buyer {
    last_sale_ms: i64,
    /// One, or two and more.
    sales: u8,
    returning: bool,
    /// Whether one of the sales was in the days that count.
    counted: bool,
}

impl Repeat {
    /// Of sales in a currency, from one instant to before another.
    pub fn new(currency: Currency, range: Range<Timestamp>) -> Self {
        Self {
            currency,
            from: range.start,
            to: range.end,
            customers: Vec::new(),
            groups: Default::default(),
        }
    }

    /// Adds some entries, those of each customer in order of time.
    pub fn add(&mut self, entries: &[HistoryEntry]) {
        for entry in entries {
            let HistoryKind::Sale(currency, amount) = entry.kind else { continue };
            if currency != self.currency || entry.occurred_at >= self.to {
                continue;
            }
            let index = entry.customer as usize;
            if index >= self.customers.len() {
                self.customers.resize(index + 1, Buyer::default());
            }
            let buyer = &mut self.customers[index];
            let time = entry.occurred_at.millis();
            if entry.occurred_at < self.from {
                buyer.returning = true;
            } else {
                let group = &mut self.groups[usize::from(buyer.returning)];
                group.orders += 1;
                group.sold += i128::from(amount.ten_thousandths());
                group.customers += i64::from(!buyer.counted);
                if buyer.sales > 0 {
                    group.gaps.add(time - buyer.last_sale_ms);
                    // Once for each customer.
                    group.repeated += i64::from(buyer.sales == 1 || !buyer.counted);
                }
                buyer.counted = true;
            }
            buyer.last_sale_ms = time;
            buyer.sales = (buyer.sales + 1).min(2);
        }
    }

    /// Adds what was gathered of other customers.
    pub fn merge(&mut self, others: &Self) {
        for (group, other) in self.groups.iter_mut().zip(&others.groups) {
            group.add(other);
        }
    }

    /// Rows for new, returning and anonymous buyers; `whole` is everything sold on these days.
    pub fn finish(self, whole: &Sums) -> Table {
        let [new, returning] = self.groups;
        let mut all = new.clone();
        all.add(&returning);
        let anonymous_orders = whole.orders - all.orders;
        let anonymous_sold = whole.sold() - all.sold;
        let anonymous = vec![
            text("anonymous"),
            Value::None,
            Value::Count(anonymous_orders),
            money(anonymous_sold),
            average(anonymous_sold, anonymous_orders),
            Value::None,
            Value::None,
            Value::None,
        ];
        let mut totals = all.row(Value::None);
        totals[2] = Value::Count(whole.orders);
        totals[3] = money(whole.sold());
        totals[4] = average_order(whole);
        Table {
            columns: columns(&[
                ("buyers", Unit::Text),
                ("customers", Unit::Count),
                ("orders", Unit::Count),
                ("sold", Unit::Money),
                ("average_order", Unit::Money),
                ("repeat_rate", Unit::Ratio),
                ("median_days_between", Unit::Days),
                ("mean_days_between", Unit::Days),
            ]),
            rows: vec![new.row(text("new")), returning.row(text("returning")), anonymous],
            omitted_rows: 0,
            totals,
        }
    }
}

#[derive(Clone, Default)]
struct Group {
    customers: i64,
    orders: i64,
    sold: i128,
    /// Customers with at least two sales up to the end of the days asked for.
    repeated: i64,
    gaps: Gaps,
}

impl Group {
    fn add(&mut self, other: &Self) {
        self.customers += other.customers;
        self.orders += other.orders;
        self.sold += other.sold;
        self.repeated += other.repeated;
        self.gaps.merge(&other.gaps);
    }

    fn row(&self, name: Value) -> Vec<Value> {
        let days = |tenths: Option<i64>| tenths.map_or(Value::None, Value::Days);
        vec![
            name,
            Value::Count(self.customers),
            Value::Count(self.orders),
            money(self.sold),
            average(self.sold, self.orders),
            Value::ratio(self.repeated, self.customers),
            days(self.gaps.median()),
            days(self.gaps.mean()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crm_models::Amount;
    use proptest::prelude::*;

    use super::*;

    /// Customers, orders and orders of who bought more than once up to the end, of new customers and of
    /// returning ones, counted one customer after the other.
    fn counted(sales: &[(u32, i64)], range: &Range<i64>) -> [(i64, i64, i64); 2] {
        let mut times: BTreeMap<u32, Vec<i64>> = BTreeMap::new();
        for (customer, time) in sales.iter().filter(|(_, time)| *time < range.end) {
            times.entry(*customer).or_default().push(*time);
        }
        let mut counts = [(0, 0, 0); 2];
        for times in times.values() {
            let orders = times.iter().filter(|time| range.contains(time)).count();
            if orders > 0 {
                let of = &mut counts[usize::from(times[0] < range.start)];
                of.0 += 1;
                of.1 += i64::try_from(orders).unwrap();
                of.2 += i64::from(times.len() > 1);
            }
        }
        counts
    }

    proptest! {
        #[test]
        fn shares_of_the_customers_make_the_whole(
            mut sales in prop::collection::vec((0_u32..9, 0_i64..40), 0..60),
            (from, length) in (0_i64..40, 0_i64..40),
        ) {
            sales.sort_by_key(|(_, time)| *time);
            let range = from..from + length;
            let instants =
                Timestamp::from_millis(range.start)..Timestamp::from_millis(range.end);
            let gathered = |of: &dyn Fn(u32) -> bool| {
                let mut repeat = Repeat::new(Currency::GBP, instants.clone());
                for (customer, time) in sales.iter().filter(|(customer, _)| of(*customer)) {
                    repeat.add(&[HistoryEntry {
                        customer: *customer,
                        occurred_at: Timestamp::from_millis(*time),
                        seq: 0,
                        kind: HistoryKind::Sale(Currency::GBP, Amount::from_ten_thousandths(*time)),
                    }]);
                }
                repeat
            };
            let whole = gathered(&|_| true);
            let counts = |repeat: &Repeat| {
                [0, 1].map(|at| {
                    let group = &repeat.groups[at];
                    (group.customers, group.orders, group.repeated)
                })
            };
            prop_assert_eq!(counts(&whole), counted(&sales, &range));
            let mut merged = gathered(&|customer| customer % 2 == 0);
            merged.merge(&gathered(&|customer| customer % 2 == 1));
            let table = |repeat: Repeat| format!("{:?}", repeat.finish(&Sums::default()).rows);
            prop_assert_eq!(table(merged), table(whole));
        }
    }
}

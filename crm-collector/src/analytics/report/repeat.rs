//! `repeat`: new against returning customers, and how long they take to come back.

use std::ops::Range;

use crm_api::answer::{Unit, Value};
use crm_models::{Currency, Timestamp};

use super::gaps::Gaps;
use super::{Table, average, columns, money, text};
use crate::facts::{HistoryEntry, HistoryKind, Sums};

/// Gathers the sales of customers, month by month from the first one that counts on.
pub struct Repeat {
    currency: Currency,
    /// The instants that count; earlier ones tell who is returning.
    from: Timestamp,
    to: Timestamp,
    customers: Vec<Buyer>,
    /// Between consecutive sales of new and of returning customers.
    gaps: [Gaps; 2],
}

/// What is remembered of a customer: 48 bytes.
#[derive(Clone, Copy, Default)]
struct Buyer {
    last_sale: Option<i64>,
    sales: u32,
    sales_in_range: u32,
    gross_in_range: i128,
    returning: bool,
}

impl Repeat {
    /// Of sales in a currency, from one instant to before another.
    pub fn new(currency: Currency, range: Range<Timestamp>) -> Self {
        Self {
            currency,
            from: range.start,
            to: range.end,
            customers: Vec::new(),
            gaps: Default::default(),
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
                buyer.sales_in_range += 1;
                buyer.gross_in_range += i128::from(amount.ten_thousandths());
                if let Some(last) = buyer.last_sale {
                    self.gaps[usize::from(buyer.returning)].add(time - last);
                }
            }
            buyer.last_sale = Some(time);
            buyer.sales += 1;
        }
    }

    /// Rows for new, returning and anonymous buyers; `whole` is everything sold on these days.
    pub fn finish(self, whole: &Sums) -> Table {
        let mut groups = [Group::default(), Group::default()];
        for buyer in self.customers.iter().filter(|buyer| buyer.sales_in_range > 0) {
            let group = &mut groups[usize::from(buyer.returning)];
            group.customers += 1;
            group.orders += i64::from(buyer.sales_in_range);
            group.gross += buyer.gross_in_range;
            group.repeated += i64::from(buyer.sales >= 2);
        }
        for (group, gaps) in groups.iter_mut().zip(self.gaps) {
            group.gaps = gaps;
        }
        let mut all = groups[0].clone();
        all.add(&groups[1]);
        let [new, returning] = groups;
        let anonymous_orders = whole.orders - all.orders;
        let anonymous_gross = whole.gross - all.gross;
        let anonymous = vec![
            text("anonymous"),
            Value::None,
            Value::Count(anonymous_orders),
            money(anonymous_gross),
            average(anonymous_gross, anonymous_orders),
            Value::None,
            Value::None,
            Value::None,
        ];
        let mut totals = all.row(Value::None);
        totals[2] = Value::Count(whole.orders);
        totals[3] = money(whole.gross);
        totals[4] = average(whole.gross, whole.orders);
        Table {
            columns: columns(&[
                ("buyers", Unit::Text),
                ("customers", Unit::Count),
                ("orders", Unit::Count),
                ("gross", Unit::Money),
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
    gross: i128,
    /// Customers with at least two sales up to the end of the days asked for.
    repeated: i64,
    gaps: Gaps,
}

impl Group {
    fn add(&mut self, other: &Self) {
        self.customers += other.customers;
        self.orders += other.orders;
        self.gross += other.gross;
        self.repeated += other.repeated;
        self.gaps.merge(&other.gaps);
    }

    fn row(&self, name: Value) -> Vec<Value> {
        let days = |tenths: Option<i64>| tenths.map_or(Value::None, Value::Days);
        vec![
            name,
            Value::Count(self.customers),
            Value::Count(self.orders),
            money(self.gross),
            average(self.gross, self.orders),
            Value::ratio(self.repeated, self.customers),
            days(self.gaps.median()),
            days(self.gaps.mean()),
        ]
    }
}

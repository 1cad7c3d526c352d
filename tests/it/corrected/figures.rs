//! The figures that follow from what the ledgers hold, added up order by order, and the comparison with
//! the collector's reports.

use std::collections::{BTreeMap, BTreeSet};

use crm_sdk::Timestamp;
use serde_json::Value;

use super::found::Found;
use super::order::{DAYS, Line, Order, State, customer, money, sku};

/// Sums of some orders.
#[derive(Clone, Debug, Default)]
struct Sums {
    gross: i64,
    discounts: i64,
    refunds: i64,
    /// Delivery, tax, tips and fees.
    beside: [i64; 4],
    orders: i64,
    refund_orders: i64,
    anonymous: i64,
    quantity: i64,
    returned: i64,
    /// Orders and money that are pending, and that are cancelled.
    unpaid: [(i64, i64); 2],
    buyers: BTreeSet<u64>,
    /// Those of them who had bought nothing before.
    new_buyers: usize,
    times_ms: Vec<i64>,
}

impl Sums {
    fn add(&mut self, order: &Order) {
        let unpaid = match order.state {
            State::Paid => None,
            State::Pending => Some(0),
            State::Cancelled => Some(1),
        };
        if let Some(which) = unpaid {
            if !order.is_refund {
                let (orders, sum) = &mut self.unpaid[which];
                (*orders, *sum) = (*orders + 1, *sum + order.total());
            }
            return;
        }
        order.lines.iter().for_each(|line| self.add_money(order, line));
        let sign = if order.is_refund { -1 } else { 1 };
        let beside = [order.shipping, order.tax, order.tip, order.fee];
        self.beside.iter_mut().zip(beside).for_each(|(sum, part)| *sum += sign * part);
        self.add_count(order);
    }

    fn add_money(&mut self, order: &Order, line: &Line) {
        if order.is_refund {
            self.refunds += line.gross() - line.discount;
            self.returned += line.quantity;
        } else {
            self.gross += line.gross();
            self.discounts += line.discount;
            self.quantity += line.quantity;
        }
    }

    fn add_count(&mut self, order: &Order) {
        if order.is_refund {
            self.refund_orders += 1;
            return;
        }
        self.orders += 1;
        self.anonymous += i64::from(order.customer.is_none());
        self.buyers.extend(order.customer);
        self.times_ms.push(order.at_ms);
    }

    fn sold(&self) -> i64 {
        self.gross - self.discounts
    }

    fn net(&self) -> i64 {
        self.sold() - self.refunds
    }

    /// The value of a report's column; nothing where that is not compared.
    fn value(&self, column: &str) -> Option<Value> {
        let time = |ms: Option<&i64>| match ms {
            Some(ms) => Timestamp::from_millis(*ms).to_string().into(),
            None => Value::Null,
        };
        let [shipping, tax, tips, fees] = self.beside;
        let [pending, cancelled] = self.unpaid;
        Some(match column {
            "gross" => money(self.gross),
            "discounts" => money(self.discounts),
            "refunds" => money(self.refunds),
            "sold" => money(self.sold()),
            "net" => money(self.net()),
            "shipping" => money(shipping),
            "tax" => money(tax),
            "tips" => money(tips),
            "fees" => money(fees),
            "gift_cards" | "rounding" | "adjustments" => money(0),
            "total" => money(self.net() + shipping + tax + tips + fees),
            "orders" => self.orders.into(),
            "refund_orders" => self.refund_orders.into(),
            "anonymous_orders" => self.anonymous.into(),
            "items" | "quantity" => self.quantity.into(),
            "refund_quantity" => self.returned.into(),
            "customers" => self.buyers.len().into(),
            "new_customers" => self.new_buyers.into(),
            "pending_orders" => pending.0.into(),
            "pending" => money(pending.1),
            "cancelled_orders" => cancelled.0.into(),
            "cancelled" => money(cancelled.1),
            "first_order" => time(self.times_ms.iter().min()),
            "last_order" => time(self.times_ms.iter().max()),
            _ => return None,
        })
    }
}

/// How a report divides what was sold.
struct Division {
    path: &'static str,
    /// The columns that a row is told apart by.
    told_by: &'static [&'static str],
    rows: fn(&Order) -> Rows<'_>,
}

type Row = Vec<String>;

/// The rows that an order belongs to, each with the line that it is about if it is about one.
type Rows<'a> = Vec<(Row, Option<&'a Line>)>;

const DIVISIONS: [Division; 8] = [
    Division {
        path: "sales?bucket=day",
        told_by: &["period"],
        rows: |order| vec![(vec![order.day()], None)],
    },
    Division {
        path: "summary?",
        told_by: &["period"],
        rows: |_| vec![(vec!["current".into()], None)],
    },
    Division {
        path: "heatmap?",
        told_by: &["weekday", "hour"],
        rows: |order| vec![(order.hour_of_the_week().into(), None)],
    },
    Division {
        path: "countries?",
        told_by: &["country"],
        rows: |order| vec![(vec![order.country.unwrap_or_default().into()], None)],
    },
    Division {
        path: "channels?",
        told_by: &["channel"],
        rows: |order| vec![(vec![order.channel.unwrap_or_default().into()], None)],
    },
    Division {
        path: "customers?limit=0",
        told_by: &["customer_id"],
        rows: |order| order.customer.map(|of| (vec![customer(of)], None)).into_iter().collect(),
    },
    Division { path: "products?limit=0", told_by: &["sku"], rows: by_product },
    Division { path: "refunds?limit=0", told_by: &["sku"], rows: by_product },
];

fn by_product(order: &Order) -> Rows<'_> {
    order.lines.iter().map(|line| (vec![sku(line.sku)], Some(line))).collect()
}

/// Holds every report of a currency against what the orders come to.
pub(super) fn compare(found: &mut Found<'_>, orders: &[&Order], currency: &str) {
    let orders = orders.iter().filter(|order| order.currency == currency).collect::<Vec<_>>();
    let mut first_bought: BTreeMap<u64, i64> = BTreeMap::new();
    for order in &orders {
        if let (Some(of), false, State::Paid) = (order.customer, order.is_refund, order.state) {
            let first = first_bought.entry(of).or_insert(order.at_ms);
            *first = order.at_ms.min(*first);
        }
    }
    for Division { path, told_by, rows } in DIVISIONS {
        let (mut whole, mut expected) = (Sums::default(), BTreeMap::<Row, Sums>::new());
        for order in &orders {
            let rows = rows(order);
            if !rows.is_empty() {
                whole.add(order);
            }
            for (row, line) in rows {
                let sums = expected.entry(row).or_default();
                match line {
                    None => sums.add(order),
                    Some(line) if order.state == State::Paid => {
                        sums.add_money(order, line);
                        sums.add_count(order);
                    }
                    Some(_) => {}
                }
            }
        }
        whole.new_buyers = first_bought.len();
        for sums in expected.values_mut() {
            // A row of a day has the orders of that day alone, so it has the first one or has not.
            let first = |of: &&u64| sums.times_ms.contains(&first_bought[of]);
            sums.new_buyers = sums.buyers.iter().filter(first).count();
        }
        let (from, to) = (DAYS[0], DAYS[1]);
        let asked = format!("/v1/reports/{path}&from={from}&to={to}&currency={currency}");
        let mut report = found.get(&asked).unwrap();
        // Only a customer has a first order.
        let totals = report["totals"].as_object_mut().unwrap();
        totals.retain(|column, _| !matches!(&**column, "first_order" | "last_order"));
        compare_row(&asked, &report["totals"], &whole);
        for row in report["rows"].as_array().unwrap() {
            let of = told_by.iter().map(|column| match &row[column] {
                Value::String(text) => text.clone(),
                Value::Null => String::new(),
                number => number.to_string(),
            });
            let sums = expected.remove(&of.collect::<Row>()).unwrap_or_default();
            compare_row(&asked, row, &sums);
        }
        for (row, sums) in expected {
            let counted = match path {
                "refunds?limit=0" => sums.refund_orders,
                _ => sums.orders + sums.refund_orders,
            };
            assert_eq!(counted, 0, "{asked} has no row {row:?} for {sums:?}");
        }
    }
}

#[track_caller]
fn compare_row(asked: &str, row: &Value, expected: &Sums) {
    for (column, found) in row.as_object().unwrap() {
        if let Some(expected) = expected.value(column) {
            assert_eq!(*found, expected, "{column} of {asked}: {row}");
        }
    }
}

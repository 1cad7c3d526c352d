//! `customers`: who is worth most, by net.

use crm_api::answer::{Unit, Value};
use crm_models::{Currency, Timestamp};

use super::{Table, columns, money, optional_text};
use crate::facts::{CustomerName, HistoryEntry, Sums, Top};

/// What each customer brought, gathered entry by entry: sixteen bytes a customer.
pub struct Spending {
    currency: Currency,
    /// Net by number of the customer, 1/10,000; [`NOTHING`] for who has bought nothing.
    net: Vec<i128>,
    total: Sums,
}

/// No customer's net comes near it.
const NOTHING: i128 = i128::MAX;

impl Spending {
    /// Nothing yet.
    pub fn new(currency: Currency) -> Self {
        Self { currency, net: Vec::new(), total: Sums::default() }
    }

    /// Adds some entries of some customers.
    pub fn add(&mut self, entries: &[HistoryEntry]) {
        for entry in entries {
            let Some(sums) = entry.sums(self.currency) else { continue };
            let index = entry.customer as usize;
            if index >= self.net.len() {
                self.net.resize(index + 1, NOTHING);
            }
            let net = &mut self.net[index];
            *net = if *net == NOTHING { sums.net() } else { *net + sums.net() };
            self.total.add(&sums);
        }
    }

    /// The customers who brought most, the first of them first; equal ones in order of number.
    pub fn top(&self, limit: usize) -> Vec<u32> {
        let mut top = Top::new(limit);
        let buyers = (0_u32..).zip(&self.net).filter(|(_, net)| **net != NOTHING);
        buyers.for_each(|(number, net)| top.add(number, *net));
        top.keys()
    }
}

/// One of the best customers, with what the table shows.
#[derive(Clone, Debug)]
pub struct TopCustomer {
    name: CustomerName,
    sums: Sums,
    first_order: Option<Timestamp>,
    last_order: Option<Timestamp>,
}

impl TopCustomer {
    /// Without any entries yet.
    pub fn new(name: CustomerName) -> Self {
        Self { name, sums: Sums::default(), first_order: None, last_order: None }
    }

    /// Adds one of the customer's entries; they come in any order.
    pub fn add(&mut self, entry: &HistoryEntry, currency: Currency) {
        let Some(sums) = entry.sums(currency) else { return };
        self.sums.add(&sums);
        if sums.orders > 0 {
            let time = entry.occurred_at;
            self.first_order = Some(self.first_order.map_or(time, |first| first.min(time)));
            self.last_order = Some(self.last_order.map_or(time, |last| last.max(time)));
        }
    }

    /// What the customer bought and gave back.
    pub fn sums(&self) -> &Sums {
        &self.sums
    }
}

/// One row a customer, the largest net first. Anonymous purchases are nobody's and not in here.
pub fn customers(top: &[TopCustomer], spending: &Spending) -> Table {
    let figures = |sums: &Sums| {
        [money(sums.net()), money(sums.sold()), money(sums.refunds), Value::Count(sums.orders)]
    };
    let row = |customer: &TopCustomer| {
        let time = |time: Option<Timestamp>| time.map_or(Value::None, Value::Time);
        let mut row = vec![
            optional_text(Some(&customer.name.customer_id)),
            optional_text(customer.name.name.as_deref()),
        ];
        row.extend(figures(&customer.sums));
        row.extend([time(customer.first_order), time(customer.last_order)]);
        row
    };
    let mut totals = vec![Value::None, Value::None];
    totals.extend(figures(&spending.total));
    totals.extend([Value::None, Value::None]);
    Table {
        columns: columns(&[
            ("customer_id", Unit::Text),
            ("name", Unit::Text),
            ("net", Unit::Money),
            ("sold", Unit::Money),
            ("refunds", Unit::Money),
            ("orders", Unit::Count),
            ("first_order", Unit::Time),
            ("last_order", Unit::Time),
        ]),
        rows: top.iter().map(row).collect(),
        omitted_rows: spending.net.iter().filter(|net| **net != NOTHING).count() - top.len(),
        totals,
    }
}

//! What was bought and given back, by customer and day.

use std::ops::Range;

use crate::basket::ANONYMOUS;
use crate::cancel::checkpoint;

/// One product of an order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Its number.
    pub product: u32,
    /// How many.
    pub quantity: f32,
    /// Money for all of them, less discounts.
    pub amount: f32,
}

/// An order, or what was given back at once.
#[derive(Clone, Debug)]
struct Order {
    customer: u32,
    day: i32,
    lines: Range<u32>,
}

/// What was bought before a day.
#[derive(Clone, Debug)]
pub struct Ledger {
    as_of: i32,
    lines: Vec<Line>,
    sales: Vec<Order>,
    refunds: Vec<Order>,
}

/// The same, by customer and day.
#[derive(Clone, Debug)]
pub struct Ordered(Ledger);

/// What a customer bought on one day, in one order or several.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bought {
    /// The day.
    pub day: i32,
    /// Money of all its products.
    pub amount: f64,
}

impl Ledger {
    /// An empty one, for what lies before a day.
    pub fn new(as_of: i32) -> Self {
        Self { as_of, lines: Vec::new(), sales: Vec::new(), refunds: Vec::new() }
    }

    /// Adds an order. One of the as-of day or later, and one without lines, is left out.
    pub fn sale(&mut self, customer: u32, day: i32, lines: &[Line]) {
        if let Some(order) = self.add(customer, day, lines) {
            self.sales.push(order);
        }
    }

    /// Adds what was given back, with its money above zero.
    pub fn refund(&mut self, customer: u32, day: i32, lines: &[Line]) {
        if let Some(order) = self.add(customer, day, lines) {
            self.refunds.push(order);
        }
    }

    /// Lines so far.
    pub fn lines(&self) -> usize {
        self.lines.len()
    }

    fn add(&mut self, customer: u32, day: i32, lines: &[Line]) -> Option<Order> {
        let start = u32::try_from(self.lines.len()).ok()?;
        let end = start.checked_add(u32::try_from(lines.len()).ok()?)?;
        if day >= self.as_of || lines.is_empty() {
            return None;
        }
        self.lines.extend_from_slice(lines);
        Some(Order { customer, day, lines: start..end })
    }

    /// Sorted by customer and day.
    pub fn in_order(mut self) -> Ordered {
        let key = |order: &Order| (order.customer, order.day, order.lines.start);
        self.sales.sort_unstable_by_key(key);
        self.refunds.sort_unstable_by_key(key);
        Ordered(self)
    }
}

/// One line with its order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) customer: u32,
    pub(super) day: i32,
    pub(super) line: Line,
}

impl Ordered {
    /// The first day that counts no more.
    pub fn as_of(&self) -> i32 {
        self.0.as_of
    }

    /// Memory that it takes.
    pub fn bytes(&self) -> usize {
        let orders = self.0.sales.capacity() + self.0.refunds.capacity();
        self.0.lines.capacity() * size_of::<Line>() + orders * size_of::<Order>()
    }

    /// Calls with each known customer and the days on which they bought, in order.
    pub(super) fn each_customer(&self, mut told: impl FnMut(u32, &[Bought])) {
        let mut days: Vec<Bought> = Vec::new();
        let known = |order: &&Order| order.customer != ANONYMOUS;
        let mut of = None;
        for order in self.0.sales.iter().filter(known) {
            if of != Some(order.customer) {
                checkpoint();
                if let Some(customer) = of {
                    told(customer, &days);
                }
                of = Some(order.customer);
                days.clear();
            }
            let amount = self.amount(order);
            match days.last_mut() {
                Some(last) if last.day == order.day => last.amount += amount,
                _ => days.push(Bought { day: order.day, amount }),
            }
        }
        if let Some(customer) = of {
            told(customer, &days);
        }
    }

    /// What was sold, line by line, by customer and day.
    pub(super) fn sold(&self) -> impl Iterator<Item = Entry> {
        self.entries(&self.0.sales)
    }

    /// What was given back, line by line.
    pub(super) fn given_back(&self) -> impl Iterator<Item = Entry> {
        self.entries(&self.0.refunds)
    }

    fn entries<'a>(&'a self, orders: &'a [Order]) -> impl Iterator<Item = Entry> + 'a {
        orders.iter().flat_map(|order| {
            let (customer, day) = (order.customer, order.day);
            self.lines_of(order).iter().map(move |line| Entry { customer, day, line: *line })
        })
    }

    fn lines_of(&self, order: &Order) -> &[Line] {
        let range = order.lines.start as usize..order.lines.end as usize;
        self.0.lines.get(range).unwrap_or_default()
    }

    fn amount(&self, order: &Order) -> f64 {
        self.lines_of(order).iter().map(|line| f64::from(line.amount)).sum()
    }
}

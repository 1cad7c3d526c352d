//! Sums of money, orders and units of some purchases: by what they are kept, and what follows from
//! them, such as net sales.

use crm_models::{PurchaseKind, Quantity};

/// What sums are kept by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// Hour of the local day, 0 to 23. Adds up to the whole.
    Hour,
    /// Country label of the purchase; 0 for none. Adds up to the whole.
    Country,
    /// Channel label of the purchase; 0 for none. Adds up to the whole.
    Channel,
    /// Product of a line item. Leaves out purchases without items.
    Product,
    /// What was paid beside the products, see [`Part`].
    Part,
}

/// What was paid beside the products, and orders that are no sale: what the sums of
/// [`Dimension::Part`] are kept by. Those of a part have its money in `gross`, what was given back of
/// it in `refunds`, and how many purchases have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum Part {
    /// Delivery.
    Shipping = 1,
    /// Tax.
    Tax = 2,
    /// Tips.
    Tips = 3,
    /// Fees.
    Fees = 4,
    /// Gift cards that were sold.
    GiftCards = 5,
    /// What totals were rounded by.
    Rounding = 6,
    /// Differences between totals and their parts.
    Adjustments = 7,
    /// Orders that are not paid yet, with their totals.
    Pending = 8,
    /// Orders that were cancelled, with their totals.
    Cancelled = 9,
}

impl Part {
    /// The key of its sums.
    pub fn key(self) -> u32 {
        self as u32
    }
}

/// Additive figures of some purchases, or of their lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Products sold before discounts, without tax, 1/10,000.
    pub gross: i128,
    /// What was taken off, 1/10,000, positive.
    pub discounts: i128,
    /// Products given back, less the discounts on them, 1/10,000, positive.
    pub refunds: i128,
    /// What the products of which that is known cost, less those given back, 1/10,000.
    pub cost: i128,
    /// Net of the products of which the cost is known, 1/10,000.
    pub costed: i128,
    /// Sales.
    pub orders: i64,
    /// Refunds.
    pub refund_orders: i64,
    /// Sales without a customer.
    pub anonymous_orders: i64,
    /// Units sold.
    pub sold: Units,
    /// Units given back.
    pub returned: Units,
}

/// A sum of quantities: whole units, and the 1/10,000 behind the point of each line.
///
/// Apart, so that 64 bits hold each: a line has at most 10^8 units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Units {
    /// Whole units.
    pub whole: i64,
    /// 1/10,000 of one.
    pub fraction: i64,
}

impl Units {
    /// Adds others to these.
    #[inline]
    pub fn add(&mut self, other: Self) {
        self.whole += other.whole;
        self.fraction += other.fraction;
    }

    /// All of them in 1/10,000 of one.
    pub fn ten_thousandths(self) -> i128 {
        i128::from(self.whole) * 10_000 + i128::from(self.fraction)
    }
}

impl From<Quantity> for Units {
    fn from(quantity: Quantity) -> Self {
        let all = quantity.ten_thousandths();
        Self { whole: all.div_euclid(10_000), fraction: all.rem_euclid(10_000) }
    }
}

impl Sums {
    /// Adds other figures to these.
    ///
    /// Nothing overflows: a purchase comes to at most 10^16, so that 128 bits hold the money of
    /// 10^22; a line has at most 10^8 units, so that 64 bits hold those of 10^10 lines and more.
    pub fn add(&mut self, other: &Self) {
        let money = [
            (&mut self.gross, other.gross),
            (&mut self.discounts, other.discounts),
            (&mut self.refunds, other.refunds),
            (&mut self.cost, other.cost),
            (&mut self.costed, other.costed),
        ];
        for (sum, value) in money {
            *sum += value;
        }
        let counts = [
            (&mut self.orders, other.orders),
            (&mut self.refund_orders, other.refund_orders),
            (&mut self.anonymous_orders, other.anonymous_orders),
        ];
        for (sum, value) in counts {
            *sum += value;
        }
        self.sold.add(other.sold);
        self.returned.add(other.returned);
    }

    /// These figures taken back.
    #[must_use]
    pub fn negated(&self) -> Self {
        let units = |units: Units| Units { whole: -units.whole, fraction: -units.fraction };
        Self {
            gross: -self.gross,
            discounts: -self.discounts,
            refunds: -self.refunds,
            cost: -self.cost,
            costed: -self.costed,
            orders: -self.orders,
            refund_orders: -self.refund_orders,
            anonymous_orders: -self.anonymous_orders,
            sold: units(self.sold),
            returned: units(self.returned),
        }
    }

    /// Gross less discounts.
    pub fn sold(&self) -> i128 {
        self.gross - self.discounts
    }

    /// Gross less discounts and refunds.
    pub fn net(&self) -> i128 {
        self.sold() - self.refunds
    }

    /// Net less cost, of the products of which the cost is known.
    pub fn margin(&self) -> i128 {
        self.costed - self.cost
    }

    /// Adds the money and the units of products, without counting an order. Of a refund, what was
    /// given back is gross less discounts.
    pub fn add_amount(
        &mut self,
        kind: PurchaseKind,
        gross: impl Into<i128>,
        discounts: impl Into<i128>,
        units: Units,
    ) {
        let (gross, discounts) = (gross.into(), discounts.into());
        match kind {
            PurchaseKind::Sale => {
                self.gross += gross;
                self.discounts += discounts;
                self.sold.add(units);
            }
            PurchaseKind::Refund => {
                self.refunds += gross - discounts;
                self.returned.add(units);
            }
        }
    }

    /// Adds what products cost that came to so much; of a refund, both are taken back.
    pub fn add_cost(&mut self, kind: PurchaseKind, net: i128, cost: i128) {
        let sign = match kind {
            PurchaseKind::Sale => 1,
            PurchaseKind::Refund => -1,
        };
        self.costed += sign * net;
        self.cost += sign * cost;
    }

    /// Counts one order.
    pub fn add_order(&mut self, kind: PurchaseKind) {
        match kind {
            PurchaseKind::Sale => self.orders += 1,
            PurchaseKind::Refund => self.refund_orders += 1,
        }
    }
}

/// An amount of money in units, for statistics: they compute on floats, and nothing that was sold is
/// ever taken from them.
#[expect(clippy::cast_precision_loss, reason = "a float keeps fifteen digits of any size")]
pub fn units(amount_minor: impl Into<i128>) -> f64 {
    amount_minor.into() as f64 / 1e4
}

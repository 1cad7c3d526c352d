//! Plain values that the store reads and the analytics computes on.
//!
//! Days are counted from 1970-01-01 and months from January 1970, both in the time zone of the
//! workspace; money is in 1/10,000 of a unit of one currency.

mod cursor;
mod customer_set;
mod local_time;
mod moment;
mod page;
mod top;

pub use cursor::{List, Place};
pub use customer_set::{Bits, CustomerSet};
pub use local_time::{
    LocalTime, date_of_day, day_of_date, first_day_of_month, first_instant, month_of_day,
};
pub use moment::{instant, out_of_order, whole_day};
pub use page::Page;
pub use top::{Largest, Top};

use crm_models::{
    Amount, Breakdown, Currency, LineKind, LineMoney, OrderMoney, PurchaseKind, Quantity, State,
    Timestamp,
};

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

/// Whose buyers a set holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BuyersOf {
    /// Of anything.
    All,
    /// In a country, by label; 0 for none.
    Country(u32),
    /// Of a product, by number.
    Product(u32),
}

/// One purchase as the sums see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurchaseFact {
    /// Its place in the workspace's log.
    pub seq: i64,
    /// Who bought; `None` for an anonymous purchase.
    pub customer: Option<u32>,
    /// Sale or refund.
    pub kind: PurchaseKind,
    /// Where the order stands.
    pub state: State,
    /// Currency of all its money.
    pub currency: Currency,
    /// What was paid or given back, 1/10,000.
    pub total: i64,
    /// What was told of the whole order beside its total.
    pub order: OrderMoney,
    /// Label of the channel; 0 for none.
    pub channel: u32,
    /// Label of the country; 0 for none.
    pub country: u32,
    /// When.
    pub occurred_at: Timestamp,
    /// What.
    pub items: Vec<ItemFact>,
}

impl PurchaseFact {
    /// What its money is made of, and that of its products.
    pub fn breakdown(&self) -> Breakdown {
        let order =
            OrderMoney { total: Some(Amount::from_ten_thousandths(self.total)), ..self.order };
        // What was stored has been looked at, and its sums fit.
        Breakdown::of(&order, self.lines(), self.currency).unwrap_or_default()
    }

    /// The money of its lines.
    pub fn lines(&self) -> impl Iterator<Item = LineMoney> {
        self.items.iter().map(ItemFact::money)
    }
}

/// One line of a purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemFact {
    /// What it is about.
    pub kind: LineKind,
    /// Number of the product; 0 where it is about none.
    pub product: u32,
    /// How many.
    pub quantity: Quantity,
    /// Price of one.
    pub unit_price: Amount,
    /// Money off the whole line.
    pub discount: Option<Amount>,
    /// Tax on the whole line.
    pub tax: Option<Amount>,
    /// What one cost the host.
    pub cost: Option<Amount>,
}

impl ItemFact {
    /// Quantity times unit price.
    pub fn amount(&self) -> Amount {
        // What was stored has been looked at, and fits.
        self.unit_price.times(self.quantity).unwrap_or_default()
    }

    /// Its money.
    pub fn money(&self) -> LineMoney {
        LineMoney {
            kind: self.kind,
            amount: self.amount(),
            discount: self.discount.unwrap_or_default(),
            tax: self.tax.unwrap_or_default(),
        }
    }

    /// Whether it is about a product.
    pub fn is_product(&self) -> bool {
        self.kind == LineKind::Product
    }
}

/// One entry in the history of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Whose history.
    pub customer: u32,
    /// When.
    pub occurred_at: Timestamp,
    /// Its place in the workspace's log.
    pub seq: i64,
    /// What it was.
    pub kind: HistoryKind,
}

impl HistoryEntry {
    /// What it adds to sums in a currency; nothing if it is no purchase in that.
    pub fn sums(&self, currency: Currency) -> Option<Sums> {
        match self.kind {
            HistoryKind::Sale(of, amount) if of == currency => {
                Some(Sums { gross: amount.ten_thousandths().into(), orders: 1, ..Sums::default() })
            }
            HistoryKind::Refund(of, amount) if of == currency => Some(Sums {
                refunds: amount.ten_thousandths().into(),
                refund_orders: 1,
                ..Sums::default()
            }),
            _ => None,
        }
    }
}

/// What an entry of a history was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryKind {
    /// A sale of this much, net.
    Sale(Currency, Amount),
    /// A refund of this much, net.
    Refund(Currency, Amount),
    /// An order that is not paid.
    Unpaid,
    /// An interaction.
    Interaction,
}

/// A product as reports name it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductName {
    /// The host's id.
    pub sku: String,
    /// The latest name given.
    pub name: Option<String>,
    /// The latest category given.
    pub category: Option<String>,
}

/// A customer as reports name it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerName {
    /// The host's id.
    pub customer_id: String,
    /// The name, if known.
    pub name: Option<String>,
}

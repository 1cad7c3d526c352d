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

use crm_models::{Amount, Currency, PurchaseKind, Timestamp};

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
}

/// Additive figures of some purchases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Money of sales, 1/10,000.
    pub gross: i128,
    /// Money of refunds, 1/10,000, positive.
    pub refunds: i128,
    /// Sales.
    pub orders: i64,
    /// Refunds.
    pub refund_orders: i64,
    /// Sales without a customer.
    pub anonymous_orders: i64,
    /// Units sold.
    pub quantity: i64,
    /// Units refunded.
    pub refund_quantity: i64,
}

impl Sums {
    /// Adds other figures to these.
    ///
    /// Nothing overflows: a purchase comes to at most 10^16, so that 128 bits hold the money of
    /// 10^22; a line has at most 10^8 units, so that 64 bits hold those of 10^10 lines and more.
    pub fn add(&mut self, other: &Self) {
        self.gross += other.gross;
        self.refunds += other.refunds;
        let pairs = [
            (&mut self.orders, other.orders),
            (&mut self.refund_orders, other.refund_orders),
            (&mut self.anonymous_orders, other.anonymous_orders),
            (&mut self.quantity, other.quantity),
            (&mut self.refund_quantity, other.refund_quantity),
        ];
        for (sum, value) in pairs {
            *sum += value;
        }
    }

    /// Gross less refunds.
    pub fn net(&self) -> i128 {
        self.gross - self.refunds
    }

    /// Adds the money and the units of a purchase or a line, without counting an order.
    pub fn add_amount(&mut self, kind: PurchaseKind, amount: impl Into<i128>, quantity: i64) {
        let (money, units) = match kind {
            PurchaseKind::Sale => (&mut self.gross, &mut self.quantity),
            PurchaseKind::Refund => (&mut self.refunds, &mut self.refund_quantity),
        };
        *money += amount.into();
        *units += quantity;
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
    /// Currency of all its money.
    pub currency: Currency,
    /// What was paid or given back, 1/10,000, positive.
    pub total: i64,
    /// Label of the channel; 0 for none.
    pub channel: u32,
    /// Label of the country; 0 for none.
    pub country: u32,
    /// When.
    pub occurred_at: Timestamp,
    /// What.
    pub items: Vec<ItemFact>,
}

/// One line of a purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemFact {
    /// Number of the product.
    pub product: u32,
    /// How many.
    pub quantity: u32,
    /// Price of one, 1/10,000.
    pub unit_price: i64,
}

impl ItemFact {
    /// Quantity times unit price, 1/10,000.
    pub fn amount(&self) -> i128 {
        i128::from(self.unit_price) * i128::from(self.quantity)
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
    /// A sale of this amount.
    Sale(Currency, Amount),
    /// A refund of this amount.
    Refund(Currency, Amount),
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

//! Plain values that the store reads and the analytics computes on.
//!
//! Days are counted from 1970-01-01 and months from January 1970, both in the time zone of the
//! workspace; money is in 1/10,000 of a unit of one currency.

mod cursor;
mod customer_set;
mod history;
mod local_time;
mod moment;
mod page;
mod purchase;
mod sums;
mod top;

pub use cursor::{List, Place};
pub use customer_set::{Bits, CustomerSet};
pub use history::{HistoryEntry, HistoryKind};
pub use local_time::{
    LocalTime, date_of_day, day_of_date, first_day_of_month, first_instant, month_of_day,
};
pub use moment::{instant, out_of_order, whole_day};
pub use page::Page;
pub use purchase::{ItemFact, PurchaseFact};
pub use sums::{Dimension, Part, Sums, Units, units};
pub use top::{Largest, Top};

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

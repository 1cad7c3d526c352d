//! The reports: each takes facts and makes the rows and totals of a table.

mod buyers;
mod cohorts;
mod customers;
mod gaps;
mod heatmap;
mod products;
mod refunds;
mod repeat;
mod rfm;
mod sales;
mod shares;
mod summary;

pub use buyers::{BuyersByPeriod, PeriodBuyers};
pub use cohorts::cohorts;
pub use customers::{Spending, TopCustomer, customers};
pub use heatmap::heatmap;
pub use products::{ProductLine, products};
pub use refunds::refunds;
pub use repeat::Repeat;
pub use rfm::rfm;
pub use sales::sales;
pub use shares::{CountryLine, channels, countries};
pub use summary::{PeriodFigures, summary};

use crm_api::Total;
use crm_api::answer::{Column, Unit, Value};

/// What a report computes; the frame around it (name, currency, days) is the caller's.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// One value a column.
    pub rows: Vec<Vec<Value>>,
    /// Rows that the limit left out.
    pub omitted_rows: usize,
    /// Over everything, not only the rows shown.
    pub totals: Vec<Value>,
}

fn columns(of: &[(&'static str, Unit)]) -> Vec<Column> {
    of.iter().map(|&(name, unit)| Column::new(name, unit)).collect()
}

fn money(minor: i128) -> Value {
    Value::Money(Total::from_ten_thousandths(minor))
}

/// Money per order; nothing where there are no orders.
fn average(minor: i128, orders: i64) -> Value {
    Total::from_ten_thousandths(minor).mean_of(orders).map_or(Value::None, Value::Money)
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn optional_text(text: Option<&str>) -> Value {
    text.map_or(Value::None, |text| Value::Text(text.to_owned()))
}

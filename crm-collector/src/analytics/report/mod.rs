//! The reports: each takes facts and makes the rows and totals of a table.

mod buyers;
mod cohorts;
mod customers;
mod gaps;
mod heatmap;
mod parts;
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
pub use parts::PartSums;
pub use products::{ProductLine, products};
pub use refunds::refunds;
pub use repeat::Repeat;
pub use rfm::rfm;
pub use sales::{PeriodSums, sales};
pub use shares::{CountryLine, channels, countries};
pub use summary::{PeriodFigures, summary};

use crm_api::Total;
use crm_api::answer::{Column, Unit, Value};

use crate::facts::{Sums, Units};

/// What a report computes; what it covers (name, currency, days) the caller says.
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

/// The money of products, in the order in which every report shows it.
const MONEY: [(&str, Unit); 4] = [
    ("gross", Unit::Money),
    ("discounts", Unit::Money),
    ("refunds", Unit::Money),
    ("net", Unit::Money),
];

fn amounts(sums: &Sums) -> [Value; 4] {
    [money(sums.gross), money(sums.discounts), money(sums.refunds), money(sums.net())]
}

/// What products cost, where that is known, and what is left of their net.
const MARGIN: [(&str, Unit); 2] = [("cost", Unit::Money), ("margin", Unit::Money)];

fn margin(sums: &Sums) -> [Value; 2] {
    match (sums.cost, sums.costed) {
        (0, 0) => [Value::None, Value::None],
        (cost, _) => [money(cost), money(sums.margin())],
    }
}

/// What a sale comes to in the mean, less what was taken off.
fn average_order(sums: &Sums) -> Value {
    average(sums.sold(), sums.orders)
}

fn quantity(units: Units) -> Value {
    Value::Quantity(units.ten_thousandths())
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

//! What a workspace calls its things, as far as a question can name them.

use chrono::NaiveDate;
use crm_models::Currency;

/// A workspace as its questions see it.
#[derive(Clone, Debug, Default)]
pub struct Shop {
    /// What day it is there.
    pub today: NaiveDate,
    /// The currency of its reports.
    pub currency: Option<Currency>,
    /// Its products.
    pub products: Vec<Product>,
    /// The countries that it sells to, as it writes them.
    pub countries: Vec<String>,
    /// The channels that it sells through.
    pub channels: Vec<String>,
    /// Customers whom the question may mean.
    pub customers: Vec<Customer>,
    /// Orders whose numbers stand in the question.
    pub orders: Vec<Order>,
}

/// A product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Product {
    /// The host's id.
    pub sku: String,
    /// What it is called.
    pub name: Option<String>,
    /// The category that it is in.
    pub category: Option<String>,
}

impl Product {
    /// What people call it.
    pub fn title(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.sku)
    }
}

/// A customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Customer {
    /// The host's id.
    pub id: String,
    /// The full name, where it is known.
    pub name: Option<String>,
}

impl Customer {
    /// What people call them.
    pub fn title(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }
}

/// An order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// Which shop or application it comes from; none where none was told.
    pub source: Option<String>,
    /// The host's number.
    pub number: String,
}

impl Shop {
    /// The categories of its products, each once.
    pub(super) fn categories(&self) -> Vec<&str> {
        let mut categories: Vec<&str> =
            self.products.iter().filter_map(|product| product.category.as_deref()).collect();
        categories.sort_unstable();
        categories.dedup();
        categories
    }
}

//! Groups that the customers fall into by themselves.

use chrono::NaiveDate;
use crm_models::Currency;
use serde::{Deserialize, Serialize};

use super::{Figure, Missing};
use crate::Outside;

/// The customers by stage of life, and by recency, frequency and money.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Segments {
    /// Currency of the purchases that count.
    pub currency: Currency,
    /// First day that counts no more.
    pub as_of: NaiveDate,
    /// Days ahead that `expected_value` covers.
    pub horizon_days: u32,
    /// Customers with a purchase.
    pub customers: usize,
    /// By stage of life, the likeliest to buy again first.
    pub stages: Vec<Group>,
    /// By recency, frequency and money; empty where there are fewer than 25 customers.
    pub rfm: Vec<Group>,
    /// What more would have been needed, in a sentence; null when nothing was missing.
    pub missing: Option<String>,
    /// The same as codes with their parameters.
    pub missing_codes: Vec<Missing>,
    /// Purchases that are in none of these figures.
    pub outside: Outside,
}

/// Some customers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Group {
    /// Its name.
    pub segment: String,
    /// Who belongs to it, in words.
    pub about: String,
    /// How many customers are in it.
    pub customers: usize,
    /// The share of all customers.
    pub share: f64,
    /// Spent so far: sales less refunds.
    pub spent: Figure,
    /// Money expected within the horizon.
    pub expected_value: Figure,
    /// Mean probability of not having left.
    pub p_alive: f64,
}

//! What customers are worth, and whether they will come back.

use chrono::NaiveDate;
use crm_models::Currency;
use serde::{Deserialize, Serialize};

use super::{Band, Figure, Missing, Why};
use crate::Outside;

/// What customers are worth from a day on.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CustomerValues {
    /// Currency of all values.
    pub currency: Currency,
    /// First day ahead.
    pub as_of: NaiveDate,
    /// Days ahead that the figures cover.
    pub horizon_days: u32,
    /// How the figures were made.
    pub model: ValueModel,
    /// The most valuable first, unless the list was asked to go by something else.
    pub customers: Vec<CustomerValue>,
    /// Customers that the limit left out.
    pub omitted: usize,
    /// What to ask for as `after` to get the next page; null on the last one.
    #[serde(default)]
    pub next_after: Option<String>,
    /// Purchases that are in none of these figures.
    pub outside: Outside,
}

/// How values were estimated.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ValueModel {
    /// The method, in short.
    pub method: String,
    /// Why it was chosen, in a sentence.
    pub why: String,
    /// The same as a code with its parameters.
    pub why_code: Why,
    /// Its fitted parameters, by name.
    pub parameters: Vec<Parameter>,
    /// Customers it was fitted to.
    pub given: usize,
    /// What more it would have needed, in a sentence; null when nothing was missing.
    pub missing: Option<String>,
    /// The same as codes with their parameters.
    pub missing_codes: Vec<Missing>,
}

/// A fitted parameter.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Parameter {
    /// Its name in the literature.
    pub name: String,
    /// Its value.
    pub value: f64,
}

/// What a customer is worth.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CustomerValue {
    /// The host's id.
    pub customer_id: String,
    /// The name, if known.
    pub name: Option<String>,
    /// Days with a purchase so far.
    pub purchase_days: u32,
    /// Day of the first purchase.
    pub first_purchase: Option<NaiveDate>,
    /// Day of the last purchase.
    pub last_purchase: Option<NaiveDate>,
    /// Spent so far: sales less refunds.
    pub spent: Figure,
    /// Probability that the customer has not left for good.
    pub p_alive: f64,
    /// Days with a purchase expected within the horizon.
    pub expected_purchase_days: f64,
    /// Money expected within the horizon.
    pub expected_value: Figure,
    /// What the money lies in with a probability, the narrowest first.
    pub bands: Vec<Band>,
    /// Day by which the next purchase is as likely as not, if the customer comes back at all.
    pub next_purchase: Option<NaiveDate>,
    /// Stage of life: `loyal`, `active`, `new`, `slipping`, `lost`, `one-time`.
    pub stage: String,
    /// Recency, frequency and money, each from 1 to 5; null where there are fewer than 25 customers.
    pub rfm: Option<Rfm>,
}

/// Recency, frequency and money of a customer among all.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rfm {
    /// 5 for the fifth of customers who bought last.
    pub recency: u8,
    /// 5 for the fifth who bought most often.
    pub frequency: u8,
    /// 5 for the fifth who spent most.
    pub money: u8,
    /// What such customers are called, in keeping with the stage of life.
    pub segment: String,
}

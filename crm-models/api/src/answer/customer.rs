//! The client base: customers, and what each bought in sums.

use std::collections::BTreeMap;

use crm_models::{Currency, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::Total;

/// A customer as known now.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = StoredCustomer))]
pub struct Customer {
    /// The host's id.
    pub customer_id: String,
    /// Full name.
    pub name: Option<String>,
    /// Email address.
    pub email: Option<String>,
    /// Phone number.
    pub phone: Option<String>,
    /// Country, as the host writes it.
    pub country: Option<String>,
    /// Whatever else the host said.
    #[serde(deserialize_with = "super::raw::read")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub attributes: Box<RawValue>,
    /// What the customer agreed to.
    pub consent: BTreeMap<String, bool>,
    /// When the collector first heard of the customer.
    pub created_at: Timestamp,
    /// When it last heard something new.
    pub updated_at: Timestamp,
}

/// Some customers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CustomerPage {
    /// In order of first acquaintance.
    pub customers: Vec<Customer>,
    /// What to ask for as `after` to get the next page; null on the last one.
    pub next_after: Option<String>,
}

/// A customer with all that is known in sums.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CustomerDetail {
    /// The customer.
    #[serde(flatten)]
    pub customer: Customer,
    /// What was bought, a row a currency, the largest net first.
    pub worth: Vec<Worth>,
    /// Interactions of all kinds.
    pub interactions: i64,
}

/// What a customer bought in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Worth {
    /// The currency.
    pub currency: Currency,
    /// Products sold, less discounts.
    pub sold: Total,
    /// Refunds.
    pub refunds: Total,
    /// Sold less refunds.
    pub net: Total,
    /// Number of sales.
    pub orders: i64,
    /// Number of refunds.
    pub refund_orders: i64,
    /// Sold by sale.
    pub average_order: Option<Total>,
    /// Time of the first sale.
    pub first_order: Option<Timestamp>,
    /// Time of the last sale.
    pub last_order: Option<Timestamp>,
}

//! Purchases and interactions as they are stored, and what happened with a customer.

use crm_models::{Amount, Currency, Direction, EventId, InteractionKind, PurchaseKind, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::Total;

/// A stored purchase.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = StoredPurchase))]
pub struct Purchase {
    /// Id of the event that brought it.
    pub id: EventId,
    /// The host's number.
    pub purchase_id: Option<String>,
    /// The host's id of the customer; null for an anonymous purchase.
    pub customer_id: Option<String>,
    /// Sale or refund.
    pub kind: PurchaseKind,
    /// Currency of all its money.
    pub currency: Currency,
    /// What was paid or given back.
    pub total: Amount,
    /// What was bought.
    pub items: Vec<LineItem>,
    /// Where.
    pub channel: Option<String>,
    /// Country it was sold to.
    pub country: Option<String>,
    /// When.
    pub occurred_at: Timestamp,
    /// When the collector took it in.
    pub received_at: Timestamp,
}

/// One line of a stored purchase.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = StoredLineItem))]
pub struct LineItem {
    /// The host's id of the product.
    pub sku: String,
    /// The latest name given to it.
    pub name: Option<String>,
    /// The latest category given to it.
    pub category: Option<String>,
    /// How many.
    pub quantity: u32,
    /// Price of one.
    pub unit_price: Amount,
    /// Quantity times price.
    pub amount: Total,
}

/// A stored interaction.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = StoredInteraction))]
pub struct Interaction {
    /// Id of the event that brought it.
    pub id: EventId,
    /// What sort it was.
    pub kind: InteractionKind,
    /// Who turned to whom.
    pub direction: Option<Direction>,
    /// Where.
    pub channel: Option<String>,
    /// One line.
    pub subject: Option<String>,
    /// The whole text.
    pub text: Option<String>,
    /// Whatever else the host said.
    #[serde(deserialize_with = "super::raw::read")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub attributes: Box<RawValue>,
    /// When.
    pub occurred_at: Timestamp,
}

/// One thing that happened with a customer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum TimelineEntry {
    /// A sale or a refund.
    Purchase(Purchase),
    /// Anything else.
    Interaction(Interaction),
}

/// Some of what happened with a customer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimelinePage {
    /// The latest first.
    pub entries: Vec<TimelineEntry>,
    /// What to ask for as `after` to get the next page; null on the last one.
    pub next_after: Option<String>,
}

/// Some purchases.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PurchasePage {
    /// The latest first.
    pub purchases: Vec<Purchase>,
    /// What to ask for as `after` to get the next page; null on the last one.
    pub next_after: Option<String>,
}

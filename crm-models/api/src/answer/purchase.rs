//! Purchases and interactions as they are stored, and what happened with a customer.

use crm_models::{
    Amount, Attributes, Currency, Direction, EventId, InteractionKind, LineKind, Parts,
    PurchaseKind, Quantity, State, Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A stored purchase.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = StoredPurchase))]
pub struct Purchase {
    /// Id of the event that brought it.
    pub id: EventId,
    /// Which shop or application it comes from; null where none was told.
    pub source: Option<String>,
    /// The host's number.
    pub purchase_id: Option<String>,
    /// The number that people know it by, where that is another.
    pub number: Option<String>,
    /// The host's id of the customer; null for an anonymous purchase.
    pub customer_id: Option<String>,
    /// Sale or refund.
    pub kind: PurchaseKind,
    /// Where the order stands.
    pub state: State,
    /// Of a refund: the number of the purchase that money was given back for.
    pub refund_of: Option<String>,
    /// Currency of all its money.
    pub currency: Currency,
    /// What was paid or given back.
    pub total: Amount,
    /// What its money is made of.
    pub parts: Parts,
    /// What was bought.
    pub items: Vec<LineItem>,
    /// Where.
    pub channel: Option<String>,
    /// Country it was sold to.
    pub country: Option<String>,
    /// How it was paid.
    pub payment_method: Option<String>,
    /// Codes of the coupons that were used.
    pub coupons: Vec<String>,
    /// Whatever else the host said.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub attributes: Attributes,
    /// When.
    pub occurred_at: Timestamp,
    /// When the host last changed it, where that was told.
    pub updated_at: Option<Timestamp>,
    /// When the collector took it in.
    pub received_at: Timestamp,
}

/// One line of a stored purchase.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = StoredLineItem))]
pub struct LineItem {
    /// What the line is about.
    pub kind: LineKind,
    /// The host's id of the product, or its name where it has none; null on a line about none.
    pub sku: Option<String>,
    /// The name that it usually comes under.
    pub name: Option<String>,
    /// The latest category given to it.
    pub category: Option<String>,
    /// Which of the product it was, where that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// How many or how much.
    pub quantity: Quantity,
    /// Price of one.
    pub unit_price: Amount,
    /// Quantity times price.
    pub amount: Amount,
    /// Money off the line, where that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Amount>,
    /// Tax on the line, where that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Amount>,
    /// What one cost, where that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Amount>,
}

/// A stored interaction.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = StoredInteraction))]
pub struct Interaction {
    /// Id of the event that brought its first version.
    pub id: EventId,
    /// With whom.
    pub customer_id: String,
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
    /// When the host last changed it, where that was told.
    pub updated_at: Option<Timestamp>,
    /// When the collector took it in.
    pub received_at: Timestamp,
}

/// One thing that happened with a customer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "lowercase")]
#[expect(clippy::large_enum_variant, reason = "most entries are purchases")]
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

/// A purchase with its past.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PurchaseDetail {
    /// As it is now; null where it was taken back.
    pub purchase: Option<Purchase>,
    /// What was given back for it, the latest first: the refunds of this page.
    pub refunds: Vec<Purchase>,
    /// As it was, the oldest version first and the latest, which is the present one, last: the versions
    /// of this page. A page holds the latest versions and refunds together.
    pub versions: Vec<PurchaseVersion>,
    /// What to ask for as `after` to get the page of those before them; null on the last one.
    pub next_after: Option<String>,
}

/// A version of a purchase.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PurchaseVersion {
    /// When the collector took it in.
    pub received_at: Timestamp,
    /// Who corrected: a person, a key, or the command line; null of the first version.
    pub actor: Option<String>,
    /// What was stored; null where the purchase was taken back.
    pub purchase: Option<Purchase>,
}

/// An interaction with its past.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InteractionDetail {
    /// As it is now; null where it was taken back.
    pub interaction: Option<Interaction>,
    /// As it was, the oldest version first and the latest, which is the present one, last: the versions
    /// of this page.
    pub versions: Vec<InteractionVersion>,
    /// What to ask for as `after` to get the page of those before them; null on the last one.
    pub next_after: Option<String>,
}

/// A version of an interaction.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InteractionVersion {
    /// When the collector took it in.
    pub received_at: Timestamp,
    /// Who corrected: a person, a key, or the command line; null of the first version.
    pub actor: Option<String>,
    /// What was stored; null where the interaction was taken back.
    pub interaction: Option<Interaction>,
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

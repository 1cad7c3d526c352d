//! A sale or a refund, with its line items.

mod check;
mod figures;
mod line;
mod parts;
mod setters;
mod shares;

use serde::{Deserialize, Serialize};

use crate::Attributes;
use crate::ids::{CustomerId, EventId, PurchaseId};
use crate::money::{Amount, Currency};
use crate::text::trimmed;
use crate::time::Timestamp;
use crate::validate::is_false;

pub use line::{LineItem, LineKind};
pub use parts::{LineMoney, OrderMoney, Parts};
pub use shares::{Breakdown, LineParts};

/// Whether money came in or went back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(not(feature = "exhaustive"), non_exhaustive)]
pub enum PurchaseKind {
    /// Money came in.
    #[default]
    Sale,
    /// Money went back. Quantities and the total are positive all the same.
    Refund,
}

/// Where an order stands. Only what is paid counts as sold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(not(feature = "exhaustive"), non_exhaustive)]
pub enum State {
    /// Placed and not paid yet.
    Pending,
    /// Paid.
    #[default]
    Paid,
    /// Called off before it was paid, or annulled: nothing was bought. What was paid and given back
    /// is a paid order with a refund.
    Cancelled,
}

impl State {
    /// Whether it is the default, which is not written.
    fn is_paid(&self) -> bool {
        *self == Self::Paid
    }
}

/// A purchase event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(not(feature = "exhaustive"), non_exhaustive)]
pub struct Purchase {
    /// Unique id of this event, the same when it is sent again. In a batch each event needs one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<EventId>,
    /// When it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Timestamp>,
    /// The host's order or invoice number; the same one is stored once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purchase_id: Option<PurchaseId>,
    /// Who bought; left out for an anonymous purchase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<CustomerId>,
    /// Sale or refund.
    #[serde(default)]
    pub kind: PurchaseKind,
    /// Currency of the total and of every price.
    pub currency: Currency,
    /// What was paid, or given back; the sum of all parts where it is left out. Where it differs from
    /// them, the difference is kept as rounding or as an adjustment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<Amount>,
    /// What was bought.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<LineItem>,
    /// Where, such as `web`, `app` or `store`.
    #[serde(default, deserialize_with = "trimmed", skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Country it was sold to, by name or code, as the host writes it.
    #[serde(default, deserialize_with = "trimmed", skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Which shop or application it comes from. Numbers of purchases are told apart within a source.
    /// Where it is left out, it is the API key's.
    #[serde(default, deserialize_with = "trimmed", skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The number that people know it by, where that is not `purchase_id`.
    #[serde(default, deserialize_with = "trimmed", skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Where the order stands.
    #[serde(default, skip_serializing_if = "State::is_paid")]
    pub state: State,
    /// When the host last changed it. Sent again with a later one, the purchase takes the place of
    /// what was stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// Whether it takes the place of what is stored under its number, whenever that was changed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub replace: bool,
    /// Whether it is taken back altogether: it is in no figure any more, and its number is free. What
    /// else is told of it does not matter.
    #[serde(default, skip_serializing_if = "is_false")]
    pub void: bool,
    /// Of a refund: the number of the purchase, of the same source, that money was given back for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_of: Option<PurchaseId>,
    /// All that was taken off, discounts of lines included, whatever its sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Amount>,
    /// All that was paid for delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping: Option<Amount>,
    /// All tax, that of lines included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Amount>,
    /// Whether prices have their tax in them, so that it does not come on top.
    #[serde(default, skip_serializing_if = "is_false")]
    pub tax_included: bool,
    /// What the customer gave on top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tip: Option<Amount>,
    /// Charges that are neither goods nor delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fees: Option<Amount>,
    /// What the total was rounded by, below zero where it was rounded down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounding: Option<Amount>,
    /// How it was paid, such as `card`.
    #[serde(default, deserialize_with = "trimmed", skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<String>,
    /// Codes of the coupons that were used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coupons: Vec<String>,
    /// Whatever else the host knows of it.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub attributes: Attributes,
}

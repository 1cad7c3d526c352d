//! Types that the CRM's SDK and collector share.
//!
//! Events as they travel ([`Customer`], [`Purchase`], [`Interaction`]), exact money ([`Amount`],
//! [`Currency`]), the batch and its verdict ([`ingest`]), the error body ([`Problem`]), the limits
//! both sides keep ([`limits`]). What can be asked of what was sent, and the answers, are in `crm-api`.
//! No I/O and no clock: whatever depends on the present is handed it.
//!
//! # Features
//!
//! - `chrono`: conversions of [`Timestamp`] from and to chrono's type.
//! - `openapi`: schemas of the types that travel.
//! - `exhaustive`: for the collector, which ships with these types: its matches have to name every
//!   variant, and it builds structs field by field. For others this would make each variant and
//!   field to come a breaking change.

#![forbid(unsafe_code)]

mod access;
mod corrections;
mod customer;
mod decimal;
mod event;
mod ids;
pub mod ingest;
mod interaction;
mod json;
pub mod limits;
mod money;
mod problem;
mod purchase;
mod quantity;
mod text;
mod time;
mod validate;
mod warning;
mod words;

pub use access::{EventType, KeyKind, Role, Scope};
pub use customer::Customer;
pub use event::Event;
pub use ids::{CustomerId, EventId, EventIdError, PurchaseId, Sku};
pub use interaction::{Direction, Interaction, InteractionKind};
pub use money::{Amount, AmountError, Currency, UnknownCurrency};
pub use problem::{Code, Problem};
pub use purchase::{
    Breakdown, LineItem, LineKind, LineMoney, LineParts, OrderMoney, Parts, Purchase, PurchaseKind,
    State,
};
pub use quantity::{Quantity, QuantityError};
pub use text::{is_nobody, is_placeholder};
pub use time::{Timestamp, TimestampError};
pub use validate::Invalid;
pub use warning::{Warning, WarningCode};
pub use words::UnknownName;
#[cfg(feature = "openapi")]
#[doc(hidden)]
pub use words::one_of;

/// Free attributes: a JSON object, bounded by [`limits::ATTRIBUTES_BYTES`] and
/// [`limits::ATTRIBUTES_DEPTH`].
pub type Attributes = serde_json::Map<String, serde_json::Value>;

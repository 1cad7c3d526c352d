//! What was stored, and yet has to be looked at.

use serde::{Deserialize, Serialize};

/// Why an event that was stored has to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(not(feature = "exhaustive"), non_exhaustive)]
pub enum WarningCode {
    /// The total of a purchase is not what its parts come to; the difference is kept as an
    /// adjustment.
    Adjusted,
    /// A field of a customer was no such thing and was left out; all others were taken.
    FieldIgnored,
    /// More was given back for a purchase than was paid.
    RefundedTooMuch,
    /// The purchase that money was given back for is not stored, or not yet.
    UnknownPurchase,
}

/// What has to be looked at in an event that was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "exhaustive"), non_exhaustive)]
pub struct Warning {
    /// Stable code of the reason.
    pub code: WarningCode,
    /// Path of the field, such as `email`.
    pub field: String,
    /// What was given, and what was made of it.
    pub message: String,
}

impl Warning {
    /// A warning about a field.
    pub fn new(code: WarningCode, field: &str, message: impl Into<String>) -> Self {
        Self { code, field: field.to_owned(), message: message.into() }
    }
}

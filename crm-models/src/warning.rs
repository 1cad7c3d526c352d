//! What was stored, and yet has to be looked at.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why an event that was stored has to be looked at. A code that this version does not know reads as
/// [`WarningCode::Other`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(not(feature = "exhaustive"), non_exhaustive)]
pub enum WarningCode {
    /// The total of a purchase is not what its parts come to; the difference is kept as an
    /// adjustment.
    Adjusted,
    /// A field was no such thing, or an id was a placeholder, and was left out; all others were taken.
    FieldIgnored,
    /// What money was given back for is no sale that was paid: it is pending, cancelled, or a refund.
    NotPaid,
    /// Money was given back in another currency than was paid.
    OtherCurrency,
    /// More was given back for a purchase than was paid.
    RefundedTooMuch,
    /// The purchase that money was given back for is not stored, or not yet.
    UnknownPurchase,
    /// A code of a newer version.
    #[serde(other)]
    Other,
}

impl WarningCode {
    /// The code as it stands in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Adjusted => "adjusted",
            Self::FieldIgnored => "field_ignored",
            Self::NotPaid => "not_paid",
            Self::OtherCurrency => "other_currency",
            Self::RefundedTooMuch => "refunded_too_much",
            Self::UnknownPurchase => "unknown_purchase",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for WarningCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_is_written_and_a_newer_one_as_other() {
        use WarningCode::*;
        let codes = [
            Adjusted,
            FieldIgnored,
            NotPaid,
            OtherCurrency,
            RefundedTooMuch,
            UnknownPurchase,
            Other,
        ];
        for code in codes {
            let json = format!("\"{code}\"");
            assert_eq!(serde_json::to_string(&code).unwrap(), json);
            assert_eq!(serde_json::from_str::<WarningCode>(&json).unwrap(), code);
        }
        assert_eq!(serde_json::from_str::<WarningCode>("\"of_tomorrow\"").unwrap(), Other);
    }
}

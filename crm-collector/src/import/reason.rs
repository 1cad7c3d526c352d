//! Why a line of a file became no part of a purchase. Every skipped line has exactly one reason.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! reasons {
    ($($name:ident = $code:literal, $text:literal;)*) => {
        /// Why a line was skipped: the first rule it breaks.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason {
            $(#[doc = concat!("The line has ", $text, ".")] $name,)*
        }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Stable code, as in JSON and in the file of rejects.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// In words, to stand after a number of lines.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

reasons! {
    PriceZero = "price_zero", "a price of 0";
    PriceNegative = "price_negative", "a negative price that is taken off nothing";
    NegativeTotal = "negative_total", "more taken off than was bought in the same purchase";
    FieldCount = "field_count", "more or fewer fields than the header";
    InvalidUtf8 = "invalid_utf8", "text that is not UTF-8";
    MissingPurchaseId = "missing_purchase_id", "no purchase id";
    MissingTime = "missing_time", "no time";
    BadTime = "bad_time", "a time that cannot be read";
    AmbiguousDate = "ambiguous_date", "a date of which day or month may come first; --dates says which";
    MissingPrice = "missing_price", "no price";
    MalformedAmount = "malformed_amount", "an amount that is no decimal number";
    AmbiguousNumber = "ambiguous_number", "a number of which comma or point may part thousands or decimals; --decimal says which";
    OtherCurrency = "other_currency", "an amount in another currency than that of the import";
    AmountOutOfRange = "amount_out_of_range", "an amount that is too large";
    TotalMismatch = "total_mismatch", "a total that is not quantity times price";
    MissingQuantity = "missing_quantity", "no quantity";
    MalformedQuantity = "malformed_quantity", "a quantity that is no decimal number of up to 4 decimals";
    QuantityZero = "quantity_zero", "a quantity of 0";
    QuantityOutOfRange = "quantity_out_of_range", "a quantity that is too large";
    UnknownCurrency = "unknown_currency", "a currency that is not known";
    UnknownState = "unknown_state", "a word for the state of the order that is not known; --states says what it is";
    Contradiction = "contradiction", "another sum of the whole order than another of its lines";
    UnknownKind = "unknown_kind", "a kind that is neither sale nor refund";
    SignAgainstKind = "sign_against_kind", "a negative quantity or total in a sale";
    MissingSku = "missing_sku", "neither a sku nor a name";
    TooLong = "too_long", "a text that is too long";
    TooManyLines = "too_many_lines", "a purchase of too many lines";
    Incomplete = "incomplete_purchase", "another line of the same purchase that cannot be read";
}

impl Reason {
    /// Whether something that was bought is missing for it. What costs nothing, or takes off nothing, is
    /// in no sum.
    pub const fn is_fault(self) -> bool {
        !matches!(self, Self::PriceZero | Self::PriceNegative | Self::QuantityZero)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

//! How many, or how much, of a product: pieces, kilograms, hours.

use std::fmt;
use std::str::FromStr;

use serde::de::Deserializer;
use serde::{Deserialize, Serialize, Serializer};

use crate::decimal::{self, LONGEST, Mistake, SCALE};

/// A quantity of at most four decimals, such as 3 or 1.5; below zero for what came back in a sale
/// with returns.
///
/// On the wire a JSON number; a decimal string is accepted as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = f64, example = 1.5))]
pub struct Quantity(i64);

/// What is as large as this, in 1/10,000, is written as text: a receiver would not read all its digits
/// from a number.
const LARGE: u64 = 1_000_000_000_000_000;

/// A text that is no [`Quantity`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a quantity is a decimal number of at most 4 decimals, such as \"1.5\"")]
pub struct QuantityError;

impl From<Mistake> for QuantityError {
    fn from(_: Mistake) -> Self {
        Self
    }
}

impl Quantity {
    /// One piece.
    pub const ONE: Self = Self(SCALE);

    /// From a decimal number as it is written: at most four decimals, a point and no other separator.
    ///
    /// # Errors
    /// The text is no such number, or a quantity cannot hold it exactly.
    pub const fn from_decimal_str(text: &str) -> Result<Self, QuantityError> {
        match decimal::parse(text) {
            Ok(ten_thousandths) => Ok(Self(ten_thousandths)),
            Err(_) => Err(QuantityError),
        }
    }

    /// From 1/10,000 of one, as quantities are stored: `from_ten_thousandths(15_000)` is 1.5.
    pub const fn from_ten_thousandths(ten_thousandths: i64) -> Self {
        Self(ten_thousandths)
    }

    /// In 1/10,000 of one.
    pub const fn ten_thousandths(self) -> i64 {
        self.0
    }

    /// As a whole number, where it is one.
    pub const fn whole(self) -> Option<i64> {
        if self.0 % SCALE == 0 { Some(self.0 / SCALE) } else { None }
    }
}

impl TryFrom<u64> for Quantity {
    type Error = QuantityError;

    fn try_from(pieces: u64) -> Result<Self, QuantityError> {
        let pieces = i64::try_from(pieces).map_err(|_| QuantityError)?;
        pieces.checked_mul(SCALE).map(Self).ok_or(QuantityError)
    }
}

impl From<u32> for Quantity {
    fn from(pieces: u32) -> Self {
        Self(i64::from(pieces) * SCALE)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(decimal::write(self.0, 0, &mut [0; LONGEST]))
    }
}

impl FromStr for Quantity {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        Self::from_decimal_str(text)
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.whole() {
            Some(pieces) => serializer.serialize_i64(pieces),
            #[expect(clippy::cast_precision_loss, reason = "a quantity in range has few digits")]
            None if self.0.unsigned_abs() < LARGE => {
                // The float nearest to a decimal of so few digits is written as that decimal.
                serializer.serialize_f64(self.0 as f64 / SCALE as f64)
            }
            None => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expecting = "a quantity of at most 4 decimals, such as 3 or 1.5";
        decimal::deserialize::<D, QuantityError>(deserializer, expecting).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quantities_are_numbers_in_json() {
        let cases = [("3", 30_000), ("1.5", 15_000), ("-2", -20_000), ("0.25", 2_500)];
        for (json, ten_thousandths) in cases {
            let quantity: Quantity = serde_json::from_str(json).unwrap();
            assert_eq!(quantity, Quantity::from_ten_thousandths(ten_thousandths));
            assert_eq!(serde_json::to_string(&quantity).unwrap(), json);
            assert_eq!(json.parse(), Ok(quantity));
            assert_eq!(serde_json::from_str(&format!("\"{json}\"")).ok(), Some(quantity));
        }
        for bad in ["1.00001", "null", "\"1,5\"", "\"\"", "1e300"] {
            assert!(serde_json::from_str::<Quantity>(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_quantity_survives_the_wire(bits: i64, shift in 0_u32..64) {
            let quantity = Quantity::from_ten_thousandths(bits >> shift);
            let json = serde_json::to_string(&quantity).unwrap();
            prop_assert_eq!(serde_json::from_str::<Quantity>(&json).unwrap(), quantity, "{}", json);
            prop_assert_eq!(quantity.to_string().parse(), Ok(quantity));
        }
    }
}

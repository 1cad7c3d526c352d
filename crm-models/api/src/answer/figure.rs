//! A figure that is money or a number, as the series it belongs to.

use serde::{Deserialize, Serialize, Serializer};

use super::Value;
use crate::Total;

/// Money in the answer's currency, or a number.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Figure {
    /// Money; a decimal string.
    Money(Total),
    /// A number; shown rounded to 1/10,000, in JSON as a number.
    Number(f64),
}

impl Figure {
    /// Money from whole and broken units, rounded to 1/10,000 and bounded by what fits.
    pub fn money(units: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
        Self::Money(Total::from_ten_thousandths((units * 1e4).round() as i128))
    }

    /// Money that is estimated, rounded to 1/100 of a unit: more digits would say nothing.
    pub fn estimate(units: f64) -> Self {
        Self::money((units * 1e2).round() / 1e2)
    }

    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        match self {
            Self::Money(total) => total < Total::ZERO,
            Self::Number(number) => number < 0.0,
        }
    }

    /// The same as a float, of units of money: to compare by size and to draw.
    pub fn to_f64(self) -> f64 {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "a comparison by size")]
            Self::Money(total) => total.ten_thousandths() as f64 / 1e4,
            Self::Number(number) => number,
        }
    }

    /// The same as a cell of a table.
    pub fn value(self) -> Value {
        match self {
            Self::Money(total) => Value::Money(total),
            Self::Number(number) => Value::Number(rounded(number)),
        }
    }
}

/// As many decimals as an answer has in each of its forms.
fn rounded(number: f64) -> f64 {
    (number * 1e4).round() / 1e4
}

impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Money(total) => total.serialize(serializer),
            Self::Number(number) => serializer.serialize_f64(rounded(*number)),
        }
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Figure {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::Type;
        use utoipa::openapi::{ObjectBuilder, OneOfBuilder};
        let money = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("Money in the answer's currency"))
            .examples(["1250.00"]);
        let number = ObjectBuilder::new().schema_type(Type::Number);
        OneOfBuilder::new().item(money).item(number).into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Figure {}

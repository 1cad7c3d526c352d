//! Names that hosts give to their things, and the id of an event.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use crate::time::Timestamp;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(from = "String")]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, min_length = 1, max_length = 128))]
        pub struct $name(String);

        impl $name {
            /// The text as the host sent it, without blanks at its ends.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl<T: Into<String>> From<T> for $name {
            fn from(text: T) -> Self {
                Self(crate::text::trim(text.into()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

text_id! {
    /// What the host calls a customer: 1 to 128 bytes in UTF-8 without control characters. Blanks at
    /// its ends do not count.
    CustomerId
}
text_id! {
    /// What the host calls a purchase: an order or invoice number, in the form of a customer's
    /// id.
    PurchaseId
}
text_id! {
    /// What the host calls a product: a stock-keeping unit, in the form of a customer's id.
    Sku
}

/// The id of an event: a UUID chosen by its sender, unique in the workspace.
///
/// Version 7 is recommended: ids in order of time are the cheapest to keep unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, format = "uuid"))]
pub struct EventId(Uuid);

/// A text that is no event id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event id is a UUID such as \"01890a5d-ac96-774b-bcce-b302099a8057\"")]
pub struct EventIdError;

impl<'de> Deserialize<'de> for EventId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::parse_str(deserializer, "an event id, a UUID")
    }
}

impl EventId {
    /// A version 7 id from a time and ten random bytes.
    pub fn v7(time: Timestamp, random: [u8; 10]) -> Self {
        // Before 1970 there is no version 7; such a time counts as 1970.
        let millis = u64::try_from(time.millis()).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    /// From its sixteen bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// Whether it is nothing but zeros, which is what programs send that have set none.
    pub(crate) fn is_nil(&self) -> bool {
        self.0.is_nil()
    }

    /// Its sixteen bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for EventId {
    type Err = EventIdError;

    fn from_str(text: &str) -> Result<Self, EventIdError> {
        text.parse().map(Self).map_err(|_| EventIdError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_at_the_ends_of_a_name_make_no_other_thing() {
        let id = CustomerId::from("c 1");
        assert_eq!(id, CustomerId::from(" c 1\u{a0}"));
        assert_eq!(serde_json::from_str::<CustomerId>("\"c 1 \"").unwrap(), id);
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"c 1\"");
    }

    #[test]
    fn version_seven_ids_sort_by_time() {
        let early = EventId::v7(Timestamp::from_millis(1_700_000_000_000), [255; 10]);
        let late = EventId::v7(Timestamp::from_millis(1_700_000_000_001), [0; 10]);
        assert!(early < late);
        assert_eq!(late.to_string(), "018bcfe5-6801-7000-8000-000000000000");
        assert_eq!(late.to_string().parse(), Ok(late));
    }
}

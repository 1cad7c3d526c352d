//! How many entries a page of a list has.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, de};

/// Entries of a page at the most: 1 to 1,000, and 50 where nobody says. A page ends sooner at a
/// mebibyte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = usize, minimum = 1, maximum = 1000))]
pub struct PageSize(usize);

impl PageSize {
    /// The largest.
    pub const LARGEST: Self = Self(1_000);

    /// A page of so many entries; the error is the rule that is broken.
    ///
    /// # Errors
    /// There are none, or more than [`Self::LARGEST`].
    pub fn new(entries: usize) -> Result<Self, String> {
        if (1..=Self::LARGEST.0).contains(&entries) {
            return Ok(Self(entries));
        }
        Err(format!("lies between 1 and {}, {entries} given", Self::LARGEST))
    }

    /// A page of so many entries, or the next size that there is.
    pub fn at_most(entries: usize) -> Self {
        Self(entries.clamp(1, Self::LARGEST.0))
    }

    /// How many entries.
    pub const fn get(self) -> usize {
        self.0
    }
}

impl Default for PageSize {
    fn default() -> Self {
        Self(50)
    }
}

impl fmt::Display for PageSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for PageSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::new(text.parse().map_err(|_| format!("is a whole number, {text:?} given"))?)
    }
}

impl<'de> Deserialize<'de> for PageSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(usize::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

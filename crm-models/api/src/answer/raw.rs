//! Free attributes, written as they were sent.

use serde::{Deserialize, Deserializer, de};
use serde_json::value::{RawValue, to_raw_value};

/// Reads them. By way of a value, for inside a tagged or a flattened type serde has no text left to
/// keep.
pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Box<RawValue>, D::Error> {
    to_raw_value(&serde_json::Value::deserialize(deserializer)?).map_err(de::Error::custom)
}

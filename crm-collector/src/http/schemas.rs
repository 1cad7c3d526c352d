//! Schemas of parameters that are words, which a derive cannot see.

use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

fn words(words: &[&str]) -> Object {
    let words = words.iter().map(|word| (*word).to_owned());
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).build()
}

pub(super) fn bucket() -> Object {
    words(&["day", "week", "month", "quarter", "year"])
}

pub(super) fn format() -> Object {
    words(&["json", "csv"])
}

pub(super) fn series() -> Object {
    words(&["revenue", "orders", "units", "customers"])
}

pub(super) fn breakdown() -> Object {
    words(&["product", "country", "channel", "segment"])
}

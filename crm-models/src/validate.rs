//! Checks that events share. Each failure names the field, the rule and what was found.

use serde_json::Value;

use crate::ids::{CustomerId, EventId};
use crate::text::{has_control_characters, is_nobody};
use crate::{Attributes, Code, limits};

/// A field that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
#[cfg_attr(not(feature = "exhaustive"), non_exhaustive)]
pub struct Invalid {
    /// Which rule.
    pub code: Code,
    /// Path of the field, such as `items[2].unit_price`.
    pub field: String,
    /// The rule, its limit and what was given.
    pub message: String,
}

impl Invalid {
    /// A failure of a rule at a field.
    pub fn new(code: Code, field: &str, message: String) -> Self {
        Self { code, field: field.to_owned(), message }
    }

    /// The same failure seen from the object that holds the list.
    pub(crate) fn inside(mut self, list: &str, index: usize) -> Self {
        self.field = format!("{list}[{index}].{}", self.field);
        self
    }
}

/// `Ok` when the rule holds.
pub(crate) fn check(
    holds: bool,
    code: Code,
    field: &str,
    message: impl FnOnce() -> String,
) -> Result<(), Invalid> {
    if holds { Ok(()) } else { Err(Invalid::new(code, field, message())) }
}

/// Whether a flag has its default, which is not written.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a field over by reference")]
pub(crate) fn is_false(flag: &bool) -> bool {
    !*flag
}

/// One line of text that may not be empty.
pub(crate) fn required_text(field: &str, text: &str, limit_bytes: usize) -> Result<(), Invalid> {
    let is_blank = text.chars().all(char::is_whitespace);
    check(!is_blank, Code::MissingField, field, || "may not be empty".into())?;
    line(field, text, limit_bytes)
}

/// The id of a customer, who is somebody.
pub(crate) fn somebody(id: &CustomerId) -> Result<(), Invalid> {
    check(!is_nobody(id.as_str()), Code::MissingField, "customer_id", || {
        format!("\"{id}\" stands for nobody, of whom nothing can be kept")
    })
}

/// The id of an event, if given, which is that of one event alone.
pub(crate) fn one_event(field: &str, id: Option<EventId>) -> Result<(), Invalid> {
    let is_nil = id.is_some_and(|id| id.is_nil());
    check(!is_nil, Code::MissingField, field, || {
        "an id of nothing but zeros stands for no event; leave it out where there is none".into()
    })
}

/// One line of text, if given; empty is as good as absent.
pub(crate) fn optional_text(
    field: &str,
    text: Option<&str>,
    limit_bytes: usize,
) -> Result<(), Invalid> {
    text.map_or(Ok(()), |text| line(field, text, limit_bytes))
}

/// The name of a product, if given: a line of text of so many characters.
pub(crate) fn product_name(field: &str, name: Option<&str>) -> Result<(), Invalid> {
    let Some(name) = name else { return Ok(()) };
    let most = limits::PRODUCT_NAME_CHARS;
    // Most names are shorter than that in bytes, which costs nothing to see.
    let chars = if name.len() <= most { 0 } else { name.chars().count() };
    check(chars <= most, Code::TooLong, field, || {
        format!("at most {most} characters, {chars} given")
    })?;
    no_control_characters(field, name)
}

/// Text of any shape, if given.
pub(crate) fn free_text(
    field: &str,
    text: Option<&str>,
    limit_bytes: usize,
) -> Result<(), Invalid> {
    text.map_or(Ok(()), |text| fits(field, text.len(), limit_bytes))
}

/// A JSON object within its limits of size and depth.
pub(crate) fn attributes(field: &str, attributes: &Attributes) -> Result<(), Invalid> {
    if attributes.is_empty() {
        return Ok(());
    }
    let depth = 1 + attributes.values().map(depth).max().unwrap_or(0);
    check(depth <= limits::ATTRIBUTES_DEPTH, Code::TooDeep, field, || {
        format!("at most {} levels deep, {depth} given", limits::ATTRIBUTES_DEPTH)
    })?;
    let size_bytes = serde_json::to_string(attributes).map_or(usize::MAX, |json| json.len());
    fits(field, size_bytes, limits::ATTRIBUTES_BYTES)
}

fn line(field: &str, text: &str, limit_bytes: usize) -> Result<(), Invalid> {
    fits(field, text.len(), limit_bytes)?;
    no_control_characters(field, text)
}

fn no_control_characters(field: &str, text: &str) -> Result<(), Invalid> {
    check(!has_control_characters(text), Code::InvalidField, field, || {
        "may not hold control characters".into()
    })
}

fn fits(field: &str, size_bytes: usize, limit_bytes: usize) -> Result<(), Invalid> {
    check(size_bytes <= limit_bytes, Code::TooLong, field, || {
        format!("at most {limit_bytes} bytes, {size_bytes} given")
    })
}

/// Levels of nesting; the recursion is bounded by the parser's own limit of 128.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(values) => 1 + values.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

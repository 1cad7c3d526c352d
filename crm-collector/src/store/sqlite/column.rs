//! Reading columns whose types SQL does not know.

use std::str::FromStr;

use crm_models::{Currency, EventId, Timestamp, UnknownName};
use rusqlite::Row;
use rusqlite::types::Type;
use serde_json::value::RawValue;

/// A currency, stored as its number.
pub(super) fn currency(row: &Row<'_>, index: usize) -> rusqlite::Result<Currency> {
    let number = row.get(index)?;
    Currency::from_number(number).ok_or_else(|| unreadable(index, "no such currency"))
}

/// An instant, stored in milliseconds.
pub(super) fn time(row: &Row<'_>, index: usize) -> rusqlite::Result<Timestamp> {
    row.get(index).map(Timestamp::from_millis)
}

/// An instant that may be absent.
pub(super) fn optional_time(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(index)?.map(Timestamp::from_millis))
}

/// A word of a fixed set, such as a role.
pub(super) fn word<T>(row: &Row<'_>, index: usize) -> rusqlite::Result<T>
where
    T: FromStr<Err = UnknownName>,
{
    let text: String = row.get(index)?;
    text.parse().map_err(|error| unreadable(index, error))
}

/// Words of a fixed set with commas between them, if there are any.
pub(super) fn words<T>(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<Vec<T>>>
where
    T: FromStr<Err = UnknownName>,
{
    let Some(text) = row.get::<_, Option<String>>(index)? else { return Ok(None) };
    let list = text.split(',').map(str::parse).collect::<Result<_, _>>();
    list.map(Some).map_err(|error| unreadable(index, error))
}

/// An object of JSON as it was written, not taken apart: nobody looks into it, and apart it would take
/// many times its bytes. Empty where there is none.
pub(super) fn json(row: &Row<'_>, index: usize) -> rusqlite::Result<Box<RawValue>> {
    let text = row.get::<_, Option<String>>(index)?.unwrap_or_else(|| "{}".to_owned());
    RawValue::from_string(text).map_err(|error| unreadable(index, error))
}

/// What was written as JSON; nothing where there is none.
pub(super) fn parsed<T: Default + serde::de::DeserializeOwned>(
    row: &Row<'_>,
    index: usize,
) -> rusqlite::Result<T> {
    let Some(json) = row.get::<_, Option<String>>(index)? else { return Ok(T::default()) };
    serde_json::from_str(&json).map_err(|error| unreadable(index, error))
}

/// The error of a column whose content this program cannot have written.
pub(super) fn unreadable(
    index: usize,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(index, Type::Null, error.into())
}

/// An event's id, stored as its sixteen bytes.
pub(super) fn event_id(row: &Row<'_>, index: usize) -> rusqlite::Result<EventId> {
    row.get(index).map(EventId::from_bytes)
}

/// The same where it may be absent.
pub(super) fn optional_event_id(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<EventId>> {
    Ok(row.get::<_, Option<[u8; 16]>>(index)?.map(EventId::from_bytes))
}

//! Reading columns whose types SQL does not know.

use crm_models::{Currency, EventId, Timestamp};
use rusqlite::Row;
use rusqlite::types::Type;

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

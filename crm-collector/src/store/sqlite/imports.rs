//! The tables of imports, and of the stretches of the log that each has filled.

use crm_models::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::numbers::{key, number_of};
use super::sealed::Sealed;
use super::{Snapshot, Transaction, column};
use crate::store::{ImportRow, Result, WorkspaceId};

pub(super) static ROWS: Sealed = Sealed::new(
    "imports",
    &["key"],
    &["key", "name", "actor", "began_at", "events", "taken_back_at"],
);

pub(super) static STRETCHES: Sealed =
    Sealed::new("import_stretches", &["first"], &["first", "last", "import"]);

impl Snapshot<'_> {
    /// Visits imports before one, the latest first: at most so many.
    pub(in crate::store) fn each_import_before(
        &self,
        workspace: WorkspaceId,
        before: i64,
        at_most: usize,
        mut visit: impl FnMut(ImportRow),
    ) -> Result<()> {
        let mut statement = self.conn.prepare_cached(
            "SELECT key, name, actor, began_at, events, taken_back_at FROM imports
             WHERE key > ?1 AND key < ?2 ORDER BY key DESC LIMIT ?3",
        )?;
        let end = super::numbers::last_key(workspace);
        let before = if before == i64::MAX { end } else { key(workspace, before).min(end) };
        let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
        let mut rows = statement.query(params![key(workspace, 0), before, at_most])?;
        while let Some(row) = rows.next()? {
            visit(ImportRow {
                number: number_of(row.get(0)?),
                name: row.get(1)?,
                actor: row.get(2)?,
                began_at: column::time(row, 3)?,
                events: row.get(4)?,
                taken_back_at: column::optional_time(row, 5)?,
            });
        }
        Ok(())
    }

    /// The first and the last place of the log of the next stretch of an import behind a place.
    pub fn next_stretch(
        &self,
        workspace: WorkspaceId,
        import: i64,
        after: i64,
    ) -> Result<Option<(i64, i64)>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT first, last FROM import_stretches WHERE import = ?1 AND first > ?2
             ORDER BY first LIMIT 1",
        )?;
        let values = params![key(workspace, import), key(workspace, after)];
        let found =
            statement.query_row(values, |row| Ok((number_of(row.get(0)?), number_of(row.get(1)?))));
        Ok(found.optional()?)
    }
}

impl Transaction<'_> {
    /// Adds an import.
    pub(in crate::store) fn insert_import(
        &self,
        workspace: WorkspaceId,
        import: &ImportRow,
    ) -> Result<()> {
        ROWS.insert(
            self.conn,
            params![
                key(workspace, import.number),
                import.name,
                import.actor,
                import.began_at.millis(),
                import.events,
                import.taken_back_at.map(Timestamp::millis)
            ],
        )
    }

    /// Notes how far an import has come, or that it was taken back.
    pub(in crate::store) fn set_import(
        &self,
        workspace: WorkspaceId,
        import: &ImportRow,
    ) -> Result<()> {
        let taken_back_at = import.taken_back_at.map(Timestamp::millis);
        let values = params![key(workspace, import.number), import.events, taken_back_at];
        ROWS.change(self.conn, "events = ?2, taken_back_at = ?3", values)?;
        Ok(())
    }

    /// Adds a stretch, by its first and its last place.
    pub(in crate::store) fn insert_stretch(
        &self,
        workspace: WorkspaceId,
        import: i64,
        (first, last): (i64, i64),
    ) -> Result<()> {
        let import = key(workspace, import);
        STRETCHES.insert(self.conn, params![key(workspace, first), key(workspace, last), import])
    }

    /// Lets a stretch of an import that ends at a place end at another; `false` where none ends there.
    pub(in crate::store) fn extend_stretch(
        &self,
        workspace: WorkspaceId,
        import: i64,
        (end, last): (i64, i64),
    ) -> Result<bool> {
        let mut statement = self.conn.prepare_cached(
            "SELECT first FROM import_stretches WHERE import = ?1 ORDER BY first DESC LIMIT 1",
        )?;
        let latest: Option<i64> =
            statement.query_row([key(workspace, import)], |row| row.get(0)).optional()?;
        let Some(latest) = latest else { return Ok(false) };
        let mut statement = self
            .conn
            .prepare_cached("SELECT 1 FROM import_stretches WHERE first = ?1 AND last = ?2")?;
        if !statement.exists([latest, key(workspace, end)])? {
            return Ok(false);
        }
        STRETCHES.change(self.conn, "last = ?2", params![latest, key(workspace, last)])
    }
}

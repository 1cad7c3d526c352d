//! The table of workspaces.

use chrono_tz::Tz;
use crm_models::{Currency, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

use super::error::unless_taken;
use super::sealed::Sealed;
use super::{Snapshot, Transaction, column};
use crate::store::{Result, StoreError, Workspace, WorkspaceId};

pub(super) static ROWS: Sealed = Sealed::new(
    "workspaces",
    &["id"],
    &["name", "title", "currency", "timezone", "created_at", "known_from", "erased_at"],
)
.with_later(2);

const COLUMNS: &str =
    "id, name, currency, timezone, coalesce(title, name), known_from, created_at, erased_at";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Workspace> {
    let timezone: String = row.get(3)?;
    let known_from: Option<String> = row.get(5)?;
    let known_from = known_from.map(|date| date.parse()).transpose();
    Ok(Workspace {
        id: row.get(0)?,
        name: row.get(1)?,
        title: row.get(4)?,
        currency: column::currency(row, 2)?,
        timezone: timezone.parse().map_err(|error| column::unreadable(3, error))?,
        known_from: known_from.map_err(|error| column::unreadable(5, error))?,
        created_at: column::time(row, 6)?,
        erased_at: column::optional_time(row, 7)?,
    })
}

impl Snapshot<'_> {
    /// All workspaces, in order of creation.
    pub fn workspaces(&self) -> Result<Vec<Workspace>> {
        let sql = format!("SELECT {COLUMNS} FROM workspaces ORDER BY id");
        let mut statement = self.conn.prepare_cached(&sql)?;
        let rows = statement.query_map([], from_row)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// How many workspaces there are.
    pub(in crate::store) fn count_workspaces(&self) -> Result<i64> {
        let sql = "SELECT count(*) FROM workspaces";
        Ok(self.conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }

    /// One workspace by number.
    pub fn workspace(&self, id: WorkspaceId) -> Result<Option<Workspace>> {
        let sql = format!("SELECT {COLUMNS} FROM workspaces WHERE id = ?1");
        Ok(self.conn.prepare_cached(&sql)?.query_row([id], from_row).optional()?)
    }

    /// One workspace by name.
    pub fn workspace_by_name(&self, name: &str) -> Result<Option<Workspace>> {
        let sql = format!("SELECT {COLUMNS} FROM workspaces WHERE name = ?1");
        Ok(self.conn.prepare_cached(&sql)?.query_row([name], from_row).optional()?)
    }
}

impl Transaction<'_> {
    /// Adds a workspace; `None` when there is one of this name.
    pub(in crate::store) fn insert_workspace(
        &self,
        name: &str,
        title: &str,
        currency: Currency,
        timezone: Tz,
        now: Timestamp,
    ) -> Result<Option<WorkspaceId>> {
        let values = params![
            name,
            title,
            currency.number(),
            timezone.name(),
            now.millis(),
            None::<String>,
            None::<i64>
        ];
        let Some(()) = unless_taken(ROWS.insertion(self.conn)?.row(values))? else {
            return Ok(None);
        };
        let id = i32::try_from(self.conn.last_insert_rowid())
            .map_err(|_| StoreError::Damaged("more workspaces than a database can hold".into()))?;
        Ok(Some(WorkspaceId(id)))
    }

    /// Notes when something was last erased in a workspace.
    pub(in crate::store) fn set_erased_at(&self, id: WorkspaceId, at: Timestamp) -> Result<()> {
        ROWS.change(self.conn, "erased_at = ?2", params![id, at.millis()])?;
        Ok(())
    }

    /// Changes the currency, the time zone and the first day of a workspace.
    pub(in crate::store) fn set_workspace(&self, workspace: &Workspace) -> Result<()> {
        let (currency, timezone) = (workspace.currency.number(), workspace.timezone.name());
        let known_from = workspace.known_from.map(|date| date.to_string());
        let set = "currency = ?2, timezone = ?3, known_from = ?4";
        ROWS.change(self.conn, set, params![workspace.id, currency, timezone, known_from])?;
        Ok(())
    }
}

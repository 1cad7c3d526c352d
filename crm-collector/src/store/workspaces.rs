//! Workspaces: the tenants, their currency and time zone.

use chrono_tz::Tz;
use crm_models::{Currency, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

use super::error::{Result, StoreError};
use super::ids::WorkspaceId;
use super::sealed::Sealed;
use super::{ReadTx, WriteTx};

pub(super) static ROWS: Sealed =
    Sealed::new("workspaces", &["id"], &["name", "title", "currency", "timezone", "created_at"]);

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// Its number.
    pub id: WorkspaceId,
    /// Its unique name, for the command line.
    pub name: String,
    /// What its people call it; other tenants may call theirs the same.
    pub title: String,
    /// Reporting currency.
    pub currency: Currency,
    /// Whose days and months the reports use.
    pub timezone: Tz,
}

const COLUMNS: &str = "id, name, currency, timezone, coalesce(title, name)";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Workspace> {
    let timezone: String = row.get(3)?;
    Ok(Workspace {
        id: row.get(0)?,
        name: row.get(1)?,
        title: row.get(4)?,
        currency: super::column::currency(row, 2)?,
        timezone: timezone.parse().map_err(|error| super::column::unreadable(3, error))?,
    })
}

impl ReadTx<'_> {
    /// All workspaces, in order of creation.
    pub fn workspaces(&self) -> Result<Vec<Workspace>> {
        let sql = format!("SELECT {COLUMNS} FROM workspaces ORDER BY id");
        let mut statement = self.conn.prepare_cached(&sql)?;
        let rows = statement.query_map([], from_row)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn count_workspaces(&self) -> Result<i64> {
        let sql = "SELECT count(*) FROM workspaces";
        Ok(self.conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }

    /// One workspace by number.
    pub fn workspace(&self, id: WorkspaceId) -> Result<Option<Workspace>> {
        let sql = format!("SELECT {COLUMNS} FROM workspaces WHERE id = ?1");
        Ok(self.conn.prepare_cached(&sql)?.query_row([id], from_row).optional()?)
    }

    /// One workspace whose number came from the store, so that it has to be there.
    pub fn known_workspace(&self, id: WorkspaceId) -> Result<Workspace> {
        self.workspace(id)?.ok_or_else(|| StoreError::Damaged("a workspace is gone".into()))
    }

    /// One workspace by name.
    pub fn workspace_by_name(&self, name: &str) -> Result<Option<Workspace>> {
        let sql = format!("SELECT {COLUMNS} FROM workspaces WHERE name = ?1");
        Ok(self.conn.prepare_cached(&sql)?.query_row([name], from_row).optional()?)
    }
}

impl WriteTx<'_> {
    /// Adds a workspace. Where its title is the name of another, its own name gets a number: to
    /// refuse it would tell a stranger what the other tenants are called.
    pub fn add_workspace(
        &self,
        title: &str,
        currency: Currency,
        timezone: Tz,
        now: Timestamp,
    ) -> Result<Workspace> {
        let mut name = title.to_owned();
        // Workspaces are never removed, so that the next number is soon found.
        let mut number = self.count_workspaces()?;
        while self.workspace_by_name(&name)?.is_some() {
            number += 1;
            name = format!("{title}-{number}");
        }
        let values = params![name, title, currency.number(), timezone.name(), now.millis()];
        ROWS.insert(self.conn, values)?;
        let id = i32::try_from(self.conn.last_insert_rowid())
            .map_err(|_| StoreError::Damaged("more workspaces than a database can hold".into()))?;
        Ok(Workspace { id: WorkspaceId(id), name, title: title.to_owned(), currency, timezone })
    }

    /// Changes the currency and the time zone of a workspace. What is folded belongs to the old
    /// zone; see [`WriteTx::unfold`].
    pub fn change_workspace(&self, workspace: &Workspace) -> Result<()> {
        let (currency, timezone) = (workspace.currency.number(), workspace.timezone.name());
        let set = "currency = ?2, timezone = ?3";
        ROWS.change(self.conn, set, params![workspace.id, currency, timezone])?;
        Ok(())
    }
}

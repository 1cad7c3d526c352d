//! Workspaces: the tenants, their currency and time zone.

use chrono::NaiveDate;
use chrono_tz::Tz;
use crm_models::{Currency, Timestamp};

use super::error::{Result, StoreError};
use super::ids::WorkspaceId;
use super::{ReadTx, WriteTx};

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
    /// The first day whose purchases set what is looked at when nobody says, where somebody said so.
    pub known_from: Option<NaiveDate>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When something was last erased in it.
    pub erased_at: Option<Timestamp>,
}

impl ReadTx<'_> {
    /// When something was last erased in a workspace.
    pub(super) fn erased_at(&self, id: WorkspaceId) -> Result<Option<Timestamp>> {
        Ok(self.workspace(id)?.and_then(|workspace| workspace.erased_at))
    }

    /// One workspace whose number came from the store, so that it has to be there.
    pub fn known_workspace(&self, id: WorkspaceId) -> Result<Workspace> {
        self.workspace(id)?.ok_or_else(|| StoreError::Damaged("a workspace is gone".into()))
    }
}

impl WriteTx<'_> {
    /// Keeps everybody else from changing a workspace, of this process or another, until the end of this
    /// transaction: what is read from here on still holds when something is written because of it.
    pub fn lock_workspace(&self, id: WorkspaceId) -> Result<()> {
        self.engine.lock_workspace(id)
    }

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
        let id = loop {
            match self.engine.insert_workspace(&name, title, currency, timezone, now)? {
                Some(id) => break id,
                None => number += 1,
            }
            name = format!("{title}-{number}");
        };
        Ok(Workspace {
            id,
            name,
            title: title.to_owned(),
            currency,
            timezone,
            known_from: None,
            created_at: now,
            erased_at: None,
        })
    }

    /// Changes the currency, the time zone and the first day of a workspace. What is folded belongs to the old
    /// zone; see [`WriteTx::unfold`].
    pub fn change_workspace(&self, workspace: &Workspace) -> Result<()> {
        self.lock_workspace(workspace.id)?;
        self.engine.set_workspace(workspace)
    }
}

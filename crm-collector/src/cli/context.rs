//! What a command works with: the settings, the store, the accounts, one workspace.

use std::future::Future;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use chrono_tz::Tz;
use crm_models::Currency;

use super::{Global, output};
use crate::app;
use crate::auth::right::Right;
use crate::auth::{Access, Auth, AuthError, NewWorkspace, Workspace};
use crate::clock::Clock;
use crate::config::Config;
use crate::ingest::{Corrections, Erasures, Quarantine};
use crate::store::{Store, StoreError};

pub(super) struct Context {
    pub(super) config: Config,
    pub(super) clock: Clock,
    pub(super) store: Arc<Store>,
    runtime: tokio::runtime::Runtime,
}

impl Context {
    /// Opens the database that is there.
    pub(super) fn open(global: &Global) -> anyhow::Result<Self> {
        let config = global.settings()?;
        if !config.data.join(Store::FILE_NAME).exists() {
            // Without the words that it could not be opened: nothing was there to open.
            return Err(StoreError::Absent(config.data).into());
        }
        let store = app::open_existing_store(&config)?;
        Self::with(config, store)
    }

    /// The same with a right in [`Self::workspace`], for a command that needs nothing else.
    pub(super) fn open_with<R: Right>(global: &Global) -> anyhow::Result<(Self, Access<R>)> {
        let context = Self::open(global)?;
        let access = context.access()?;
        Ok((context, access))
    }

    /// Opens the database, if there is one.
    pub(super) fn open_if_there(global: &Global) -> anyhow::Result<Option<Self>> {
        let config = global.settings()?;
        let there = config.data.join(Store::FILE_NAME).exists();
        if !there {
            return Ok(None);
        }
        let store = app::open_existing_store(&config)?;
        Self::with(config, store).map(Some)
    }

    /// Opens the database, or makes it.
    pub(super) fn open_or_make(global: &Global) -> anyhow::Result<Self> {
        let config = global.settings()?;
        let store = app::open_store(&config)?;
        Self::with(config, store)
    }

    fn with(config: Config, store: Arc<Store>) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("cannot start")?;
        Ok(Self { config, clock: Clock::system(), store, runtime })
    }

    /// The name that `--workspace` or the settings gave.
    pub(super) fn workspace_name(&self) -> Option<&str> {
        Some(self.config.workspace.as_str()).filter(|name| !name.is_empty())
    }

    /// The workspace of [`Self::workspace_name`], or the first.
    pub(super) fn workspace(&self) -> anyhow::Result<Workspace> {
        let all = self.store.read(|tx| tx.workspaces()).map_err(|error: StoreError| error)?;
        match self.workspace_name() {
            Some(name) => match all.iter().find(|one| one.name.eq_ignore_ascii_case(name)) {
                Some(workspace) => Ok(workspace.clone()),
                None => {
                    let names: Vec<_> = all.iter().map(|one| one.name.as_str()).collect();
                    bail!("there is no workspace \"{name}\"; there are: {}", names.join(", "))
                }
            },
            // The first is that of whoever set the collector up. Those that others register must
            // not stop its commands.
            None => {
                let count = all.len();
                let Some(first) = all.into_iter().next() else {
                    bail!("there is no workspace yet; begin with `crm-collector user add`")
                };
                if count > 1 {
                    let name = &first.name;
                    output::note(&format!(
                        "workspace {name}, the first of {count}; --workspace or CRM_WORKSPACE \
                         chooses another"
                    ));
                }
                Ok(first)
            }
        }
    }

    /// The same, or `None` where there is none at all.
    pub(super) fn workspace_if_any(&self) -> anyhow::Result<Option<Workspace>> {
        let all = self.store.read(|tx| tx.workspaces()).map_err(|error: StoreError| error)?;
        if all.is_empty() { Ok(None) } else { self.workspace().map(Some) }
    }

    /// The same; where there is none at all, one is made.
    pub(super) fn workspace_or_make(
        &self,
        currency: Option<Currency>,
        timezone: Option<Tz>,
    ) -> anyhow::Result<Workspace> {
        if let Some(workspace) = self.workspace_if_any()? {
            return Ok(workspace);
        }
        let workspace = NewWorkspace::new(self.workspace_name(), currency, timezone)?;
        let made = self.wait(self.auth()?.add_workspace(workspace))?;
        let Workspace { name, currency, timezone, .. } = &made;
        output::note(&format!("made the workspace {name}: {currency}, {timezone}"));
        Ok(made)
    }

    /// A right of whoever runs commands here, in [`Self::workspace`].
    pub(super) fn access<R: Right>(&self) -> anyhow::Result<Access<R>> {
        Ok(Access::command_line(self.workspace()?.id)?)
    }

    /// The same, with the time zone whose clocks times are shown by.
    pub(super) fn access_and_timezone<R: Right>(&self) -> anyhow::Result<(Access<R>, Tz)> {
        let workspace = self.workspace()?;
        Ok((Access::command_line(workspace.id)?, workspace.timezone))
    }

    /// What takes back what is stored.
    pub(super) fn corrections(&self) -> Corrections {
        Corrections::new(self.store.clone(), self.clock.clone())
    }

    /// What was rejected.
    pub(super) fn quarantine(&self) -> Quarantine {
        Quarantine::new(self.store.clone(), self.clock.clone())
    }

    /// What erases customers.
    pub(super) fn erasures(&self) -> Erasures {
        Erasures::new(self.store.clone(), self.clock.clone())
    }

    /// The accounts.
    pub(super) fn auth(&self) -> Result<Auth, AuthError> {
        let config = self.config.auth.clone();
        Auth::new(self.store.clone(), self.clock.clone(), config, self.config.registration)
    }

    /// Waits for something async.
    pub(super) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }
}

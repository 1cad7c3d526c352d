//! Who is asking, and what they may do: accounts, sessions, invitations and API keys.
//!
//! [`Auth`] answers the first with a [`Principal`], the second with an [`Access`], the value that a
//! function must be handed before it touches data. Secrets are shown once and stored as hashes; every change of an account or
//! a key leaves an entry in the audit log, in the same transaction.

mod access;
mod accounts;
mod entry;
mod error;
mod invitations;
mod key_cache;
mod key_text;
mod keys;
mod last_use;
mod password;
mod principal;
mod secret;
mod text;
mod throttle;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ring::rand::SystemRandom;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::lane::Lane;
use crate::store::{ReadTx, Store, StoreError, WriteTx};

pub use crate::store::{
    ApiKey, Invitation, InvitationId, KeyId, NewApiKey, User, UserId, Workspace, WorkspaceId,
};
pub use access::{Access, NO_SOURCE, right};
pub use accounts::{Account, LogInFrom, LoggedIn, NewUser, NewWorkspace};
pub use error::{AuthError, Result};
pub use invitations::Newcomer;
pub use keys::{NewKey, grant_of_key};
pub use password::Password;
pub use principal::{Actor, KeyGrant, Principal};
pub use secret::SessionToken;

/// Settings of accounts and keys.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How many days a login lasts.
    pub session_days: u32,
    /// How many days an invitation lasts.
    pub invitation_days: u32,
    /// Failed attempts to log in to an account that an address has in a minute.
    pub attempts_per_account: u32,
    /// Failed attempts to log in, and attempts to register or accept an invitation, that an address
    /// has in a minute.
    pub attempts_per_address: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            session_days: 30,
            invitation_days: 7,
            attempts_per_account: 10,
            attempts_per_address: 30,
        }
    }
}

impl Config {
    /// Settings that make no sense, each by its key.
    pub fn mistakes(&self) -> Vec<(&'static str, String)> {
        let bounds = [
            ("session_days", self.session_days, 365),
            ("invitation_days", self.invitation_days, 365),
            ("attempts_per_account", self.attempts_per_account, 100_000),
            ("attempts_per_address", self.attempts_per_address, 100_000),
        ];
        bounds
            .into_iter()
            .filter(|(_, given, most)| !(1..=*most).contains(given))
            .map(|(key, given, most)| (key, format!("lies between 1 and {most}, {given} given")))
            .collect()
    }
}

/// Who may make an account without an invitation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    /// Everybody; each gets a workspace of their own.
    Open,
    /// The first person who comes.
    #[default]
    FirstUser,
    /// Nobody.
    Closed,
}

/// How often what is only noted in memory goes to the store.
const NOTE_EVERY: Duration = Duration::from_secs(5);
/// How often what has expired is cleared away.
const CLEAR_EVERY_TICKS: u32 = 720;

/// Accounts, sessions and API keys.
#[derive(Clone)]
pub struct Auth {
    shared: Arc<Inner>,
}

/// Threads that read, and threads that write.
const AT_ONCE: usize = 4;

struct Inner {
    store: Arc<Store>,
    reading: Lane,
    /// Writes wait for the events that come in; who is asked for a session does not wait for them.
    writing: Lane,
    clock: Clock,
    config: Config,
    registration: Registration,
    random: SystemRandom,
    hashing: password::Hashing,
    throttle: throttle::Throttle,
    key_cache: key_cache::KeyCache,
    origins: keys::OriginCache,
    last_use: last_use::LastUse,
    entries: entry::Entries,
}

impl Auth {
    /// Accounts and keys of this store.
    pub fn new(
        store: Arc<Store>,
        clock: Clock,
        config: Config,
        registration: Registration,
    ) -> Result<Self> {
        let random = SystemRandom::new();
        let shared = Inner {
            hashing: password::Hashing::new(&random)?,
            throttle: throttle::Throttle::new(&config),
            key_cache: key_cache::KeyCache::default(),
            origins: keys::OriginCache::default(),
            last_use: last_use::LastUse::default(),
            entries: entry::Entries::default(),
            reading: Lane::new(AT_ONCE),
            writing: Lane::new(AT_ONCE),
            store,
            clock,
            config,
            registration,
            random,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Writes down when keys were last used and clears away what has expired, until `stop`
    /// turns true; then once more.
    pub async fn keep_house(self, mut stop: watch::Receiver<bool>) {
        let mut tick = 0_u32;
        loop {
            let stopping = tokio::select! {
                // An error means that whoever would stop us is gone.
                _ = stop.wait_for(|stop| *stop) => true,
                () = tokio::time::sleep(NOTE_EVERY) => false,
            };
            if let Err(error) = self.write_last_use().await {
                tracing::warn!(%error, "could not note when keys were last used");
            }
            if stopping {
                return;
            }
            if tick.is_multiple_of(CLEAR_EVERY_TICKS)
                && let Err(error) = self.remove_expired().await
            {
                tracing::warn!(%error, "could not clear away expired sessions");
            }
            tick = tick.wrapping_add(1);
        }
    }

    async fn write_last_use(&self) -> Result<()> {
        let noted = self.shared.last_use.take(self.shared.clock.now());
        if noted.is_empty() {
            return Ok(());
        }
        self.write(move |tx| {
            for (key, at) in noted {
                tx.note_key_use(key, at)?;
            }
            Ok(())
        })
        .await
    }

    async fn remove_expired(&self) -> Result<()> {
        let now = self.shared.clock.now();
        self.write(move |tx| {
            tx.remove_expired_sessions(now)?;
            tx.remove_expired_invitations(now)?;
            Ok(())
        })
        .await
    }

    /// Refuses when this address has tried too often.
    fn slow_down(&self, address: Option<IpAddr>) -> Result<()> {
        address.map_or(Ok(()), |address| self.shared.throttle.address(address))
    }

    /// Reads on a blocking thread.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&ReadTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let store = self.shared.store.clone();
        let work = move || store.read_briefly(work);
        self.shared.reading.run(work).await.map_err(AuthError::stopped)?
    }

    /// Writes on a blocking thread.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&WriteTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let store = self.shared.store.clone();
        let work = move || store.write(work);
        self.shared.writing.run(work).await.map_err(AuthError::stopped)?
    }
}

/// A row that a foreign key promises.
fn promised<T>(row: Option<T>) -> Result<T> {
    row.ok_or_else(|| StoreError::Damaged("a row that others refer to is gone".into()).into())
}

//! What is stored, and what is derived from it.
//!
//! [`Store::write`] runs a closure in a transaction that is on the disk when it returns;
//! [`Store::read`] runs one on a snapshot that stands still. What the rest of the program sees are the
//! methods of [`ReadTx`] and [`WriteTx`], which stand in the file of what they speak of.
//!
//! Two halves: `sqlite` is the engine, one database in the data folder, and has all SQL. Everything
//! else is neutral: what becomes of an event, which numbers it gets, how a fold is packed and runs are
//! merged, what a customer is found by. It asks the engine for rows, by verbs (ADR 11), and assumes
//! neither that it writes alone nor that what it remembers still holds.

mod advice;
mod append;
mod audit;
mod catalogue;
mod check;
mod codec;
mod content;
mod customers;
mod erasures;
mod error;
mod fold;
mod ids;
mod imports;
mod interactions;
mod invitations;
mod items;
mod keys;
mod memberships;
mod outcome;
mod purchases;
mod refunds;
mod rejected;
mod remembered;
mod runs;
mod search;
mod sessions;
mod sqlite;
mod users;
mod workspaces;

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use catalogue::Product;
use customers::{CustomerTexts, Fields, Index, Stretch, Terms};
use interactions::{INTERACTION_VOID, LoggedInteraction};
use purchases::{LoggedChange, LoggedFact, LoggedPurchase, VOID};
use remembered::Remembered;
use runs::{Block, Run, RunState};
use sqlite::{Database, Length, Transaction};

pub use advice::{AdviceDecision, AdviceRow, AdviceRules, HOLD_PERCENT};
pub use append::Appender;
pub use audit::AuditEntry;
pub use catalogue::LabelKind;
pub use check::Checked;
pub use customers::{CustomerQuery, Profile};
pub use erasures::{CustomerHash, Erased, Erasure};
pub use error::{Cause, Result, StoreError};
pub use fold::{BuyerHistories, BuyerSets, Derived, Part, PreparedFold, weight};
pub use ids::{CustomerNumber, InvitationId, KeyId, UserId, WorkspaceId};
pub use imports::ImportRow;
pub use interactions::{InteractionRow, InteractionVersion};
pub use invitations::Invitation;
pub use keys::{ApiKey, NewApiKey};
pub use outcome::Outcome;
pub use purchases::{
    LineDetails, PurchaseDetails, PurchaseFilter, PurchaseQuery, PurchaseRow, StoredVersion,
};
pub use rejected::{NewRejected, Rejected, SentText};
pub use runs::PreparedMerge;
pub use sessions::Session;
#[cfg(test)]
pub(crate) use sqlite::by_hand::{Reads, Standing};
pub use sqlite::{Closed, Snapshot};
pub use users::User;
pub use workspaces::Workspace;

/// Settings of the store.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Memory that the whole process should keep to, in MiB; the store's caches follow from it.
    pub memory_mib: u32,
    /// Connections that read at the same time.
    pub readers: u32,
}

impl Config {
    /// Settings that make no sense, each by its key.
    pub fn mistakes(&self) -> Vec<(&'static str, String)> {
        let bounds =
            [("memory_mib", self.memory_mib, 32, 1_048_576), ("readers", self.readers, 1, 64)];
        let outside = |(key, given, least, most): (&'static str, u32, u32, u32)| {
            let fits = (least..=most).contains(&given);
            (!fits).then(|| (key, format!("lies between {least} and {most}, {given} given")))
        };
        bounds.into_iter().filter_map(outside).collect()
    }
}

impl Default for Config {
    fn default() -> Self {
        Self { memory_mib: 64, readers: 4 }
    }
}

/// An open database.
pub struct Store {
    engine: Database,
    /// What the last transaction of this process knew, for the next one: whoever has the turn to write
    /// has it.
    remembered: Mutex<RefCell<Remembered>>,
    memory_mib: u32,
    fold_events: i64,
}

/// A tail of more folds is folded before anything else.
const LONG_TAIL_FOLDS: i64 = 16;
/// Folds that are made beside whoever writes: while events come in there is always a tail.
const FOLDS_BESIDE: usize = 4;
/// How often it is told how far that is.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// Events folded at once for each MiB of memory the process may take.
const FOLD_EVENTS_PER_MIB: i64 = 192;
/// Beyond this, larger folds gain nothing and hold up the events that wait.
const MOST_FOLD_EVENTS: i64 = 49_152;

impl Store {
    /// Name of the database within the data folder.
    pub const FILE_NAME: &'static str = sqlite::FILE_NAME;

    /// Opens the database of a data folder, making either where it is absent, and brings it to
    /// the newest schema.
    pub fn open(folder: &Path, config: &Config) -> Result<Self> {
        Self::on(Database::open(folder, config)?, config)
    }

    /// Opens the database of a data folder where there is one; makes nothing.
    pub fn open_existing(folder: &Path, config: &Config) -> Result<Self> {
        Self::on(Database::open_existing(folder, config)?, config)
    }

    fn on(engine: Database, config: &Config) -> Result<Self> {
        let memory_mib = config.memory_mib;
        let fold_events = (i64::from(memory_mib) * FOLD_EVENTS_PER_MIB).min(MOST_FOLD_EVENTS);
        let memory_bytes = usize::try_from(memory_mib).unwrap_or(0) * 1024 * 1024;
        let remembered = Mutex::new(RefCell::new(Remembered::new(memory_bytes / 8)));
        let store = Self { engine, remembered, memory_mib, fold_events };
        store.fold_long_tails()?;
        Ok(store)
    }

    /// Folds tails that are far longer than a collector leaves them, as after an upgrade that makes all
    /// that is derived anew: every reader would have to add them up. Each fold stands for itself, so that
    /// an interrupted one goes on.
    fn fold_long_tails(&self) -> Result<()> {
        for workspace in self.read::<_, StoreError>(|tx| tx.workspaces())? {
            let tail = |tx: &ReadTx<'_>| tx.tail_events(&workspace);
            let all: i64 = self.read(tail)?;
            if all <= LONG_TAIL_FOLDS * self.fold_events {
                continue;
            }
            let (name, mut left, mut told) = (&workspace.name, all, Instant::now());
            tracing::info!(workspace = name, events = all, "a long log is folded");
            while left > self.fold_events {
                left = self.fold_oldest(&workspace)?;
                if told.elapsed() > TELL_EVERY {
                    told = Instant::now();
                    tracing::info!(workspace = name, left, of = all, "a long log is being folded");
                }
            }
        }
        Ok(())
    }

    /// Folds the oldest events of a workspace's tail, and merges what folds have written; how many events
    /// are left.
    pub fn fold_oldest(&self, workspace: &Workspace) -> Result<i64> {
        let left = self.write::<_, StoreError>(|tx| {
            // Its time zone, and with that its days, may have changed since it was read.
            let Some(workspace) = tx.workspace(workspace.id)? else { return Ok(0) };
            let last = tx.last_seq(&workspace)?;
            tx.fold_oldest(tx, &workspace, last, self.fold_events)
        })?;
        self.merge_runs(workspace.id)?;
        Ok(left)
    }

    /// Folds the tail of a workspace and merges its runs beside whoever writes. Blocks: not for async threads.
    pub fn keep_tail_short(&self, workspace: WorkspaceId) -> Result<()> {
        self.fold_beside(workspace)?;
        self.merge_runs(workspace)
    }

    /// Folds the tail of a workspace, in a few folds at the most. What has to be added up is read and added
    /// up while others write.
    fn fold_beside(&self, workspace: WorkspaceId) -> Result<()> {
        for _ in 0..FOLDS_BESIDE {
            let fold =
                self.read_to_fold::<_, StoreError>(|tx| match tx.workspace(workspace)? {
                    Some(known) => tx.prepare_fold(&known, 1, self.fold_events),
                    None => Ok(None),
                })?;
            let Some(fold) = fold else { break };
            // Where somebody else was quicker there may be nothing left.
            self.write(|tx| tx.apply_fold(&fold))?;
        }
        Ok(())
    }

    /// Merges the runs of a workspace until there is nothing more to merge.
    fn merge_runs(&self, workspace: WorkspaceId) -> Result<()> {
        while let Some(step) = self.read_to_fold(|tx| tx.prepare_merge(workspace))? {
            // Another process may merge as well.
            if !self.write(|tx| tx.apply_merge(&step))? {
                break;
            }
        }
        Ok(())
    }

    /// Runs `work` in a transaction. When this returns `Ok`, what it wrote is on the disk; when
    /// `work` fails, nothing is. Blocks: not for async threads.
    pub fn write<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&WriteTx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let mut turn = self.engine.turn()?;
        let remembered = self.remembered();
        let written = turn.transact(|engine| {
            let mut known = remembered.borrow_mut();
            if engine.others_wrote() {
                known.clear();
            }
            known.trim();
            drop(known);
            work(&WriteTx::new(engine, &remembered))
        });
        if written.is_err() {
            remembered.borrow_mut().clear();
        }
        written
    }

    fn remembered(&self) -> MutexGuard<'_, RefCell<Remembered>> {
        self.remembered.lock().unwrap_or_else(|broken_off| {
            // Of a transaction that broke off it may know what was never stored.
            let remembered = broken_off.into_inner();
            remembered.borrow_mut().clear();
            self.remembered.clear_poison();
            remembered
        })
    }

    /// Runs `work` on a snapshot of the database. Blocks: not for async threads.
    pub fn read<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&ReadTx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.engine.read(Length::Usual, |engine| work(&ReadTx { engine }))
    }

    /// The same for a row or two, such as a session or a key: it waits for no report.
    pub fn read_briefly<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&ReadTx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.engine.read(Length::Brief, |engine| work(&ReadTx { engine }))
    }

    /// The same for work that takes seconds. It has connections of its own, few of them, so that it
    /// waits for its like alone and nobody else waits for it.
    pub fn read_at_length<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&ReadTx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.engine.read(Length::Long, |engine| work(&ReadTx { engine }))
    }

    /// The same for folds and merges, which the writer may have to wait for: they wait for no report.
    pub fn read_to_fold<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&ReadTx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.engine.read(Length::Fold, |engine| work(&ReadTx { engine }))
    }

    /// Closes every connection. Whoever reads is told to stop, whoever asks later is refused with
    /// [`StoreError::Closed`]. Afterwards the database file alone holds everything, unless another
    /// process has it open. Blocks: not for async threads.
    pub fn close(&self) -> Result<Closed> {
        self.engine.close()
    }

    /// Whether the database is there as it was opened, and can be read.
    pub fn look(&self) -> Result<()> {
        self.engine.look()
    }

    /// Writes next to nothing to the disk, to learn whether it can be written.
    pub fn try_writing(&self) -> Result<()> {
        self.write(|tx| tx.engine.write_nothing())
    }

    /// Writes a consistent copy, as of now, to a new file; the server may go on writing. The
    /// copy appears under its name when it is whole and on the disk.
    pub fn backup(&self, to: &Path) -> Result<u64> {
        self.engine.backup(to)
    }

    /// The memory that the process may take, in MiB, by its settings.
    pub fn memory_mib(&self) -> u32 {
        self.memory_mib
    }

    /// Whether the engine waits for those who read at length, in order to tidy up. What is large and can wait is better written afterwards.
    pub fn waits_for_readers(&self) -> bool {
        self.engine.waits_for_readers()
    }

    /// The weight of the events that are folded at once: the more, the less each costs, and the more
    /// memory it takes, some 600 bytes each.
    pub fn fold_events(&self) -> i64 {
        self.fold_events
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        self.engine.path()
    }
}

/// A snapshot to read from. It stays on the thread that took it, so that no computation on another
/// one can keep it standing:
///
/// ```compile_fail,E0277
/// fn goes_to_another_thread<T: Send>() {}
/// goes_to_another_thread::<crm_collector::store::ReadTx<'_>>();
/// ```
pub struct ReadTx<'a> {
    engine: Snapshot<'a>,
}

impl<'a> std::ops::Deref for ReadTx<'a> {
    type Target = Snapshot<'a>;

    /// What the engine answers by itself.
    fn deref(&self) -> &Snapshot<'a> {
        &self.engine
    }
}

/// A transaction to read from and write to.
pub struct WriteTx<'a> {
    read: ReadTx<'a>,
    engine: Transaction<'a>,
    remembered: &'a RefCell<Remembered>,
}

impl<'a> WriteTx<'a> {
    fn new(engine: Transaction<'a>, remembered: &'a RefCell<Remembered>) -> Self {
        Self { read: ReadTx { engine: *engine }, engine, remembered }
    }
}

impl<'a> std::ops::Deref for WriteTx<'a> {
    type Target = ReadTx<'a>;

    fn deref(&self) -> &ReadTx<'a> {
        &self.read
    }
}

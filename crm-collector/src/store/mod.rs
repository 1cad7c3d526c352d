//! The only module that knows SQL: one SQLite database in the data folder.
//!
//! One connection writes, a few read. [`Store::write`] runs a closure in a transaction that is
//! on the disk when it returns; [`Store::read`] runs one on a snapshot that stands still.
//! Neither lets rusqlite out: what the rest of the program sees are the methods of [`ReadTx`]
//! and [`WriteTx`], which stand in the file of the table they speak of.

mod append;
mod audit;
mod catalogue;
mod check;
mod codec;
mod column;
mod customers;
mod error;
mod fold;
mod guard;
mod ids;
mod interactions;
mod invitations;
mod items;
mod keys;
mod log;
mod maintenance;
mod memberships;
mod migrate;
mod outcome;
mod private;
mod purchases;
mod readers;
mod rejected;
mod remembered;
mod runs;
mod sealed;
mod search;
mod sessions;
mod sqlite;
mod users;
mod whole;
mod workspaces;

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};
use serde::{Deserialize, Serialize};

use guard::Guard;
use log::{Log, Reading};
use readers::Readers;
use remembered::Remembered;
use whole::Found;

pub use append::Appender;
pub use audit::AuditEntry;
pub use catalogue::LabelKind;
pub use check::Checked;
pub use customers::{CustomerQuery, Profile};
pub use error::{Cause, Result, StoreError};
pub use fold::{BuyerHistories, Derived, Part, PreparedFold, weight};
pub use ids::{CustomerNumber, InvitationId, KeyId, Seq, UserId, WorkspaceId};
pub use interactions::InteractionRow;
pub use invitations::Invitation;
pub use keys::{ApiKey, NewApiKey};
pub use outcome::Outcome;
pub use purchases::{PurchaseFilter, PurchaseQuery, PurchaseRow};
pub use rejected::{NewRejected, Rejected, SentText};
pub use runs::PreparedMerge;
pub use sessions::Session;
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

/// How long to wait for another process that writes, such as an import beside a server.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// How long closing waits for other processes before it leaves them the log.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// The connection that writes, and what it remembers of what it has written.
struct Writer {
    conn: Connection,
    log: Log,
    remembered: RefCell<Remembered>,
    /// Changes when another connection has written.
    data_version: i64,
    /// Whether this connection has written anything.
    has_written: bool,
}

/// An open database.
pub struct Store {
    path: PathBuf,
    guard: Guard,
    /// FIFO, so that a short account change gets its turn under full ingest. `None` once closed.
    writer: tokio::sync::Mutex<Option<Writer>>,
    readers: Readers,
    /// For whoever reads a row or two: they must not wait for a report.
    brief_readers: Readers,
    /// For whoever reads for seconds: they must not keep others from a connection.
    long_readers: Readers,
    memory_mib: u32,
    fold_events: i64,
}

/// A tail of more folds is folded before anything else.
const LONG_TAIL_FOLDS: i64 = 16;
/// How often it is told how far that is.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// How long whoever reads is held back at the most, and whoever reads at length, while the log is to be
/// emptied: the log may grow, and nobody waits without end.
const HELD_AT_MOST: Duration = Duration::from_secs(2);
const LONG_HELD_AT_MOST: Duration = Duration::from_secs(60);
/// Connections for what takes a moment, opened when first needed.
const BRIEF_READERS: usize = 2;
/// Connections for work that takes seconds, opened when first needed.
const LONG_READERS: usize = 3;
/// Events folded at once for each MiB of memory the process may take.
const FOLD_EVENTS_PER_MIB: i64 = 192;
/// Beyond this, larger folds gain nothing and hold up the events that wait.
const MOST_FOLD_EVENTS: i64 = 49_152;

impl Store {
    /// Name of the database within the data folder.
    pub const FILE_NAME: &'static str = "crm.db";

    /// Opens the database of a data folder, making either where it is absent, and brings it to
    /// the newest schema.
    pub fn open(folder: &Path, config: &Config) -> Result<Self> {
        let in_folder =
            |source| StoreError::Folder { path: folder.to_owned(), source: Arc::new(source) };
        private::make_folder(folder).map_err(in_folder)?;
        let path = folder.join(Self::FILE_NAME);
        private::make_file(&path).map_err(in_folder)?;
        match whole::look(&path).map_err(in_folder)? {
            Found::Broken(why) => return Err(StoreError::Damaged(why)),
            Found::Nothing | Found::Empty | Found::Whole => {}
        }
        Self::open_file(path, config)
    }

    /// Opens the database of a data folder where there is one; makes nothing.
    pub fn open_existing(folder: &Path, config: &Config) -> Result<Self> {
        let in_folder =
            |source| StoreError::Folder { path: folder.to_owned(), source: Arc::new(source) };
        let path = folder.join(Self::FILE_NAME);
        match whole::look(&path).map_err(in_folder)? {
            Found::Nothing => Err(StoreError::Absent(folder.to_owned())),
            Found::Empty => Err(StoreError::Damaged("it is empty, 0 bytes long".into())),
            Found::Broken(why) => Err(StoreError::Damaged(why)),
            Found::Whole => Self::open_file(path, config),
        }
    }

    fn open_file(path: PathBuf, config: &Config) -> Result<Self> {
        let mut writer = Connection::open(&path)?;
        writer.busy_timeout(BUSY_TIMEOUT)?;
        writer.set_prepared_statement_cache_capacity(64);
        // Checked before anything is written: a file of another program stays as it is.
        migrate::check(&writer)?;
        writer.pragma_update(None, "journal_mode", "WAL")?;
        writer.pragma_update(None, "synchronous", "FULL")?;
        writer.pragma_update(None, "foreign_keys", true)?;
        writer.pragma_update(None, "cache_size", -i64::from(config.memory_mib) * 1024 / 5)?;
        writer.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
        migrate::run(&mut writer)?;
        let log = Log::of(&mut writer)?;
        let fold_events =
            (i64::from(config.memory_mib) * FOLD_EVENTS_PER_MIB).min(MOST_FOLD_EVENTS);
        let memory_bytes = usize::try_from(config.memory_mib).unwrap_or(0) * 1024 * 1024;
        let readers = Readers::new(path.clone(), config.readers.max(1) as usize, HELD_AT_MOST);
        let brief_readers = Readers::new(path.clone(), BRIEF_READERS, HELD_AT_MOST);
        let long_readers = Readers::new(path.clone(), LONG_READERS, LONG_HELD_AT_MOST);
        let writer = Writer {
            conn: writer,
            log,
            remembered: RefCell::new(Remembered::new(memory_bytes / 8)),
            data_version: 0,
            has_written: false,
        };
        let writer = tokio::sync::Mutex::new(Some(writer));
        let in_folder =
            |source| StoreError::Folder { path: path.clone(), source: Arc::new(source) };
        let guard = Guard::of(&path).map_err(in_folder)?;
        let memory_mib = config.memory_mib;
        let store = Self {
            path,
            guard,
            writer,
            readers,
            brief_readers,
            long_readers,
            memory_mib,
            fold_events,
        };
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
                left = self.write(|tx| {
                    let last = tx.last_seq(&workspace)?;
                    tx.fold_oldest(tx, &workspace, last, self.fold_events)
                })?;
                self.merge_runs(&workspace)?;
                if told.elapsed() > TELL_EVERY {
                    told = Instant::now();
                    tracing::info!(workspace = name, left, of = all, "a long log is being folded");
                }
            }
        }
        Ok(())
    }

    /// Merges the runs of a workspace until there is nothing more to merge.
    pub fn merge_runs(&self, workspace: &Workspace) -> Result<()> {
        while let Some(step) = self.read(|tx| tx.prepare_merge(workspace.id))? {
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
        let mut writer = self.writer.blocking_lock();
        let Some(Writer { conn, log, remembered, data_version, has_written }) = writer.as_mut()
        else {
            return Err(StoreError::Closed.into());
        };
        *has_written = true;
        let tx = conn
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::from)?;
        let version = tx
            .prepare_cached("PRAGMA data_version")
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
            .map_err(StoreError::from)?;
        if version != *data_version {
            remembered.get_mut().clear();
            *data_version = version;
        }
        remembered.get_mut().trim();
        let written = work(&WriteTx { read: ReadTx { conn: &tx }, remembered }).and_then(|done| {
            tx.commit().map_err(StoreError::from)?;
            // An open file goes on when its name is gone, and what is written then is lost with it.
            self.guard.look_at_file()?;
            Ok(done)
        });
        match written {
            Ok(_) => log.after_commit(conn, &self.reading()),
            Err(_) => remembered.get_mut().clear(),
        }
        written
    }

    /// Runs `work` on a snapshot of the database. Blocks: not for async threads.
    pub fn read<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&ReadTx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let _last = Held(self);
        Self::read_by(&self.readers, work)
    }

    /// The same for a row or two, such as a session or a key: it waits for no report.
    pub fn read_briefly<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&ReadTx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        Self::read_by(&self.brief_readers, work)
    }

    /// The same for work that takes seconds. It has connections of its own, few of them, so that it
    /// waits for its like alone and nobody else waits for it.
    pub fn read_at_length<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&ReadTx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let _last = Held(self);
        Self::read_by(&self.long_readers, work)
    }

    fn reading(&self) -> Reading<'_> {
        Reading { at_length: &self.long_readers, others: &self.readers }
    }

    fn read_by<T, E: From<StoreError>>(
        readers: &Readers,
        work: impl FnOnce(&ReadTx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let mut lease = readers.take()?;
        let tx = lease.conn()?.transaction().map_err(StoreError::from)?;
        work(&ReadTx { conn: &tx })
    }

    /// Closes every connection. Whoever reads is told to stop, whoever asks later is refused with
    /// [`StoreError::Closed`]. Afterwards the database file alone holds everything, unless another
    /// process has it open. Blocks: not for async threads.
    pub fn close(&self) -> Result<Closed> {
        for readers in [&self.readers, &self.brief_readers, &self.long_readers] {
            readers.close();
        }
        let writer = self.writer.blocking_lock().take();
        writer.map_or(Ok(Closed::Whole), Writer::close)
    }

    /// The memory that the process may take, in MiB, by its settings.
    pub fn memory_mib(&self) -> u32 {
        self.memory_mib
    }

    /// Whether the database's log is long, and waits for those who read at length in order to be
    /// emptied. What is large and can wait is better written afterwards.
    pub fn waits_for_readers(&self) -> bool {
        self.long_readers.are_held()
    }

    /// The weight of the events that are folded at once: the more, the less each costs, and the more
    /// memory it takes, some 600 bytes each.
    pub fn fold_events(&self) -> i64 {
        self.fold_events
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Somebody reads who can be held back. Where the log waits for that, the last one to end empties it.
struct Held<'a>(&'a Store);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let Held(store) = self;
        if store.reading().is_over()
            && let Some(writer) = store.writer.blocking_lock().as_mut()
            // Somebody else may have been there first.
            && store.reading().is_over()
        {
            writer.log.empty(&writer.conn, &store.reading());
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // Before the writer, whose connection has to be the last to checkpoint the log.
        for readers in [&self.readers, &self.brief_readers, &self.long_readers] {
            readers.close();
        }
        // The file and its log hold everything also when this fails; there is nobody left to tell.
        if let Some(Err(error)) = self.writer.get_mut().take().map(Writer::close) {
            tracing::warn!(%error, "the database could not be closed in order");
        }
    }
}

/// What closing has left on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// One file that holds everything.
    Whole,
    /// Another process uses the database, so its `-wal` file stays, and may hold a part.
    InUse,
}

impl Writer {
    fn close(self) -> Result<Closed> {
        // Who has only read leaves the log to whoever writes it.
        let closed = if self.has_written { self.checkpoint()? } else { Closed::Whole };
        self.conn.close().map_err(|(_, error)| error)?;
        Ok(closed)
    }

    /// Moves all of the log into the database and empties it. The last connection that closes would
    /// do so as well, and would tell nobody when it fails.
    fn checkpoint(&self) -> Result<Closed> {
        self.conn.busy_timeout(LAST_WAIT)?;
        let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
        let blocked: bool = self.conn.query_row(checkpoint, [], |row| row.get(0))?;
        Ok(if blocked { Closed::InUse } else { Closed::Whole })
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
    conn: &'a Connection,
}

/// A transaction to read from and write to.
pub struct WriteTx<'a> {
    read: ReadTx<'a>,
    remembered: &'a RefCell<Remembered>,
}

impl<'a> std::ops::Deref for WriteTx<'a> {
    type Target = ReadTx<'a>;

    fn deref(&self) -> &ReadTx<'a> {
        &self.read
    }
}

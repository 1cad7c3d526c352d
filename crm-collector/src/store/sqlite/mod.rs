//! SQLite: the engine that the store stands on, and the only room that names rusqlite.
//!
//! What the store asks of an engine are the methods of [`Database`], [`Snapshot`] and [`Transaction`],
//! each in the file of the table it speaks of; ADR 11 lists them. They speak in the store's types,
//! and nothing in here knows what a fold is, who may do what, or what becomes of an event.

mod advice;
mod audit;
mod backup;
#[cfg(test)]
pub(super) mod by_hand;
mod catalogue;
mod check;
mod column;
mod corrections;
mod customers;
mod erasures;
mod error;
mod guard;
mod imports;
mod interactions;
mod invitations;
mod keys;
mod log;
mod memberships;
mod migrate;
mod numbers;
mod private;
mod purchases;
mod readers;
mod rejected;
mod runs;
mod scrub;
mod sealed;
mod sessions;
mod tables;
#[cfg(test)]
pub(super) mod tests;
mod users;
mod wal;
mod whole;
mod workspaces;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior, TransactionState};
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};

use crate::store::{Config, Result, StoreError};
use guard::Guard;
use readers::Readers;
use wal::{Limits, Reading, Wal};
use whole::Found;

pub(super) use check::scratch;
pub(super) use log::LogEnd;
pub(super) use tables::Sealing;

/// Name of the database within the data folder.
pub(super) const FILE_NAME: &str = "crm.db";
/// How long to wait for another process that writes, such as an import beside a server.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);
/// How long closing waits for other processes before it leaves them the `-wal` file.
const LAST_WAIT: Duration = Duration::from_secs(1);
/// Connections for what takes a moment, opened when first needed.
const BRIEF_READERS: usize = 2;
/// Connections for work that takes seconds, opened when first needed.
const LONG_READERS: usize = 3;
/// Connections for a fold, a merge and a look at the tails, opened when first needed.
const FOLDING_READERS: usize = 3;

/// What is done how soon. The same for every collector; in a simulation it happens more often.
struct Pace {
    wal: Limits,
    /// How long whoever reads is held back at the most, and whoever reads at length, while the `-wal`
    /// file is to be emptied: it may grow, and nobody waits without end.
    held_at_most: Duration,
    long_held_at_most: Duration,
    /// What SQLite waits for at a commit.
    synchronous: &'static str,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            wal: Limits::default(),
            held_at_most: Duration::from_secs(2),
            long_held_at_most: Duration::from_secs(60),
            synchronous: "FULL",
        }
    }
}

/// The connection that writes, and what is known of it.
struct Writer {
    conn: Connection,
    wal: Wal,
    /// Changes when another connection has written.
    data_version: i64,
    /// Whether this connection has written anything.
    has_written: bool,
}

/// An open database.
pub(super) struct Database {
    path: PathBuf,
    guard: Guard,
    /// FIFO, so that a short account change gets its turn under full ingest. `None` once closed.
    writer: Mutex<Option<Writer>>,
    readers: Readers,
    /// For whoever reads a row or two: they must not wait for a report.
    brief_readers: Readers,
    /// For whoever reads for seconds: they must not keep others from a connection.
    long_readers: Readers,
    /// For folds and merges: the writer waits for them, and must not wait for a report.
    folding_readers: Readers,
    /// The last, so that it is closed when no connection is open any more.
    scrubbed: scrub::Kept,
}

/// How long somebody will read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// A row or two.
    Brief,
    /// As a report does.
    Usual,
    /// For seconds.
    Long,
    /// As long as it takes to prepare a fold or a merge, for which the writer may have to wait.
    Fold,
}

/// What closing has left on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// One file that holds everything.
    Whole,
    /// Another process uses the database, so its `-wal` file stays, and may hold a part.
    InUse,
}

impl Database {
    /// Opens the database of a data folder, making either where it is absent, and brings it to
    /// the newest schema.
    pub(in crate::store) fn open(folder: &Path, config: &Config) -> Result<Self> {
        let in_folder = |source| in_folder(folder, source);
        private::make_folder(folder).map_err(in_folder)?;
        let path = folder.join(FILE_NAME);
        private::make_file(&path).map_err(in_folder)?;
        match whole::look(&path).map_err(in_folder)? {
            Found::Broken(why) => return Err(StoreError::Damaged(why)),
            Found::Nothing | Found::Empty | Found::Whole => {}
        }
        Self::open_file(path, config, &Pace::default())
    }

    /// Opens the database of a data folder where there is one; makes nothing.
    pub(in crate::store) fn open_existing(folder: &Path, config: &Config) -> Result<Self> {
        let path = folder.join(FILE_NAME);
        match whole::look(&path).map_err(|source| in_folder(folder, source))? {
            Found::Nothing => Err(StoreError::Absent(folder.to_owned())),
            Found::Empty => Err(StoreError::Damaged("it is empty, 0 bytes long".into())),
            Found::Broken(why) => Err(StoreError::Damaged(why)),
            Found::Whole => Self::open_file(path, config, &Pace::default()),
        }
    }

    fn open_file(path: PathBuf, config: &Config, pace: &Pace) -> Result<Self> {
        let mut conn = Connection::open(&path)?;
        conn.busy_timeout(BUSY_TIMEOUT)?;
        conn.set_prepared_statement_cache_capacity(64);
        steady(&conn)?;
        // Checked before anything is written: a file of another program stays as it is.
        migrate::check(&conn)?;
        conn.pragma_update(None, "journal_mode", "WAL")?;
        conn.pragma_update(None, "synchronous", pace.synchronous)?;
        conn.pragma_update(None, "foreign_keys", true)?;
        // What is deleted is overwritten: somebody may have asked for it to be gone.
        conn.pragma_update(None, "secure_delete", true)?;
        conn.pragma_update(None, "cache_size", -i64::from(config.memory_mib) * 1024 / 5)?;
        conn.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
        migrate::run(&mut conn)?;
        let wal = Wal::of(&mut conn, pace.wal)?;
        let writer = Writer { conn, wal, data_version: 0, has_written: false };
        let guard = Guard::of(&path).map_err(|source| in_folder(&path, source))?;
        let readers = |at_once, held_at_most| Readers::new(path.clone(), at_once, held_at_most);
        Ok(Self {
            guard,
            writer: Mutex::new(Some(writer)),
            readers: readers(config.readers.max(1) as usize, pace.held_at_most),
            brief_readers: readers(BRIEF_READERS, pace.held_at_most),
            long_readers: readers(LONG_READERS, pace.long_held_at_most),
            folding_readers: readers(FOLDING_READERS, pace.held_at_most),
            scrubbed: scrub::Kept::default(),
            path,
        })
    }

    /// Waits for this process's turn to write. Blocks: not for async threads.
    pub(in crate::store) fn turn(&self) -> Result<Turn<'_>> {
        let writer = MutexGuard::try_map(self.writer.blocking_lock(), Option::as_mut);
        Ok(Turn { database: self, writer: writer.map_err(|_| StoreError::Closed)? })
    }

    /// Empties the `-wal` file, to no bytes, when those who read have ended; `false` when that did not
    /// happen yet. Nobody new begins to read meanwhile, for as long as may be. Blocks: not for async threads.
    pub(in crate::store) fn empty_log(&self) -> Result<bool> {
        let mut turn = self.turn()?;
        let Writer { conn, wal, has_written, .. } = &mut *turn.writer;
        *has_written = true;
        Ok(wal.truncate(conn, &self.reading()))
    }

    /// Runs `work` on a snapshot. Blocks: not for async threads.
    pub(in crate::store) fn read<T, E: From<StoreError>>(
        &self,
        length: Length,
        work: impl FnOnce(Snapshot<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        // Whoever reads briefly is never held back.
        let _last = (length != Length::Brief).then_some(Held(self));
        let mut lease = self.readers(length).take()?;
        let tx = lease.conn()?.transaction().map_err(StoreError::from)?;
        work(Snapshot { conn: &tx })
    }

    fn readers(&self, length: Length) -> &Readers {
        match length {
            Length::Brief => &self.brief_readers,
            Length::Usual => &self.readers,
            Length::Long => &self.long_readers,
            Length::Fold => &self.folding_readers,
        }
    }

    fn reading(&self) -> Reading<'_> {
        Reading { at_length: &self.long_readers, others: [&self.readers, &self.folding_readers] }
    }

    /// Whether the `-wal` file is long, and waits for those who read at length in order to be emptied.
    pub(in crate::store) fn waits_for_readers(&self) -> bool {
        self.long_readers.are_held()
    }

    /// Closes every connection. Whoever reads is told to stop, whoever asks later is refused with
    /// [`StoreError::Closed`]. Blocks: not for async threads.
    pub(in crate::store) fn close(&self) -> Result<Closed> {
        self.close_readers();
        let writer = self.writer.blocking_lock().take();
        writer.map_or(Ok(Closed::Whole), Writer::close)
    }

    fn close_readers(&self) {
        for length in [Length::Brief, Length::Usual, Length::Long, Length::Fold] {
            self.readers(length).close();
        }
    }

    /// The database file.
    pub(in crate::store) fn path(&self) -> &Path {
        &self.path
    }

    /// Runs statements that no part of the program would, to make a defect.
    #[cfg(test)]
    pub(super) fn run_sql(&self, sql: &str) {
        let writer = self.writer.blocking_lock();
        writer.as_ref().unwrap().conn.execute_batch(sql).unwrap();
    }
}

/// Statements are planned once, whatever values are bound to them. Otherwise SQLite plans those that
/// look for a range, a maximum or a limit anew at each value: a third of the time to store a customer.
fn steady(conn: &Connection) -> Result<()> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

fn in_folder(path: &Path, source: std::io::Error) -> StoreError {
    StoreError::Folder { path: path.to_owned(), source: Arc::new(source) }
}

/// The right to write: nobody else of this process writes meanwhile.
pub(super) struct Turn<'a> {
    database: &'a Database,
    writer: MappedMutexGuard<'a, Writer>,
}

impl Turn<'_> {
    /// Runs `work` in a transaction. When this returns `Ok`, what it wrote is on the disk; when `work`
    /// fails, nothing is. Once it has begun, no other process writes either.
    pub(in crate::store) fn transact<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(Transaction<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let Writer { conn, wal, data_version, has_written } = &mut *self.writer;
        *has_written = true;
        let tx = conn
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::from)?;
        let version = tx
            .prepare_cached("PRAGMA data_version")
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
            .map_err(StoreError::from)?;
        let others_wrote = std::mem::replace(data_version, version) != version;
        let written = work(Transaction { snapshot: Snapshot { conn: &tx }, others_wrote });
        let written = written.and_then(|done| {
            tx.commit().map_err(StoreError::from)?;
            // An open file goes on when its name is gone, and what is written then is lost with it.
            self.database.guard.look_at_file()?;
            Ok(done)
        });
        if written.is_ok() {
            wal.after_commit(conn, &self.database.reading());
        }
        written
    }
}

/// Somebody reads who can be held back. Where the `-wal` file waits for that, the last one to end empties
/// it.
struct Held<'a>(&'a Database);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let Held(database) = self;
        if database.reading().is_over()
            && let Some(writer) = database.writer.blocking_lock().as_mut()
            // Somebody else may have been there first.
            && database.reading().is_over()
        {
            writer.wal.empty(&writer.conn, &database.reading());
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Before the writer, whose connection has to be the last to empty the `-wal` file.
        self.close_readers();
        // The file and its log hold everything also when this fails; there is nobody left to tell.
        if let Some(Err(error)) = self.writer.get_mut().take().map(Writer::close) {
            tracing::warn!(%error, "the database could not be closed in order");
        }
    }
}

impl Writer {
    fn close(self) -> Result<Closed> {
        // Who has only read leaves the `-wal` file to whoever writes it.
        let closed = if self.has_written { self.checkpoint()? } else { Closed::Whole };
        self.conn.close().map_err(|(_, error)| error)?;
        Ok(closed)
    }

    /// Moves all of the `-wal` file into the database and empties it. The last connection that closes
    /// would do so as well, and would tell nobody when it fails.
    fn checkpoint(&self) -> Result<Closed> {
        self.conn.busy_timeout(LAST_WAIT)?;
        let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
        let blocked: bool = self.conn.query_row(checkpoint, [], |row| row.get(0))?;
        Ok(if blocked { Closed::InUse } else { Closed::Whole })
    }
}

/// The database as it was when somebody began to read.
#[derive(Clone, Copy)]
pub struct Snapshot<'a> {
    conn: &'a Connection,
}

/// A transaction that may write.
#[derive(Clone, Copy)]
pub(super) struct Transaction<'a> {
    snapshot: Snapshot<'a>,
    others_wrote: bool,
}

impl<'a> std::ops::Deref for Transaction<'a> {
    type Target = Snapshot<'a>;

    fn deref(&self) -> &Snapshot<'a> {
        &self.snapshot
    }
}

impl Transaction<'_> {
    /// Whether somebody else has written since this process's last transaction, so that what it
    /// remembers of it may not hold any more.
    pub(in crate::store) fn others_wrote(&self) -> bool {
        self.others_wrote
    }

    /// Keeps everybody else from giving numbers in any workspace until the end of this transaction. It
    /// holds the lock of the whole database since it began, which is looked at here.
    fn hold_lock(&self) -> Result<()> {
        match self.conn.transaction_state(None::<&str>)? {
            TransactionState::Write => Ok(()),
            _ => Err(StoreError::defect("a transaction writes that has no lock")),
        }
    }

    /// Writes next to nothing to the disk, to learn whether it can be written: sets the version to what
    /// it is, so that a page goes to the `-wal` file.
    pub(in crate::store) fn write_nothing(&self) -> Result<()> {
        let version: i64 = self.conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
        Ok(self.conn.pragma_update(None, "user_version", version)?)
    }
}

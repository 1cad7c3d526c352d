//! The connections that read: a bounded pool, each opened when first needed, all closed together.
//! None of them can write. A pool can be held: whoever reads ends, and nobody begins.

use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, InterruptHandle, OpenFlags};

use super::BUSY_TIMEOUT;
use crate::store::{Result, StoreError};

/// How long closing waits for those who read. Their statements are interrupted, so that only one who
/// computes on what it has read takes longer than a moment.
const LAST_READ: Duration = Duration::from_secs(10);
/// How often it interrupts them: whoever reads may have further statements.
const INTERRUPT_EVERY: Duration = Duration::from_millis(10);

/// A bounded pool of connections.
pub(super) struct Readers {
    path: PathBuf,
    pool: Mutex<Pool>,
    /// How long anybody is held back at the most.
    held_at_most: Duration,
    /// A connection was given back, or the pool was closed or let go.
    changed: Condvar,
}

struct Pool {
    idle: Vec<Connection>,
    /// One for each connection that was opened.
    interrupts: Vec<InterruptHandle>,
    may_open: usize,
    lent: usize,
    held: bool,
    closed: bool,
}

impl Readers {
    pub(super) fn new(path: PathBuf, limit: usize, held_at_most: Duration) -> Self {
        let pool = Pool {
            idle: Vec::new(),
            interrupts: Vec::new(),
            may_open: limit,
            lent: 0,
            held: false,
            closed: false,
        };
        Self { path, pool: Mutex::new(pool), held_at_most, changed: Condvar::new() }
    }

    /// The right to a connection; waits for one.
    pub(super) fn take(&self) -> Result<Lease<'_>> {
        let begun = Instant::now();
        let mut pool = self.lock();
        loop {
            if let Some(lease) = self.lend(&mut pool, begun.elapsed())? {
                return Ok(lease);
            }
            let waited = self.changed.wait_timeout(pool, self.held_at_most);
            pool = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The same for who has waited for so long, if it is there.
    #[cfg(test)]
    pub(super) fn try_take(&self, waited: Duration) -> Result<Option<Lease<'_>>> {
        self.lend(&mut self.lock(), waited)
    }

    fn lend(&self, pool: &mut Pool, waited: Duration) -> Result<Option<Lease<'_>>> {
        if pool.closed {
            return Err(StoreError::Closed);
        }
        let has_one = !pool.idle.is_empty() || pool.may_open > 0;
        if !has_one || (pool.held && waited < self.held_at_most) {
            return Ok(None);
        }
        let conn = pool.idle.pop();
        pool.may_open -= usize::from(conn.is_none());
        pool.lent += 1;
        Ok(Some(Lease { readers: self, conn }))
    }

    /// Lets nobody begin to read until [`Readers::let_go`], or until they have waited for as long as
    /// anybody is held back.
    pub(super) fn hold(&self) {
        self.lock().held = true;
    }

    /// Whether the pool is held.
    pub(super) fn are_held(&self) -> bool {
        self.lock().held
    }

    /// Whether the pool is held, and the last who read has ended.
    pub(super) fn are_at_rest(&self) -> bool {
        let pool = self.lock();
        pool.held && pool.lent == 0
    }

    pub(super) fn let_go(&self) {
        self.lock().held = false;
        self.changed.notify_all();
    }

    /// Closes the connections, those in use as soon as they are given back.
    pub(super) fn close(&self) {
        let begun = Instant::now();
        let mut pool = self.lock();
        pool.closed = true;
        self.changed.notify_all();
        while pool.lent > 0 && begun.elapsed() < LAST_READ {
            pool.interrupts.iter().for_each(InterruptHandle::interrupt);
            let waited = self.changed.wait_timeout(pool, INTERRUPT_EVERY);
            pool = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        pool.idle.clear();
    }

    pub(super) fn open(&self) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(&self.path, flags)?;
        conn.busy_timeout(BUSY_TIMEOUT)?;
        conn.set_prepared_statement_cache_capacity(32);
        super::steady(&conn)?;
        conn.pragma_update(None, "query_only", true)?;
        conn.pragma_update(None, "cache_size", -2_048)?;
        self.lock().interrupts.push(conn.get_interrupt_handle());
        Ok(conn)
    }

    fn lock(&self) -> MutexGuard<'_, Pool> {
        // What is in there is whole at every moment, so a panic elsewhere does not spoil it.
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to one connection, which goes back to the pool in every case.
pub(super) struct Lease<'a> {
    readers: &'a Readers,
    /// `None` until it is first needed.
    conn: Option<Connection>,
}

impl Lease<'_> {
    pub(super) fn conn(&mut self) -> Result<&mut Connection> {
        let conn = match self.conn.take() {
            Some(conn) => conn,
            None => self.readers.open()?,
        };
        Ok(self.conn.insert(conn))
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let mut pool = self.readers.lock();
        pool.lent -= 1;
        match self.conn.take() {
            Some(conn) if !pool.closed => pool.idle.push(conn),
            // Closed while the lock is held: whoever waits for it is to find it closed.
            Some(conn) => drop(conn),
            None => pool.may_open += 1,
        }
        drop(pool);
        self.readers.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts to more than a minute's worth.
    const ENDLESS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
                           SELECT max(i) FROM (SELECT i FROM n LIMIT 100000000000)";

    #[test]
    fn closing_interrupts_whoever_reads_and_refuses_whoever_waits() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.db");
        Connection::open(&path).unwrap();
        let readers = Readers::new(path, 1, LAST_READ);
        std::thread::scope(|scope| {
            let (begin, begun) = std::sync::mpsc::channel();
            let reading = scope.spawn({
                let readers = &readers;
                move || {
                    let mut lease = readers.take().unwrap();
                    let conn = lease.conn().unwrap();
                    begin.send(()).unwrap();
                    let read = conn.query_row(ENDLESS, [], |row| row.get::<_, i64>(0));
                    StoreError::from(read.unwrap_err())
                }
            });
            begun.recv().unwrap();
            let waiting = scope.spawn(|| readers.take().map(drop));
            readers.close();
            assert!(matches!(reading.join().unwrap(), StoreError::Closed));
            assert!(matches!(waiting.join().unwrap(), Err(StoreError::Closed)));
        });
        assert!(matches!(readers.take().map(drop), Err(StoreError::Closed)));
    }
}

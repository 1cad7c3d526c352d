//! SQLite's own log, the `-wal` file, kept short.
//!
//! SQLite appends each transaction to the log. A checkpoint copies it into the database, and the next
//! transaction begins the log anew, but only in a moment in which nobody reads from it. Snapshots that
//! follow one another without a gap leave no such moment, and the log grows for as long as they do. So
//! when a checkpoint was not enough, those who read at length are held back until the last of them has
//! ended, and the log is emptied before the next begins. Where the log is very long, so is everybody
//! else who reads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rusqlite::Connection;

use super::readers::Readers;
use crate::store::Result;

/// When the log is emptied, in pages of the database.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// From so many on it is copied into the database. Pages are written once to the log and once to
    /// the database; rarer checkpoints merge more changes of a page into one write.
    pub(super) long: u32,
    /// By so many it grows after an attempt to empty it failed, before the next one.
    pub(super) again: u32,
    /// From so many on everybody who reads is held back.
    pub(super) very_long: u32,
    /// How long emptying waits for those who read a row or two. Whoever writes waits as long.
    pub(super) for_the_last: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            long: 4_000,
            again: 1_000,
            very_long: 16_000,
            for_the_last: Duration::from_millis(100),
        }
    }
}

/// What is known of the log of one connection that writes.
pub(super) struct Wal {
    /// Pages in it, since the last transaction.
    pages: Arc<AtomicU32>,
    growth: Growth,
    /// Whether the file is to be cut to no bytes when it is emptied next: what was erased stands in it.
    is_to_be_cut: bool,
}

/// Decides by the length of the log what is done about it.
struct Growth {
    limits: Limits,
    /// Whether it was long after the transaction before, and checkpointed.
    was_long: bool,
    /// Pages from which on it is worth trying to empty it.
    worth: u32,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Nothing,
    /// Copying the log into the database.
    Checkpoint,
    /// The same, and emptying it: those who read at length are held back, or everybody.
    Emptying {
        holds_all: bool,
    },
}

impl Growth {
    fn new(limits: Limits) -> Self {
        Self { limits, was_long: false, worth: limits.long }
    }

    fn after_commit(&mut self, pages: u32) -> Due {
        if pages < self.limits.long {
            (self.was_long, self.worth) = (false, self.limits.long);
        }
        if pages < self.worth {
            return Due::Nothing;
        }
        // The first time, this transaction may be the one that made it long, and the next one may
        // begin it anew.
        match std::mem::replace(&mut self.was_long, true) {
            true => Due::Emptying { holds_all: pages >= self.limits.very_long },
            false => Due::Checkpoint,
        }
    }

    fn was_emptied(&mut self) {
        self.worth = self.limits.long;
    }

    fn was_not_emptied(&mut self, pages: u32) {
        self.worth = pages.saturating_add(self.limits.again);
    }
}

impl Wal {
    /// Watches the log of a connection in the place of SQLite's own checkpoints.
    pub(super) fn of(conn: &mut Connection, limits: Limits) -> Result<Self> {
        let pages = Arc::new(AtomicU32::new(0));
        let watched = Arc::clone(&pages);
        conn.wal_hook(Some(move |_: &mut _, in_log| {
            watched.store(u32::try_from(in_log).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }))?;
        Ok(Self { pages, growth: Growth::new(limits), is_to_be_cut: false })
    }

    /// Keeps it short, after each transaction.
    pub(super) fn after_commit(&mut self, conn: &Connection, readers: &Reading<'_>) {
        let due = self.growth.after_commit(self.pages());
        if due == Due::Nothing {
            return;
        }
        if let Err(error) = conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
            self.not_now(&error);
        }
        if let Due::Emptying { holds_all } = due
            && readers.hold(holds_all)
        {
            self.empty(conn, readers);
        }
    }

    /// Empties it, when those who have been held have ended; lets them go.
    pub(super) fn empty(&mut self, conn: &Connection, readers: &Reading<'_>) {
        match restart(conn, self.growth.limits.for_the_last, self.is_to_be_cut) {
            Ok(true) => {
                self.is_to_be_cut = false;
                self.growth.was_emptied();
            }
            // Others read, of this process or another: they are not held up.
            Ok(false) => self.growth.was_not_emptied(self.pages()),
            Err(error) => self.not_now(&error),
        }
        readers.let_go();
    }

    /// Empties it and cuts the file to no bytes, when those who read have ended. Answers whether that was
    /// now; else the next who empties it cuts it.
    pub(super) fn truncate(&mut self, conn: &Connection, readers: &Reading<'_>) -> bool {
        self.is_to_be_cut = true;
        if readers.hold(true) {
            self.empty(conn, readers);
        }
        !self.is_to_be_cut
    }

    /// What was written is on the disk, and the log can grow, so that this is nobody's failure.
    fn not_now(&mut self, error: &rusqlite::Error) {
        self.growth.was_not_emptied(self.pages());
        tracing::warn!(%error, "the database's log could not be emptied; it grows until it can");
    }

    fn pages(&self) -> u32 {
        self.pages.load(Ordering::Relaxed)
    }
}

/// Those who read, but for a row or two.
pub(super) struct Reading<'a> {
    pub(super) at_length: &'a Readers,
    pub(super) others: [&'a Readers; 2],
}

impl Reading<'_> {
    /// Lets nobody begin to read at length, and nobody at all where that is asked for. Answers whether
    /// they have ended.
    fn hold(&self, all: bool) -> bool {
        if all {
            self.others.iter().for_each(|readers| readers.hold());
        }
        self.at_length.hold();
        // Looked at when all are held: whoever ended before that could not know that it was the last.
        self.is_over()
    }

    /// Whether the last of those who are held has ended.
    pub(super) fn is_over(&self) -> bool {
        let have_ended = |readers: &&Readers| !readers.are_held() || readers.are_at_rest();
        self.at_length.are_at_rest() && self.others.iter().all(have_ended)
    }

    fn let_go(&self) {
        self.at_length.let_go();
        self.others.iter().for_each(|readers| readers.let_go());
    }
}

/// Copies all of the log into the database and waits until nobody reads from it, so that the next
/// transaction begins it anew; cuts the file where that is asked for. Answers whether they ended in time.
fn restart(conn: &Connection, for_the_last: Duration, cuts: bool) -> rusqlite::Result<bool> {
    conn.busy_timeout(for_the_last)?;
    let mode = if cuts { "TRUNCATE" } else { "RESTART" };
    let restart = format!("PRAGMA wal_checkpoint({mode})");
    let restarted = conn.query_row(&restart, [], |row| row.get(0));
    conn.busy_timeout(super::BUSY_TIMEOUT)?;
    restarted.map(|busy: bool| !busy)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use crate::store::{Config, Store, StoreError};

    use super::*;

    const READING: Duration = Duration::from_millis(20);

    #[test]
    fn a_long_log_is_copied_and_one_that_stays_long_has_readers_held_until_it_is_emptied() {
        let for_the_last = Duration::ZERO;
        let mut growth = Growth::new(Limits { long: 10, again: 5, very_long: 30, for_the_last });
        assert_eq!(
            [9, 10].map(|pages| growth.after_commit(pages)),
            [Due::Nothing, Due::Checkpoint]
        );
        let (some, all) = (Due::Emptying { holds_all: false }, Due::Emptying { holds_all: true });
        assert_eq!(growth.after_commit(12), some);
        growth.was_not_emptied(12);
        let found = [16, 17, 29, 30].map(|pages| growth.after_commit(pages));
        assert_eq!(found, [Due::Nothing, some, some, all]);
        growth.was_emptied();
        // The next transaction began it anew.
        let found = [3, 10, 11].map(|pages| growth.after_commit(pages));
        assert_eq!(found, [Due::Nothing, Due::Checkpoint, some]);
    }

    #[test]
    fn snapshots_that_follow_one_another_without_a_gap_do_not_keep_the_log_from_being_emptied() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), &Config::default()).unwrap();
        let read = |at_length: bool| {
            let rest = |tx: &crate::store::ReadTx<'_>| {
                tx.workspaces()?;
                std::thread::sleep(READING);
                Ok::<_, StoreError>(())
            };
            if at_length { store.read_at_length(rest) } else { store.read(rest) }.unwrap();
        };
        let write = |commits: usize| {
            (0..commits).for_each(|_| {
                let fill = "INSERT INTO audit_log (at, actor, action, subject)
                            VALUES (0, 'cli', 'test', hex(zeroblob(1000000)))";
                store.write(|tx| Ok::<_, StoreError>(tx.conn.execute_batch(fill)?)).unwrap();
            });
            std::fs::metadata(folder.path().join("crm.db-wal")).unwrap().len()
        };
        let without = write(30);
        assert!(without > 16_000_000, "{without}");

        let done = AtomicBool::new(false);
        let with = std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        read(true);
                    }
                });
            }
            let with = write(60);
            done.store(true, Ordering::Relaxed);
            with
        });
        assert!(with < 3 * without, "{with} bytes with readers, {without} without");

        // Whoever was held is let go also where nothing is written any more.
        for all in [false, true] {
            assert!(store.engine.reading().hold(all));
            store.engine.reading().let_go();
            let hold = || Ok::<_, StoreError>(store.engine.reading().hold(all));
            assert!(!store.read_at_length(|_| hold()).unwrap());
            read(true);
            read(false);
        }
        assert!(!store.read(|_| Ok::<_, StoreError>(store.engine.reading().hold(true))).unwrap());
        read(true);
        // Others are held when it is very long.
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        read(false);
                        read(true);
                    }
                });
            }
            let with = write(150);
            done.store(true, Ordering::Relaxed);
            assert!(with < 2 * u64::from(Limits::default().very_long) * 4_096, "{with}");
        });
    }
}

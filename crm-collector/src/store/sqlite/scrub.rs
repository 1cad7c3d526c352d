//! Overwriting what deleted rows leave in the pages of the database file.
//!
//! `secure_delete` overwrites a row that is deleted. But where SQLite moves rows between pages to keep them
//! evenly filled, copies of these rows stay in the middle of the pages that they were on, between the list
//! of a page's rows and the rows themselves, until other rows need the room. Nobody reads there, and
//! nothing but `VACUUM`, which writes all of a database anew, clears it. So it is cleared here.
//!
//! This writes to the file beside SQLite, which is sound only while nobody else writes to it: the turn to
//! write is held, in this process and by SQLite's own lock in all others, and the `-wal` file is empty, so
//! that nobody copies pages from it. Only bytes that belong to no row are written, so that whoever reads
//! meanwhile reads the same, and a kill at any moment leaves a sound file. Afterwards this connection's
//! pages are forgotten, and a commit makes others forget theirs, or one of them would write the old bytes
//! back with the next change of such a page.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use rusqlite::TransactionBehavior;

use super::{Database, in_folder};
use crate::store::Result;

/// Others who write wait for so long at the most.
const AT_ONCE: Duration = Duration::from_millis(100);
/// How long is waited before the lock is tried again.
const PAUSE: Duration = Duration::from_millis(20);
/// Bytes that are read at once.
const READ_BYTES: usize = 1 << 20;
/// Above this, the beginning of a page of something long could be taken for that of a table.
const MOST_PAGES: u64 = 0x0200_0000;

/// The file, opened once and never closed before SQLite's connections: when a process closes a file it
/// loses all its locks on it.
pub(super) type Kept = Mutex<Option<File>>;

impl Database {
    /// Overwrites what deleted rows have left; `false` where that was not possible until some time, because
    /// others read or write without a pause. Blocks: not for async threads.
    pub(in crate::store) fn scrub(&self, until: Instant) -> Result<bool> {
        let mut kept = self.scrubbed();
        let file = match &mut *kept {
            Some(file) => file,
            none => none.insert(
                OpenOptions::new()
                    .read(true)
                    .write(true)
                    .open(&self.path)
                    .map_err(|error| in_folder(&self.path, error))?,
            ),
        };
        let failed = |error| in_folder(&self.path, error);
        let mut pages = with_residue(file).map_err(failed)?;
        let (size, found) = (pages.size, !pages.numbers.is_empty());
        while !pages.numbers.is_empty() {
            if !self.scrub_some(file, size, &mut pages.numbers)? {
                if Instant::now() > until {
                    return Ok(false);
                }
                std::thread::sleep(PAUSE);
            }
        }
        if found {
            // Others have the pages as they were, and see by this that they are not to use them.
            self.turn()?.transact(|tx| tx.write_nothing())?;
        }
        Ok(true)
    }

    fn scrubbed(&self) -> MutexGuard<'_, Option<File>> {
        self.scrubbed.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Overwrites in some pages, from the end of the list, which it shortens; `false` where that is not
    /// possible now.
    fn scrub_some(&self, file: &mut File, size: usize, pages: &mut Vec<u64>) -> Result<bool> {
        let mut turn = self.turn()?;
        let super::Writer { conn, wal, has_written, .. } = &mut *turn.writer;
        *has_written = true;
        if !wal.truncate(conn, &self.reading()) {
            return Ok(false);
        }
        // From here on no other process writes. One may have been quicker.
        let lock = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let log = self.path.with_extension("db-wal");
        if std::fs::metadata(log).is_ok_and(|log| log.len() > 0) {
            return Ok(false);
        }
        let since = Instant::now();
        let written = (|| -> std::io::Result<()> {
            let mut page = vec![0; size];
            while let Some(number) = pages.pop() {
                let at = number * size as u64;
                file.seek(SeekFrom::Start(at))?;
                file.read_exact(&mut page)?;
                for free in free_ranges(&page, number) {
                    if page[free.clone()].iter().any(|byte| *byte != 0) {
                        file.seek(SeekFrom::Start(at + free.start as u64))?;
                        file.write_all(&vec![0; free.len()])?;
                    }
                }
                if since.elapsed() > AT_ONCE {
                    break;
                }
            }
            file.sync_data()
        })();
        drop(lock);
        written.map_err(|error| in_folder(&self.path, error))?;
        conn.execute_batch("PRAGMA shrink_memory")?;
        Ok(true)
    }
}

/// Pages of a file that have something where nothing should be: from 0 on.
struct Pages {
    size: usize,
    numbers: Vec<u64>,
}

fn with_residue(file: &mut File) -> std::io::Result<Pages> {
    let mut head = [0; 18];
    file.seek(SeekFrom::Start(0))?;
    file.read_exact(&mut head)?;
    // In this field 1 stands for 65,536.
    let size = match usize::from(u16::from_be_bytes([head[16], head[17]])) {
        1 => 65_536,
        size => size,
    };
    let mut pages = Pages { size, numbers: Vec::new() };
    if !(512..=65_536).contains(&size) {
        return Ok(pages);
    }
    file.seek(SeekFrom::Start(0))?;
    let (mut chunk, mut number) = (vec![0; READ_BYTES], 0);
    loop {
        let mut filled = 0;
        while filled < chunk.len() {
            match file.read(&mut chunk[filled..])? {
                0 => break,
                read => filled += read,
            }
        }
        for page in chunk[..filled].chunks_exact(size) {
            let is_left = |free: Range<usize>| page[free].iter().any(|byte| *byte != 0);
            if number < MOST_PAGES && free_ranges(page, number).into_iter().any(is_left) {
                pages.numbers.push(number);
            }
            number += 1;
        }
        if filled < chunk.len() {
            return Ok(pages);
        }
    }
}

/// Where no row lies in a page of a table or an index: between the list of its rows and the first of them,
/// and in blocks between rows (SQLite's file format, 1.6). Nothing of other pages.
fn free_ranges(page: &[u8], number: u64) -> Vec<Range<usize>> {
    // The first page begins with the head of the file.
    let head = if number == 0 { 100 } else { 0 };
    let short = |at: usize| {
        let bytes = page.get(at..at + 2).map(|bytes| [bytes[0], bytes[1]]);
        bytes.map_or(0, |bytes| usize::from(u16::from_be_bytes(bytes)))
    };
    let length = match page.get(head) {
        Some(2 | 5) => 12,
        Some(10 | 13) => 8,
        _ => return Vec::new(),
    };
    let list_end = head + length + 2 * short(head + 3);
    // 0 stands for 65,536.
    let first_row = if short(head + 5) == 0 { 65_536 } else { short(head + 5) };
    if list_end > first_row || first_row > page.len() {
        return Vec::new();
    }
    let mut free = Vec::from([(list_end, first_row)]);
    // Blocks stand in order; each begins with the place of the next and its own size.
    let (mut at, mut last) = (short(head + 1), first_row);
    while at >= last && at + 4 <= page.len() {
        let size = short(at + 2);
        if size < 4 || at + size > page.len() {
            break;
        }
        free.push((at + 4, at + size));
        (last, at) = (at + size, short(at));
    }
    free.into_iter().map(|(from, to)| from..to).collect()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::store::{Config, Store, StoreError};

    /// Rows of all lengths, in no order, so that pages are split and evened out all the time; then most of
    /// them deleted.
    fn filled(folder: &std::path::Path) -> Store {
        let store = Store::open(folder, &Config::default()).unwrap();
        store.run_sql(
            "CREATE TABLE t (k INTEGER PRIMARY KEY, x TEXT);
             CREATE INDEX t_x ON t (x);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000)
             INSERT INTO t SELECT (i * 7919) % 20011, 'secret' || hex(randomblob(1 + (i * 131) % 400)) FROM n;
             DELETE FROM t WHERE k % 50 <> 0",
        );
        store
    }

    fn residue(store: &Store) -> usize {
        let mut file = File::open(store.path()).unwrap();
        with_residue(&mut file).unwrap().numbers.len()
    }

    fn told(store: &Store, sql: &str) -> String {
        let told =
            |tx: &crate::store::ReadTx<'_>| Ok(tx.conn.query_row(sql, [], |row| row.get(0))?);
        store.read::<_, StoreError>(told).unwrap()
    }

    #[test]
    fn what_deleted_rows_leave_in_pages_is_overwritten_and_the_rest_is_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let store = filled(folder.path());
        let all = "SELECT count(*) || ' ' || hex(max(x)) || ' ' || sum(length(x)) FROM t";
        let before = told(&store, all);
        assert!(store.engine.empty_log().unwrap());
        assert!(residue(&store) > 50, "this test needs some to look at");
        let kept: usize = told(&store, "SELECT CAST(count(*) AS TEXT) FROM t").parse().unwrap();
        // Others read and write meanwhile.
        let done = std::sync::atomic::AtomicBool::new(false);
        let until = Instant::now() + Duration::from_secs(60);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    assert_eq!(told(&store, "PRAGMA integrity_check(1)"), "ok");
                    store.try_writing().unwrap();
                    std::thread::sleep(Duration::from_millis(1));
                }
            });
            assert!(store.engine.scrub(until).unwrap());
            done.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        assert!(store.engine.empty_log().unwrap());
        assert_eq!(residue(&store), 0);
        assert_eq!(told(&store, all), before);
        assert_eq!(told(&store, "PRAGMA integrity_check"), "ok");
        let bytes = std::fs::read(store.path()).unwrap();
        let secrets = bytes.windows(6).filter(|some| *some == b"secret").count();
        // In the table and in its index; and once more where an entry stands above the leaves.
        assert!(secrets <= 2 * kept, "{secrets} of {kept} rows");
        // The pages that are changed now are not the old ones again.
        store.run_sql("UPDATE t SET x = x || 'y' WHERE k % 100 = 0");
        assert!(store.engine.empty_log().unwrap());
        let bytes = std::fs::read(store.path()).unwrap();
        let secrets = bytes.windows(6).filter(|some| *some == b"secret").count();
        assert!(secrets <= 4 * kept, "{secrets} of {kept} rows");
    }

    #[test]
    fn free_ranges_lie_between_rows_whatever_a_page_says() {
        let mut page = vec![0_u8; 512];
        page[0] = 13;
        // One row, at 400; a block of ten bytes behind it.
        page[3..5].copy_from_slice(&1_u16.to_be_bytes());
        page[5..7].copy_from_slice(&400_u16.to_be_bytes());
        page[1..3].copy_from_slice(&450_u16.to_be_bytes());
        page[452..454].copy_from_slice(&10_u16.to_be_bytes());
        assert_eq!(free_ranges(&page, 1), [10..400, 454..460]);
        // A block that leads back, or out of the page, ends the list.
        page[450..452].copy_from_slice(&420_u16.to_be_bytes());
        assert_eq!(free_ranges(&page, 1), [10..400, 454..460]);
        page[452..454].copy_from_slice(&100_u16.to_be_bytes());
        assert_eq!(free_ranges(&page, 1).len(), 1);
        for (at, value) in [(0, 7), (5, 255)] {
            let mut other = page.clone();
            other[at] = value;
            assert!(free_ranges(&other, 1).is_empty(), "{at}");
        }
        // The first page begins with the head of the file.
        assert!(free_ranges(&page, 0).is_empty());
    }
}

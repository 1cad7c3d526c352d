//! The owner file of a client: locked while the client lives, or while somebody else finishes
//! what it left. It holds the cursor.
//!
//! Locks are never given back but by closing the file. A forked child shares the lock with its
//! parent, and to unlock would take it from both.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crm_models::Timestamp;

use super::disk::{self, Disk};
use super::layout::{self, CURSOR_BYTES, CURSOR_OFFSET, Cursor, OWNER_HEAD_BYTES};
use super::{Fingerprint, names};

/// Attempts at making an owner file when somebody mistakes the new one for a dead client's.
const ATTEMPTS: usize = 8;
/// An owner file without content is that of a client that is just starting, up to this age.
const BIRTH: Duration = Duration::from_secs(60);

/// An owner file that we have locked.
#[derive(Debug)]
pub(super) struct Owner {
    file: File,
    path: PathBuf,
    /// Whose it is, if its head is intact.
    pub(super) fingerprint: Option<Fingerprint>,
    pub(super) cursor: Option<Cursor>,
    /// Whether a newer version has made it: it is to be left as it is.
    pub(super) is_newer: bool,
}

impl Owner {
    /// A new client's own.
    pub(super) fn create(
        disk: &Disk,
        dir: &Path,
        instance: u64,
        fingerprint: Fingerprint,
    ) -> io::Result<Self> {
        let path = names::owner(dir, instance);
        for _ in 0..ATTEMPTS {
            let file = disk::private().read(true).write(true).create_new(true).open(&path)?;
            // Between the two lines somebody who cleans up may have locked the empty file, or
            // deleted it.
            if locked(&file)? && disk::is_at(&file, &path)? {
                let fingerprint_of = Some(fingerprint);
                let owner =
                    Self { file, path, fingerprint: fingerprint_of, cursor: None, is_newer: false };
                return match owner.write_head(disk, fingerprint) {
                    Ok(()) => Ok(owner),
                    Err(error) => {
                        owner.remove()?;
                        Err(error)
                    }
                };
            }
        }
        Err(io::Error::new(io::ErrorKind::ResourceBusy, "the spool's owner file is contended"))
    }

    /// That of a dead client, made if it is gone but segments are there. `None` when the client
    /// is alive, was just adopted by another, or may be about to start.
    pub(super) fn take(
        disk: &Disk,
        dir: &Path,
        instance: u64,
        has_segments: bool,
        now: Timestamp,
    ) -> io::Result<Option<Self>> {
        let path = names::owner(dir, instance);
        let mut options = disk::private();
        options.read(true).write(true).create(has_segments).truncate(false);
        let file = match options.open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        if !has_segments && starting(&file, now)? {
            return Ok(None);
        }
        if !locked(&file)? || !disk::is_at(&file, &path)? {
            return Ok(None);
        }
        let mut bytes = [0; CURSOR_OFFSET + CURSOR_BYTES];
        let read = disk.read_at(&file, &mut bytes, 0)?;
        let bytes = bytes.get(..read).unwrap_or_default();
        let fingerprint = bytes.get(..OWNER_HEAD_BYTES).and_then(layout::decode_owner_head);
        let cursor = bytes.get(CURSOR_OFFSET..).and_then(Cursor::decode);
        let is_newer = layout::is_newer_owner(bytes);
        Ok(Some(Self { file, path, fingerprint, cursor, is_newer }))
    }

    /// Gives the file a head, where it has none or a damaged one.
    pub(super) fn write_head(&self, disk: &Disk, fingerprint: Fingerprint) -> io::Result<()> {
        disk.write_all_at(&self.file, &layout::owner_head(fingerprint), 0)
    }

    /// Notes how far this client's events are settled. Neither synced nor atomic: a cursor that
    /// is stale or torn makes events come again, and loses none.
    pub(super) fn write_cursor(&self, disk: &Disk, cursor: Cursor) -> io::Result<()> {
        disk.write_all_at(&self.file, &cursor.encode(), CURSOR_OFFSET as u64)
    }

    /// Whether the file holds nothing, as that of a client that died at its birth.
    pub(super) fn is_empty(&self) -> io::Result<bool> {
        Ok(self.file.metadata()?.len() == 0)
    }

    /// Whether the path still leads to the file: nobody has deleted it, or the directory that it is
    /// in, or put another in its place.
    pub(super) fn is_in_place(&self) -> bool {
        // What cannot be told is taken to be as it was.
        disk::is_at(&self.file, &self.path).unwrap_or(true)
    }

    /// Deletes the file, still locked, so that nobody can lock it in between.
    pub(super) fn remove(&self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }
}

fn locked(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Whether it looks like the file of a client that has made it and is about to lock it.
fn starting(file: &File, now: Timestamp) -> io::Result<bool> {
    let metadata = file.metadata()?;
    if metadata.len() > 0 {
        return Ok(false);
    }
    let made = metadata.modified()?.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let now = Duration::from_millis(u64::try_from(now.millis()).unwrap_or(0));
    Ok(now.saturating_sub(made) < BIRTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOSE: Fingerprint = Fingerprint([3; 16]);

    fn take(dir: &Path, has_segments: bool, now_ms: i64) -> Option<Owner> {
        let now = Timestamp::from_millis(now_ms);
        Owner::take(&Disk::default(), dir, 5, has_segments, now).unwrap()
    }

    #[test]
    fn a_client_is_dead_when_its_file_is_closed() {
        let dir = tempfile::tempdir().unwrap();
        let disk = Disk::default();
        let owner = Owner::create(&disk, dir.path(), 5, WHOSE).unwrap();
        let cursor = Cursor { number: 1, offset: 99, settled: 2 };
        owner.write_cursor(&disk, cursor).unwrap();
        assert!(take(dir.path(), true, 0).is_none());
        drop(owner);

        let adopted = take(dir.path(), true, 0).unwrap();
        assert_eq!((adopted.fingerprint, adopted.cursor), (Some(WHOSE), Some(cursor)));
        assert!(take(dir.path(), true, 0).is_none());
        adopted.remove().unwrap();
        assert!(take(dir.path(), false, 0).is_none());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn an_instance_is_used_once() {
        let dir = tempfile::tempdir().unwrap();
        let disk = Disk::default();
        drop(Owner::create(&disk, dir.path(), 5, WHOSE).unwrap());
        let again = Owner::create(&disk, dir.path(), 5, WHOSE).map(drop).map_err(|e| e.kind());
        assert_eq!(again, Err(io::ErrorKind::AlreadyExists));
    }

    #[test]
    fn an_empty_file_belongs_to_one_who_starts_until_it_is_old() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(names::owner(dir.path(), 5), b"").unwrap();
        let since_1970 = SystemTime::UNIX_EPOCH.elapsed().unwrap();
        let now = i64::try_from(since_1970.as_millis()).unwrap();
        assert!(take(dir.path(), false, now).is_none());
        assert!(take(dir.path(), false, now + 120_000).is_some_and(|own| own.is_empty().unwrap()));
        assert!(take(dir.path(), true, now).is_some());
    }

    #[test]
    fn a_damaged_file_has_neither_owner_nor_cursor() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(names::owner(dir.path(), 5), [0xAA; 200]).unwrap();
        let owner = take(dir.path(), true, 0).unwrap();
        assert_eq!((owner.fingerprint, owner.cursor), (None, None));
    }
}

//! What is brought to stable storage at once: all that is in our segments, and their names.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::names;
use super::state::Directory;

/// A part of a segment that is not on stable storage.
struct Unsynced {
    serial: u64,
    end: u64,
    path: PathBuf,
    /// Open if it is the active one.
    file: Option<Arc<File>>,
}

impl Directory {
    /// Returns when the records up to this one are on stable storage.
    pub(super) fn sync(&self, record: u64) -> io::Result<()> {
        self.gate.pass(record, || self.sync_all())
    }

    /// Syncs everything that is in our segments, and says up to which record.
    fn sync_all(&self) -> (u64, io::Result<()>) {
        let mut state = self.lock();
        let last = state.appended;
        let names_unsynced = std::mem::take(&mut state.names_unsynced);
        let active = state.active.clone();
        // What is synced in a directory that is gone survives nothing.
        let is_in_place = self.is_in_place(&state);
        let active_serial = active.as_ref().and_then(|_| state.segments.back()).map(|s| s.serial);
        let own = state.segments.iter().filter(|segment| {
            segment.instance == self.settings.instance && segment.synced < segment.end
        });
        let unsynced: Vec<_> = own
            .map(|segment| Unsynced {
                serial: segment.serial,
                end: segment.end,
                path: names::segment(&self.settings.dir, segment.instance, segment.number),
                file: active.clone().filter(|_| active_serial == Some(segment.serial)),
            })
            .collect();
        drop(state);

        let mut result = if is_in_place { Ok(()) } else { Err(io::ErrorKind::NotFound.into()) };
        let mut failed = Vec::new();
        for part in &unsynced {
            if let Err(error) = self.sync_part(part) {
                failed.push(part.serial);
                result = Err(error);
            }
        }
        let named = if names_unsynced { self.disk.sync_dir(&self.settings.dir) } else { Ok(()) };

        let mut state = self.lock();
        for part in &unsynced {
            if let Some(segment) = state.find(part.serial) {
                segment.synced = part.end;
            }
        }
        for serial in failed {
            // What is in the file may be lost in a power cut, so nothing new goes in there.
            if state.is_active(serial) {
                self.close_active(&mut state);
            }
            if let Some(segment) = state.find(serial) {
                segment.synced = segment.end;
            }
        }
        state.names_unsynced |= named.is_err();
        // Records that came into the failed segment while it was being synced.
        let last = if result.is_err() { state.appended } else { last };
        self.unlock(state);
        (last, result.and(named))
    }

    fn sync_part(&self, part: &Unsynced) -> io::Result<()> {
        if let Some(file) = &part.file {
            return self.disk.sync(file);
        }
        // Writable, as some systems sync nothing else.
        match fs::OpenOptions::new().write(true).open(&part.path) {
            Ok(file) => self.disk.sync(&file),
            // All its events were settled in the meantime.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }
}

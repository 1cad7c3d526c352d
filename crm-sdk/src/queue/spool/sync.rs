//! Group commit: threads that wait for stable storage at the same time share one sync.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::names;
use super::state::Shared;

/// Ranges of failed records that are told apart. Beyond that the oldest are taken as one, with
/// all between them, so that nobody is told of a success that was none.
const FAILURES: usize = 64;

/// Who syncs, and how far it got.
#[derive(Debug, Default)]
pub(super) struct Gate {
    progress: Mutex<Progress>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Progress {
    /// Whether a thread is at it.
    busy: bool,
    /// Records up to this one were synced, or failed to be.
    tried: u64,
    failures: Vec<Failure>,
}

/// Records that are not known to be on stable storage, and never will be: after a failed sync a
/// second one of the same file may succeed without having written anything.
#[derive(Clone, Copy, Debug)]
struct Failure {
    first: u64,
    last: u64,
    kind: io::ErrorKind,
    code: Option<i32>,
}

impl Progress {
    fn outcome(&self, record: u64) -> io::Result<()> {
        let failed = |failure: &&Failure| (failure.first..=failure.last).contains(&record);
        match self.failures.iter().find(failed) {
            None => Ok(()),
            Some(Failure { code: Some(code), .. }) => Err(io::Error::from_raw_os_error(*code)),
            Some(Failure { kind, .. }) => Err((*kind).into()),
        }
    }

    fn note(&mut self, last: u64, result: &io::Result<()>) {
        if let Err(error) = result {
            let (kind, code) = (error.kind(), error.raw_os_error());
            self.failures.push(Failure { first: self.tried + 1, last, kind, code });
            if self.failures.len() > FAILURES {
                let first = self.failures.remove(0).first;
                if let Some(oldest) = self.failures.first_mut() {
                    oldest.first = first;
                }
            }
        }
        self.tried = last;
    }
}

/// A part of a segment that is not on stable storage.
struct Unsynced {
    serial: u64,
    end: u64,
    path: PathBuf,
    /// Open if it is the active one.
    file: Option<Arc<File>>,
}

impl Shared {
    /// Returns when the records up to this one are on stable storage.
    pub(super) fn sync(&self, record: u64) -> io::Result<()> {
        let mut progress = self.gate.progress.lock().unwrap_or_else(PoisonError::into_inner);
        while progress.tried < record {
            if progress.busy {
                let waited = self.gate.changed.wait(progress);
                progress = waited.unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            progress.busy = true;
            drop(progress);
            let (last, result) = self.sync_all();
            progress = self.gate.progress.lock().unwrap_or_else(PoisonError::into_inner);
            progress.note(last, &result);
            progress.busy = false;
            self.gate.changed.notify_all();
        }
        progress.outcome(record)
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

//! Group commit: threads that wait for stable storage at the same time share one sync.

use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Ranges of failed records that are told apart. Beyond that the oldest are taken as one, with
/// all between them, so that nobody is told of a success that was none.
const FAILURES: usize = 64;

/// Who syncs, and how far it got.
#[derive(Debug, Default)]
pub(super) struct Gate {
    progress: Mutex<Progress>,
    changed: Condvar,
}

impl Gate {
    /// Returns when the records up to this one were synced, or failed to be. `sync` syncs all there
    /// is and says up to which record that was; of the threads that wait here, one at a time calls it.
    pub(super) fn pass(
        &self,
        record: u64,
        sync: impl Fn() -> (u64, io::Result<()>),
    ) -> io::Result<()> {
        let mut progress = self.lock();
        while progress.tried < record {
            if progress.busy {
                let waited = self.changed.wait(progress);
                progress = waited.unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            progress.busy = true;
            drop(progress);
            let (last, result) = sync();
            progress = self.lock();
            progress.note(last, &result);
            progress.busy = false;
            self.changed.notify_all();
        }
        progress.outcome(record)
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
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

//! What a fold or a merge writes is prepared beside the writer: on a thread, or, in a simulation, when
//! that has it done.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use crate::store::{Result, StoreError, WorkspaceId};

/// Reads and adds up, and answers what makes the result known.
pub(crate) type Task = Box<dyn FnOnce() -> Box<dyn FnOnce() + Send> + Send>;

/// Who prepares.
pub(super) enum Hands {
    /// A thread each time.
    Threads,
    /// Whoever takes the task.
    #[cfg(test)]
    Simulated(Arc<Mutex<Vec<(WorkspaceId, Task)>>>),
}

/// Something is being prepared; only writing it holds up the writer.
pub(super) struct Preparing<T> {
    pub(super) workspace: WorkspaceId,
    prepared: Arc<Mutex<Option<Result<Option<T>>>>>,
    thread: Option<JoinHandle<()>>,
}

impl Hands {
    /// Has something prepared; `None` where there is no thread for it.
    pub(super) fn begin<T: Send + 'static>(
        &self,
        name: &str,
        workspace: WorkspaceId,
        prepare: impl FnOnce() -> Result<Option<T>> + Send + 'static,
    ) -> Option<Preparing<T>> {
        let prepared = Arc::new(Mutex::new(None));
        let into = prepared.clone();
        let task: Task = Box::new(move || {
            let done = prepare();
            Box::new(move || *into.lock().unwrap_or_else(PoisonError::into_inner) = Some(done))
        });
        let thread = match self {
            Self::Threads => {
                let thread = std::thread::Builder::new().name(name.to_owned());
                match thread.spawn(move || task()()) {
                    Ok(thread) => Some(thread),
                    Err(error) => {
                        tracing::error!(%error, "no thread to fold on");
                        return None;
                    }
                }
            }
            #[cfg(test)]
            Self::Simulated(tasks) => {
                tasks.lock().unwrap_or_else(PoisonError::into_inner).push((workspace, task));
                None
            }
        };
        Some(Preparing { workspace, prepared, thread })
    }
}

impl<T> Preparing<T> {
    /// Whether [`Self::end`] need not wait.
    pub(super) fn is_finished(&self) -> bool {
        self.thread.as_ref().is_some_and(JoinHandle::is_finished) || self.lock().is_some()
    }

    /// Waits until it is prepared.
    pub(super) fn wait(&mut self) {
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("a thread that folds broke off");
            let broken_off = StoreError::Damaged("the thread that folds broke off".into());
            *self.lock() = Some(Err(broken_off));
        }
    }

    /// What was prepared; nothing where there was nothing to do. Waits for it.
    pub(super) fn end(mut self) -> Result<Option<T>> {
        self.wait();
        self.lock().take().unwrap_or(Ok(None))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Result<Option<T>>>> {
        // What is in there is whole at every moment, so a panic elsewhere does not spoil it.
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_breaks_off_is_finished_and_ends_with_an_error() {
        let prepare = || -> Result<Option<()>> { panic!("as told") };
        let mut preparing = Hands::Threads.begin("breaks-off", WorkspaceId(1), prepare).unwrap();
        preparing.wait();
        assert!(preparing.is_finished());
        assert!(matches!(preparing.end(), Err(StoreError::Damaged(_))));
    }
}

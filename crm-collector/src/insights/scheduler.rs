//! The threads that analyses are computed on: started when first needed, told to end by a stop, and
//! joined. A computation never waits for another one, so they cannot lock each other up.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use super::flight::Interest;
use super::turns::{AT_ONCE, Turns};
use crate::memory;
use crate::store::WorkspaceId;

/// Something to be computed. It tells those who wait what became of it, also where it is dropped
/// before it ran.
pub(super) struct Job {
    /// Whether it may take as much memory as all others together: so many are run at a time.
    pub(super) is_large: bool,
    pub(super) interest: Arc<Interest>,
    pub(super) run: Box<dyn FnOnce() + Send>,
}

/// Has jobs run.
pub(super) struct Scheduler(Arc<Shared>);

struct Shared {
    /// Large jobs at a time.
    most_large: usize,
    state: Mutex<State>,
    /// There is something to do, or a place for it.
    changed: Condvar,
    stopping: AtomicBool,
}

#[derive(Default)]
struct State {
    turns: Turns<Job>,
    /// Large jobs that run.
    large: usize,
    threads: Vec<JoinHandle<()>>,
}

impl Scheduler {
    /// For so many large jobs at a time.
    pub(super) fn new(most_large: usize) -> Self {
        Self(Arc::new(Shared {
            most_large,
            state: Mutex::default(),
            changed: Condvar::new(),
            stopping: AtomicBool::new(false),
        }))
    }

    /// Has a job run when it is its turn. Gives it back where the queue is full, or after a stop.
    pub(super) fn submit(&self, workspace: WorkspaceId, job: Job) -> Result<(), Job> {
        if self.is_stopping() {
            return Err(job);
        }
        let mut state = self.0.lock();
        let mut over = Vec::new();
        let mut joined = state.turns.join(workspace, job);
        if let Err(job) = joined {
            over = state.turns.take_out(|job| job.interest.abandon());
            joined = state.turns.join(workspace, job);
        }
        if state.threads.len() < state.turns.len().min(AT_ONCE) {
            let shared = self.0.clone();
            match std::thread::Builder::new().name("analyst".into()).spawn(move || shared.work()) {
                Ok(thread) => state.threads.push(thread),
                // The others do it, a little later; without any, the next job tries again.
                Err(error) => tracing::error!(%error, "no thread to analyse on"),
            }
        }
        drop(state);
        self.0.changed.notify_all();
        // Each tells that it is over, which takes locks of its own.
        drop(over);
        joined
    }

    /// Whether what runs is to end.
    pub(super) fn is_stopping(&self) -> bool {
        self.0.stopping.load(Ordering::SeqCst)
    }

    /// The same, for a computation to ask.
    pub(super) fn stopping(&self) -> impl Fn() -> bool + Send + Sync + 'static {
        let shared = self.0.clone();
        move || shared.stopping.load(Ordering::SeqCst)
    }

    /// Tells everybody who waits that nothing comes any more, and what runs to end.
    pub(super) fn stop(&self) {
        let mut state = self.0.lock();
        self.0.stopping.store(true, Ordering::SeqCst);
        let waiting = state.turns.take_out(|_| true);
        drop(state);
        self.0.changed.notify_all();
        drop(waiting);
    }

    /// Waits for the threads, after a stop. Blocks: not for async threads.
    pub(super) fn join(&self) {
        let threads = std::mem::take(&mut self.0.lock().threads);
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("an analysis broke off");
            }
        }
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    fn work(&self) {
        let mut state = self.lock();
        while !self.stopping.load(Ordering::SeqCst) {
            let has_room = state.large < self.most_large;
            let Some((workspace, job)) = state.turns.next(|job| has_room || !job.is_large) else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let is_large = job.is_large;
            state.large += usize::from(is_large);
            drop(state);
            // Nobody wants it any more: whoever comes now has it computed anew.
            if job.interest.abandon() {
                drop(job);
            } else {
                // The job has told those who wait; this thread goes on.
                drop(catch_unwind(AssertUnwindSafe(job.run)));
            }
            if is_large {
                memory::give_back();
            }
            state = self.lock();
            state.large -= usize::from(is_large);
            state.turns.end(workspace);
            // There is a place for somebody whose workspace had too many.
            self.changed.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // What is in there is whole at every moment, so a panic elsewhere does not spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

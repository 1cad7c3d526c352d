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
pub(super) struct Scheduler(Arc<Inner>);

struct Inner {
    /// Threads at the most. Without any, somebody else takes the jobs whose turn it is.
    most_threads: usize,
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
        Self::with_threads(AT_ONCE, most_large)
    }

    fn with_threads(most_threads: usize, most_large: usize) -> Self {
        Self(Arc::new(Inner {
            most_threads,
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
        if state.threads.len() < state.turns.len().min(self.0.most_threads) {
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

    /// One without threads, for a simulation.
    #[cfg(test)]
    pub(super) fn by_hand(most_large: usize) -> Self {
        Self::with_threads(0, most_large)
    }

    /// The job whose turn it is, if there is a place for it.
    #[cfg(test)]
    pub(super) fn next(&self) -> Option<Turn> {
        self.0.next(&mut self.0.lock())
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

impl Inner {
    fn work(self: Arc<Self>) {
        let mut state = self.lock();
        while !self.stopping.load(Ordering::SeqCst) {
            let Some(turn) = self.next(&mut state) else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            drop(state);
            // The job has told those who wait; this thread goes on.
            drop(catch_unwind(AssertUnwindSafe(|| turn.run())));
            state = self.lock();
        }
    }

    /// The job whose turn it is, if there is a place for it.
    fn next(self: &Arc<Self>, state: &mut State) -> Option<Turn> {
        let has_room = state.large < self.most_large;
        let (workspace, job) = state.turns.next(|job| has_room || !job.is_large)?;
        state.large += usize::from(job.is_large);
        let place = Place { shared: self.clone(), workspace, is_large: job.is_large };
        Some(Turn { job, place })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // What is in there is whole at every moment, so a panic elsewhere does not spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A job whose turn it is.
pub(super) struct Turn {
    job: Job,
    place: Place,
}

impl Turn {
    /// Runs it. Where nobody wants it any more it is dropped: whoever comes now has it computed anew.
    /// Answers the place, which is another's when that is dropped.
    pub(super) fn run(self) -> Place {
        // Dropped last, also where the job breaks off.
        let Self { job, place } = self;
        if job.interest.abandon() {
            drop(job);
        } else {
            (job.run)();
        }
        place
    }
}

/// A place to compute in, given back when it is dropped.
pub(super) struct Place {
    shared: Arc<Inner>,
    workspace: WorkspaceId,
    is_large: bool,
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_large {
            memory::give_back();
        }
        let mut state = self.shared.lock();
        state.large -= usize::from(self.is_large);
        state.turns.end(self.workspace);
        drop(state);
        // There is a place for somebody whose workspace had too many.
        self.shared.changed.notify_all();
    }
}

//! What clients and their worker share: the pipeline under a lock, and the ways to wait for it.
//!
//! The lock is held for moments only: no encoding, no I/O and no code of the host under it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use crm_models::Timestamp;
use tokio::sync::Notify;

use crate::clock::{Moment, wall_clock};
use crate::error::Error;
use crate::losses::Loss;
#[cfg(feature = "spool")]
use crate::pipeline::Queued;
use crate::pipeline::{Elapsed, Encoded, Mark, Offer, Outcome, Pipeline, Settings, Step, Turn};
#[cfg(feature = "spool")]
use crate::stats::SpoolState;
use crate::stats::Unsent;

/// Longest single wait on a condition; the sum of a present time and a huge timeout overflows on
/// some systems.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

/// A time of the wall clock as the pipeline counts it.
pub(crate) fn since_1970(time: Timestamp) -> Elapsed {
    Duration::from_millis(u64::try_from(time.millis()).unwrap_or(0))
}

pub(crate) struct Shared {
    pipeline: Mutex<Pipeline>,
    /// Wakes threads that wait for room or for a flush, whenever events have left the queue.
    progress: Condvar,
    /// The same for tasks.
    progress_tasks: Notify,
    /// How often that was; changed under the pipeline's lock alone.
    progress_count: AtomicU64,
    /// Wakes the worker.
    wake: Notify,
    /// What the clock of this module counts from: the wall clock's time at the start, so that
    /// events from earlier runs are as old as they are, and then only forward.
    started_at: Elapsed,
    started: Moment,
    worker: OnceLock<ThreadId>,
    /// Whether the worker has let go of all that it had.
    worker_is_gone: AtomicBool,
    /// Whether the pipeline takes no more events, to be seen without its lock.
    #[cfg(feature = "spool")]
    closing: AtomicBool,
    /// Held from when events are dropped from disk until they are counted as such.
    #[cfg(feature = "spool")]
    dropping: Mutex<()>,
}

impl Shared {
    pub(crate) fn new(settings: Settings, phase: f64) -> Self {
        Self {
            pipeline: Mutex::new(Pipeline::new(settings, phase)),
            progress: Condvar::new(),
            progress_tasks: Notify::new(),
            progress_count: AtomicU64::new(0),
            wake: Notify::new(),
            started_at: since_1970(wall_clock()),
            started: Moment::now(),
            worker: OnceLock::new(),
            worker_is_gone: AtomicBool::new(false),
            #[cfg(feature = "spool")]
            closing: AtomicBool::new(false),
            #[cfg(feature = "spool")]
            dropping: Mutex::new(()),
        }
    }

    /// Where a panic happened under the lock, the pipeline is still the best account there is.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Pipeline> {
        self.pipeline.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Elapsed {
        self.started_at + self.started.elapsed()
    }

    /// The time of day that the host's clock showed when the client started, and then only forward:
    /// ages of events that are measured by it are right whatever becomes of the clock.
    #[cfg(feature = "spool")]
    pub(crate) fn steady_clock(&self) -> Timestamp {
        Timestamp::from_millis(i64::try_from(self.now().as_millis()).unwrap_or(i64::MAX))
    }

    /// Counts events that were given up because they are too old and could not be sent.
    #[cfg(feature = "spool")]
    pub(crate) fn expired(&self, events: &[Queued]) {
        self.lock().expired(events);
        self.tell_progress();
    }

    pub(crate) fn deadline(&self, timeout: Duration) -> Elapsed {
        self.now().saturating_add(timeout)
    }

    /// How often events have left the queue.
    #[cfg(feature = "spool")]
    pub(crate) fn progress(&self) -> u64 {
        self.progress_count.load(Ordering::Acquire)
    }

    /// Waits up to `deadline` for events to leave the queue that were still there when the
    /// progress was `seen`; says whether there was time left.
    #[cfg(feature = "spool")]
    pub(crate) fn wait_for_progress(&self, seen: u64, deadline: Elapsed) -> bool {
        let now = self.now();
        // The worker makes the progress: it must not wait for itself.
        if now >= deadline || self.is_worker() {
            return false;
        }
        let pipeline = self.lock();
        if self.progress() == seen {
            drop(self.wait(pipeline, deadline - now));
        }
        true
    }

    /// Takes the events into the window that were to be loaded; `lost` counts the others.
    #[cfg(feature = "spool")]
    pub(crate) fn loaded(&self, events: Vec<Queued>, lost: &[(Loss, usize)]) {
        self.lock().loaded(events, lost);
        if lost.iter().any(|(_, events)| *events > 0) {
            // Nobody has to wait for them any more.
            self.tell_progress();
        }
    }

    /// Drops events from disk by a function that says how many there were, and counts them.
    #[cfg(feature = "spool")]
    pub(crate) fn drop_from_disk(&self, drop_events: impl FnOnce() -> usize) -> usize {
        let dropping = self.dropping();
        let events = drop_events();
        self.lock().dropped_from_disk(events);
        drop(dropping);
        self.tell_progress();
        events
    }

    /// While this is held, no events are counted that are dropped already.
    #[cfg(feature = "spool")]
    pub(crate) fn dropping(&self) -> MutexGuard<'_, ()> {
        self.dropping.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an event that was put on disk; says how the disk was before.
    #[cfg(feature = "spool")]
    pub(crate) fn spooled(&self) -> SpoolState {
        let now = self.now();
        let mut pipeline = self.lock();
        let wake = pipeline.spooled(1, now);
        let before = pipeline.set_spool_state(SpoolState::Working);
        drop(pipeline);
        self.wake_worker_if(wake);
        before
    }

    /// Makes all that waits due, because somebody waits for room; says when that was.
    #[cfg(feature = "spool")]
    pub(crate) fn flush_all(&self) -> Elapsed {
        let now = self.now();
        self.lock().flush(now);
        self.wake.notify_one();
        now
    }

    /// Whether no more events are taken.
    #[cfg(feature = "spool")]
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// Puts an event into the queue, waiting up to `block` for room.
    pub(crate) fn offer(&self, event: Encoded, block: Duration) -> Result<(), Error> {
        let mut now = self.now();
        let mut event = event;
        let mut deadline = None;
        let mut pipeline = self.lock();
        loop {
            match pipeline.offer(event, now) {
                Offer::Taken { wake } => {
                    drop(pipeline);
                    self.wake_worker_if(wake);
                    return Ok(());
                }
                Offer::Closed => {
                    pipeline.count_loss(Loss::ShutDown);
                    return Err(Error::ShutDown);
                }
                Offer::Full { event: refused, wake } => {
                    self.wake_worker_if(wake);
                    event = refused;
                }
            }
            // The worker makes the room: it must not wait for itself.
            let block = if self.is_worker() { Duration::ZERO } else { block };
            let deadline = *deadline.get_or_insert(now.saturating_add(block));
            if now >= deadline {
                pipeline.count_loss(Loss::QueueFull);
                let stats = pipeline.stats(now);
                return Err(Error::QueueFull { events: stats.queued, bytes: stats.queued_bytes });
            }
            pipeline = self.wait(pipeline, deadline - now);
            now = self.now();
        }
    }

    /// Makes all that waits due, and tells up to where a flush that ends at `until` reaches.
    pub(crate) fn flush(&self, until: Elapsed) -> Mark {
        let target = self.lock().flush(until);
        self.wake.notify_one();
        target
    }

    /// Takes no more events; what is left at `until` is given up by whoever looks first.
    pub(crate) fn close(&self, until: Elapsed) {
        self.lock().close(until);
        #[cfg(feature = "spool")]
        self.closing.store(true, Ordering::Relaxed);
        self.wake.notify_one();
        // Calls that wait for room have to learn that there is none to come.
        self.tell_progress();
    }

    /// Gives up whatever is left, and stops the worker.
    pub(crate) fn give_up(&self) -> Unsent {
        let unsent = self.lock().give_up();
        self.wake.notify_one();
        self.tell_progress();
        unsent
    }

    /// Blocks until the condition holds or the time has come; returns whether it holds.
    pub(crate) fn wait_until(&self, until: Elapsed, holds: impl Fn(&Pipeline) -> bool) -> bool {
        let mut pipeline = self.lock();
        loop {
            if holds(&pipeline) {
                return true;
            }
            let now = self.now();
            if now >= until {
                return false;
            }
            pipeline = self.wait(pipeline, until - now);
        }
    }

    /// Waits until the condition holds.
    pub(crate) async fn until(&self, holds: impl Fn(&Pipeline) -> bool) {
        loop {
            // Registered before the look, so that no progress falls between the two.
            let mut progress = std::pin::pin!(self.progress_tasks.notified());
            progress.as_mut().enable();
            if holds(&self.lock()) {
                return;
            }
            progress.await;
        }
    }

    /// Whether this is the worker's own thread, which must never wait for the worker.
    pub(crate) fn is_worker(&self) -> bool {
        self.worker.get().is_some_and(|worker| *worker == thread::current().id())
    }

    /// Tells which thread is the worker's: this one.
    pub(crate) fn enter_worker(&self) {
        self.worker.get_or_init(|| thread::current().id());
    }

    /// Tells that the worker has let go of all that it had; what it did not send is given up.
    pub(crate) fn leave_worker(&self) {
        self.worker_is_gone.store(true, Ordering::Release);
        // An account was given to whoever shut down; otherwise the worker broke.
        let _unsent = self.give_up();
    }

    /// Blocks until the worker is gone or the time has come; returns whether it is gone.
    pub(crate) fn wait_for_worker(&self, until: Elapsed) -> bool {
        self.wait_until(until, |_| self.worker_is_gone.load(Ordering::Acquire))
    }

    /// The worker's next step.
    pub(crate) fn poll(&self) -> Step {
        let step = self.lock().poll(self.now());
        if matches!(step, Step::Done) {
            self.tell_progress();
        }
        step
    }

    /// Settles a batch; `reason` says more about a failure than the outcome.
    pub(crate) fn settle(
        &self,
        batch: u64,
        outcome: &Outcome,
        random: f64,
        reason: Option<String>,
    ) -> Option<Turn> {
        let mut pipeline = self.lock();
        let turn = pipeline.settle(batch, outcome, self.now(), random);
        pipeline.explain(reason);
        drop(pipeline);
        self.tell_progress();
        turn
    }

    /// The worker's sleep.
    pub(crate) async fn sleep(&self, until: Option<Elapsed>) {
        let woken = self.wake.notified();
        match until {
            None => woken.await,
            Some(until) => {
                let timeout = until.saturating_sub(self.now());
                // Either way there is something to look at.
                let _timed_out = tokio::time::timeout(timeout, woken).await;
            }
        }
    }

    /// Ends when nothing is to be sent any more, while a request is on its way.
    pub(crate) async fn stopped(&self) {
        while !self.lock().is_closed() {
            self.wake.notified().await;
        }
    }

    fn wait<'a>(
        &self,
        pipeline: MutexGuard<'a, Pipeline>,
        timeout: Duration,
    ) -> MutexGuard<'a, Pipeline> {
        let waited = self.progress.wait_timeout(pipeline, timeout.min(LONGEST_WAIT));
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn wake_worker_if(&self, wake: bool) {
        if wake {
            self.wake.notify_one();
        }
    }

    fn tell_progress(&self) {
        // Under the lock, so that nobody who has seen the old count begins to wait behind this.
        let pipeline = self.lock();
        self.progress_count.fetch_add(1, Ordering::Release);
        drop(pipeline);
        self.progress.notify_all();
        self.progress_tasks.notify_waiters();
    }
}

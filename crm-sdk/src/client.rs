//! The client: takes events, and waits for them on demand.

use std::fmt;
use std::future::Future;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crm_models::{Customer, Event, EventId, Interaction, Purchase};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

#[cfg(feature = "spool")]
use crate::dead_letters::{DeadLetter, DeadLetters};
use crate::error::Error;
use crate::intake::{Durability, Intake};
use crate::losses::Losses;
use crate::pipeline::{Elapsed, Mark, Pipeline};
use crate::shared::Shared;
use crate::stats::{Stats, Unsent};

/// How long a shutdown whose time is up waits for the worker to let go of its files, so that the
/// next client finds what is in them. The worker has nothing else to do, unless a callback of the
/// host's keeps it.
const FAREWELL: Duration = Duration::from_millis(100);

/// Sends events to a collector in the background. Cheap to clone; all clones are one client.
///
/// When the last clone is dropped, what is queued is sent within the
/// [`drop_timeout`](crate::ClientBuilder::drop_timeout), which blocks the dropping thread for so long
/// at most. A client in a `static` is never dropped: call [`shutdown`](Self::shutdown) before `main`
/// returns.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

/// What ends with the last clone.
struct Inner {
    intake: Intake,
    runtime: Handle,
    thread: Mutex<Option<JoinHandle<()>>>,
    #[cfg(feature = "spool")]
    dead_letters: Option<DeadLetters>,
    drop_timeout: Duration,
}

impl Client {
    pub(crate) fn new(
        intake: Intake,
        (thread, runtime): (JoinHandle<()>, Handle),
        #[cfg(feature = "spool")] dead_letters: Option<DeadLetters>,
        drop_timeout: Duration,
    ) -> Self {
        let inner = Inner {
            intake,
            runtime,
            thread: Mutex::new(Some(thread)),
            #[cfg(feature = "spool")]
            dead_letters,
            drop_timeout,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Takes a customer that appeared or changed. See [`track`](Self::track).
    ///
    /// # Errors
    /// Those of [`track`](Self::track).
    pub fn customer(&self, customer: Customer) -> Result<EventId, Error> {
        self.track(customer)
    }

    /// Takes a sale or a refund. See [`track`](Self::track).
    ///
    /// # Errors
    /// Those of [`track`](Self::track).
    pub fn purchase(&self, purchase: Purchase) -> Result<EventId, Error> {
        self.track(purchase)
    }

    /// Takes that a purchase was called off: nothing was bought. It takes the place of what is stored
    /// under its number, which it needs; what was paid and given back is a paid purchase and a
    /// refund. See [`track`](Self::track).
    ///
    /// # Errors
    /// Those of [`track`](Self::track).
    pub fn cancel(&self, purchase: Purchase) -> Result<EventId, Error> {
        self.track(purchase.cancelled().replace())
    }

    /// Takes a purchase back altogether, as one that never should have been sent: it is in no figure
    /// any more, and its number, which it needs, is free. What else is told of it does not matter. See
    /// [`track`](Self::track).
    ///
    /// # Errors
    /// Those of [`track`](Self::track).
    pub fn void(&self, purchase: Purchase) -> Result<EventId, Error> {
        self.track(purchase.void().replace())
    }

    /// Takes an interaction; what this returns is what it is known by. One with an
    /// [`interaction_id`](Interaction::interaction_id) corrects it, or takes it back. See [`track`](Self::track).
    ///
    /// # Errors
    /// Those of [`track`](Self::track).
    pub fn interaction(&self, interaction: Interaction) -> Result<EventId, Error> {
        self.track(interaction)
    }

    /// Takes any event, fills in its id and its time where they are absent, and returns with the
    /// id: the event will be sent in the background. Ids that were filled in rise within a thread.
    ///
    /// With a [spool](crate::ClientBuilder::spool_dir) the event is in the operating system's hands
    /// when this returns, and survives whatever happens to the process; without one it is in memory,
    /// and does not. Only under [`WhenFull::Block`](crate::WhenFull::Block) can this wait, for
    /// room.
    ///
    /// What is almost right is taken as what it means: ids and names are trimmed, a placeholder such
    /// as `n/a` is nothing, and a contact field that is no such thing, such as an email address
    /// without `@`, is left out. The log and [`Stats::warnings`] tell.
    ///
    /// An event that [`before_send`](crate::ClientBuilder::before_send) holds back is no error: its
    /// id is returned, and [`losses`](Self::losses) counts it.
    ///
    /// # Errors
    /// The event was not taken, and [`losses`](Self::losses) counts it:
    /// - [`Error::Invalid`]: it breaks a rule; the field is named.
    /// - [`Error::QueueFull`]: there is no room.
    /// - [`Error::ShutDown`]: the client was shut down.
    /// - [`Error::Forked`]: the client belongs to the process that forked this one. Not counted.
    /// - [`Error::System`]: it has no id, and the operating system gives no randomness to make
    ///   one. Not counted.
    pub fn track(&self, event: impl Into<Event>) -> Result<EventId, Error> {
        self.inner.intake.take(event.into(), Durability::Queued)
    }

    /// [`track`](Self::track), and waits until the event is on stable storage, where it survives
    /// a power cut as well. Threads that wait at the same time share one `fdatasync`, which takes
    /// from a tenth of a millisecond to tens of them, depending on the disk.
    ///
    /// # Errors
    /// Those of [`track`](Self::track), and [`Error::Spool`]: there is no spool, or the disk
    /// failed. The event may then be sent all the same; it has to be given an id of its own
    /// before it can safely be tracked again. Not counted among the losses: it is yours still.
    #[cfg(feature = "spool")]
    pub fn track_durable(&self, event: impl Into<Event>) -> Result<EventId, Error> {
        self.inner.intake.take(event.into(), Durability::Synced)
    }

    /// Sends what was taken before this call without waiting for batches to fill, and blocks
    /// until the collector has decided on all of it, or for `timeout` at most. Returns what is
    /// left of it; that is still going to be sent. Events that are [parked](Stats::parked) are not
    /// waited for, and are among what is left.
    ///
    /// Can be called anywhere, also inside a tokio runtime, whose thread it blocks; use
    /// [`flush_async`](Self::flush_async) there. Inside the verdict callback it returns at once.
    pub fn flush(&self, timeout: Duration) -> Unsent {
        if self.inner.intake.is_forked() {
            return Unsent::default();
        }
        let shared = self.inner.shared();
        let until = shared.deadline(timeout);
        let target = shared.flush(until);
        if !shared.is_worker() {
            shared.wait_until(until, is_settled(target));
        }
        shared.lock().unsent_below(target)
    }

    /// [`flush`](Self::flush) without blocking the thread, in any async runtime. The flush begins
    /// with this call, and goes on when the future is dropped.
    pub fn flush_async(&self, timeout: Duration) -> impl Future<Output = Unsent> + Send + 'static {
        let begun = (!self.inner.intake.is_forked()).then(|| {
            let shared = Arc::clone(self.inner.shared());
            let until = shared.deadline(timeout);
            let target = shared.flush(until);
            let settled = (!shared.is_worker())
                .then(|| self.inner.settled(until, is_settled(target), |_| ()));
            (shared, target, settled)
        });
        async move {
            let Some((shared, target, settled)) = begun else { return Unsent::default() };
            if let Some(settled) = settled {
                settled.await;
            }
            shared.lock().unsent_below(target)
        }
    }

    /// Takes no more events, sends what is queued, and ends the background thread; blocks for
    /// `timeout` at most, and for a moment until the thread has ended. What could not be sent by
    /// then is left on disk, where the next client with this [spool](crate::ClientBuilder::spool_dir)
    /// finds it, or given up where it is in memory alone: the account says how much, and
    /// [`losses`](Self::losses) counts the latter as [`Loss::Unsent`](crate::Loss::Unsent).
    ///
    /// Holds for every clone. When two are shut down, the earlier end holds for both; calling it
    /// again returns the same account. Can be called anywhere, also inside a tokio runtime and in
    /// `Drop`. Inside a callback of the client's it returns at once, with what is left by then. In
    /// a forked child it does nothing: the parent goes on.
    pub fn shutdown(&self, timeout: Duration) -> Unsent {
        if self.inner.intake.is_forked() {
            return Unsent::default();
        }
        self.inner.shutdown(timeout)
    }

    /// [`shutdown`](Self::shutdown) without blocking the thread, in any async runtime. The
    /// shutdown begins with this call, and goes on when the future is dropped.
    pub fn shutdown_async(
        &self,
        timeout: Duration,
    ) -> impl Future<Output = Unsent> + Send + 'static {
        let begun = (!self.inner.intake.is_forked()).then(|| {
            let shared = Arc::clone(self.inner.shared());
            let closed = self.inner.close(timeout);
            let closed = (!shared.is_worker()).then_some(closed);
            (shared, closed)
        });
        async move {
            let Some((shared, closed)) = begun else { return Unsent::default() };
            if let Some(closed) = closed {
                closed.await;
            }
            shared.lock().unsent_below(Mark::END)
        }
    }

    /// Counts of the events that were given up, by reason. In a forked child there are none.
    pub fn losses(&self) -> Losses {
        if self.inner.intake.is_forked() {
            return Losses::default();
        }
        self.inner.shared().lock().losses()
    }

    /// What was done so far, and what is left to do. In a forked child that is nothing.
    pub fn stats(&self) -> Stats {
        if self.inner.intake.is_forked() {
            return Stats::default();
        }
        let shared = self.inner.shared();
        #[cfg_attr(not(feature = "spool"), expect(unused_mut, reason = "there is no disk"))]
        let mut stats = shared.lock().stats(shared.now());
        #[cfg(feature = "spool")]
        if let Some(spool) = &self.inner.intake.spool {
            stats.spool_bytes = spool.bytes();
        }
        stats
    }

    /// The events that the collector would not take, with its reasons: from this client and from
    /// all others that used its [spool](crate::ClientBuilder::spool_dir) with the same key, the oldest
    /// first. Without a spool there are none.
    ///
    /// # Errors
    /// [`Error::Spool`] when they cannot be read.
    #[cfg(feature = "spool")]
    pub fn dead_letters(&self) -> Result<Vec<DeadLetter>, Error> {
        let Some(dead_letters) = &self.inner.dead_letters else { return Ok(Vec::new()) };
        dead_letters.list()
    }

    /// Tracks all [dead letters](Self::dead_letters) once more, with the ids that they have, and
    /// forgets them as such; returns how many. For when what was wrong with them is mended on the
    /// collector's side.
    ///
    /// # Errors
    /// The first one of [`track`](Self::track): the letter at fault and those after it are kept.
    /// [`Error::Spool`] when the letters cannot be read, or cannot be forgotten; they may then be
    /// sent once more, which does no harm.
    #[cfg(feature = "spool")]
    pub fn resend_dead_letters(&self) -> Result<usize, Error> {
        let Some(dead_letters) = &self.inner.dead_letters else { return Ok(0) };
        dead_letters.resend(|event| self.track(event).map(drop))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if self.inner.intake.is_forked() {
            // All of it is the parent's: its thread is not here to be joined, its files would be
            // closed by what frees them, its locks may be held for ever. It is never freed here.
            mem::forget(Arc::clone(&self.inner));
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

impl Inner {
    fn shared(&self) -> &Arc<Shared> {
        &self.intake.shared
    }

    fn shutdown(&self, timeout: Duration) -> Unsent {
        let shared = self.shared();
        if shared.is_worker() {
            // Not to be waited for here: the worker goes on by itself.
            drop(self.close(timeout));
            return shared.lock().unsent_below(Mark::END);
        }
        let until = shared.deadline(timeout);
        shared.close(until);
        let worker_is_done = shared.wait_until(until, Pipeline::is_closed);
        let unsent = shared.give_up();
        if worker_is_done || shared.wait_for_worker(shared.deadline(FAREWELL)) {
            self.join();
        }
        unsent
    }

    /// Begins a shutdown that ends in time by itself, whoever waits for it.
    fn close(&self, timeout: Duration) -> impl Future<Output = ()> + Send + 'static {
        let until = self.shared().deadline(timeout);
        self.shared().close(until);
        self.settled(until, Pipeline::is_closed, |shared| {
            // Whoever waits reads the account for himself.
            let _unsent = shared.give_up();
        })
    }

    /// Ends when the condition holds or the time has come, and `then` is done. The worker's
    /// runtime keeps the time: the one that polls this future may have no timers.
    fn settled(
        &self,
        until: Elapsed,
        holds: impl Fn(&Pipeline) -> bool + Send + Sync + 'static,
        then: impl FnOnce(&Shared) + Send + 'static,
    ) -> impl Future<Output = ()> + Send + 'static {
        let (tell, told) = oneshot::channel::<()>();
        let shared = Arc::clone(self.shared());
        self.runtime.spawn(async move {
            let timeout = until.saturating_sub(shared.now());
            // Whichever it was, the account is taken afterwards.
            let _timed_out = tokio::time::timeout(timeout, shared.until(holds)).await;
            then(&shared);
            if shared.lock().is_closed() {
                // The worker is about to end, and its files are free when it has.
                std::future::pending::<()>().await;
            }
            drop(tell);
        });
        async move {
            // Told by dropping the other end, which the end of the runtime does as well: then
            // the worker is gone, and the account is final.
            let _told = told.await;
        }
    }

    /// Leaves no thread behind. The worker has nothing left to do but to end.
    fn join(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the crm-sdk thread panicked");
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let unsent = self.shutdown(self.drop_timeout);
        if !unsent.is_empty() {
            let Unsent { events, in_flight, on_disk } = unsent;
            tracing::warn!(
                events,
                in_flight,
                on_disk,
                "the client was dropped before all was sent"
            );
        }
    }
}

fn is_settled(target: Mark) -> impl Fn(&Pipeline) -> bool + Send + Sync + 'static {
    move |pipeline| pipeline.is_flushed(target)
}

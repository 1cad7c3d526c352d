//! The client: takes events, and waits for them on demand.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crm_models::{Code, Customer, Event, EventId, Interaction, Invalid, Purchase, limits};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::builder::ClientBuilder;
use crate::error::Error;
use crate::losses::{Loss, Losses};
use crate::pipeline::{Elapsed, Encoded, Mark, Pipeline};
use crate::random::{self, NoRandomness};
use crate::shared::Shared;
use crate::stats::{Stats, Unsent};
use crate::worker::wall_clock;

/// Sends events to a collector in the background. Cheap to clone; all clones are one client.
///
/// When the last clone is dropped, what is queued is sent within the
/// [`drop_timeout`](ClientBuilder::drop_timeout), which blocks the dropping thread for so long at
/// most. A client in a `static` is never dropped: call [`shutdown`](Self::shutdown) before `main`
/// returns.
#[derive(Clone)]
pub struct Client {
    life: Arc<Life>,
}

/// What ends with the last clone.
struct Life {
    shared: Arc<Shared>,
    runtime: Handle,
    thread: Mutex<Option<JoinHandle<()>>>,
    block: Duration,
    drop_timeout: Duration,
}

impl Client {
    /// Begins a client that sends to the collector at `endpoint`, such as
    /// `http://127.0.0.1:8787`, with an API key that may ingest.
    pub fn builder(endpoint: impl Into<String>, key: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(endpoint.into(), key.into())
    }

    pub(crate) fn new(
        shared: Arc<Shared>,
        (thread, runtime): (JoinHandle<()>, Handle),
        block: Duration,
        drop_timeout: Duration,
    ) -> Self {
        let thread = Mutex::new(Some(thread));
        Self { life: Arc::new(Life { shared, runtime, thread, block, drop_timeout }) }
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

    /// Takes an interaction. See [`track`](Self::track).
    ///
    /// # Errors
    /// Those of [`track`](Self::track).
    pub fn interaction(&self, interaction: Interaction) -> Result<EventId, Error> {
        self.track(interaction)
    }

    /// Takes any event, fills in its id and its time where they are absent, and returns at once
    /// with the id: the event is in memory and will be sent in the background. Ids that were
    /// filled in rise within a process.
    ///
    /// Only under [`WhenFull::Block`](crate::WhenFull::Block) can this wait, for room.
    ///
    /// # Errors
    /// The event was not taken, and [`losses`](Self::losses) counts it:
    /// - [`Error::Invalid`]: it breaks a rule; the field is named.
    /// - [`Error::QueueFull`]: there is no room.
    /// - [`Error::ShutDown`]: the client was shut down.
    /// - [`Error::System`]: it has no id, and the operating system gives no randomness to make
    ///   one.
    pub fn track(&self, event: impl Into<Event>) -> Result<EventId, Error> {
        let shared = &self.life.shared;
        let encoded = encode(event.into()).inspect_err(|_| {
            shared.lock().count_loss(Loss::Invalid);
        })?;
        let id = encoded.id;
        shared.offer(encoded, self.life.block)?;
        Ok(id)
    }

    /// Sends what was taken before this call without waiting for batches to fill, and blocks
    /// until the collector has decided on all of it, or for `timeout` at most. Returns what is
    /// left of it; that is still going to be sent.
    ///
    /// Can be called anywhere, also inside a tokio runtime, whose thread it blocks; use
    /// [`flush_async`](Self::flush_async) there. Inside the verdict callback it returns at once.
    pub fn flush(&self, timeout: Duration) -> Unsent {
        let shared = &self.life.shared;
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
        let shared = Arc::clone(&self.life.shared);
        let until = shared.deadline(timeout);
        let target = shared.flush(until);
        let settled =
            (!shared.is_worker()).then(|| self.life.settled(until, is_settled(target), |_| ()));
        async move {
            if let Some(settled) = settled {
                settled.await;
            }
            shared.lock().unsent_below(target)
        }
    }

    /// Takes no more events, sends what is queued, and ends the background thread; blocks for
    /// `timeout` at most. What could not be sent by then is given up: the account says how much,
    /// and [`losses`](Self::losses) counts it as [`Loss::Unsent`].
    ///
    /// Holds for every clone. When two are shut down, the earlier end holds for both; calling it
    /// again returns the same account. Can be called anywhere, also inside a tokio runtime and in
    /// `Drop`. Inside the verdict callback it returns at once, with what is left by then.
    pub fn shutdown(&self, timeout: Duration) -> Unsent {
        self.life.shutdown(timeout)
    }

    /// [`shutdown`](Self::shutdown) without blocking the thread, in any async runtime. The
    /// shutdown begins with this call, and goes on when the future is dropped.
    pub fn shutdown_async(
        &self,
        timeout: Duration,
    ) -> impl Future<Output = Unsent> + Send + 'static {
        let shared = Arc::clone(&self.life.shared);
        let closed = self.life.close(timeout);
        let closed = (!shared.is_worker()).then_some(closed);
        async move {
            if let Some(closed) = closed {
                closed.await;
            }
            shared.lock().unsent_below(Mark::END)
        }
    }

    /// Counts of the events that were given up, by reason.
    pub fn losses(&self) -> Losses {
        self.life.shared.lock().losses()
    }

    /// What was done so far, and what is left to do.
    pub fn stats(&self) -> Stats {
        let shared = &self.life.shared;
        shared.lock().stats(shared.now())
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

impl Life {
    fn shutdown(&self, timeout: Duration) -> Unsent {
        let shared = &self.shared;
        if shared.is_worker() {
            // Not to be waited for here: the worker goes on by itself.
            drop(self.close(timeout));
            return shared.lock().unsent_below(Mark::END);
        }
        let until = shared.deadline(timeout);
        shared.close(until);
        let worker_is_done = shared.wait_until(until, Pipeline::is_closed);
        let unsent = shared.give_up();
        if worker_is_done {
            self.join();
        }
        unsent
    }

    /// Begins a shutdown that ends in time by itself, whoever waits for it.
    fn close(&self, timeout: Duration) -> impl Future<Output = ()> + Send + 'static {
        let until = self.shared.deadline(timeout);
        self.shared.close(until);
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
        let shared = Arc::clone(&self.shared);
        self.runtime.spawn(async move {
            let timeout = until.saturating_sub(shared.now());
            // Whichever it was, the account is taken afterwards.
            let _timed_out = tokio::time::timeout(timeout, shared.until(holds)).await;
            then(&shared);
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

impl Drop for Life {
    fn drop(&mut self) {
        let unsent = self.shutdown(self.drop_timeout);
        if !unsent.is_empty() {
            let (events, in_flight) = (unsent.events, unsent.in_flight);
            tracing::warn!(events, in_flight, "the client was dropped before all was sent");
        }
    }
}

fn is_settled(target: Mark) -> impl Fn(&Pipeline) -> bool + Send + Sync + 'static {
    move |pipeline| pipeline.is_closed() || pipeline.unsent_below(target).is_empty()
}

/// Most events fit into this: growing from nothing would copy them several times.
const COMMON_EVENT_BYTES: usize = 1024;

fn encode(mut event: Event) -> Result<Encoded, Error> {
    let now = wall_clock();
    event.validate(now)?;
    let id = match event.id() {
        Some(id) => id,
        None => random::event_id(now, std::process::id()).map_err(|NoRandomness| {
            Error::System { what: "randomness", source: std::io::ErrorKind::Other.into() }
        })?,
    };
    event.complete(|| id, now);
    let mut json = Vec::with_capacity(COMMON_EVENT_BYTES);
    serde_json::to_writer(&mut json, &event)
        .map_err(|error| Invalid::new(Code::InvalidField, "event", error.to_string()))?;
    if json.len() > limits::EVENT_BYTES {
        let message =
            format!("at most {} bytes as JSON, {} given", limits::EVENT_BYTES, json.len());
        return Err(Invalid::new(Code::TooLong, "event", message).into());
    }
    Ok(Encoded { id, json: json.into_boxed_slice() })
}

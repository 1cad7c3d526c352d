//! The bounded queue between the requests and the writer.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::sync::{Semaphore, oneshot};

use super::condition::Condition;
use super::parse::Parsed;
use super::preparing::Hands;
use super::submission::{Message, Submission};
use super::writer::Writer;
use super::{Config, Decision, IngestError};
use crate::auth::{Access, right};
use crate::clock::Clock;
use crate::metrics;
use crate::store::{KeyId, Store};

/// The way into the store. Clones share one queue and one writer.
#[derive(Clone)]
pub struct Ingest {
    queue: mpsc::Sender<Message>,
    condition: Condition,
    events: Arc<Semaphore>,
    kilobytes: Arc<Semaphore>,
    quota: Option<Arc<DefaultKeyedRateLimiter<KeyId>>>,
    /// What the quota allows at once.
    burst: NonZeroU32,
}

/// What a request that cannot be read is taken to hold an event for each of.
const EVENT_USUAL_BYTES: usize = 1_024;

/// What a key may send at once after a pause, in seconds of its quota.
const BURST_SECONDS: u32 = 5;

impl Ingest {
    /// Starts the writer. It ends after [`Ingest::stop`], or when the last clone of this is gone,
    /// with all that waited written and answered; the handle is there to wait for that.
    pub fn start(
        store: Arc<Store>,
        config: &Config,
        clock: Clock,
    ) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (queue, waiting) = mpsc::channel();
        let condition = Condition::new();
        let writer = Writer::new(store, clock, config, condition.clone(), Hands::Threads);
        let thread = std::thread::Builder::new()
            .name("crm-writer".into())
            .spawn(move || writer.run(&waiting))?;
        Ok((Self::new(queue, condition, config), thread))
    }

    pub(super) fn new(queue: mpsc::Sender<Message>, condition: Condition, config: &Config) -> Self {
        let burst = config.events_per_second.saturating_mul(BURST_SECONDS);
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MAX);
        let quota = NonZeroU32::new(config.events_per_second)
            .map(|rate| Arc::new(RateLimiter::keyed(Quota::per_second(rate).allow_burst(burst))));
        Self {
            queue,
            condition,
            events: Arc::new(Semaphore::new(config.queue_events as usize)),
            kilobytes: Arc::new(Semaphore::new(config.queue_mib as usize * 1_024)),
            quota,
            burst,
        }
    }

    /// Has events written; returns when they are on the disk, one answer an event.
    pub async fn submit(
        &self,
        access: &Access<right::Ingest>,
        events: Vec<Parsed>,
        size_bytes: usize,
    ) -> Result<Vec<Decision>, IngestError> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        self.check_quota(access, events.len())?;
        let take = |room: &Arc<Semaphore>, count: usize| {
            let count = u32::try_from(count).map_err(|_| IngestError::QueueFull)?;
            Arc::clone(room).try_acquire_many_owned(count).map_err(|_| IngestError::QueueFull)
        };
        let room =
            [take(&self.events, events.len())?, take(&self.kilobytes, size_bytes.div_ceil(1_024))?];
        metrics::queue_room(u32::try_from(self.room()).unwrap_or(u32::MAX));
        let (reply, answered) = oneshot::channel();
        let submission = Submission {
            workspace: access.workspace(),
            key: access.key_id(),
            actor: access.actor().to_string(),
            events,
            reply,
            _room: room,
        };
        self.queue.send(Message::Events(submission)).map_err(|_| IngestError::Stopping)?;
        Ok(answered.await.map_err(|_| IngestError::Stopping)??)
    }

    /// Has what waits written, and takes no more in.
    pub fn stop(&self) {
        // Gone already is as good.
        drop(self.queue.send(Message::Stop));
    }

    /// Whether events can be written, or why not.
    pub fn condition(&self) -> Result<(), String> {
        self.condition.ask()
    }

    /// Events that may still join the queue.
    pub fn room(&self) -> usize {
        self.events.available_permits()
    }

    /// Takes an event's worth of a key's quota for a request, of which the events are counted later.
    pub fn admit(&self, key: KeyId) -> Result<(), IngestError> {
        self.take_quota(key, 1)
    }

    /// Takes quota for a request that could not be read, by its size: finding that out was work.
    pub fn charge(&self, access: &Access<right::Ingest>, size_bytes: usize) {
        let Some(key) = access.key_id() else { return };
        let mut due = size_bytes.div_ceil(EVENT_USUAL_BYTES);
        let mut part = due;
        // The request is refused in any case. Where the quota holds less, all of that is taken.
        while part > 0 {
            match self.take_quota(key, part) {
                Ok(()) => {
                    due -= part;
                    part = part.min(due);
                }
                Err(_) => part /= 2,
            }
        }
    }

    fn check_quota(&self, access: &Access<right::Ingest>, count: usize) -> Result<(), IngestError> {
        // One was counted before the body was read.
        access.key_id().map_or(Ok(()), |key| self.take_quota(key, count.saturating_sub(1)))
    }

    fn take_quota(&self, key: KeyId, count: usize) -> Result<(), IngestError> {
        let Some(quota) = &self.quota else { return Ok(()) };
        // A request larger than what may be sent at once takes all of that; else it never could.
        let count = u32::try_from(count).unwrap_or(u32::MAX).min(self.burst.get());
        let Some(count) = NonZeroU32::new(count) else { return Ok(()) };
        match quota.check_key_n(&key, count) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(until)) => Err(IngestError::Quota {
                retry_after: until.wait_time_from(DefaultClock::default().now()),
            }),
            Err(_) => Err(IngestError::Quota { retry_after: Duration::from_secs(1) }),
        }
    }
}

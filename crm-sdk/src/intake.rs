//! The way of an event into the client: checked, completed, encoded once, and put on disk or into
//! memory before the call returns.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crm_models::{Code, Event, EventId, Invalid, Timestamp, Warning, WarningCode, limits};

use crate::chunks;
use crate::clock::wall_clock;
use crate::error::Error;
use crate::losses::Loss;
use crate::pipeline::Encoded;
#[cfg(feature = "spool")]
use crate::queue::spool::{AppendError, Position, Writer, record};
use crate::random::{self, NoRandomness};
use crate::shared::Shared;
#[cfg(feature = "spool")]
use crate::stats::SpoolState;
use crate::worker::Log;

/// What the host makes of an event before it is taken; `None` holds it back.
pub(crate) type BeforeSend = Box<dyn Fn(Event) -> Option<Event> + Send + Sync>;

/// Most events fit into this.
const COMMON_EVENT_BYTES: usize = 1024;
/// A buffer that grew beyond this for one event is not kept for the next.
const KEPT_BUFFER_BYTES: usize = 64 * 1024;

/// How sure it has to be that an event is not lost.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// It survives what the client's queue survives.
    Queued,
    /// It survives a power cut.
    #[cfg(feature = "spool")]
    Synced,
}

/// Takes events, from any number of threads at once.
pub(crate) struct Intake {
    pub(crate) shared: Arc<Shared>,
    pub(crate) before_send: Option<BeforeSend>,
    /// How long a call waits for room.
    pub(crate) block: Duration,
    #[cfg(feature = "spool")]
    pub(crate) drop_oldest: bool,
    #[cfg(feature = "spool")]
    pub(crate) spool: Option<Writer>,
    /// The process that the client was built in.
    pub(crate) process: u32,
    /// What is said of fields that were left out.
    pub(crate) ignored: Mutex<Log>,
}

impl Intake {
    /// Whether this is not the process that the client was built in: its worker is not here, and
    /// its locks may be held for ever by threads that are not here either.
    pub(crate) fn is_forked(&self) -> bool {
        std::process::id() != self.process
    }

    pub(crate) fn take(&self, event: Event, durability: Durability) -> Result<EventId, Error> {
        if self.is_forked() {
            return Err(Error::Forked);
        }
        with_buffer(|buffer| self.take_by(buffer, event, durability))
    }

    fn take_by(
        &self,
        buffer: &mut Vec<u8>,
        mut event: Event,
        durability: Durability,
    ) -> Result<EventId, Error> {
        let now = wall_clock();
        let id = match event.id() {
            Some(id) => id,
            None => self.new_id(now)?,
        };
        if let Some(before_send) = &self.before_send {
            event.complete(|| id, now);
            match self.show(before_send, event) {
                Some(shown) => event = shown,
                None => return Ok(id),
            }
        }
        // What the event still shows, the collector tells in its verdict.
        let mut ignored = None;
        event.tidy(|warning| {
            if warning.code == WarningCode::FieldIgnored {
                ignored.get_or_insert(warning);
            }
        });
        event.validate(now).inspect_err(|_| self.count(Loss::Invalid))?;
        event.complete(|| id, now);
        let id = event.id().unwrap_or(id);
        self.keep(buffer, &event, id, durability)?;
        if let Some(warning) = ignored {
            self.warn(&warning);
        }
        Ok(id)
    }

    /// Keeps an event where it survives what it has to.
    fn keep(
        &self,
        buffer: &mut Vec<u8>,
        event: &Event,
        id: EventId,
        durability: Durability,
    ) -> Result<(), Error> {
        #[cfg(feature = "spool")]
        if let Some(spool) = &self.spool {
            record::begin(buffer, id, self.shared.steady_clock());
            self.encode(event, buffer)?;
            record::finish(buffer);
            return match self.put_on_disk(spool, buffer) {
                Ok(position) => make_sure(spool, position, durability),
                Err(Refused::Disk(source)) => self.keep_in_memory(
                    Encoded { id, json: chunks::keep(&buffer[record::OVERHEAD_BYTES..]) },
                    source,
                    durability,
                ),
                Err(Refused::Event(error)) => Err(error),
            };
        }
        #[cfg(feature = "spool")]
        if durability == Durability::Synced {
            let source =
                std::io::Error::new(std::io::ErrorKind::Unsupported, "the client has no spool_dir");
            return Err(Error::Spool { what: MAKE_DURABLE, source });
        }
        #[cfg(not(feature = "spool"))]
        let Durability::Queued = durability;
        self.encode(event, buffer)?;
        self.shared.offer(Encoded { id, json: chunks::keep(buffer) }, self.block)
    }

    /// Tells the host that a field of an event is not sent: which one, and not what was in it.
    fn warn(&self, warning: &Warning) {
        self.shared.lock().count_warning();
        let now = self.shared.now();
        let mut log = self.ignored.lock().unwrap_or_else(PoisonError::into_inner);
        let line = log.line(now);
        // The host's log may call the client.
        drop(log);
        if let Some(suppressed) = line {
            tracing::warn!(
                code = %warning.code,
                field = warning.field,
                suppressed,
                "a field is no such thing and was left out; the others were taken"
            );
        }
    }

    fn new_id(&self, now: Timestamp) -> Result<EventId, Error> {
        random::event_id(now, self.process).map_err(|NoRandomness| Error::System {
            what: "randomness",
            source: std::io::ErrorKind::Other.into(),
        })
    }

    /// Shows the host the event. One whose redaction panicked is held back: better lost than told.
    fn show(&self, before_send: &BeforeSend, event: Event) -> Option<Event> {
        let shown = catch_unwind(AssertUnwindSafe(|| before_send(event)));
        if shown.is_err() {
            tracing::error!("the before_send callback panicked; its event is held back");
            self.shared.lock().count_callback_panic();
        }
        let shown = shown.ok().flatten();
        if shown.is_none() {
            self.count(Loss::Withheld);
        }
        shown
    }

    /// Appends the event's JSON to the buffer.
    fn encode(&self, event: &Event, buffer: &mut Vec<u8>) -> Result<(), Error> {
        let start = buffer.len();
        let encoded = event
            .append_json(buffer)
            .map_err(|error| Invalid::new(Code::InvalidField, "event", error.to_string()));
        let bytes = buffer.len() - start;
        let fits = encoded.and_then(|()| {
            if bytes <= limits::EVENT_BYTES {
                return Ok(());
            }
            let message = format!("at most {} bytes as JSON, {bytes} given", limits::EVENT_BYTES);
            Err(Invalid::new(Code::TooLong, "event", message))
        });
        fits.inspect_err(|_| self.count(Loss::Invalid))?;
        Ok(())
    }

    fn count(&self, reason: Loss) {
        self.shared.lock().count_loss(reason);
    }
}

#[cfg(feature = "spool")]
const MAKE_DURABLE: &str = "make the event durable";

/// Why an event is not on disk.
#[cfg(feature = "spool")]
enum Refused {
    /// It is not to be taken at all.
    Event(Error),
    /// The disk failed.
    Disk(std::io::Error),
}

#[cfg(feature = "spool")]
impl Intake {
    fn put_on_disk(&self, spool: &Writer, record: &[u8]) -> Result<Position, Refused> {
        let mut deadline = None;
        loop {
            if self.shared.is_closing() {
                self.count(Loss::ShutDown);
                return Err(Refused::Event(Error::ShutDown));
            }
            let seen = self.shared.progress();
            match spool.append(record) {
                Ok(position) => {
                    if self.shared.spooled() != SpoolState::Working {
                        tracing::info!("the spool takes events again");
                    }
                    return Ok(position);
                }
                Err(AppendError::Closed) => {
                    self.count(Loss::ShutDown);
                    return Err(Refused::Event(Error::ShutDown));
                }
                Err(AppendError::Io(error)) => return Err(Refused::Disk(error)),
                Err(AppendError::Full { .. }) => {}
            }
            if self.drop_oldest {
                let dropped = self.shared.drop_from_disk(|| {
                    usize::try_from(spool.drop_oldest().events).unwrap_or(usize::MAX)
                });
                if dropped > 0 {
                    continue;
                }
            }
            // Only acknowledgements make room.
            let now = self.shared.flush_all();
            let deadline = *deadline.get_or_insert(now.saturating_add(self.block));
            if !self.shared.wait_for_progress(seen, deadline) {
                let mut pipeline = self.shared.lock();
                pipeline.count_loss(Loss::QueueFull);
                let events = pipeline.stats(now).queued;
                let bytes = usize::try_from(spool.bytes()).unwrap_or(usize::MAX);
                return Err(Refused::Event(Error::QueueFull { events, bytes }));
            }
        }
    }

    /// An event is better off in memory than nowhere, where no more was promised.
    fn keep_in_memory(
        &self,
        event: Encoded,
        source: std::io::Error,
        durability: Durability,
    ) -> Result<(), Error> {
        let kind = source.kind();
        let before = self.shared.lock().set_spool_state(SpoolState::Failing(kind));
        if before == SpoolState::Working {
            tracing::error!(error = %kind, "the spool takes no events; they are in memory alone");
        }
        match durability {
            Durability::Synced => Err(Error::Spool { what: MAKE_DURABLE, source }),
            Durability::Queued => {
                self.shared.offer(event, self.block)?;
                self.shared.lock().count_unspooled();
                Ok(())
            }
        }
    }
}

#[cfg(feature = "spool")]
fn make_sure(spool: &Writer, position: Position, durability: Durability) -> Result<(), Error> {
    match durability {
        Durability::Queued => Ok(()),
        Durability::Synced => {
            spool.sync(position).map_err(|source| Error::Spool { what: MAKE_DURABLE, source })
        }
    }
}

/// Lends the thread's buffer, empty. A thread that is ending, or is in here already by a callback
/// that tracks, gets a new one.
fn with_buffer<T>(work: impl FnOnce(&mut Vec<u8>) -> T) -> T {
    thread_local! {
        static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    }
    let mut buffer = BUFFER.try_with(Cell::take).unwrap_or_default();
    buffer.clear();
    buffer.reserve(COMMON_EVENT_BYTES);
    let result = work(&mut buffer);
    if buffer.capacity() <= KEPT_BUFFER_BYTES {
        // Where there is no thread left to keep it for, it is freed.
        let _ended = BUFFER.try_with(|kept| kept.set(buffer));
    }
    result
}

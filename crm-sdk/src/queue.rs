//! Where events wait: a window in memory, and behind it, if there is one, a spool on disk.

mod memory;
#[cfg(feature = "spool")]
pub(crate) mod spool;

pub use memory::Capacity;
pub(crate) use memory::Memory;

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use crm_models::EventId;

/// An event that was validated and encoded, ready to be put into a request.
#[derive(Clone)]
pub struct Encoded {
    /// Its unique id, which is also in the JSON.
    pub id: EventId,
    /// The event as JSON, encoded once and never looked at again.
    pub json: Bytes,
}

/// An event in memory that waits to be sent, or is on its way.
#[derive(Clone, Debug)]
pub struct Queued {
    /// The event.
    pub event: Encoded,
    /// When it was taken, by the driver's clock.
    pub queued_at: Duration,
    /// Whether it lies on disk as well, and is lost with this copy only if it is lost there.
    pub on_disk: bool,
    /// Whether it was set aside, and is not settled in the order of taking.
    pub(crate) is_apart: bool,
    /// From when on it is given up if it cannot be sent.
    pub(crate) expires_at: Option<Duration>,
}

impl Queued {
    /// An event that is in memory alone.
    pub fn in_memory(event: Encoded, queued_at: Duration) -> Self {
        Self { event, queued_at, on_disk: false, is_apart: false, expires_at: None }
    }

    /// An event that was read from disk, and stays there until it is settled.
    pub fn on_disk(event: Encoded, queued_at: Duration) -> Self {
        Self { event, queued_at, on_disk: true, is_apart: false, expires_at: None }
    }

    /// Bytes of its JSON.
    pub fn bytes(&self) -> usize {
        self.event.json.len()
    }
}

// The JSON is personal data, which belongs into no log.
impl fmt::Debug for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoded").field("id", &self.id).field("bytes", &self.json.len()).finish()
    }
}

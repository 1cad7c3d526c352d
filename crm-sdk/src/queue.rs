//! Where events wait until the collector has answered for them.

mod memory;
#[cfg(feature = "spool")]
pub(crate) mod spool;

pub(crate) use memory::{Capacity, Memory};

use std::time::Duration;

use crm_models::EventId;

/// An event that was validated and encoded, ready to be put into a request.
#[derive(Clone, Debug)]
pub(crate) struct Encoded {
    pub(crate) id: EventId,
    /// The event as JSON, encoded once and never looked at again.
    pub(crate) json: Box<[u8]>,
}

/// An event in a queue.
#[derive(Clone, Debug)]
pub(crate) struct Queued {
    pub(crate) event: Encoded,
    /// Position in the order of arrival. Events leave the queue from the lowest up.
    pub(crate) sequence: u64,
    /// When it arrived, since the driver's start.
    pub(crate) queued_at: Duration,
}

impl Queued {
    pub(crate) fn bytes(&self) -> usize {
        self.event.json.len()
    }
}

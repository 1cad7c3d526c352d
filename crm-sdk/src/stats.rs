//! What the client has done so far, and what it has left to do.

use std::fmt;
use std::time::Duration;

/// A snapshot of a client, exact at the moment it was taken.
///
/// `tracked + recovered` is always `queued + accepted + updated + superseded + duplicate` and the
/// [`Losses`](crate::Losses) to `DroppedOldest`, `Rejected`, `TooLarge`, `Malformed`,
/// `Undeliverable`, `Unsent`, `Expired` and `Damaged`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Events taken into the queue since the client was built.
    pub tracked: u64,
    /// Events found on disk, left by an earlier run or by a process that died.
    pub recovered: u64,
    /// Events that the collector has not answered for yet: waiting or on their way, in memory or
    /// on disk. After a shutdown, those that are left on disk.
    pub queued: usize,
    /// Bytes of the queued events that are in memory alone, as JSON.
    pub queued_bytes: usize,
    /// Bytes of this client's files on disk.
    pub spool_bytes: u64,
    /// Whether there is a spool, and how it is.
    pub spool: SpoolState,
    /// Events that the spool could not take, and that were kept in memory alone instead.
    pub unspooled: u64,
    /// Files of other keys in the spool's directory, which this client leaves alone.
    pub foreign_segments: usize,
    /// Those of the queued events whose request is on its way now.
    pub in_flight: usize,
    /// Requests made, repeated ones included.
    pub requests: u64,
    /// Requests that failed and whose events wait to be sent again, or were.
    pub retries: u64,
    /// Events put into requests; an event that is sent again counts again.
    pub sent: u64,
    /// Events that the collector stored.
    pub accepted: u64,
    /// Events that have taken the place of what the collector had stored under their number, or have
    /// taken it back.
    pub updated: u64,
    /// Events that change nothing, for what the collector has under their number is later.
    pub superseded: u64,
    /// Events that the collector had stored before, from an attempt whose answer was lost.
    pub duplicate: u64,
    /// Events that the collector rejected.
    pub rejected: u64,
    /// Events that were taken or stored and that somebody has to look at: a contact field was left out
    /// at the call, or the collector's verdict says so. The log has the reason and the field.
    pub warnings: u64,
    /// Calls of the host's callbacks that panicked; the panics were caught.
    pub callback_panics: u64,
    /// Those of the queued events that were set aside: they fail even in a request of their own,
    /// while others are taken. They are tried again now and then, and given up after a day.
    pub parked: usize,
    /// How long the oldest queued event has waited, but for those that are parked.
    pub lag: Duration,
    /// Why the latest request failed; `None` when it did not.
    pub failure: Option<Failure>,
    /// What is known of that failure beyond its kind: what the system, TLS or the lookup of a name
    /// said, or the collector itself.
    pub failure_reason: Option<String>,
    /// Whether so many requests failed in a row that only small ones are sent, to see whether the
    /// collector is well again.
    pub circuit_open: bool,
}

/// Whether events survive the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpoolState {
    /// There is no spool: events are in memory alone.
    #[default]
    Off,
    /// Events are on disk before the call that takes them returns.
    Working,
    /// The disk does not take events now: they are kept in memory alone. It is tried again with the
    /// events that come, about once a second where it is the directory that cannot be used.
    Failing(std::io::ErrorKind),
}

/// Why a request failed. In each case its events are kept and sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Failure {
    /// No answer arrived: no connection, a connection that broke, or no answer in time.
    Unreachable,
    /// The collector cannot take events now (408, 425, 429 or 5xx); it is asked again after a
    /// growing pause, or when it said.
    Unavailable {
        /// HTTP status.
        status: u16,
    },
    /// The answer was a success that is no verdict on what was sent. Most likely something other
    /// than a collector answers at the endpoint.
    BadAnswer,
    /// The collector says that the key is wrong, revoked or may not send events (401 or 403). It is
    /// tried again slowly, so that nothing is lost when the key is restored.
    KeyRefused {
        /// HTTP status.
        status: u16,
    },
    /// An answer that no collector gives: a redirect, a proxy's page, a firewall's refusal. It is
    /// tried again, slowly when it lasts; look at the endpoint and at what lies before it.
    Unexpected {
        /// HTTP status.
        status: u16,
    },
}

impl Failure {
    /// Whether it may be the fault of an event that was sent, as far as its status tells: the
    /// collector stumbles over it, or something before the collector refuses it. Those statuses are
    /// left out that speak of load, of time, of the disk or of the key.
    pub(crate) fn may_be_the_events(self) -> bool {
        match self {
            Self::Unavailable { status } => !matches!(status, 408 | 425 | 429 | 503 | 507),
            Self::BadAnswer | Self::Unexpected { .. } => true,
            Self::Unreachable | Self::KeyRefused { .. } => false,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable => f.write_str("the collector cannot be reached"),
            Self::Unavailable { status } => {
                write!(f, "the collector cannot take events now (status {status})")
            }
            Self::BadAnswer => f.write_str("the answer is not a collector's verdict"),
            Self::KeyRefused { status } => write!(f, "the key is refused (status {status})"),
            Self::Unexpected { status } => {
                write!(f, "no collector answers at the endpoint (status {status})")
            }
        }
    }
}

/// What a flush or a shutdown had to leave unsent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "what is left unsent after a shutdown, and not on disk, is lost"]
#[non_exhaustive]
pub struct Unsent {
    /// Events that the collector has not answered for.
    pub events: usize,
    /// Those of them that are on disk, where the next client finds them.
    pub on_disk: usize,
    /// Those of them whose request was on its way: the collector may or may not have them.
    pub in_flight: usize,
}

impl Unsent {
    /// Whether nothing was left.
    pub const fn is_empty(&self) -> bool {
        self.events == 0
    }
}

//! The few ways a call can fail, each saying what the caller has to do.

use std::{fmt, io};

use crm_models::Invalid;

/// Why a call failed. Network trouble is never among these: it is retried in the background and
/// shows in [`Stats::failure`](crate::Stats::failure).
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The client cannot be built as configured: correct the options named, all at once.
    #[error("the client is misconfigured: {}", mistakes.join("; "))]
    Configuration {
        /// Each mistake, beginning with the option's name.
        mistakes: Vec<String>,
    },
    /// The event breaks a rule: correct the field named. Sending it again as it is cannot help.
    #[error("the event is invalid: {0}")]
    Invalid(#[from] Invalid),
    /// The queue has no room: the event was not taken. Try again later, or give the queue more
    /// room or another [`WhenFull`](crate::WhenFull).
    #[error("the queue is full: {events} events, {bytes} bytes wait for the collector")]
    QueueFull {
        /// Events that wait or are on their way.
        events: usize,
        /// Bytes of those events as JSON.
        bytes: usize,
    },
    /// The client was shut down: the event was not taken. Build a new client.
    #[error("the client is shut down")]
    ShutDown,
    /// The process was forked after the client was built: the client belongs to the parent, and
    /// the event was not taken. Build a new client in the child; it may use the same directory.
    #[error("the client belongs to the process that forked this one")]
    Forked,
    /// The disk did not do what only a disk can do: mend it, or do without. After
    /// [`track_durable`](crate::Client::track_durable) the event may be sent all the same; send
    /// it again with the same id.
    #[error("the spool cannot {what}: {source}")]
    Spool {
        /// What was wanted, such as `make the event durable`.
        what: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// The operating system refused something without which nothing works: free resources, then
    /// try again.
    #[error("the operating system gives no {what}")]
    System {
        /// What was asked for, such as `thread`.
        what: &'static str,
        /// Why it was refused.
        source: io::Error,
    },
}

/// The message: a `main` that returns an error prints this, and so does `unwrap`.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

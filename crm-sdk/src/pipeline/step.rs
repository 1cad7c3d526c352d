//! What the machine says to its driver.

use std::sync::Arc;

use super::{Batch, Elapsed, Encoded};
use crate::stats::Failure;

/// What became of an event that was offered.
#[derive(Debug)]
pub enum Offer {
    /// It is in the queue.
    Taken {
        /// The driver sleeps past the time the event is due, and has to ask for the next step.
        wake: bool,
    },
    /// There is no room for it now; what waits is due at once.
    Full {
        /// The event.
        event: Encoded,
        /// As above.
        wake: bool,
    },
    /// No more events are taken.
    Closed,
}

/// What the driver has to do next.
#[derive(Debug)]
pub enum Step {
    /// Read up to so many events that were [spooled](super::Pipeline::spooled), in the order in which
    /// they were taken, and hand them over by [`Pipeline::loaded`](super::Pipeline::loaded). At least one, however large.
    Load {
        /// Most events to read.
        events: usize,
        /// Most bytes of them, from the second one on.
        bytes: usize,
    },
    /// Send this, then report the outcome with [`Pipeline::settle`](super::Pipeline::settle).
    Send(Arc<Batch>),
    /// Nothing before this time, if any, unless it is woken.
    Wait(Option<Elapsed>),
    /// Nothing any more.
    Done,
}

/// A turn for the worse or the better that an operator wants to know of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Requests fail, or fail in another way than before.
    Failing(Failure),
    /// The first request went well again.
    Recovered,
}

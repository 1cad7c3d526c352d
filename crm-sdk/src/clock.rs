//! The two clocks of a process: the one on the wall, which people set and which may be wrong, and one
//! that only goes forward. Tests set both by hand.

use std::time::{Duration, Instant, SystemTime};

use crm_models::Timestamp;

/// The host's clock.
pub(crate) fn wall_clock() -> Timestamp {
    #[cfg(test)]
    if let Some(hands) = by_hand::get() {
        return hands.wall;
    }
    SystemTime::now().into()
}

/// A moment, by the clock that only goes forward.
pub(crate) struct Moment {
    at: Instant,
    #[cfg(test)]
    by_hand: Option<Duration>,
}

impl Moment {
    pub(crate) fn now() -> Self {
        Self {
            at: Instant::now(),
            #[cfg(test)]
            by_hand: by_hand::get().map(|hands| hands.passed),
        }
    }

    /// How long ago it was.
    pub(crate) fn elapsed(&self) -> Duration {
        #[cfg(test)]
        if let (Some(at), Some(hands)) = (self.by_hand, by_hand::get()) {
            return hands.passed.saturating_sub(at);
        }
        self.at.elapsed()
    }
}

/// Clocks that a test sets, for its own thread.
#[cfg(test)]
pub(crate) mod by_hand {
    use std::cell::Cell;
    use std::time::Duration;

    use crm_models::Timestamp;

    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Hands {
        pub(crate) wall: Timestamp,
        /// Since the test began.
        pub(crate) passed: Duration,
    }

    thread_local! {
        static HANDS: Cell<Option<Hands>> = const { Cell::new(None) };
    }

    pub(crate) fn get() -> Option<Hands> {
        HANDS.get()
    }

    pub(crate) fn set(hands: Option<Hands>) {
        HANDS.set(hands);
    }
}

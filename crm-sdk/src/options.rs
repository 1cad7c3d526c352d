//! What can be set on a client, its defaults, and the bounds that are checked when it is built.

use std::time::Duration;

use crm_models::limits;

use crate::pipeline::{Capacity, ENVELOPE_BYTES, Settings};

/// What becomes of a new event when the queue is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenFull {
    /// The new event is refused: the call returns [`Error::QueueFull`](crate::Error::QueueFull).
    #[default]
    RefuseNewest,
    /// The oldest events that are not on their way are dropped to make room. The new one is
    /// refused only where that would not be enough.
    DropOldest,
    /// The call waits this long for room, blocking its thread, and then refuses the event.
    Block(Duration),
}

/// Longest time that can be set: whatever is longer is a mistake of units.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Room for a few of the largest events: less would refuse them at times for no visible reason.
#[cfg(feature = "spool")]
const SMALLEST_SPOOL: u64 = 1024 * 1024;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub(crate) batch_events: usize,
    pub(crate) batch_bytes: usize,
    pub(crate) batch_age: Duration,
    pub(crate) queue_events: usize,
    pub(crate) queue_bytes: usize,
    pub(crate) when_full: WhenFull,
    pub(crate) gzip_above: usize,
    pub(crate) connect_timeout: Duration,
    pub(crate) request_timeout: Duration,
    pub(crate) retry_initial: Duration,
    pub(crate) retry_longest: Duration,
    pub(crate) drop_timeout: Duration,
    #[cfg(feature = "spool")]
    pub(crate) spool_required: bool,
    #[cfg(feature = "spool")]
    pub(crate) spool_bytes: u64,
    #[cfg(feature = "spool")]
    pub(crate) spool_age: Duration,
    #[cfg(feature = "spool")]
    pub(crate) adoption_interval: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            batch_events: limits::BATCH_EVENTS,
            batch_bytes: limits::BODY_BYTES,
            batch_age: Duration::from_secs(1),
            queue_events: 100_000,
            queue_bytes: 32 * 1024 * 1024,
            when_full: WhenFull::default(),
            gzip_above: 1024,
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            retry_initial: Duration::from_millis(500),
            retry_longest: Duration::from_secs(60),
            drop_timeout: Duration::from_secs(2),
            #[cfg(feature = "spool")]
            spool_required: false,
            #[cfg(feature = "spool")]
            spool_bytes: 256 * 1024 * 1024,
            #[cfg(feature = "spool")]
            spool_age: 30 * LONGEST,
            #[cfg(feature = "spool")]
            adoption_interval: Duration::from_secs(20),
        }
    }
}

impl Options {
    /// Every option that is out of its bounds.
    pub(crate) fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        let mut count = |name: &str, given: usize, least: usize, most: usize| {
            if !(least..=most).contains(&given) {
                mistakes.push(format!("{name}: between {least} and {most}, {given} given"));
            }
        };
        count("batch_events", self.batch_events, 1, limits::BATCH_EVENTS);
        count("batch_bytes", self.batch_bytes, ENVELOPE_BYTES, limits::BODY_BYTES);
        count("queue_events", self.queue_events, 1, usize::MAX);
        count("queue_bytes", self.queue_bytes, 1, usize::MAX);

        let mut time = |name: &str, given: Duration, least: Duration| {
            if !(least..=LONGEST).contains(&given) {
                let bounds = format!("between {least:?} and {LONGEST:?}");
                mistakes.push(format!("{name}: {bounds}, {given:?} given"));
            }
        };
        let tick = Duration::from_millis(1);
        time("batch_age", self.batch_age, Duration::ZERO);
        time("connect_timeout", self.connect_timeout, tick);
        time("request_timeout", self.request_timeout, tick);
        time("retry_between (first)", self.retry_initial, tick);
        time("retry_between (longest)", self.retry_longest, self.retry_initial);
        time("drop_timeout", self.drop_timeout, Duration::ZERO);
        #[cfg(feature = "spool")]
        {
            if self.spool_bytes < SMALLEST_SPOOL {
                let given = self.spool_bytes;
                mistakes.push(format!("spool_bytes: at least {SMALLEST_SPOOL}, {given} given"));
            }
            if self.spool_age < tick {
                mistakes.push(format!("spool_age: at least {tick:?}, {:?} given", self.spool_age));
            }
        }
        mistakes
    }

    pub(crate) fn pipeline(&self) -> Settings {
        Settings {
            batch_events: self.batch_events,
            batch_bytes: self.batch_bytes,
            batch_age: self.batch_age,
            capacity: Capacity { events: self.queue_events, bytes: self.queue_bytes },
            drop_oldest: self.when_full == WhenFull::DropOldest,
            set_aside: true,
            retry_initial: self.retry_initial,
            retry_longest: self.retry_longest,
        }
    }

    /// How long a call waits for room in the queue.
    pub(crate) fn block(&self) -> Duration {
        match self.when_full {
            WhenFull::Block(timeout) => timeout,
            WhenFull::RefuseNewest | WhenFull::DropOldest => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_within_their_bounds() {
        assert_eq!(Options::default().mistakes(), Vec::<String>::new());
    }

    #[test]
    fn every_mistake_is_named_with_its_bounds() {
        let options = Options {
            batch_events: 1_001,
            batch_bytes: 0,
            queue_events: 0,
            request_timeout: Duration::ZERO,
            retry_longest: Duration::from_millis(499),
            drop_timeout: Duration::MAX,
            ..Options::default()
        };
        let mistakes = options.mistakes();
        let expected = [
            "batch_events: between 1 and 1000, 1001 given",
            "batch_bytes: between 64 and 4194304, 0 given",
            "queue_events: between 1 and",
            "request_timeout: between 1ms and 86400s, 0ns given",
            "retry_between (longest): between 500ms and 86400s, 499ms given",
            "drop_timeout: between 0ns and 86400s",
        ];
        assert_eq!(mistakes.len(), expected.len(), "{mistakes:?}");
        for (mistake, expected) in mistakes.iter().zip(expected) {
            assert!(mistake.starts_with(expected), "{mistake}");
        }
    }
}

//! What the log says of requests that fail, in sentences that tell what to do, and not more of them
//! than somebody wants to read: a server that comes and goes would fill a disk otherwise.

use std::time::Duration;

use crate::pipeline::{Elapsed, Turn};
use crate::stats::Failure;

/// Lines that may follow upon each other, and how long it takes until there may be one more.
const LINES: u32 = 6;
const REFILL: Duration = Duration::from_secs(60);

/// Lets lines through, a few at once and then few in the long run.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// Lines that were let through and are not made up for by time.
    used: u32,
    since: Elapsed,
    /// Lines that were not.
    suppressed: u64,
}

impl Log {
    /// How many lines were held back since the last one, if there may be one now.
    pub(crate) fn line(&mut self, now: Elapsed) -> Option<u64> {
        let passed = now.saturating_sub(self.since).as_millis() / REFILL.as_millis();
        let passed = u32::try_from(passed).unwrap_or(u32::MAX);
        if passed > 0 || self.used == 0 {
            self.used = self.used.saturating_sub(passed);
            self.since = now;
        }
        if self.used >= LINES {
            self.suppressed += 1;
            return None;
        }
        self.used += 1;
        Some(std::mem::take(&mut self.suppressed))
    }

    /// Says that requests begin to fail, or go well again. `reason` is what is known beyond the
    /// kind of failure.
    pub(super) fn turn(
        &mut self,
        turn: Option<Turn>,
        endpoint: &str,
        reason: Option<&str>,
        now: Elapsed,
    ) {
        let Some(turn) = turn else { return };
        let Some(suppressed) = self.line(now) else { return };
        match turn {
            Turn::Recovered => {
                tracing::info!(endpoint, suppressed, "the collector takes events again");
            }
            Turn::Failing(failure @ Failure::KeyRefused { .. }) => tracing::error!(
                endpoint,
                %failure,
                reason,
                suppressed,
                "the collector does not accept the key; events are kept and tried again slowly, \
                 until the key is right"
            ),
            Turn::Failing(failure @ (Failure::Unexpected { .. } | Failure::BadAnswer)) => {
                tracing::error!(
                    endpoint,
                    %failure,
                    reason,
                    suppressed,
                    "something answers that is no collector; look at the endpoint's host, port and \
                     path, and at what lies before it; events are kept and sent again"
                );
            }
            Turn::Failing(failure @ Failure::Unreachable) => tracing::warn!(
                endpoint,
                %failure,
                reason,
                suppressed,
                "no collector can be reached; is it running, and is the endpoint's host and port \
                 right? Events are kept and sent again"
            ),
            Turn::Failing(failure) => tracing::warn!(
                endpoint,
                %failure,
                reason,
                suppressed,
                "events are kept and sent again"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Elapsed {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_few_lines_come_at_once_and_then_one_a_minute_that_says_how_many_did_not() {
        let mut log = Log::default();
        for _ in 0..6 {
            assert_eq!(log.line(at(1_000)), Some(0));
        }
        for _ in 0..100 {
            assert_eq!(log.line(at(1_059)), None);
        }
        assert_eq!(log.line(at(1_060)), Some(100));
        assert_eq!(log.line(at(1_061)), None);
        assert_eq!(log.line(at(1_120)), Some(1));
        let lines = (0..3_600).filter(|second| log.line(at(2_000 + second)).is_some());
        assert!(lines.count() <= 66);
        assert_eq!((0..9).filter(|_| log.line(at(9_999)).is_some()).count(), 6);
    }
}

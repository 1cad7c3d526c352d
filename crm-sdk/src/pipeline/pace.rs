//! When the next request may go out, if not at once: pauses, what may cut them short, and the
//! slow start after an interruption.

use std::time::Duration;

use super::Elapsed;

/// While somebody waits in a flush, an attempt is made at least this often, whatever the pause
/// has grown to: the wait is short, and the collector may be back.
pub(super) const FLUSH_PAUSE: Duration = Duration::from_secs(1);

/// Requests after an interruption that keep their distance in full.
const SPACED_REQUESTS: i32 = 10;
/// What is left of the distance with each request after those.
const SHRINKING: f64 = 0.8;
/// Distances below this are none.
const SHORTEST_GAP: Duration = Duration::from_millis(1);

/// What a flush may make of a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// The other side asked for it.
    Never,
    /// It follows a failure.
    ToASecond,
    /// It only spreads load.
    AtOnce,
}

/// A time in which nothing is sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pause {
    since: Elapsed,
    until: Elapsed,
    pub(super) cut: Cut,
}

impl Pause {
    pub(super) fn new(now: Elapsed, pause: Duration, cut: Cut) -> Self {
        Self { since: now, until: now.saturating_add(pause), cut }
    }

    pub(super) fn end(self, flushing: bool) -> Elapsed {
        match self.cut {
            Cut::ToASecond if flushing => self.until.min(self.since.saturating_add(FLUSH_PAUSE)),
            Cut::AtOnce if flushing => self.since,
            _ => self.until,
        }
    }
}

/// The slow start: after an interruption requests keep a distance of about a batch's age, which is
/// the steady rate, and come closer only after a while. A collector that comes back is thus not
/// met by the leftovers of all its clients at once.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ramp {
    /// Requests since the interruption, while it is felt.
    requests: Option<i32>,
}

impl Ramp {
    pub(super) fn begin(&mut self) {
        self.requests = Some(0);
    }

    /// The distance to the next request; `random` is uniform in 0..1.
    pub(super) fn next_gap(&mut self, batch_age: Duration, random: f64) -> Option<Duration> {
        let requests = self.requests?;
        let shrunk = SHRINKING.powi((requests - SPACED_REQUESTS).max(0));
        let gap = batch_age.mul_f64((0.5 + random) * shrunk);
        self.requests = (gap >= SHORTEST_GAP).then_some(requests + 1);
        self.requests.map(|_| gap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_after_an_interruption_keep_their_distance_and_then_come_closer() {
        let second = Duration::from_secs(1);
        let mut ramp = Ramp::default();
        assert_eq!(ramp.next_gap(second, 0.0), None);
        ramp.begin();
        let gaps: Vec<_> = std::iter::from_fn(|| ramp.next_gap(second, 0.0)).collect();
        assert!(gaps[..11].iter().all(|gap| *gap == second / 2), "{gaps:?}");
        assert_eq!(gaps[11], Duration::from_millis(400));
        assert!(gaps.is_sorted_by(|one, next| one >= next) && gaps.len() == 38, "{}", gaps.len());
        assert_eq!(ramp.next_gap(second, 1.0), None, "it is over");
    }
}

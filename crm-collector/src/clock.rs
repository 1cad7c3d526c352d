//! The present, as a value that is handed around: the one place that reads the system's clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crm_models::Timestamp;

/// Tells the time.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Fixed(Arc<Fixed>),
}

/// A time that a test moves.
#[derive(Debug)]
struct Fixed {
    began: Timestamp,
    began_at: Instant,
    /// By so much it was moved ahead.
    moved_micros: AtomicU64,
    /// By so much each look at [`Clock::instant`] moves it ahead.
    #[cfg(test)]
    look_micros: AtomicU64,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until it is [moved](Clock::advance).
    pub fn fixed(time: Timestamp) -> Self {
        Self(Source::Fixed(Arc::new(Fixed {
            began: time,
            began_at: Instant::now(),
            moved_micros: AtomicU64::new(0),
            #[cfg(test)]
            look_micros: AtomicU64::new(0),
        })))
    }

    /// Moves a fixed clock ahead; the system's clock goes its own way.
    pub fn advance(&self, millis: i64) {
        self.pass(Duration::from_millis(u64::try_from(millis).unwrap_or(0)));
    }

    /// The same, by parts of a millisecond.
    pub(crate) fn pass(&self, time: Duration) {
        if let Source::Fixed(fixed) = &self.0 {
            let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
            fixed.moved_micros.fetch_add(micros, Ordering::SeqCst);
        }
    }

    /// Has each look at [`Clock::instant`] take so long, as if whoever looks were at work meanwhile.
    #[cfg(test)]
    pub(crate) fn each_look_takes(&self, time: Duration) {
        if let Source::Fixed(fixed) = &self.0 {
            let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
            fixed.look_micros.store(micros, Ordering::SeqCst);
        }
    }

    /// Now, as it is stored and told.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => chrono::Utc::now().into(),
            Source::Fixed(fixed) => {
                let moved_ms = fixed.moved_micros.load(Ordering::SeqCst) / 1_000;
                fixed.began.plus_millis(i64::try_from(moved_ms).unwrap_or(i64::MAX))
            }
        }
    }

    /// Now, to measure how long something takes: whatever is done to the system's time of day.
    pub fn instant(&self) -> Instant {
        match &self.0 {
            Source::System => Instant::now(),
            Source::Fixed(fixed) => {
                #[cfg(test)]
                fixed
                    .moved_micros
                    .fetch_add(fixed.look_micros.load(Ordering::SeqCst), Ordering::SeqCst);
                let moved = Duration::from_micros(fixed.moved_micros.load(Ordering::SeqCst));
                fixed.began_at.checked_add(moved).unwrap_or(fixed.began_at)
            }
        }
    }
}

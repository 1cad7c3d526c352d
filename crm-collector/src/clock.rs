//! The present, as a value that is handed around: the one place that reads the system's clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crm_models::Timestamp;

/// Tells the time.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    /// Milliseconds since 1970, set by a test.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until it is [set](Clock::advance).
    pub fn fixed(time: Timestamp) -> Self {
        Self(Source::Fixed(Arc::new(AtomicI64::new(time.millis()))))
    }

    /// Moves a fixed clock ahead; the system's clock goes its own way.
    pub fn advance(&self, millis: i64) {
        if let Source::Fixed(time) = &self.0 {
            time.fetch_add(millis, Ordering::SeqCst);
        }
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => chrono::Utc::now().into(),
            Source::Fixed(time) => Timestamp::from_millis(time.load(Ordering::SeqCst)),
        }
    }
}

//! Tells the host what was given up and what is wrong: on the worker's thread, never under a lock,
//! and not more often than once a second however often it changes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crm_models::ingest::Rejection;

use crate::losses::Losses;
use crate::pipeline::Elapsed;
use crate::report::{ErrorReport, LossReport};
use crate::shared::Shared;

/// What the host wants to be told of events that were given up.
type OnLoss = Box<dyn FnMut(&LossReport) + Send>;
/// What the host wants to be told of requests and of a disk that fail.
type OnError = Box<dyn FnMut(&ErrorReport) + Send>;

/// How often it is looked whether there is something to tell, and the shortest time between two
/// reports.
const INTERVAL: Duration = Duration::from_secs(1);
/// Rejections in one report; the others are counted.
const SAMPLES: usize = 16;

/// The host's callbacks, and what they know already.
#[derive(Default)]
pub(crate) struct Reports {
    pub(crate) on_loss: Option<OnLoss>,
    pub(crate) on_error: Option<OnError>,
    told_losses: Losses,
    told_error: ErrorReport,
    samples: Vec<Rejection>,
    quiet_until: Elapsed,
}

impl Reports {
    /// Keeps some of the rejections for the next report.
    pub(crate) fn sample(&mut self, rejected: &[Rejection]) {
        if self.on_loss.is_some() {
            let room = SAMPLES.saturating_sub(self.samples.len());
            self.samples.extend(rejected.iter().take(room).cloned());
        }
    }

    /// Tells what is new, if it is time, and says when to look again. The `last` time it is always
    /// time.
    pub(crate) fn tell(&mut self, shared: &Shared, last: bool) -> Option<Elapsed> {
        if self.on_loss.is_none() && self.on_error.is_none() {
            return None;
        }
        let now = shared.now();
        if now < self.quiet_until && !last {
            return Some(self.quiet_until);
        }
        let (losses, error) = {
            let pipeline = shared.lock();
            (pipeline.losses(), ErrorReport::of(&pipeline.stats(now)))
        };
        let mut panics = 0;
        if let Some(on_loss) = &mut self.on_loss
            && losses != self.told_losses
        {
            let counts = losses.since(&self.told_losses);
            let report = LossReport { counts, samples: std::mem::take(&mut self.samples) };
            self.told_losses = losses;
            self.quiet_until = now.saturating_add(INTERVAL);
            panics += panics_of("loss", || on_loss(&report));
        }
        if let Some(on_error) = &mut self.on_error
            && error != self.told_error
        {
            self.told_error = error.clone();
            self.quiet_until = now.saturating_add(INTERVAL);
            panics += panics_of("error", || on_error(&error));
        }
        for _ in 0..panics {
            shared.lock().count_callback_panic();
        }
        Some(now.saturating_add(INTERVAL))
    }
}

/// Calls the host; says how many panics that made.
fn panics_of(name: &str, call: impl FnOnce()) -> usize {
    let panicked = catch_unwind(AssertUnwindSafe(call)).is_err();
    if panicked {
        tracing::error!("the {name} callback panicked");
    }
    usize::from(panicked)
}

//! When a batch is full or old enough to be sent, and which events are in the next one.

use super::batch::EVENT_OVERHEAD_BYTES;
use super::{Elapsed, Mark, Pipeline, Queued, Step};
use crate::retry::OPENS_AFTER;

/// Events in a request that tries whether the collector is well again. Few: a large batch would
/// be sent in vain time and again, to one that may be ill from too much.
const PROBE_EVENTS: usize = 10;
/// Answers in a row that may be the events' fault, after which one event goes alone.
const SINGLES_AFTER: u32 = 2;

impl Pipeline {
    /// When the front of the queue has to be sent, if there is any.
    pub(super) fn queue_due_at(&self) -> Option<Elapsed> {
        let oldest = self.queue.waiting().front().map(|event| event.queued_at);
        let oldest = oldest.or((self.backlog > 0).then_some(self.backlog_since))?;
        let Mark { memory, disk } = self.flush_below;
        let is_due = !self.groups.is_empty()
            || self.memory.left_below(memory) + self.disk.left_below(disk) > 0
            || self.queue.waiting().len() + self.backlog() >= self.settings.batch_events
            || self.queue.waiting_bytes() >= self.batch_bytes;
        Some(if is_due { Elapsed::ZERO } else { oldest.saturating_add(self.batch_age) })
    }

    /// What has to be read from disk before the next batch is made, if anything.
    pub(super) fn load(&self) -> Option<Step> {
        let waiting = self.queue.waiting().len();
        let events = self.backlog().min(self.settings.batch_events.saturating_sub(waiting));
        let bytes = self.batch_bytes.saturating_sub(self.queue.waiting_bytes());
        (self.groups.is_empty() && events > 0 && bytes > 0).then_some(Step::Load { events, bytes })
    }

    pub(super) fn next_events(&mut self) -> Vec<Queued> {
        let most = self.most_events();
        match self.groups.take(most) {
            Some(size) => self.queue.take(size, usize::MAX, 0),
            None => {
                let events = self.settings.batch_events.min(most);
                self.queue.take(events, self.batch_bytes, EVENT_OVERHEAD_BYTES)
            }
        }
    }

    /// Most events in the next request.
    pub(super) fn most_events(&self) -> usize {
        if self.doubts >= SINGLES_AFTER || self.retry.failures() >= 2 * OPENS_AFTER {
            1
        } else if self.retry.is_open() {
            PROBE_EVENTS
        } else {
            usize::MAX
        }
    }
}

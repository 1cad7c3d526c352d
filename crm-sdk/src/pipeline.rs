//! Queue → batch → send → verdict → acknowledge, retry or give up with a reason.
//!
//! A state machine without I/O, clock or randomness of its own: a driver hands it events and
//! outcomes together with the time and a random number, and asks it what to do next. It holds
//! every event until the collector has decided on it, also while its request is on its way, so
//! that a driver that breaks loses nothing.

mod batch;
mod outcome;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;

pub(crate) use batch::{Batch, ENVELOPE_BYTES};
pub(crate) use outcome::Outcome;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::losses::{Loss, Losses};
use crate::queue::{Capacity, Encoded, Memory, Queued};
use crate::retry::Retry;
use crate::stats::{Failure, Stats, Unsent};
use batch::EVENT_OVERHEAD_BYTES;
use outcome::Refusal;

/// Monotonic time since the driver's start.
pub(crate) type Elapsed = Duration;

/// While somebody waits in a flush, an attempt is made at least this often, whatever the pause
/// has grown to: the wait is short, and the collector may be back.
const FLUSH_PAUSE: Duration = Duration::from_secs(1);

/// When a batch is made of what waits, and how it is retried.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) batch_events: usize,
    /// Of a body, envelope included.
    pub(crate) batch_bytes: usize,
    pub(crate) batch_age: Duration,
    pub(crate) capacity: Capacity,
    /// Whether old events make room for new ones.
    pub(crate) drop_oldest: bool,
    pub(crate) retry_initial: Duration,
    pub(crate) retry_longest: Duration,
}

/// What became of an event that was offered.
#[derive(Debug)]
pub(crate) enum Offer {
    /// It is in the queue. If `wake`, the driver sleeps past the time it is due and has to ask
    /// for the next step.
    Taken { wake: bool },
    /// There is no room for it now; what waits is due at once. `wake` as above.
    Full { event: Encoded, wake: bool },
    /// No more events are taken.
    Closed,
}

/// What the driver has to do next.
#[derive(Debug)]
pub(crate) enum Step {
    /// Send this, then report the outcome with [`Pipeline::settle`].
    Send(Arc<Batch>),
    /// Nothing before this time, if any, unless it is woken.
    Wait(Option<Elapsed>),
    /// Nothing any more.
    Done,
}

/// A turn for the worse or the better that an operator wants to know of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    Failing(Failure),
    Recovered,
}

#[derive(Clone, Copy, Debug)]
struct Pause {
    since: Elapsed,
    until: Elapsed,
    /// Whether a flush may cut it short: neither what the server asked for, nor a refusal.
    may_be_cut: bool,
}

#[derive(Clone, Copy, Debug)]
enum Life {
    Open,
    /// Takes no more events, and gives up what is left at this time.
    Closing(Elapsed),
    /// Nothing is held any more; this was left unsent.
    Closed(Unsent),
}

/// The state machine.
pub(crate) struct Pipeline {
    settings: Settings,
    queue: Memory,
    /// Sizes of the groups in which the front of the queue has to be sent: what was sent together
    /// is sent together again, unless it was split.
    groups: VecDeque<usize>,
    in_flight: Option<Arc<Batch>>,
    /// Bytes of a batch; less than configured once the other side found a batch too large.
    batch_bytes: usize,
    retry: Retry,
    pause: Option<Pause>,
    /// Until when the driver sleeps if nobody wakes it.
    sleeps_until: Option<Elapsed>,
    /// Events below this sequence are due at once.
    flush_below: u64,
    /// Until when somebody waits for a flush.
    flush_until: Elapsed,
    life: Life,
    next_sequence: u64,
    next_batch: u64,
    stats: Stats,
    losses: Losses,
}

impl Pipeline {
    pub(crate) fn new(mut settings: Settings) -> Self {
        // At most half of the queue, so that one half fills while the other is on its way.
        settings.batch_events = settings.batch_events.min(settings.capacity.events / 2).max(1);
        settings.batch_bytes = settings.batch_bytes.min(settings.capacity.bytes / 2);
        Self {
            queue: Memory::new(settings.capacity),
            groups: VecDeque::new(),
            in_flight: None,
            batch_bytes: settings.batch_bytes.saturating_sub(ENVELOPE_BYTES),
            retry: Retry::new(settings.retry_initial, settings.retry_longest),
            pause: None,
            sleeps_until: None,
            flush_below: 0,
            flush_until: Elapsed::ZERO,
            life: Life::Open,
            next_sequence: 0,
            next_batch: 0,
            stats: Stats::default(),
            losses: Losses::default(),
            settings,
        }
    }

    /// Takes an event into the queue, if it can. What to do with one that has no room, if not
    /// dropping older ones, is the driver's decision.
    pub(crate) fn offer(&mut self, event: Encoded, now: Elapsed) -> Offer {
        if !matches!(self.life, Life::Open) {
            return Offer::Closed;
        }
        let bytes = event.json.len();
        if !self.queue.has_room(bytes) {
            if self.settings.drop_oldest {
                self.drop_oldest_for(bytes);
            }
            if !self.queue.has_room(bytes) {
                // Somebody may be waiting for room, which only a request can make.
                self.flush_below = self.next_sequence;
                return Offer::Full { event, wake: self.must_wake(now) };
            }
        }
        self.queue.push(Queued { event, sequence: self.next_sequence, queued_at: now });
        self.next_sequence += 1;
        self.stats.tracked += 1;
        Offer::Taken { wake: self.must_wake(now) }
    }

    /// What to do next.
    pub(crate) fn poll(&mut self, now: Elapsed) -> Step {
        let mut wait_until = None;
        match self.life {
            Life::Closed(_) => return Step::Done,
            Life::Closing(until) if self.queue.held() == 0 || now >= until => {
                // The account is kept for whoever asks for it.
                let _unsent = self.give_up();
                return Step::Done;
            }
            Life::Closing(until) => wait_until = Some(until),
            Life::Open => {}
        }
        if self.in_flight.is_none()
            && let Some(due) = self.due_at(now)
        {
            if due <= now {
                return Step::Send(self.next_batch());
            }
            wait_until = Some(wait_until.map_or(due, |until: Elapsed| until.min(due)));
        }
        self.sleeps_until = wait_until;
        Step::Wait(wait_until)
    }

    /// Reports what became of a batch. `random` is uniform in 0..1. An outcome of a batch that is
    /// not the one on its way changes nothing.
    pub(crate) fn settle(
        &mut self,
        batch_number: u64,
        outcome: Outcome,
        now: Elapsed,
        random: f64,
    ) -> Option<Turn> {
        let batch = self.in_flight.take_if(|batch| batch.number == batch_number)?;
        // The driver may still hold the batch; that costs a copy, no event.
        let batch = Arc::unwrap_or_clone(batch);
        match outcome {
            Outcome::Decided(verdict) => {
                self.queue.release(&batch.events);
                self.stats.accepted += verdict.accepted;
                self.stats.duplicate += verdict.duplicate;
                self.stats.rejected += verdict.rejected.len() as u64;
                self.losses.add(Loss::Rejected, verdict.rejected.len());
                self.retry.reset();
                self.turn(None)
            }
            Outcome::Retry { failure, after } => {
                let jitter = self.retry.pause(random);
                // Those who were asked to wait equally long must not come back all at once.
                let pause = after.map_or(jitter, |after| after.saturating_add(jitter));
                self.pause(now, pause, after.is_none());
                self.keep(batch);
                self.turn(Some(failure))
            }
            Outcome::RetrySlowly { failure, after } => {
                let pause = self.retry.slow_pause(random);
                self.pause(now, after.map_or(pause, |after| after.max(pause)), false);
                self.keep(batch);
                self.turn(Some(failure))
            }
            Outcome::Split(refusal) => {
                self.split(batch, refusal);
                self.turn(None)
            }
        }
    }

    /// Makes everything that was taken so far due at once, and tells where "so far" ends. Until
    /// `until`, pauses that only we chose are cut short.
    pub(crate) fn flush(&mut self, until: Elapsed) -> u64 {
        self.flush_below = self.next_sequence;
        self.flush_until = self.flush_until.max(until);
        self.next_sequence
    }

    /// Takes no more events; what is left at `until` is given up. Of two such times the earlier
    /// one holds.
    pub(crate) fn close(&mut self, until: Elapsed) {
        self.flush(until);
        self.life = match self.life {
            Life::Open => Life::Closing(until),
            Life::Closing(earlier) => Life::Closing(earlier.min(until)),
            closed @ Life::Closed(_) => closed,
        };
    }

    /// Gives up whatever is left, and takes no more events.
    pub(crate) fn give_up(&mut self) -> Unsent {
        if let Life::Closed(unsent) = self.life {
            return unsent;
        }
        let unsent = self.unsent_below(u64::MAX);
        self.losses.add(Loss::Unsent, unsent.events);
        self.queue.clear();
        self.groups.clear();
        self.in_flight = None;
        self.life = Life::Closed(unsent);
        unsent
    }

    /// What is left of the events below a sequence; after the end, of all.
    pub(crate) fn unsent_below(&self, sequence: u64) -> Unsent {
        if let Life::Closed(unsent) = self.life {
            return unsent;
        }
        let below = |events: &[Queued]| events.partition_point(|event| event.sequence < sequence);
        let waiting = self.queue.waiting().partition_point(|event| event.sequence < sequence);
        let in_flight = self.in_flight.as_ref().map_or(0, |batch| below(&batch.events));
        Unsent { events: waiting + in_flight, in_flight }
    }

    /// Whether the driver has nothing to do any more.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.life, Life::Closed(_))
    }

    pub(crate) fn stats(&self, now: Elapsed) -> Stats {
        let oldest = match &self.in_flight {
            Some(batch) => batch.events.first(),
            None => self.queue.waiting().front(),
        };
        Stats {
            queued: self.queue.held(),
            queued_bytes: self.queue.held_bytes(),
            in_flight: self.in_flight.as_ref().map_or(0, |batch| batch.len()),
            lag: oldest.map_or(Duration::ZERO, |event| now.saturating_sub(event.queued_at)),
            ..self.stats
        }
    }

    pub(crate) fn losses(&self) -> Losses {
        self.losses
    }

    /// Counts events that the driver had to turn away.
    pub(crate) fn count_loss(&mut self, reason: Loss) {
        self.losses.add(reason, 1);
    }

    /// Counts a panic of the host's callback.
    pub(crate) fn count_callback_panic(&mut self) {
        self.stats.callback_panics += 1;
    }

    /// When the front of the queue has to be sent, if there is any.
    fn due_at(&self, now: Elapsed) -> Option<Elapsed> {
        let oldest = self.queue.waiting().front()?;
        let is_due = !self.groups.is_empty()
            || oldest.sequence < self.flush_below
            || self.queue.waiting().len() >= self.settings.batch_events
            || self.queue.waiting_bytes() >= self.batch_bytes;
        let due = if is_due {
            Elapsed::ZERO
        } else {
            oldest.queued_at.saturating_add(self.settings.batch_age)
        };
        Some(due.max(self.pause_end(now)))
    }

    fn pause_end(&self, now: Elapsed) -> Elapsed {
        match self.pause {
            None => Elapsed::ZERO,
            Some(pause) if pause.may_be_cut && now < self.flush_until => {
                pause.until.min(pause.since.saturating_add(FLUSH_PAUSE))
            }
            Some(pause) => pause.until,
        }
    }

    /// Whether the front is due before the driver wakes by itself. Asked again, the answer is no:
    /// one waking is enough.
    fn must_wake(&mut self, now: Elapsed) -> bool {
        if self.in_flight.is_some() {
            return false;
        }
        let Some(due) = self.due_at(now) else { return false };
        let wake = self.sleeps_until.is_none_or(|until| due < until);
        if wake {
            self.sleeps_until = Some(due);
        }
        wake
    }

    fn next_batch(&mut self) -> Arc<Batch> {
        let events = match self.groups.pop_front() {
            Some(size) => self.queue.take(size, usize::MAX, 0),
            None => {
                let settings = &self.settings;
                self.queue.take(settings.batch_events, self.batch_bytes, EVENT_OVERHEAD_BYTES)
            }
        };
        self.pause = None;
        self.stats.requests += 1;
        self.stats.sent += events.len() as u64;
        let batch = Arc::new(Batch { number: self.next_batch, events });
        self.next_batch += 1;
        self.in_flight = Some(Arc::clone(&batch));
        batch
    }

    fn pause(&mut self, now: Elapsed, pause: Duration, may_be_cut: bool) {
        self.pause = Some(Pause { since: now, until: now.saturating_add(pause), may_be_cut });
    }

    /// Puts a batch back to be sent again as it was. As it was, so that one that is small because
    /// it was split, or because it was early, remains the cheapest probe there is.
    fn keep(&mut self, batch: Batch) {
        self.stats.retries += 1;
        self.groups.push_front(batch.len());
        self.queue.give_back(batch.events);
    }

    /// Halves a batch, at once and without a pause, until what the other side refuses stands
    /// alone: its neighbours are not to wait for it, nor be lost with it.
    fn split(&mut self, batch: Batch, refusal: Refusal) {
        if batch.len() <= 1 {
            self.queue.release(&batch.events);
            let reason = match refusal {
                Refusal::TooLarge => Loss::TooLarge,
                Refusal::Malformed(_) => Loss::Malformed,
            };
            self.losses.add(reason, batch.len());
            return;
        }
        if refusal == Refusal::TooLarge {
            // Whoever takes less than we may send would refuse each full batch to come as well.
            self.batch_bytes = self.batch_bytes.min(batch.bytes() / 2);
        }
        let first = batch.len() / 2;
        self.groups.push_front(batch.len() - first);
        self.groups.push_front(first);
        self.queue.give_back(batch.events);
    }

    fn drop_oldest_for(&mut self, bytes: usize) {
        let dropped = self.queue.drop_oldest_for(bytes);
        self.losses.add(Loss::DroppedOldest, dropped);
        let mut left = dropped;
        while left > 0
            && let Some(group) = self.groups.front_mut()
        {
            if *group > left {
                *group -= left;
                break;
            }
            left -= *group;
            self.groups.pop_front();
        }
    }

    fn turn(&mut self, failure: Option<Failure>) -> Option<Turn> {
        let before = std::mem::replace(&mut self.stats.failure, failure);
        match (before, failure) {
            (before, Some(failure)) if before != Some(failure) => Some(Turn::Failing(failure)),
            (Some(_), None) => Some(Turn::Recovered),
            _ => None,
        }
    }
}

//! Queue → batch → send → verdict → acknowledge, retry or give up with a reason: the client as a
//! state machine without I/O, clock or randomness of its own.
//!
//! A driver hands it events and outcomes together with the time and a random number, and asks it
//! what to do next. The driver of this crate is a thread (feature `native`); the one of the
//! browser package runs the same machine between `fetch` and `IndexedDB`. Most hosts want
//! [`Client`](crate::Client) and never look in here.
//!
//! The machine holds events in memory: its window. An event that was [offered](Pipeline::offer) is
//! held until the collector has decided on it, also while its request is on its way, so that a
//! driver that breaks loses nothing. Events that the driver keeps [on disk](Pipeline::spooled) are
//! only counted, as the backlog, and asked for in the order in which they were taken when it is
//! their turn ([`Step::Load`]); the driver forgets them on disk when an outcome
//! [is final](Outcome::is_final).

mod batch;
mod groups;
#[cfg(test)]
mod herd;
mod mark;
mod outcome;
mod pace;
#[cfg(test)]
mod simulation;
mod step;
#[cfg(test)]
mod tests;

pub use crate::queue::{Capacity, Encoded, Queued};
pub use batch::Batch;
pub use mark::Mark;
pub use outcome::{Outcome, Refusal};
pub use step::{Offer, Step, Turn};

pub(crate) use batch::ENVELOPE_BYTES;

use std::sync::Arc;
use std::time::Duration;

use crate::losses::{Loss, Losses};
use crate::queue::Memory;
use crate::retry::Retry;
use crate::stats::{Failure, SpoolState, Stats, Unsent};
use batch::EVENT_OVERHEAD_BYTES;
use groups::Groups;
use mark::Stream;
use pace::{Cut, Pause, Ramp};

/// The driver's clock: monotonic, and counted from wherever the driver likes.
pub type Elapsed = Duration;

/// Events in a request that tries whether the collector is well again. Few: a large batch would
/// be sent in vain time and again, to one that may be ill from too much.
const PROBE_EVENTS: usize = 10;

/// When a batch is made of what waits, and how it is retried.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Most events in a batch.
    pub batch_events: usize,
    /// Most bytes of a body, envelope included. A larger event goes alone.
    pub batch_bytes: usize,
    /// How long an event waits for others to share its request.
    pub batch_age: Duration,
    /// How much is held in memory alone.
    pub capacity: Capacity,
    /// Whether old events in memory make room for new ones.
    pub drop_oldest: bool,
    /// The longest first pause after a failure.
    pub retry_initial: Duration,
    /// The longest pause.
    pub retry_longest: Duration,
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
pub struct Pipeline {
    settings: Settings,
    queue: Memory,
    groups: Groups,
    in_flight: Option<Arc<Batch>>,
    /// Events on disk that are not in the window. Below zero for moments, when events are counted
    /// as dropped by one thread before they are counted as spooled by another.
    backlog: i64,
    /// Since when the oldest of them waits, or a time before that.
    backlog_since: Elapsed,
    /// What is in memory alone, and what is on disk.
    memory: Stream,
    disk: Stream,
    /// Bytes of a batch; less than configured once the other side found a batch too large.
    batch_bytes: usize,
    /// How old the oldest event of the next batch grows.
    batch_age: Duration,
    retry: Retry,
    ramp: Ramp,
    pause: Option<Pause>,
    /// Until when the driver sleeps if nobody wakes it.
    sleeps_until: Option<Elapsed>,
    /// What was taken before this is due at once.
    flush_below: Mark,
    /// Until when somebody waits for a flush.
    flush_until: Elapsed,
    life: Life,
    next_batch: u64,
    stats: Stats,
    losses: Losses,
}

impl Pipeline {
    /// A machine that holds nothing. `phase`, uniform in 0..1, shortens the wait for the first
    /// batch, so that clients that start together do not send together from then on.
    pub fn new(mut settings: Settings, phase: f64) -> Self {
        // At most half of the queue, so that one half fills while the other is on its way.
        settings.batch_events = settings.batch_events.min(settings.capacity.events / 2).max(1);
        settings.batch_bytes = settings.batch_bytes.min(settings.capacity.bytes / 2);
        Self {
            queue: Memory::new(settings.capacity),
            groups: Groups::default(),
            in_flight: None,
            backlog: 0,
            backlog_since: Elapsed::ZERO,
            memory: Stream::default(),
            disk: Stream::default(),
            batch_bytes: settings.batch_bytes.saturating_sub(ENVELOPE_BYTES),
            batch_age: settings.batch_age.mul_f64(phase),
            retry: Retry::new(settings.retry_initial, settings.retry_longest),
            ramp: Ramp::default(),
            pause: None,
            sleeps_until: None,
            flush_below: Mark::default(),
            flush_until: Elapsed::ZERO,
            life: Life::Open,
            next_batch: 0,
            stats: Stats::default(),
            losses: Losses::default(),
            settings,
        }
    }

    /// Takes an event into memory, if it can. What to do with one that has no room, if not
    /// dropping older ones, is the driver's decision.
    pub fn offer(&mut self, event: Encoded, now: Elapsed) -> Offer {
        if !matches!(self.life, Life::Open) {
            return Offer::Closed;
        }
        let bytes = event.json.len();
        if !self.queue.has_room(bytes) {
            if self.settings.drop_oldest && self.queue.could_have_room(bytes) {
                self.drop_oldest_for(bytes);
            } else {
                // Somebody may be waiting for room, which only a request can make.
                self.flush_below = self.mark();
                return Offer::Full { event, wake: self.must_wake(now) };
            }
        }
        self.queue.push(Queued { event, queued_at: now, on_disk: false });
        self.memory.taken += 1;
        self.stats.tracked += 1;
        Offer::Taken { wake: self.must_wake(now) }
    }

    /// Counts events that were put on disk. Returns whether the driver sleeps past the time they
    /// are due, and has to ask for the next step.
    pub fn spooled(&mut self, events: usize, now: Elapsed) -> bool {
        self.stats.tracked += events as u64;
        self.grow_backlog(events, now);
        self.must_wake(now)
    }

    /// Counts events that were found on disk, from an earlier run or a process that died. `random`
    /// is uniform in 0..1.
    pub fn recovered(&mut self, events: usize, now: Elapsed, random: f64) {
        if events == 0 {
            return;
        }
        self.stats.recovered += events as u64;
        // Those who start together must not all send their leftovers together.
        if self.in_flight.is_none() && self.pause.is_none() && self.backlog <= 0 {
            let pause = self.settings.batch_age.mul_f64(random);
            self.pause = Some(Pause::new(now, pause, Cut::AtOnce));
        }
        self.ramp.begin();
        self.grow_backlog(events, Elapsed::ZERO);
    }

    /// Takes the events into the window that a [`Step::Load`] asked for; `lost` counts by reason
    /// those that were found unreadable or too old instead.
    pub fn loaded(&mut self, events: Vec<Queued>, lost: &[(Loss, usize)]) {
        for &(reason, events) in lost {
            self.count_gone(reason, events);
        }
        self.backlog -= signed(events.len());
        if let Some(youngest) = events.last() {
            self.backlog_since = youngest.queued_at;
        }
        if matches!(self.life, Life::Closed(_)) {
            // They stay on disk, where the account of the end has counted them.
            return;
        }
        events.into_iter().for_each(|event| self.queue.push(Queued { on_disk: true, ..event }));
    }

    /// Counts events that were dropped from disk unread, to make room for newer ones.
    pub fn dropped_from_disk(&mut self, events: usize) {
        self.count_gone(Loss::DroppedOldest, events);
    }

    /// What to do next.
    pub fn poll(&mut self, now: Elapsed) -> Step {
        let mut wait_until = None;
        match self.life {
            Life::Closed(_) => return Step::Done,
            Life::Closing(until) if self.unsent_below(Mark::END).is_empty() || now >= until => {
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
                return match self.load() {
                    Some(load) => load,
                    None => Step::Send(self.next_batch()),
                };
            }
            wait_until = Some(wait_until.map_or(due, |until: Elapsed| until.min(due)));
        }
        self.sleeps_until = wait_until;
        Step::Wait(wait_until)
    }

    /// Reports what became of a batch. `random` is uniform in 0..1. An outcome of a batch that is
    /// not the one on its way changes nothing.
    ///
    /// A driver that lets go of its own copy of the batch before an outcome that is not final,
    /// and only after one that is, spares the machine copying or freeing it.
    pub fn settle(
        &mut self,
        batch_number: u64,
        outcome: &Outcome,
        now: Elapsed,
        random: f64,
    ) -> Option<Turn> {
        let batch = self.in_flight.take_if(|batch| batch.number == batch_number)?;
        match outcome {
            Outcome::Decided(verdict) => {
                self.settle_events(&batch);
                self.stats.accepted += verdict.accepted;
                self.stats.duplicate += verdict.duplicate;
                self.stats.rejected += verdict.rejected.len() as u64;
                self.losses.add(Loss::Rejected, verdict.rejected.len());
                if self.retry.is_open() {
                    self.ramp.begin();
                    // There are proxies that break a connection over which too much comes: where
                    // few events went through after a batch failed time and again, its rest goes
                    // in smaller parts.
                    self.groups.halve_next();
                }
                self.retry.reset();
                self.widen(&batch);
                // Memory that fills up is the greater evil.
                if !self.queue.is_filling()
                    && let Some(gap) = self.ramp.next_gap(self.settings.batch_age, random)
                {
                    self.pause = Some(Pause::new(now, gap, Cut::AtOnce));
                }
                self.turn(None)
            }
            Outcome::Retry { failure, after } => {
                let jitter = self.retry.pause(random);
                // Those who were asked to wait equally long must not come back all at once.
                let pause = after.map_or(jitter, |after| after.saturating_add(jitter));
                let cut = if after.is_none() { Cut::ToASecond } else { Cut::Never };
                self.pause = Some(Pause::new(now, pause, cut));
                self.keep(batch);
                self.turn(Some(*failure))
            }
            Outcome::RetrySlowly { failure, after } => {
                let pause = self.retry.slow_pause(random);
                let pause = after.map_or(pause, |after| after.max(pause));
                self.pause = Some(Pause::new(now, pause, Cut::Never));
                self.keep(batch);
                self.turn(Some(*failure))
            }
            Outcome::Split(refusal) => {
                self.split(batch, refusal);
                self.turn(None)
            }
        }
    }

    /// Ends the pause that only we chose: there is reason to believe that the collector can be
    /// reached again, such as a network that is back.
    pub fn retry_now(&mut self) {
        self.pause = self.pause.take_if(|pause| pause.cut == Cut::Never);
    }

    /// Makes everything that was taken so far due at once, and tells where "so far" ends. Until
    /// `until`, pauses that only we chose are cut short.
    pub fn flush(&mut self, until: Elapsed) -> Mark {
        self.flush_below = self.mark();
        self.flush_until = self.flush_until.max(until);
        self.flush_below
    }

    /// Takes no more events; what is left at `until` is given up, or left on disk. Of two such
    /// times the earlier one holds.
    pub fn close(&mut self, until: Elapsed) {
        self.flush(until);
        self.life = match self.life {
            Life::Open => Life::Closing(until),
            Life::Closing(earlier) => Life::Closing(earlier.min(until)),
            closed @ Life::Closed(_) => closed,
        };
    }

    /// Gives up whatever is in memory alone, leaves the rest on disk, and takes no more events.
    pub fn give_up(&mut self) -> Unsent {
        if let Life::Closed(unsent) = self.life {
            return unsent;
        }
        let unsent = self.unsent_below(Mark::END);
        self.losses.add(Loss::Unsent, unsent.events - unsent.on_disk);
        self.queue.clear();
        self.groups.clear();
        self.in_flight = None;
        self.life = Life::Closed(unsent);
        unsent
    }

    /// What is left of the events that a flush reaches; after the end, of all.
    pub fn unsent_below(&self, mark: Mark) -> Unsent {
        if let Life::Closed(unsent) = self.life {
            return unsent;
        }
        let memory = self.memory.left_below(mark.memory);
        let disk = self.disk.left_below(mark.disk);
        let in_flight = self.in_flight.as_ref().map_or(0, |batch| {
            // What is on its way is the oldest of its kind.
            let on_disk = batch.on_disk();
            (batch.events.len() - on_disk).min(memory) + on_disk.min(disk)
        });
        Unsent { events: memory + disk, in_flight, on_disk: disk }
    }

    /// Whether no more events are taken.
    pub fn is_closing(&self) -> bool {
        !matches!(self.life, Life::Open)
    }

    /// Whether the driver has nothing to do any more.
    pub fn is_closed(&self) -> bool {
        matches!(self.life, Life::Closed(_))
    }

    /// What was done so far, and what is left to do.
    pub fn stats(&self, now: Elapsed) -> Stats {
        let oldest = match &self.in_flight {
            Some(batch) => batch.events.first(),
            None => self.queue.waiting().front(),
        };
        let since = oldest.map(|event| event.queued_at);
        let since = since.or((self.backlog > 0).then_some(self.backlog_since));
        let queued = match self.life {
            Life::Closed(unsent) => unsent.on_disk,
            Life::Open | Life::Closing(_) => self.unsent_below(Mark::END).events,
        };
        Stats {
            queued,
            queued_bytes: self.queue.alone().bytes,
            in_flight: self.in_flight.as_ref().map_or(0, |batch| batch.events.len()),
            lag: since.map_or(Duration::ZERO, |since| now.saturating_sub(since)),
            circuit_open: self.retry.is_open(),
            ..self.stats
        }
    }

    /// Counts of the events that were given up, by reason.
    pub fn losses(&self) -> Losses {
        self.losses
    }

    /// Counts events that the driver had to turn away.
    pub fn count_loss(&mut self, reason: Loss) {
        self.losses.add(reason, 1);
    }

    /// Says how the disk is, for the [`Stats`]; returns what was said before.
    pub fn set_spool_state(&mut self, state: SpoolState) -> SpoolState {
        std::mem::replace(&mut self.stats.spool, state)
    }

    /// Says how many files of other keys lie beside ours; returns how many there were before.
    pub fn set_foreign_segments(&mut self, segments: usize) -> usize {
        std::mem::replace(&mut self.stats.foreign_segments, segments)
    }

    /// Counts a panic of one of the host's callbacks.
    pub fn count_callback_panic(&mut self) {
        self.stats.callback_panics += 1;
    }

    /// Counts an event that is in memory alone because the disk would not take it.
    pub fn count_unspooled(&mut self) {
        self.stats.unspooled += 1;
    }

    /// Events on disk that are not in the window.
    pub(crate) fn backlog(&self) -> usize {
        usize::try_from(self.backlog).unwrap_or(0)
    }

    fn mark(&self) -> Mark {
        Mark { memory: self.memory.taken, disk: self.disk.taken }
    }

    fn grow_backlog(&mut self, events: usize, since: Elapsed) {
        self.disk.taken += events as u64;
        self.backlog_since = if self.backlog <= 0 { since } else { self.backlog_since.min(since) };
        self.backlog += signed(events);
        if let Life::Closed(unsent) = &mut self.life {
            // A call that overlapped with the end: the next client finds its event on disk.
            unsent.events += events;
            unsent.on_disk += events;
        }
    }

    fn count_gone(&mut self, reason: Loss, events: usize) {
        self.losses.add(reason, events);
        self.disk.settled += events as u64;
        self.backlog -= signed(events);
        if let Life::Closed(unsent) = &mut self.life {
            unsent.events -= events;
            unsent.on_disk -= events;
        }
    }

    /// When the front of the queue has to be sent, if there is any.
    fn due_at(&self, now: Elapsed) -> Option<Elapsed> {
        let oldest = self.queue.waiting().front().map(|event| event.queued_at);
        let oldest = oldest.or((self.backlog > 0).then_some(self.backlog_since))?;
        let flush = self.unsent_below(self.flush_below);
        let is_due = !self.groups.is_empty()
            || flush.events > flush.in_flight
            || self.queue.waiting().len() + self.backlog() >= self.settings.batch_events
            || self.queue.waiting_bytes() >= self.batch_bytes;
        let due = if is_due { Elapsed::ZERO } else { oldest.saturating_add(self.batch_age) };
        Some(due.max(self.pause_end(now)))
    }

    fn pause_end(&self, now: Elapsed) -> Elapsed {
        self.pause.map_or(Elapsed::ZERO, |pause| pause.end(now < self.flush_until))
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

    /// What has to be read from disk before the next batch is made, if anything.
    fn load(&self) -> Option<Step> {
        let waiting = self.queue.waiting().len();
        let events = self.backlog().min(self.settings.batch_events.saturating_sub(waiting));
        let bytes = self.batch_bytes.saturating_sub(self.queue.waiting_bytes());
        (self.groups.is_empty() && events > 0 && bytes > 0).then_some(Step::Load { events, bytes })
    }

    fn next_batch(&mut self) -> Arc<Batch> {
        let most = if self.retry.is_open() { PROBE_EVENTS } else { usize::MAX };
        let events = match self.groups.take(most) {
            Some(size) => self.queue.take(size, usize::MAX, 0),
            None => {
                let events = self.settings.batch_events.min(most);
                self.queue.take(events, self.batch_bytes, EVENT_OVERHEAD_BYTES)
            }
        };
        self.pause = None;
        self.batch_age = self.settings.batch_age;
        self.stats.requests += 1;
        self.stats.sent += events.len() as u64;
        let batch = Arc::new(Batch { number: self.next_batch, events });
        self.next_batch += 1;
        self.in_flight = Some(Arc::clone(&batch));
        batch
    }

    fn settle_events(&mut self, batch: &Batch) {
        let on_disk = batch.on_disk() as u64;
        self.disk.settled += on_disk;
        self.memory.settled += batch.events.len() as u64 - on_disk;
        self.queue.release(&batch.events);
    }

    /// Puts a batch back to be sent again as it was. As it was, so that one that is small because
    /// it was split, or because it was early, remains the cheapest probe there is.
    fn keep(&mut self, batch: Arc<Batch>) {
        self.stats.retries += 1;
        self.groups.put(batch.events.len());
        self.queue.give_back(unshare(batch));
    }

    /// Halves a batch, at once and without a pause, until what the other side refuses stands
    /// alone: its neighbours are not to wait for it, nor be lost with it.
    fn split(&mut self, batch: Arc<Batch>, refusal: &Refusal) {
        if batch.events.len() <= 1 {
            self.settle_events(&batch);
            let reason = match refusal {
                Refusal::TooLarge => Loss::TooLarge,
                Refusal::Malformed(_) => Loss::Malformed,
            };
            self.losses.add(reason, batch.events.len());
            return;
        }
        if *refusal == Refusal::TooLarge {
            // Whoever takes less than we may send would refuse each full batch to come as well.
            self.batch_bytes = self.batch_bytes.min(batch.bytes() / 2);
        }
        self.groups.put_halves(batch.events.len());
        self.queue.give_back(unshare(batch));
    }

    /// Once batches were found too large, they grow again little by little: it may have been a
    /// proxy that is set right by now. Where it was not, one batch in about 45 is sent in vain.
    fn widen(&mut self, batch: &Batch) {
        if batch.bytes() >= self.batch_bytes / 4 * 3 {
            let most = self.settings.batch_bytes.saturating_sub(ENVELOPE_BYTES);
            let wider = self.batch_bytes.saturating_add(self.batch_bytes / 64 + 1);
            self.batch_bytes = wider.min(most);
        }
    }

    fn drop_oldest_for(&mut self, bytes: usize) {
        while !self.queue.has_room(bytes)
            && let Some(index) = self.queue.drop_oldest()
        {
            self.losses.add(Loss::DroppedOldest, 1);
            self.memory.settled += 1;
            self.groups.shrink(index);
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

fn signed(events: usize) -> i64 {
    i64::try_from(events).unwrap_or(i64::MAX)
}

/// The driver may still hold the batch; that costs a copy, no event.
fn unshare(batch: Arc<Batch>) -> Vec<Queued> {
    Arc::unwrap_or_clone(batch).events
}

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
//!
//! An event that fails time and again while its neighbours are taken is set aside (parked), tried
//! again now and then, and given up after a day. Batches thus need not become final in the order in
//! which their events were taken.

mod batch;
mod batching;
mod groups;
#[cfg(test)]
mod herd;
mod mark;
mod outcome;
mod pace;
mod parking;
mod settle;
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
use crate::stats::{SpoolState, Stats, Unsent};
use groups::Groups;
use mark::Stream;
use pace::{Cut, Pause, Ramp};
use parking::Parking;

/// The driver's clock: monotonic, and counted from wherever the driver likes.
pub type Elapsed = Duration;

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
    /// Whether an event that fails alone is set aside for a time, so that those behind it go on.
    /// The driver then forgets events on disk in the order of their outcomes, not of their reading.
    pub set_aside: bool,
    /// The longest first pause after a failure.
    pub retry_initial: Duration,
    /// The longest pause.
    pub retry_longest: Duration,
}

/// A count of events, and of those of them that are on disk.
#[derive(Clone, Copy, Debug, Default)]
struct Apart {
    events: usize,
    on_disk: usize,
}

#[derive(Clone, Copy, Debug)]
enum Lifecycle {
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
    parking: Parking,
    /// To be given up by the driver.
    expired: Vec<Queued>,
    /// Events that were set aside and are not settled. The two streams count them as settled, so
    /// that what is left in them is settled in its order.
    apart: Apart,
    /// Whether a parked event goes before the queue, when both are due.
    is_turn_of_parked: bool,
    /// Failures that are taken for a fault of the events before they are taken for one of the
    /// collector: it was seen to work.
    credit: u32,
    /// Answers in a row that may be the events' fault, while it may as well be the collector's.
    doubts: u32,
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
    lifecycle: Lifecycle,
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
            parking: Parking::default(),
            expired: Vec::new(),
            apart: Apart::default(),
            is_turn_of_parked: false,
            credit: 0,
            doubts: 0,
            batch_bytes: settings.batch_bytes.saturating_sub(ENVELOPE_BYTES),
            batch_age: settings.batch_age.mul_f64(phase),
            retry: Retry::new(settings.retry_initial, settings.retry_longest),
            ramp: Ramp::default(),
            pause: None,
            sleeps_until: None,
            flush_below: Mark::default(),
            flush_until: Elapsed::ZERO,
            lifecycle: Lifecycle::Open,
            next_batch: 0,
            stats: Stats::default(),
            losses: Losses::default(),
            settings,
        }
    }

    /// Takes an event into memory, if it can. What to do with one that has no room, if not
    /// dropping older ones, is the driver's decision.
    pub fn offer(&mut self, event: Encoded, now: Elapsed) -> Offer {
        if !matches!(self.lifecycle, Lifecycle::Open) {
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
        self.queue.push(Queued::in_memory(event, now));
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

    /// Counts events that were found on disk, from an earlier run or a process that died; the oldest
    /// of them waits since then, as far as is known. `random` is uniform in 0..1.
    pub fn recovered(&mut self, events: usize, since: Elapsed, now: Elapsed, random: f64) {
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
        self.grow_backlog(events, since);
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
        if matches!(self.lifecycle, Lifecycle::Closed(_)) {
            // They stay on disk, where the account of the end has counted them.
            return;
        }
        events.into_iter().for_each(|event| self.queue.push(event));
    }

    /// Events that are given up because they are too old and could not be sent. The driver does with
    /// them what is to be done, and then [counts](Self::expired) them.
    pub fn take_expired(&mut self) -> Vec<Queued> {
        std::mem::take(&mut self.expired)
    }

    /// Counts events that were taken as expired. Until then a flush waits for them.
    pub fn expired(&mut self, events: &[Queued]) {
        if !self.is_closed() {
            self.losses.add(Loss::Expired, events.len());
            events.iter().for_each(|queued| self.count_settled(queued));
        }
    }

    /// Counts events that were dropped from disk unread, to make room for newer ones.
    pub fn dropped_from_disk(&mut self, events: usize) {
        self.count_gone(Loss::DroppedOldest, events);
    }

    /// What to do next.
    pub fn poll(&mut self, now: Elapsed) -> Step {
        let mut wait_until = None;
        match self.lifecycle {
            Lifecycle::Closed(_) => return Step::Done,
            Lifecycle::Closing(until) if self.has_sent_all(now) || now >= until => {
                // The account is kept for whoever asks for it.
                let _unsent = self.give_up();
                return Step::Done;
            }
            Lifecycle::Closing(until) => wait_until = Some(until),
            Lifecycle::Open => {}
        }
        if self.in_flight.is_none() && !self.has_more() {
            // They are all there is to try.
            self.return_suspects();
        }
        if self.in_flight.is_none()
            && let Some(due) = self.due_at(now)
        {
            if due <= now {
                return self.next_step(now);
            }
            wait_until = Some(wait_until.map_or(due, |until: Elapsed| until.min(due)));
        }
        self.sleeps_until = wait_until;
        Step::Wait(wait_until)
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
        self.parking.hurry_memory(Elapsed::ZERO);
        self.lifecycle = match self.lifecycle {
            Lifecycle::Open => Lifecycle::Closing(until),
            Lifecycle::Closing(earlier) => Lifecycle::Closing(earlier.min(until)),
            closed @ Lifecycle::Closed(_) => closed,
        };
    }

    /// Gives up whatever is in memory alone, leaves the rest on disk, and takes no more events.
    pub fn give_up(&mut self) -> Unsent {
        if let Lifecycle::Closed(unsent) = self.lifecycle {
            return unsent;
        }
        let unsent = self.unsent_below(Mark::END);
        self.losses.add(Loss::Unsent, unsent.events - unsent.on_disk);
        self.queue.clear();
        self.groups.clear();
        self.parking.clear();
        self.expired.clear();
        self.apart = Apart::default();
        self.in_flight = None;
        self.lifecycle = Lifecycle::Closed(unsent);
        unsent
    }

    /// What is left of the events that a flush reaches, those that were set aside included; after
    /// the end, of all.
    pub fn unsent_below(&self, mark: Mark) -> Unsent {
        if let Lifecycle::Closed(unsent) = self.lifecycle {
            return unsent;
        }
        let memory = self.memory.left_below(mark.memory);
        let disk = self.disk.left_below(mark.disk);
        let in_flight = self.in_flight.as_ref().map_or(0, |batch| {
            // What is on its way is the oldest of its kind, but for what was set aside.
            let apart = batch.events.iter().filter(|queued| queued.is_apart);
            let apart = apart.fold(Apart::default(), |sum, queued| sum.plus(queued));
            let on_disk = batch.on_disk() - apart.on_disk;
            let alone = batch.events.len() - apart.events - on_disk;
            alone.min(memory) + on_disk.min(disk) + apart.events
        });
        let Apart { events: apart, on_disk: apart_on_disk } = self.apart;
        Unsent { events: memory + disk + apart, in_flight, on_disk: disk + apart_on_disk }
    }

    /// Whether a flush up to there has nothing left to wait for: the collector has decided on all
    /// of it, but for the events that are parked.
    pub fn is_flushed(&self, mark: Mark) -> bool {
        let left = self.memory.left_below(mark.memory) + self.disk.left_below(mark.disk);
        self.is_closed() || (left == 0 && self.apart.events == self.parking.parked())
    }

    /// Gives each parked event a last try: what they hold on to is needed.
    pub fn spend_parked(&mut self, now: Elapsed) {
        self.parking.spend(now);
    }

    /// Whether no more events are taken.
    pub fn is_closing(&self) -> bool {
        !matches!(self.lifecycle, Lifecycle::Open)
    }

    /// Whether the driver has nothing to do any more.
    pub fn is_closed(&self) -> bool {
        matches!(self.lifecycle, Lifecycle::Closed(_))
    }

    /// What was done so far, and what is left to do.
    pub fn stats(&self, now: Elapsed) -> Stats {
        let oldest = match &self.in_flight {
            Some(batch) => batch.events.first(),
            None => self.queue.waiting().front(),
        };
        let since = oldest.map(|event| event.queued_at);
        let since = since.or((self.backlog > 0).then_some(self.backlog_since));
        let queued = match self.lifecycle {
            Lifecycle::Closed(unsent) => unsent.on_disk,
            Lifecycle::Open | Lifecycle::Closing(_) => self.unsent_below(Mark::END).events,
        };
        Stats {
            queued,
            queued_bytes: self.queue.alone().bytes,
            in_flight: self.in_flight.as_ref().map_or(0, |batch| batch.events.len()),
            lag: since.map_or(Duration::ZERO, |since| now.saturating_sub(since)),
            parked: self.parking.parked(),
            circuit_open: self.retry.is_open(),
            ..self.stats.clone()
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

    /// Says why the latest request failed, for the [`Stats`], if it did.
    pub fn explain(&mut self, reason: Option<String>) {
        self.stats.failure_reason = reason.filter(|_| self.stats.failure.is_some());
    }

    /// Counts a panic of one of the host's callbacks.
    pub fn count_callback_panic(&mut self) {
        self.stats.callback_panics += 1;
    }

    /// Counts an event that was taken and that somebody has to look at.
    pub fn count_warning(&mut self) {
        self.stats.warnings += 1;
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
        if let Lifecycle::Closed(unsent) = &mut self.lifecycle {
            // A call that overlapped with the end: the next client finds its event on disk.
            unsent.events += events;
            unsent.on_disk += events;
        }
    }

    fn count_gone(&mut self, reason: Loss, events: usize) {
        self.losses.add(reason, events);
        self.disk.settled += events as u64;
        self.backlog -= signed(events);
        if let Lifecycle::Closed(unsent) = &mut self.lifecycle {
            unsent.events -= events;
            unsent.on_disk -= events;
        }
    }

    /// Whether anything waits that was not set aside.
    fn has_more(&self) -> bool {
        !self.queue.waiting().is_empty() || self.backlog > 0
    }

    /// Whether a shutdown has nothing left to wait for.
    fn has_sent_all(&self, now: Elapsed) -> bool {
        self.in_flight.is_none() && self.is_flushed(Mark::END) && !self.parking.is_due(now)
    }

    /// When the next request has to go out, if there is anything to send.
    fn due_at(&self, now: Elapsed) -> Option<Elapsed> {
        let due = [self.queue_due_at(), self.parking.due_at()].into_iter().flatten().min()?;
        Some(due.max(self.pause_end(now)))
    }

    fn next_step(&mut self, now: Elapsed) -> Step {
        let is_queue_due = self.queue_due_at().is_some_and(|due| due <= now);
        let is_parked_next = self.is_turn_of_parked || !is_queue_due;
        // In turns, so that neither keeps the other waiting.
        if is_parked_next
            && self.parking.is_due(now)
            && let Some((queued, is_last_try)) = self.parking.begin_trial()
        {
            self.is_turn_of_parked = false;
            return Step::Send(self.send(vec![queued], is_last_try));
        }
        match self.load() {
            Some(load) => load,
            None => {
                self.is_turn_of_parked = true;
                let events = self.next_events();
                Step::Send(self.send(events, false))
            }
        }
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

    fn send(&mut self, events: Vec<Queued>, is_last_try: bool) -> Arc<Batch> {
        self.pause = None;
        self.batch_age = self.settings.batch_age;
        self.stats.requests += 1;
        self.stats.sent += events.len() as u64;
        let batch = Arc::new(Batch { number: self.next_batch, events, is_last_try });
        self.next_batch += 1;
        self.in_flight = Some(Arc::clone(&batch));
        batch
    }

    fn drop_oldest_for(&mut self, bytes: usize) {
        while !self.queue.has_room(bytes)
            && let Some((index, dropped)) = self.queue.drop_oldest()
        {
            self.losses.add(Loss::DroppedOldest, 1);
            self.count_settled(&dropped);
            self.groups.shrink(index);
        }
    }
}

fn signed(events: usize) -> i64 {
    i64::try_from(events).unwrap_or(i64::MAX)
}

impl Apart {
    fn plus(self, queued: &Queued) -> Self {
        let on_disk = self.on_disk + usize::from(queued.on_disk);
        Self { events: self.events + 1, on_disk }
    }

    fn minus(self, queued: &Queued) -> Self {
        let on_disk = self.on_disk - usize::from(queued.on_disk);
        Self { events: self.events - 1, on_disk }
    }
}

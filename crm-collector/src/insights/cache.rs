//! A single-flight cache: an answer that takes a while is computed once for everybody who asks, and
//! kept until the data has changed.
//!
//! An answer is given again while the data is the same, and for [`FRESH_MS`] whatever comes in: so
//! none is older than that, and events that stream in do not have everything computed anew. Who asks
//! for another day, time zone or currency never gets it, nor waits for it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crm_models::Timestamp;
use crm_stats::cancel::Cancel;

use super::flight::{Flight, Interest, Outcome, Progress, Waiter, lock};
use super::memory::Weighs;
use super::scheduler::{Job, Scheduler};
use super::version::Version;
use crate::ask_error::AskError;
use crate::clock::Clock;
use crate::store::WorkspaceId;

/// An answer this old is computed anew when there are new events. Together with the time to compute
/// it, an answer lags behind the events by less than a minute.
const FRESH_MS: i64 = 30_000;
/// A computation goes on for so long after the last one who waited has left: they are told to come
/// back in some seconds.
pub(super) const LINGER: Duration = Duration::from_secs(30);

/// Answers by question.
pub(super) struct Cache<Q, A> {
    slots: Arc<Mutex<Slots<Q, A>>>,
    /// How many questions are known at the most.
    capacity: usize,
    linger: Duration,
    clock: Clock,
    scheduler: Arc<Scheduler>,
}

struct Slots<Q, A> {
    by_question: HashMap<Q, Slot<A>>,
    uses: u64,
    /// Bytes for the answers that are kept; the latest is, whatever it takes.
    room: usize,
}

struct Slot<A> {
    kept: Option<Kept<A>>,
    /// More than one only around midnight, or when the workspace's settings have changed.
    flights: Vec<Arc<Flight<A>>>,
    last_use: u64,
}

struct Kept<A> {
    version: Version,
    read_at: Timestamp,
    answer: Arc<A>,
    /// Whoever was told to come back gets it until then, however old it is.
    owed_until: Option<Instant>,
}

/// An answer, or the wait for it.
pub(super) enum Found<A> {
    Kept(Arc<A>),
    UnderWay(Waiter<A>),
}

/// What became of a question: it is answered or being computed already, or it is to be computed now.
pub(super) enum Begun<Q: Clone + Eq + Hash, A: Weighs> {
    Found(Found<A>),
    New {
        landing: Landing<Q, A>,
        waiter: Waiter<A>,
        /// The answer before it.
        previous: Option<Arc<A>>,
    },
}

impl<Q, A> Cache<Q, A>
where
    Q: Clone + Eq + Hash + Send + 'static,
    A: Weighs + Send + Sync + 'static,
{
    /// For so many answers, and as many as take `room` bytes, computed by `scheduler`.
    pub(super) fn new(
        capacity: usize,
        room: usize,
        linger: Duration,
        clock: Clock,
        scheduler: Arc<Scheduler>,
    ) -> Self {
        let slots = Slots { by_question: HashMap::new(), uses: 0, room };
        Self { slots: Arc::new(Mutex::new(slots)), capacity, linger, clock, scheduler }
    }

    /// The answer to a question, where it is kept and fresh or is being computed.
    pub(super) fn find(&self, question: &Q, version: Version, now: Timestamp) -> Option<Found<A>> {
        lock(&self.slots).find(question, version, now, self.clock.instant())
    }

    /// The same; where there is none, has `compute` make one, which is handed the one before.
    pub(super) fn find_or_start(
        &self,
        workspace: WorkspaceId,
        question: Q,
        version: Version,
        now: Timestamp,
        is_large: bool,
        compute: impl FnOnce(Option<&A>, &Progress) -> Result<A, AskError> + Send + 'static,
    ) -> Found<A> {
        match self.begin(question, version, now) {
            Begun::Found(found) => found,
            Begun::New { landing, waiter, previous } => {
                let interest = landing.interest();
                let run = Box::new(move || landing.run(previous.as_deref(), compute));
                // A job that is refused tells those who wait as it is dropped.
                drop(self.scheduler.submit(workspace, Job { is_large, interest, run }));
                Found::UnderWay(waiter)
            }
        }
    }

    /// The answer to a question, or a computation to be run.
    pub(super) fn begin(&self, question: Q, version: Version, now: Timestamp) -> Begun<Q, A> {
        let mut slots = lock(&self.slots);
        if let Some(found) = slots.find(&question, version, now, self.clock.instant()) {
            return Begun::Found(found);
        }
        let (flight, waiter) = Flight::begin(version, self.linger, self.clock.clone());
        let previous = slots.begin(&question, flight.clone(), self.capacity);
        drop(slots);
        let landing = Landing {
            slots: self.slots.clone(),
            scheduler: self.scheduler.clone(),
            question,
            read_at: now,
            flight,
            outcome: None,
        };
        Begun::New { landing, waiter, previous }
    }
}

impl<Q: Clone + Eq + Hash, A: Weighs> Slots<Q, A> {
    fn find(
        &mut self,
        question: &Q,
        version: Version,
        now: Timestamp,
        instant: Instant,
    ) -> Option<Found<A>> {
        self.uses += 1;
        let slot = self.by_question.get_mut(question)?;
        slot.last_use = self.uses;
        if let Some(kept) = &mut slot.kept
            && kept.serves(version, now, instant)
        {
            return Some(Found::Kept(kept.answer.clone()));
        }
        let alike = slot.flights.iter().filter(|flight| flight.version.is_like(&version));
        alike.filter_map(Flight::join).map(Found::UnderWay).next()
    }

    /// Notes a flight; the answer before it.
    fn begin(&mut self, question: &Q, flight: Arc<Flight<A>>, capacity: usize) -> Option<Arc<A>> {
        if !self.by_question.contains_key(question) && self.by_question.len() >= capacity {
            let idle = self.by_question.iter().filter(|(_, slot)| slot.flights.is_empty());
            let oldest =
                idle.min_by_key(|(_, slot)| slot.last_use).map(|(oldest, _)| oldest.clone());
            oldest.and_then(|oldest| self.by_question.remove(&oldest));
        }
        let fresh = || Slot { kept: None, flights: Vec::new(), last_use: self.uses };
        let slot = self.by_question.entry(question.clone()).or_insert_with(fresh);
        slot.flights.push(flight);
        slot.kept.as_ref().map(|kept| kept.answer.clone())
    }

    /// Drops what was asked for longest ago until there is room for the answer to a question.
    fn make_room(&mut self, latest: &Q) {
        let kept = self.by_question.iter().filter_map(|(question, slot)| {
            Some((slot.last_use, slot.kept.as_ref()?.answer.bytes(), question))
        });
        let mut kept: Vec<_> = kept.collect();
        let mut bytes: usize = kept.iter().map(|(_, bytes, _)| bytes).sum();
        kept.sort_unstable_by_key(|(last_use, ..)| *last_use);
        let mut dropped = Vec::new();
        for (_, frees, question) in kept.into_iter().filter(|(.., question)| *question != latest) {
            if bytes <= self.room {
                break;
            }
            bytes -= frees;
            dropped.push(question.clone());
        }
        for question in dropped {
            if let Some(slot) = self.by_question.get_mut(&question) {
                slot.kept = None;
                if slot.flights.is_empty() {
                    self.by_question.remove(&question);
                }
            }
        }
    }
}

impl<A> Kept<A> {
    fn serves(&mut self, version: Version, now: Timestamp, instant: Instant) -> bool {
        let age_ms = now.millis() - self.read_at.millis();
        if self.version == version {
            return true;
        }
        // Else an answer that takes longer than it stays fresh would be computed for ever while
        // events come in, for somebody who comes back for it.
        let mut is_owed = || self.owed_until.take().is_some_and(|until| instant < until);
        self.version.is_like(&version) && ((0..FRESH_MS).contains(&age_ms) || is_owed())
    }
}

/// A computation to be run. Tells those who wait what became of it, whatever becomes of it.
pub(super) struct Landing<Q: Clone + Eq + Hash, A: Weighs> {
    slots: Arc<Mutex<Slots<Q, A>>>,
    scheduler: Arc<Scheduler>,
    question: Q,
    read_at: Timestamp,
    flight: Arc<Flight<A>>,
    /// `None` where it did not run, or not to its end.
    outcome: Option<Outcome<A>>,
}

impl<Q: Clone + Eq + Hash, A: Weighs> Landing<Q, A> {
    /// Who wants it.
    pub(super) fn interest(&self) -> Arc<Interest> {
        self.flight.interest.clone()
    }

    /// It is its turn.
    pub(super) fn take_off(&mut self) {
        // What those who wait are told when the computation breaks off.
        self.outcome = Some(Err(AskError::BrokenOff));
        self.flight.progress.begin();
    }

    /// Whether it is to end: nobody wants it any more, or nothing is computed any more.
    pub(super) fn is_cancelled(&self) -> impl Fn() -> bool + Send + Sync + 'static {
        let (stopping, interest) = (self.scheduler.stopping(), self.flight.interest.clone());
        move || stopping() || interest.abandon()
    }

    /// It has ended with this, or was cancelled.
    pub(super) fn land(mut self, outcome: Option<Result<A, AskError>>) {
        self.outcome = outcome.map(|outcome| outcome.map(Arc::new));
    }

    fn run(
        mut self,
        previous: Option<&A>,
        compute: impl FnOnce(Option<&A>, &Progress) -> Result<A, AskError>,
    ) {
        self.take_off();
        let flight = self.flight.clone();
        let computed =
            Cancel::when(self.is_cancelled()).run(|| compute(previous, &flight.progress));
        // What was cancelled has none.
        self.land(computed.ok());
    }
}

impl<Q: Clone + Eq + Hash, A: Weighs> Drop for Landing<Q, A> {
    fn drop(&mut self) {
        let outcome = self.outcome.take().unwrap_or_else(|| {
            let stopping = self.scheduler.is_stopping();
            Err(if stopping { AskError::Stopping } else { AskError::Busy })
        });
        let mut slots = lock(&self.slots);
        if let Some(slot) = slots.by_question.get_mut(&self.question) {
            slot.flights.retain(|flight| !Arc::ptr_eq(flight, &self.flight));
            let newer = |kept: &Kept<A>| kept.read_at.millis() > self.read_at.millis();
            if let Ok(answer) = &outcome
                && !slot.kept.as_ref().is_some_and(newer)
            {
                slot.kept = Some(Kept {
                    version: self.flight.version,
                    read_at: self.read_at,
                    answer: answer.clone(),
                    owed_until: self.flight.interest.owed_until(),
                });
            }
            if slot.kept.is_none() && slot.flights.is_empty() {
                slots.by_question.remove(&self.question);
            }
        }
        slots.make_room(&self.question);
        drop(slots);
        self.flight.land(outcome);
    }
}

#[cfg(test)]
mod tests;

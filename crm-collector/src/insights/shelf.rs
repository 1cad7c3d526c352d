//! Answers that take a while: computed once for everybody who asks, on a thread of their own that
//! stands back for all others, and kept until the data has changed.
//!
//! An answer is given again while the data is the same, and for [`FRESH_MS`] whatever happens:
//! so none is older than that, and events that stream in do not have everything computed anew.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono_tz::Tz;
use crm_models::{Currency, Timestamp};

use super::InsightError;

/// An answer this old is computed anew when there are new events. Together with the time to compute
/// it, an answer lags behind the events by less than a minute.
const FRESH_MS: i64 = 30_000;
/// How often those who wait are told how far it is.
const TELL_EVERY: Duration = Duration::from_millis(100);
/// Computed at the same time at the most; whoever asks for more is told to come back.
const AT_ONCE: usize = 4;
/// How much everything else goes before a thread that computes; 19 is the most there is.
const NICENESS: i32 = 15;

/// What an answer was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version {
    /// The last event of the log.
    pub(super) last_seq: i64,
    /// The first day that counts no more.
    pub(super) as_of: i32,
    /// The workspace's time zone.
    pub(super) timezone: Tz,
    /// The workspace's currency.
    pub(super) currency: Currency,
}

/// How far a computation is.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicUsize,
    of: AtomicUsize,
}

impl Progress {
    /// So many steps are to come, beside those known already.
    pub fn expect(&self, steps: usize) {
        self.of.fetch_add(steps, Ordering::Relaxed);
    }

    /// So many steps are done.
    pub fn advance(&self, steps: usize) {
        self.done.fetch_add(steps, Ordering::Relaxed);
    }

    /// Steps that are done, and all that are known.
    pub fn state(&self) -> (usize, usize) {
        (self.done.load(Ordering::Relaxed), self.of.load(Ordering::Relaxed))
    }
}

/// Who waits for an answer: told how far it is (steps done, steps known) several times a second,
/// and says whether to wait on.
pub type Waiting<'a> = &'a mut dyn FnMut(usize, usize) -> bool;

/// Answers by question.
pub(super) struct Shelf<Q, A> {
    slots: Mutex<HashMap<Q, Arc<Slot<A>>>>,
    /// How many are kept at the most.
    capacity: usize,
    uses: AtomicU64,
    running: Arc<AtomicUsize>,
}

struct Slot<A> {
    state: Mutex<State<A>>,
    ended: Condvar,
    last_use: AtomicU64,
}

struct State<A> {
    kept: Option<Kept<A>>,
    running: Option<Arc<Progress>>,
    failed: Option<InsightError>,
}

struct Kept<A> {
    version: Version,
    read_at: Timestamp,
    answer: Arc<A>,
}

impl<Q: Clone + Eq + Hash, A: Send + Sync + 'static> Shelf<Q, A> {
    /// For so many answers. `running` is shared by all shelves, which together keep to its bound.
    pub(super) fn new(capacity: usize, running: Arc<AtomicUsize>) -> Self {
        Self { slots: Mutex::default(), capacity, uses: AtomicU64::default(), running }
    }

    /// The answer to a question: a kept one that is fresh, or what `compute` makes, which is handed
    /// the one before.
    pub(super) fn get(
        &self,
        question: &Q,
        version: Version,
        now: Timestamp,
        compute: impl FnOnce(Option<&A>, &Progress) -> Result<A, InsightError> + Send + 'static,
        waiting: Waiting<'_>,
    ) -> Result<Arc<A>, InsightError> {
        let slot = self.slot(question);
        let mut state = lock(&slot.state);
        if let Some(kept) = &state.kept
            && kept.is_fresh(version, now)
        {
            return Ok(kept.answer.clone());
        }
        if state.running.is_none() {
            let progress = Arc::new(Progress::default());
            state.failed = None;
            let previous = state.kept.as_ref().map(|kept| kept.answer.clone());
            self.start(&slot, version, now, progress.clone(), previous, compute)?;
            state.running = Some(progress);
        }
        while let Some(progress) = state.running.clone() {
            let (done, of) = progress.state();
            if !waiting(done, of) {
                return Err(InsightError::Computing { done, of });
            }
            state = slot
                .ended
                .wait_timeout(state, TELL_EVERY)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        match (&state.kept, &state.failed) {
            (_, Some(failed)) => Err(failed.clone()),
            (Some(kept), None) => Ok(kept.answer.clone()),
            (None, None) => Err(InsightError::BrokenOff),
        }
    }

    fn slot(&self, question: &Q) -> Arc<Slot<A>> {
        let mut slots = lock(&self.slots);
        let use_number = self.uses.fetch_add(1, Ordering::Relaxed);
        if !slots.contains_key(question) && slots.len() >= self.capacity {
            let idle = |slot: &&Slot<A>| lock(&slot.state).running.is_none();
            let oldest = slots
                .iter()
                .filter(|(_, slot)| idle(&slot.as_ref()))
                .min_by_key(|(_, slot)| slot.last_use.load(Ordering::Relaxed))
                .map(|(question, _)| question.clone());
            oldest.and_then(|question| slots.remove(&question));
        }
        let slot = slots.entry(question.clone()).or_insert_with(|| {
            let state = Mutex::new(State { kept: None, running: None, failed: None });
            Arc::new(Slot { state, ended: Condvar::new(), last_use: AtomicU64::default() })
        });
        slot.last_use.store(use_number, Ordering::Relaxed);
        slot.clone()
    }

    fn start(
        &self,
        slot: &Arc<Slot<A>>,
        version: Version,
        read_at: Timestamp,
        progress: Arc<Progress>,
        previous: Option<Arc<A>>,
        compute: impl FnOnce(Option<&A>, &Progress) -> Result<A, InsightError> + Send + 'static,
    ) -> Result<(), InsightError> {
        let place = Place::take(&self.running).ok_or(InsightError::Busy)?;
        let slot = slot.clone();
        let work = move || {
            // Whoever waits is told even when the computation breaks off.
            let broken_off = Some(Err(InsightError::BrokenOff));
            let mut end = End { slot: &slot, place: Some(place), outcome: broken_off };
            stand_back();
            let answer = compute(previous.as_deref(), &progress);
            end.outcome =
                Some(answer.map(|answer| Kept { version, read_at, answer: Arc::new(answer) }));
        };
        let spawned = std::thread::Builder::new().name("analysis".into()).spawn(work);
        spawned.map(drop).map_err(|_| InsightError::Busy)
    }
}

impl<A> Kept<A> {
    fn is_fresh(&self, version: Version, now: Timestamp) -> bool {
        let same_but_for_events = Version { last_seq: version.last_seq, ..self.version } == version;
        let age_ms = now.millis() - self.read_at.millis();
        self.version == version || same_but_for_events && (0..FRESH_MS).contains(&age_ms)
    }
}

/// One of the places for computations, given back when it is dropped.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(running: &Arc<AtomicUsize>) -> Option<Self> {
        let more = |running: usize| (running < AT_ONCE).then_some(running + 1);
        let taken = running.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more);
        taken.ok().map(|_| Self(running.clone()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

struct End<'a, A> {
    slot: &'a Slot<A>,
    place: Option<Place>,
    outcome: Option<Result<Kept<A>, InsightError>>,
}

impl<A> Drop for End<'_, A> {
    fn drop(&mut self) {
        let mut state = lock(&self.slot.state);
        match self.outcome.take() {
            Some(Ok(kept)) => state.kept = Some(kept),
            Some(Err(failed)) => state.failed = Some(failed),
            None => {}
        }
        state.running = None;
        // Whoever is told may ask the next question, for which there has to be a place again.
        drop(self.place.take());
        self.slot.ended.notify_all();
    }
}

/// Lets every other thread of the machine go first; threads that this one starts do the same.
fn stand_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::debug!(%error, "the analysis runs at the priority of everything else");
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is in there is whole at every moment, so a panic elsewhere does not spoil it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn shelf(capacity: usize) -> Shelf<u8, u32> {
        Shelf::new(capacity, Arc::default())
    }

    fn version(last_seq: i64) -> Version {
        Version { last_seq, as_of: 100, timezone: Tz::UTC, currency: Currency::EUR }
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    /// Asks; what would be computed now is `fresh`.
    fn ask(shelf: &Shelf<u8, u32>, version: Version, now: i64, fresh: u32) -> u32 {
        *shelf.get(&0, version, at(now), move |_, _| Ok(fresh), &mut |_, _| true).unwrap()
    }

    #[test]
    fn an_answer_stands_while_the_data_is_the_same() {
        let shelf = shelf(4);
        assert_eq!(ask(&shelf, version(1), 0, 7), 7);
        assert_eq!(ask(&shelf, version(1), 1_000_000_000, 8), 7);
    }

    #[test]
    fn new_events_are_in_an_answer_within_half_a_minute() {
        let shelf = shelf(4);
        assert_eq!(ask(&shelf, version(1), 0, 7), 7);
        assert_eq!(ask(&shelf, version(2), FRESH_MS - 1, 8), 7);
        assert_eq!(ask(&shelf, version(2), FRESH_MS, 9), 9);
    }

    #[test]
    fn what_is_computed_anew_may_build_on_the_answer_before() {
        let shelf = shelf(4);
        assert_eq!(ask(&shelf, version(1), 0, 7), 7);
        let compute = |before: Option<&u32>, _: &Progress| Ok(before.copied().unwrap_or(0) + 1);
        let anew = shelf.get(&0, version(2), at(FRESH_MS), compute, &mut |_, _| true);
        assert_eq!(*anew.unwrap(), 8);
    }

    #[test]
    fn another_day_or_another_time_zone_is_another_answer_at_once() {
        let shelf = shelf(4);
        assert_eq!(ask(&shelf, version(1), 0, 7), 7);
        assert_eq!(ask(&shelf, Version { as_of: 101, ..version(1) }, 1, 8), 8);
        let moved = Version { timezone: Tz::Europe__London, ..version(1) };
        assert_eq!(ask(&shelf, moved, 2, 9), 9);
    }

    #[test]
    fn whoever_does_not_wait_is_told_how_far_it_is_and_finds_the_answer_later() {
        let shelf = shelf(4);
        let (go, gone) = mpsc::channel::<()>();
        let compute = move |_: Option<&u32>, progress: &Progress| {
            progress.expect(10);
            progress.advance(4);
            gone.recv().unwrap();
            Ok(7)
        };
        let mut told = (0, 0);
        let mut until_started = |done, of| {
            told = (done, of);
            told.1 == 0
        };
        let first = shelf.get(&0, version(1), at(0), compute, &mut until_started);
        assert_eq!(first.unwrap_err(), InsightError::Computing { done: 4, of: 10 });
        go.send(()).unwrap();
        // It is not computed a second time.
        assert_eq!(ask(&shelf, version(1), 0, 8), 7);
    }

    #[test]
    fn a_failure_is_told_and_the_next_one_tries_again() {
        let shelf = shelf(4);
        let missing = || InsightError::NotFound("product \"x\"".into());
        let failed = shelf.get(&0, version(1), at(0), move |_, _| Err(missing()), &mut |_, _| true);
        assert_eq!(failed.unwrap_err(), missing());
        assert_eq!(ask(&shelf, version(1), 0, 8), 8);
    }

    #[test]
    fn a_computation_that_breaks_off_leaves_nobody_waiting() {
        let shelf = shelf(4);
        let broken = shelf.get(&0, version(1), at(0), |_, _| panic!("as told"), &mut |_, _| true);
        assert_eq!(broken.unwrap_err(), InsightError::BrokenOff);
        assert_eq!(ask(&shelf, version(1), 0, 8), 8);
        assert_eq!(shelf.running.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn the_answer_that_was_not_used_for_longest_makes_room() {
        let shelf = shelf(2);
        let ask = |question, fresh| {
            let answer =
                shelf.get(&question, version(1), at(0), move |_, _| Ok(fresh), &mut |_, _| true);
            *answer.unwrap()
        };
        assert_eq!((ask(1, 1), ask(2, 2), ask(1, 10)), (1, 2, 1));
        assert_eq!(ask(3, 3), 3);
        assert_eq!((ask(1, 100), ask(2, 200)), (1, 200));
    }
}

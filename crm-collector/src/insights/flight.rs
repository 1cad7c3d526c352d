//! A computation under way, with those who wait for it: each is told once what became of it, and it
//! goes on for as long as somebody wants it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::version::Version;
use crate::ask_error::AskError;
use crate::clock::Clock;

/// What became of a computation.
pub(super) type Outcome<A> = Result<Arc<A>, AskError>;

/// How far a computation is.
#[derive(Debug, Default)]
pub(super) struct Progress {
    begun: AtomicBool,
    done: AtomicUsize,
    of: AtomicUsize,
}

impl Progress {
    /// It is its turn.
    pub(super) fn begin(&self) {
        self.begun.store(true, Ordering::Relaxed);
    }

    /// So many steps are to come, beside those known already.
    pub(super) fn expect(&self, steps: usize) {
        self.of.fetch_add(steps, Ordering::Relaxed);
    }

    /// So many steps are done.
    pub(super) fn advance(&self, steps: usize) {
        self.done.fetch_add(steps, Ordering::Relaxed);
    }

    fn stage(&self) -> Stage {
        let (done, of) = (self.done.load(Ordering::Relaxed), self.of.load(Ordering::Relaxed));
        // Whoever has not yet told how many steps there are has only begun.
        let begun = self.begun.load(Ordering::Relaxed) && of > 0;
        if begun { Stage::Computing { done, of } } else { Stage::Waiting }
    }
}

/// How far the answer to a question is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It is not its turn yet.
    Waiting,
    /// It is being computed.
    Computing {
        /// Steps done.
        done: usize,
        /// Steps known so far, at least one; more may turn up.
        of: usize,
    },
}

/// Tells whoever asks a question how far its answer is, while they wait.
#[derive(Clone, Debug, Default)]
pub struct ProgressView(Arc<Mutex<Option<Arc<Progress>>>>);

impl ProgressView {
    /// How far it is.
    pub fn stage(&self) -> Stage {
        lock(&self.0).as_ref().map_or(Stage::Waiting, |progress| progress.stage())
    }

    /// From now on this computation is looked at.
    pub(super) fn follow(&self, progress: Arc<Progress>) {
        *lock(&self.0) = Some(progress);
    }
}

/// Who wants a computation to go on: those who wait, and for a while those who have left and may come
/// back for the answer.
pub(super) struct Interest {
    state: Mutex<Interested>,
    clock: Clock,
}

impl Interest {
    /// Of one who waits. After the last one has left it goes on for `linger`.
    fn new(linger: Duration, clock: Clock) -> Self {
        Self { state: Mutex::new(Interested::new(linger)), clock }
    }

    /// One more waits; `false` where the computation is given up already.
    fn join(&self) -> bool {
        lock(&self.state).join()
    }

    fn leave(&self) {
        lock(&self.state).leave(self.clock.instant());
    }

    /// Gives the computation up where nobody wants it. The decision and the joining of others exclude
    /// each other: no one waits for what was given up.
    pub(super) fn abandon(&self) -> bool {
        lock(&self.state).abandon(self.clock.instant())
    }

    /// Until when those who have left may come back; `None` while others wait.
    pub(super) fn owed_until(&self) -> Option<Instant> {
        lock(&self.state).owed_until()
    }
}

/// What [`Interest`] decides, by the time that it is told.
struct Interested {
    waiting: usize,
    /// When the last one has left.
    left: Option<Instant>,
    /// How long it goes on after that.
    linger: Duration,
    /// Nobody was interested any more at some moment, so nobody may join.
    abandoned: bool,
}

impl Interested {
    fn new(linger: Duration) -> Self {
        Self { waiting: 1, left: None, linger, abandoned: false }
    }

    fn join(&mut self) -> bool {
        self.waiting += usize::from(!self.abandoned);
        !self.abandoned
    }

    fn leave(&mut self, now: Instant) {
        self.waiting -= 1;
        self.left = Some(now);
    }

    fn abandon(&mut self, now: Instant) -> bool {
        self.abandoned |= self.owed_until().is_some_and(|until| until <= now);
        self.abandoned
    }

    fn owed_until(&self) -> Option<Instant> {
        self.left.filter(|_| self.waiting == 0).map(|left| left + self.linger)
    }
}

/// A computation under way.
pub(super) struct Flight<A> {
    /// What it was begun for.
    pub(super) version: Version,
    pub(super) progress: Arc<Progress>,
    pub(super) interest: Arc<Interest>,
    outcome: watch::Sender<Option<Outcome<A>>>,
}

impl<A> Flight<A> {
    /// A new one, with the first who waits for it.
    pub(super) fn begin(
        version: Version,
        linger: Duration,
        clock: Clock,
    ) -> (Arc<Self>, Waiter<A>) {
        let flight = Arc::new(Self {
            version,
            progress: Arc::default(),
            interest: Arc::new(Interest::new(linger, clock)),
            outcome: watch::Sender::new(None),
        });
        (flight.clone(), Waiter { flight })
    }

    /// Somebody waits for the outcome, unless it was given up.
    pub(super) fn join(self: &Arc<Self>) -> Option<Waiter<A>> {
        self.interest.join().then(|| Waiter { flight: self.clone() })
    }

    /// Tells everybody who waits.
    pub(super) fn land(&self, outcome: Outcome<A>) {
        self.outcome.send_replace(Some(outcome));
    }
}

/// One who waits. Dropped, it has left.
pub(super) struct Waiter<A> {
    flight: Arc<Flight<A>>,
}

impl<A> Waiter<A> {
    pub(super) fn progress(&self) -> Arc<Progress> {
        self.flight.progress.clone()
    }

    /// What became of the computation.
    pub(super) async fn outcome(self) -> Outcome<A> {
        let mut told = self.flight.outcome.subscribe();
        let outcome = told.wait_for(Option::is_some).await.map(|outcome| outcome.clone());
        // The sender lives as long as this one waits, and tells before it goes.
        outcome.ok().flatten().unwrap_or(Err(AskError::BrokenOff))
    }
}

impl<A> Drop for Waiter<A> {
    fn drop(&mut self) {
        self.flight.interest.leave();
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is in there is whole at every moment, so a panic elsewhere does not spoil it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use crm_models::Timestamp;

    use super::*;

    #[test]
    fn what_somebody_waits_for_is_not_given_up_and_what_was_given_up_nobody_joins() {
        let interest = Interest::new(Duration::ZERO, Clock::system());
        assert!(!interest.abandon());
        assert!(interest.join());
        interest.leave();
        assert!(!interest.abandon());
        interest.leave();
        assert!(interest.abandon());
        assert!(!interest.join());
    }

    #[test]
    fn how_far_it_is_is_told_from_the_first_step_on_and_never_as_nothing_of_nothing() {
        let (flight, _waiter) = Flight::<()>::begin(
            Version {
                last_seq: 1,
                as_of: 100,
                timezone: chrono_tz::Tz::UTC,
                currency: crm_models::Currency::EUR,
                known_from: None,
                erased_at: None,
            },
            Duration::ZERO,
            Clock::system(),
        );
        let view = ProgressView::default();
        view.follow(flight.progress.clone());
        assert_eq!(view.stage(), Stage::Waiting);
        flight.progress.begin();
        assert_eq!(view.stage(), Stage::Waiting);
        flight.progress.expect(3);
        assert_eq!(view.stage(), Stage::Computing { done: 0, of: 3 });
        flight.progress.advance(2);
        assert_eq!(view.stage(), Stage::Computing { done: 2, of: 3 });
    }

    #[test]
    fn who_has_left_may_come_back_for_a_while() {
        let (linger, clock) = (Duration::from_secs(60), Clock::fixed(Timestamp::from_millis(0)));
        let interest = Interest::new(linger, clock.clone());
        interest.leave();
        clock.advance(59_999);
        assert!(!interest.abandon());
        assert!(interest.join());
        clock.advance(60_000);
        assert!(!interest.abandon());
        interest.leave();
        clock.advance(60_000);
        assert!(interest.abandon());
    }
}

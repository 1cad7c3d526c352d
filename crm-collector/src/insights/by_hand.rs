//! The single-flight cache with its turns, without threads, for a simulation that says what happens
//! when: whoever takes a computation has it end.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use chrono_tz::Tz;
use crm_models::{Currency, Timestamp};

use super::cache::{Begun, Cache, Found, LINGER, Landing};
use super::flight::{Outcome, lock};
use super::memory::Weighs;
use super::scheduler::{Job, Place, Scheduler};
use super::version::Version;
use crate::ask_error::AskError;
use crate::clock::Clock;
use crate::store::WorkspaceId;

/// How long a computation goes on after the last one who waited has left.
pub(crate) const LINGERS: std::time::Duration = LINGER;

type Key = (WorkspaceId, u32);
/// A computation that has its turn, with its number.
type TakenOff = (u64, Landing<Key, Analysed>);

/// What is asked, and of which data.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) workspace: WorkspaceId,
    pub(crate) question: u32,
    pub(crate) now: Timestamp,
    pub(crate) last_seq: i64,
    pub(crate) as_of: i32,
    pub(crate) timezone: Tz,
    pub(crate) currency: Currency,
}

/// What was made of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Analysed {
    /// Of which computation.
    pub(crate) number: u64,
    pub(crate) last_seq: i64,
    pub(crate) timezone: Tz,
    pub(crate) asked_at: Timestamp,
    pub(crate) size_bytes: usize,
}

impl Weighs for Analysed {
    fn bytes(&self) -> usize {
        self.size_bytes
    }
}

/// Answers questions, as [`super::Insights`] does.
pub(crate) struct Desk {
    cache: Cache<Key, Analysed>,
    scheduler: Arc<Scheduler>,
    begun: Arc<Mutex<Vec<TakenOff>>>,
}

/// What comes of asking.
pub(crate) enum Told {
    /// An answer that was kept.
    Kept(Analysed),
    /// It is being computed already, for others.
    Joined(Wait),
    /// It is computed from now on, as the computation of the number that was given.
    Begun(Wait),
}

/// One who waits; dropped, it has left.
pub(crate) struct Wait(Pin<Box<dyn Future<Output = Outcome<Analysed>>>>);

impl Wait {
    /// What it was told, if it was.
    pub(crate) fn poll(&mut self) -> Option<Result<Analysed, AskError>> {
        match self.0.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => Some(outcome.map(|answer| *answer)),
            Poll::Pending => None,
        }
    }
}

/// A computation whose turn it is.
pub(crate) struct Computation {
    pub(crate) number: u64,
    landing: Landing<Key, Analysed>,
    is_cancelled: Box<dyn Fn() -> bool>,
    _place: Place,
}

impl Desk {
    /// For so many answers, of so many bytes, and so many large computations at a time.
    pub(crate) fn new(capacity: usize, room: usize, most_large: usize, clock: Clock) -> Self {
        let scheduler = Arc::new(Scheduler::by_hand(most_large));
        let cache = Cache::new(capacity, room, LINGER, clock, scheduler.clone());
        Self { cache, scheduler, begun: Arc::default() }
    }

    /// Asks. Where it has to be computed, that is the computation of this `number`.
    pub(crate) fn ask(&self, asked: Asked, is_large: bool, number: u64) -> Told {
        let Asked { workspace, question, now, last_seq, as_of, timezone, currency } = asked;
        let version =
            Version { last_seq, as_of, timezone, currency, known_from: None, erased_at: None };
        let wait = |waiter: super::flight::Waiter<Analysed>| Wait(Box::pin(waiter.outcome()));
        match self.cache.begin((workspace, question), version, now) {
            Begun::Found(Found::Kept(answer)) => Told::Kept(*answer),
            Begun::Found(Found::UnderWay(waiter)) => Told::Joined(wait(waiter)),
            Begun::New { mut landing, waiter, previous: _ } => {
                let begun = self.begun.clone();
                let interest = landing.interest();
                let run = Box::new(move || {
                    landing.take_off();
                    lock(&begun).push((number, landing));
                });
                // Whoever waits is told where it is refused.
                drop(self.scheduler.submit(workspace, Job { is_large, interest, run }));
                Told::Begun(wait(waiter))
            }
        }
    }

    /// The computation whose turn it is, if there is a place for it and it is still wanted.
    pub(crate) fn next(&self) -> Option<Computation> {
        loop {
            let place = self.scheduler.next()?.run();
            if let Some((number, landing)) = lock(&self.begun).pop() {
                let is_cancelled = Box::new(landing.is_cancelled());
                return Some(Computation { number, landing, is_cancelled, _place: place });
            }
        }
    }

    /// Computes nothing any more.
    pub(crate) fn stop(&self) {
        self.scheduler.stop();
    }
}

impl Computation {
    /// Whether it is to end without an answer.
    pub(crate) fn is_cancelled(&self) -> bool {
        (self.is_cancelled)()
    }

    /// It has ended; `None` where it was cancelled.
    pub(crate) fn land(self, outcome: Option<Result<Analysed, AskError>>) {
        self.landing.land(outcome);
    }
}

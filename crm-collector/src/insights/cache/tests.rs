//! The cache with its scheduler: who is told what, when something is computed, and when it is not.

use super::*;
use crate::insights::turns::{AT_ONCE, AT_ONCE_OF_ONE, WAITING_OF_ONE};
use chrono_tz::Tz;
use crm_models::Currency;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// Bytes for what is kept; an answer takes as many as its number.
const ROOM: usize = 1_000;

impl Weighs for u32 {
    fn bytes(&self) -> usize {
        *self as usize
    }
}

const ADA: WorkspaceId = WorkspaceId(1);
/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(600);

/// A cache with a scheduler of its own.
struct Fixture {
    cache: Cache<u32, u32>,
    scheduler: Arc<Scheduler>,
}

impl Drop for Fixture {
    fn drop(&mut self) {
        self.scheduler.stop();
        self.scheduler.join();
    }
}

fn fixture(capacity: usize) -> Fixture {
    lingering(capacity, LONG)
}

fn lingering(capacity: usize, linger: Duration) -> Fixture {
    let scheduler = Arc::new(Scheduler::new(1));
    let cache = Cache::new(capacity, ROOM, linger, Clock::system(), scheduler.clone());
    Fixture { cache, scheduler }
}

fn version(last_seq: i64) -> Version {
    Version {
        last_seq,
        as_of: 100,
        timezone: Tz::UTC,
        currency: Currency::EUR,
        known_from: None,
        erased_at: None,
    }
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// Longer than any computation of a test takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A runtime without threads of its own.
fn wait<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let waited = runtime.block_on(async { tokio::time::timeout(PATIENCE, work).await });
    waited.expect("nobody waits without end")
}

/// Waits until something holds.
fn until(holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "it never holds");
        std::thread::yield_now();
    }
}

/// What differs from a version in nothing but its day, its zone or its currency.
fn others(of: Version) -> [Version; 3] {
    [
        Version { as_of: of.as_of + 1, ..of },
        Version { timezone: Tz::Europe__London, ..of },
        Version { currency: Currency::GBP, ..of },
    ]
}

async fn outcome(found: Found<u32>) -> Result<u32, AskError> {
    match found {
        Found::Kept(answer) => Ok(*answer),
        Found::UnderWay(waiter) => waiter.outcome().await.map(|answer| *answer),
    }
}

impl Fixture {
    /// Asks; what would be computed now is `fresh`.
    fn ask(&self, question: u32, version: Version, now: i64, fresh: u32) -> u32 {
        wait(outcome(self.start(question, version, now, move |_| Ok(fresh)))).unwrap()
    }

    fn start(
        &self,
        question: u32,
        version: Version,
        now: i64,
        compute: impl FnOnce(&Progress) -> Result<u32, AskError> + Send + 'static,
    ) -> Found<u32> {
        self.start_for(ADA, question, version, now, compute)
    }

    fn start_for(
        &self,
        workspace: WorkspaceId,
        question: u32,
        version: Version,
        now: i64,
        compute: impl FnOnce(&Progress) -> Result<u32, AskError> + Send + 'static,
    ) -> Found<u32> {
        let compute = move |_: Option<&u32>, progress: &Progress| compute(progress);
        self.cache.find_or_start(workspace, question, version, at(now), false, compute)
    }
}

/// A computation that runs until it is let go or cancelled, and how to tell that it runs. What nobody
/// ends gives up at last, so that a test that fails ends as well.
fn held(
    answer: u32,
) -> (
    impl FnOnce(&Progress) -> Result<u32, AskError> + Send + 'static,
    mpsc::Receiver<()>,
    mpsc::Sender<()>,
) {
    let (begin, begun) = mpsc::channel();
    let (go, gone) = mpsc::channel();
    let compute = move |_: &Progress| {
        // Nobody may be interested.
        begin.send(()).ok();
        let began = Instant::now();
        while gone.recv_timeout(Duration::from_millis(1)) == Err(mpsc::RecvTimeoutError::Timeout)
            && began.elapsed() < 2 * PATIENCE
        {
            crm_stats::cancel::checkpoint();
        }
        Ok(answer)
    };
    (compute, begun, go)
}

#[test]
fn an_answer_stands_while_the_data_is_the_same() {
    let fixture = fixture(4);
    assert_eq!(fixture.ask(0, version(1), 0, 7), 7);
    assert_eq!(fixture.ask(0, version(1), 1_000_000_000, 8), 7);
}

#[test]
fn new_events_are_in_an_answer_within_half_a_minute() {
    let fixture = fixture(4);
    assert_eq!(fixture.ask(0, version(1), 0, 7), 7);
    assert_eq!(fixture.ask(0, version(2), FRESH_MS - 1, 8), 7);
    assert_eq!(fixture.ask(0, version(2), FRESH_MS, 9), 9);
}

#[test]
fn what_is_computed_anew_may_build_on_the_answer_before() {
    let fixture = fixture(4);
    assert_eq!(fixture.ask(0, version(1), 0, 7), 7);
    let compute = |before: Option<&u32>, _: &Progress| Ok(before.copied().unwrap_or(0) + 1);
    let found = fixture.cache.find_or_start(ADA, 0, version(2), at(FRESH_MS), false, compute);
    assert_eq!(wait(outcome(found)), Ok(8));
}

#[test]
fn another_day_zone_or_currency_is_another_answer_at_once() {
    for other in others(version(1)) {
        let fixture = fixture(4);
        assert_eq!(fixture.ask(0, version(1), 0, 7), 7);
        assert_eq!(fixture.ask(0, other, 1, 8), 8, "{other:?}");
    }
}

#[test]
fn nobody_waits_for_the_answer_of_another_day_zone_or_currency() {
    for other in others(version(1)) {
        let fixture = fixture(4);
        let (compute, begun, go) = held(7);
        let before = fixture.start(0, version(1), 0, compute);
        begun.recv().unwrap();
        assert!(fixture.cache.find(&0, other, at(1)).is_none(), "{other:?}");
        assert_eq!(fixture.ask(0, other, 1, 8), 8);
        go.send(()).unwrap();
        // Who asked before gets that, and it does not take the place of the newer one.
        assert_eq!(wait(outcome(before)), Ok(7));
        assert_eq!(fixture.ask(0, other, 2, 9), 8);
    }
}

#[test]
fn everybody_who_waits_is_answered_once_from_one_computation() {
    let fixture = fixture(4);
    let (compute, begun, go) = held(7);
    let first = fixture.start(0, version(1), 0, compute);
    begun.recv().unwrap();
    let joined = |events| fixture.start(0, version(events), 0, |_| panic!("computed twice"));
    let waiting: Vec<_> = (1..60).map(joined).chain([first]).collect();
    go.send(()).unwrap();
    wait(async {
        for found in waiting {
            assert!(matches!(found, Found::UnderWay(_)));
            assert_eq!(outcome(found).await, Ok(7));
        }
    });
}

#[test]
fn whoever_leaves_finds_the_answer_later_however_long_it_took() {
    let fixture = fixture(4);
    let (compute, begun, go) = held(7);
    drop(fixture.start(0, version(1), 0, compute));
    begun.recv().unwrap();
    go.send(()).unwrap();
    until(|| lock(&fixture.cache.slots).by_question[&0].kept.is_some());
    // Owed once; then it is too old.
    assert_eq!(fixture.ask(0, version(2), 2 * FRESH_MS, 8), 7);
    assert_eq!(fixture.ask(0, version(2), 2 * FRESH_MS, 9), 9);
}

#[test]
fn what_nobody_waits_for_any_more_is_cancelled_and_computed_anew_when_asked() {
    let fixture = lingering(4, Duration::ZERO);
    let (compute, begun, _go) = held(7);
    let found = fixture.start(0, version(1), 0, compute);
    begun.recv().unwrap();
    drop(found);
    // Until a checkpoint gives it up, whoever asks would join it.
    until(|| !lock(&fixture.cache.slots).by_question.contains_key(&0));
    assert_eq!(fixture.ask(0, version(1), 0, 8), 8);
}

#[test]
fn one_who_leaves_does_not_cancel_what_another_waits_for() {
    let fixture = lingering(4, Duration::ZERO);
    let (compute, begun, go) = held(7);
    let first = fixture.start(0, version(1), 0, compute);
    begun.recv().unwrap();
    let second = fixture.cache.find(&0, version(1), at(0)).unwrap();
    drop(first);
    // Time for many checkpoints.
    std::thread::sleep(Duration::from_millis(20));
    go.send(()).unwrap();
    assert_eq!(wait(outcome(second)), Ok(7));
}

#[test]
fn a_stop_ends_what_runs_and_tells_whoever_waits() {
    let fixture = fixture(64);
    let mut waiting = Vec::new();
    let mut going = Vec::new();
    for question in 0..u32::try_from(AT_ONCE_OF_ONE).unwrap() + 3 {
        let (compute, begun, go) = held(7);
        waiting.push(fixture.start(question, version(1), 0, compute));
        // The others wait for a place.
        if waiting.len() <= AT_ONCE_OF_ONE {
            begun.recv().unwrap();
        }
        going.push(go);
    }
    fixture.scheduler.stop();
    wait(async {
        for found in waiting {
            assert_eq!(outcome(found).await, Err(AskError::Stopping));
        }
    });
    fixture.scheduler.join();
    let late = fixture.start(99, version(1), 0, |_| Ok(7));
    assert_eq!(wait(outcome(late)), Err(AskError::Stopping));
}

#[test]
fn a_full_queue_is_told_and_leaves_nothing_behind() {
    let fixture = fixture(64);
    let (mut waiting, mut going) = (Vec::new(), Vec::new());
    for question in 0..u32::try_from(AT_ONCE_OF_ONE + WAITING_OF_ONE).unwrap() {
        let (compute, begun, go) = held(question);
        waiting.push(fixture.start(question, version(1), 0, compute));
        if waiting.len() <= AT_ONCE_OF_ONE {
            begun.recv().unwrap();
        }
        going.push(go);
    }
    let refused = fixture.start(1_000, version(1), 0, |_| Ok(7));
    assert_eq!(wait(outcome(refused)), Err(AskError::Busy));
    assert!(!lock(&fixture.cache.slots).by_question.contains_key(&1_000));
    // Another workspace has a place at once.
    let other = fixture.start_for(WorkspaceId(2), 1_001, version(1), 0, |_| Ok(8));
    assert_eq!(wait(outcome(other)), Ok(8));
    drop(going);
    wait(async {
        for (question, found) in waiting.into_iter().enumerate() {
            assert_eq!(outcome(found).await, Ok(u32::try_from(question).unwrap()));
        }
    });
}

#[test]
fn a_failure_is_told_and_the_next_one_tries_again() {
    let fixture = fixture(4);
    let missing = || AskError::NotFound("product \"x\"".into());
    let failed = fixture.start(0, version(1), 0, move |_| Err(missing()));
    assert_eq!(wait(outcome(failed)), Err(missing()));
    assert_eq!(fixture.ask(0, version(1), 0, 8), 8);
}

#[test]
fn a_computation_that_breaks_off_leaves_nobody_waiting() {
    let fixture = fixture(4);
    let broken = fixture.start(0, version(1), 0, |_| panic!("as told"));
    assert_eq!(wait(outcome(broken)), Err(AskError::BrokenOff));
    assert_eq!(fixture.ask(0, version(1), 0, 8), 8);
}

#[test]
fn the_answer_that_was_not_used_for_longest_makes_room() {
    let fixture = fixture(2);
    let ask = |question, fresh| fixture.ask(question, version(1), 0, fresh);
    assert_eq!((ask(1, 1), ask(2, 2), ask(1, 10)), (1, 2, 1));
    assert_eq!(ask(3, 3), 3);
    assert_eq!((ask(1, 100), ask(2, 200)), (1, 200));
}

#[test]
fn a_large_one_waits_for_its_like_and_small_ones_pass_it() {
    let fixture = fixture(8);
    let start = |workspace, question, is_large| {
        let (compute, begun, go) = held(question);
        let compute = move |_: Option<&u32>, progress: &Progress| compute(progress);
        let cache = &fixture.cache;
        let found = cache.find_or_start(workspace, question, version(1), at(0), is_large, compute);
        (found, begun, go)
    };
    let (first, first_begun, first_go) = start(ADA, 1, true);
    first_begun.recv_timeout(PATIENCE).unwrap();
    let (second, second_begun, second_go) = start(WorkspaceId(2), 2, true);
    let (small, small_begun, small_go) = start(ADA, 3, false);
    small_begun.recv_timeout(PATIENCE).unwrap();
    assert!(second_begun.try_recv().is_err());
    drop(first_go);
    second_begun.recv_timeout(PATIENCE).unwrap();
    drop((second_go, small_go));
    let told = [first, second, small].map(|found| wait(outcome(found)).unwrap());
    assert_eq!(told, [1, 2, 3]);
}

#[test]
fn answers_are_kept_while_there_is_room_for_them_and_the_latest_in_any_case() {
    let fixture = fixture(16);
    let ask = |question, fresh| fixture.ask(question, version(1), 0, fresh);
    assert_eq!((ask(1, 400), ask(2, 500), ask(3, 100)), (400, 500, 100));
    // All of them fit; the second was asked for longest ago.
    assert_eq!((ask(1, 1), ask(3, 1)), (400, 100));
    assert_eq!(ask(4, 200), 200);
    assert_eq!((ask(1, 1), ask(3, 1), ask(4, 1), ask(2, 7)), (400, 100, 200, 7));
    assert_eq!(ask(5, 5_000), 5_000);
    assert_eq!((ask(5, 1), ask(4, 8)), (5_000, 8));
}

#[test]
fn many_who_ask_at_once_get_the_answer_they_asked_for_and_no_more_than_four_compute() {
    for seed in 0..20_u64 {
        let fixture = lingering(8, Duration::ZERO);
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        std::thread::scope(|scope| {
            for asker in 0..12_u64 {
                let (fixture, running, most) = (&fixture, running.clone(), most.clone());
                scope.spawn(move || {
                    let mut dice = seed * 1_000 + asker;
                    let mut roll = move |sides: u32| {
                        dice = dice.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(1);
                        u32::try_from(dice >> 33).unwrap() % sides
                    };
                    for _ in 0..40 {
                        let (question, day) = (roll(3), roll(2));
                        let workspace = WorkspaceId((roll(3) + 1).try_into().unwrap());
                        let answer = question * 10 + day;
                        let (running, most, pause) = (running.clone(), most.clone(), roll(300));
                        let compute = move |_: &Progress| {
                            let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                            most.fetch_max(now, Ordering::SeqCst);
                            std::thread::sleep(Duration::from_micros(pause.into()));
                            running.fetch_sub(1, Ordering::SeqCst);
                            Ok(answer)
                        };
                        let as_of = i32::try_from(day).unwrap();
                        let asked = Version { as_of, ..version(1) };
                        let found = fixture.start_for(workspace, question, asked, 0, compute);
                        // Some leave at once.
                        if roll(4) > 0 {
                            assert_eq!(wait(outcome(found)), Ok(answer), "seed {seed}");
                        }
                    }
                });
            }
        });
        let most = most.load(Ordering::SeqCst);
        assert!((1..=AT_ONCE).contains(&most), "seed {seed}: {most} at once");
    }
}

//! Events that make every request fail: what they cost their neighbours, in virtual time.

use crm_models::ingest::Verdict;
use crm_models::{EventId, Timestamp};

use super::*;
use crate::pipeline::{Capacity, Encoded, Mark, Offer, Settings, Step};
use crate::transport::Answer;

const SECOND: Duration = Duration::from_secs(1);
/// The defaults of a client.
const SETTINGS: Settings = Settings {
    batch_events: 1_000,
    batch_bytes: 4 * 1024 * 1024,
    batch_age: SECOND,
    capacity: Capacity { events: 100_000, bytes: 32 * 1024 * 1024 },
    drop_oldest: false,
    set_aside: true,
    retry_initial: Duration::from_millis(500),
    retry_longest: Duration::from_secs(60),
};

/// A pipeline and what is before it, in virtual time.
struct World {
    pipeline: Pipeline,
    now: Elapsed,
    /// Numbers of the events that make a request fail, and how.
    walls: Vec<usize>,
    answer: Answer,
    is_ill: bool,
    stored: Vec<usize>,
    given_up: Vec<usize>,
    requests: usize,
}

impl World {
    fn new(walls: &[usize], answer: Answer) -> Self {
        Self {
            pipeline: Pipeline::new(SETTINGS, 1.0),
            now: Elapsed::ZERO,
            walls: walls.to_vec(),
            answer,
            is_ill: false,
            stored: Vec::new(),
            given_up: Vec::new(),
            requests: 0,
        }
    }

    fn track(&mut self, numbers: std::ops::Range<usize>) {
        for number in numbers {
            let mut id = [0; 16];
            id[8..].copy_from_slice(&(number as u64).to_be_bytes());
            let event = Encoded { id: EventId::from_bytes(id), json: vec![b'x'; 100].into() };
            assert!(matches!(self.pipeline.offer(event, self.now), Offer::Taken { .. }));
        }
    }

    /// One step of the driver; pauses are as long as they can be.
    fn step(&mut self) {
        let batch = match self.pipeline.poll(self.now) {
            Step::Send(batch) => batch,
            Step::Wait(until) => {
                self.now = until.expect("something is left to be sent");
                return;
            }
            other => panic!("{other:?}"),
        };
        self.requests += 1;
        let numbers: Vec<_> = batch.events.iter().map(number).collect();
        let is_wall = numbers.iter().any(|number| self.walls.contains(number));
        let answer = if self.is_ill || is_wall {
            self.answer.clone()
        } else {
            self.stored.extend(&numbers);
            let accepted = numbers.len() as u64;
            let body = serde_json::to_vec(&Verdict::of_accepted(accepted)).unwrap();
            Answer { status: 200, body, ..Answer::default() }
        };
        let outcome = Outcome::of(&answer, &batch, Timestamp::from_millis(0));
        if matches!(outcome, Outcome::Split(Refusal::Undeliverable(_))) {
            self.given_up.extend(numbers);
        }
        self.pipeline.settle(batch.number, &outcome, self.now, 1.0);
    }

    fn run_until(&mut self, holds: impl Fn(&Self) -> bool) {
        let begun = self.requests;
        while !holds(self) {
            self.step();
            assert!(self.requests - begun < 5_000, "it comes to an end");
        }
    }
}

fn number(queued: &Queued) -> usize {
    let (_, number) = queued.event.id.as_bytes().split_last_chunk::<8>().unwrap();
    usize::try_from(u64::from_be_bytes(*number)).unwrap()
}

fn status(status: u16) -> Answer {
    Answer { status, ..Answer::default() }
}

/// What a collector, or something before it, says to an event that it cannot stand.
fn walls() -> [Answer; 5] {
    let page = Answer { body: b"<h1>blocked</h1>".to_vec(), ..status(200) };
    [status(500), status(502), status(403), status(406), page]
}

#[test]
fn a_poison_event_costs_its_ten_thousand_neighbours_nothing_and_ten_seconds_at_most() {
    for answer in walls() {
        for poison in [0, 37, 999, 5_000, 10_000] {
            for was_well in [false, true] {
                let mut world = World::new(&[poison], answer.clone());
                if was_well {
                    world.track(20_000..20_001);
                    world.run_until(|world| world.stored.len() == 1);
                    world.stored.clear();
                }
                let begun = world.now;
                world.track(0..10_001);
                let mark = world.pipeline.flush(begun + 100 * SECOND);
                world.run_until(|world| world.pipeline.is_flushed(mark));
                let case = format!("{answer:?} {poison} {was_well}: {:?}", world.now - begun);
                assert!(world.now - begun <= 10 * SECOND, "{case}");
                world.stored.sort_unstable();
                let others: Vec<_> = (0..10_001).filter(|number| *number != poison).collect();
                assert_eq!(world.stored, others, "{case}");
                let stats = world.pipeline.stats(world.now);
                assert_eq!((stats.parked, stats.queued), (1, 1), "{case}");
                assert_eq!(world.pipeline.losses().total(), 0, "{case}");
                assert!(world.requests < 70, "{case}: {} requests", world.requests);
            }
        }
    }
}

#[test]
fn a_hundred_poison_events_side_by_side_and_apart_wall_up_nothing() {
    let walls: Vec<_> = (200..250).chain((300..3_000).step_by(54)).collect();
    let mut world = World::new(&walls, status(500));
    world.track(0..4_000);
    let mark = world.pipeline.flush(60 * SECOND);
    world.run_until(|world| world.pipeline.is_flushed(mark));
    assert_eq!(world.stored.len(), 4_000 - walls.len());
    assert_eq!(world.pipeline.stats(world.now).parked, walls.len());
    assert!(world.now < 600 * SECOND, "{:?}", world.now);
    println!("{} requests, {:?}", world.requests, world.now);
}

#[test]
fn what_is_parked_goes_through_when_the_wall_is_gone() {
    let mut world = World::new(&[3], status(403));
    world.track(0..10);
    world.run_until(|world| world.pipeline.stats(world.now).parked == 1);
    world.walls.clear();
    world.run_until(|world| world.stored.len() == 10);
    assert!(world.now < 60 * SECOND, "{:?}", world.now);
    assert_eq!(world.pipeline.stats(world.now).queued, 0);
}

#[test]
fn what_is_parked_for_a_day_is_given_up_and_counted() {
    for answer in walls() {
        let mut world = World::new(&[3], answer);
        world.track(0..10);
        world.run_until(|world| !world.given_up.is_empty());
        assert_eq!(world.given_up, [3]);
        let hours = world.now.as_secs() / 3_600;
        assert!((24..=26).contains(&hours), "{hours} hours");
        assert!(world.requests < 70, "{} requests", world.requests);
        let losses = world.pipeline.losses();
        assert_eq!((losses.of(Loss::Undeliverable), losses.total()), (1, 1));
        assert_eq!(world.pipeline.stats(world.now).queued, 0);
        assert!(world.pipeline.unsent_below(Mark::END).is_empty());
    }
}

#[test]
fn a_collector_that_refuses_everything_for_hours_costs_no_event_and_is_asked_seldom() {
    for answer in walls() {
        let mut world = World::new(&[], answer);
        world.is_ill = true;
        world.track(0..2_500);
        world.run_until(|world| world.now > 6 * 3_600 * SECOND);
        assert!(world.requests < 800, "{} requests in six hours", world.requests);
        assert_eq!(world.pipeline.stats(world.now).parked, 0, "nothing says whose fault it is");
        world.is_ill = false;
        world.run_until(|world| world.stored.len() == 2_500);
        assert_eq!(world.pipeline.losses().total(), 0);
        // In the order of their calls, but for those that tried whether the collector is well.
        let displaced = world.stored.windows(2).filter(|pair| pair[0] > pair[1]).count();
        assert!(displaced <= 2, "{displaced} steps back");
    }
}

#[test]
fn a_collector_that_begins_to_refuse_everything_is_soon_left_in_peace() {
    let mut world = World::new(&[], status(500));
    world.track(0..2_000);
    world.run_until(|world| world.stored.len() == 2_000);
    world.is_ill = true;
    world.track(2_000..4_000);
    let (begun, requests) = (world.now, world.requests);
    world.run_until(|world| world.now > begun + 60 * SECOND);
    assert!(world.requests - requests < 60, "{} in a minute", world.requests - requests);
    world.is_ill = false;
    world.run_until(|world| world.stored.len() == 4_000);
    assert!(world.now - begun < 300 * SECOND, "{:?}", world.now - begun);
}

#[test]
fn a_flush_waits_for_what_failed_alone_until_it_is_known_whose_fault_it_is() {
    let mut world = World::new(&[], status(500));
    world.is_ill = true;
    world.track(0..3);
    let mark = world.pipeline.flush(3_600 * SECOND);
    world.run_until(|world| world.requests == 40);
    assert!(!world.pipeline.is_flushed(mark));
    assert_eq!(world.pipeline.unsent_below(mark).events, 3);
    world.is_ill = false;
    world.run_until(|world| world.pipeline.is_flushed(mark));
    assert_eq!(world.stored.len(), 3);
}

#[test]
fn a_shutdown_tries_what_is_parked_in_memory_once_more_and_counts_it() {
    let mut world = World::new(&[3], status(500));
    world.track(0..10);
    world.run_until(|world| world.stored.len() == 9);
    assert_eq!(world.pipeline.stats(world.now).parked, 1);
    let requests = world.requests;
    world.pipeline.close(world.now + 3_600 * SECOND);
    let closed = world.now;
    while !world.pipeline.is_closed() {
        match world.pipeline.poll(world.now) {
            Step::Done => break,
            Step::Wait(until) => world.now = until.unwrap(),
            Step::Send(batch) => {
                world.requests += 1;
                let outcome = Outcome::of(&status(500), &batch, Timestamp::from_millis(0));
                world.pipeline.settle(batch.number, &outcome, world.now, 1.0);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(world.requests, requests + 1);
    assert!(world.now - closed < 10 * SECOND, "it does not wait for a day");
    let losses = world.pipeline.losses();
    assert_eq!((losses.of(Loss::Unsent), losses.total()), (1, 1));
}

#[test]
fn a_refused_key_is_nobodys_fault_and_sets_nothing_aside() {
    let problem = crm_models::Problem::new(crm_models::Code::Unauthorized, "");
    let answer = Answer { body: serde_json::to_vec(&problem).unwrap(), ..status(401) };
    let mut world = World::new(&[], answer);
    world.track(0..2_000);
    world.run_until(|world| world.stored.len() == 2_000);
    world.is_ill = true;
    world.track(2_000..4_000);
    let (begun, requests) = (world.now, world.requests);
    world.run_until(|world| world.now > begun + 300 * SECOND);
    assert!(world.requests - requests <= 8, "{}", world.requests - requests);
    assert_eq!(world.pipeline.stats(world.now).parked, 0);
    world.is_ill = false;
    world.run_until(|world| world.stored.len() == 4_000);
    assert!(world.stored.is_sorted());
}

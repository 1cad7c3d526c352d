//! A seeded simulation: a host, the pipeline, and a collector behind a network that fails in
//! every way known. A failing run prints its seed; `CRM_SDK_SEED` replays it.

use std::collections::{HashMap, HashSet};

use crm_models::ingest::{Rejection, Verdict};
use crm_models::{Code, EventId, Problem, Timestamp};

use super::*;
use crate::transport::Answer;

/// SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.roll() % bound
    }

    fn unit(&mut self) -> f64 {
        crate::random::unit(self.roll())
    }
}

/// What a host's event is, to the collector.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nature {
    Good,
    /// The collector rejects it.
    Rejected,
    /// A batch that holds it cannot be read.
    Poison,
}

#[derive(Default)]
struct Collector {
    stored: HashSet<EventId>,
    /// The most bytes of a body that it takes.
    limit_bytes: usize,
}

struct World {
    dice: Dice,
    now: Elapsed,
    pipeline: Pipeline,
    collector: Collector,
    natures: HashMap<EventId, Nature>,
    taken: Vec<EventId>,
    /// Events that an acknowledgement or a refusal has reached.
    decided: HashMap<EventId, u32>,
    turned_away: u64,
    faults: bool,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let settings = Settings {
            batch_events: 1 + usize::try_from(dice.below(50)).unwrap(),
            batch_bytes: 2_000,
            batch_age: Duration::from_millis(dice.below(2_000)),
            capacity: Capacity { events: 200, bytes: 20_000 },
            drop_oldest: dice.below(2) == 0,
            retry_initial: Duration::from_millis(500),
            retry_longest: Duration::from_secs(60),
        };
        let limit_bytes = 500 + usize::try_from(dice.below(2_000)).unwrap();
        Self {
            pipeline: Pipeline::new(settings),
            collector: Collector { limit_bytes, ..Collector::default() },
            dice,
            now: Elapsed::ZERO,
            natures: HashMap::new(),
            taken: Vec::new(),
            decided: HashMap::new(),
            turned_away: 0,
            faults: true,
        }
    }

    fn track(&mut self) {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.dice.roll().to_be_bytes());
        let id = EventId::from_bytes(bytes);
        let nature = match self.dice.below(100) {
            0 => Nature::Poison,
            1..=3 => Nature::Rejected,
            _ => Nature::Good,
        };
        let size = match self.dice.below(200) {
            0 => 600,
            _ => 20 + usize::try_from(self.dice.below(80)).unwrap(),
        };
        let json = vec![b'x'; size].into_boxed_slice();
        match self.pipeline.offer(Encoded { id, json }, self.now) {
            Offer::Taken { .. } => {
                self.natures.insert(id, nature);
                self.taken.push(id);
            }
            Offer::Full { event, .. } => {
                assert_eq!(event.id, id);
                self.turned_away += 1;
            }
            Offer::Closed => panic!("nobody closed the pipeline"),
        }
    }

    /// The driver's part. Returns whether anything was sent.
    fn drive(&mut self) -> bool {
        match self.pipeline.poll(self.now) {
            Step::Send(batch) => {
                let outcome = self.exchange(&batch);
                self.now += Duration::from_millis(self.dice.below(50));
                if self.dice.below(4) == 0 {
                    self.track();
                }
                self.note_decisions(&batch, &outcome);
                let random = self.dice.unit();
                // Now and then the driver still holds on to the batch.
                let held = (self.dice.below(3) == 0).then(|| Arc::clone(&batch));
                let number = batch.number;
                drop(batch);
                self.pipeline.settle(number, outcome.clone(), self.now, random);
                if self.dice.below(10) == 0 {
                    self.pipeline.settle(number, outcome, self.now, random);
                }
                drop(held);
                true
            }
            Step::Wait(_) => false,
            Step::Done => panic!("nobody closed the pipeline"),
        }
    }

    fn exchange(&mut self, batch: &Batch) -> Outcome {
        let fault = if self.faults { self.dice.below(24) } else { u64::MAX };
        let status = |status| Answer { status, ..Answer::default() };
        let answer = match fault {
            0 | 1 => return Outcome::UNREACHABLE,
            2 | 3 => {
                // The response is lost after the commit.
                self.receive(batch);
                return Outcome::UNREACHABLE;
            }
            4 => status(500 + u16::try_from(self.dice.below(12)).unwrap()),
            5 => Answer { retry_after: Some(self.dice.below(90).to_string()), ..status(429) },
            6 => {
                Answer { retry_after: Some("Thu, 01 Jan 1970 00:00:30 GMT".into()), ..status(503) }
            }
            7 => status(401),
            8 => status(302),
            9 => Answer { body: b"<html>".to_vec(), ..status(400) },
            10 => {
                let mut answer = self.receive(batch);
                answer.body.truncate(10);
                answer
            }
            11 if self.receive(batch).status == 200 => {
                // Stored, but the verdict forgets an event.
                let accepted = batch.len() as u64 - 1;
                let verdict = Verdict { accepted, ..Verdict::default() };
                Answer { body: serde_json::to_vec(&verdict).unwrap(), ..status(200) }
            }
            _ => self.receive(batch),
        };
        Outcome::of(&answer, batch, Timestamp::from_millis(0))
    }

    fn receive(&mut self, batch: &Batch) -> Answer {
        let with = |status: u16, body| Answer { status, body, ..Answer::default() };
        if batch.bytes() > self.collector.limit_bytes {
            return with(413, Vec::new());
        }
        let nature = |queued: &Queued| self.natures[&queued.event.id];
        if batch.events.iter().any(|queued| nature(queued) == Nature::Poison) {
            let problem = Problem::new(Code::MalformedJson, "");
            return with(400, serde_json::to_vec(&problem).unwrap());
        }
        let mut verdict = Verdict::default();
        for (index, queued) in batch.events.iter().enumerate() {
            if nature(queued) == Nature::Rejected {
                let code = Code::InvalidField;
                let message = String::new();
                verdict.rejected.push(Rejection { index, id: None, code, field: None, message });
            } else if self.collector.stored.insert(queued.event.id) {
                verdict.accepted += 1;
            } else {
                verdict.duplicate += 1;
            }
        }
        with(200, serde_json::to_vec(&verdict).unwrap())
    }

    fn note_decisions(&mut self, batch: &Batch, outcome: &Outcome) {
        let is_final = match outcome {
            Outcome::Decided(_) => true,
            Outcome::Split(_) => batch.len() == 1,
            _ => false,
        };
        for queued in batch.events.iter().filter(|_| is_final) {
            *self.decided.entry(queued.event.id).or_default() += 1;
        }
    }

    fn check(&self) {
        let stats = self.pipeline.stats(self.now);
        let losses = self.pipeline.losses();
        assert!(stats.queued <= 200 && stats.queued_bytes <= 20_000, "memory is bounded");
        assert_eq!(stats.tracked, self.taken.len() as u64);
        let given_up = losses.total();
        assert_eq!(
            stats.tracked,
            stats.queued as u64 + stats.accepted + stats.duplicate + given_up,
            "each event is in one place: {stats:?} {losses:?}"
        );
        assert_eq!(stats.rejected, losses.of(Loss::Rejected));
    }

    fn check_the_end(&self) {
        assert!(self.decided.values().all(|times| *times == 1), "nothing is decided on twice");
        let losses = self.pipeline.losses();
        let dropped = losses.of(Loss::DroppedOldest);
        let undecided = self.taken.iter().filter(|id| !self.decided.contains_key(id)).count();
        assert_eq!(undecided as u64, dropped, "nothing taken is lost but by the queue's limits");
        let stats = self.pipeline.stats(self.now);
        assert_eq!(stats.accepted + stats.duplicate, {
            let decided = |id: &&EventId| self.decided.contains_key(*id);
            self.collector.stored.iter().filter(decided).count() as u64
        });
        for (id, nature) in &self.natures {
            let stored = self.collector.stored.contains(id);
            assert!(!stored || *nature == Nature::Good);
        }
    }

    /// The world turns well: everything that waits has to arrive in a bounded number of steps.
    fn recover(&mut self) {
        self.faults = false;
        self.collector.limit_bytes = usize::MAX;
        let mut steps = 0;
        while self.pipeline.stats(self.now).queued > 0 {
            if !self.drive() {
                self.now += Duration::from_secs(1);
            }
            self.check();
            steps += 1;
            assert!(steps < 10_000, "there is progress once the collector is well");
        }
    }
}

fn simulate(seed: u64, steps: u64) -> World {
    let mut world = World::new(seed);
    for _ in 0..steps {
        match world.dice.below(16) {
            0..=8 => world.track(),
            9..=13 => {
                world.drive();
            }
            14 => world.now += Duration::from_millis(world.dice.below(1_000)),
            _ => match world.dice.below(50) {
                // A machine that slept.
                0 => world.now += Duration::from_secs(world.dice.below(100_000)),
                1 => {
                    let until = world.now + Duration::from_secs(world.dice.below(5));
                    world.pipeline.flush(until);
                }
                _ => world.now += Duration::from_secs(world.dice.below(30)),
            },
        }
        world.check();
    }
    world.recover();
    world.check_the_end();
    world
}

#[test]
fn nothing_is_lost_or_acknowledged_twice_whatever_fails() {
    if let Ok(seed) = std::env::var("CRM_SDK_SEED") {
        simulate(seed.parse().unwrap(), 5_000);
        return;
    }
    let mut stored = 0;
    let mut retries = 0;
    for seed in 0..40 {
        println!("seed {seed}");
        let world = simulate(seed, 5_000);
        stored += world.collector.stored.len();
        retries += world.pipeline.stats(world.now).retries;
    }
    assert!(stored > 10_000 && retries > 1_000, "{stored} stored, {retries} retries");
}

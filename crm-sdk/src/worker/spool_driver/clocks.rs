//! A seeded simulation of processes that use one spool in turn, under a wall clock that jumps sixty
//! days ahead, to 1970, back and forth at any step, and a network that is down for minutes or for
//! hours. What the network could still take must never be given up for its age. A failing run prints
//! its seed; `CRM_SDK_SEED` replays it.

use std::collections::BTreeMap;

use crm_models::{Customer, Event, EventId};

use super::*;
use crate::clock::by_hand::{self, Hands};
use crate::pipeline::{Capacity, Settings, Step};
use crate::queue::spool::{self, Fingerprint, Writer, record};
use crate::transport::Answer;

const SEEDS: u64 = 16;
const STEPS: usize = 1_500;
const WHOSE: Fingerprint = Fingerprint([7; 16]);
const MAX_AGE: Duration = Duration::from_secs(3 * 60 * 60);
/// How long it may take until all that waits has gone, once the network is well.
const CATCHING_UP: Duration = Duration::from_secs(10 * 60);
const NOON_MS: i64 = 1_700_000_000_000;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }

    fn unit(&mut self) -> f64 {
        f64::from(u32::try_from(self.below(1 << 20)).unwrap()) / f64::from(1 << 20)
    }

    fn up_to(&mut self, most: Duration) -> Duration {
        most.mul_f64(self.unit())
    }
}

/// One life of the host.
struct Process {
    shared: Arc<Shared>,
    writer: Writer,
    disk: SpoolDriver,
    /// When it began.
    since: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Waits,
    Stored,
    Expired,
}

struct World {
    dir: tempfile::TempDir,
    dice: Dice,
    /// Time that has really passed.
    now: Duration,
    /// What the wall clock showed when nothing had passed, in milliseconds since 1970.
    wall_ms: i64,
    process: Option<Process>,
    lives: u64,
    /// When each was really taken, and in which life.
    taken: BTreeMap<EventId, (Duration, u64)>,
    fates: BTreeMap<EventId, Fate>,
    /// Dead letters that were looked at.
    letters: usize,
    is_up: bool,
    /// Since when.
    turned_at: Duration,
    jumps: u64,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut world = Self {
            dir: tempfile::tempdir().unwrap(),
            dice: Dice(seed),
            now: Duration::ZERO,
            wall_ms: NOON_MS,
            process: None,
            lives: 0,
            taken: BTreeMap::new(),
            fates: BTreeMap::new(),
            letters: 0,
            is_up: true,
            turned_at: Duration::ZERO,
            jumps: 0,
        };
        world.set_clocks();
        world.start();
        world
    }

    fn set_clocks(&self) {
        let passed_ms = i64::try_from(self.now.as_millis()).unwrap();
        let wall = Timestamp::from_millis((self.wall_ms + passed_ms).max(0));
        by_hand::set(Some(Hands { wall, passed: self.now }));
    }

    fn jump(&mut self) {
        let some = i64::try_from(self.dice.below(120)).unwrap() - 60;
        let passed_ms = i64::try_from(self.now.as_millis()).unwrap();
        self.wall_ms = match self.dice.below(5) {
            0 => NOON_MS,
            1 => NOON_MS + 60 * 86_400_000,
            2 => -passed_ms,
            3 => self.wall_ms + some * 86_400_000,
            _ => self.wall_ms + some * 60_000,
        };
        self.jumps += 1;
        self.set_clocks();
    }

    fn start(&mut self) {
        self.lives += 1;
        let pipeline = Settings {
            batch_events: 50,
            batch_bytes: 100_000,
            batch_age: Duration::from_secs(1),
            capacity: Capacity { events: 1_000, bytes: 1_000_000 },
            drop_oldest: false,
            set_aside: true,
            retry_initial: Duration::from_millis(500),
            retry_longest: Duration::from_secs(60),
        };
        let shared = Arc::new(Shared::new(pipeline, self.dice.unit()));
        let settings = spool::Settings {
            dir: self.dir.path().to_owned(),
            instance: self.lives,
            fingerprint: WHOSE,
            accepts: Vec::new(),
            limit_bytes: 100_000_000,
            segment_bytes: 2_000,
            max_age: MAX_AGE,
        };
        let (writer, reader, adopted) = spool::open_well(settings, wall_clock()).unwrap();
        let letters = DeadLetters::new(self.dir.path(), WHOSE);
        let interval = Duration::from_secs(300);
        let place = (self.dir.path(), MAX_AGE);
        let disk = SpoolDriver::new(reader, letters, Arc::clone(&shared), interval, adopted, place);
        self.process = Some(Process { shared, writer, disk, since: self.now });
    }

    fn process(&mut self) -> &mut Process {
        self.process.as_mut().unwrap()
    }

    /// The host is killed, and starts again a while later.
    fn restart(&mut self) {
        let Process { writer, disk, .. } = self.process.take().unwrap();
        writer.crash(disk.reader);
        if self.dice.below(2) == 0 {
            self.jump();
        }
        let most = if self.dice.below(4) == 0 { 3 * DAY } else { Duration::from_secs(60) };
        self.now += self.dice.up_to(most);
        self.set_clocks();
        self.start();
    }

    fn track(&mut self) {
        let number = self.taken.len() as u128 + 1;
        let id = EventId::from_bytes(number.to_be_bytes());
        let mut event = Event::from(Customer::new("c-1"));
        event.complete(|| id, wall_clock());
        let Process { shared, writer, .. } = self.process();
        let mut bytes = Vec::new();
        record::begin(&mut bytes, id, shared.steady_clock());
        event.append_json(&mut bytes).unwrap();
        record::finish(&mut bytes);
        writer.append(&bytes).unwrap();
        shared.spooled();
        self.taken.insert(id, (self.now, self.lives));
        self.fates.insert(id, Fate::Waits);
    }

    /// Does what the worker does until it would sleep; says until when.
    fn drive(&mut self) -> Elapsed {
        loop {
            let Process { shared, disk, .. } = self.process();
            let housekeeping = disk.adopt();
            match shared.poll() {
                Step::Done => panic!("nobody closed the pipeline"),
                Step::Wait(until) => {
                    return until.map_or(housekeeping, |until| until.min(housekeeping));
                }
                Step::Load { events, bytes } => disk.load(events, bytes),
                Step::Send(batch) => self.send(&batch),
            }
            self.look_at_letters();
        }
    }

    fn send(&mut self, batch: &Batch) {
        let outcome = if self.is_up {
            let accepted = batch.events.len();
            let body = format!(r#"{{"accepted":{accepted},"duplicate":0,"rejected":[]}}"#);
            Outcome::of(&Answer::new(200, body.as_bytes()), batch, wall_clock())
        } else {
            Outcome::UNREACHABLE
        };
        let random = self.dice.unit();
        let Process { shared, disk, .. } = self.process();
        if outcome.is_final(batch) {
            disk.acknowledge(batch, &outcome);
        }
        shared.settle(batch.number, &outcome, random, None);
        disk.forget_expired();
        if outcome.is_final(batch) {
            let stored = batch.events.iter().map(|queued| (queued.event.id, Fate::Stored));
            self.fates.extend(stored);
        }
    }

    /// Whatever was given up was so for a reason that holds whatever the wall clock says.
    fn look_at_letters(&mut self) {
        let letters = self.process().disk.dead_letters.list().unwrap();
        let since = self.process().since;
        let turned = self.now - self.turned_at;
        for letter in letters.iter().skip(self.letters) {
            assert_eq!(letter.reason, Loss::Expired);
            let id = letter.event.id().unwrap();
            let (taken, life) = self.taken[&id];
            let least = if life == self.lives { MAX_AGE } else { DOUBT };
            let waited = self.now - taken.max(since);
            assert!(waited >= least, "{id} was given up after {waited:?}");
            if self.is_up {
                assert!(
                    turned < CATCHING_UP,
                    "{id} was given up, the network is up for {turned:?}"
                );
            } else {
                let least = least - CATCHING_UP;
                assert!(turned >= least, "{id} was given up, the network is down for {turned:?}");
            }
            self.fates.insert(id, Fate::Expired);
        }
        self.letters = letters.len();
    }

    /// Lets time pass, in which the worker does what is due.
    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while self.now < until {
            let wakes = self.drive();
            let sleep = wakes.saturating_sub(self.process().shared.now());
            self.now += sleep.min(until - self.now).max(Duration::from_millis(1));
            self.set_clocks();
        }
        self.check_lag();
    }

    fn check_lag(&mut self) {
        let Process { shared, .. } = self.process();
        let lag = shared.lock().stats(shared.now()).lag;
        let waiting = self.fates.iter().filter(|(_, fate)| **fate == Fate::Waits);
        let oldest = waiting.map(|(id, _)| self.now - self.taken[id].0).max().unwrap_or_default();
        // What another life left may be taken for as old as may be.
        assert!(lag <= oldest.max(MAX_AGE) + DOUBT, "{lag:?}, the oldest waits for {oldest:?}");
    }

    fn step(&mut self) {
        match self.dice.below(100) {
            0..60 => self.track(),
            60..75 => {
                let time = self.dice.up_to(Duration::from_secs(5));
                self.pass(time);
            }
            75..80 => {
                let time = self.dice.up_to(Duration::from_secs(300));
                self.pass(time);
            }
            80 => {
                let time = self.dice.up_to(2 * MAX_AGE);
                self.pass(time);
            }
            81..88 => self.jump(),
            88..90 => self.restart(),
            90..93 => (self.is_up, self.turned_at) = (!self.is_up, self.now),
            _ => {
                self.drive();
            }
        }
    }

    /// The network is there: all that was not given up arrives.
    fn recover(&mut self) {
        (self.is_up, self.turned_at) = (true, self.now);
        self.pass(2 * CATCHING_UP);
        let left = self.fates.values().filter(|fate| **fate == Fate::Waits).count();
        let Process { shared, .. } = self.process();
        let stats = shared.lock().stats(shared.now());
        assert_eq!((left, stats.queued, stats.parked), (0, 0, 0));
    }
}

fn simulate(seed: u64) -> World {
    let mut world = World::new(seed);
    for _ in 0..STEPS {
        world.step();
    }
    world.recover();
    world
}

#[test]
fn no_clock_makes_an_event_be_given_up_that_the_network_could_still_take() {
    if let Ok(seed) = std::env::var("CRM_SDK_SEED") {
        simulate(seed.parse().unwrap());
        return;
    }
    let (mut stored, mut expired, mut lives, mut jumps) = (0, 0, 0, 0);
    for seed in 0..SEEDS {
        println!("seed {seed}");
        let world = simulate(seed);
        let count = |fate| world.fates.values().filter(|other| **other == fate).count();
        stored += count(Fate::Stored);
        expired += count(Fate::Expired);
        lives += world.lives;
        jumps += world.jumps;
    }
    println!("{stored} stored, {expired} expired, {lives} lives, {jumps} jumps of the clock");
    assert!(stored > 10_000 && expired > 100 && lives > 300 && jumps > 1_500);
}

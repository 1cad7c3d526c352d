//! A seeded simulation: a host, the pipeline with or without a disk, and a collector behind a
//! network that fails in every way known; the host crashes at any step. A failing run prints its
//! seed; `CRM_SDK_SEED` replays it.

use std::collections::{HashMap, HashSet, VecDeque};

use crm_models::ingest::{Rejection, Verdict};
use crm_models::{Code, EventId, Problem, Timestamp};

use super::*;
use crate::transport::Answer;

const SEEDS: u64 = 100;
const STEPS: u64 = 10_500;

/// Most events on disk; beyond them the oldest are dropped or the newest refused.
const DISK_EVENTS: usize = 2_000;

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

    fn index(&mut self, bound: usize) -> usize {
        usize::try_from(self.below(bound as u64)).unwrap()
    }

    fn unit(&mut self) -> f64 {
        f64::from(u32::try_from(self.roll() >> 32).unwrap()) / f64::from(u32::MAX)
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
    /// Whatever holds it fails: the collector stumbles over it, or a firewall refuses it.
    Wall,
}

/// Why an event may rightly never have been decided on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Excuse {
    DroppedOldest,
    Damaged,
    /// It was in memory alone when the host crashed, or was shut down.
    MemoryGone,
}

#[derive(Default)]
struct Collector {
    stored: HashSet<EventId>,
    /// The most bytes of a body that it takes.
    limit_bytes: usize,
}

#[derive(Clone)]
struct Stored {
    event: Encoded,
    queued_at: Elapsed,
    is_damaged: bool,
}

/// What a spool does, without its files.
#[derive(Default)]
struct Disk {
    /// From the oldest that is not acknowledged.
    records: VecDeque<Stored>,
    /// How many of them were read.
    read: usize,
    /// Acknowledged, but a crash may forget that.
    acknowledged: Vec<Stored>,
}

struct World {
    dice: Dice,
    now: Elapsed,
    settings: Settings,
    pipeline: Pipeline,
    disk: Option<Disk>,
    disk_fails: bool,
    collector: Collector,
    natures: HashMap<EventId, Nature>,
    taken: Vec<EventId>,
    in_memory_alone: HashSet<EventId>,
    excused: HashMap<EventId, Excuse>,
    /// Events that the collector would not even take alone.
    too_large: HashSet<EventId>,
    /// Events that an acknowledgement or a refusal has reached, ever and in this life of the host.
    decided: HashSet<EventId>,
    decided_in_this_life: HashSet<EventId>,
    /// Events that a crash brought back although they had been decided on.
    repeated: HashSet<EventId>,
    /// A flush, and how many events were taken before it.
    flush: Option<(Mark, usize)>,
    flushed: u64,
    is_closing: bool,
    crashes: u64,
    retries: u64,
    undeliverable: u64,
    faults: bool,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let settings = Settings {
            batch_events: 1 + dice.index(50),
            batch_bytes: 2_000,
            batch_age: Duration::from_millis(dice.below(2_000)),
            capacity: Capacity { events: 200, bytes: 20_000 },
            drop_oldest: dice.below(2) == 0,
            set_aside: true,
            retry_initial: Duration::from_millis(500),
            retry_longest: Duration::from_secs(60),
        };
        let limit_bytes = 500 + dice.index(2_000);
        let disk = seed.is_multiple_of(2).then(Disk::default);
        Self {
            pipeline: Pipeline::new(settings, dice.unit()),
            settings,
            disk,
            disk_fails: false,
            collector: Collector { limit_bytes, ..Collector::default() },
            dice,
            now: Elapsed::ZERO,
            natures: HashMap::new(),
            taken: Vec::new(),
            in_memory_alone: HashSet::new(),
            excused: HashMap::new(),
            too_large: HashSet::new(),
            decided: HashSet::new(),
            decided_in_this_life: HashSet::new(),
            repeated: HashSet::new(),
            flush: None,
            flushed: 0,
            is_closing: false,
            crashes: 0,
            retries: 0,
            undeliverable: 0,
            faults: true,
        }
    }

    fn track(&mut self) {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.dice.roll().to_be_bytes());
        let id = EventId::from_bytes(bytes);
        let nature = match self.dice.below(300) {
            0..=2 => Nature::Poison,
            3..=11 => Nature::Rejected,
            12 => Nature::Wall,
            _ => Nature::Good,
        };
        let size = match self.dice.below(200) {
            0 => 600,
            _ => 20 + self.dice.index(80),
        };
        let event = Encoded { id, json: vec![b'x'; size].into() };
        let is_taken = if self.disk.is_some() && !self.disk_fails {
            self.spool(event)
        } else {
            self.offer(event)
        };
        if is_taken {
            self.natures.insert(id, nature);
            self.taken.push(id);
        }
    }

    fn spool(&mut self, event: Encoded) -> bool {
        let disk = self.disk.as_mut().unwrap();
        if disk.records.len() >= DISK_EVENTS {
            if !self.settings.drop_oldest {
                return false;
            }
            // A spool drops what it has not handed out yet, many at a time.
            let unread: Vec<_> = disk.records.drain(disk.read..disk.read + 500).collect();
            self.pipeline.dropped_from_disk(unread.len());
            for record in unread {
                self.excused.insert(record.event.id, Excuse::DroppedOldest);
            }
        }
        let is_damaged = self.dice.below(500) == 0;
        disk.records.push_back(Stored { event, queued_at: self.now, is_damaged });
        self.pipeline.spooled(1, self.now);
        true
    }

    fn offer(&mut self, event: Encoded) -> bool {
        let id = event.id;
        let before = self.pipeline.losses().of(Loss::DroppedOldest);
        match self.pipeline.offer(event, self.now) {
            Offer::Taken { .. } => {
                self.in_memory_alone.insert(id);
                if self.pipeline.losses().of(Loss::DroppedOldest) > before {
                    assert!(self.settings.drop_oldest);
                    self.excuse_dropped();
                }
                true
            }
            Offer::Full { event, .. } => {
                assert_eq!(event.id, id);
                assert!(!self.settings.drop_oldest || self.pipeline.queue.waiting().len() < 200);
                false
            }
            Offer::Closed => {
                assert!(self.is_closing);
                false
            }
        }
    }

    /// Finds out which events made room for a newer one.
    fn excuse_dropped(&mut self) {
        let on_their_way = self.pipeline.in_flight.iter().flat_map(|batch| &batch.events);
        let held = on_their_way.chain(self.pipeline.queue.waiting());
        let held = held.chain(self.pipeline.parking.held());
        let held: HashSet<_> = held.map(|queued| queued.event.id).collect();
        for id in self.in_memory_alone.extract_if(|id| !held.contains(id)) {
            if !self.decided.contains(&id) {
                self.excused.insert(id, Excuse::DroppedOldest);
            }
        }
    }

    /// The driver's part. When there is nothing to do, returns until when.
    fn drive(&mut self) -> Option<Elapsed> {
        match self.pipeline.poll(self.now) {
            Step::Load { events, bytes } => self.load(events, bytes),
            Step::Send(batch) => self.send(batch),
            Step::Wait(until) => return Some(until.unwrap_or(Elapsed::MAX)),
            Step::Done => panic!("nobody closed the pipeline"),
        }
        None
    }

    fn load(&mut self, events: usize, bytes: usize) {
        let disk = self.disk.as_mut().unwrap();
        let mut loaded = Vec::new();
        let mut lost = 0;
        let mut size = 0;
        while loaded.len() + lost < events {
            let Some(record) = disk.records.get(disk.read) else {
                panic!("more is asked for than there is");
            };
            if record.is_damaged {
                lost += 1;
                let gone = disk.records.remove(disk.read).unwrap();
                if !self.decided.contains(&gone.event.id) {
                    self.excused.insert(gone.event.id, Excuse::Damaged);
                }
                continue;
            }
            size += record.event.json.len();
            if !loaded.is_empty() && size > bytes {
                break;
            }
            let (event, queued_at) = (record.event.clone(), record.queued_at);
            loaded.push(Queued::on_disk(event, queued_at));
            disk.read += 1;
        }
        // A thread that tracks meanwhile.
        if self.dice.below(8) == 0 {
            self.track();
        }
        self.pipeline.loaded(loaded, &[(Loss::Damaged, lost)]);
    }

    fn send(&mut self, batch: Arc<Batch>) {
        assert!(!batch.events.is_empty());
        let outcome = self.exchange(&batch);
        self.now += Duration::from_millis(self.dice.below(50));
        if self.dice.below(4) == 0 {
            self.track();
        }
        if self.faults && self.dice.below(400) == 0 {
            // The collector has answered, and nobody is there to hear it.
            return self.crash();
        }
        self.note_decisions(&batch, &outcome);
        let random = self.dice.unit();
        // Now and then the driver still holds on to the batch.
        let held = (self.dice.below(3) == 0).then(|| Arc::clone(&batch));
        let number = batch.number;
        drop(batch);
        self.pipeline.settle(number, &outcome, self.now, random);
        if self.dice.below(10) == 0 {
            self.pipeline.settle(number, &outcome, self.now, random);
        }
        drop(held);
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
                let accepted = batch.events.len() as u64 - 1;
                let verdict = Verdict::of_accepted(accepted);
                Answer { body: serde_json::to_vec(&verdict).unwrap(), ..status(200) }
            }
            _ => self.receive(batch),
        };
        // The wall clock jumps about as it likes.
        let wall_clock = i64::try_from(self.dice.below(4_000_000_000_000)).unwrap();
        Outcome::of(&answer, batch, Timestamp::from_millis(wall_clock))
    }

    fn receive(&mut self, batch: &Batch) -> Answer {
        let nature = |queued: &Queued| self.natures[&queued.event.id];
        if let Some(wall) = batch.events.iter().find(|queued| nature(queued) == Nature::Wall) {
            let (status, body) = match wall.event.id.as_bytes()[0] % 3 {
                0 => (500, &b""[..]),
                1 => (403, &b"blocked"[..]),
                _ => (200, &b"<html>blocked"[..]),
            };
            return Answer { status, body: body.to_vec(), ..Answer::default() };
        }
        let with = |status: u16, body| Answer { status, body, ..Answer::default() };
        if batch.bytes() > self.collector.limit_bytes {
            let problem = Problem::new(Code::BodyTooLarge, "");
            return with(413, serde_json::to_vec(&problem).unwrap());
        }
        if batch.events.iter().any(|queued| nature(queued) == Nature::Poison) {
            let problem = Problem::new(Code::MalformedJson, "");
            return with(400, serde_json::to_vec(&problem).unwrap());
        }
        let mut verdict = Verdict::default();
        for (index, queued) in batch.events.iter().enumerate() {
            if nature(queued) == Nature::Rejected {
                let code = Code::InvalidField;
                verdict.rejected.push(Rejection::new(index, code, ""));
            } else if self.collector.stored.insert(queued.event.id) {
                // Some take the place of others, or come too late for that.
                match queued.event.id.as_bytes()[15] % 8 {
                    0 => verdict.updated += 1,
                    1 => verdict.superseded += 1,
                    _ => verdict.accepted += 1,
                }
            } else {
                verdict.duplicate += 1;
            }
        }
        with(200, serde_json::to_vec(&verdict).unwrap())
    }

    /// The driver's acknowledgement to the disk, and the simulation's own account.
    fn note_decisions(&mut self, batch: &Batch, outcome: &Outcome) {
        if !outcome.is_final(batch) {
            return;
        }
        for queued in &batch.events {
            let id = queued.event.id;
            assert!(self.decided_in_this_life.insert(id), "nothing is acknowledged twice");
            assert!(self.decided.insert(id) || self.repeated.contains(&id));
            assert!(!self.excused.contains_key(&id), "{:?}", self.excused[&id]);
            if matches!(outcome, Outcome::Split(Refusal::TooLarge)) {
                assert!(queued.bytes() >= self.collector.limit_bytes);
                self.too_large.insert(id);
            }
            if matches!(outcome, Outcome::Split(Refusal::Undeliverable(_))) {
                assert!(self.natures[&id] == Nature::Wall, "only what never went through");
                self.undeliverable += 1;
            }
        }
        if let Some(disk) = &mut self.disk {
            for queued in batch.events.iter().filter(|queued| queued.on_disk) {
                let mut read = disk.records.iter().take(disk.read);
                let place = read.position(|record| record.event.id == queued.event.id);
                let place = place.expect("only what was read can be acknowledged");
                disk.acknowledged.extend(disk.records.remove(place));
                disk.read -= 1;
            }
        }
    }

    /// The host is killed and starts again.
    fn crash(&mut self) {
        self.crashes += 1;
        self.retries += self.pipeline.stats(self.now).retries;
        self.pipeline = Pipeline::new(self.settings, self.dice.unit());
        self.flush = None;
        self.forget_memory();
        if let Some(disk) = &mut self.disk {
            // The latest acknowledgements may not have reached the disk.
            let known = disk.acknowledged.len();
            let forgotten = self.dice.index(known.min(30) + 1);
            for record in disk.acknowledged.drain(..).skip(known - forgotten).rev() {
                self.repeated.insert(record.event.id);
                disk.records.push_front(record);
            }
            disk.read = 0;
            let random = self.dice.unit();
            self.pipeline.recovered(disk.records.len(), self.now, self.now, random);
        }
    }

    fn forget_memory(&mut self) {
        self.decided_in_this_life.clear();
        for id in self.in_memory_alone.drain() {
            if !self.decided.contains(&id) {
                self.excused.entry(id).or_insert(Excuse::MemoryGone);
            }
        }
    }

    /// The host shuts the client down, and begins with a new one.
    fn restart(&mut self) {
        let until = self.now + Duration::from_millis(self.dice.below(3_000));
        self.pipeline.close(until);
        self.is_closing = true;
        loop {
            match self.pipeline.poll(self.now) {
                Step::Load { events, bytes } => self.load(events, bytes),
                Step::Send(batch) => self.send_last(&batch),
                Step::Wait(until) => self.now = until.unwrap(),
                Step::Done => break,
            }
        }
        let unsent = self.pipeline.give_up();
        let on_disk = self.disk.as_ref().map_or(0, |disk| disk.records.len());
        assert_eq!(unsent.on_disk, on_disk, "the account of what is left is exact");
        self.check();
        self.is_closing = false;
        self.crash();
        self.crashes -= 1;
    }

    fn send_last(&mut self, batch: &Batch) {
        let outcome = self.exchange(batch);
        self.now += Duration::from_millis(self.dice.below(500));
        self.note_decisions(batch, &outcome);
        let random = self.dice.unit();
        self.pipeline.settle(batch.number, &outcome, self.now, random);
    }

    /// When a flush has nothing left to wait for, nothing is left of what it was for, but for what
    /// is parked.
    fn check_flush(&mut self) {
        let Some((_, taken)) = self.flush.take_if(|(mark, _)| self.pipeline.is_flushed(*mark))
        else {
            return;
        };
        self.flushed += 1;
        if self.settings.drop_oldest {
            // What makes room for others is counted as if it had been the oldest of all.
            return;
        }
        let on_trial = self.pipeline.in_flight.iter().flat_map(|batch| &batch.events);
        let parked: HashSet<_> =
            self.pipeline.parking.held().chain(on_trial).map(|queued| queued.event.id).collect();
        for id in &self.taken[..taken] {
            let is_settled = self.decided.contains(id) || self.excused.contains_key(id);
            assert!(is_settled || parked.contains(id), "{id} is flushed, and was not decided on");
        }
    }

    fn check(&self) {
        let stats = self.pipeline.stats(self.now);
        let losses = self.pipeline.losses();
        let held = self.pipeline.queue.alone();
        assert!(held.events <= 200 && held.bytes <= 20_000, "memory is bounded");
        let window = self.pipeline.queue.waiting().iter().filter(|queued| queued.on_disk);
        let window = window.count() + self.pipeline.parking.held().count();
        let most = 2 * self.settings.batch_events + 2_000;
        assert!(window <= most, "{window} events of the disk in memory");
        assert_eq!(
            stats.tracked + stats.recovered,
            stats.queued as u64
                + stats.accepted
                + stats.updated
                + stats.superseded
                + stats.duplicate
                + losses.total(),
            "each event is in one place: {stats:?} {losses:?}"
        );
        assert_eq!(stats.rejected, losses.of(Loss::Rejected));
    }

    /// The world turns well: everything that waits has to arrive in a bounded number of steps.
    fn recover(&mut self) {
        self.faults = false;
        self.collector.limit_bytes = usize::MAX;
        let mut steps = 0;
        while self.pipeline.stats(self.now).queued > 0 {
            if let Some(until) = self.drive() {
                self.now = until;
            }
            self.check();
            steps += 1;
            assert!(steps < 20_000, "there is progress once the collector is well");
        }
    }

    fn check_the_end(&self) {
        for id in &self.taken {
            let decided = self.decided.contains(id);
            let excused = self.excused.contains_key(id);
            assert!(decided || excused, "{id} was taken, and is neither decided on nor excused");
            let stored = self.collector.stored.contains(id);
            match self.natures[id] {
                Nature::Good => assert!(stored || excused || self.too_large.contains(id), "{id}"),
                Nature::Rejected | Nature::Poison | Nature::Wall => assert!(!stored),
            }
        }
        let records = self.disk.as_ref().map_or(0, |disk| disk.records.len());
        assert_eq!(records, 0, "nothing is left on disk");
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
            _ => match world.dice.below(100) {
                // A machine that slept.
                0 => world.now += Duration::from_secs(world.dice.below(100_000)),
                1 | 2 => {
                    let until = world.now + Duration::from_secs(world.dice.below(5));
                    world.flush = Some((world.pipeline.flush(until), world.taken.len()));
                }
                3 => world.crash(),
                4 => world.restart(),
                5 | 6 => world.disk_fails = !world.disk_fails,
                7 => world.pipeline.retry_now(),
                _ => world.now += Duration::from_secs(world.dice.below(30)),
            },
        }
        world.check();
        world.check_flush();
    }
    world.recover();
    world.check_the_end();
    world
}

#[test]
fn nothing_is_lost_or_acknowledged_twice_whatever_fails() {
    if let Ok(seed) = std::env::var("CRM_SDK_SEED") {
        simulate(seed.parse().unwrap(), STEPS);
        return;
    }
    let (mut stored, mut retries, mut crashes, mut excused) = (0, 0, 0, 0);
    let (mut undeliverable, mut flushed) = (0, 0);
    for seed in 0..SEEDS {
        println!("seed {seed}");
        let world = simulate(seed, STEPS);
        stored += world.collector.stored.len();
        retries += world.retries;
        crashes += world.crashes;
        excused += world.excused.len();
        undeliverable += world.undeliverable;
        flushed += world.flushed;
    }
    let steps = SEEDS * STEPS;
    println!(
        "{steps} steps: {stored} stored, {retries} retries, {crashes} crashes, {excused} lost, \
         {undeliverable} undeliverable, {flushed} flushed"
    );
    assert!(stored > 200_000 && retries > 10_000 && crashes > 500);
    assert!(undeliverable > 200 && flushed > 100);
}

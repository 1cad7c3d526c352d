//! The collector as the simulation runs it: one store, its writer, whoever sends, whoever reads, and
//! the analyses, each at its own speed in a time that the simulation moves.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use chrono_tz::Tz;
use crm_models::{Currency, Timestamp};

use super::desk::Desks;
use super::dice::{Agenda, Dice};
use super::ledger::{Bought, Extent, Ledger, Nature};
use super::{ASKING_STEPS, Fault, Scene, WHOLE_STEPS};
use crate::auth::Access;
use crate::clock::Clock;
use crate::ingest::by_hand::{ByHand, Did, Task};
use crate::ingest::{Answer, Config, Ingest, IngestError};
use crate::reports::Reports;
use crate::store::{Closed, KeyId, Reads, Standing, Store, StoreError, Workspace};

/// 2023-11-14, a little before the clocks of none of the zones change.
const BEGAN_MS: i64 = 1_700_000_000_000;
const ZONES: [Tz; 4] = [Tz::UTC, Tz::Europe__London, Tz::Asia__Tokyo, Tz::America__Los_Angeles];

/// An event is stored within so long, whoever else reads or computes.
const STORED_WITHIN_MS: u64 = 3_000;
/// The `-wal` file has at most so many bytes.
const WAL_BYTES: u64 = 12 << 20;
/// How long who reads is held back at the most. What is prepared takes a further snapshot by itself, and
/// really waits where others are held: so the store is told to wait for a part of that.
const HELD_AT_MOST: Duration = Duration::from_secs(1);
const FASTER: u32 = 200;
/// How long nothing has to come in for the writer to rest.
const REST_MS: u64 = 100;

/// How long it is until somebody moves a workspace, compares all figures, stops or kills the collector.
const ZONE_MS: std::ops::Range<u64> = 3_000..40_000;
const CHECK_MS: std::ops::Range<u64> = 1_000..9_000;
const OPERATOR_MS: std::ops::Range<u64> = 2_000..30_000;

const MS: u64 = 1_000;

/// The latest steps, the newest last.
pub(super) type Trace = Rc<RefCell<VecDeque<(u64, Actor, &'static str)>>>;
const TRACED: usize = 40;

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Actor {
    Writer,
    /// A fold or a merge is prepared.
    Task(u64),
    Sender(usize),
    Reader(usize),
    Asker(usize),
    /// A computation is begun, if it is the turn of one.
    Turn,
    Computation(u64),
    /// Somebody moves a workspace to another time zone.
    Zone,
    /// Somebody compares all figures.
    Check,
    /// Somebody stops the collector or kills it.
    Operator,
}

/// What was done, by kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) steps: u64,
    pub(super) groups: u64,
    pub(super) events: u64,
    pub(super) prepared: u64,
    pub(super) snapshots: u64,
    pub(super) held: u64,
    pub(super) compared: u64,
    pub(super) reported: u64,
    pub(super) kills: u64,
    pub(super) stops: u64,
    pub(super) zones: u64,
    pub(super) answered: u64,
    pub(super) kept: u64,
    pub(super) joined: u64,
    pub(super) left: u64,
    pub(super) cancelled: u64,
    pub(super) refused: u64,
    pub(super) longest_ms: u64,
    pub(super) wal_bytes: u64,
}

impl Tally {
    pub(super) fn add(&mut self, other: &Self) {
        self.steps += other.steps;
        self.groups += other.groups;
        self.events += other.events;
        self.prepared += other.prepared;
        self.snapshots += other.snapshots;
        self.held += other.held;
        self.compared += other.compared;
        self.reported += other.reported;
        self.kills += other.kills;
        self.stops += other.stops;
        self.zones += other.zones;
        self.answered += other.answered;
        self.kept += other.kept;
        self.joined += other.joined;
        self.left += other.left;
        self.cancelled += other.cancelled;
        self.refused += other.refused;
        self.longest_ms = self.longest_ms.max(other.longest_ms);
        self.wal_bytes = self.wal_bytes.max(other.wal_bytes);
    }

    /// What happened how often, and has to have happened how often at least.
    pub(super) fn counts(&self) -> [(&'static str, u64, u64); 14] {
        [
            ("groups", self.groups, 5_000),
            ("events", self.events, 50_000),
            ("folds and merges", self.prepared, 500),
            ("snapshots", self.snapshots, 5_000),
            ("moments in which readers were held", self.held, 50),
            ("figures compared", self.compared, 100),
            ("times that reports were compared", self.reported, 50),
            ("kills", self.kills, 10),
            ("stops", self.stops, 5),
            ("answers to who waited", self.answered, 1_000),
            ("kept answers", self.kept, 1_000),
            ("computations joined", self.joined, 1_000),
            ("computations cancelled", self.cancelled, 100),
            ("who left", self.left, 1_000),
        ]
    }
}

/// What outlives a run of the collector.
pub(super) struct World {
    pub(super) dice: Dice,
    pub(super) clock: Clock,
    began_at: Instant,
    pub(super) ledgers: Vec<Ledger>,
    senders: Vec<Sender>,
    pub(super) scene: Scene,
    pub(super) fault: Fault,
    steps: u64,
    next_id: u128,
    pub(super) tally: Tally,
    trace: Trace,
}

type Submitted = Pin<Box<dyn Future<Output = Result<Vec<Answer>, IngestError>>>>;

/// One key of one workspace.
struct Sender {
    of: usize,
    key: KeyId,
    /// What was sent and is not answered.
    unanswered: Vec<u128>,
    under_way: Option<(Submitted, u64)>,
}

/// How a run of the collector ended.
enum Ending {
    /// It has left its files in this folder.
    Killed(tempfile::TempDir),
    Stopped,
    Over,
}

impl World {
    pub(super) fn new(seed: u64, scene: Scene, fault: Fault, trace: Trace) -> Self {
        let clock = Clock::fixed(Timestamp::from_millis(BEGAN_MS));
        let mut dice = Dice(seed);
        let (steps, senders) = match scene {
            Scene::Whole => (WHOLE_STEPS, 3 + dice.index(5)),
            Scene::Asking => (ASKING_STEPS, 1),
        };
        let senders = (0..senders).map(|number| Sender {
            of: number % 3,
            key: KeyId(i64::try_from(number).unwrap() + 1),
            unanswered: Vec::new(),
            under_way: None,
        });
        Self {
            senders: senders.collect(),
            dice,
            began_at: clock.instant(),
            clock,
            ledgers: Vec::new(),
            scene,
            fault,
            // Faults are found soon, or not at all.
            steps: if fault == Fault::None { steps } else { 4 * steps },
            next_id: 1,
            tally: Tally::default(),
            trace,
        }
    }

    /// Runs the collector again and again until there are steps enough.
    pub(super) fn run(mut self) -> Tally {
        let mut folder = tempfile::tempdir().unwrap();
        let held_at_most = match self.fault {
            Fault::HeldForEver => Duration::from_secs(3_600),
            _ => HELD_AT_MOST / FASTER,
        };
        loop {
            let store = Arc::new(Store::open_small(folder.path(), held_at_most).unwrap());
            if self.ledgers.is_empty() {
                self.ledgers = (0..3).map(|number| Ledger::new(add(&store, number))).collect();
            }
            let mut life = Life::new(&mut self, &store);
            let ending = life.run();
            drop(life);
            let closed = store.close().unwrap();
            match ending {
                Ending::Killed(left) => folder = left,
                Ending::Stopped | Ending::Over => {
                    self.require(closed == Closed::Whole, || "a part is left in the log".into());
                    self.require(wal_bytes(folder.path()) == 0, || "the log is left".into());
                }
            }
            if is_over(&self) {
                return self.finish(folder.path());
            }
        }
    }

    /// All that is derived is what the log says.
    fn finish(self, folder: &Path) -> Tally {
        let store = Store::open_small(folder, HELD_AT_MOST / FASTER).unwrap();
        let wrong = store.check().unwrap().wrong;
        self.require(wrong.is_empty(), || format!("{wrong:?}"));
        self.tally
    }

    pub(super) fn now(&self) -> u64 {
        u64::try_from(self.clock.instant().duration_since(self.began_at).as_micros()).unwrap()
    }

    /// What holds, or what does not.
    #[track_caller]
    pub(super) fn require(&self, holds: bool, what: impl FnOnce() -> String) {
        assert!(holds, "{}", what());
    }

    fn note(&mut self, actor: Actor, did: &'static str) {
        self.tally.steps += 1;
        let now = self.now();
        let mut trace = self.trace.borrow_mut();
        if trace.len() == TRACED {
            trace.pop_front();
        }
        trace.push_back((now, actor, did));
    }

    /// An event that a sender has made, or one that was sent before.
    fn make(&mut self, of: usize) -> u128 {
        let (dice, ledger) = (&mut self.dice, &mut self.ledgers[of]);
        let kind = dice.within(0..100);
        if kind < 6 && self.next_id > 1 {
            let earlier = u128::from(dice.within(1..u64::try_from(self.next_id).unwrap()));
            if ledger.made.contains_key(&earlier) {
                return earlier;
            }
        }
        let at =
            self.clock.now().plus_millis(-i64::try_from(dice.within(0..40 * 86_400_000)).unwrap());
        let customer = dice.within(0..200);
        let mut bought = Bought {
            customer: (!dice.one_in(6)).then_some(customer),
            is_refund: dice.one_in(8),
            is_foreign: dice.one_in(5),
            at,
            sku: dice.within(0..50),
            price: dice.within(0..1_000_000),
            number: dice.one_in(2).then(|| dice.within(0..1_000_000_000)),
            is_cancelled: false,
            replaces: false,
        };
        let nature = match kind {
            6..=9 => Nature::Bad,
            10..=19 => Nature::Interaction { customer, at },
            20..=26 => Nature::Customer { customer, at },
            27..=34 => {
                if let Some(known) = ledger.numbered(dice.index(1 << 20)) {
                    bought = match dice.within(0..4) {
                        // The same again is a duplicate, with another price a conflict.
                        price @ 0..=1 => {
                            Bought { price: known.price + price, replaces: false, ..known }
                        }
                        // Another customer, time, currency, product or price, or nothing at all.
                        _ => Bought {
                            number: known.number,
                            is_cancelled: dice.one_in(3),
                            replaces: true,
                            ..bought
                        },
                    };
                }
                Nature::Purchase(bought)
            }
            _ => Nature::Purchase(bought),
        };
        let id = self.next_id;
        self.next_id += 1;
        ledger.made.insert(id, nature);
        id
    }
}

fn is_over(world: &World) -> bool {
    world.tally.steps >= world.steps
}

fn add(store: &Store, number: usize) -> Workspace {
    let zone = ZONES[number];
    let (name, now) = (format!("shop {number}"), Timestamp::from_millis(BEGAN_MS));
    store.write::<_, StoreError>(|tx| tx.add_workspace(&name, Currency::GBP, zone, now)).unwrap()
}

fn wal_bytes(folder: &Path) -> u64 {
    std::fs::metadata(folder.join("crm.db-wal")).map_or(0, |file| file.len())
}

/// A fold or a merge that is being prepared.
enum Preparing<'s> {
    /// It waits for a snapshot since then.
    Waits(Task, u64),
    /// What it has read is added up while its snapshot stands.
    Adds(Box<dyn FnOnce() + Send>, Standing<'s>),
}

/// Somebody who reads now and then.
struct Reader<'s> {
    reads: Reads,
    wants_since: Option<u64>,
    reading: Option<(Standing<'s>, Vec<Extent>)>,
}

/// One run of the collector.
pub(super) struct Life<'s, 'w> {
    pub(super) world: &'w mut World,
    pub(super) store: &'s Arc<Store>,
    pub(super) agenda: Agenda<Actor>,
    ingest: Ingest,
    writer: Option<ByHand>,
    idle_since: Option<u64>,
    tasks: BTreeMap<u64, Preparing<'s>>,
    next_task: u64,
    readers: Vec<Reader<'s>>,
    pub(super) desks: Desks<'s>,
    pub(super) stopping: bool,
    killed: Option<tempfile::TempDir>,
}

impl<'s, 'w> Life<'s, 'w> {
    fn new(world: &'w mut World, store: &'s Arc<Store>) -> Self {
        let config = Config { events_per_second: 0, queue_events: 60, ..Config::default() };
        let (ingest, writer) = Ingest::by_hand(store.clone(), &config, world.clock.clone());
        let overlap = world.fault == Fault::Overlap;
        let readers = [Reads::Some, Reads::Some, Reads::Some, Reads::Some, Reads::Briefly]
            .into_iter()
            .chain([if overlap { Reads::Briefly } else { Reads::AtLength }; 2]);
        let readers: Vec<_> = readers
            .filter(|_| world.scene == Scene::Whole)
            .map(|reads| Reader { reads, wants_since: None, reading: None })
            .collect();
        let mut agenda = Agenda::new();
        let now = world.now();
        for (number, sender) in world.senders.iter_mut().enumerate() {
            sender.under_way = None;
            agenda.note(now + world.dice.within(0..50 * MS), Actor::Sender(number));
        }
        (0..readers.len()).for_each(|reader| agenda.note(now, Actor::Reader(reader)));
        agenda.note(now, Actor::Writer);
        let desks = Desks::new(world, &mut agenda);
        let mut life = Self {
            world,
            store,
            agenda,
            ingest,
            writer: Some(writer),
            idle_since: None,
            tasks: BTreeMap::new(),
            next_task: 0,
            readers,
            desks,
            stopping: false,
            killed: None,
        };
        life.rarely(ZONE_MS, Actor::Zone);
        life.rarely(CHECK_MS, Actor::Check);
        life.rarely(OPERATOR_MS, Actor::Operator);
        life
    }

    fn run(&mut self) -> Ending {
        loop {
            let (at, actor) = self.agenda.next();
            let now = self.world.now();
            self.world.clock.pass(Duration::from_micros(at.saturating_sub(now)));
            if let Some(did) = self.act(actor) {
                self.world.note(actor, did);
                self.check_senders();
            }
            if let Some(left) = self.killed.take() {
                return Ending::Killed(left);
            }
            if self.stopping && self.has_ended() {
                return Ending::Stopped;
            }
            if is_over(self.world) && !self.stopping {
                self.stop();
            }
            if is_over(self.world) && self.has_ended() {
                return Ending::Over;
            }
        }
    }

    /// A snapshot for somebody who has wanted one since then, unless they have to wait.
    pub(super) fn stand(&self, reads: Reads, since: u64) -> Option<Standing<'s>> {
        let waited = Duration::from_micros(self.world.now() - since);
        self.store.stand(reads, waited / FASTER).unwrap()
    }

    /// Has somebody act; what they did, if that is a step, and not only waiting.
    fn act(&mut self, actor: Actor) -> Option<&'static str> {
        match actor {
            Actor::Writer => self.write(),
            Actor::Task(number) => self.prepare(number),
            Actor::Sender(number) => self.send(number),
            Actor::Reader(number) => self.read(number),
            Actor::Asker(number) => self.ask(number),
            Actor::Turn => self.turn(),
            Actor::Computation(number) => self.compute(number),
            Actor::Zone => self.move_zone(),
            Actor::Check => self.compare(),
            Actor::Operator => self.operate(),
        }
    }

    pub(super) fn later(&mut self, within_ms: std::ops::Range<u64>, actor: Actor) {
        let at =
            self.world.now() + self.world.dice.within(within_ms.start * MS..within_ms.end * MS);
        self.agenda.note(at, actor);
    }

    /// The same for what is rare beside all that happens.
    fn rarely(&mut self, within_ms: std::ops::Range<u64>, actor: Actor) {
        let times = match self.world.scene {
            Scene::Whole => 1,
            Scene::Asking => 50,
        };
        self.later(within_ms.start * times..within_ms.end * times, actor);
    }

    fn write(&mut self) -> Option<&'static str> {
        let writer = self.writer.as_mut()?;
        self.world.clock.each_look_takes(Duration::from_micros(self.world.dice.within(50..2_000)));
        let did = writer.step();
        let now = self.world.now();
        let mut rested = false;
        if did == Did::Listened {
            let since = *self.idle_since.get_or_insert(now);
            rested = now - since >= REST_MS * MS;
            if rested {
                writer.rest();
                self.idle_since = None;
            }
        } else {
            self.idle_since = None;
        }
        let (tasks, settled) = (writer.take_tasks(), writer.take_settled());
        self.world.clock.each_look_takes(Duration::ZERO);
        for (workspace, answers) in settled {
            self.world.tally.events += answers.len() as u64;
            let ledgers = &mut self.world.ledgers;
            let of = ledgers.iter_mut().find(|ledger| ledger.workspace.id == workspace).unwrap();
            if let Err(wrong) = of.settle(&answers) {
                panic!("{wrong}");
            }
        }
        for task in tasks {
            let number = self.next_task;
            self.next_task += 1;
            self.tasks.insert(number, Preparing::Waits(task, self.world.now()));
            self.later(0..20, Actor::Task(number));
        }
        let told = match did {
            Did::Listened if rested => {
                self.later(1..20, Actor::Writer);
                Some("rests")
            }
            Did::Listened if self.world.scene == Scene::Asking => {
                self.later(REST_MS..2 * REST_MS, Actor::Writer);
                None
            }
            Did::Listened | Did::Waited => {
                self.later(2..8, Actor::Writer);
                None
            }
            Did::Wrote => {
                self.world.tally.groups += 1;
                self.later(1..30, Actor::Writer);
                Some("writes a group")
            }
            Did::Ended => {
                // Whoever is not served is told to come again.
                self.writer = None;
                Some("ends")
            }
        };
        if told.is_some() {
            let bytes = wal_bytes(self.store.path().parent().unwrap());
            self.world.tally.wal_bytes = self.world.tally.wal_bytes.max(bytes);
            self.world.tally.held += u64::from(!self.store.holds_nobody());
            self.world.require(bytes <= WAL_BYTES, || format!("the log has {bytes} bytes"));
        }
        told
    }

    /// Nobody who sent something waits longer than the bound.
    fn check_senders(&mut self) {
        let now = self.world.now();
        let since = self.world.senders.iter().filter_map(|sender| sender.under_way.as_ref());
        let longest_ms = since.map(|(_, since)| (now - since) / MS).max().unwrap_or(0);
        self.world.tally.longest_ms = self.world.tally.longest_ms.max(longest_ms);
        self.world.require(longest_ms <= STORED_WITHIN_MS, || {
            format!("an event is not stored after {longest_ms} ms")
        });
    }

    fn prepare(&mut self, number: u64) -> Option<&'static str> {
        match self.tasks.remove(&number)? {
            Preparing::Waits(task, since) => {
                let Some(standing) = self.stand(Reads::ToFold, since) else {
                    self.tasks.insert(number, Preparing::Waits(task, since));
                    self.later(2..8, Actor::Task(number));
                    return None;
                };
                self.tasks.insert(number, Preparing::Adds(task(), standing));
                self.later(1..150, Actor::Task(number));
                self.world.tally.prepared += 1;
                Some("reads to fold or merge")
            }
            Preparing::Adds(publish, standing) => {
                publish();
                drop(standing);
                Some("has prepared a fold or a merge")
            }
        }
    }

    fn send(&mut self, number: usize) -> Option<&'static str> {
        let now = self.world.now();
        if let Some((mut submitted, since)) = self.world.senders[number].under_way.take() {
            let polled = submitted.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            return match polled {
                Poll::Pending => {
                    self.world.senders[number].under_way = Some((submitted, since));
                    self.later(2..15, Actor::Sender(number));
                    None
                }
                Poll::Ready(Ok(answers)) => {
                    let of = self.world.senders[number].of;
                    let sent = std::mem::take(&mut self.world.senders[number].unanswered);
                    self.world
                        .require(sent.len() == answers.len(), || "not all is answered".into());
                    let ledger = &self.world.ledgers[of];
                    for (answer, sent) in answers.iter().zip(sent) {
                        let id = answer.id.map(|id| u128::from_be_bytes(*id.as_bytes()));
                        let right = id == Some(sent) && ledger.bears_out(answer);
                        self.world.require(right, || format!("{sent} is told {answer:?}"));
                    }
                    let pause_ms = match self.world.scene {
                        Scene::Whole => 1..120,
                        Scene::Asking => 1..20_000,
                    };
                    self.later(pause_ms, Actor::Sender(number));
                    Some("is answered")
                }
                Poll::Ready(Err(IngestError::Stopping)) => {
                    self.later(20..200, Actor::Sender(number));
                    Some("is told to come again")
                }
                Poll::Ready(Err(error)) => panic!("{error}"),
            };
        }
        let of = self.world.senders[number].of;
        if self.world.senders[number].unanswered.is_empty() {
            let count = 1 + self.world.dice.index(12);
            let made = (0..count).map(|_| self.world.make(of)).collect();
            self.world.senders[number].unanswered = made;
        }
        let sender = &mut self.world.senders[number];
        let ledger = &self.world.ledgers[of];
        let events: Vec<_> =
            sender.unanswered.iter().map(|id| ledger.made[id].parsed(*id)).collect();
        let access = Access::of_key(ledger.workspace.id, sender.key);
        let ingest = self.ingest.clone();
        let mut submitted: Submitted = Box::pin(async move {
            let size_bytes = 200 * events.len();
            ingest.submit(&access, events, size_bytes).await
        });
        match submitted.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => {
                sender.under_way = Some((submitted, now));
                self.later(1..15, Actor::Sender(number));
                Some("sends")
            }
            Poll::Ready(Err(IngestError::QueueFull | IngestError::Stopping)) => {
                self.later(10..100, Actor::Sender(number));
                Some("is refused")
            }
            Poll::Ready(other) => panic!("answered before it was written: {other:?}"),
        }
    }

    fn read(&mut self, number: usize) -> Option<&'static str> {
        let now = self.world.now();
        let reader = &mut self.readers[number];
        if let Some((mut standing, extents)) = reader.reading.take() {
            let tx = standing.tx().unwrap();
            for (ledger, extent) in self.world.ledgers.iter().zip(&extents) {
                let found = tx.last_seq(&ledger.workspace).unwrap();
                let expected = ledger.last_seq(*extent);
                self.world.require(found == expected, || {
                    format!("a snapshot ends at {found} instead of {expected}")
                });
            }
            let of = self.world.dice.index(extents.len());
            if self.world.dice.one_in(24) {
                let customer = self.world.dice.within(0..200);
                let same = self.world.ledgers[of].compare(&tx, extents[of], customer).unwrap();
                self.world.tally.compared += 1;
                self.world.require(same.is_ok(), || same.err().unwrap_or_default());
            }
            let never_ends =
                self.world.fault == Fault::HeldForEver && reader.reads == Reads::AtLength;
            if never_ends {
                reader.reading = Some((standing, extents));
                self.later(100..200, Actor::Reader(number));
                return None;
            }
            let overlaps = self.world.fault == Fault::Overlap && number >= 5;
            drop(standing);
            self.later(if overlaps { 0..1 } else { 1..400 }, Actor::Reader(number));
            return Some("has read");
        }
        if self.stopping {
            return None;
        }
        let since = *reader.wants_since.get_or_insert(now);
        let reads = reader.reads;
        let Some(standing) = self.stand(reads, since) else {
            self.later(2..8, Actor::Reader(number));
            return None;
        };
        let extents = self.world.ledgers.iter().map(Ledger::extent).collect();
        let reader = &mut self.readers[number];
        (reader.wants_since, reader.reading) = (None, Some((standing, extents)));
        let holds_ms = match reads {
            Reads::Briefly if number < 5 => 1..3,
            Reads::Some | Reads::ToFold => 1..250,
            Reads::AtLength | Reads::Briefly => 20..800,
        };
        self.world.tally.snapshots += 1;
        self.later(holds_ms, Actor::Reader(number));
        Some("begins to read")
    }

    fn move_zone(&mut self) -> Option<&'static str> {
        self.rarely(ZONE_MS, Actor::Zone);
        let of = self.world.dice.index(3);
        let zone = ZONES[self.world.dice.index(ZONES.len())];
        let ledger = &mut self.world.ledgers[of];
        ledger.workspace.timezone = zone;
        self.store
            .write::<_, StoreError>(|tx| {
                tx.change_workspace(&ledger.workspace)?;
                tx.unfold(&ledger.workspace)
            })
            .unwrap();
        self.world.tally.zones += 1;
        Some("moves a workspace")
    }

    /// Compares all that a new snapshot has.
    fn compare(&mut self) -> Option<&'static str> {
        self.rarely(CHECK_MS, Actor::Check);
        let now = self.world.now();
        let mut standing = self.stand(Reads::Some, now)?;
        let tx = standing.tx().unwrap();
        for ledger in &self.world.ledgers {
            let customer = self.world.dice.within(0..200);
            let same = ledger.compare(&tx, ledger.extent(), customer).unwrap();
            self.world.require(same.is_ok(), || same.err().unwrap_or_default());
            self.world.tally.compared += 1;
        }
        drop(standing);
        // Reports take snapshots by themselves, so they are asked where nobody has to wait for one.
        if self.stand(Reads::Some, now).is_some() && self.stand(Reads::AtLength, now).is_some() {
            let reports = Reports::new(self.store.clone(), self.world.clock.clone());
            let ledger = &self.world.ledgers[self.world.dice.index(3)];
            let currency = [Currency::GBP, Currency::EUR][self.world.dice.index(2)];
            let same = ledger.compare_reports(&reports, currency);
            self.world.require(same.is_ok(), || same.err().unwrap_or_default());
            self.world.tally.reported += 1;
        }
        Some("compares all figures")
    }

    fn operate(&mut self) -> Option<&'static str> {
        if self.stopping {
            return None;
        }
        if self.world.fault != Fault::None {
            return None;
        }
        if self.world.dice.one_in(3) {
            self.stop();
            self.world.tally.stops += 1;
            return Some("stops the collector");
        }
        self.killed = Some(self.copy_files());
        self.world.tally.kills += 1;
        Some("kills the collector")
    }

    pub(super) fn stop(&mut self) {
        self.stopping = true;
        self.ingest.stop();
        self.stop_desks();
    }

    fn has_ended(&self) -> bool {
        self.writer.is_none()
            && self.tasks.is_empty()
            && self.readers.iter().all(|reader| reader.reading.is_none())
            && self.desks.have_ended()
    }

    /// What a kill leaves: the files as they are, now and then with the beginning of a transaction
    /// that was not committed.
    fn copy_files(&mut self) -> tempfile::TempDir {
        let (from, to) = (self.store.path().parent().unwrap(), tempfile::tempdir().unwrap());
        for name in ["crm.db", "crm.db-wal"] {
            if let Ok(mut bytes) = std::fs::read(from.join(name)) {
                if name == "crm.db-wal" && self.world.dice.one_in(2) {
                    let torn = self.world.dice.within(1..9_000);
                    bytes.extend((0..torn).map(|_| self.world.dice.roll().to_be_bytes()[0]));
                }
                std::fs::write(to.path().join(name), bytes).unwrap();
            }
        }
        to
    }
}

//! One run of the collector: who acts when, from its start until it stops or is killed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::desk::Desks;
use super::dice::Agenda;
use super::operator::{OPERATOR_MS, ZONE_MS};
use super::reader::{CHECK_MS, Reader};
use super::world::{FASTER, World, is_over};
use super::writer::Preparing;
use super::{Fault, Scene};
use crate::ingest::by_hand::ByHand;
use crate::ingest::{Config, Ingest};
use crate::store::{Reads, Standing, Store};

pub(super) const MS: u64 = 1_000;

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
    /// Somebody moves a workspace to another time zone, and this one once more.
    Zone,
    ZoneAgain(usize),
    /// Somebody compares all figures.
    Check,
    /// Somebody stops the collector or kills it.
    Operator,
}

/// How a run of the collector ended.
pub(super) enum Ending {
    /// It has left its files in this folder.
    Killed(tempfile::TempDir),
    Stopped,
    Over,
}

/// One run of the collector.
pub(super) struct Life<'s, 'w> {
    pub(super) world: &'w mut World,
    pub(super) store: &'s Arc<Store>,
    pub(super) agenda: Agenda<Actor>,
    pub(super) ingest: Ingest,
    pub(super) writer: Option<ByHand>,
    pub(super) idle_since: Option<u64>,
    pub(super) tasks: BTreeMap<u64, Preparing<'s>>,
    pub(super) next_task: u64,
    pub(super) readers: Vec<Reader<'s>>,
    pub(super) desks: Desks<'s>,
    /// A workspace that was moved, and may be moved again.
    pub(super) second_thoughts: Option<usize>,
    pub(super) stopping: bool,
    pub(super) killed: Option<tempfile::TempDir>,
}

impl<'s, 'w> Life<'s, 'w> {
    pub(super) fn new(world: &'w mut World, store: &'s Arc<Store>) -> Self {
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
            second_thoughts: None,
            stopping: false,
            killed: None,
        };
        life.rarely(ZONE_MS, Actor::Zone);
        life.rarely(CHECK_MS, Actor::Check);
        life.rarely(OPERATOR_MS, Actor::Operator);
        life
    }

    pub(super) fn run(&mut self) -> Ending {
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
            Actor::Zone => self.move_some(),
            Actor::ZoneAgain(of) => self.move_again(of),
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
    pub(super) fn rarely(&mut self, within_ms: std::ops::Range<u64>, actor: Actor) {
        let times = match self.world.scene {
            Scene::Whole => 1,
            Scene::Asking => 50,
        };
        self.later(within_ms.start * times..within_ms.end * times, actor);
    }

    fn has_ended(&self) -> bool {
        self.writer.is_none()
            && self.tasks.is_empty()
            && self.readers.iter().all(|reader| reader.reading.is_none())
            && self.desks.have_ended()
    }
}

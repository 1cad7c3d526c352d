//! What outlives a run of the collector: the clock, chance, what is known of each workspace, whoever
//! sends, and what has to hold.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crm_models::{Currency, Timestamp};

use super::dice::Dice;
use super::ledger::Ledger;
use super::life::{Actor, Ending, Life};
use super::operator::ZONES;
use super::sender::Sender;
use super::tally::Tally;
use super::{ASKING_STEPS, Fault, Scene, WHOLE_STEPS};
use crate::clock::Clock;
use crate::store::{Closed, Store, StoreError, Workspace};

/// 2023-11-14, a little before the clocks of none of the zones change.
const BEGAN_MS: i64 = 1_700_000_000_000;
/// How long who reads is held back at the most. What is prepared takes a further snapshot by itself, and
/// really waits where others are held: so the store is told to wait for a part of that.
const HELD_AT_MOST: Duration = Duration::from_secs(1);
pub(super) const FASTER: u32 = 200;

/// The latest steps, the newest last.
pub(super) type Trace = Rc<RefCell<VecDeque<(u64, Actor, &'static str)>>>;
const TRACED: usize = 40;

/// What outlives a run of the collector.
pub(super) struct World {
    pub(super) dice: Dice,
    pub(super) clock: Clock,
    began_at: Instant,
    pub(super) ledgers: Vec<Ledger>,
    pub(super) senders: Vec<Sender>,
    pub(super) scene: Scene,
    pub(super) fault: Fault,
    steps: u64,
    pub(super) next_id: u128,
    pub(super) tally: Tally,
    trace: Trace,
}

impl World {
    pub(super) fn new(seed: u64, scene: Scene, fault: Fault, trace: Trace) -> Self {
        let clock = Clock::fixed(Timestamp::from_millis(BEGAN_MS));
        let mut dice = Dice(seed);
        let (steps, senders) = match scene {
            Scene::Whole => (WHOLE_STEPS, 3 + dice.index(5)),
            Scene::Asking => (ASKING_STEPS, 1),
        };
        Self {
            senders: (0..senders).map(Sender::new).collect(),
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

    pub(super) fn note(&mut self, actor: Actor, did: &'static str) {
        self.tally.steps += 1;
        let now = self.now();
        let mut trace = self.trace.borrow_mut();
        if trace.len() == TRACED {
            trace.pop_front();
        }
        trace.push_back((now, actor, did));
    }
}

pub(super) fn is_over(world: &World) -> bool {
    world.tally.steps >= world.steps
}

fn add(store: &Store, number: usize) -> Workspace {
    let zone = ZONES[number];
    let (name, now) = (format!("shop {number}"), Timestamp::from_millis(BEGAN_MS));
    store.write::<_, StoreError>(|tx| tx.add_workspace(&name, Currency::GBP, zone, now)).unwrap()
}

pub(super) fn wal_bytes(folder: &Path) -> u64 {
    std::fs::metadata(folder.join("crm.db-wal")).map_or(0, |file| file.len())
}

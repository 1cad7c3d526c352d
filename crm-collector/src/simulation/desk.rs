//! Whoever asks for analyses, and the analyses.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;

use super::dice::Agenda;
use super::ledger::Extent;
use super::life::{Actor, Life};
use super::world::World;
use super::{Fault, Scene};
use crate::ask_error::AskError;
use crate::insights::by_hand::{Analysed, Asked, Computation, Desk, LINGERS, Told, Wait};
use crate::store::{Reads, Standing};

const LINGERS_US: u64 = 30_000_000;
/// An answer serves so long, whatever has come in.
const FRESH_MS: i64 = 30_000;
/// Answers that are kept, and bytes for them.
const KEPT: usize = 24;
const KEPT_BYTES: usize = 100_000;
/// Computed at a time, of all and of one workspace; and large ones.
const AT_ONCE: usize = 4;
const AT_ONCE_OF_ONE: usize = 3;
const MOST_LARGE: usize = 1;

/// The analyses of one run of the collector.
pub(super) struct Desks<'s> {
    desk: Desk,
    askers: Vec<Asker>,
    questions: u64,
    /// Computations that were begun or wait for their turn.
    flights: BTreeMap<u64, Flight>,
    computing: BTreeMap<u64, Computing<'s>>,
    /// Until when an answer is owed to somebody who left.
    owed: BTreeMap<(usize, u32), u64>,
    next: u64,
}

/// Somebody who asks now and then.
#[derive(Default)]
struct Asker {
    waiting: Option<(u64, Wait)>,
}

/// What the simulation knows of a computation.
struct Flight {
    of: usize,
    asked: Asked,
    is_large: bool,
    waiting: BTreeSet<usize>,
    /// When the last one has left.
    left: u64,
}

/// A computation whose turn it is.
struct Computing<'s> {
    computation: Computation,
    stage: Stage<'s>,
}

enum Stage<'s> {
    /// It waits for a snapshot since then, to read or to look names up.
    Waits { since: u64, computed: bool },
    /// It reads.
    Reads { standing: Standing<'s>, extent: Extent, computed: bool },
    /// It computes, for so many moments more. Nothing stands meanwhile, or else that is the fault.
    Computes { moments: u64, keeps: Option<Standing<'s>> },
}

impl Desks<'_> {
    pub(super) fn new(world: &mut World, agenda: &mut Agenda<Actor>) -> Self {
        assert_eq!(u128::from(LINGERS_US), LINGERS.as_micros());
        let askers = match world.scene {
            Scene::Whole => 4 + world.dice.index(30),
            Scene::Asking => 20 + world.dice.index(300),
        };
        let now = world.now();
        (0..askers).for_each(|asker| {
            agenda.note(now + world.dice.within(0..3_000_000), Actor::Asker(asker));
        });
        Self {
            desk: Desk::new(KEPT, KEPT_BYTES, MOST_LARGE, world.clock.clone()),
            askers: (0..askers).map(|_| Asker::default()).collect(),
            questions: world.dice.within(2..80),
            flights: BTreeMap::new(),
            computing: BTreeMap::new(),
            owed: BTreeMap::new(),
            next: 1,
        }
    }

    pub(super) fn have_ended(&self) -> bool {
        self.computing.is_empty()
    }
}

impl Flight {
    /// Whether whoever asks this may wait for it.
    fn answers(&self, of: usize, asked: &Asked) -> bool {
        (self.of, self.asked.question) == (of, asked.question)
            && is_like(self.asked.timezone, self.asked.as_of, asked)
    }

    /// Whether nobody has wanted it for as long as it goes on then.
    fn is_unwanted(&self, now: u64) -> bool {
        self.waiting.is_empty() && now >= self.left + LINGERS_US
    }
}

impl Life<'_, '_> {
    pub(super) fn ask(&mut self, number: usize) -> Option<&'static str> {
        if let Some((flight, wait)) = self.desks.askers[number].waiting.take() {
            // They have lost patience.
            drop(wait);
            self.later(1..4_000, Actor::Asker(number));
            let flight = self.desks.flights.get_mut(&flight).expect("who waits was not told");
            flight.waiting.remove(&number);
            flight.left = self.world.now();
            self.world.tally.left += 1;
            return Some("leaves");
        }
        if self.stopping {
            return None;
        }
        let of = self.world.dice.index(3);
        let question = u32::try_from(self.world.dice.within(0..self.desks.questions)).unwrap();
        let asked = self.asked(of, question);
        let is_large = question.is_multiple_of(4);
        let (now, flight) = (self.world.now(), self.desks.next);
        self.desks.next += 1;
        let told = self.desks.desk.ask(asked, is_large, flight);
        let (flight, mut wait) = match told {
            Told::Kept(answer) => {
                self.require_serves(of, asked, answer);
                self.world.tally.kept += 1;
                self.later(1..2_000, Actor::Asker(number));
                return Some("has a kept answer");
            }
            Told::Joined(wait) => {
                let mut newest = self.desks.flights.iter().rev();
                let joined = newest.find(|(_, flight)| flight.answers(of, &asked));
                self.world.tally.joined += 1;
                (*joined.expect("what nobody began was joined").0, wait)
            }
            Told::Begun(wait) => {
                // Those before it that nobody wanted were given up, or are about to be.
                let computing = &self.desks.computing;
                self.desks.flights.retain(|number, one| {
                    !one.answers(of, &asked)
                        || !one.is_unwanted(now)
                        || computing.contains_key(number)
                });
                let begun = Flight { of, asked, is_large, waiting: BTreeSet::new(), left: now };
                self.desks.flights.insert(flight, begun);
                (flight, wait)
            }
        };
        if let Some(told) = wait.poll() {
            // Begun just now, so that it was refused.
            self.world.require(told == Err(AskError::Busy), || format!("refused by {told:?}"));
            self.desks.flights.remove(&flight);
            self.world.tally.refused += 1;
            self.later(1..2_000, Actor::Asker(number));
            return Some("is refused");
        }
        self.desks.flights.get_mut(&flight).unwrap().waiting.insert(number);
        self.desks.askers[number].waiting = Some((flight, wait));
        // Most have patience; some leave at once.
        let patience = [1..50, 100..5_000, 5_000..120_000, 20_000..120_000];
        let patience = patience[self.world.dice.index(4)].clone();
        self.later(patience, Actor::Asker(number));
        self.agenda.note(now, Actor::Turn);
        Some("asks")
    }

    fn asked(&self, of: usize, question: u32) -> Asked {
        let ledger = &self.world.ledgers[of];
        let now = self.world.clock.now();
        Asked {
            workspace: ledger.workspace.id,
            question,
            now,
            last_seq: ledger.last_seq(ledger.extent()),
            as_of: i32::try_from(now.millis() / 86_400_000).unwrap(),
            timezone: ledger.workspace.timezone,
            currency: ledger.workspace.currency,
        }
    }

    /// What was kept is of the same data, or fresh, or owed to somebody who left.
    fn require_serves(&mut self, of: usize, asked: Asked, answer: Analysed) {
        let now = self.world.now();
        let age_ms = asked.now.millis() - answer.asked_at.millis();
        let serves = answer.last_seq == asked.last_seq
            || age_ms < FRESH_MS
            || self.desks.owed.remove(&(of, asked.question)).is_some_and(|until| now < until);
        self.world.require(serves && answer.timezone == asked.timezone, || {
            format!("{asked:?} is answered by {answer:?}")
        });
    }

    pub(super) fn turn(&mut self) -> Option<&'static str> {
        let computation = self.desks.desk.next();
        let now = self.world.now();
        let computation = computation?;
        let number = computation.number;
        let flight = &self.desks.flights[&number];
        self.world.require(!flight.is_unwanted(now), || "what nobody wants is computed".into());
        let stage = Stage::Waits { since: now, computed: false };
        self.desks.computing.insert(number, Computing { computation, stage });
        let of_one = |of| {
            let flights = self.desks.computing.keys().map(|number| &self.desks.flights[number]);
            flights.filter(|flight| flight.of == of).count()
        };
        let large = self.desks.computing.keys().filter(|one| self.desks.flights[*one].is_large);
        let bounded = self.desks.computing.len() <= AT_ONCE
            && (0..3).all(|of| of_one(of) <= AT_ONCE_OF_ONE)
            && large.count() <= MOST_LARGE;
        self.world.require(bounded, || "too many compute at once".into());
        self.agenda.note(now, Actor::Computation(number));
        self.agenda.note(now, Actor::Turn);
        Some("has its turn")
    }

    pub(super) fn compute(&mut self, number: u64) -> Option<&'static str> {
        let now = self.world.now();
        let Computing { computation, stage } = self.desks.computing.remove(&number)?;
        let (is_cancelled, flight) = (computation.is_cancelled(), &self.desks.flights[&number]);
        let is_unwanted = flight.is_unwanted(now);
        self.world.require(is_cancelled == (self.stopping || is_unwanted), || {
            format!("cancelled: {is_cancelled}, while {} wait", flight.waiting.len())
        });
        if is_cancelled {
            drop(stage);
            self.world.tally.cancelled += 1;
            self.land(number, computation, None);
            return Some("is cancelled");
        }
        let (asked, of) = (flight.asked, flight.of);
        let (told, stage) = match stage {
            Stage::Waits { since, computed } => {
                let reads = match self.world.fault {
                    Fault::Overlap => Reads::Briefly,
                    _ => Reads::AtLength,
                };
                match self.stand(reads, since) {
                    None => {
                        self.later(2..8, Actor::Computation(number));
                        (None, waits(since, computed))
                    }
                    Some(standing) => {
                        self.world.tally.snapshots += 1;
                        let extent = self.world.ledgers[of].extent();
                        let most_ms = if computed { 40 } else { 400 };
                        self.later(1..most_ms, Actor::Computation(number));
                        (Some("begins to read"), Stage::Reads { standing, extent, computed })
                    }
                }
            }
            Stage::Reads { mut standing, extent, computed } => {
                let known = standing.tx().unwrap().workspace(asked.workspace).unwrap().unwrap();
                if !is_like(known.timezone, asked.as_of, &asked) {
                    drop(standing);
                    self.land(number, computation, Some(Err(AskError::Changed)));
                    return Some("finds other settings");
                }
                let found = standing.tx().unwrap().last_seq(&known).unwrap();
                let expected = self.world.ledgers[of].last_seq(extent);
                self.world.require(found == expected && found >= asked.last_seq, || {
                    format!("an analysis reads {found} instead of {expected}")
                });
                if computed {
                    drop(standing);
                    let answer = Analysed {
                        number,
                        last_seq: asked.last_seq,
                        timezone: asked.timezone,
                        asked_at: asked.now,
                        size_bytes: self.world.dice.index(20_000),
                    };
                    self.land(number, computation, Some(Ok(answer)));
                    return Some("has an answer");
                }
                let keeps = (self.world.fault == Fault::ComputesInSnapshot).then_some(standing);
                self.later(1..3_000, Actor::Computation(number));
                let moments = 1 + self.world.dice.within(0..12);
                (Some("has read"), Stage::Computes { moments, keeps })
            }
            Stage::Computes { moments, keeps } if moments > 1 => {
                self.later(1..3_000, Actor::Computation(number));
                (Some("computes"), Stage::Computes { moments: moments - 1, keeps })
            }
            Stage::Computes { .. } => {
                self.agenda.note(now, Actor::Computation(number));
                (Some("has computed"), waits(now, true))
            }
        };
        self.desks.computing.insert(number, Computing { computation, stage });
        told
    }

    /// A computation ends: everybody who waits is told, now and once.
    fn land(
        &mut self,
        number: u64,
        computation: Computation,
        outcome: Option<Result<Analysed, AskError>>,
    ) {
        computation.land(outcome.clone());
        let flight = self.desks.flights.remove(&number).unwrap();
        let expected = outcome.unwrap_or(Err(AskError::Stopping));
        if expected.is_ok() && flight.waiting.is_empty() {
            let owed = (flight.of, flight.asked.question);
            self.desks.owed.insert(owed, flight.left + LINGERS_US);
        }
        self.tell(&flight, &expected);
        let now = self.world.now();
        self.agenda.note(now, Actor::Turn);
    }

    fn tell(&mut self, flight: &Flight, expected: &Result<Analysed, AskError>) {
        for asker in &flight.waiting {
            let waiting = self.desks.askers[*asker].waiting.take();
            let told = waiting.and_then(|(_, mut wait)| wait.poll());
            self.world.require(told.as_ref() == Some(expected), || {
                format!("{told:?} is told instead of {expected:?}")
            });
            self.world.tally.answered += 1;
            // The note of when they lose patience finds them idle, and they ask again.
        }
    }

    /// The collector stops: whoever waits for a turn is told at once, the others soon.
    pub(super) fn stop_desks(&mut self) {
        self.desks.desk.stop();
        let computing = &self.desks.computing;
        let queued = self.desks.flights.keys().filter(|flight| !computing.contains_key(flight));
        for number in queued.copied().collect::<Vec<_>>() {
            let flight = self.desks.flights.remove(&number).unwrap();
            self.tell(&flight, &Err(AskError::Stopping));
        }
    }
}

fn waits<'s>(since: u64, computed: bool) -> Stage<'s> {
    Stage::Waits { since, computed }
}

/// Whether an answer for a zone and a day is one to what is asked.
fn is_like(timezone: Tz, as_of: i32, asked: &Asked) -> bool {
    timezone == asked.timezone && as_of == asked.as_of
}

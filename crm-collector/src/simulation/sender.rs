//! Whoever sends: events that are new, sent again, corrections of others, and wrong ones.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use super::Scene;
use super::ledger::{Bought, Nature};
use super::life::{Actor, Life, MS};
use super::world::World;
use crate::auth::Access;
use crate::ingest::{Decision, IngestError};
use crate::store::KeyId;

/// An event is stored within so long, whoever else reads or computes.
const STORED_WITHIN_MS: u64 = 3_000;

type Submitted = Pin<Box<dyn Future<Output = Result<Vec<Decision>, IngestError>>>>;

/// One key of one workspace.
pub(super) struct Sender {
    of: usize,
    key: KeyId,
    /// What was sent and is not answered.
    unanswered: Vec<u128>,
    pub(super) under_way: Option<(Submitted, u64)>,
}

impl Sender {
    pub(super) fn new(number: usize) -> Self {
        let key = KeyId(i64::try_from(number).unwrap() + 1);
        Self { of: number % 3, key, unanswered: Vec::new(), under_way: None }
    }
}

impl Life<'_, '_> {
    pub(super) fn send(&mut self, number: usize) -> Option<&'static str> {
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

    /// Nobody who sent something waits longer than the bound.
    pub(super) fn check_senders(&mut self) {
        let now = self.world.now();
        let since = self.world.senders.iter().filter_map(|sender| sender.under_way.as_ref());
        let longest_ms = since.map(|(_, since)| (now - since) / MS).max().unwrap_or(0);
        self.world.tally.longest_ms = self.world.tally.longest_ms.max(longest_ms);
        self.world.require(longest_ms <= STORED_WITHIN_MS, || {
            format!("an event is not stored after {longest_ms} ms")
        });
    }
}

impl World {
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

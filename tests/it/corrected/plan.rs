//! What a host does next: new purchases, corrections of its own in every way there is, and what it has
//! sent before.

use super::ledger::{Key, Ledger, Sent, What};
use super::order::{CUSTOMERS, Order};
use crate::dice::Dice;

/// 2025-06-01: hosts say that they changed something behind this, each time a second later.
const CHANGED_FROM_MS: i64 = 1_748_736_000_000;
/// The collector shows so many versions of a purchase.
const MOST_VERSIONS: usize = 90;

/// So many events may be sent again.
const LATELY: u64 = 50;

/// One request.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Batch(Vec<Sent>),
    Put(Key, Box<Sent>),
    Delete(Key),
    DeleteInteraction(String),
}

pub(super) struct Plan {
    /// Of the host.
    number: u64,
    dice: Dice,
    keys: Vec<Key>,
    /// Requests made up so far.
    steps: u64,
    /// Events, numbers and changes made up so far.
    made: u64,
    /// What was sent lately, to be sent again.
    lately: Vec<Sent>,
}

impl Plan {
    pub(super) fn new(number: u64, seed: u64) -> Self {
        let (keys, lately) = (Vec::new(), Vec::new());
        Self { number, dice: Dice::new(seed), keys, steps: 0, made: 0, lately }
    }

    /// A number that was used before, if any was.
    pub(super) fn used_key(&mut self) -> Option<Key> {
        (!self.keys.is_empty()).then(|| self.dice.pick(&self.keys).clone())
    }

    /// An interaction that was stored before, if any was.
    pub(super) fn used_interaction(&mut self, ledger: &Ledger) -> Option<String> {
        let of = ledger.nth_interaction(self.dice.below(1 << 32))?;
        (ledger.interaction(of).len() < MOST_VERSIONS).then(|| of.clone())
    }

    /// The next request: of eight, five are batches.
    pub(super) fn step(&mut self, ledger: &Ledger) -> Step {
        self.steps += 1;
        match self.steps % 8 {
            3 | 7 => {
                let key = self.key(ledger);
                let order = self.order_under(&key, ledger);
                let updated_at_ms = (self.dice.below(2) == 0).then(|| self.changes());
                let key_of = Some(key.clone());
                let what = What::Purchase { key: key_of, order, updated_at_ms, replace: true };
                Step::Put(key, Box::new(Sent { id: None, what }))
            }
            5 => match self.used_interaction(ledger) {
                Some(of) if self.dice.below(3) == 0 => Step::DeleteInteraction(of),
                _ => Step::Delete(self.key(ledger)),
            },
            _ => {
                let most = *self.dice.pick(&[3, 20, 100, 400]);
                let count = 1 + self.dice.below(most);
                Step::Batch((0..count).map(|_| self.sent(ledger)).collect())
            }
        }
    }

    /// An event of a batch.
    fn sent(&mut self, ledger: &Ledger) -> Sent {
        let what = match self.dice.below(20) {
            0 => What::Interaction { customer: self.dice.below(CUSTOMERS) },
            1 if self.dice.below(2) == 0 => match self.used_interaction(ledger) {
                Some(of) => What::Mended { of, customer: self.dice.below(CUSTOMERS) },
                None => What::Interaction { customer: self.dice.below(CUSTOMERS) },
            },
            1 => What::Customer { id: format!("k-{}-{}", self.number, self.made) },
            2 if !self.lately.is_empty() => return self.dice.pick(&self.lately).clone(),
            3..=5 => {
                let order = Order::made_up(&mut self.dice);
                What::Purchase { key: None, order, updated_at_ms: None, replace: false }
            }
            6..=9 => {
                let key = self.new_key();
                let (order, dated) = (self.order_under(&key, ledger), self.dice.below(2) == 0);
                let updated_at_ms = dated.then(|| self.changes());
                What::Purchase { key: Some(key), order, updated_at_ms, replace: false }
            }
            kind => {
                let key = self.key(ledger);
                let order = self.order_under(&key, ledger);
                let (updated_at_ms, replace) = match kind {
                    10..=13 => (Some(self.changes()), false),
                    // Changed earlier, and late to come; now and then at the very time of another.
                    14 | 15 => (Some(self.changed_before()), false),
                    16 => (None, true),
                    17 => (Some(self.changed_before()), true),
                    _ => (None, false),
                };
                // Half of what says nothing of its version is what is stored already.
                let order = match ledger.current(&key) {
                    Some(known) if kind == 18 => known.order.clone(),
                    _ => order,
                };
                What::Purchase { key: Some(key), order, updated_at_ms, replace }
            }
        };
        self.made += 1;
        let sent = Sent { id: Some(self.id()), what };
        // What may come too late is told that it does, or that it is known, each time it comes.
        if !sent.may_come_too_late() {
            let place = self.lately.len().min(usize::try_from(self.made % LATELY).unwrap());
            self.lately.splice(place..(place + 1).min(self.lately.len()), [sent.clone()]);
        }
        sent
    }

    fn id(&self) -> String {
        format!("01960000-0000-7000-8{:03x}-{:012x}", self.number, self.made)
    }

    /// A number that was used before, most often.
    fn key(&mut self, ledger: &Ledger) -> Key {
        let key = self.used_key();
        key.filter(|key| ledger.versions(key).len() < MOST_VERSIONS)
            .unwrap_or_else(|| self.new_key())
    }

    fn new_key(&mut self) -> Key {
        // The same number of two sources is that of two purchases.
        let source = *self.dice.pick(&[None, Some("shop"), Some("till")]);
        self.made += 1;
        let key = (source, format!("{}-{}", self.number, self.made / 2));
        self.keys.push(key.clone());
        key
    }

    fn order_under(&mut self, key: &Key, ledger: &Ledger) -> Order {
        match ledger.current(key) {
            Some(known) if self.dice.below(8) > 0 => known.order.changed(&mut self.dice),
            _ => {
                let mut order = Order::made_up(&mut self.dice);
                if order.is_refund && !self.keys.is_empty() {
                    order.refund_of = Some(self.dice.pick(&self.keys).1.clone());
                }
                order.telling_all()
            }
        }
    }

    fn changes(&mut self) -> i64 {
        self.made += 1;
        CHANGED_FROM_MS + i64::try_from(self.made * 1_000).unwrap()
    }

    fn changed_before(&mut self) -> i64 {
        CHANGED_FROM_MS + i64::try_from(self.dice.below(self.made + 1) * 1_000).unwrap()
    }
}

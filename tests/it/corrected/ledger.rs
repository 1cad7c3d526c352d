//! What one sender knows of its own purchases: every version of each number, and what becomes of the
//! next one, by the rules that hosts are told.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::order::{Order, customer};

/// Which purchase: its source, if one is told, and its number.
pub(super) type Key = (Option<&'static str>, String);

/// An event as it is sent.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    /// What goes by its path alone has none.
    pub(super) id: Option<String>,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Purchase {
        key: Option<Key>,
        order: Order,
        updated_at_ms: Option<i64>,
        replace: bool,
    },
    Interaction {
        customer: u64,
    },
    /// Takes the place of the interaction of this id.
    Mended {
        of: String,
        customer: u64,
    },
    Customer {
        id: String,
    },
}

impl Sent {
    /// Whether something that was changed later may be stored under its number.
    pub(super) fn may_come_too_late(&self) -> bool {
        let What::Purchase { updated_at_ms, replace, .. } = &self.what else { return false };
        updated_at_ms.is_some() && !replace
    }
}

/// What becomes of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Accepted,
    Updated,
    Superseded,
    Duplicate,
    Conflict,
}

/// When a version was changed: what a host said lies behind us, so it is earlier than what the
/// collector received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Changed {
    At(i64),
    Received,
}

#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) id: Option<String>,
    pub(super) order: Order,
    pub(super) changed: Option<Changed>,
}

/// All versions of a purchase; nothing where it was taken back.
pub(super) type Versions = Vec<Option<Stored>>;

#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    numbers: BTreeMap<Key, Versions>,
    /// Purchases without a number, by the id of their event.
    unnumbered: BTreeMap<String, Order>,
    claimed: HashSet<String>,
    pub(super) customers: BTreeSet<String>,
    /// By the id of the event that brought the first version: of each version the customer and what it is
    /// about, nothing where it was taken back.
    interactions: BTreeMap<String, Vec<Option<(u64, String)>>>,
    /// Rows of the log: versions, what took one back, interactions.
    pub(super) logged: u64,
}

impl Ledger {
    pub(super) fn versions(&self, key: &Key) -> &[Option<Stored>] {
        self.numbers.get(key).map_or(&[], Vec::as_slice)
    }

    /// What counts under a number.
    pub(super) fn current(&self, key: &Key) -> Option<&Stored> {
        self.versions(key).last()?.as_ref()
    }

    /// All purchases that count.
    pub(super) fn purchases(&self) -> impl Iterator<Item = &Order> {
        let numbered = self.numbered().map(|(_, stored)| &stored.order);
        numbered.chain(self.unnumbered.values())
    }

    pub(super) fn numbered(&self) -> impl Iterator<Item = (&Key, &Stored)> {
        self.numbers.iter().filter_map(|(key, versions)| Some((key, versions.last()?.as_ref()?)))
    }

    pub(super) fn unnumbered(&self) -> impl Iterator<Item = (&String, &Order)> {
        self.unnumbered.iter()
    }

    /// What becomes of an event if it comes now.
    pub(super) fn expect(&self, sent: &Sent) -> Outcome {
        if sent.id.as_ref().is_some_and(|id| self.claimed.contains(id)) {
            return Outcome::Duplicate;
        }
        if let What::Mended { of, .. } = &sent.what {
            let is_there = self.interaction(of).last().is_some_and(Option::is_some);
            return if is_there { Outcome::Updated } else { Outcome::Accepted };
        }
        let What::Purchase { key: Some(key), order, updated_at_ms, replace } = &sent.what else {
            return Outcome::Accepted;
        };
        let Some(known) = self.current(key) else { return Outcome::Accepted };
        let changed = updated_at_ms.map(Changed::At);
        if known.order == *order {
            return if changed > known.changed { Outcome::Updated } else { Outcome::Duplicate };
        }
        match (changed, known.changed) {
            _ if *replace => Outcome::Updated,
            (Some(given), Some(before)) if given < before => Outcome::Superseded,
            (Some(given), Some(before)) if given == before => Outcome::Conflict,
            (Some(_), _) => Outcome::Updated,
            (None, _) => Outcome::Conflict,
        }
    }

    /// Takes an event, which has come; what became of it.
    pub(super) fn take(&mut self, sent: &Sent) -> Outcome {
        let outcome = self.expect(sent);
        if outcome != Outcome::Conflict {
            self.claimed.extend(sent.id.clone());
        }
        if !matches!(outcome, Outcome::Accepted | Outcome::Updated) {
            return outcome;
        }
        match &sent.what {
            What::Purchase { key, order, updated_at_ms, replace } => {
                let told = updated_at_ms.map(Changed::At);
                let changed = told.or(replace.then_some(Changed::Received));
                self.customers.extend(order.customer.map(customer));
                match key {
                    Some(key) => {
                        let stored = Stored { id: sent.id.clone(), order: order.clone(), changed };
                        self.numbers.entry(key.clone()).or_default().push(Some(stored));
                    }
                    None => {
                        self.unnumbered.insert(sent.id.clone().unwrap(), order.clone());
                    }
                }
                self.logged += 1;
            }
            What::Interaction { customer: of } => {
                self.add_interaction(sent.id.as_deref().unwrap(), *of, String::new());
            }
            What::Mended { of: first, customer: of } => {
                self.add_interaction(first, *of, sent.id.clone().unwrap());
            }
            What::Customer { id } => {
                self.customers.insert(id.clone());
            }
        }
        outcome
    }

    fn add_interaction(&mut self, first: &str, of: u64, subject: String) {
        self.customers.insert(customer(of));
        self.interactions.entry(first.to_owned()).or_default().push(Some((of, subject)));
        self.logged += 1;
    }

    /// All versions of an interaction.
    pub(super) fn interaction(&self, first: &str) -> &[Option<(u64, String)>] {
        self.interactions.get(first).map_or(&[], Vec::as_slice)
    }

    /// How many interactions a customer has.
    pub(super) fn interactions_of(&self, customer: u64) -> u64 {
        let last = self.interactions.values().filter_map(|versions| versions.last()?.as_ref());
        last.filter(|(of, _)| *of == customer).count() as u64
    }

    /// The interaction at a place among all, where there are any.
    pub(super) fn nth_interaction(&self, place: u64) -> Option<&String> {
        let place = place.checked_rem(self.interactions.len() as u64)?;
        self.interactions.keys().nth(usize::try_from(place).unwrap())
    }

    /// Takes an interaction back; `false` when there is none.
    pub(super) fn void_interaction(&mut self, first: &str) -> bool {
        let is_there = self.interaction(first).last().is_some_and(Option::is_some);
        if is_there {
            self.interactions.entry(first.to_owned()).or_default().push(None);
            self.logged += 1;
        }
        is_there
    }

    /// Takes a purchase back; `false` when there is none.
    pub(super) fn void(&mut self, key: &Key) -> bool {
        let is_there = self.current(key).is_some();
        if is_there {
            self.numbers.entry(key.clone()).or_default().push(None);
            self.logged += 1;
        }
        is_there
    }
}

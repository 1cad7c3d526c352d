//! Taking back what is stored.

use std::sync::Arc;

use crm_models::EventId;

use super::{Import, IngestError, new_event_id};
use crate::auth::Access;
use crate::auth::right::{Correct, CorrectInteractions, Read, Right, TakeBack};
use crate::clock::Clock;
use crate::store::{Appender, Store, StoreError};

/// Purchases or interactions that are taken back in one transaction.
const AT_ONCE: usize = 500;

/// So many are folded: whoever reads has to add the rest up, and looks up for each what it took back. The
/// ingest's own writer does not know of them.
const FOLDED_AFTER: usize = 2_000;

/// Makes ids of the events that take something back.
type NewId<'a> = &'a mut dyn FnMut() -> Result<EventId, IngestError>;

/// What was taken back of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TakenBack {
    /// Purchases.
    pub purchases: u64,
    /// Interactions.
    pub interactions: u64,
}

/// Takes back what is stored. All of it blocks: not for async threads.
#[derive(Clone)]
pub struct Corrections {
    store: Arc<Store>,
    clock: Clock,
}

impl Corrections {
    /// Of a store.
    pub fn new(store: Arc<Store>, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// Takes all purchases of a source back that are stored by now; how many. Others write in between.
    ///
    /// # Errors
    /// Some could not be stored. What was taken back before stays so, and asking again goes on.
    pub fn void_source(&self, access: &Access<Correct>, source: &str) -> Result<u64, IngestError> {
        let source = source.trim();
        let (now, actor) = (self.clock.now(), access.actor().to_string());
        let through = self.store.write::<_, StoreError>(|tx| {
            let workspace = tx.known_workspace(access.workspace())?;
            let through = tx.last_seq(&workspace)?;
            // Before any of it is taken back: what is cut off half-way was asked for all the same.
            if tx.has_purchases_of(workspace.id, source, through)? {
                let subject = format!("source:{source}");
                tx.audit(workspace.id, now, &actor, "source.void", &subject)?;
            }
            Ok(through)
        })?;
        self.void_all(access, (0, through), |appender, events, id| {
            appender.void_some_of_source(source, events, AT_ONCE, id)
        })
    }

    /// Takes back what is left of an import: its purchases and interactions. What took the place of them
    /// since stays, and so do customers. One that still runs stores nothing more from the beginning of
    /// this. `None` when there is no such import.
    ///
    /// # Errors
    /// Some could not be stored. What was taken back before stays so, and asking again goes on.
    pub fn void_import(
        &self,
        access: &Access<TakeBack>,
        number: i64,
    ) -> Result<Option<TakenBack>, IngestError> {
        let (workspace, mut after, mut taken) = (access.workspace(), 0, TakenBack::default());
        let (now, actor) = (self.clock.now(), access.actor().to_string());
        let is_there = self
            .store
            .write::<_, StoreError>(|tx| tx.begin_to_take_back(workspace, number, &actor, now))?;
        if !is_there {
            return Ok(None);
        }
        let next = |after| {
            self.store.read::<_, StoreError>(|tx| tx.next_stretch(workspace, number, after))
        };
        while let Some((first, last)) = next(after)? {
            let events = (first - 1, last);
            taken.purchases += self.void_all(access, events, |appender, events, id| {
                appender.void_some_purchases(events, AT_ONCE, id)
            })?;
            taken.interactions += self.void_all(access, events, |appender, events, id| {
                appender.void_some_interactions(events, AT_ONCE, id)
            })?;
            after = last;
        }
        Ok(Some(taken))
    }

    /// Imports before one, the latest first.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn imports(
        &self,
        access: &Access<Read>,
        before: i64,
        at_most: usize,
    ) -> Result<Vec<Import>, IngestError> {
        Ok(self
            .store
            .read::<_, StoreError>(|tx| tx.imports(access.workspace(), before, at_most))?)
    }

    /// Takes back some at a time, in transactions of their own, behind one place of the log up to another,
    /// until nothing is left; how many.
    fn void_all<R: Right>(
        &self,
        access: &Access<R>,
        (mut after, through): (i64, i64),
        some: impl Fn(
            &mut Appender<'_>,
            (i64, i64),
            NewId<'_>,
        ) -> Result<Option<(usize, i64)>, IngestError>,
    ) -> Result<u64, IngestError> {
        let actor = access.actor().to_string();
        let (mut voided, mut unfolded) = (0, 0);
        loop {
            let now = self.clock.now();
            let done = self.store.write(|tx| {
                let workspace = tx.known_workspace(access.workspace())?;
                let mut appender = Appender::new(tx, &workspace, now)?.by(&actor);
                some(&mut appender, (after, through), &mut || new_event_id(now))
            })?;
            let Some((count, last)) = done else { return Ok(voided) };
            (voided, after, unfolded) = (voided + count as u64, last, unfolded + count);
            if unfolded >= FOLDED_AFTER {
                self.store.keep_tail_short(access.workspace())?;
                unfolded = 0;
            }
        }
    }

    /// Takes a purchase back altogether: it is in no figure any more, its number is free, and its
    /// versions stay in its past. `false` when there is none.
    ///
    /// # Errors
    /// It could not be stored, and nothing has changed.
    pub fn void(
        &self,
        access: &Access<Correct>,
        source: &str,
        purchase_id: &str,
    ) -> Result<bool, IngestError> {
        let (source, purchase_id) = (access.source(source), purchase_id.trim());
        let now = self.clock.now();
        let id = new_event_id(now)?;
        let actor = access.actor().to_string();
        self.store.write(|tx| {
            let workspace = tx.known_workspace(access.workspace())?;
            Ok(Appender::new(tx, &workspace, now)?.by(&actor).void(source, purchase_id, id)?)
        })
    }

    /// Takes an interaction back altogether: no timeline has it any more, and its versions stay in its
    /// past. `false` when there is none.
    ///
    /// # Errors
    /// It could not be stored, and nothing has changed.
    pub fn void_interaction(
        &self,
        access: &Access<CorrectInteractions>,
        interaction: EventId,
    ) -> Result<bool, IngestError> {
        let now = self.clock.now();
        let id = new_event_id(now)?;
        let actor = access.actor().to_string();
        self.store.write(|tx| {
            let workspace = tx.known_workspace(access.workspace())?;
            let mut appender = Appender::new(tx, &workspace, now)?.by(&actor);
            Ok(appender.void_interaction(interaction, id)?)
        })
    }
}

#[cfg(test)]
mod tests;

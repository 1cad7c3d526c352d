//! Taking back what is stored.

use std::sync::Arc;

use crm_models::EventId;

use super::{IngestError, new_event_id};
use crate::auth::Access;
use crate::auth::right::Correct;
use crate::clock::Clock;
use crate::store::{Appender, Store};

/// Purchases that are taken back in one transaction.
const AT_ONCE: usize = 500;

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
        let (source, actor) = (source.trim(), access.actor().to_string());
        let (mut voided, mut after, mut through) = (0, 0, None);
        loop {
            let now = self.clock.now();
            let some = self.store.write(|tx| {
                let workspace = tx.known_workspace(access.workspace())?;
                let through = *through.get_or_insert(tx.last_seq(&workspace)?);
                let mut appender = Appender::new(tx, &workspace, now)?.by(&actor);
                let id = || new_event_id(now);
                appender.void_some_of_source(source, (after, through), AT_ONCE, id)
            })?;
            let Some((count, last)) = some else { return Ok(voided) };
            (voided, after) = (voided + count as u64, last);
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
        access: &Access<Correct>,
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

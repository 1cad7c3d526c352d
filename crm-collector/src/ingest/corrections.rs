//! Taking back what is stored.

use std::sync::Arc;

use super::{IngestError, new_event_id};
use crate::auth::Access;
use crate::auth::right::Correct;
use crate::clock::Clock;
use crate::store::{Appender, Store};

/// Takes purchases back. All of it blocks: not for async threads.
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

    /// Takes a purchase back altogether: it is in no figure any more, its number is free, and its
    /// versions stay in its past. `false` when there is none.
    ///
    /// # Errors
    /// It could not be stored, and nothing has changed.
    pub fn void(
        &self,
        access: &Access<Correct>,
        source: Option<&str>,
        purchase_id: &str,
    ) -> Result<bool, IngestError> {
        let now = self.clock.now();
        let id = new_event_id(now)?;
        let actor = access.actor().to_string();
        self.store.write(|tx| {
            let workspace = tx.known_workspace(access.workspace())?;
            Ok(Appender::new(tx, &workspace, now)?.by(&actor).void(source, purchase_id, id)?)
        })
    }
}

//! The quarantine: what was rejected, to look at and to try again.

use std::sync::Arc;

use crm_models::{Event, EventId, Invalid, Timestamp};

use super::{IngestError, Outcome, new_event_id};
use crate::auth::Principal;
use crate::clock::Clock;
use crate::store::{Appender, Rejected, Store, StoreError, WriteTx};

/// Rejected events that are tried again in one transaction.
const AT_ONCE: usize = 1_000;

/// Looks into the quarantine. All of it blocks: not for async threads.
#[derive(Clone)]
pub struct Quarantine {
    store: Arc<Store>,
    clock: Clock,
}

/// What became of rejected events that were tried again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Now stored, and no longer in quarantine.
    pub accepted: u64,
    /// Stored already by other means, and no longer in quarantine.
    pub duplicate: u64,
    /// Rejected again, and kept.
    pub rejected: u64,
}

impl Quarantine {
    /// Of a store.
    pub fn new(store: Arc<Store>, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// Rejected events after one of them, oldest first.
    pub fn list(
        &self,
        principal: &Principal,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Rejected>, StoreError> {
        self.store.read(|tx| tx.rejected(principal.workspace, after, limit))
    }

    /// How many there are.
    pub fn count(&self, principal: &Principal) -> Result<i64, StoreError> {
        self.store.read(|tx| tx.count_rejected(principal.workspace))
    }

    /// Tries rejected events again, as after a new version or a correction on the host's side:
    /// one of them, or all.
    pub fn replay(&self, principal: &Principal, one: Option<i64>) -> Result<Replayed, IngestError> {
        let mut replayed = Replayed::default();
        let mut after = one.map_or(0, |id| id.saturating_sub(1));
        loop {
            let limit = if one.is_some() { 1 } else { AT_ONCE };
            let mut batch = self.list(principal, after, limit)?;
            batch.retain(|rejected| one.is_none_or(|id| id == rejected.id));
            let Some(last) = batch.last() else { return Ok(replayed) };
            after = last.id;
            self.store
                .write(|tx| replay_batch(tx, principal, &batch, self.clock.now(), &mut replayed))?;
            if one.is_some() {
                return Ok(replayed);
            }
        }
    }
}

fn replay_batch(
    tx: &WriteTx<'_>,
    principal: &Principal,
    batch: &[Rejected],
    now: Timestamp,
    replayed: &mut Replayed,
) -> Result<(), IngestError> {
    let Some(workspace) = tx.workspace(principal.workspace)? else {
        return Err(StoreError::Damaged("a workspace is gone".into()).into());
    };
    let mut appender = Appender::new(tx, &workspace, now)?;
    for rejected in batch {
        let outcome = match read(rejected, now, new_event_id(rejected.received_at)?) {
            Ok(event) => appender.append(&event)?,
            Err(invalid) => Outcome::Rejected(invalid),
        };
        match outcome {
            Outcome::Accepted => replayed.accepted += 1,
            Outcome::Duplicate => replayed.duplicate += 1,
            Outcome::Rejected(_) => {
                replayed.rejected += 1;
                continue;
            }
        }
        tx.release_rejected(workspace.id, rejected.id)?;
    }
    Ok(())
}

fn read(rejected: &Rejected, now: Timestamp, new_id: EventId) -> Result<Event, Invalid> {
    let mut event = super::parse::read_event(&rejected.event)?;
    event.complete(|| new_id, rejected.received_at);
    event.validate(now)?;
    Ok(event)
}

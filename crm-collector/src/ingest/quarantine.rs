//! The quarantine: what was rejected, to look at and to try again.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use crm_models::{Code, Event, EventId, Invalid, Timestamp};
use ring::digest::{SHA256, digest};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use super::{IngestError, Outcome};
use crate::auth::right::{Read, Replay};
use crate::auth::{self, Access, KeyGrant, KeyId, WorkspaceId};
use crate::clock::Clock;
use crate::store::{Appender, ReadTx, Rejected, Store, StoreError, WriteTx};

/// Rejected events that are read or tried again at a time, and bytes of them: others who write wait
/// for that long.
const AT_ONCE: usize = 1_000;
const AT_ONCE_BYTES: usize = 1024 * 1024;

/// Looks into the quarantine. All of it blocks: not for async threads.
#[derive(Clone)]
pub struct Quarantine {
    store: Arc<Store>,
    clock: Clock,
    turns: Arc<Semaphore>,
}

/// What became of rejected events that were tried again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Now stored, and no longer in quarantine.
    pub accepted: u64,
    /// Now stored in the place of another version, and no longer in quarantine.
    pub updated: u64,
    /// Older than what is stored by now, and no longer in quarantine.
    pub superseded: u64,
    /// Stored already by other means, and no longer in quarantine.
    pub duplicate: u64,
    /// Rejected again, and kept.
    pub rejected: u64,
}

impl Replayed {
    /// How many were tried.
    pub fn tried(&self) -> u64 {
        let Self { accepted, updated, superseded, duplicate, rejected } = self;
        accepted + updated + superseded + duplicate + rejected
    }
}

impl Quarantine {
    /// Of a store.
    pub fn new(store: Arc<Store>, clock: Clock) -> Self {
        Self { store, clock, turns: Arc::new(Semaphore::new(1)) }
    }

    /// Waits until nobody else replays: two would try the same events, and hold up twice as long
    /// who else writes.
    ///
    /// # Errors
    /// Never in practice: the semaphore is not closed.
    pub async fn turn(&self) -> Result<OwnedSemaphorePermit, AcquireError> {
        self.turns.clone().acquire_owned().await
    }

    /// Rejected events after one of them, oldest first: a mebibyte of them or `limit`, whichever is
    /// less.
    pub fn list(
        &self,
        access: &Access<Read>,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Rejected>, StoreError> {
        self.store.read(|tx| tx.rejected(access.workspace(), after, limit, AT_ONCE_BYTES))
    }

    /// How many there are.
    pub fn count(&self, access: &Access<Read>) -> Result<i64, StoreError> {
        self.store.read(|tx| tx.count_rejected(access.workspace()))
    }

    /// Tries rejected events again, as after a new version or a correction on the host's side:
    /// one of them, or all. What its sender may not send stays rejected, whoever replays it.
    pub fn replay(
        &self,
        access: &Access<Replay>,
        one: Option<i64>,
    ) -> Result<Replayed, IngestError> {
        let mut replayed = Replayed::default();
        let mut after = one.map_or(0, |id| id.saturating_sub(1));
        loop {
            let limit = if one.is_some() { 1 } else { AT_ONCE };
            let mut batch = self
                .store
                .read(|tx| tx.rejected(access.workspace(), after, limit, AT_ONCE_BYTES))?;
            batch.retain(|rejected| one.is_none_or(|id| id == rejected.id));
            let Some(last) = batch.last() else { return Ok(replayed) };
            after = last.id;
            self.store
                .write(|tx| replay_batch(tx, access, &batch, self.clock.now(), &mut replayed))?;
            if one.is_some() {
                return Ok(replayed);
            }
        }
    }
}

fn replay_batch(
    tx: &WriteTx<'_>,
    access: &Access<Replay>,
    batch: &[Rejected],
    now: Timestamp,
    replayed: &mut Replayed,
) -> Result<(), IngestError> {
    let workspace = tx.known_workspace(access.workspace())?;
    let actor = access.actor().to_string();
    let mut appender = Appender::new(tx, &workspace, now)?.by(&actor);
    let mut senders = Senders::default();
    for rejected in batch {
        let outcome = match read(rejected, now) {
            Ok(mut event) => match senders.admit(tx, workspace.id, rejected.key, &mut event)? {
                Ok(()) => appender.append(&event)?,
                Err(invalid) => Outcome::Rejected(invalid),
            },
            Err(invalid) => Outcome::Rejected(invalid),
        };
        match outcome {
            Outcome::Accepted => replayed.accepted += 1,
            Outcome::Updated => replayed.updated += 1,
            Outcome::Superseded => replayed.superseded += 1,
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

/// What the keys grant by which events were sent, each looked up once.
#[derive(Default)]
struct Senders(BTreeMap<KeyId, Option<KeyGrant>>);

impl Senders {
    /// Judges an event by what its sender may send, and takes it as one of theirs. Who replays it
    /// lends nobody their right.
    fn admit(
        &mut self,
        tx: &ReadTx<'_>,
        workspace: WorkspaceId,
        key: Option<KeyId>,
        event: &mut Event,
    ) -> Result<Result<(), Invalid>, StoreError> {
        // By session came only what owners sent.
        let Some(key) = key else { return Ok(Ok(())) };
        let grant = match self.0.entry(key) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(auth::grant_of_key(tx, workspace, key)?),
        };
        let Some(grant) = grant else {
            let message = "the key that sent this was revoked".to_owned();
            return Ok(Err(Invalid::new(Code::Forbidden, "", message)));
        };
        super::parse::complete_source(Some(grant), event);
        Ok(super::parse::require_allowed(Some(grant), event))
    }
}

fn read(rejected: &Rejected, now: Timestamp) -> Result<Event, Invalid> {
    if rejected.event.is_cut() {
        let message = "no more than its beginning was kept, so it has to be sent again";
        return Err(Invalid::new(Code::TooLong, "", message.into()));
    }
    let mut event = super::parse::read_event(&rejected.event.text)?;
    // Its sender was told to send it with one, and may have done so.
    let lacked_an_id = rejected.reason.code == Code::MissingField && rejected.reason.field == "id";
    if lacked_an_id && event.id().is_none() {
        return Err(rejected.reason.clone());
    }
    event.complete(|| id_of(&rejected.event.text), rejected.received_at);
    event.tidy(|_| {});
    event.validate(now)?;
    let (replace, void, updated_at) = match &mut event {
        Event::Customer(_) => return Ok(event),
        Event::Purchase(event) => (&mut event.replace, event.void, &mut event.updated_at),
        Event::Interaction(event) => (&mut event.replace, event.void, &mut event.updated_at),
    };
    if *replace || void {
        // It counts as of when it came, so that what was stored since then stays.
        *replace = false;
        updated_at.get_or_insert(rejected.received_at);
    }
    Ok(event)
}

/// The id of an event that has none of its own: the same for the same text, so that what was sent
/// again and again is stored once.
fn id_of(text: &str) -> EventId {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest(&SHA256, text.as_bytes()).as_ref()[..16]);
    // Version 8, of one's own making (RFC 9562, 5.8).
    bytes[6] = bytes[6] & 0x0F | 0x80;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    EventId::from_bytes(bytes)
}

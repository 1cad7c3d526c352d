//! The quarantine: events that were not stored, each with its reason, kept to be replayed; within
//! a budget of bytes, the oldest dropped first.

use std::ops::ControlFlow;

use crm_models::{Invalid, Timestamp};

use super::error::Result;
use super::ids::{KeyId, WorkspaceId};
use super::{ReadTx, WriteTx};

/// An event as it was sent, or as much of it as is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentText {
    /// Its beginning, at most [`SentText::KEPT_BYTES`]; nearly always all of it.
    pub text: String,
    /// How long it was.
    pub size_bytes: usize,
}

impl SentText {
    /// So much is kept of one event.
    pub const KEPT_BYTES: usize = 64 * 1024;

    /// What is kept of an event's text.
    pub fn new(text: &str) -> Self {
        let kept = text.floor_char_boundary(Self::KEPT_BYTES);
        Self { text: text[..kept].to_owned(), size_bytes: text.len() }
    }

    /// Whether it was longer than what is kept, so that it cannot be tried again.
    pub fn is_cut(&self) -> bool {
        self.size_bytes > self.text.len()
    }
}

/// A rejected event to keep.
#[derive(Clone, Debug)]
pub struct NewRejected<'a> {
    /// The key it came by; `None` for the command line and sessions.
    pub key: Option<KeyId>,
    /// Why it was rejected.
    pub reason: &'a Invalid,
    /// The event.
    pub event: &'a SentText,
}

/// A rejected event that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Its number, in order of arrival.
    pub id: i64,
    /// When it came.
    pub received_at: Timestamp,
    /// The key it came by.
    pub key: Option<KeyId>,
    /// Why it was rejected.
    pub reason: Invalid,
    /// The event.
    pub event: SentText,
}

/// How many rejected events a workspace keeps, within its budget of bytes; past that the oldest
/// make room.
const KEPT: i64 = 100_000;
/// What a row takes beside its texts, with its place in the index.
const ROW_BYTES: usize = 128;

impl ReadTx<'_> {
    /// Rejected events after one of them, in order of arrival: at most `limit`, and no more than
    /// comes to `most_bytes`, but one in any case.
    pub fn rejected(
        &self,
        workspace: WorkspaceId,
        after: i64,
        limit: usize,
        most_bytes: usize,
    ) -> Result<Vec<Rejected>> {
        let (mut found, mut bytes) = (Vec::new(), 0);
        if limit == 0 {
            return Ok(found);
        }
        self.each_rejected(workspace, after, |one| {
            bytes += kept_bytes(&one.reason, &one.event);
            if bytes > most_bytes && !found.is_empty() {
                return ControlFlow::Break(());
            }
            found.push(one);
            if found.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(found)
    }

    /// How many rejected events the workspace keeps.
    pub fn count_rejected(&self, workspace: WorkspaceId) -> Result<i64> {
        Ok(self.quarantine(workspace)?.0)
    }
}

impl WriteTx<'_> {
    /// Keeps a rejected event within the workspace's budget; how many older ones had to make room. One
    /// about somebody who was erased is not kept.
    pub fn keep_rejected(
        &self,
        workspace: WorkspaceId,
        rejected: &NewRejected<'_>,
        budget_bytes: i64,
        now: Timestamp,
    ) -> Result<u64> {
        // Or two of them would each drop the oldest for the other.
        self.lock_workspace(workspace)?;
        if self.is_of_erased(workspace, &rejected.event.text)? {
            return Ok(0);
        }
        self.engine.insert_rejected(workspace, rejected, now)?;
        let bytes = kept_bytes(rejected.reason, rejected.event);
        self.engine.count_kept(workspace, 1, i64::try_from(bytes).unwrap_or(i64::MAX))?;
        let (kept, kept_bytes) = self.quarantine(workspace)?;
        let (mut events, mut bytes, mut dropped) = (kept, kept_bytes, 0);
        while events > KEPT || bytes > budget_bytes {
            let Some(freed) = self.engine.delete_oldest_rejected(workspace)? else { break };
            (events, bytes, dropped) = (events - 1, bytes - freed, dropped + 1);
        }
        if dropped > 0 {
            self.engine.count_kept(workspace, events - kept, bytes - kept_bytes)?;
        }
        Ok(dropped)
    }

    /// Lets a rejected event go, as after it was replayed.
    pub fn release_rejected(&self, workspace: WorkspaceId, id: i64) -> Result<bool> {
        let Some(freed) = self.engine.delete_rejected(workspace, id)? else { return Ok(false) };
        self.engine.count_kept(workspace, -1, -freed)?;
        Ok(true)
    }
}

/// What the budget of bytes counts of a rejected event.
fn kept_bytes(reason: &Invalid, event: &SentText) -> usize {
    event.text.len() + reason.message.len() + reason.field.len() + ROW_BYTES
}

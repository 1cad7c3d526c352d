//! Takes events in: what arrives is parsed and validated, waits in a bounded queue, and is
//! committed in groups by one writer, which answers once the group is on the disk.

mod append;
mod parse;
mod queue;
mod writer;

use std::time::Duration;

use crm_models::ingest::{Rejection, Verdict};
use crm_models::{EventId, Invalid, Problem};
use serde::Deserialize;

pub use crate::store::Outcome;
use crate::store::{KeyId, StoreError, WorkspaceId};
pub use append::append;
pub use parse::{Parsed, parse_batch, parse_single};
pub use queue::Ingest;

/// Settings of the ingest.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Events a second that one key may send in the long run; 0 for no quota.
    pub events_per_second: u32,
    /// Events that may wait to be written, over all senders.
    pub queue_events: usize,
    /// Bytes of request bodies that may wait to be written.
    pub queue_bytes: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { events_per_second: 20_000, queue_events: 50_000, queue_bytes: 16 * 1024 * 1024 }
    }
}

/// On whose behalf events come in.
#[derive(Clone, Debug)]
pub struct Sender {
    /// Where they go.
    pub workspace: WorkspaceId,
    /// By which key; `None` for a session or the command line.
    pub key: Option<KeyId>,
    /// The types of events it may send; `None` for all.
    pub event_types: Option<Vec<String>>,
}

/// Why nothing of a request was taken in.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The request cannot be read; sending it again is of no use.
    #[error("{}", .0.detail)]
    Malformed(Box<Problem>),
    /// The key's quota is used up for now.
    #[error("the key's quota is used up")]
    Quota {
        /// When there is room again.
        retry_after: Duration,
    },
    /// More is waiting to be written than may wait.
    #[error("the queue is full")]
    QueueFull,
    /// The collector is stopping.
    #[error("the collector is stopping")]
    Stopping,
    /// Nothing was stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Problem> for IngestError {
    fn from(problem: Problem) -> Self {
        Self::Malformed(Box::new(problem))
    }
}

/// One event of a request, with what became of it.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The event's id, where it could be read.
    pub id: Option<EventId>,
    /// What became of it.
    pub outcome: Outcome,
}

/// The verdict over the events of a batch.
pub fn verdict(answers: &[Answer]) -> Verdict {
    let mut verdict = Verdict::default();
    for (index, answer) in answers.iter().enumerate() {
        match &answer.outcome {
            Outcome::Accepted => verdict.accepted += 1,
            Outcome::Duplicate => verdict.duplicate += 1,
            Outcome::Rejected(Invalid { code, field, message }) => {
                verdict.rejected.push(Rejection {
                    index,
                    id: answer.id,
                    code: *code,
                    field: (!field.is_empty()).then(|| field.clone()),
                    message: message.clone(),
                });
            }
        }
    }
    verdict
}

//! Takes events in: what arrives is parsed and validated, waits in a bounded queue, and is
//! committed in groups by one writer, which answers once the group is on the disk.

mod address;
mod append;
#[cfg(test)]
pub(crate) mod by_hand;
mod condition;
mod corrections;
mod envelope;
mod erasures;
mod fields;
mod folder;
mod parse;
mod preparing;
mod quarantine;
mod queue;
mod submission;
mod waiting;
mod writer;

use std::time::Duration;

use crm_models::ingest::{Notice, Rejection, Verdict};
use crm_models::{EventId, Invalid, Problem, Timestamp, Warning};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

pub use crate::store::Outcome;
use crate::store::StoreError;
pub use crate::store::{ImportRow as Import, Rejected, SentText};
pub use address::Address;
pub use append::{append, append_import, foresee, judge};
pub use corrections::{Corrections, TakenBack};
pub use erasures::{Erased, Erasures};
pub use parse::{Parsed, parse_batch, parse_single, read_alone};
pub use quarantine::{Quarantine, Replayed};
pub use queue::Ingest;

/// Settings of the ingest.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Events a second that one key may send in the long run; 0 for no quota.
    pub events_per_second: u32,
    /// Events that may wait to be written, over all senders.
    pub queue_events: u32,
    /// MiB of request bodies that may wait to be written.
    pub queue_mib: u32,
    /// MiB of rejected events that a workspace keeps; past that the oldest are dropped.
    pub quarantine_mib: u32,
}

impl Config {
    /// Settings that make no sense, each by its key.
    pub fn mistakes(&self) -> Vec<(&'static str, String)> {
        let bounds = [
            ("queue_events", self.queue_events, crm_models::limits::BATCH_EVENTS, 10_000_000),
            ("queue_mib", self.queue_mib, 8, 4_096),
            ("quarantine_mib", self.quarantine_mib, 1, 1_048_576),
        ];
        let outside = |(key, given, least, most): (&'static str, u32, usize, usize)| {
            let fits = (least..=most).contains(&(given as usize));
            (!fits).then(|| (key, format!("lies between {least} and {most}, {given} given")))
        };
        bounds.into_iter().filter_map(outside).collect()
    }
}

impl Default for Config {
    fn default() -> Self {
        Self { events_per_second: 20_000, queue_events: 50_000, queue_mib: 16, quarantine_mib: 32 }
    }
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
    /// The import was taken back while it ran: nothing more of it is stored.
    #[error(
        "the import was taken back while it ran, so that nothing more of the file is stored; import the \
         file again with --replace to have it after all"
    )]
    TakenBack,
    /// The system gives no random numbers to make an id of.
    #[error("the system gives no random numbers")]
    NoRandomness,
    /// Nothing was stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Problem> for IngestError {
    fn from(problem: Problem) -> Self {
        Self::Malformed(Box::new(problem))
    }
}

/// An id for an event whose sender gave it none.
pub fn new_event_id(now: Timestamp) -> Result<EventId, IngestError> {
    let mut random = [0; 10];
    SystemRandom::new().fill(&mut random).map_err(|_| IngestError::NoRandomness)?;
    Ok(EventId::v7(now, random))
}

/// One event of a request, with what became of it.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The event's id, where it could be read.
    pub id: Option<EventId>,
    /// What became of it.
    pub outcome: Outcome,
    /// What has to be looked at where it is stored.
    pub warnings: Vec<Warning>,
}

impl Decision {
    /// What has to be looked at, of an event at a place in its request.
    pub fn notices(&self, index: usize) -> impl Iterator<Item = Notice> {
        let notice = move |warning: &Warning| Notice {
            index,
            id: self.id,
            code: warning.code,
            field: warning.field.clone(),
            message: warning.message.clone(),
        };
        let is_stored = matches!(self.outcome, Outcome::Accepted | Outcome::Updated);
        self.warnings.iter().filter(move |_| is_stored).map(notice)
    }
}

/// The verdict over the events of a batch.
pub fn verdict(answers: &[Decision]) -> Verdict {
    let mut verdict = Verdict::default();
    for (index, answer) in answers.iter().enumerate() {
        verdict.warnings.extend(answer.notices(index));
        match &answer.outcome {
            Outcome::Accepted => verdict.accepted += 1,
            Outcome::Duplicate => verdict.duplicate += 1,
            Outcome::Updated => verdict.updated += 1,
            Outcome::Superseded => verdict.superseded += 1,
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

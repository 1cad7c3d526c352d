//! The batch that a sender posts, and the verdict that it gets back.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::ids::EventId;
use crate::problem::Code;
use crate::time::Timestamp;
use crate::warning::{Warning, WarningCode};

/// A batch as a receiver reads it: each event still raw, so that a bad one spoils no other.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with events")]
pub struct RawBatch<'a> {
    /// The sender's clock when it sent; corrects event times where that clock is wrong.
    #[serde(default)]
    pub sent_at: Option<Timestamp>,
    /// The events, each a JSON value of its own.
    #[serde(borrow)]
    pub events: Vec<&'a RawValue>,
}

/// A batch as a sender writes it, from events that are JSON already.
#[derive(Debug, Serialize)]
pub struct Batch<'a> {
    /// The sender's clock now.
    pub sent_at: Timestamp,
    /// The events, each a JSON object.
    pub events: &'a [Box<RawValue>],
}

/// What became of a batch. `accepted + updated + superseded + duplicate + rejected` is the number of
/// events sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(not(feature = "exhaustive"), non_exhaustive)]
pub struct Verdict {
    /// Events that are now stored.
    pub accepted: u64,
    /// Events that were stored already.
    pub duplicate: u64,
    /// Events that have taken the place of what was stored under their number, or have taken it back.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub updated: u64,
    /// Events that change nothing, for what is stored under their number is later.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub superseded: u64,
    /// Events that were not stored, each with its reason, in order of `index`. The collector
    /// keeps them in its quarantine.
    pub rejected: Vec<Rejection>,
    /// What has to be looked at in events that were stored, in order of `index`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Notice>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a field over by reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Verdict {
    /// A verdict that stored so many events, and to which the others can be added.
    pub fn of_accepted(events: u64) -> Self {
        Self { accepted: events, ..Self::default() }
    }
}

/// Why one event of a batch was not stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(not(feature = "exhaustive"), non_exhaustive)]
pub struct Rejection {
    /// Position in the batch, from 0.
    pub index: usize,
    /// The event's id, where it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<EventId>,
    /// Stable code of the reason.
    pub code: Code,
    /// The field that was wrong, such as `items[2].unit_price`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The rule, its limit and what was given.
    pub message: String,
}

impl Rejection {
    /// A rejection of the event at this position, which names neither its id nor a field.
    pub fn new(index: usize, code: Code, message: impl Into<String>) -> Self {
        Self { index, id: None, code, field: None, message: message.into() }
    }
}

/// What has to be looked at in an event of a batch that was stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(not(feature = "exhaustive"), non_exhaustive)]
pub struct Notice {
    /// Position in the batch, from 0.
    pub index: usize,
    /// The event's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<EventId>,
    /// Stable code of the reason.
    pub code: WarningCode,
    /// The field it is about, such as `email`.
    pub field: String,
    /// What was given, and what was made of it.
    pub message: String,
}

impl Notice {
    /// A notice of what a warning says of the event at this position.
    pub fn new(index: usize, id: Option<EventId>, warning: Warning) -> Self {
        let Warning { code, field, message } = warning;
        Self { index, id, code, field, message }
    }
}

/// What became of a single event that was posted on its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(not(feature = "exhaustive"), non_exhaustive)]
pub struct Receipt {
    /// The event's id: the sender's own, or the one it was given.
    pub id: EventId,
    /// Whether it is new.
    pub status: ReceiptStatus,
    /// What has to be looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Notice>,
}

/// Whether a single event is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(not(feature = "exhaustive"), non_exhaustive)]
pub enum ReceiptStatus {
    /// It is now stored.
    Accepted,
    /// It was stored already.
    Duplicate,
    /// It has taken the place of what was stored under its number, or has taken it back.
    Updated,
    /// It changes nothing, for what is stored under its number is later.
    Superseded,
}

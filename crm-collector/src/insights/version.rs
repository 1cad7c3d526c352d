//! What an answer was made from: while that is the same, the answer is.

use chrono::NaiveDate;
use chrono_tz::Tz;
use crm_models::{Currency, Timestamp};

/// What an answer was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version {
    /// The last event of the log.
    pub(super) last_seq: i64,
    /// The first day that counts no more.
    pub(super) as_of: i32,
    /// The workspace's time zone.
    pub(super) timezone: Tz,
    /// The workspace's currency.
    pub(super) currency: Currency,
    /// The first day that its people say counts.
    pub(super) known_from: Option<NaiveDate>,
    /// When something was last erased: an answer from before may name who is gone.
    pub(super) erased_at: Option<Timestamp>,
}

impl Version {
    /// Whether they differ in nothing but events.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        Self { last_seq: other.last_seq, ..*self } == *other
    }
}

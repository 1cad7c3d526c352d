//! What the client tells its host unasked, in structs that can grow.

use std::fmt;
use std::io::ErrorKind;

use crm_models::ingest::Rejection;

use crate::losses::Losses;
use crate::stats::{Failure, SpoolState, Stats};

/// Events that were given up; see [`ClientBuilder::on_loss`](crate::ClientBuilder::on_loss).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LossReport {
    /// How many since the report before, by reason.
    pub counts: Losses,
    /// Up to 16 of those that the collector would not take, each with its id and the reason.
    pub samples: Vec<Rejection>,
}

/// What is wrong at the moment; see [`ClientBuilder::on_error`](crate::ClientBuilder::on_error).
///
/// Prints as a sentence for people, such as `the key is refused (status 401): the key is unknown`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorReport {
    /// Why requests fail; `None` when they do not.
    pub failure: Option<Failure>,
    /// What is known of that beyond its kind, such as what the system said.
    pub reason: Option<String>,
    /// Why the disk takes no events; `None` when it does, or when there is no spool.
    pub spool: Option<ErrorKind>,
}

impl ErrorReport {
    pub(crate) fn of(stats: &Stats) -> Self {
        let spool = match stats.spool {
            SpoolState::Failing(kind) => Some(kind),
            SpoolState::Off | SpoolState::Working => None,
        };
        Self { failure: stats.failure, reason: stats.failure_reason.clone(), spool }
    }

    /// Whether nothing is wrong any more.
    pub const fn is_well(&self) -> bool {
        self.failure.is_none() && self.spool.is_none()
    }
}

impl fmt::Display for ErrorReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = self.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        match (&self.failure, &self.spool) {
            (None, None) => f.write_str("all is well again"),
            (Some(failure), None) => write!(f, "{failure}{reason}"),
            (None, Some(spool)) => write!(f, "the disk takes no events: {spool}"),
            (Some(failure), Some(spool)) => {
                write!(f, "{failure}{reason}; the disk takes no events: {spool}")
            }
        }
    }
}

//! What became of one event.

use crm_models::{Code, Invalid};

/// What became of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is now stored.
    Accepted,
    /// It was stored already.
    Duplicate,
    /// It is now stored, and has taken the place of what was stored under its number.
    Updated,
    /// It changes nothing, for what is stored under its number is later.
    Superseded,
    /// It was not stored.
    Rejected(Invalid),
}

impl Outcome {
    pub(super) fn rejected(code: Code, field: &str, message: &str) -> Self {
        Self::Rejected(Invalid::new(code, field, message.to_owned()))
    }
}

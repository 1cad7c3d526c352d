//! What became of one event.

use crm_models::Code;

/// What became of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is now stored.
    Accepted,
    /// It was stored already.
    Duplicate,
    /// It was not stored.
    Rejected {
        /// Stable code of the reason.
        code: Code,
        /// The field that was wrong.
        field: Option<String>,
        /// The rule, its limit and what was given.
        message: String,
    },
}

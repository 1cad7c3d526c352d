//! Why a question has no answer, said in one way by whoever answers questions.

use std::sync::Arc;

use crm_models::{Code, Invalid};

use crate::store::StoreError;

/// Why there is no answer.
///
/// All who wait for one computation are told the same, so it can be cloned.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AskError {
    /// The question cannot be answered as it stands.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// What was asked about is not there.
    #[error("there is no {0}")]
    NotFound(String),
    /// As much as may wait is waiting to be computed; ask again.
    #[error("other analyses are running; ask again when they are done")]
    Busy,
    /// The workspace's settings changed meanwhile, or a customer was erased; ask again.
    #[error("the workspace was changed meanwhile; ask again")]
    Changed,
    /// The collector is stopping; ask again when it runs.
    #[error("the collector is stopping")]
    Stopping,
    /// The computation ended without an answer.
    #[error("the analysis broke off")]
    BrokenOff,
    /// The data could not be read.
    #[error(transparent)]
    Store(Arc<StoreError>),
}

impl AskError {
    /// A field of the question that lies outside of its bounds.
    pub(crate) fn outside(field: &str, message: String) -> Self {
        Self::Invalid(Invalid::new(Code::OutOfRange, field, message))
    }

    /// A field of the question that makes no sense.
    pub(crate) fn invalid(field: &str, message: String) -> Self {
        Self::Invalid(Invalid::new(Code::InvalidField, field, message))
    }
}

impl From<StoreError> for AskError {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}

#[cfg(test)]
impl PartialEq for AskError {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

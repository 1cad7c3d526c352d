//! Why an account or a key was refused, by what the caller has to do about it.

use crm_models::{Code, Invalid};

use crate::store::StoreError;

/// Result of a question of access.
pub type Result<T> = std::result::Result<T, AuthError>;

/// Why access was refused.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// There are no credentials, or wrong ones.
    #[error("{0}")]
    Unauthorized(&'static str),
    /// The credentials were right once.
    #[error("{0}")]
    Expired(&'static str),
    /// The credentials are right, and do not allow this.
    #[error("{0}")]
    Forbidden(String),
    /// An API key was sent where only a person may act.
    #[error("an API key cannot do this; log in and send the session's cookie instead")]
    SessionRequired,
    /// A changing request by session came without its token.
    #[error("send the csrf_token of your login back in the X-CSRF-Token header")]
    Csrf,
    /// Accounts are by invitation only.
    #[error("{0}")]
    RegistrationClosed(&'static str),
    /// There is none, or none in this workspace.
    #[error("there is no such {0} in this workspace")]
    NotFound(&'static str),
    /// It stands against something that exists already.
    #[error("{0}")]
    Conflict(String),
    /// A field breaks a rule.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// Too many attempts.
    #[error("too many attempts, try again in {retry_after_s} s")]
    Throttled {
        /// When to try again.
        retry_after_s: u64,
    },
    /// Too many passwords are being checked.
    #[error("too many people are logging in right now")]
    Busy,
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
    /// A failure of this program or its machine.
    #[error("{0}")]
    Internal(&'static str),
}

impl From<StoreError> for AuthError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Taken(_) => Self::Conflict(error.to_string()),
            error => Self::Store(error),
        }
    }
}

impl From<ring::error::Unspecified> for AuthError {
    fn from(_: ring::error::Unspecified) -> Self {
        Self::Internal("the system gave no random numbers")
    }
}

impl AuthError {
    /// The stable code of its kind.
    pub fn code(&self) -> Code {
        match self {
            Self::Unauthorized(_) => Code::Unauthorized,
            Self::Expired(_) => Code::Expired,
            Self::Forbidden(_) => Code::Forbidden,
            Self::SessionRequired => Code::SessionRequired,
            Self::Csrf => Code::CsrfRequired,
            Self::RegistrationClosed(_) => Code::RegistrationClosed,
            Self::NotFound(_) => Code::NotFound,
            Self::Conflict(_) => Code::Conflict,
            Self::Invalid(invalid) => invalid.code,
            Self::Throttled { .. } => Code::QuotaExceeded,
            Self::Busy => Code::Unavailable,
            Self::Store(error) => error.code(),
            Self::Internal(_) => Code::Internal,
        }
    }

    /// A field that breaks a rule.
    pub(super) fn field(code: Code, field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(Invalid::new(code, field, message.into()))
    }

    /// The thread that did the work panicked, or the runtime is going down.
    pub(super) fn stopped(_: impl std::error::Error) -> Self {
        Self::Internal("the work was broken off")
    }
}

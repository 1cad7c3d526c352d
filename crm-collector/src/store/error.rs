//! What can go wrong in the store, by what the caller has to do about it.

use std::sync::Arc;

use crm_models::Code;

/// Result of a store operation.
pub type Result<T> = std::result::Result<T, StoreError>;

/// What the engine said, for logs; whoever decides what to do looks at the kind.
pub type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// A failure of the store.
///
/// Cloned to everybody who waited for a transaction that failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing is stored until there is room again.
    #[error("the disk is full, or it fails")]
    Full(#[source] Cause),
    /// Nothing can be stored until the rights are mended.
    #[error(
        "the database, or the folder it is in, cannot be written by the user that the collector runs \
         as"
    )]
    NoRight(#[source] Cause),
    /// Another process holds the database; try again.
    #[error("the database is in use by another process")]
    Busy(#[source] Cause),
    /// The database was written by a newer version of this program; use that one.
    #[error(
        "the database has version {found}, this program knows versions up to {known}; use a newer program"
    )]
    NewerVersion {
        /// Version in the file.
        found: i64,
        /// Newest version this program knows.
        known: i64,
    },
    /// The file is no database of this program, or is damaged; restore a backup.
    #[error("the database is damaged or is none: {0}")]
    Damaged(String),
    /// There is no database; a command that makes one, or the right folder, is wanted.
    #[error(
        "there is no database in {}; name its folder with --data, or begin with `crm-collector user \
         add`",
        .0.display()
    )]
    Absent(std::path::PathBuf),
    /// The data folder cannot be read or made.
    #[error("the folder {} cannot be read or made", path.display())]
    Folder {
        /// The folder.
        path: std::path::PathBuf,
        /// Why.
        #[source]
        source: Arc<std::io::Error>,
    },
    /// The collector is stopping; try again when it runs.
    #[error("the database is closed, for the collector is stopping")]
    Closed,
    /// A name or an address that has to be unique is taken.
    #[error("{0} exists already")]
    Taken(&'static str),
    /// A defect of this program.
    #[error("the database refused a statement")]
    Internal(#[source] Cause),
}

impl StoreError {
    /// The stable code of its kind.
    pub fn code(&self) -> Code {
        match self {
            Self::Full(_) | Self::NoRight(_) => Code::StorageFull,
            Self::Busy(_) | Self::Closed => Code::Unavailable,
            Self::Taken(_) => Code::Conflict,
            Self::NewerVersion { .. }
            | Self::Damaged(_)
            | Self::Absent(_)
            | Self::Folder { .. }
            | Self::Internal(_) => Code::Internal,
        }
    }

    /// A defect of this program that no engine told of.
    pub(super) fn defect(what: &'static str) -> Self {
        let cause: Box<dyn std::error::Error + Send + Sync> = what.into();
        Self::Internal(cause.into())
    }
}

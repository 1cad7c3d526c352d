//! The reports as they are asked for: reads the facts on one snapshot, has the table computed,
//! and puts the frame around it. The HTTP API, the command line and the pages all come here.

mod load;
mod query;

use crm_models::report::Report;
use crm_models::{Code, Invalid};

pub use query::{Query, ReportName};

use crate::store::{Store, StoreError, Workspace};

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The question cannot be answered as it stands.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The data could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ReportError {
    fn invalid(field: &str, message: String) -> Self {
        Self::Invalid(Invalid::new(Code::InvalidField, field, message))
    }
}

/// Makes a report. Blocks: not for async threads.
pub fn run(
    store: &Store,
    workspace: &Workspace,
    name: ReportName,
    query: &Query,
) -> Result<Report, ReportError> {
    store.read(|tx| load::report(tx, workspace, name, query))
}

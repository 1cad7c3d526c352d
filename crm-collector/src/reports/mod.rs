//! The reports as they are asked for: reads the facts on one snapshot, has the table computed,
//! and puts the frame around it. The HTTP API, the command line and the pages all come here.

mod load;
mod query;
mod range;

use std::sync::Arc;

use crm_api::answer::{Report, ReportName};
use crm_models::{Code, Invalid};

pub use query::{Query, is_heavy};

use crate::auth::Access;
use crate::auth::right::Read;
use crate::clock::Clock;
use crate::store::{ReadTx, Store, StoreError};

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

/// Makes reports. Blocks: not for async threads.
#[derive(Clone)]
pub struct Reports {
    store: Arc<Store>,
    clock: Clock,
}

impl Reports {
    /// Of a store.
    pub fn new(store: Arc<Store>, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// Makes a report.
    pub fn run(
        &self,
        access: &Access<Read>,
        name: ReportName,
        query: &Query,
    ) -> Result<Report, ReportError> {
        query.check(name)?;
        let now = self.clock.now();
        let load = |tx: &ReadTx<'_>| {
            load::report(tx, &tx.known_workspace(access.workspace())?, name, query, now)
        };
        if is_heavy(name) { self.store.read_at_length(load) } else { self.store.read(load) }
    }
}

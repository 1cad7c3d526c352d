//! The client base as people and programs look at it: customers, what each is worth, what
//! happened with them, and purchases. Reads only; one snapshot an answer.

mod customers;
mod names;
mod timeline;

pub use timeline::NO_SOURCE;

use std::io;
use std::sync::Arc;

use crm_models::{Invalid, Timestamp};
use serde::Serialize;

use crate::auth::Access;
use crate::auth::right::Connect;
use crate::store::{Store, StoreError};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientsError {
    /// The question cannot be answered as it stands.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is no such customer in the workspace.
    #[error("there is no such customer in this workspace")]
    NoSuchCustomer,
    /// There is no such purchase in the workspace, and never was.
    #[error("there is no such purchase in this workspace")]
    NoSuchPurchase,
    /// The data could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Looks into the client base. All of it blocks: not for async threads.
#[derive(Clone)]
pub struct Clients {
    store: Arc<Store>,
}

impl Clients {
    /// Of a store.
    pub fn new(store: Arc<Store>) -> Self {
        Self { store }
    }

    /// When the workspace last took in a purchase or an interaction.
    pub fn last_event_at(
        &self,
        access: &Access<Connect>,
    ) -> Result<Option<Timestamp>, ClientsError> {
        self.store.read_briefly(|tx| Ok(tx.last_received_at(access.workspace())?))
    }
}

/// Bytes that an entry takes in an answer.
fn json_bytes(entry: &impl Serialize) -> Result<usize, StoreError> {
    let mut written = Counted(0);
    serde_json::to_writer(&mut written, entry)
        .map_err(|error| StoreError::Damaged(format!("an entry cannot be written: {error}")))?;
    Ok(written.0)
}

/// Counts what is written and keeps nothing.
struct Counted(usize);

impl io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

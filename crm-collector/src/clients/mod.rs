//! The client base as people and programs look at it: customers, what each is worth, what
//! happened with them, and purchases. Reads only; one snapshot an answer.

mod customers;
mod interaction;
mod known;
mod names;
mod purchase;
mod timeline;

use std::io;
use std::sync::Arc;

use crm_models::Timestamp;
use serde::Serialize;

use crate::ask_error::AskError;
use crate::auth::Access;
use crate::auth::right::Connect;
use crate::store::{Store, StoreError};

pub use known::Known;

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
    pub fn last_event_at(&self, access: &Access<Connect>) -> Result<Option<Timestamp>, AskError> {
        self.store.read_briefly(|tx| Ok(tx.last_received_at(access.workspace())?))
    }
}

/// What was asked about is unknown in the workspace.
fn no_such(what: &str) -> AskError {
    AskError::NotFound(format!("such {what} in this workspace"))
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

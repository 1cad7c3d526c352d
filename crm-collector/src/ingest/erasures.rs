//! Erasing customers.

use std::sync::Arc;

use crm_models::Timestamp;

use super::IngestError;
use crate::auth::Access;
use crate::auth::right::Erase;
use crate::clock::Clock;
use crate::store::{self, Store};

/// Erases customers. All of it blocks: not for async threads.
#[derive(Clone)]
pub struct Erasures {
    store: Arc<Store>,
    clock: Clock,
}

/// What was erased of a customer. It says nothing of who it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// What is left of the id, in hexadecimal.
    pub hash: String,
    /// When.
    pub at: Timestamp,
    /// Purchases that are nobody's now.
    pub purchases: i64,
    /// Interactions that are gone.
    pub interactions: i64,
    /// Rejected events that are gone.
    pub rejected: i64,
    /// Whether nothing of it stands in the files any more.
    pub is_gone: bool,
}

impl From<store::Erased> for Erased {
    fn from(store::Erased { erasure, is_gone }: store::Erased) -> Self {
        let store::Erasure { hash, at, purchases, interactions, rejected, .. } = erasure;
        Self { hash: hash.to_string(), at, purchases, interactions, rejected, is_gone }
    }
}

impl Erasures {
    /// Of a store.
    pub fn new(store: Arc<Store>, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// Erases a customer by one of the host's ids: see [`crate::store::Store::erase_customer`]. `None` where
    /// there is no such customer, and never was one that was erased.
    ///
    /// # Errors
    /// Something could not be written. What was begun goes on when it is asked again, or at the next start.
    pub fn erase(
        &self,
        access: &Access<Erase>,
        customer_id: &str,
    ) -> Result<Option<Erased>, IngestError> {
        let actor = access.actor().to_string();
        let now = self.clock.now();
        let erased = self.store.erase_customer(access.workspace(), customer_id, &actor, now)?;
        Ok(erased.map(Erased::from))
    }
}

//! Users: the people who log in.

use crm_models::Timestamp;

use super::WriteTx;
use super::error::{Result, StoreError};
use super::ids::UserId;

/// A person who logs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Their number.
    pub id: UserId,
    /// Their address, in lower case.
    pub email: String,
    /// What they are called.
    pub name: String,
    /// When they were added.
    pub created_at: Timestamp,
}

impl WriteTx<'_> {
    /// Adds a user; the address, in lower case, has to be free.
    pub fn add_user(
        &self,
        email: &str,
        name: &str,
        password_hash: &str,
        now: Timestamp,
    ) -> Result<User> {
        let added = self.engine.insert_user(email, name, password_hash, now)?;
        let id = added.ok_or(StoreError::Taken("a user with this email address"))?;
        Ok(User { id, email: email.to_owned(), name: name.to_owned(), created_at: now })
    }

    /// Replaces a user's password.
    pub fn set_password_hash(&self, id: UserId, password_hash: &str) -> Result<()> {
        self.engine.set_password_hash(id, password_hash)
    }
}

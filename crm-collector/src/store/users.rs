//! Users: the people who log in.

use crm_models::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::error::{Result, StoreError};
use super::ids::UserId;
use super::sealed::Sealed;
use super::{ReadTx, WriteTx};

pub(super) static ROWS: Sealed =
    Sealed::new("users", &["id"], &["email", "name", "password_hash", "created_at"]);

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

const COLUMNS: &str = "id, email, name, created_at";

pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: row.get(0)?,
        email: row.get(1)?,
        name: row.get(2)?,
        created_at: super::column::time(row, 3)?,
    })
}

impl ReadTx<'_> {
    /// Whether there is any user.
    pub fn has_users(&self) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM users)";
        Ok(self.conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }

    /// One user by number.
    pub fn user(&self, id: UserId) -> Result<Option<User>> {
        let sql = format!("SELECT {COLUMNS} FROM users WHERE id = ?1");
        Ok(self.conn.prepare_cached(&sql)?.query_row([id], from_row).optional()?)
    }

    /// One user by address in lower case.
    pub fn user_by_email(&self, email: &str) -> Result<Option<User>> {
        let sql = format!("SELECT {COLUMNS} FROM users WHERE email = ?1");
        Ok(self.conn.prepare_cached(&sql)?.query_row([email], from_row).optional()?)
    }

    /// The PHC string of a user's password.
    pub fn password_hash(&self, id: UserId) -> Result<Option<String>> {
        let sql = "SELECT password_hash FROM users WHERE id = ?1";
        Ok(self.conn.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()?)
    }
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
        if self.user_by_email(email)?.is_some() {
            return Err(StoreError::Taken("a user with this email address"));
        }
        ROWS.insert(self.conn, params![email, name, password_hash, now.millis()])?;
        let id = UserId(self.conn.last_insert_rowid());
        Ok(User { id, email: email.to_owned(), name: name.to_owned(), created_at: now })
    }

    /// Replaces a user's password.
    pub fn set_password_hash(&self, id: UserId, password_hash: &str) -> Result<()> {
        ROWS.change(self.conn, "password_hash = ?2", params![id, password_hash])?;
        Ok(())
    }
}

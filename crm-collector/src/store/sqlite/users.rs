//! The table of users.

use crm_models::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::error::unless_taken;
use super::sealed::Sealed;
use super::{Snapshot, Transaction, column};
use crate::store::{Result, User, UserId};

pub(super) static ROWS: Sealed =
    Sealed::new("users", &["id"], &["email", "name", "password_hash", "created_at"]);

const COLUMNS: &str = "id, email, name, created_at";

pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: row.get(0)?,
        email: row.get(1)?,
        name: row.get(2)?,
        created_at: column::time(row, 3)?,
    })
}

impl Snapshot<'_> {
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

impl Transaction<'_> {
    /// Adds a user; `None` when the address is taken.
    pub(in crate::store) fn insert_user(
        &self,
        email: &str,
        name: &str,
        password_hash: &str,
        now: Timestamp,
    ) -> Result<Option<UserId>> {
        let values = params![email, name, password_hash, now.millis()];
        let inserted = unless_taken(ROWS.insertion(self.conn)?.row(values))?;
        Ok(inserted.map(|()| UserId(self.conn.last_insert_rowid())))
    }

    /// Replaces a user's password.
    pub(in crate::store) fn set_password_hash(
        &self,
        id: UserId,
        password_hash: &str,
    ) -> Result<()> {
        ROWS.change(self.conn, "password_hash = ?2", params![id, password_hash])?;
        Ok(())
    }
}

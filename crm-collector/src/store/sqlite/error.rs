//! What SQLite's errors ask of the caller.

use std::sync::Arc;

use rusqlite::{Error, ErrorCode, ffi};

use crate::store::{Result, StoreError};

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => Self::Full(Arc::new(error)),
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::NoRight(Arc::new(error))
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Self::Busy(Arc::new(error))
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged(error.to_string())
            }
            // Nobody but the closing interrupts.
            Some(ErrorCode::OperationInterrupted) => Self::Closed,
            _ => Self::Internal(Arc::new(error)),
        }
    }
}

/// What was inserted, or `None` where another row has what only one may have.
pub(super) fn unless_taken<T>(inserted: rusqlite::Result<T>) -> Result<Option<T>> {
    const TAKEN: [i32; 2] = [ffi::SQLITE_CONSTRAINT_UNIQUE, ffi::SQLITE_CONSTRAINT_PRIMARYKEY];
    match inserted {
        Ok(inserted) => Ok(Some(inserted)),
        Err(Error::SqliteFailure(error, _)) if TAKEN.contains(&error.extended_code) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use rusqlite::{Connection, OpenFlags};

    use super::*;

    /// What SQLite itself says, of a database that is as `prepare` leaves it.
    fn told(prepare: impl FnOnce(&Connection), sql: &str) -> StoreError {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE t (x INTEGER PRIMARY KEY, y BLOB)").unwrap();
        prepare(&conn);
        conn.execute_batch(sql).unwrap_err().into()
    }

    #[test]
    fn each_failure_says_what_the_caller_has_to_do_and_keeps_its_cause() {
        let full = told(
            |conn| conn.execute_batch("PRAGMA max_page_count = 2").unwrap(),
            "INSERT INTO t (y) VALUES (zeroblob(100000))",
        );
        assert!(matches!(full, StoreError::Full(_)), "{full:?}");
        assert_eq!(full.source().unwrap().to_string(), "database or disk is full");

        let read_only = told(
            |conn| conn.execute_batch("PRAGMA query_only = 1").unwrap(),
            "INSERT INTO t (x) VALUES (1)",
        );
        assert!(matches!(read_only, StoreError::NoRight(_)), "{read_only:?}");

        let internal = told(|_| {}, "INSERT INTO t (x) VALUES (1), (1)");
        assert!(matches!(internal, StoreError::Internal(_)), "{internal:?}");

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.db");
        let holder = Connection::open(&path).unwrap();
        holder.execute_batch("CREATE TABLE t (x); BEGIN IMMEDIATE").unwrap();
        let other = Connection::open(&path).unwrap();
        other.busy_timeout(std::time::Duration::ZERO).unwrap();
        let busy = StoreError::from(other.execute_batch("INSERT INTO t VALUES (1)").unwrap_err());
        assert!(matches!(busy, StoreError::Busy(_)), "{busy:?}");

        std::fs::write(&path, [b'x'; 5_000]).unwrap();
        let opened = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY);
        let damaged = opened.unwrap().query_row("SELECT x FROM t", [], |_| Ok(())).unwrap_err();
        let damaged = StoreError::from(damaged);
        assert!(matches!(damaged, StoreError::Damaged(_)), "{damaged:?}");
    }
}

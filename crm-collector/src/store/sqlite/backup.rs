//! Copying a database while it is in use.

use std::path::Path;

use rusqlite::Connection;

use super::Database;
use crate::store::{Result, StoreError};

impl Database {
    /// Writes a consistent copy, as of now, to a new file; the server may go on writing. The
    /// copy appears under its name when it is whole and on the disk.
    pub(in crate::store) fn backup(&self, to: &Path) -> Result<u64> {
        let in_folder = |error: std::io::Error| StoreError::Folder {
            path: to.to_owned(),
            source: std::sync::Arc::new(error),
        };
        if to.exists() {
            return Err(StoreError::Taken("the file of the backup"));
        }
        let mut partial = to.as_os_str().to_owned();
        partial.push(".partial");
        let partial = Path::new(&partial);
        match std::fs::remove_file(partial) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(in_folder(error));
            }
            _ => {}
        }
        let text = partial.to_str().ok_or_else(|| {
            let error = std::io::Error::other("a path has to be valid Unicode");
            in_folder(error)
        })?;
        super::private::make_file(partial).map_err(in_folder)?;
        let conn = Connection::open(&self.path)?;
        conn.busy_timeout(super::BUSY_TIMEOUT)?;
        // The copy has this from the connection: else pages that it makes room on would keep, in their
        // free space, what is deleted later.
        conn.pragma_update(None, "secure_delete", true)?;
        conn.execute("VACUUM INTO ?1", [text])?;
        let file = std::fs::File::open(partial).map_err(in_folder)?;
        file.sync_all().map_err(in_folder)?;
        std::fs::rename(partial, to).map_err(in_folder)?;
        let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder = std::fs::File::open(parent.unwrap_or(Path::new("."))).map_err(in_folder)?;
        folder.sync_all().map_err(in_folder)?;
        Ok(file.metadata().map_err(in_folder)?.len())
    }
}

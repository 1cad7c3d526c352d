//! The list of those who were erased, a file beside the database: what is in the database alone would be
//! gone when an older one is put in its place.
//!
//! A line is the number of the workspace, the hash, and when. Lines are only ever added.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crm_models::Timestamp;

use super::CustomerHash;
use crate::store::Store;
use crate::store::error::{Result, StoreError};
use crate::store::ids::WorkspaceId;

const FILE_NAME: &str = "erased.txt";
const HEAD: &str = "# Hashes of the ids of customers who were erased. Keep this file beside crm.db, also when crm.db
# is replaced by a backup: who is listed here is erased again when the collector starts.
";
/// A line takes about 110 bytes: more than half a million of them are not a list of this program.
const MOST_BYTES: u64 = 64 << 20;

/// An erasure as it is listed.
pub(super) type Listed = (WorkspaceId, CustomerHash, Timestamp);

/// The file.
pub(super) struct List {
    path: PathBuf,
}

impl List {
    /// Of a store.
    pub(super) fn of(store: &Store) -> Self {
        let folder = store.path().parent().unwrap_or(Path::new("."));
        Self { path: folder.join(FILE_NAME) }
    }

    /// All who are listed. A line that cannot be read, as a full disk or a loss of power leaves it, is told
    /// in the log and left out: it was not acknowledged.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn read(&self) -> Result<BTreeSet<Listed>> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeSet::new()),
            Err(error) => return Err(self.failed(error)),
        };
        let mut bytes = Vec::new();
        file.take(MOST_BYTES).read_to_end(&mut bytes).map_err(|error| self.failed(error))?;
        let text = String::from_utf8_lossy(&bytes);
        let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
        let (mut listed, mut unreadable) = (BTreeSet::new(), 0);
        for line in lines {
            match parse(line) {
                Some(erased) => drop(listed.insert(erased)),
                None => unreadable += 1,
            }
        }
        if unreadable > 0 {
            let path = self.path.display();
            tracing::warn!(
                lines = unreadable,
                "{path} has lines that cannot be read; they are left out"
            );
        }
        Ok(listed)
    }

    /// Adds some, and waits until the disk has them.
    pub(super) fn add(&self, erased: &[Listed]) -> Result<()> {
        if erased.is_empty() {
            return Ok(());
        }
        self.append(erased).map_err(|error| self.failed(error))
    }

    fn append(&self, erased: &[Listed]) -> std::io::Result<()> {
        let mut options = OpenOptions::new();
        options.append(true).create(true).read(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&self.path)?;
        let mut text = String::new();
        if file.metadata()?.len() == 0 {
            text.push_str(HEAD);
        } else {
            text.push('\n');
        }
        for (workspace, hash, at) in erased {
            writeln!(text, "{} {hash} {at}", workspace.0).map_err(std::io::Error::other)?;
        }
        // In one piece: another process may add as well. What is begun behind a line that was cut short
        // begins with an end of line.
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }

    fn failed(&self, error: std::io::Error) -> StoreError {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full(Arc::new(error)),
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                StoreError::NoRight(Arc::new(error))
            }
            _ => StoreError::Folder { path: self.path.clone(), source: Arc::new(error) },
        }
    }
}

fn parse(line: &str) -> Option<Listed> {
    let mut parts = line.split_ascii_whitespace();
    let workspace = parts.next()?.parse().ok()?;
    let hash = parts.next()?.parse().ok()?;
    let at = parts.next()?.parse().ok()?;
    parts.next().is_none().then_some((WorkspaceId(workspace), hash, at))
}

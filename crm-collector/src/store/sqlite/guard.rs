//! Whether the database that is open is still the one that lies in its folder: not deleted, not put
//! aside for another, not cut short. An open file goes on when its name is gone, and what is written
//! then is lost with it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::store::{Result, StoreError};

/// What is known of the file since it was opened.
pub(super) struct Guard {
    path: PathBuf,
    identity: (u64, u64),
    /// A database never shrinks while it is in use.
    longest_bytes: AtomicU64,
}

impl Guard {
    pub(super) fn of(path: &Path) -> std::io::Result<Self> {
        let about = std::fs::metadata(path)?;
        let longest_bytes = AtomicU64::new(about.len());
        Ok(Self { path: path.to_owned(), identity: identity(&about), longest_bytes })
    }

    pub(super) fn look_at_file(&self) -> Result<()> {
        let about = std::fs::metadata(&self.path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => StoreError::Damaged("the file was deleted".into()),
            _ => StoreError::Folder { path: self.path.clone(), source: Arc::new(error) },
        })?;
        if identity(&about) != self.identity {
            return Err(StoreError::Damaged("another file stands in its place".into()));
        }
        let longest = self.longest_bytes.fetch_max(about.len(), Ordering::SeqCst);
        if about.len() < longest {
            let length = about.len();
            return Err(StoreError::Damaged(format!(
                "it was cut short: it has {length} bytes and had {longest}"
            )));
        }
        Ok(())
    }
}

/// What tells two files apart that have the same name.
#[cfg(unix)]
fn identity(about: &std::fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (about.dev(), about.ino())
}

#[cfg(not(unix))]
fn identity(_about: &std::fs::Metadata) -> (u64, u64) {
    (0, 0)
}

impl super::Database {
    /// Whether the file is there as it was opened, and can be read.
    pub(in crate::store) fn look(&self) -> Result<()> {
        self.guard.look_at_file()?;
        self.read(super::Length::Brief, |snapshot| snapshot.has_users()).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use crate::store::{Config, Store};

    #[test]
    fn a_file_that_is_cut_replaced_or_gone_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Store::open(folder.path(), &Config::default()).unwrap();
        let told = |store: &Store| store.look().err().map(|error| error.to_string());
        let path = folder.path().join(Store::FILE_NAME);
        let store = open();
        store.try_writing().unwrap();
        assert_eq!(told(&store), None);
        drop(store);

        let store = open();
        let bytes = std::fs::read(&path).unwrap();
        let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(bytes.len() as u64 / 2).unwrap();
        assert!(told(&store).unwrap().contains("it was cut short"));
        std::fs::rename(&path, folder.path().join("away")).unwrap();
        std::fs::write(&path, &bytes).unwrap();
        assert!(told(&store).unwrap().contains("another file stands in its place"));
        std::fs::remove_file(&path).unwrap();
        assert!(told(&store).unwrap().contains("the file was deleted"));
    }

    #[test]
    fn nobody_is_told_that_something_is_stored_in_a_file_that_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), &Config::default()).unwrap();
        store.try_writing().unwrap();
        std::fs::remove_file(store.path()).unwrap();
        let error = store.try_writing().unwrap_err().to_string();
        assert!(error.contains("the file was deleted"), "{error}");
    }
}

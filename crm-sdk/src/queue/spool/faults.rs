//! A disk that fails when a test says so.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What fails from now on.
#[derive(Debug)]
pub(super) struct Faults {
    /// Bytes that can still be written before the disk is full.
    pub(super) room: AtomicU64,
    pub(super) reads: AtomicBool,
    pub(super) truncates: AtomicBool,
    pub(super) syncs: AtomicBool,
}

impl Default for Faults {
    fn default() -> Self {
        let [reads, truncates, syncs] = [(); 3].map(|()| AtomicBool::new(false));
        Self { room: AtomicU64::new(u64::MAX), reads, truncates, syncs }
    }
}

impl Faults {
    /// Takes room for the bytes. Where it is not enough, writes what fits and fails.
    pub(super) fn write(
        &self,
        bytes: &[u8],
        write: impl FnOnce(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let room = self.room.load(Ordering::Relaxed);
        if room == u64::MAX {
            return Ok(());
        }
        let left = room.checked_sub(bytes.len() as u64);
        self.room.store(left.unwrap_or(0), Ordering::Relaxed);
        if left.is_some() {
            return Ok(());
        }
        write(&bytes[..usize::try_from(room).unwrap()])?;
        Err(io::ErrorKind::StorageFull.into())
    }

    pub(super) fn read(&self) -> io::Result<()> {
        fail(&self.reads)
    }

    pub(super) fn truncate(&self) -> io::Result<()> {
        fail(&self.truncates)
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        fail(&self.syncs)
    }
}

fn fail(fault: &AtomicBool) -> io::Result<()> {
    if fault.load(Ordering::Relaxed) { Err(io::Error::other("the disk is sick")) } else { Ok(()) }
}

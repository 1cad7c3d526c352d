//! The end of the spool that events are put into, shared by all threads of the host.

use std::fs;
use std::io;
use std::sync::Arc;

use super::state::{Directory, State};
use super::{Dropped, layout, names, record};

/// Why a record was not appended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AppendError {
    /// The spool holds as much as it may.
    #[error("the spool is full: {bytes} bytes of at most {limit}")]
    Full {
        /// Bytes of all segments.
        bytes: u64,
        /// The most there may be.
        limit: u64,
    },
    /// The reader is gone, and with it the spool.
    #[error("the spool has ended")]
    Closed,
    /// The disk refused it: nothing of the record is in the spool.
    #[error("the spool cannot be written to")]
    Io(#[from] io::Error),
}

/// Where a record is in the order of appending; [`Writer::sync`] takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position(pub(super) u64);

/// Appends to the spool. Every method may be called from any number of threads.
#[derive(Debug)]
pub(crate) struct Writer {
    shared: Arc<Directory>,
}

impl Writer {
    pub(super) fn new(shared: Arc<Directory>) -> Self {
        Self { shared }
    }

    /// Appends a record that [`record::finish`] completed. When it returns, the record survives a
    /// kill of the process, and for power cuts see [`Self::sync`].
    ///
    /// The reader may hand the event out before this returns to its caller. Not to be called in a
    /// forked child, where the lock may be held for ever: the client asks once, which costs a system
    /// call.
    ///
    /// # Errors
    ///
    /// When there is no room for the record, or the disk refuses it. The spool is as it was.
    pub(crate) fn append(&self, record: &[u8]) -> Result<Position, AppendError> {
        let mut state = self.shared.lock();
        let appended = self.append_locked(&mut state, record);
        self.shared.unlock(state);
        appended
    }

    fn append_locked(&self, state: &mut State, record: &[u8]) -> Result<Position, AppendError> {
        let Directory { settings, disk, .. } = &*self.shared;
        let size = record.len() as u64;
        let limit = settings.limit_bytes;
        if state.ended {
            return Err(AppendError::Closed);
        }
        let fits = |state: &State| {
            let head = if state.active.is_some() { 0 } else { layout::SEGMENT_HEAD_BYTES as u64 };
            state.bytes.saturating_add(size + head) <= limit
        };
        if let Some((active, _)) = state.active() {
            let is_full = active.count > 0 && active.end + size > settings.segment_bytes;
            // A segment all of whose events are settled must not keep new ones out.
            let is_settled = active.count > 0 && active.is_settled();
            if is_full || (is_settled && !fits(state)) {
                self.shared.close_active(state);
            }
        }
        if !fits(state) {
            return Err(AppendError::Full { bytes: state.bytes, limit });
        }
        if state.active.is_none() {
            self.shared.prepare(state)?;
            self.shared.start_segment(state, record::queued_at_ms(record))?;
        }
        let Some((segment, file)) = state.active() else {
            return Err(io::Error::other("there is no active segment").into());
        };
        if let Err(error) = disk.write_all_at(file, record, segment.end) {
            if disk.truncate(file, segment.end).is_err() {
                // What is behind the last record stays; nothing is to be written over it.
                let idle = segment.is_settled().then_some(segment.serial);
                state.active = None;
                if let Some(serial) = idle {
                    self.shared.finish(state, serial);
                }
            }
            return Err(error.into());
        }
        segment.end += size;
        segment.bytes += size;
        segment.count += 1;
        state.bytes += size;
        state.appended += 1;
        Ok(Position(state.appended))
    }

    /// Returns when the record that was appended there, and all before it, are on stable
    /// storage, so that they survive a power cut. Threads that wait at the same time share the
    /// work.
    ///
    /// # Errors
    ///
    /// When the disk failed to sync the segment that the record is in. The record stays in the
    /// spool and is handed out, but is not known to survive a power cut.
    pub(crate) fn sync(&self, position: Position) -> io::Result<()> {
        if self.shared.is_forked() {
            return Err(io::Error::other("the spool belongs to the parent process"));
        }
        self.shared.sync(position.0)
    }

    /// Gives up what is unread of the oldest segment in which anything is. What was handed out
    /// stays. Nothing is dropped when nothing is unread.
    pub(crate) fn drop_oldest(&self) -> Dropped {
        if self.shared.is_forked() {
            return Dropped::default();
        }
        let mut state = self.shared.lock();
        if state.ended {
            return Dropped::default();
        }
        let unread = |state: &State| {
            let oldest =
                state.segments.iter().find(|s| s.unread() > 0 && !s.unreadable && !s.stays)?;
            Some(oldest.serial)
        };
        let Some(serial) = unread(&state) else { return Dropped::default() };
        if state.is_active(serial) {
            self.shared.close_active(&mut state);
        }
        let Some(segment) = state.find(serial) else { return Dropped::default() };
        let events = segment.unread();
        let mut bytes = segment.bytes;
        segment.count = segment.accounted;
        if segment.is_settled() {
            self.shared.finish(&mut state, serial);
            self.shared.unlock(state);
            return Dropped { events, bytes };
        }
        // The events that were handed out have to survive a kill of the process.
        bytes = segment.bytes.saturating_sub(segment.position);
        segment.end = segment.position;
        segment.bytes -= bytes;
        let (instance, number, length) = (segment.instance, segment.number, segment.position);
        state.bytes = state.bytes.saturating_sub(bytes);
        drop(state);
        let path = names::segment(&self.shared.settings.dir, instance, number);
        let cut = fs::OpenOptions::new()
            .write(true)
            .open(path)
            .and_then(|file| self.shared.disk.truncate(&file, length));
        match cut {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                // Until it is deleted it is larger than what is counted.
                tracing::warn!(%error, "a segment of the spool cannot be shortened");
            }
            // Not found: all that was handed out of it was acknowledged just now.
            Ok(()) | Err(_) => {}
        }
        Dropped { events, bytes }
    }

    /// Bytes of all segments, those adopted included: what counts against the limit.
    pub(crate) fn bytes(&self) -> u64 {
        if self.shared.is_forked() { 0 } else { self.shared.lock().bytes }
    }

    /// Ends as a killed process does: nothing more is written, and the locks are gone.
    #[cfg(test)]
    pub(crate) fn crash(self, reader: super::Reader) {
        self.shared.crashed.store(true, std::sync::atomic::Ordering::Relaxed);
        drop(reader);
    }

    /// The segment that is appended to, as its instance and number.
    #[cfg(test)]
    pub(super) fn active(&self) -> Option<(u64, u64)> {
        self.shared.lock().active().map(|(segment, _)| (segment.instance, segment.number))
    }

    #[cfg(test)]
    pub(super) fn faults(&self) -> &super::faults::Faults {
        &self.shared.disk.faults
    }
}

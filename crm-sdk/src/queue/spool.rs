//! A durable queue in a directory that several processes share, for events that have to survive
//! a kill of their process.
//!
//! Every client has files of its own: append-only segments, and an owner file that it keeps
//! locked while it lives and in which a cursor says how far its events are settled. A client
//! whose owner file can be locked is dead, and whoever locks it adopts what it left behind.
//!
//! For every record that was appended or adopted there is exactly one of: handed out by
//! [`Reader::read`], counted as lost there, or counted by [`Writer::drop_oldest`]. What was handed
//! out but not acknowledged comes again after a restart; so does what was acknowledged when the
//! cursor is damaged. The collector recognises repeated ids, so a repeat is harmless.

mod adopt;
pub(crate) mod dead_letters;
mod disk;
mod gate;
mod layout;
mod names;
mod owner;
mod reader;
pub(crate) mod record;
mod scan;
mod state;
mod sync;
mod writer;

#[cfg(test)]
mod faults;
#[cfg(test)]
mod model;
#[cfg(test)]
mod speed;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crm_models::{EventId, Timestamp};

pub(crate) use reader::Reader;
pub(crate) use writer::{AppendError, Position, Writer};

use state::Directory;

/// Bytes of a segment when the spool is small and when it is large.
const SEGMENT_BYTES: std::ops::RangeInclusive<u64> = 64 * 1024..=16 * 1024 * 1024;

/// Says whose key events were taken with, so that nobody sends the events of another.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint(pub(crate) [u8; 16]);

impl Fingerprint {
    /// Its first half, for names of files.
    fn short(&self) -> u64 {
        let mut half = [0; 8];
        half.copy_from_slice(&self.0[..8]);
        u64::from_be_bytes(half)
    }
}

/// A fingerprint is made of a key: what is printed is enough to tell two apart, and no more.
impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({:016x}…)", self.short())
    }
}

/// Where a spool is and what it may hold.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The directory; it is made if it does not exist.
    pub(crate) dir: PathBuf,
    /// A random number that no other client has.
    pub(crate) instance: u64,
    pub(crate) fingerprint: Fingerprint,
    /// Whose segments are adopted beside those of our own fingerprint.
    pub(crate) accepts: Vec<Fingerprint>,
    /// Bytes of all segments, those adopted included, above which nothing is appended.
    pub(crate) limit_bytes: u64,
    /// Bytes after which a segment is closed and the next begun.
    pub(crate) segment_bytes: u64,
    /// Age since it was queued above which an event of this process is not handed out any more.
    pub(crate) max_age: Duration,
}

impl Settings {
    /// The size of segments that goes with a limit: small enough that one of eight can be dropped
    /// or deleted, large enough that files are seldom made.
    pub(crate) fn segment_bytes_for(limit_bytes: u64) -> u64 {
        (limit_bytes / 8).clamp(*SEGMENT_BYTES.start(), *SEGMENT_BYTES.end())
    }

    fn takes(&self, fingerprint: Fingerprint) -> bool {
        fingerprint == self.fingerprint || self.accepts.contains(&fingerprint)
    }
}

/// An event from the spool.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) id: EventId,
    pub(crate) json: Box<[u8]>,
    pub(crate) queued_at: Timestamp,
    /// Whether it seems too old, or to come from the future. It may be that a clock was wrong in the
    /// process that left it, or is in this one.
    pub(crate) is_doubtful: bool,
}

/// The event itself is personal data, and not printed.
impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, json, queued_at, .. } = self;
        write!(f, "Stored({id}, {} bytes, {queued_at})", json.len())
    }
}

/// Records that will never be handed out, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lost {
    /// Their bytes have changed since they were written, or are gone.
    pub(crate) damaged: usize,
    /// They are of this process, whose clock is known, and older than [`Settings::max_age`].
    pub(crate) expired: usize,
    /// The disk would not give them. Their file stays where it is.
    pub(crate) unreadable: usize,
}

impl Lost {
    pub(crate) fn total(&self) -> usize {
        self.damaged + self.expired + self.unreadable
    }
}

/// What [`Reader::read`] found, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Loaded {
    pub(crate) events: Vec<Stored>,
    pub(crate) lost: Lost,
    /// Those that are lost because they are too old.
    pub(crate) expired: Vec<Stored>,
}

impl Loaded {
    /// Records that are accounted for by this.
    pub(crate) fn records(&self) -> usize {
        self.events.len() + self.lost.total()
    }
}

/// What [`Writer::drop_oldest`] gave up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dropped {
    pub(crate) events: u64,
    /// Bytes that are free now.
    pub(crate) bytes: u64,
}

/// What dead clients left behind, and how the directory was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Adopted {
    /// Records that are ours to send from now on.
    pub(crate) events: u64,
    /// Bytes of their segments.
    pub(crate) bytes: u64,
    pub(crate) segments: u64,
    /// When the oldest of them was begun, in milliseconds since 1970.
    pub(crate) oldest_ms: Option<i64>,
    /// Segments of dead clients that were left alone: of another key, or nobody's that we can tell.
    pub(crate) foreign: u64,
    /// Segments that a newer version has begun, and that were left alone.
    pub(crate) newer: u64,
    /// Segments that end in a record whose append never returned.
    pub(crate) torn: u64,
    /// Segments that could not be opened or read, and stay where they are.
    pub(crate) unreadable: u64,
    /// Files that could not be opened, locked, read, written or deleted, and why the first of them.
    pub(crate) failed: u64,
    pub(crate) failure: Option<Cause>,
    /// Whether there is more, to be adopted when this is sent.
    pub(crate) more: bool,
    /// Whether somebody has deleted or replaced the directory since we made our files in it.
    pub(crate) replaced: bool,
}

/// Why a file failed, as an [`io::Error`] that can be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cause {
    kind: io::ErrorKind,
    code: Option<i32>,
}

impl From<Cause> for io::Error {
    fn from(cause: Cause) -> Self {
        cause.code.map_or(cause.kind.into(), Self::from_raw_os_error)
    }
}

impl Adopted {
    /// Nothing, as the directory could not be looked at.
    pub(crate) fn failed(error: &io::Error) -> Self {
        let mut adopted = Self::default();
        adopted.fail(error);
        adopted
    }

    fn fail(&mut self, error: &io::Error) {
        self.failed += 1;
        let cause = Cause { kind: error.kind(), code: error.raw_os_error() };
        self.failure.get_or_insert(cause);
    }

    fn plus(self, other: Self) -> Self {
        Self {
            events: self.events + other.events,
            bytes: self.bytes + other.bytes,
            segments: self.segments + other.segments,
            oldest_ms: [self.oldest_ms, other.oldest_ms].into_iter().flatten().min(),
            foreign: self.foreign + other.foreign,
            newer: self.newer + other.newer,
            torn: self.torn + other.torn,
            unreadable: self.unreadable + other.unreadable,
            failed: self.failed + other.failed,
            failure: self.failure.or(other.failure),
            more: self.more || other.more,
            replaced: self.replaced || other.replaced,
        }
    }
}

/// A spool, whatever its directory is like.
pub(crate) struct Opened {
    pub(crate) writer: Writer,
    pub(crate) reader: Reader,
    pub(crate) adopted: Adopted,
    /// Why nothing can be written to it now. It is tried again with the events that come, and what
    /// is in it is read all the same.
    pub(crate) failure: Option<io::Error>,
}

/// Files in a directory beyond which what dead clients left is not looked at before the start: it
/// takes long.
const QUICK_FILES: usize = 2_000;

/// Opens the spool as a new client, and adopts what dead ones left behind. Damaged and alien files in
/// it are no failure, nor is it one that nothing can be adopted.
pub(crate) fn open(settings: Settings, now: Timestamp) -> Opened {
    let shared = Arc::new(Directory::new(settings));
    let mut state = shared.lock();
    let failure = shared.prepare(&mut state).err();
    shared.unlock(state);
    let mut reader = Reader::new(Arc::clone(&shared));
    let are_many = names::are_more_than(&shared.settings.dir, QUICK_FILES);
    let adopted = if are_many.unwrap_or(false) {
        reader.adopt_later();
        Adopted { more: true, ..Adopted::default() }
    } else {
        reader.adopt(now).unwrap_or_else(|error| Adopted::failed(&error))
    };
    Opened { writer: Writer::new(shared), reader, adopted, failure }
}

/// [`open`] where everything is as it ought to be.
#[cfg(test)]
pub(crate) fn open_well(
    settings: Settings,
    now: Timestamp,
) -> io::Result<(Writer, Reader, Adopted)> {
    let Opened { writer, reader, adopted, failure } = open(settings, now);
    failure.map_or(Ok((writer, reader, adopted)), Err)
}

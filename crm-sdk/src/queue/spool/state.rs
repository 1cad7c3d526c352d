//! What writer and reader share: the segments in the order of reading, and how many records of
//! each are accounted for. Everything here is changed under one lock that is held shortly.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File};
use std::hint;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use super::disk::{self, Disk};
use super::gate::Gate;
use super::layout::{SEGMENT_HEAD_BYTES, SegmentHead};
use super::owner::Owner;
use super::{Settings, names, record};

/// How long a directory that refused an owner file is left alone: events are many, and each would
/// ask again.
const REFUSAL: Duration = Duration::from_secs(1);

/// How often the lock is asked for before a thread sleeps, and how many of the processor's pauses
/// lie between: some ten microseconds in all.
const ATTEMPTS: usize = 20;
const PAUSES: usize = 16;

/// A segment that holds records which are not settled.
#[derive(Debug)]
pub(super) struct Segment {
    /// Its place in the order of reading; never used twice.
    pub(super) serial: u64,
    pub(super) instance: u64,
    pub(super) number: u64,
    pub(super) created_at_ms: i64,
    /// Records in it, those that were settled before we had it included.
    pub(super) count: u64,
    /// Records of these that were settled before, handed out, lost or dropped.
    pub(super) accounted: u64,
    /// Records that were handed out and are not acknowledged.
    pub(super) unacknowledged: u64,
    /// Where the next record to be read begins.
    pub(super) position: u64,
    /// Where the last record ends.
    pub(super) end: u64,
    /// Bytes of the file.
    pub(super) bytes: u64,
    /// Bytes of the file that are on stable storage, or will not be tried again.
    pub(super) synced: u64,
    /// The disk would not give it.
    pub(super) unreadable: bool,
    /// There is something in it that only a newer version can read: its file stays.
    pub(super) stays: bool,
}

impl Segment {
    pub(super) fn unread(&self) -> u64 {
        self.count.saturating_sub(self.accounted)
    }

    /// Whether nobody needs its records any more.
    pub(super) fn is_settled(&self) -> bool {
        self.unread() == 0 && self.unacknowledged == 0
    }
}

/// An owner file that we keep locked.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) owner: Arc<Owner>,
    /// Segments on disk. The file stays as long as there are any.
    pub(super) segments: u64,
    /// Numbers of those that nobody has looked into yet.
    pub(super) unexamined: VecDeque<u64>,
}

/// A segment that is done and whose file can be deleted.
#[derive(Debug)]
pub(super) struct Finished {
    instance: u64,
    path: PathBuf,
}

#[derive(Debug)]
pub(super) struct State {
    /// In the order of reading. The last is the active one if there is an active file.
    pub(super) segments: VecDeque<Segment>,
    /// The file that is appended to.
    pub(super) active: Option<Arc<File>>,
    pub(super) held: BTreeMap<u64, Held>,
    /// Bytes of all segments.
    pub(super) bytes: u64,
    /// Records appended since the start.
    pub(super) appended: u64,
    next_number: u64,
    next_serial: u64,
    /// Whether files were made whose names may not be on stable storage.
    pub(super) names_unsynced: bool,
    /// Whether nothing is appended any more.
    pub(super) ended: bool,
    /// When the directory last refused a new owner file, and why.
    refused: Option<(Instant, io::ErrorKind)>,
    /// To be deleted as soon as the lock is given back.
    finished: Vec<Finished>,
    /// To be logged as soon as the lock is given back: whoever listens to the log may call us.
    notes: Vec<Note>,
}

/// What went wrong under the lock.
#[derive(Debug)]
pub(super) enum Note {
    Unreadable(io::Error),
    Unfinished(io::Error),
    Unended(io::Error),
}

impl Note {
    fn log(self) {
        match self {
            Self::Unreadable(error) => {
                tracing::warn!(%error, "a segment of the spool cannot be read");
            }
            Self::Unfinished(error) => {
                tracing::warn!(%error, "an unfinished file of the spool cannot be deleted");
            }
            // Whoever adopts the segment has to count its records, that is all.
            Self::Unended(error) => {
                tracing::debug!(%error, "a segment of the spool has no end record");
            }
        }
    }
}

impl State {
    pub(super) fn find(&mut self, serial: u64) -> Option<&mut Segment> {
        let index = self.segments.binary_search_by_key(&serial, |segment| segment.serial).ok()?;
        self.segments.get_mut(index)
    }

    /// The active segment and its file.
    pub(super) fn active(&mut self) -> Option<(&mut Segment, &Arc<File>)> {
        Some((self.segments.back_mut()?, self.active.as_ref()?))
    }

    pub(super) fn is_active(&self, serial: u64) -> bool {
        self.active.is_some() && self.segments.back().is_some_and(|last| last.serial == serial)
    }

    pub(super) fn serial(&mut self) -> u64 {
        self.next_serial += 1;
        self.next_serial
    }

    /// Logs this once the lock is given back.
    pub(super) fn note(&mut self, note: Note) {
        self.notes.push(note);
    }

    /// Takes a segment out of the order. Its file stays.
    pub(super) fn remove(&mut self, serial: u64) -> Option<Segment> {
        let index = self.segments.binary_search_by_key(&serial, |segment| segment.serial).ok()?;
        let segment = self.segments.remove(index)?;
        self.bytes = self.bytes.saturating_sub(segment.bytes);
        Some(segment)
    }
}

/// The directory of a spool that this process has opened: what writer and reader share.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) settings: Settings,
    pub(super) disk: Disk,
    pub(super) gate: Gate,
    state: Mutex<State>,
    /// The process that opened the spool. A forked child has the same files and must not touch
    /// them.
    process: u32,
    #[cfg(test)]
    pub(super) crashed: std::sync::atomic::AtomicBool,
}

impl Directory {
    /// A spool whose directory nobody has looked at yet.
    pub(super) fn new(settings: Settings) -> Self {
        let state = State {
            segments: VecDeque::new(),
            active: None,
            held: BTreeMap::new(),
            bytes: 0,
            appended: 0,
            next_number: 0,
            next_serial: 0,
            names_unsynced: true,
            ended: false,
            refused: None,
            finished: Vec::new(),
            notes: Vec::new(),
        };
        Self {
            settings,
            disk: Disk::default(),
            gate: Gate::default(),
            state: Mutex::new(state),
            process: std::process::id(),
            #[cfg(test)]
            crashed: std::sync::atomic::AtomicBool::new(false),
        }
    }

    /// Makes our own owner file, and the directory that it is in, where they are not there: at the
    /// start, and again when a disk that was full or away may be well again.
    pub(super) fn prepare(&self, state: &mut State) -> io::Result<()> {
        let Settings { dir, instance, fingerprint, .. } = &self.settings;
        if state.held.contains_key(instance) {
            return Ok(());
        }
        if let Some((at, kind)) = state.refused
            && at.elapsed() < REFUSAL
        {
            return Err(kind.into());
        }
        let owner = disk::create_dir(dir)
            .and_then(|()| Owner::create(&self.disk, dir, *instance, *fingerprint))
            .inspect_err(|error| state.refused = Some((Instant::now(), error.kind())))?;
        let owner = Arc::new(owner);
        state.held.insert(*instance, Held { owner, segments: 0, unexamined: VecDeque::new() });
        state.names_unsynced = true;
        state.refused = None;
        Ok(())
    }

    /// Whether our owner file is where we made it. If not, somebody has deleted or replaced the
    /// directory under us: what is appended would be nowhere.
    pub(super) fn is_in_place(&self, state: &State) -> bool {
        let own = state.held.get(&self.settings.instance);
        own.is_none_or(|held| held.owner.is_in_place())
    }

    /// Lets go of all that was in a directory that is gone; gives back the file that was appended
    /// to, with the serial of its segment, as only whoever has it open can still read it.
    pub(super) fn abandon(&self, state: &mut State) -> Option<(u64, Arc<File>)> {
        state.held.clear();
        let file = state.active.take()?;
        Some((state.segments.back()?.serial, file))
    }

    /// Whoever has the lock has it for a `write`, a microsecond or two. To sleep and be woken takes
    /// ten times as long, so it is asked for a while first.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock.
        for _ in 0..ATTEMPTS {
            match self.state.try_lock() {
                Ok(state) => return state,
                Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => {
                    for _ in 0..PAUSES {
                        hint::spin_loop();
                    }
                }
            }
        }
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this is a forked child of the process that opened the spool.
    pub(super) fn is_forked(&self) -> bool {
        self.process != std::process::id()
    }

    /// Gives the lock back, and then deletes what was finished under it, which takes long, and logs
    /// what went wrong, which calls code of the host.
    pub(super) fn unlock(&self, mut state: MutexGuard<'_, State>) {
        if state.finished.is_empty() && state.notes.is_empty() {
            return;
        }
        let finished = std::mem::take(&mut state.finished);
        let notes = std::mem::take(&mut state.notes);
        drop(state);
        self.delete(finished);
        notes.into_iter().for_each(Note::log);
    }

    /// Marks a segment as done, to be deleted by [`Self::unlock`].
    pub(super) fn finish(&self, state: &mut State, serial: u64) {
        if let Some(segment) = state.remove(serial) {
            let Segment { instance, number, .. } = segment;
            let path = names::segment(&self.settings.dir, instance, number);
            state.finished.push(Finished { instance, path });
        }
    }

    /// Deletes segments, and owner files of others after their last segment. In this order: a
    /// segment without its owner file is anybody's.
    fn delete(&self, finished: Vec<Finished>) {
        let mut deleted = Vec::new();
        for Finished { instance, path } in finished {
            match fs::remove_file(&path) {
                Ok(()) => deleted.push(instance),
                Err(error) if error.kind() == io::ErrorKind::NotFound => deleted.push(instance),
                // The owner file is kept with it, so that nobody takes it while we live.
                Err(error) => tracing::warn!(%error, "a file of the spool cannot be deleted"),
            }
        }
        let mut state = self.lock();
        let mut owners = Vec::new();
        for instance in deleted {
            let Some(held) = state.held.get_mut(&instance) else { continue };
            held.segments = held.segments.saturating_sub(1);
            if held.segments == 0 && instance != self.settings.instance {
                owners.extend(state.held.remove(&instance));
            }
        }
        drop(state);
        for held in owners {
            remove_owner(&held.owner);
        }
    }

    /// Makes a new active segment. There must be none.
    pub(super) fn start_segment(&self, state: &mut State, created_at_ms: i64) -> io::Result<()> {
        let Settings { dir, instance, fingerprint, .. } = &self.settings;
        let number = state.next_number;
        state.next_number += 1;
        let path = names::segment(dir, *instance, number);
        let file = disk::private().read(true).write(true).create_new(true).open(&path)?;
        let head = SegmentHead { fingerprint: *fingerprint, created_at_ms }.encode();
        if let Err(error) = self.disk.write_all_at(&file, &head, 0) {
            if let Err(error) = fs::remove_file(&path) {
                state.note(Note::Unfinished(error));
            }
            return Err(error);
        }
        let head_bytes = SEGMENT_HEAD_BYTES as u64;
        let segment = Segment {
            serial: state.serial(),
            instance: *instance,
            number,
            created_at_ms,
            count: 0,
            accounted: 0,
            unacknowledged: 0,
            position: head_bytes,
            end: head_bytes,
            bytes: head_bytes,
            synced: 0,
            unreadable: false,
            stays: false,
        };
        state.segments.push_back(segment);
        state.active = Some(Arc::new(file));
        state.bytes += head_bytes;
        state.names_unsynced = true;
        if let Some(held) = state.held.get_mut(instance) {
            held.segments += 1;
        }
        Ok(())
    }

    /// Ends the spool: nothing is appended any more, and whatever is left is anybody's who looks
    /// for what dead clients left.
    pub(super) fn end(&self) {
        #[cfg(test)]
        if self.crashed.load(std::sync::atomic::Ordering::Relaxed) {
            return;
        }
        if self.is_forked() {
            return;
        }
        let mut state = self.lock();
        self.close_active(&mut state);
        state.ended = true;
        self.unlock(state);
        // Dropping the others gives their locks back.
        let mut held = std::mem::take(&mut self.lock().held);
        let own = held.remove(&self.settings.instance);
        if let Some(held) = own.filter(|held| held.segments == 0) {
            remove_owner(&held.owner);
        }
    }

    /// Closes the active segment, if there is one, with an end record.
    pub(super) fn close_active(&self, state: &mut State) {
        let Some(file) = state.active.take() else { return };
        let Some(segment) = state.segments.back_mut() else { return };
        if segment.is_settled() {
            let serial = segment.serial;
            self.finish(state, serial);
            return;
        }
        let end = record::end(segment.count, self.settings.fingerprint);
        match self.disk.write_all_at(&file, &end, segment.end) {
            Ok(()) => {
                segment.bytes += end.len() as u64;
                state.bytes += end.len() as u64;
            }
            Err(error) => state.note(Note::Unended(error)),
        }
    }
}

pub(super) fn remove_owner(owner: &Owner) {
    if let Err(error) = owner.remove() {
        tracing::warn!(%error, "an owner file of the spool cannot be deleted");
    }
}

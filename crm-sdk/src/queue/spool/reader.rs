//! The end of the spool that events are taken from, by the one thread that sends them.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io;
use std::sync::Arc;

use crm_models::{EventId, Timestamp};

use super::layout::Cursor;
use super::record::Payload;
use super::scan::Source;
use super::state::{Segment, Shared, State};
use super::{Adopted, Loaded, Lost, Settings, Stored, adopt, names};

/// A segment that was begun is deleted, once all in it is settled, when it has this part of its
/// full size: files are seldom made, and a spool at rest is small.
const RENEWAL_PART: u64 = 4;

/// Reads the spool. There is one, and one thread has it.
#[derive(Debug)]
pub(crate) struct Reader {
    shared: Arc<Shared>,
    /// The segment that is being read.
    source: Option<(u64, Source)>,
    /// Events that were handed out and are not acknowledged, oldest first.
    handed: VecDeque<Handed>,
}

/// An event that was handed out.
#[derive(Clone, Copy, Debug)]
struct Handed {
    id: EventId,
    serial: u64,
    /// Where the records before it end, and where its own does.
    start: u64,
    end: u64,
    /// Records of its segment before it.
    before: u64,
}

/// What is to be read next, as it stood when the lock was held.
struct Task {
    serial: u64,
    instance: u64,
    number: u64,
    position: u64,
    end: u64,
    accounted: u64,
    unread: u64,
    unreadable: bool,
    file: Option<Arc<File>>,
}

/// What a part of a segment gave.
#[derive(Default)]
struct Part {
    events: Vec<Stored>,
    handed: Vec<Handed>,
    lost: Lost,
    position: u64,
    /// The next event did not fit.
    full: bool,
    /// Reading failed behind it.
    failed: Option<io::Error>,
}

impl Part {
    fn records(&self) -> usize {
        self.events.len() + self.lost.total()
    }
}

impl Reader {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, source: None, handed: VecDeque::new() }
    }

    /// Hands out the next events, at most `events` of them, lost ones included, and, from the
    /// second on, at most `bytes` of JSON.
    pub(crate) fn read(&mut self, events: usize, bytes: usize, now: Timestamp) -> Loaded {
        let mut loaded = Loaded::default();
        let mut left_bytes = bytes;
        while loaded.records() < events {
            let Some(task) = next_task(&self.shared.lock()) else { break };
            let room = events - loaded.records();
            let first = loaded.events.is_empty();
            let mut part = self.read_part(&task, room, left_bytes, first, now);
            if !self.commit(&task, &mut part) {
                continue;
            }
            let size: usize = part.events.iter().map(|event| event.json.len()).sum();
            left_bytes = left_bytes.saturating_sub(size);
            loaded.lost.damaged += part.lost.damaged;
            loaded.lost.expired += part.lost.expired;
            loaded.lost.unreadable += part.lost.unreadable;
            loaded.events.append(&mut part.events);
            if part.full {
                break;
            }
        }
        loaded
    }

    fn read_part(
        &mut self,
        task: &Task,
        room: usize,
        bytes: usize,
        first: bool,
        now: Timestamp,
    ) -> Part {
        let mut part = Part { position: task.position, ..Part::default() };
        let room = usize::try_from(task.unread).map_or(room, |unread| unread.min(room));
        if task.unreadable {
            part.lost.unreadable = room;
            return part;
        }
        if let Err(error) = self.fill(task, &mut part, room, bytes, first, now) {
            part.failed = Some(error);
        }
        part
    }

    fn fill(
        &mut self,
        task: &Task,
        part: &mut Part,
        room: usize,
        mut bytes: usize,
        first: bool,
        now: Timestamp,
    ) -> io::Result<()> {
        let Settings { dir, max_age, .. } = &self.shared.settings;
        let oldest = i64::try_from(max_age.as_millis())
            .map_or(i64::MIN, |age| now.millis().saturating_sub(age));
        let source = match &mut self.source {
            Some((serial, source)) if *serial == task.serial => source,
            other => {
                let file = match &task.file {
                    Some(file) => Arc::clone(file),
                    None => Arc::new(File::open(names::segment(dir, task.instance, task.number))?),
                };
                &mut other.insert((task.serial, Source::new(file))).1
            }
        };
        while part.records() < room {
            let found = source.next(&self.shared.disk, part.position, task.end)?;
            let event = found.and_then(|found| match found.payload {
                Payload::Event { id, queued_at, json } => Some((id, queued_at, json, found.end)),
                Payload::End { .. } => None,
            });
            let Some((id, queued_at, json, end)) = event else {
                // What was counted and is not there is damaged.
                part.position = task.end;
                part.lost.damaged += room - part.records();
                break;
            };
            if queued_at.millis() < oldest {
                part.lost.expired += 1;
            } else {
                let is_first = first && part.events.is_empty();
                if !is_first && json.len() > bytes {
                    part.full = true;
                    break;
                }
                bytes = bytes.saturating_sub(json.len());
                let before = task.accounted + part.records() as u64;
                let (serial, start) = (task.serial, part.position);
                part.handed.push(Handed { id, serial, start, end, before });
                part.events.push(Stored { id, json: json.into(), queued_at });
            }
            part.position = end;
        }
        Ok(())
    }

    /// Accounts for what was read, unless it was dropped in the meantime.
    fn commit(&mut self, task: &Task, part: &mut Part) -> bool {
        let shared = Arc::clone(&self.shared);
        let mut state = shared.lock();
        let records = part.records() as u64;
        let was_active = state.is_active(task.serial);
        let Some(segment) = state.find(task.serial).filter(|s| s.unread() >= task.unread) else {
            return false;
        };
        segment.accounted += records;
        segment.position = part.position;
        segment.unacknowledged += part.handed.len() as u64;
        if let Some(error) = part.failed.take() {
            tracing::warn!(%error, "a segment of the spool cannot be read");
            segment.unreadable = true;
            if was_active {
                self.shared.close_active(&mut state);
            }
        }
        self.handed.extend(part.handed.drain(..));
        let mut cursor = None;
        if let Some(segment) = state.find(task.serial)
            && segment.unacknowledged == 0
            && !segment.unreadable
        {
            // Lost records need no acknowledgement, when nothing before them does.
            cursor = self.handed.is_empty().then(|| settled_all(segment));
        }
        self.retire(&mut state, task.serial);
        self.note(state, cursor.map(|cursor| (task.instance, cursor)));
        true
    }

    /// Settles events that were handed out, in whatever order: one that is set aside holds up no
    /// other.
    pub(crate) fn acknowledge(&mut self, ids: impl IntoIterator<Item = EventId>) {
        // By segment: how many of them, and the last.
        let mut settled = BTreeMap::<u64, (u64, Handed)>::new();
        for id in ids {
            // The first, but for those that are set aside.
            let place = self.handed.iter().position(|handed| handed.id == id);
            if let Some(handed) = place.and_then(|place| self.handed.remove(place)) {
                let (count, last) = settled.entry(handed.serial).or_insert((0, handed));
                *count += 1;
                if handed.before > last.before {
                    *last = handed;
                }
            }
        }
        let shared = Arc::clone(&self.shared);
        let mut state = shared.lock();
        let mut cursors = BTreeMap::new();
        for (serial, (count, last)) in settled {
            let Some(segment) = state.find(serial) else { continue };
            segment.unacknowledged = segment.unacknowledged.saturating_sub(count);
            let number = segment.number;
            let unsettled = self.handed.iter().find(|handed| handed.serial == serial);
            let cursor = match unsettled {
                Some(first) => Cursor { number, offset: first.start, settled: first.before },
                // What could not be read may be readable for the next client.
                None if segment.unreadable => {
                    Cursor { number, offset: last.end, settled: last.before + 1 }
                }
                None => settled_all(segment),
            };
            let instance = segment.instance;
            if !self.retire(&mut state, serial) {
                // Of a client's segments the one that was reached last: those before it are most
                // often gone. What is settled in another comes again, which is harmless.
                cursors.insert(instance, cursor);
            }
        }
        let full = self.shared.settings.segment_bytes;
        if let Some((active, _)) = state.active()
            && active.is_settled()
            && active.end >= full / RENEWAL_PART
        {
            cursors.remove(&active.instance);
            self.shared.close_active(&mut state);
        }
        self.note(state, cursors);
    }

    /// Takes a segment out of the order if nothing in it is wanted any more.
    fn retire(&self, state: &mut State, serial: u64) -> bool {
        if state.is_active(serial) || !state.find(serial).is_some_and(|s| s.is_settled()) {
            return false;
        }
        if state.find(serial).is_some_and(|segment| segment.unreadable) {
            // Its owner file stays locked with it, so that nobody tries the same while we live.
            state.remove(serial);
        } else {
            self.shared.finish(state, serial);
        }
        true
    }

    /// Gives the lock back, then writes cursors and deletes what is done.
    fn note(
        &mut self,
        mut state: std::sync::MutexGuard<'_, State>,
        cursors: impl IntoIterator<Item = (u64, Cursor)>,
    ) {
        let owners: Vec<_> = cursors
            .into_iter()
            .filter_map(|(instance, cursor)| {
                Some((Arc::clone(&state.held.get(&instance)?.owner), cursor))
            })
            .collect();
        // An open file would keep its place on the disk when it is deleted.
        self.source.take_if(|(serial, _)| state.find(*serial).is_none());
        self.shared.unlock(state);
        for (owner, cursor) in owners {
            if let Err(error) = owner.write_cursor(&self.shared.disk, cursor) {
                tracing::warn!(%error, "a cursor of the spool cannot be written");
            }
        }
    }

    /// Settles the first events that were handed out.
    #[cfg(test)]
    pub(super) fn acknowledge_first(&mut self, events: usize) {
        let ids: Vec<_> = self.handed.iter().take(events).map(|handed| handed.id).collect();
        self.acknowledge(ids);
    }

    /// Whether the files take more than half of what they may.
    pub(crate) fn is_half_full(&self) -> bool {
        self.shared.lock().bytes > self.shared.settings.limit_bytes / 2
    }

    /// Takes over what dead clients left, to be read after all that is in the spool and before
    /// what is appended from now on.
    ///
    /// # Errors
    ///
    /// When the directory cannot be listed. Nothing was adopted then.
    pub(crate) fn adopt(&mut self, now: Timestamp) -> io::Result<Adopted> {
        let Shared { settings, disk, .. } = &*self.shared;
        let found = adopt::find(settings, disk, now)?;
        let mut adopted = found.report;
        if found.clients.is_empty() {
            return Ok(adopted);
        }
        let mut state = self.shared.lock();
        self.shared.close_active(&mut state);
        for client in found.clients {
            for mut segment in client.segments {
                segment.serial = state.serial();
                adopted.events += segment.unread();
                adopted.bytes += segment.bytes;
                adopted.segments += 1;
                state.bytes += segment.bytes;
                state.segments.push_back(segment);
            }
            state.held.insert(client.instance, client.held);
        }
        self.shared.unlock(state);
        Ok(adopted)
    }
}

/// Without its reader the spool sends nothing any more: it is left to those that do.
impl Drop for Reader {
    fn drop(&mut self) {
        self.shared.end();
    }
}

fn next_task(state: &State) -> Option<Task> {
    let segment = state.segments.iter().find(|segment| segment.unread() > 0)?;
    Some(Task {
        serial: segment.serial,
        instance: segment.instance,
        number: segment.number,
        position: segment.position,
        end: segment.end,
        accounted: segment.accounted,
        unread: segment.unread(),
        unreadable: segment.unreadable,
        file: state.active.clone().filter(|_| state.is_active(segment.serial)),
    })
}

/// All of it that was read is settled.
fn settled_all(segment: &Segment) -> Cursor {
    Cursor { number: segment.number, offset: segment.position, settled: segment.accounted }
}

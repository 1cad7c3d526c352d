//! The end of the spool that events are taken from, by the one thread that sends them.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io;
use std::sync::Arc;

use crm_models::{EventId, Timestamp};

use super::adopt::{Budget, Candidates, LeftAlone, Search};
use super::layout::Cursor;
use super::record::Payload;
use super::scan::{Found, Source};
use super::state::{Directory, Note, Segment, State, remove_owner};
use super::{Adopted, Loaded, Lost, Settings, Stored, adopt, names};

/// A segment that was begun is deleted, once all in it is settled, when it has this part of its
/// full size: files are seldom made, and a spool at rest is small.
const RENEWAL_PART: u64 = 4;

/// Reads the spool. There is one, and one thread has it.
#[derive(Debug)]
pub(crate) struct Reader {
    shared: Arc<Directory>,
    /// The segment that is being read.
    source: Option<(u64, Source)>,
    /// Events that were handed out and are not acknowledged, oldest first.
    handed: VecDeque<Handed>,
    /// The file of a segment that can only be read by whoever has it open.
    orphan: Option<(u64, Arc<File>)>,
    left_alone: LeftAlone,
    candidates: Candidates,
    /// Whether dead clients are left that were not adopted yet.
    has_more: bool,
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
    expired: Vec<Stored>,
    handed: Vec<Handed>,
    lost: Lost,
    position: u64,
    /// The next event did not fit.
    full: bool,
    /// Reading failed behind it.
    failed: Option<io::Error>,
    /// There are records in it that a newer version has to read.
    is_newer: bool,
}

impl Part {
    fn records(&self) -> usize {
        self.events.len() + self.lost.total()
    }
}

impl Reader {
    pub(super) fn new(shared: Arc<Directory>) -> Self {
        Self {
            shared,
            source: None,
            handed: VecDeque::new(),
            orphan: None,
            left_alone: LeftAlone::new(),
            candidates: Candidates::default(),
            has_more: false,
        }
    }

    /// Hands out the next events, at most `events` of them, lost ones included, and, from the
    /// second on, at most `bytes` of JSON.
    pub(crate) fn read(&mut self, events: usize, bytes: usize, now: Timestamp) -> Loaded {
        let mut loaded = Loaded::default();
        let mut left_bytes = bytes;
        while loaded.records() < events {
            let Some(task) = next_task(&self.shared.lock()) else { break };
            let room = events - loaded.records();
            let first = loaded.events.is_empty() && loaded.expired.is_empty();
            let mut part = self.read_part(&task, room, left_bytes, first, now);
            if !self.commit(&task, &mut part) {
                continue;
            }
            let read = part.events.iter().chain(&part.expired);
            let size: usize = read.map(|event| event.json.len()).sum();
            left_bytes = left_bytes.saturating_sub(size);
            loaded.lost.damaged += part.lost.damaged;
            loaded.lost.expired += part.lost.expired;
            loaded.lost.unreadable += part.lost.unreadable;
            loaded.events.append(&mut part.events);
            loaded.expired.append(&mut part.expired);
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
        let max_age_ms = i64::try_from(max_age.as_millis()).unwrap_or(i64::MAX);
        let source = match &mut self.source {
            Some((serial, source)) if *serial == task.serial => source,
            other => {
                let orphan = self.orphan.iter().find(|(serial, _)| *serial == task.serial);
                let file = match task.file.as_ref().or(orphan.map(|(_, file)| file)) {
                    Some(file) => Arc::clone(file),
                    None => Arc::new(File::open(names::segment(dir, task.instance, task.number))?),
                };
                &mut other.insert((task.serial, Source::new(file))).1
            }
        };
        while part.records() < room {
            let found = source.next(&self.shared.disk, part.position, task.end)?;
            let (id, queued_at, json, end) = match found {
                Some(Found { payload: Payload::Event { id, queued_at, json }, end, .. }) => {
                    (id, queued_at, json, end)
                }
                Some(Found { payload: Payload::Newer, end, .. }) => {
                    part.is_newer = true;
                    part.lost.unreadable += 1;
                    part.position = end;
                    continue;
                }
                Some(Found { payload: Payload::End { .. }, .. }) | None => {
                    // What was counted and is not there is damaged.
                    part.position = task.end;
                    part.lost.damaged += room - part.records();
                    break;
                }
            };
            let is_first = first && part.events.is_empty() && part.expired.is_empty();
            if !is_first && json.len() > bytes {
                part.full = true;
                break;
            }
            bytes = bytes.saturating_sub(json.len());
            let age_ms = now.millis().saturating_sub(queued_at.millis());
            let is_doubtful = !(0..=max_age_ms).contains(&age_ms);
            let stored = Stored { id, json: json.into(), queued_at, is_doubtful };
            if age_ms > max_age_ms && task.instance == self.shared.settings.instance {
                part.lost.expired += 1;
                part.expired.push(stored);
            } else {
                let before = task.accounted + part.records() as u64;
                let (serial, start) = (task.serial, part.position);
                part.handed.push(Handed { id, serial, start, end, before });
                part.events.push(stored);
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
        segment.stays |= part.is_newer;
        if let Some(error) = part.failed.take() {
            segment.unreadable = true;
            state.note(Note::Unreadable(error));
            if was_active {
                self.shared.close_active(&mut state);
            }
        }
        self.handed.extend(part.handed.drain(..));
        let mut cursor = None;
        if let Some(segment) = state.find(task.serial)
            && segment.unacknowledged == 0
            && !segment.unreadable
            && !segment.stays
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
            let (number, stays) = (segment.number, segment.stays);
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
            // Behind a record that is left to a newer version nothing is settled for it.
            if !self.retire(&mut state, serial) && !stays {
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
        if state.find(serial).is_some_and(|segment| segment.unreadable || segment.stays) {
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
        self.orphan.take_if(|(serial, _)| state.find(*serial).is_none());
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
    /// what is appended from now on: as much as is adopted at a time. Notices as well when the
    /// directory was deleted or replaced.
    ///
    /// # Errors
    ///
    /// When the directory cannot be listed. Nothing was adopted then.
    pub(crate) fn adopt(&mut self, now: Timestamp) -> io::Result<Adopted> {
        let shared = Arc::clone(&self.shared);
        let mut state = shared.lock();
        let replaced = !shared.is_in_place(&state);
        if replaced {
            self.orphan = shared.abandon(&mut state);
            self.left_alone.clear();
            self.candidates.clear();
            // If it cannot be made now, the next event says so.
            let _made = shared.prepare(&mut state);
        }
        let held: Vec<_> = state.held.keys().copied().collect();
        let unexamined: Vec<_> = state
            .held
            .iter_mut()
            .filter(|(_, held)| !held.unexamined.is_empty())
            .map(|(instance, held)| {
                (*instance, Arc::clone(&held.owner), std::mem::take(&mut held.unexamined))
            })
            .collect();
        shared.unlock(state);

        let Directory { settings, disk, .. } = &*shared;
        let mut budget = Budget::new();
        let mut report = Adopted { replaced, ..Adopted::default() };
        let mut examined = Vec::new();
        for (instance, owner, numbers) in unexamined {
            let before = numbers.len() as u64;
            let search = Search { settings, disk, instance, owner: &owner, whose: None };
            let (found, _) = search.run(numbers, &mut budget, &mut report);
            report.more |= !found.unexamined.is_empty();
            examined.push((instance, before, found));
        }
        let known = (&mut self.candidates, &mut self.left_alone);
        let adoption = adopt::find(settings, disk, now, &held, known, &mut budget);

        let mut state = shared.lock();
        let (clients, error) = match adoption {
            Ok(adoption) => {
                report = report.plus(adoption.report);
                (adoption.clients, None)
            }
            Err(error) => (Vec::new(), Some(error)),
        };
        if examined.iter().any(|(_, _, found)| !found.segments.is_empty()) || !clients.is_empty() {
            shared.close_active(&mut state);
        }
        let mut finished = Vec::new();
        for (instance, before, found) in examined {
            let left = found.segments.len() + found.unexamined.len();
            if let Some(held) = state.held.get_mut(&instance) {
                held.segments -= before.min(held.segments);
                held.segments += left as u64 + found.left_alone;
                held.unexamined = found.unexamined;
                if held.segments == 0 {
                    finished.extend(state.held.remove(&instance));
                }
            }
            push(&mut state, found.segments, &mut report);
        }
        for client in clients {
            push(&mut state, client.segments, &mut report);
            state.held.insert(client.instance, client.held);
        }
        self.has_more = report.more;
        shared.unlock(state);
        finished.iter().for_each(|held| remove_owner(&held.owner));
        match error {
            // What was found among those that are held is not lost for that.
            Some(error) if report.events == 0 && !replaced => Err(error),
            Some(error) => {
                report.fail(&error);
                Ok(report)
            }
            None => Ok(report),
        }
    }

    /// Leaves the first adoption to the next call of [`Self::adopt`].
    pub(super) fn adopt_later(&mut self) {
        self.has_more = true;
    }

    #[cfg(test)]
    pub(super) fn is_full_of_clients(&self) -> bool {
        self.shared.lock().held.len() > adopt::MOST_CLIENTS
    }

    /// Whether there is more to adopt, and so little left of what was adopted that it is time to.
    pub(crate) fn wants_more(&self) -> bool {
        if !self.has_more {
            return false;
        }
        let state = self.shared.lock();
        state.held.len() <= adopt::MOST_CLIENTS / 2
            && state.segments.iter().filter(|segment| segment.unread() > 0).take(64).count() < 64
    }
}

fn push(state: &mut State, segments: Vec<Segment>, report: &mut Adopted) {
    for mut segment in segments {
        segment.serial = state.serial();
        report.events += segment.unread();
        report.oldest_ms =
            [report.oldest_ms, Some(segment.created_at_ms)].into_iter().flatten().min();
        report.bytes += segment.bytes;
        report.segments += 1;
        state.bytes += segment.bytes;
        state.segments.push_back(segment);
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

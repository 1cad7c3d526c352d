//! What dead clients left behind: whose it is, how much of it is unsettled, and from where.
//!
//! A directory may hold what thousands of processes left that died without a network. So much is
//! adopted at a time as costs little, the oldest first: an owner file that is held is an open file,
//! and a segment without an end is read from its start to its end. What is small is not written anew
//! into a segment of our own: to be as safe it would have to be synced first, and it would pass for
//! an event of this process, whose age is beyond doubt.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use crm_models::Timestamp;

use super::disk::Disk;
use super::layout::{self, SEGMENT_HEAD_BYTES, SegmentHead};
use super::names::Listed;
use super::owner::Owner;
use super::record::{self, Decoded, END_BYTES, Payload};
use super::scan::{self, Source};
use super::state::{Held, Segment, remove_owner};
use super::{Adopted, Fingerprint, Settings, names};

/// Most clients whose owner files are held at a time.
pub(super) const MOST_CLIENTS: usize = 64;
/// Most segments that are looked into at a time, and bytes after which no more are.
const MOST_SEGMENTS: usize = 1_000;
const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// Bytes that are read of a segment that has an end.
const ENDS_BYTES: u64 = 4 * 1024;

/// Owner files that cannot be locked before no more are tried.
const MOST_FAILURES: u64 = 8;

/// A dead client whose owner file we have locked, with the segments that are to be read.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) instance: u64,
    pub(super) held: Held,
    pub(super) segments: Vec<Segment>,
    created_at_ms: i64,
}

/// What there is to adopt. The counts of what was adopted are still zero.
#[derive(Debug, Default)]
pub(super) struct Adoption {
    /// The oldest first.
    pub(super) clients: Vec<Client>,
    pub(super) report: Adopted,
}

/// How much may still be looked into.
#[derive(Debug)]
pub(super) struct Budget {
    segments: usize,
    bytes: u64,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self { segments: MOST_SEGMENTS, bytes: MOST_BYTES }
    }

    fn spend(&mut self, bytes: u64) {
        self.segments = self.segments.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes.max(ENDS_BYTES));
    }

    fn is_spent(&self) -> bool {
        self.segments == 0 || self.bytes == 0
    }
}

/// Clients of other keys or of newer versions, with their segments: they are left alone, and not
/// looked into again and again.
pub(super) type LeftAlone = BTreeMap<u64, Adopted>;

/// Clients that were found in the directory and that nobody has tried to lock since, the oldest
/// first. It is not listed again before they are through, for it may be long. What is gone by then
/// is passed over, and what is new is in the next list.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    /// Segments, those of a client together; no number where there is an owner file alone.
    files: VecDeque<(u64, Option<u64>)>,
}

impl Candidates {
    pub(super) fn clear(&mut self) {
        self.files.clear();
    }

    fn list(
        &mut self,
        settings: &Settings,
        held: &[u64],
        left_alone: &mut LeftAlone,
    ) -> io::Result<()> {
        let mut listed = names::list(&settings.dir)?;
        left_alone.retain(|instance, _| listed.contains_key(instance));
        listed.retain(|instance, _| {
            *instance != settings.instance
                && !held.contains(instance)
                && !left_alone.contains_key(instance)
        });
        self.files = VecDeque::with_capacity(listed.len());
        for (instance, Listed { segments, .. }) in in_order(settings, listed) {
            let numbers = segments.into_iter().map(Some);
            self.files.extend(numbers.map(|number| (instance, number)));
            if self.files.back().is_none_or(|(last, _)| *last != instance) {
                self.files.push_back((instance, None));
            }
        }
        Ok(())
    }

    /// The next client, with the numbers of its segments.
    fn next(&mut self) -> Option<(u64, VecDeque<u64>)> {
        let (instance, _) = *self.files.front()?;
        let mut numbers = VecDeque::new();
        while let Some((_, number)) = self.files.pop_front_if(|(other, _)| *other == instance) {
            numbers.extend(number);
        }
        Some((instance, numbers))
    }
}

/// Looks for dead clients and locks the owner files of as many as may be held. Those that are `held`
/// are known.
pub(super) fn find(
    settings: &Settings,
    disk: &Disk,
    now: Timestamp,
    held: &[u64],
    (candidates, left_alone): (&mut Candidates, &mut LeftAlone),
    budget: &mut Budget,
) -> io::Result<Adoption> {
    let mut adoption = Adoption::default();
    let others = held.iter().filter(|instance| **instance != settings.instance).count();
    let room = MOST_CLIENTS.saturating_sub(others);
    if room == 0 || budget.is_spent() {
        // There may be, and to look would be in vain.
        adoption.report.more = true;
    } else if candidates.files.is_empty() {
        candidates.list(settings, held, left_alone)?;
    }
    let mut locked = Vec::new();
    while locked.len() < room
        && locked.len() < budget.segments
        && let Some((instance, numbers)) = candidates.next()
    {
        match Owner::take(disk, &settings.dir, instance, !numbers.is_empty(), now) {
            Ok(Some(owner)) => locked.push((instance, owner, numbers)),
            Ok(None) => {}
            Err(error) => {
                adoption.report.fail(&error);
                if adoption.report.failed >= MOST_FAILURES {
                    // Whatever it is, it is not one file's fault. All are tried again, later.
                    candidates.clear();
                }
            }
        }
    }
    adoption.report.more |= !candidates.files.is_empty();
    for (instance, owner, numbers) in locked {
        if owner.is_newer {
            let newer = numbers.len() as u64;
            left_alone.insert(instance, Adopted { newer, ..Adopted::default() });
            continue;
        }
        let before = adoption.report;
        let search = Search { settings, disk, instance, owner: &owner, whose: None };
        let (found, whose) = search.run(numbers, budget, &mut adoption.report);
        let report = adoption.report;
        let aliens = Adopted {
            foreign: report.foreign - before.foreign,
            newer: report.newer - before.newer,
            ..Adopted::default()
        };
        (adoption.report.foreign, adoption.report.newer) = (before.foreign, before.newer);
        if found.segments.is_empty() && found.unexamined.is_empty() {
            // One without content says nothing, also where it is we who made it. An alien file that
            // only has such a name is left alone, and one whose client went on since the directory
            // was listed may have segments that are not in the list.
            let ours = owner.fingerprint.is_some() || found.is_ours;
            if (ours && found.left_alone == 0 && !found.is_stale)
                || owner.is_empty().unwrap_or(false)
            {
                remove_owner(&owner);
            }
            if aliens != Adopted::default() {
                left_alone.insert(instance, aliens);
            }
            continue;
        }
        if let Some(head) = whose.filter(|_| owner.fingerprint.is_none())
            && let Err(error) = owner.write_head(disk, head.fingerprint)
        {
            adoption.report.fail(&error);
        }
        adoption.report.foreign += aliens.foreign;
        adoption.report.newer += aliens.newer;
        adoption.report.more |= !found.unexamined.is_empty();
        let all = found.segments.len() + found.unexamined.len();
        let segments = all as u64 + found.left_alone;
        let held = Held { owner: Arc::new(owner), segments, unexamined: found.unexamined };
        let created_at_ms = whose.map_or(0, |head| head.created_at_ms);
        adoption.clients.push(Client { instance, held, segments: found.segments, created_at_ms });
    }
    for aliens in left_alone.values() {
        adoption.report.foreign += aliens.foreign;
        adoption.report.newer += aliens.newer;
    }
    adoption.clients.sort_by_key(|client| (client.created_at_ms, client.instance));
    Ok(adoption)
}

/// Those that have segments first, and among them the oldest, where not all can be adopted at once.
fn in_order(settings: &Settings, listed: BTreeMap<u64, Listed>) -> Vec<(u64, Listed)> {
    let mut clients: Vec<_> = listed.into_iter().collect();
    if clients.len() > MOST_CLIENTS {
        clients.sort_by_cached_key(|(instance, listed)| {
            let first = listed.segments.first();
            let path = first.map(|number| names::segment(&settings.dir, *instance, *number));
            let path = path.unwrap_or_else(|| names::owner(&settings.dir, *instance));
            let changed = fs::metadata(path).and_then(|file| file.modified());
            (first.is_none(), changed.unwrap_or(SystemTime::UNIX_EPOCH))
        });
    }
    clients
}

/// Looks into the segments of one client.
pub(super) struct Search<'a> {
    pub(super) settings: &'a Settings,
    pub(super) disk: &'a Disk,
    pub(super) instance: u64,
    pub(super) owner: &'a Owner,
    pub(super) whose: Option<SegmentHead>,
}

/// What the segments of one client turned out to be.
#[derive(Debug, Default)]
pub(super) struct Examination {
    pub(super) segments: Vec<Segment>,
    /// Segments whose files are left where they are.
    pub(super) left_alone: u64,
    /// Numbers that the budget did not reach.
    pub(super) unexamined: VecDeque<u64>,
    is_ours: bool,
    /// Segments are gone that were there.
    is_stale: bool,
}

/// What a segment turned out to be.
enum Examined {
    /// There is something in it to be sent.
    Unsettled(Segment, SegmentHead),
    /// All of it is settled, or there is nothing in it.
    Settled,
    Foreign,
    Newer,
}

impl Search<'_> {
    /// Looks into these segments, in their order, as far as the budget goes.
    pub(super) fn run(
        mut self,
        mut numbers: VecDeque<u64>,
        budget: &mut Budget,
        report: &mut Adopted,
    ) -> (Examination, Option<SegmentHead>) {
        let mut found = Examination::default();
        while !budget.is_spent()
            && let Some(number) = numbers.pop_front()
        {
            let path = names::segment(&self.settings.dir, self.instance, number);
            match self.examine(&path, number, budget, report) {
                Ok(Examined::Unsettled(segment, head)) => {
                    self.whose.get_or_insert(head);
                    found.segments.push(segment);
                }
                Ok(Examined::Settled) => {
                    found.is_ours = true;
                    if let Err(error) = fs::remove_file(&path) {
                        report.fail(&error);
                        found.left_alone += 1;
                    }
                }
                Ok(Examined::Foreign) => {
                    report.foreign += 1;
                    found.left_alone += 1;
                }
                Ok(Examined::Newer) => {
                    report.newer += 1;
                    found.left_alone += 1;
                }
                // Its client was alive when the directory was listed, and has settled it since.
                Err(error) if error.kind() == io::ErrorKind::NotFound => found.is_stale = true,
                Err(error) => {
                    report.unreadable += 1;
                    report.fail(&error);
                    found.left_alone += 1;
                }
            }
        }
        found.unexamined = numbers;
        (found, self.whose)
    }

    fn examine(
        &self,
        path: &Path,
        number: u64,
        budget: &mut Budget,
        report: &mut Adopted,
    ) -> io::Result<Examined> {
        budget.spend(0);
        let file = Arc::new(File::open(path)?);
        let about = file.metadata()?;
        let length = about.len();
        let mut head = [0; SEGMENT_HEAD_BYTES];
        let read = self.disk.read_at(&file, &mut head, 0)?;
        let head = head.get(..read).unwrap_or_default();
        if layout::is_newer_segment(head) {
            return Ok(Examined::Newer);
        }
        let head = SegmentHead::decode(head);
        let end = self.read_end(&file, length)?;

        // Said three times, so that no flipped bit makes a segment nobody's.
        let fingerprint = head
            .map(|head| head.fingerprint)
            .or(end.map(|(_, _, fingerprint)| fingerprint))
            .or(self.owner.fingerprint);
        if fingerprint.is_none() && about.is_file() && length == 0 {
            // Its client was killed as it began: it holds nothing, whosever it is.
            return Ok(Examined::Settled);
        }
        let Some(fingerprint) = fingerprint.filter(|whose| self.settings.takes(*whose)) else {
            return Ok(Examined::Foreign);
        };
        let head = head.unwrap_or(SegmentHead { fingerprint, created_at_ms: 0 });
        let start = (SEGMENT_HEAD_BYTES as u64, 0);
        let cursor = self.owner.cursor.filter(|cursor| cursor.number == number);
        let (mut from, mut settled) =
            cursor.map_or(start, |cursor| (cursor.offset, cursor.settled));
        if from > length || end.is_some_and(|(count, at, _)| from > at || settled > count) {
            (from, settled) = start;
        }
        let (count, end, torn) = match end {
            Some((count, at, _)) => (count, at, false),
            None => {
                budget.spend(length.saturating_sub(from));
                let mut source = Source::new(Arc::clone(&file));
                let survey = scan::survey(&mut source, self.disk, from, length)?;
                let count = survey.closed.unwrap_or(settled + survey.records).max(settled);
                (count, survey.end, survey.torn || length < SEGMENT_HEAD_BYTES as u64)
            }
        };
        report.torn += u64::from(torn);
        if count == settled {
            return Ok(Examined::Settled);
        }
        let segment = Segment {
            serial: 0,
            instance: self.instance,
            number,
            created_at_ms: head.created_at_ms,
            count,
            accounted: settled,
            unacknowledged: 0,
            position: from,
            end,
            bytes: length,
            synced: length,
            unreadable: false,
            stays: false,
        };
        Ok(Examined::Unsettled(segment, head))
    }

    /// The count of an end record, where it begins, and whose it is.
    fn read_end(&self, file: &File, length: u64) -> io::Result<Option<(u64, u64, Fingerprint)>> {
        let Some(at) = length.checked_sub(END_BYTES as u64) else { return Ok(None) };
        if at < SEGMENT_HEAD_BYTES as u64 {
            return Ok(None);
        }
        let mut bytes = [0; END_BYTES];
        let read = self.disk.read_at(file, &mut bytes, at)?;
        match record::decode(bytes.get(..read).unwrap_or_default()) {
            Decoded::Record { payload: Payload::End { count, fingerprint }, .. } => {
                Ok(Some((count, at, fingerprint)))
            }
            _ => Ok(None),
        }
    }
}

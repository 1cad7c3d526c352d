//! What dead clients left behind: whose it is, how much of it is unsettled, and from where.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;

use crm_models::Timestamp;

use super::disk::Disk;
use super::layout::{SEGMENT_HEAD_BYTES, SegmentHead};
use super::owner::Owner;
use super::record::{self, Decoded, END_BYTES, Payload};
use super::scan::{self, Source};
use super::state::{Held, Segment, remove_owner};
use super::{Adopted, Fingerprint, Settings, names};

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

/// Looks for dead clients and locks their owner files.
pub(super) fn find(settings: &Settings, disk: &Disk, now: Timestamp) -> io::Result<Adoption> {
    let mut locked = Vec::new();
    for (instance, listed) in names::list(&settings.dir)? {
        if instance == settings.instance {
            continue;
        }
        match Owner::take(disk, &settings.dir, instance, !listed.segments.is_empty(), now) {
            Ok(Some(owner)) => locked.push((instance, owner)),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "an owner file of the spool cannot be locked"),
        }
    }
    let mut adoption = Adoption::default();
    if locked.is_empty() {
        return Ok(adoption);
    }
    // Again, as the segments of those that were alive the first time may be gone.
    let mut listed = names::list(&settings.dir)?;
    for (instance, owner) in locked {
        let numbers = listed.remove(&instance).unwrap_or_default().segments;
        let search = Search { settings, disk, instance, owner };
        adoption.clients.extend(search.run(numbers, &mut adoption.report));
    }
    adoption.clients.sort_by_key(|client| (client.created_at_ms, client.instance));
    Ok(adoption)
}

struct Search<'a> {
    settings: &'a Settings,
    disk: &'a Disk,
    instance: u64,
    owner: Owner,
}

/// What a segment turned out to be.
enum Examined {
    /// There is something in it to be sent.
    Unsettled(Segment, SegmentHead),
    /// All of it is settled, or there is nothing in it.
    Settled,
    Foreign,
}

impl Search<'_> {
    fn run(self, numbers: impl IntoIterator<Item = u64>, report: &mut Adopted) -> Option<Client> {
        let mut segments = Vec::new();
        let mut whose = None;
        let mut left_alone = 0;
        let mut ours = self.owner.fingerprint.is_some();
        for number in numbers {
            let path = names::segment(&self.settings.dir, self.instance, number);
            match self.examine(&path, number, report) {
                Ok(Examined::Unsettled(segment, head)) => {
                    whose.get_or_insert(head);
                    segments.push(segment);
                }
                Ok(Examined::Settled) => {
                    ours = true;
                    if let Err(error) = fs::remove_file(&path) {
                        tracing::warn!(%error, "a file of the spool cannot be deleted");
                        left_alone += 1;
                    }
                }
                Ok(Examined::Foreign) => {
                    report.foreign += 1;
                    left_alone += 1;
                }
                Err(error) => {
                    tracing::warn!(%error, "a segment of the spool cannot be read");
                    report.unreadable += 1;
                    left_alone += 1;
                }
            }
        }
        let Some(head) = whose else {
            // One without content says nothing, also where it is we who made it. An alien file that
            // only has such a name is left alone.
            if (ours && left_alone == 0) || self.owner.is_empty().unwrap_or(false) {
                remove_owner(&self.owner);
            }
            return None;
        };
        if self.owner.fingerprint.is_none()
            && let Err(error) = self.owner.write_head(self.disk, head.fingerprint)
        {
            tracing::warn!(%error, "an owner file of the spool cannot be written");
        }
        let held =
            Held { owner: Arc::new(self.owner), segments: segments.len() as u64 + left_alone };
        let created_at_ms = head.created_at_ms;
        Some(Client { instance: self.instance, held, segments, created_at_ms })
    }

    fn examine(&self, path: &Path, number: u64, report: &mut Adopted) -> io::Result<Examined> {
        let file = Arc::new(File::open(path)?);
        let length = file.metadata()?.len();
        let mut head = [0; SEGMENT_HEAD_BYTES];
        let read = self.disk.read_at(&file, &mut head, 0)?;
        let head = head.get(..read).and_then(SegmentHead::decode);
        let end = self.read_end(&file, length)?;

        // Said three times, so that no flipped bit makes a segment nobody's.
        let fingerprint = head
            .map(|head| head.fingerprint)
            .or(end.map(|(_, _, fingerprint)| fingerprint))
            .or(self.owner.fingerprint);
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
            count,
            accounted: settled,
            unacknowledged: 0,
            position: from,
            end,
            bytes: length,
            synced: length,
            unreadable: false,
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

//! Reading the records of a segment in order, past whatever is damaged.

use std::fs::File;
use std::io;
use std::sync::Arc;

use super::disk::Disk;
use super::record::{self, Decoded, Payload};

/// Bytes that are read at once. Larger ones were not quicker.
const CHUNK_BYTES: usize = 256 * 1024;

/// A segment that is being read, with a part of it in memory.
#[derive(Debug)]
pub(super) struct Source {
    file: Arc<File>,
    buffer: Vec<u8>,
    /// Where in the file the buffer begins.
    start: u64,
}

/// The next record from a place on.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) payload: Payload<'a>,
    /// Where it begins: behind the place when there is damage between.
    pub(super) start: u64,
    /// Where it ends.
    pub(super) end: u64,
}

impl Source {
    pub(super) fn new(file: Arc<File>) -> Self {
        Self { file, buffer: Vec::new(), start: 0 }
    }

    /// The first valid record that begins at `from` or behind it and ends at `limit` or before.
    /// Nothing at or behind the limit is read.
    pub(super) fn next(
        &mut self,
        disk: &Disk,
        from: u64,
        limit: u64,
    ) -> io::Result<Option<Found<'_>>> {
        let mut at = from;
        let bytes = loop {
            let bytes = self.bytes(disk, at, limit, record::HEAD_BYTES)?;
            if bytes.is_empty() {
                return Ok(None);
            }
            let (bytes, decoded) = match record::decode(bytes) {
                Decoded::Short(needed) => {
                    let bytes = self.bytes(disk, at, limit, needed)?;
                    (bytes, record::decode(bytes))
                }
                decoded => (bytes, decoded),
            };
            match decoded {
                Decoded::Record { bytes, .. } => break bytes,
                // One that is still short goes past the limit.
                Decoded::Short(_) | Decoded::Garbage => at += record::next_marker(bytes) as u64,
            }
        };
        // Taken anew, as the loop cannot lend out a buffer that it may refill.
        let record = self.bytes(disk, at, limit, bytes)?.get(..bytes);
        let payload = record.and_then(record::payload);
        Ok(payload.map(|payload| Found { payload, start: at, end: at + bytes as u64 }))
    }

    /// What the file has from `at` up to the limit: at least `needed` bytes if there are as many.
    fn bytes(&mut self, disk: &Disk, at: u64, limit: u64, needed: usize) -> io::Result<&[u8]> {
        let rest = limit.saturating_sub(at);
        let needed = usize::try_from(rest).map_or(needed, |rest| rest.min(needed));
        let buffered = at
            .checked_sub(self.start)
            .and_then(|skip| usize::try_from(skip).ok())
            .filter(|skip| self.buffer.len().saturating_sub(*skip) >= needed);
        let skip = match buffered {
            Some(skip) => skip,
            None => {
                self.refill(disk, at, rest, needed)?;
                0
            }
        };
        let bytes = self.buffer.get(skip..).unwrap_or_default();
        Ok(usize::try_from(rest).map_or(bytes, |rest| bytes.get(..rest).unwrap_or(bytes)))
    }

    fn refill(&mut self, disk: &Disk, at: u64, rest: u64, needed: usize) -> io::Result<()> {
        let want = needed.max(CHUNK_BYTES);
        let want = usize::try_from(rest).map_or(want, |rest| rest.min(want));
        self.buffer.clear();
        // A large event must not leave its size behind.
        self.buffer.shrink_to(want.max(CHUNK_BYTES));
        self.buffer.resize(want, 0);
        self.start = at;
        let read = disk.read_at(&self.file, &mut self.buffer, at);
        self.buffer.truncate(*read.as_ref().unwrap_or(&0));
        read.map(drop)
    }
}

/// What a segment without an end record holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Survey {
    /// Records, counting each damaged place between them as one.
    pub(super) records: u64,
    /// Where the last record ends.
    pub(super) end: u64,
    /// The count of an end record with something behind it.
    pub(super) closed: Option<u64>,
    /// Whether something follows that is no record.
    pub(super) torn: bool,
}

/// Looks through a segment from a place to its end.
pub(super) fn survey(
    source: &mut Source,
    disk: &Disk,
    from: u64,
    length: u64,
) -> io::Result<Survey> {
    let mut survey = Survey { end: from, ..Survey::default() };
    while let Some(found) = source.next(disk, survey.end, length)? {
        let gap = u64::from(found.start > survey.end);
        if let Payload::End { count, .. } = found.payload {
            let closed = Some(count);
            return Ok(Survey {
                records: survey.records + gap,
                end: found.start,
                closed,
                ..survey
            });
        }
        survey.records += gap + 1;
        survey.end = found.end;
    }
    survey.torn = survey.end < length;
    Ok(survey)
}

#[cfg(test)]
mod tests {
    use crm_models::{EventId, Timestamp};

    use super::super::Fingerprint;
    use super::*;

    fn event(index: u8, json_bytes: usize) -> Vec<u8> {
        let mut record = Vec::new();
        record::begin(&mut record, EventId::from_bytes([index; 16]), Timestamp::from_millis(0));
        record.resize(record.len() + json_bytes, b' ');
        record::finish(&mut record);
        record
    }

    fn source(bytes: &[u8]) -> Source {
        let file = tempfile::tempfile().unwrap();
        let disk = Disk::default();
        disk.write_all_at(&file, bytes, 0).unwrap();
        Source::new(Arc::new(file))
    }

    /// The first byte of each event's id that is found, and whether damage came before it.
    fn found(bytes: &[u8], limit: u64) -> Vec<(u8, bool)> {
        let mut source = source(bytes);
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(next) = source.next(&Disk::default(), at, limit).unwrap() {
            let Payload::Event { id, .. } = next.payload else { break };
            found.push((id.as_bytes()[0], next.start > at));
            at = next.end;
        }
        found
    }

    #[test]
    fn records_are_found_in_order_whatever_their_size() {
        let sizes = [0, 300, CHUNK_BYTES, 1, 3 * CHUNK_BYTES, 700, CHUNK_BYTES - 40, 5];
        let records = (0..).zip(sizes).flat_map(|(index, size)| event(index, size));
        let bytes: Vec<_> = records.collect();
        let expected: Vec<_> = (0..8).map(|index| (index, false)).collect();
        assert_eq!(found(&bytes, bytes.len() as u64), expected);
    }

    #[test]
    fn nothing_is_read_past_the_limit() {
        let bytes = [event(1, 10), event(2, 10)].concat();
        let end = bytes.len() as u64;
        assert_eq!(found(&bytes, end - 1), [(1, false)]);
        assert_eq!(found(&bytes, end / 2), [(1, false)]);
        assert_eq!(found(&bytes, end / 2 - 1), []);
    }

    #[test]
    fn a_record_that_comes_later_is_found_though_its_place_was_looked_at() {
        let (first, second) = (event(1, 10), event(2, 10));
        let limit = first.len() as u64;
        let mut source = source(&[first, second].concat());
        let disk = Disk::default();
        assert_eq!(source.next(&disk, 0, limit).unwrap().map(|found| found.end), Some(limit));
        assert!(source.next(&disk, limit, limit).unwrap().is_none());
        let next = source.next(&disk, limit, 2 * limit).unwrap();
        assert_eq!(next.map(|found| found.end), Some(2 * limit));
    }

    #[test]
    fn a_flipped_bit_costs_one_record_also_in_a_length() {
        let records: Vec<_> = (0..5).map(|index| event(index, 30)).collect();
        let bytes = records.concat();
        let second = records[0].len()..records[0].len() * 2;
        for bit in second.start * 8..second.end * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let expected = [(0, false), (2, true), (3, false), (4, false)];
            assert_eq!(found(&damaged, bytes.len() as u64), expected, "bit {bit}");
        }
    }

    #[test]
    fn a_survey_counts_gaps_and_sees_torn_tails_and_ends() {
        let end = record::end(9, Fingerprint([0; 16])).to_vec();
        let (one, two) = (event(1, 10), event(2, 10));
        let length = one.len() as u64;
        let junk = vec![0; 50];
        let of = |parts: &[&Vec<u8>]| {
            let bytes = parts.iter().copied().flatten().copied().collect::<Vec<u8>>();
            survey(&mut source(&bytes), &Disk::default(), 0, bytes.len() as u64).unwrap()
        };
        let survey = |records, end, closed, torn| Survey { records, end, closed, torn };
        assert_eq!(of(&[]), survey(0, 0, None, false));
        assert_eq!(of(&[&junk]), survey(0, 0, None, true));
        assert_eq!(of(&[&one, &two]), survey(2, 2 * length, None, false));
        assert_eq!(of(&[&one, &junk, &two]), survey(3, 2 * length + 50, None, false));
        assert_eq!(of(&[&one, &two, &junk]), survey(2, 2 * length, None, true));
        assert_eq!(of(&[&one, &end, &junk]), survey(1, length, Some(9), false));
    }
}

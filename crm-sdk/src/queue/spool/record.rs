//! Records: how an event lies in a segment, and how damage to it is noticed.
//!
//! A record is a marker that cannot occur in UTF-8, a kind, a length, a CRC32C over kind, length
//! and payload, and the payload. Numbers are little-endian.

use crm_models::{EventId, Timestamp, limits};

use super::Fingerprint;

const MARKER: [u8; 3] = [0xFF, 0xC3, 0xFE];
const KIND_EVENT: u8 = 1;
const KIND_END: u8 = 2;
/// Marker, kind, length and checksum.
pub(super) const HEAD_BYTES: usize = 12;
/// Id and time of an event, before its JSON.
const PREFIX_BYTES: usize = 24;
/// Count and fingerprint.
const END_PAYLOAD_BYTES: usize = 24;
/// Bytes of the record that closes a segment.
pub(super) const END_BYTES: usize = HEAD_BYTES + END_PAYLOAD_BYTES;
/// Bytes that a record needs beside its event's JSON.
pub(crate) const OVERHEAD_BYTES: usize = HEAD_BYTES + PREFIX_BYTES;
/// No record's payload is longer.
const PAYLOAD_BYTES: usize = PREFIX_BYTES + limits::EVENT_BYTES;

/// Starts a record in an empty or used buffer. The caller appends the event as JSON, then calls
/// [`finish`].
pub(crate) fn begin(buffer: &mut Vec<u8>, id: EventId, queued_at: Timestamp) {
    buffer.clear();
    buffer.extend_from_slice(&MARKER);
    buffer.push(KIND_EVENT);
    buffer.extend_from_slice(&[0; 8]);
    buffer.extend_from_slice(id.as_bytes());
    buffer.extend_from_slice(&queued_at.millis().to_le_bytes());
}

/// Completes a record that [`begin`] started: its length and its checksum.
pub(crate) fn finish(buffer: &mut [u8]) {
    let Some((head, payload)) = buffer.split_first_chunk_mut::<HEAD_BYTES>() else { return };
    // An event has at most `EVENT_BYTES`; a longer payload would be refused by every reader.
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    head[4..8].copy_from_slice(&length.to_le_bytes());
    let checksum = checksum(head, payload);
    head[8..].copy_from_slice(&checksum.to_le_bytes());
}

/// When the event of a finished record was queued, in milliseconds since 1970.
pub(super) fn queued_at_ms(record: &[u8]) -> i64 {
    let bytes = record.get(HEAD_BYTES + 16..).and_then(<[u8]>::first_chunk::<8>);
    bytes.map_or(0, |bytes| i64::from_le_bytes(*bytes))
}

/// A record of a kind that this version does not know.
#[cfg(test)]
pub(super) fn newer() -> Vec<u8> {
    let mut record = [&MARKER[..], &[KIND_END + 1], &[0; 8], b"from the future"].concat();
    finish(&mut record);
    record
}

/// The record that closes a segment.
pub(super) fn end(count: u64, fingerprint: Fingerprint) -> [u8; END_BYTES] {
    let mut record = [0; END_BYTES];
    record[..3].copy_from_slice(&MARKER);
    record[3] = KIND_END;
    record[HEAD_BYTES..HEAD_BYTES + 8].copy_from_slice(&count.to_le_bytes());
    record[HEAD_BYTES + 8..].copy_from_slice(&fingerprint.0);
    finish(&mut record);
    record
}

fn checksum(head: &[u8; HEAD_BYTES], payload: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&head[3..8]), payload)
}

/// The payload of a record whose checksum is right.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Payload<'a> {
    Event {
        id: EventId,
        queued_at: Timestamp,
        json: &'a [u8],
    },
    End {
        count: u64,
        fingerprint: Fingerprint,
    },
    /// A kind of record that a newer version writes.
    Newer,
}

/// What stands at the start of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decoded<'a> {
    Record {
        payload: Payload<'a>,
        /// Bytes of the whole record.
        bytes: usize,
    },
    /// It may be a record, if so many bytes were there in all.
    Short(usize),
    Garbage,
}

/// Reads the record at the start of `bytes`.
pub(super) fn decode(bytes: &[u8]) -> Decoded<'_> {
    let Some((head, rest)) = bytes.split_first_chunk::<HEAD_BYTES>() else {
        let marked = bytes.iter().zip(MARKER).all(|(byte, marker)| *byte == marker);
        return if marked { Decoded::Short(HEAD_BYTES) } else { Decoded::Garbage };
    };
    let [m0, m1, m2, kind, l0, l1, l2, l3, checksums @ ..] = head;
    let length = u32::from_le_bytes([*l0, *l1, *l2, *l3]) as usize;
    let fits = match *kind {
        KIND_EVENT => (PREFIX_BYTES..=PAYLOAD_BYTES).contains(&length),
        KIND_END => length == END_PAYLOAD_BYTES,
        _ => length <= PAYLOAD_BYTES,
    };
    if [*m0, *m1, *m2] != MARKER || !fits {
        return Decoded::Garbage;
    }
    let Some(payload) = rest.get(..length) else { return Decoded::Short(HEAD_BYTES + length) };
    if checksum(head, payload) != u32::from_le_bytes(*checksums) {
        return Decoded::Garbage;
    }
    match parse(*kind, payload) {
        Some(payload) => Decoded::Record { payload, bytes: HEAD_BYTES + length },
        None => Decoded::Garbage,
    }
}

/// The payload of a whole record that [`decode`] has found valid.
pub(super) fn payload(record: &[u8]) -> Option<Payload<'_>> {
    let (head, payload) = record.split_first_chunk::<HEAD_BYTES>()?;
    parse(head[3], payload)
}

fn parse(kind: u8, payload: &[u8]) -> Option<Payload<'_>> {
    if kind != KIND_EVENT && kind != KIND_END {
        return Some(Payload::Newer);
    }
    if kind == KIND_END {
        let (count, fingerprint) = payload.split_first_chunk::<8>()?;
        let fingerprint = Fingerprint(fingerprint.try_into().ok()?);
        return Some(Payload::End { count: u64::from_le_bytes(*count), fingerprint });
    }
    let (id, rest) = payload.split_first_chunk::<16>()?;
    let (queued_at, json) = rest.split_first_chunk::<8>()?;
    let queued_at = Timestamp::from_millis(i64::from_le_bytes(*queued_at));
    Some(Payload::Event { id: EventId::from_bytes(*id), queued_at, json })
}

/// Where the next record may begin behind the first byte, or how many bytes can be passed over.
pub(super) fn next_marker(bytes: &[u8]) -> usize {
    let mut from = 1;
    while let Some(found) = bytes.get(from..).and_then(|rest| rest.iter().position(|b| *b == 0xFF))
    {
        let at = from + found;
        let rest = &bytes[at..];
        if rest.iter().zip(MARKER).all(|(byte, marker)| *byte == marker) {
            return at;
        }
        from = at + 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(json: &[u8]) -> Vec<u8> {
        let mut buffer = b"left over".to_vec();
        begin(&mut buffer, EventId::from_bytes([7; 16]), Timestamp::from_millis(-5));
        buffer.extend_from_slice(json);
        finish(&mut buffer);
        buffer
    }

    #[test]
    fn an_event_is_read_as_it_was_written() {
        let record = event(b"{\"a\":1}");
        assert_eq!(record.len(), OVERHEAD_BYTES + 7);
        assert_eq!(queued_at_ms(&record), -5);
        let payload = Payload::Event {
            id: EventId::from_bytes([7; 16]),
            queued_at: Timestamp::from_millis(-5),
            json: b"{\"a\":1}",
        };
        assert_eq!(decode(&record), Decoded::Record { payload, bytes: record.len() });
    }

    #[test]
    fn the_layout_is_what_other_versions_will_find() {
        let mut expected = vec![0xFF, 0xC3, 0xFE, 1, 26, 0, 0, 0];
        expected.extend_from_slice(&0x9E21_2499_u32.to_le_bytes());
        expected.extend_from_slice(&[7; 16]);
        expected.extend_from_slice(&(-5i64).to_le_bytes());
        expected.extend_from_slice(b"{}");
        assert_eq!(event(b"{}"), expected);
    }

    #[test]
    fn an_end_says_how_many_and_whose() {
        let record = end(41, Fingerprint([9; 16]));
        let payload = Payload::End { count: 41, fingerprint: Fingerprint([9; 16]) };
        assert_eq!(decode(&record), Decoded::Record { payload, bytes: END_BYTES });
    }

    #[test]
    fn a_record_of_a_newer_version_is_seen_as_such() {
        let record = newer();
        let expected = Decoded::Record { payload: Payload::Newer, bytes: record.len() };
        assert_eq!(decode(&record), expected);
    }

    #[test]
    fn no_flipped_bit_goes_unnoticed() {
        let record = event(b"{}");
        for bit in 0..record.len() * 8 {
            let mut damaged = record.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(!matches!(decode(&damaged), Decoded::Record { .. }), "bit {bit}");
        }
    }

    #[test]
    fn a_part_of_a_record_says_how_much_is_missing() {
        let record = event(b"{}");
        for bytes in 0..record.len() {
            let needed = if bytes < HEAD_BYTES { HEAD_BYTES } else { record.len() };
            assert_eq!(decode(&record[..bytes]), Decoded::Short(needed), "{bytes} bytes");
        }
    }

    #[test]
    fn an_event_of_the_greatest_size_fits_and_no_greater_one() {
        let record = event(&vec![b' '; limits::EVENT_BYTES]);
        assert!(matches!(decode(&record), Decoded::Record { bytes, .. } if bytes == record.len()));
        assert_eq!(decode(&event(&vec![b' '; limits::EVENT_BYTES + 1])), Decoded::Garbage);
    }

    #[test]
    fn the_next_marker_is_found_also_where_it_is_cut() {
        assert_eq!(next_marker(&[0xFF, 0xC3, 0xFE, 0, 0xFF, 0xC3, 0xFE]), 4);
        assert_eq!(next_marker(&[0, 0xFF, 0xFF, 0xC3]), 2);
        assert_eq!(next_marker(&[0, 0xFF, 0xC2, 0]), 4);
        assert_eq!(next_marker(&[]), 0);
    }
}

//! The heads of the files and the cursor, as bytes with a checksum.

use super::Fingerprint;

const SEGMENT_MAGIC: [u8; 8] = *b"crmspool";
const OWNER_MAGIC: [u8; 8] = *b"crmowner";
const VERSION: u32 = 1;

/// Bytes before the first record of a segment.
pub(super) const SEGMENT_HEAD_BYTES: usize = 40;
/// Bytes of an owner file's head.
pub(super) const OWNER_HEAD_BYTES: usize = 32;
/// Where an owner file has its cursor.
pub(super) const CURSOR_OFFSET: usize = 64;
/// Bytes of a cursor.
pub(super) const CURSOR_BYTES: usize = 28;

/// What the head of a segment says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SegmentHead {
    pub(super) fingerprint: Fingerprint,
    /// Milliseconds since 1970.
    pub(super) created_at_ms: i64,
}

impl SegmentHead {
    pub(super) fn encode(self) -> [u8; SEGMENT_HEAD_BYTES] {
        let mut bytes = [0; SEGMENT_HEAD_BYTES];
        bytes[..8].copy_from_slice(&SEGMENT_MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[12..28].copy_from_slice(&self.fingerprint.0);
        bytes[28..36].copy_from_slice(&self.created_at_ms.to_le_bytes());
        seal(&mut bytes);
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes = sealed::<SEGMENT_HEAD_BYTES>(bytes)?;
        let (head, rest) = bytes.split_at(12);
        let (fingerprint, rest) = rest.split_first_chunk::<16>()?;
        let (created_at, _) = rest.split_first_chunk::<8>()?;
        starts(head, SEGMENT_MAGIC).then(|| Self {
            fingerprint: Fingerprint(*fingerprint),
            created_at_ms: i64::from_le_bytes(*created_at),
        })
    }
}

/// Whether a segment was begun by a newer version, whose layout nobody here knows.
pub(super) fn is_newer_segment(bytes: &[u8]) -> bool {
    is_newer::<SEGMENT_HEAD_BYTES>(bytes, SEGMENT_MAGIC)
}

/// The same of an owner file.
pub(super) fn is_newer_owner(bytes: &[u8]) -> bool {
    is_newer::<OWNER_HEAD_BYTES>(bytes, OWNER_MAGIC)
}

/// The head of an owner file.
pub(super) fn owner_head(fingerprint: Fingerprint) -> [u8; OWNER_HEAD_BYTES] {
    let mut bytes = [0; OWNER_HEAD_BYTES];
    bytes[..8].copy_from_slice(&OWNER_MAGIC);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    bytes[12..28].copy_from_slice(&fingerprint.0);
    seal(&mut bytes);
    bytes
}

/// Whose an owner file is.
pub(super) fn decode_owner_head(bytes: &[u8]) -> Option<Fingerprint> {
    let bytes = sealed::<OWNER_HEAD_BYTES>(bytes)?;
    let (head, rest) = bytes.split_at(12);
    let (fingerprint, _) = rest.split_first_chunk::<16>()?;
    starts(head, OWNER_MAGIC).then_some(Fingerprint(*fingerprint))
}

/// How far the events of one client are settled: up to a place in one of its segments. The
/// segments before it are gone, and nothing of those behind it is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    /// The segment's number.
    pub(super) number: u64,
    /// Where its first unsettled record begins.
    pub(super) offset: u64,
    /// Records before that.
    pub(super) settled: u64,
}

impl Cursor {
    pub(super) fn encode(self) -> [u8; CURSOR_BYTES] {
        let mut bytes = [0; CURSOR_BYTES];
        bytes[..8].copy_from_slice(&self.number.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.offset.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.settled.to_le_bytes());
        seal(&mut bytes);
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes = sealed::<CURSOR_BYTES>(bytes)?;
        let (number, rest) = bytes.split_first_chunk::<8>()?;
        let (offset, rest) = rest.split_first_chunk::<8>()?;
        let (settled, _) = rest.split_first_chunk::<8>()?;
        let [number, offset, settled] = [number, offset, settled].map(|n| u64::from_le_bytes(*n));
        // No record begins inside the head.
        (offset >= SEGMENT_HEAD_BYTES as u64).then_some(Self { number, offset, settled })
    }
}

fn starts(head: &[u8], magic: [u8; 8]) -> bool {
    head.strip_prefix(&magic).is_some_and(|version| version == VERSION.to_le_bytes())
}

/// Whether a head has our mark, another version, and is not one of ours whose version was damaged.
fn is_newer<const N: usize>(bytes: &[u8], magic: [u8; 8]) -> bool {
    let Some((head, _)) = bytes.split_first_chunk::<12>() else { return false };
    if !head.starts_with(&magic) || head[8..] == VERSION.to_le_bytes() {
        return false;
    }
    let mut as_ours = [0; N];
    let Some(found) = bytes.get(..N) else { return true };
    as_ours.copy_from_slice(found);
    as_ours[8..12].copy_from_slice(&VERSION.to_le_bytes());
    sealed::<N>(&as_ours).is_none()
}

/// Writes the checksum of all before it into the last four bytes.
fn seal(bytes: &mut [u8]) {
    if let Some((body, checksum)) = bytes.split_last_chunk_mut::<4>() {
        *checksum = crc32c::crc32c(body).to_le_bytes();
    }
}

/// The first `N` bytes, if their checksum is right.
fn sealed<const N: usize>(bytes: &[u8]) -> Option<&[u8]> {
    let (body, checksum) = bytes.get(..N)?.split_last_chunk::<4>()?;
    (crc32c::crc32c(body) == u32::from_le_bytes(*checksum)).then_some(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOSE: Fingerprint = Fingerprint([0xA5; 16]);

    #[test]
    fn heads_and_cursors_are_read_as_they_were_written() {
        let head = SegmentHead { fingerprint: WHOSE, created_at_ms: 1_700_000_000_000 };
        assert_eq!(SegmentHead::decode(&head.encode()), Some(head));
        assert_eq!(decode_owner_head(&owner_head(WHOSE)), Some(WHOSE));
        let cursor = Cursor { number: 3, offset: 4_000, settled: 17 };
        assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
    }

    #[test]
    fn a_flipped_bit_or_a_missing_byte_makes_them_invalid() {
        let head = SegmentHead { fingerprint: WHOSE, created_at_ms: 1 }.encode();
        let owner = owner_head(WHOSE);
        let cursor = Cursor { number: 3, offset: 4_000, settled: 17 }.encode();
        type IsValid = fn(&[u8]) -> bool;
        let files: [(&[u8], IsValid); 3] = [
            (&head, |bytes| SegmentHead::decode(bytes).is_some()),
            (&owner, |bytes| decode_owner_head(bytes).is_some()),
            (&cursor, |bytes| Cursor::decode(bytes).is_some()),
        ];
        for (bytes, valid) in files {
            assert!(valid(bytes));
            assert!(!valid(&bytes[..bytes.len() - 1]));
            for bit in 0..bytes.len() * 8 {
                let mut damaged = bytes.to_vec();
                damaged[bit / 8] ^= 1 << (bit % 8);
                assert!(!valid(&damaged), "bit {bit}");
            }
        }
    }

    #[test]
    fn a_newer_version_is_told_from_a_damaged_one() {
        let mut head = SegmentHead { fingerprint: WHOSE, created_at_ms: 1 }.encode();
        let mut owner = owner_head(WHOSE);
        assert!(!is_newer_segment(&head) && !is_newer_owner(&owner));
        for bit in 64..96 {
            let mut damaged = head;
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(!is_newer_segment(&damaged), "bit {bit}");
        }
        // Whatever else a newer version puts there, it has a checksum of its own.
        for (bytes, is_newer) in [
            (&mut head[..], is_newer_segment as fn(&[u8]) -> bool),
            (&mut owner[..], is_newer_owner),
        ] {
            bytes[8] = 2;
            seal(bytes);
            assert!(is_newer(bytes) && is_newer(&bytes[..16]) && !is_newer(&bytes[..8]));
            assert!(SegmentHead::decode(bytes).is_none() && decode_owner_head(bytes).is_none());
        }
        assert!(!is_newer_segment(&owner) && !is_newer_segment(&[0; 40]));
    }

    #[test]
    fn zeros_are_neither_head_nor_cursor() {
        assert_eq!(SegmentHead::decode(&[0; SEGMENT_HEAD_BYTES]), None);
        assert_eq!(decode_owner_head(&[0; OWNER_HEAD_BYTES]), None);
        assert_eq!(Cursor::decode(&[0; CURSOR_BYTES]), None);
    }
}

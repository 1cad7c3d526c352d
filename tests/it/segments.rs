//! The spool's files, read as their layout says and not by the code that wrote them, so that a test
//! knows which event it damages.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::ErrorKind;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;

use serde_json::Value;

use crate::dice::Dice;

/// Bytes of a segment's head.
const HEAD: usize = 40;
/// Bytes of a record's head: marker, kind, length, checksum.
const RECORD_HEAD: usize = 12;
/// Bytes of an event's id and time, before its JSON.
const PREFIX: usize = 24;
/// Bytes of the record that closes a segment.
const END: usize = 36;
/// Where an owner file has its cursor: a segment's number, and where in it the first unsettled
/// record begins.
const CURSOR: u64 = 64;

/// Files of clients, without their endings.
type Segment = (String, u64);

/// Flips bits in the closed segments of a directory, in each segment once.
#[derive(Default)]
pub(crate) struct Vandal {
    been_at: BTreeSet<Segment>,
    /// Events whose records were damaged.
    pub(crate) events: Vec<Value>,
    /// How many of these were not settled, by their client's cursor.
    pub(crate) unsettled: u64,
}

impl Vandal {
    /// Damages up to three events of each second segment, and the head or the end of some others.
    pub(crate) fn visit(&mut self, dir: &Path, dice: &mut Dice) {
        for segment in closed_segments(dir) {
            if dice.below(2) == 0 || !self.been_at.insert(segment.clone()) {
                continue;
            }
            let path = dir.join(format!("{}-{:08}.seg", segment.0, segment.1));
            // One that is sent is deleted.
            let Some(bytes) = unless_gone(std::fs::read(&path)) else { continue };
            let Some(file) = unless_gone(File::options().write(true).open(&path)) else { continue };
            let flip = |range: Range<usize>, dice: &mut Dice| {
                let at = range.start + index(dice.below(range.len() as u64));
                let flipped = bytes[at] ^ (1 << dice.below(8));
                file.write_all_at(&[flipped], at as u64).unwrap();
            };
            match dice.below(8) {
                0 => flip(0..HEAD, dice),
                1 => flip(bytes.len() - END..bytes.len(), dice),
                _ => {
                    let from = settled_up_to(dir, &segment);
                    let mut records = events(&bytes);
                    for _ in 0..=dice.below(2).min(records.len() as u64 - 1) {
                        let (range, event) =
                            records.swap_remove(index(dice.below(records.len() as u64)));
                        self.unsettled += u64::from(range.start as u64 >= from);
                        self.events.push(event);
                        flip(range, dice);
                    }
                }
            }
        }
    }
}

/// All segments but the one of each client that it may be writing to.
fn closed_segments(dir: &Path) -> BTreeSet<Segment> {
    let mut segments = BTreeMap::<String, BTreeSet<u64>>::new();
    // Nobody may have lived for long enough to make the directory.
    for entry in unless_gone(std::fs::read_dir(dir)).into_iter().flatten() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let parts = name.strip_suffix(".seg").and_then(|stem| stem.split_once('-'));
        if let Some((client, number)) = parts {
            segments.entry(client.to_owned()).or_default().insert(number.parse().unwrap());
        }
    }
    let closed = |(client, mut numbers): (String, BTreeSet<u64>)| {
        numbers.pop_last();
        numbers.into_iter().map(move |number| (client.clone(), number))
    };
    segments.into_iter().flat_map(closed).collect()
}

/// The records of a closed segment, and the events in them.
fn events(bytes: &[u8]) -> Vec<(Range<usize>, Value)> {
    let mut events = Vec::new();
    let mut at = HEAD;
    while at < bytes.len() - END {
        assert_eq!(bytes[at..at + 4], [0xFF, 0xC3, 0xFE, 1], "no record of an event at {at}");
        let length = u32::from_le_bytes(*bytes[at + 4..].first_chunk().unwrap()) as usize;
        let end = at + RECORD_HEAD + length;
        let event = serde_json::from_slice(&bytes[at + RECORD_HEAD + PREFIX..end]).unwrap();
        events.push((at..end, event));
        at = end;
    }
    events
}

/// Up to which byte a segment's records are settled.
fn settled_up_to(dir: &Path, (client, number): &Segment) -> u64 {
    let mut cursor = [0; 16];
    let owner = unless_gone(File::open(dir.join(format!("{client}.own"))));
    let read = owner.map(|owner| owner.read_exact_at(&mut cursor, CURSOR));
    // A client that has settled nothing yet has no cursor.
    let Some(Ok(())) = read else { return 0 };
    let (in_segment, offset) = cursor.split_first_chunk::<8>().unwrap();
    if u64::from_le_bytes(*in_segment) != *number {
        return 0;
    }
    u64::from_le_bytes(*offset.first_chunk().unwrap())
}

fn unless_gone<T>(result: std::io::Result<T>) -> Option<T> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        result => Some(result.unwrap()),
    }
}

fn index(number: u64) -> usize {
    usize::try_from(number).unwrap()
}

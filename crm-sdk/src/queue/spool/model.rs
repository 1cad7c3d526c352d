//! Clients of one directory that live, die and damage their files at random, held against a
//! model in memory. A failing run prints its seed; `CRM_SDK_SEED` replays it.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use super::layout::SEGMENT_HEAD_BYTES;
use super::record::END_BYTES;
use super::tests::{NOON_MS, number, record_of, settings};
use super::*;

const RECORD_BYTES: usize = 54;
/// As many go into a segment of a thousand bytes.
const SEGMENT_EVENTS: usize = 17;
const LIMIT_BYTES: u64 = 12_000;

/// SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % bound as u64).unwrap()
    }

    fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }
}

#[derive(Clone, Copy, Debug)]
struct Event {
    number: u64,
    old: bool,
    damaged: bool,
}

/// A segment as it ought to be. Positions are indices of its events.
#[derive(Clone, Debug, Default)]
struct Segment {
    events: Vec<Event>,
    created_at_ms: i64,
    /// With an end record that is intact.
    ended: bool,
    /// With something behind the last event that is no record.
    garbage: bool,
    head_damaged: bool,
    /// Whether it was read since it was opened or adopted.
    touched: bool,
    position: usize,
    count: usize,
    accounted: usize,
    /// Numbers of the events that were handed out, each with the cursor that settles all before it.
    handed: VecDeque<(u64, Cursor)>,
    cursor: Cursor,
}

#[derive(Clone, Copy, Debug, Default)]
struct Cursor {
    position: usize,
    settled: usize,
}

impl Segment {
    fn unread(&self) -> usize {
        self.count - self.accounted
    }

    fn settled_all(&self) -> Cursor {
        Cursor { position: self.position, settled: self.accounted }
    }

    /// Its owner is dead, and another begins at the cursor. Whether the tail is torn.
    fn adopt(&mut self) -> bool {
        self.handed.clear();
        self.touched = false;
        let Cursor { position, settled } = self.cursor;
        (self.position, self.accounted) = (position, settled);
        if self.ended {
            self.count = self.events.len();
            return false;
        }
        let intact = self.events.iter().rposition(|event| !event.damaged);
        let end = intact.map_or(position, |last| (last + 1).max(position));
        let torn = end < self.events.len() || self.garbage;
        self.events.truncate(end);
        let mut records = 0;
        let mut in_gap = false;
        for event in &self.events[position..] {
            records += usize::from(!event.damaged || !in_gap);
            in_gap = event.damaged;
        }
        self.count = settled + records;
        // What was cut off is not in the way of an adopter, but still in the file.
        self.garbage = torn;
        torn
    }
}

type Name = (u64, u64);

struct Client {
    instance: u64,
    writer: Writer,
    reader: Reader,
    /// In the order of reading.
    segments: Vec<(Name, Segment)>,
    /// Segments and numbers of events in the order in which they were handed out.
    handed: VecDeque<(Name, u64)>,
    active: Option<Name>,
    /// Appended and adopted, less those accounted for.
    backlog: usize,
}

impl Client {
    fn segment(&mut self, name: Name) -> Option<&mut Segment> {
        self.segments.iter_mut().find(|(other, _)| *other == name).map(|(_, segment)| segment)
    }

    /// An owner file has one cursor: it is that of the segment that was reached last.
    fn write_cursor(&mut self, name: Name, cursor: Cursor) {
        let of_owner = self.segments.iter_mut().filter(|(other, _)| other.0 == name.0);
        for (other, segment) in of_owner {
            segment.cursor = if *other == name { cursor } else { Cursor::default() };
        }
    }

    /// Forgets segments that are done, as their files are gone.
    fn retire(&mut self) {
        let active = self.active;
        self.segments.retain(|(name, segment)| {
            Some(*name) == active || segment.unread() > 0 || !segment.handed.is_empty()
        });
    }
}

struct World {
    dir: tempfile::TempDir,
    dice: Dice,
    clients: Vec<Client>,
    dead: BTreeMap<u64, BTreeMap<u64, Segment>>,
    next_instance: u64,
    next_event: u64,
    tally: Tally,
}

#[derive(Debug, Default)]
struct Tally {
    read: usize,
    damaged: usize,
    expired: usize,
    dropped: u64,
    torn: u64,
    adopted: u64,
    full: usize,
    storage_full: usize,
}

impl World {
    fn new(seed: u64) -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            dice: Dice(seed),
            clients: Vec::new(),
            dead: BTreeMap::new(),
            next_instance: 1,
            next_event: 0,
            tally: Tally::default(),
        }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(NOON_MS + i64::try_from(self.next_event).unwrap())
    }

    fn path(&self, (instance, number): Name) -> PathBuf {
        names::segment(self.dir.path(), instance, number)
    }

    fn open(&mut self) {
        // Not in the order of birth, as random ones are not.
        let instance = self.next_instance.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.next_instance += 1;
        let settings = Settings { limit_bytes: LIMIT_BYTES, ..settings(self.dir.path(), instance) };
        let (writer, reader, adopted) = open_well(settings, self.now()).unwrap();
        let mut client = Client {
            instance,
            writer,
            reader,
            segments: Vec::new(),
            handed: VecDeque::new(),
            active: None,
            backlog: 0,
        };
        self.adopted(&mut client, adopted);
        self.clients.push(client);
    }

    fn adopt(&mut self, index: usize) {
        let mut client = self.clients.swap_remove(index);
        let adopted = client.reader.adopt(self.now()).unwrap();
        self.adopted(&mut client, adopted);
        self.clients.push(client);
    }

    /// What adopting ought to have found.
    fn adopted(&mut self, client: &mut Client, adopted: Adopted) {
        let mut expected = Adopted::default();
        let mut found = Vec::new();
        for (instance, segments) in std::mem::take(&mut self.dead) {
            let mut kept = Vec::new();
            for (number, mut segment) in segments {
                expected.torn += u64::from(segment.adopt());
                if segment.unread() == 0 {
                    continue;
                }
                expected.events += segment.unread() as u64;
                expected.segments += 1;
                expected.bytes += fs::metadata(self.path((instance, number))).unwrap().len();
                kept.push(((instance, number), segment));
            }
            if let Some((_, first)) = kept.first() {
                let created_at_ms = if first.head_damaged { 0 } else { first.created_at_ms };
                found.push((created_at_ms, instance, kept));
            }
        }
        let oldest_ms = found.iter().flat_map(|(_, _, kept)| kept);
        let created =
            |segment: &Segment| if segment.head_damaged { 0 } else { segment.created_at_ms };
        let oldest_ms = oldest_ms.map(|(_, segment)| created(segment)).min();
        assert_eq!(adopted, Adopted { oldest_ms, ..expected });
        found.sort_by_key(|(created_at_ms, instance, _)| (*created_at_ms, *instance));
        if let Some(active) = client.active.filter(|_| !found.is_empty()) {
            client.segment(active).unwrap().ended = true;
            client.active = None;
        }
        client.retire();
        client.segments.extend(found.into_iter().flat_map(|(_, _, kept)| kept));
        client.backlog += usize::try_from(adopted.events).unwrap();
        self.tally.adopted += adopted.events;
        self.tally.torn += adopted.torn;
    }

    fn append(&mut self, index: usize) {
        let number = self.next_event;
        self.next_event += 1;
        let old = self.dice.one_in(30);
        let queued_at = self.now().plus_millis(if old { -7_200_000 } else { 0 });
        let storage_full = self.dice.one_in(40);
        let client = &mut self.clients[index];
        let faults = client.writer.faults();
        let room = if storage_full { self.dice.below(RECORD_BYTES) } else { usize::MAX };
        if storage_full {
            faults.room.store(room as u64, Ordering::Relaxed);
            faults.truncates.store(self.dice.one_in(2), Ordering::Relaxed);
        }
        let truncates = !faults.truncates.load(Ordering::Relaxed);
        let before = client.writer.active();
        let appended = client.writer.append(&record_of(number, queued_at));
        client.writer.faults().room.store(u64::MAX, Ordering::Relaxed);
        client.writer.faults().truncates.store(false, Ordering::Relaxed);

        let after = client.writer.active();
        // A new one was begun, also if the event did not get in there.
        if after != client.active
            && let Some(active) = client.active.take()
        {
            let segment = client.segment(active).unwrap();
            // Where it was full, and not the event but the end record met the full disk first.
            let closed = segment.events.len() == SEGMENT_EVENTS;
            segment.ended = closed && room >= END_BYTES;
            segment.garbage = !segment.ended && room > 0;
        }
        if let Some(name) = after.filter(|name| client.segment(*name).is_none()) {
            let segment = Segment { created_at_ms: queued_at.millis(), ..Segment::default() };
            client.segments.push((name, segment));
        }
        client.active = after;
        match appended {
            Ok(_) => {
                assert!(!storage_full);
                let segment = client.segment(after.unwrap()).unwrap();
                segment.events.push(Event { number, old, damaged: false });
                segment.count += 1;
                client.backlog += 1;
            }
            Err(AppendError::Full { bytes, .. }) => {
                assert!(bytes + (RECORD_BYTES + SEGMENT_HEAD_BYTES) as u64 > LIMIT_BYTES);
                self.tally.full += 1;
            }
            Err(AppendError::Closed) => panic!("the reader is there"),
            Err(AppendError::Io(error)) => {
                assert_eq!(error.kind(), io::ErrorKind::StorageFull);
                assert!(storage_full && (truncates || after.is_none() || before != after));
                self.tally.storage_full += 1;
            }
        }
        client.retire();
    }

    fn read(&mut self, index: usize) {
        let wanted = self.dice.below(60);
        let now = self.now();
        let client = &mut self.clients[index];
        let loaded = client.reader.read(wanted, usize::MAX, now);
        let (mut events, mut lost) = (Vec::new(), Lost::default());
        while events.len() + lost.total() < wanted {
            let unread = client.segments.iter_mut().find(|(_, segment)| segment.unread() > 0);
            let Some((name, segment)) = unread else { break };
            segment.touched = true;
            for _ in 0..segment.unread().min(wanted - events.len() - lost.total()) {
                let before = segment.settled_all();
                let rest = &segment.events[segment.position..];
                segment.accounted += 1;
                let Some(next) = rest.iter().position(|event| !event.damaged) else {
                    segment.position = segment.events.len();
                    lost.damaged += 1;
                    continue;
                };
                let event = rest[next];
                segment.position += next + 1;
                // Of another process it may be the clock that was wrong.
                if event.old && name.0 == client.instance {
                    lost.expired += 1;
                } else {
                    events.push(event.number);
                    segment.handed.push_back((event.number, before));
                    client.handed.push_back((*name, event.number));
                }
            }
            if client.handed.is_empty() {
                let (name, cursor) = (*name, segment.settled_all());
                client.write_cursor(name, cursor);
            }
        }
        assert_eq!(loaded.events.iter().map(number).collect::<Vec<_>>(), events);
        assert_eq!(loaded.lost, lost);
        assert_eq!(loaded.expired.len(), lost.expired);
        client.backlog -= loaded.records();
        client.retire();
        self.tally.read += events.len();
        self.tally.damaged += lost.damaged;
        self.tally.expired += lost.expired;
    }

    fn acknowledge(&mut self, index: usize) {
        let client = &mut self.clients[index];
        let mut settled = Vec::new();
        for _ in 0..self.dice.below(client.handed.len() + 1) {
            // Most often in their order; now and then one stays behind while others are settled.
            let place = if self.dice.one_in(6) { self.dice.below(client.handed.len()) } else { 0 };
            settled.push(client.handed.remove(place).unwrap());
        }
        client.reader.acknowledge(settled.iter().map(|(_, number)| super::tests::id(*number)));
        let mut cursors = BTreeMap::new();
        for (name, segment) in &mut client.segments {
            let before = segment.handed.len();
            segment.handed.retain(|(number, _)| !settled.contains(&(*name, *number)));
            let is_gone =
                Some(*name) != client.active && segment.unread() == 0 && segment.handed.is_empty();
            if segment.handed.len() < before && !is_gone {
                let first = segment.handed.front();
                let cursor = first.map_or(segment.settled_all(), |(_, before)| *before);
                cursors.insert(name.0, (*name, cursor));
            }
        }
        if client.writer.active() != client.active {
            let gone = client.active.take().unwrap();
            assert_eq!(client.segment(gone).unwrap().unread(), 0);
            cursors.remove(&gone.0);
        }
        for (name, cursor) in cursors.into_values() {
            client.write_cursor(name, cursor);
        }
        client.retire();
    }

    fn drop_oldest(&mut self, index: usize) {
        let client = &mut self.clients[index];
        let dropped = client.writer.drop_oldest();
        let active = client.active;
        let unread = client.segments.iter_mut().find(|(_, segment)| segment.unread() > 0);
        let mut events = 0;
        if let Some((name, segment)) = unread {
            events = segment.unread();
            segment.events.truncate(segment.position);
            segment.count = segment.accounted;
            (segment.ended, segment.garbage) = (false, false);
            if active == Some(*name) {
                client.active = None;
            }
        }
        assert_eq!(dropped.events, events as u64);
        client.backlog -= events;
        client.retire();
        self.tally.dropped += dropped.events;
    }

    fn die(&mut self, index: usize, killed: bool) {
        let mut client = self.clients.swap_remove(index);
        if let Some(active) = client.active.take() {
            if killed {
                client.writer.crash(client.reader);
            } else {
                client.segment(active).unwrap().ended = true;
                client.retire();
                drop((client.writer, client.reader));
            }
        } else if killed {
            client.writer.crash(client.reader);
        } else {
            drop((client.writer, client.reader));
        }
        for ((instance, number), segment) in client.segments {
            self.dead.entry(instance).or_default().insert(number, segment);
        }
    }

    /// Flips a bit of a segment that nobody has in memory, and says what it hit.
    fn flip(&mut self) {
        let live = self.clients.iter_mut().flat_map(|client| client.segments.iter_mut());
        let live = live.map(|(name, segment)| (*name, segment));
        let dead = self.dead.iter_mut().flat_map(|(instance, segments)| {
            segments.iter_mut().map(|(number, segment)| ((*instance, *number), segment))
        });
        let mut targets: Vec<_> = live.filter(|(_, segment)| !segment.touched).collect();
        targets.extend(dead);
        if targets.is_empty() {
            return;
        }
        let (name, segment) = targets.swap_remove(self.dice.below(targets.len()));
        let events_end = SEGMENT_HEAD_BYTES + segment.events.len() * RECORD_BYTES;
        let end = events_end + if segment.ended { END_BYTES } else { 0 };
        let at = self.dice.below(end);
        if at < SEGMENT_HEAD_BYTES {
            // Without an end record only the owner file could still say whose it is.
            if !segment.ended {
                return;
            }
            segment.head_damaged = true;
        } else if at < events_end {
            let event = &mut segment.events[(at - SEGMENT_HEAD_BYTES) / RECORD_BYTES];
            if event.damaged {
                return;
            }
            event.damaged = true;
        } else if segment.head_damaged {
            return;
        } else {
            (segment.ended, segment.garbage) = (false, true);
        }
        let path = names::segment(self.dir.path(), name.0, name.1);
        let mut bytes = fs::read(&path).unwrap();
        bytes[at] ^= 1 << self.dice.below(8);
        let file = fs::OpenOptions::new().write(true).open(path).unwrap();
        disk::Disk::default().write_all_at(&file, &bytes, 0).unwrap();
    }

    /// Cuts a dead client's segment.
    fn truncate(&mut self) {
        let dead = self.dead.iter_mut().flat_map(|(instance, segments)| {
            segments.iter_mut().map(|(number, segment)| ((*instance, *number), segment))
        });
        let mut targets: Vec<_> = dead.filter(|(_, segment)| !segment.head_damaged).collect();
        if targets.is_empty() {
            return;
        }
        let (name, segment) = targets.swap_remove(self.dice.below(targets.len()));
        let path = names::segment(self.dir.path(), name.0, name.1);
        let length = usize::try_from(fs::metadata(&path).unwrap().len()).unwrap();
        if length == SEGMENT_HEAD_BYTES {
            return;
        }
        let cut = SEGMENT_HEAD_BYTES + self.dice.below(length - SEGMENT_HEAD_BYTES);
        fs::OpenOptions::new().write(true).open(path).unwrap().set_len(cut as u64).unwrap();
        let whole = ((cut - SEGMENT_HEAD_BYTES) / RECORD_BYTES).min(segment.events.len());
        segment.events.truncate(whole);
        segment.ended = false;
        segment.garbage = cut > SEGMENT_HEAD_BYTES + whole * RECORD_BYTES;
        if SEGMENT_HEAD_BYTES + segment.cursor.position * RECORD_BYTES > cut {
            // From the start, though some of it was settled.
            segment.cursor = Cursor::default();
        }
    }

    /// Damages a dead client's owner file: what was settled comes again.
    fn disown(&mut self) {
        let whole = |segment: &Segment| !segment.head_damaged || segment.ended;
        let mut targets: Vec<_> = self
            .dead
            .iter_mut()
            .filter(|(_, segments)| segments.values().all(whole) && !segments.is_empty())
            .collect();
        if targets.is_empty() {
            return;
        }
        let (instance, segments) = targets.swap_remove(self.dice.below(targets.len()));
        let path = names::owner(self.dir.path(), *instance);
        match self.dice.below(3) {
            0 => fs::write(path, [0xEE; 150]).unwrap(),
            1 => fs::write(path, b"").unwrap(),
            _ => match fs::remove_file(path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                removed => removed.unwrap(),
            },
        }
        for segment in segments.values_mut() {
            segment.cursor = Cursor::default();
        }
    }

    /// What holds at any time.
    fn check(&self) {
        let mut bytes_on_disk = BTreeMap::new();
        for (instance, listed) in names::list(self.dir.path()).unwrap() {
            for number in listed.segments {
                let length = fs::metadata(self.path((instance, number))).unwrap().len();
                bytes_on_disk.insert((instance, number), length);
            }
        }
        for client in &self.clients {
            let unread: usize = client.segments.iter().map(|(_, s)| s.unread()).sum();
            assert_eq!(client.backlog, unread);
            let mut bytes = 0;
            for (name, segment) in &client.segments {
                let length = bytes_on_disk.remove(name).unwrap();
                // What could not be cut off a failed write is not counted.
                bytes += if segment.garbage { 0 } else { length };
            }
            let has_garbage = client.segments.iter().any(|(_, segment)| segment.garbage);
            assert!(client.writer.bytes() == bytes || has_garbage);
        }
        let dead: Vec<Name> = self
            .dead
            .iter()
            .flat_map(|(instance, segments)| segments.keys().map(|number| (*instance, *number)))
            .collect();
        // Nothing else is left on the disk.
        assert_eq!(bytes_on_disk.into_keys().collect::<Vec<_>>(), dead);
    }

    fn step(&mut self) {
        if self.clients.is_empty() || (self.clients.len() < 3 && self.dice.one_in(30)) {
            self.open();
        }
        let index = self.dice.below(self.clients.len());
        match self.dice.below(100) {
            0..=44 => {
                for _ in 0..self.dice.below(10) {
                    self.append(index);
                }
            }
            45..=64 => self.read(index),
            65..=79 => self.acknowledge(index),
            80..=82 => self.drop_oldest(index),
            83..=86 => self.adopt(index),
            87..=89 => self.die(index, true),
            90..=91 => self.die(index, false),
            92..=96 => self.flip(),
            97..=98 => self.truncate(),
            _ => self.disown(),
        }
        self.check();
    }

    /// A last client sends all there is.
    fn finish(mut self) -> Tally {
        while !self.clients.is_empty() {
            let killed = self.dice.one_in(2);
            self.die(0, killed);
        }
        self.open();
        while self.clients[0].backlog > 0 {
            self.read(0);
        }
        let client = &mut self.clients[0];
        client.reader.acknowledge_first(client.handed.len());
        drop(self.clients);
        let left = fs::read_dir(self.dir.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(left.collect::<Vec<_>>(), [""; 0]);
        self.tally
    }
}

fn simulate(seed: u64, steps: usize) -> Tally {
    let mut world = World::new(seed);
    for _ in 0..steps {
        world.step();
    }
    world.finish()
}

#[test]
fn every_record_is_read_once_or_counted_as_lost_or_dropped_whatever_happens() {
    if let Ok(seed) = std::env::var("CRM_SDK_SEED") {
        simulate(seed.parse().unwrap(), 500);
        return;
    }
    let mut sum = Tally::default();
    for seed in 0..40 {
        println!("seed {seed}");
        let tally = simulate(seed, 500);
        sum.read += tally.read;
        sum.damaged += tally.damaged;
        sum.expired += tally.expired;
        sum.dropped += tally.dropped;
        sum.torn += tally.torn;
        sum.adopted += tally.adopted;
        sum.full += tally.full;
        sum.storage_full += tally.storage_full;
    }
    println!("{sum:?}");
    // Everything that can happen did.
    let rare = [sum.damaged, sum.expired, sum.full, sum.storage_full];
    assert!(rare.iter().all(|count| *count > 50) && sum.torn > 50, "{sum:?}");
    assert!(sum.read > 10_000 && sum.dropped > 1_000 && sum.adopted > 10_000, "{sum:?}");
}

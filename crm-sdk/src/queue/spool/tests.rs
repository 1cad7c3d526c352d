//! The spool as its callers see it: what survives, what is counted, what is left alone.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::Ordering;

use super::*;

pub(super) const NOON_MS: i64 = 1_700_000_000_000;
pub(super) const OURS: Fingerprint = Fingerprint([0x11; 16]);
const THEIRS: Fingerprint = Fingerprint([0x22; 16]);

pub(super) fn noon() -> Timestamp {
    Timestamp::from_millis(NOON_MS)
}

pub(super) fn settings(dir: &Path, instance: u64) -> Settings {
    Settings {
        dir: dir.to_owned(),
        instance,
        fingerprint: OURS,
        accepts: Vec::new(),
        limit_bytes: 1 << 30,
        segment_bytes: 1_000,
        max_age: Duration::from_secs(3_600),
    }
}

pub(super) fn id(event: u64) -> EventId {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&event.to_be_bytes());
    EventId::from_bytes(bytes)
}

pub(super) fn record_of(event: u64, queued_at: Timestamp) -> Vec<u8> {
    let mut buffer = Vec::new();
    record::begin(&mut buffer, id(event), queued_at);
    buffer.extend_from_slice(format!("{{\"event\":{event:08}}}").as_bytes());
    record::finish(&mut buffer);
    buffer
}

pub(super) fn number(event: &Stored) -> u64 {
    let text = std::str::from_utf8(&event.json).unwrap();
    let number = text.trim_start_matches("{\"event\":").trim_end_matches('}').parse().unwrap();
    assert_eq!(event.id, id(number));
    number
}

fn append(writer: &Writer, events: impl IntoIterator<Item = u64>) {
    for event in events {
        writer.append(&record_of(event, noon())).unwrap();
    }
}

fn read(reader: &mut Reader, events: usize) -> (Vec<u64>, Lost) {
    let loaded = reader.read(events, usize::MAX, noon());
    (loaded.events.iter().map(number).collect(), loaded.lost)
}

/// All that is left, in parts.
fn read_all(reader: &mut Reader) -> (Vec<u64>, Lost) {
    let mut all = (Vec::new(), Lost::default());
    loop {
        let (events, lost) = read(reader, 7);
        if events.is_empty() && lost == Lost::default() {
            return all;
        }
        all.0.extend(events);
        all.1.damaged += lost.damaged;
        all.1.expired += lost.expired;
        all.1.unreadable += lost.unreadable;
    }
}

fn files(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

fn open_new(dir: &Path, instance: u64) -> (Writer, Reader, Adopted) {
    open_well(settings(dir, instance), noon()).unwrap()
}

const NONE: Lost = Lost { damaged: 0, expired: 0, unreadable: 0 };

fn damaged(damaged: usize) -> Lost {
    Lost { damaged, ..NONE }
}

#[test]
fn events_come_out_in_their_order_over_many_segments_and_leave_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let (writer, mut reader, adopted) = open_new(dir.path(), 1);
    assert_eq!(adopted, Adopted::default());
    append(&writer, 0..100);
    assert!(files(dir.path()).len() > 5);
    assert_eq!(read(&mut reader, 60), ((0..60).collect(), NONE));
    append(&writer, 100..110);
    assert_eq!(read(&mut reader, 60), ((60..110).collect(), NONE));
    assert_eq!(read(&mut reader, 60), (vec![], NONE));
    reader.acknowledge_first(110);
    drop((writer, reader));
    assert_eq!(files(dir.path()), [""; 0]);
}

#[test]
fn a_batch_is_bounded_by_bytes_but_has_at_least_one_event() {
    let dir = tempfile::tempdir().unwrap();
    let (writer, mut reader, _) = open_new(dir.path(), 1);
    append(&writer, 0..9);
    let size = "{\"event\":00000000}".len();
    let mut batch = |bytes| reader.read(9, bytes, noon()).events.len();
    assert_eq!([batch(0), batch(size), batch(2 * size + 1), batch(9 * size)], [1, 1, 2, 5]);
}

#[test]
fn what_was_appended_survives_a_kill_and_comes_again_unless_it_was_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let (writer, mut reader, _) = open_new(dir.path(), 1);
    append(&writer, 0..50);
    read(&mut reader, 40);
    reader.acknowledge_first(30);
    writer.crash(reader);

    let (writer, mut reader, adopted) = open_new(dir.path(), 2);
    assert_eq!((adopted.events, adopted.torn, adopted.foreign), (20, 0, 0));
    assert_eq!(writer.bytes(), adopted.bytes);
    append(&writer, 50..55);
    assert_eq!(read_all(&mut reader), ((30..55).collect(), NONE));
    reader.acknowledge_first(25);
    drop((writer, reader));
    assert_eq!(files(dir.path()), [""; 0]);
}

#[test]
fn what_was_adopted_and_not_finished_is_adopted_again_from_where_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let (writer, reader, _) = open_new(dir.path(), 1);
    append(&writer, 0..50);
    drop((writer, reader));
    let (writer, mut reader, _) = open_new(dir.path(), 2);
    append(&writer, 50..60);
    read(&mut reader, 25);
    reader.acknowledge_first(25);
    drop((writer, reader));
    let (_writer, mut reader, adopted) = open_new(dir.path(), 3);
    assert_eq!(adopted.events, 35);
    assert_eq!(read_all(&mut reader), ((25..60).collect(), NONE));
}

#[test]
fn two_clients_in_one_process_leave_each_other_alone_until_one_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let (writer, mut reader, _) = open_new(dir.path(), 1);
    let (other_writer, other_reader, adopted) = open_new(dir.path(), 2);
    assert_eq!(adopted, Adopted::default());
    append(&other_writer, 100..130);
    append(&writer, 0..5);
    assert_eq!(reader.adopt(noon()).unwrap(), Adopted::default());
    drop((other_writer, other_reader));

    let adopted = reader.adopt(noon()).unwrap();
    assert_eq!((adopted.events, adopted.segments), (30, 2));
    append(&writer, 5..8);
    let expected: Vec<_> = (0..5).chain(100..130).chain(5..8).collect();
    assert_eq!(read_all(&mut reader), (expected, NONE));
    // A third cannot take what was adopted.
    let (_writer, _reader, adopted) = open_new(dir.path(), 3);
    assert_eq!(adopted, Adopted::default());
}

#[test]
fn events_of_another_key_are_left_alone_unless_it_is_accepted() {
    let dir = tempfile::tempdir().unwrap();
    let theirs = Settings { fingerprint: THEIRS, ..settings(dir.path(), 1) };
    let (writer, reader, _) = open_well(theirs.clone(), noon()).unwrap();
    append(&writer, 0..50);
    drop((writer, reader));
    let before = files(dir.path());

    let (writer, mut reader, adopted) = open_new(dir.path(), 2);
    assert_eq!(adopted, Adopted { foreign: 3, ..Adopted::default() });
    assert_eq!(read_all(&mut reader), (vec![], NONE));
    drop((writer, reader));
    assert_eq!(files(dir.path()), before);

    let accepts = vec![THEIRS];
    let (_writer, mut reader, adopted) =
        open_well(Settings { accepts, ..settings(dir.path(), 3) }, noon()).unwrap();
    assert_eq!((adopted.events, adopted.foreign), (50, 0));
    assert_eq!(read_all(&mut reader), ((0..50).collect(), NONE));
}

#[test]
fn segments_without_an_owner_file_or_with_a_damaged_one_are_adopted_from_the_start() {
    for damage in [
        (|path| fs::remove_file(path).unwrap()) as fn(&Path),
        |path| fs::write(path, b"").unwrap(),
        |path| fs::write(path, [0xAA; 300]).unwrap(),
        |path| {
            let mut bytes = fs::read(path).unwrap();
            bytes[70] ^= 1;
            fs::write(path, bytes).unwrap();
        },
    ] {
        let dir = tempfile::tempdir().unwrap();
        let (writer, mut reader, _) = open_new(dir.path(), 1);
        append(&writer, 0..8);
        read(&mut reader, 3);
        reader.acknowledge_first(3);
        drop((writer, reader));
        damage(&names::owner(dir.path(), 1));
        let (writer, mut reader, adopted) = open_new(dir.path(), 2);
        assert_eq!(adopted.events, 8);
        assert_eq!(read_all(&mut reader), ((0..8).collect(), NONE));
        reader.acknowledge_first(8);
        drop((writer, reader));
        assert_eq!(files(dir.path()), [""; 0]);
    }
}

#[test]
fn any_flipped_bit_of_a_closed_segment_costs_at_most_one_record_and_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    let (writer, reader, _) = open_new(dir.path(), 1);
    append(&writer, 0..4);
    drop((writer, reader));
    let path = names::segment(dir.path(), 1, 0);
    let intact = fs::read(&path).unwrap();
    let owner = fs::read(names::owner(dir.path(), 1)).unwrap();
    let record = record_of(0, noon()).len();
    for bit in 0..intact.len() * 8 {
        let mut bytes = intact.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(&path, &bytes).unwrap();
        fs::write(names::owner(dir.path(), 1), &owner).unwrap();
        let (writer, mut reader, adopted) = open_new(dir.path(), 2);
        let (events, lost) = read_all(&mut reader);
        let hit = (bit / 8).checked_sub(layout::SEGMENT_HEAD_BYTES).map(|at| (at / record) as u64);
        let expected: Vec<_> = (0..4).filter(|event| Some(*event) != hit).collect();
        assert_eq!(events, expected, "bit {bit}");
        assert_eq!(lost, damaged(4 - expected.len()), "bit {bit}");
        let torn = u64::from(hit.is_some_and(|hit| hit >= 4));
        assert_eq!((adopted.events, adopted.torn, adopted.foreign), (4, torn, 0), "bit {bit}");
        reader.acknowledge_first(events.len());
        drop((writer, reader));
        assert_eq!(files(dir.path()), [""; 0], "bit {bit}");
    }
}

#[test]
fn a_flipped_bit_in_a_live_segment_is_counted_when_its_end_is_reached() {
    let dir = tempfile::tempdir().unwrap();
    let (writer, mut reader, _) = open_new(dir.path(), 1);
    append(&writer, 0..5);
    let path = names::segment(dir.path(), 1, 0);
    let mut bytes = fs::read(&path).unwrap();
    bytes[layout::SEGMENT_HEAD_BYTES + record_of(0, noon()).len() + 4] ^= 0x40;
    // In place: the writer has the file open.
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    disk::Disk::default().write_all_at(&file, &bytes, 0).unwrap();
    assert_eq!(read(&mut reader, 10), (vec![0, 2, 3, 4], damaged(1)));
    append(&writer, 5..7);
    assert_eq!(read(&mut reader, 10), (vec![5, 6], NONE));
}

#[test]
fn torn_tails_zeros_and_truncated_heads_are_counted_and_cost_nothing_else() {
    let (record, head) = (record_of(0, noon()).len(), layout::SEGMENT_HEAD_BYTES);
    let cut = |bytes: &[u8], at: usize| bytes[..at].to_vec();
    let zeros = |bytes: &[u8], at: usize| [&bytes[..at], &[0; 5_000]].concat();
    let cases = [
        (0, 0, 1, cut as fn(&[u8], usize) -> Vec<u8>),
        (head - 1, 0, 1, cut),
        (head, 0, 0, cut),
        (head, 0, 1, zeros),
        (head + 3 * record, 3, 0, cut),
        (head + 3 * record - 1, 2, 1, cut),
        (head + 3 * record + 5, 3, 1, cut),
        (head + 3 * record, 3, 1, zeros),
        (head + 8 * record + 1, 8, 1, zeros),
    ];
    for (at, events, torn, damage) in cases {
        let dir = tempfile::tempdir().unwrap();
        let (writer, reader, _) = open_new(dir.path(), 1);
        append(&writer, 0..8);
        drop((writer, reader));
        let path = names::segment(dir.path(), 1, 0);
        let bytes = damage(&fs::read(&path).unwrap(), at);
        fs::write(&path, bytes).unwrap();
        let (writer, mut reader, adopted) = open_new(dir.path(), 2);
        assert_eq!((adopted.events, adopted.torn), (events, torn), "cut at {at}");
        assert_eq!(read_all(&mut reader), ((0..events).collect(), NONE), "cut at {at}");
        reader.acknowledge_first(8);
        drop((writer, reader));
        assert_eq!(files(dir.path()), [""; 0], "cut at {at}");
    }
}

#[test]
fn a_segment_that_a_client_was_killed_in_as_it_began_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let begun = names::segment(dir.path(), 7, 0);
    // With no owner file, which another client has removed, as it had listed the directory before.
    for owner in [None, Some(&b""[..])] {
        fs::write(&begun, b"").unwrap();
        if let Some(bytes) = owner {
            fs::write(names::owner(dir.path(), 7), bytes).unwrap();
        }
        let (writer, reader, adopted) = open_new(dir.path(), 1);
        assert_eq!((adopted.events, adopted.foreign, adopted.failed), (0, 0, 0));
        drop((writer, reader));
        assert_eq!(files(dir.path()), [""; 0]);
    }
}

#[test]
fn alien_files_are_left_alone_whatever_their_names() {
    let dir = tempfile::tempdir().unwrap();
    let aliens = ["00000000000000aa.own", "00000000000000bb-00000003.seg", "notes.txt"];
    for name in aliens {
        fs::write(dir.path().join(name), b"not of this kind").unwrap();
    }
    fs::create_dir(dir.path().join("00000000000000cc-00000001.seg")).unwrap();
    fs::create_dir(dir.path().join("00000000000000dd.own")).unwrap();
    let before = files(dir.path());
    let (writer, mut reader, adopted) = open_new(dir.path(), 1);
    assert_eq!((adopted.events, adopted.foreign, adopted.unreadable), (0, 1, 1));
    assert_eq!((adopted.failed, adopted.more), (2, false));
    append(&writer, 0..3);
    assert_eq!(read_all(&mut reader), ((0..3).collect(), NONE));
    reader.acknowledge_first(3);
    drop((writer, reader));
    assert_eq!(files(dir.path()), before);
    for name in aliens {
        assert_eq!(fs::read(dir.path().join(name)).unwrap(), b"not of this kind");
    }
}

#[test]
fn own_events_that_are_too_old_are_given_up_and_those_of_others_handed_out_as_doubtful() {
    let dir = tempfile::tempdir().unwrap();
    let (writer, mut reader, _) = open_new(dir.path(), 1);
    let (long_ago, to_come) = (noon().plus_millis(-3_600_001), noon().plus_millis(1));
    for event in 0..5 {
        writer.append(&record_of(event, long_ago)).unwrap();
    }
    append(&writer, 5..8);
    writer.append(&record_of(8, to_come)).unwrap();
    let loaded = reader.read(3, usize::MAX, noon());
    assert_eq!((loaded.lost, loaded.events.len()), (Lost { expired: 3, ..NONE }, 0));
    assert_eq!(loaded.expired.iter().map(number).collect::<Vec<_>>(), [0, 1, 2]);
    writer.crash(reader);
    let (_writer, mut reader, adopted) = open_new(dir.path(), 2);
    assert_eq!(adopted.events, 6);
    let loaded = reader.read(9, usize::MAX, noon());
    let doubtful: Vec<_> =
        loaded.events.iter().map(|event| (number(event), event.is_doubtful)).collect();
    let expected = [(3, true), (4, true), (5, false), (6, false), (7, false), (8, true)];
    assert_eq!((doubtful, loaded.lost), (expected.to_vec(), NONE));
}

#[test]
fn what_hundreds_of_dead_clients_left_is_adopted_in_parts_the_oldest_first() {
    let dir = tempfile::tempdir().unwrap();
    let clients = 3 * adopt::MOST_CLIENTS as u64 + 5;
    for client in 0..clients {
        // Not in the order of their names.
        let (writer, reader, _) = open_part(dir.path(), (client * 7_919) % 1_000 + 10);
        append(&writer, [client]);
        writer.crash(reader);
        let path = names::segment(dir.path(), (client * 7_919) % 1_000 + 10, 0);
        let changed = std::time::UNIX_EPOCH + Duration::from_secs(1_000 + client);
        fs::File::options().write(true).open(path).unwrap().set_modified(changed).unwrap();
    }
    let (writer, mut reader, adopted) = open_new(dir.path(), 1);
    assert_eq!((adopted.events, adopted.more), (adopt::MOST_CLIENTS as u64, true));
    let mut all = Vec::new();
    let mut rounds = 0;
    loop {
        let (events, lost) = read_all(&mut reader);
        assert_eq!(lost, NONE);
        reader.acknowledge_first(events.len());
        let part: BTreeSet<_> = events.into_iter().collect();
        assert!(all.is_empty() || part.is_empty() || all.last() < part.first(), "the oldest first");
        all.extend(part);
        if !reader.wants_more() {
            break;
        }
        rounds += 1;
        let held = reader.adopt(noon()).unwrap();
        assert!(held.segments <= adopt::MOST_CLIENTS as u64);
    }
    assert_eq!(all, (0..clients).collect::<Vec<_>>());
    assert_eq!(rounds, 3);
    drop((writer, reader));
    assert_eq!(files(dir.path()), [""; 0]);
}

#[test]
fn the_directory_is_listed_once_for_a_crowd_and_who_comes_or_goes_on_meanwhile_is_found_later() {
    let dir = tempfile::tempdir().unwrap();
    let clients = 2 * adopt::MOST_CLIENTS as u64 + 5;
    for client in 0..clients {
        let (writer, reader, ()) = open_part(dir.path(), client + 10);
        append(&writer, [client]);
        writer.crash(reader);
        let path = names::segment(dir.path(), client + 10, 0);
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();
    }
    // Two segments, the last in the list.
    let small = Settings { segment_bytes: 1, ..settings(dir.path(), 5_000) };
    let (alive, mut its_reader, ()) = open_part_as(small);
    append(&alive, [900, 901]);

    let (writer, mut reader, adopted) = open_new(dir.path(), 1);
    assert_eq!((adopted.events, adopted.more), (adopt::MOST_CLIENTS as u64, true));
    // It settles both, begins a third, and dies.
    assert_eq!(read(&mut its_reader, 2), (vec![900, 901], NONE));
    append(&alive, [902]);
    its_reader.acknowledge_first(2);
    alive.crash(its_reader);
    let (newcomer, its_reader, ()) = open_part(dir.path(), 6_000);
    append(&newcomer, [903]);
    newcomer.crash(its_reader);

    let mut all = Vec::new();
    loop {
        if reader.is_full_of_clients() {
            // No more come while nothing is settled, and that is not the end of it.
            let none = reader.adopt(noon()).unwrap();
            assert_eq!((none.events, none.more), (0, true));
        }
        let (events, lost) = read_all(&mut reader);
        assert_eq!(lost, NONE);
        reader.acknowledge_first(events.len());
        all.extend(events);
        if !reader.wants_more() {
            break;
        }
        assert_eq!(reader.adopt(noon()).unwrap().failed, 0);
    }
    all.sort_unstable();
    assert_eq!(all, (0..clients).collect::<Vec<_>>());
    assert_eq!(reader.adopt(noon()).unwrap().events, 2);
    let (mut later, lost) = read_all(&mut reader);
    later.sort_unstable();
    assert_eq!((later, lost), (vec![902, 903], NONE));
    reader.acknowledge_first(2);
    drop((writer, reader));
    assert_eq!(files(dir.path()), [""; 0]);
}

/// A client that adopts nothing.
fn open_part(dir: &Path, instance: u64) -> (Writer, Reader, ()) {
    open_part_as(settings(dir, instance))
}

pub(super) fn open_part_as(settings: Settings) -> (Writer, Reader, ()) {
    let shared = Arc::new(Directory::new(settings));
    let mut state = shared.lock();
    shared.prepare(&mut state).unwrap();
    shared.unlock(state);
    (Writer::new(Arc::clone(&shared)), Reader::new(shared), ())
}

#[test]
fn a_dead_clients_many_segments_are_looked_into_in_parts_and_hold_up_no_start() {
    let dir = tempfile::tempdir().unwrap();
    let small = || Settings { segment_bytes: 1, ..settings(dir.path(), 7) };
    let (writer, reader, _) = open_well(small(), noon()).unwrap();
    append(&writer, 0..2_600);
    drop((writer, reader));
    let (writer, mut reader, adopted) = open_new(dir.path(), 1);
    assert_eq!((adopted.events, adopted.more), (0, true), "the start does not wait for it");
    let mut all = Vec::new();
    while reader.wants_more() {
        let part = reader.adopt(noon()).unwrap();
        assert!(part.segments <= 1_000);
        let (events, lost) = read_all(&mut reader);
        assert_eq!((events.len() as u64, lost), (part.events, NONE));
        reader.acknowledge_first(events.len());
        all.extend(events);
        assert!(all.len() == 2_600 || names::owner(dir.path(), 7).exists(), "it stays locked");
    }
    assert_eq!(all, (0..2_600).collect::<Vec<_>>());
    drop((writer, reader));
    assert_eq!(files(dir.path()), [""; 0]);
}

#[test]
fn files_and_records_of_a_newer_version_are_left_as_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let leave = |instance, damage: &dyn Fn(&mut Vec<u8>, bool)| {
        let (writer, reader, ()) = open_part(dir.path(), instance);
        append(&writer, [instance]);
        drop((writer, reader));
        for (path, is_segment) in [
            (names::segment(dir.path(), instance, 0), true),
            (names::owner(dir.path(), instance), false),
        ] {
            let mut bytes = fs::read(&path).unwrap();
            damage(&mut bytes, is_segment);
            fs::write(&path, bytes).unwrap();
        }
    };
    // Of another version, with the checksum that this has, are a segment and an owner file; a record
    // of it stands between those of this version.
    leave(10, &|bytes, is_segment| {
        if is_segment {
            (bytes[8], bytes[39]) = (2, !bytes[39]);
        }
    });
    leave(11, &|bytes, is_segment| {
        if !is_segment {
            (bytes[8], bytes[31]) = (2, !bytes[31]);
        }
    });
    leave(12, &|bytes, is_segment| {
        if is_segment {
            bytes.truncate(bytes.len() - record::END_BYTES);
            bytes.extend_from_slice(&record::newer());
            bytes.extend_from_slice(&record_of(13, noon()));
        }
    });
    let before: Vec<_> =
        files(dir.path()).iter().map(|name| fs::read(dir.path().join(name)).unwrap()).collect();

    let (writer, mut reader, adopted) = open_new(dir.path(), 1);
    assert_eq!((adopted.events, adopted.newer, adopted.foreign), (3, 2, 0));
    assert_eq!(reader.adopt(noon()).unwrap().newer, 2);
    assert_eq!(read_all(&mut reader), (vec![12, 13], Lost { unreadable: 1, ..NONE }));
    reader.acknowledge_first(2);
    assert_eq!(writer.drop_oldest(), Dropped::default());
    drop((writer, reader));
    let after: Vec<_> =
        files(dir.path()).iter().map(|name| fs::read(dir.path().join(name)).unwrap()).collect();
    assert_eq!(after, before);
}

#[cfg(unix)]
#[test]
fn a_directory_that_is_deleted_under_a_client_is_noticed_and_made_anew() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("spool");
    let (writer, mut reader, _) = open_new(&dir, 1);
    append(&writer, 0..3);
    for is_replaced in [false, true] {
        fs::remove_dir_all(&dir).unwrap();
        if is_replaced {
            fs::create_dir(&dir).unwrap();
        }
        // Until it is noticed they go where nobody else can find them.
        append(&writer, 3..5);
        let position = writer.append(&record_of(5, noon())).unwrap();
        assert_eq!(writer.sync(position).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(reader.adopt(noon()).unwrap().replaced);
        assert!(!reader.adopt(noon()).unwrap().replaced, "once is enough");
        assert_eq!(read_all(&mut reader), ((0..6).collect(), NONE), "we have the file open");
        reader.acknowledge_first(6);

        append(&writer, 6..9);
        assert_eq!(files(&dir).len(), 2);
        let position = writer.append(&record_of(9, noon())).unwrap();
        writer.sync(position).unwrap();
        assert_eq!(read_all(&mut reader), ((6..10).collect(), NONE));
        reader.acknowledge_first(4);
        append(&writer, 0..3);
    }
    writer.crash(reader);
    let (_writer, mut reader, adopted) = open_new(&dir, 2);
    assert_eq!(adopted.events, 3);
    assert_eq!(read_all(&mut reader), ((0..3).collect(), NONE));
}

#[test]
fn a_directory_that_could_not_be_used_at_the_start_is_tried_again() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("spool");
    fs::write(&dir, b"in the way").unwrap();
    let Opened { writer, mut reader, adopted, failure } = open(settings(&dir, 1), noon());
    assert_eq!(failure.map(|error| error.kind()), Some(io::ErrorKind::AlreadyExists));
    assert_eq!((adopted.events, adopted.failed), (0, 1));
    let kind = |refused| match refused {
        Err(AppendError::Io(error)) => error.kind(),
        other => panic!("{other:?}"),
    };
    assert_eq!(kind(writer.append(&record_of(0, noon()))), io::ErrorKind::AlreadyExists);
    fs::remove_file(&dir).unwrap();
    // Not with each event: there may be thousands a second.
    assert_eq!(kind(writer.append(&record_of(0, noon()))), io::ErrorKind::AlreadyExists);
    std::thread::sleep(Duration::from_millis(1_050));
    append(&writer, 0..3);
    assert_eq!(read_all(&mut reader), ((0..3).collect(), NONE));
}

#[test]
fn a_full_spool_refuses_until_something_is_settled() {
    let dir = tempfile::tempdir().unwrap();
    let limit_bytes = 3_000;
    let (writer, mut reader, _) =
        open_well(Settings { limit_bytes, ..settings(dir.path(), 1) }, noon()).unwrap();
    let fill = |from: u64| {
        (from..).find_map(|event| match writer.append(&record_of(event, noon())) {
            Ok(_) => None,
            Err(AppendError::Full { bytes, limit }) => Some((event, bytes, limit)),
            Err(error) => panic!("{error}"),
        })
    };
    let (first, bytes, limit) = fill(0).unwrap();
    assert_eq!((bytes, limit), (writer.bytes(), limit_bytes));
    assert!(bytes > limit_bytes - record_of(0, noon()).len() as u64 - 100);
    let (events, _) = read_all(&mut reader);
    assert_eq!(events.len() as u64, first);
    // Also when all of it is in one segment that is being appended to.
    reader.acknowledge_first(events.len());
    let (second, _, _) = fill(first).unwrap();
    assert!(second - first >= first - 1);
    assert_eq!(read_all(&mut reader).0, (first..second).collect::<Vec<_>>());
}

#[test]
fn a_small_spool_whose_only_segment_is_settled_starts_anew() {
    let dir = tempfile::tempdir().unwrap();
    let small = Settings { limit_bytes: 400, segment_bytes: 1 << 16, ..settings(dir.path(), 1) };
    let (writer, mut reader, _) = open_well(small, noon()).unwrap();
    for round in 0..20 {
        append(&writer, round * 3..round * 3 + 3);
        assert_eq!(read_all(&mut reader).0.len(), 3);
        reader.acknowledge_first(3);
    }
    assert!(writer.bytes() <= 400);
}

#[test]
fn dropping_the_oldest_spares_what_was_handed_out() {
    let dir = tempfile::tempdir().unwrap();
    let (writer, mut reader, _) = open_new(dir.path(), 1);
    append(&writer, 0..40);
    let per_segment = (1_000 - 40) / record_of(0, noon()).len() as u64;
    read(&mut reader, 5);
    let before = writer.bytes();
    let dropped = writer.drop_oldest();
    assert_eq!(dropped.events, per_segment - 5);
    assert_eq!(writer.bytes(), before - dropped.bytes);
    assert_eq!(read(&mut reader, 2).0, [per_segment, per_segment + 1]);
    reader.acknowledge_first(3);
    writer.crash(reader);

    // Three of the five are settled, and what was dropped stays away.
    let (writer, mut reader, adopted) = open_new(dir.path(), 2);
    assert_eq!(adopted.events, 2 + 40 - per_segment);
    let expected: Vec<_> = [3, 4].into_iter().chain(per_segment..40).collect();
    assert_eq!(read_all(&mut reader), (expected, NONE));
    assert_eq!(writer.drop_oldest(), Dropped::default());
}

#[test]
fn dropping_the_oldest_takes_the_only_segment_too() {
    let dir = tempfile::tempdir().unwrap();
    let (writer, mut reader, _) = open_new(dir.path(), 1);
    assert_eq!(writer.drop_oldest(), Dropped::default());
    append(&writer, 0..3);
    let bytes = writer.bytes();
    let dropped = writer.drop_oldest();
    assert_eq!(dropped.events, 3);
    assert!(dropped.bytes >= bytes);
    assert_eq!(writer.bytes(), 0);
    append(&writer, 3..5);
    assert_eq!(read_all(&mut reader), (vec![3, 4], NONE));
}

#[test]
fn a_disk_that_fills_up_in_a_record_leaves_no_trace_of_it() {
    for truncates in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let (writer, mut reader, _) = open_new(dir.path(), 1);
        append(&writer, 0..3);
        let size = record_of(0, noon()).len() as u64;
        for room in 0..size {
            writer.faults().room.store(room, Ordering::Relaxed);
            writer.faults().truncates.store(truncates, Ordering::Relaxed);
            let refused = writer.append(&record_of(999, noon()));
            assert!(
                matches!(&refused, Err(AppendError::Io(error))
                if error.kind() == io::ErrorKind::StorageFull),
                "{refused:?}"
            );
            writer.faults().room.store(u64::MAX, Ordering::Relaxed);
            writer.faults().truncates.store(false, Ordering::Relaxed);
            append(&writer, [3 + room]);
        }
        assert_eq!(read(&mut reader, 10), ((0..10).collect(), NONE));
        writer.crash(reader);
        let (_writer, mut reader, adopted) = open_new(dir.path(), 2);
        assert_eq!(adopted.events, 3 + size);
        assert_eq!(read_all(&mut reader), ((0..3 + size).collect(), NONE));
    }
}

#[test]
fn what_the_disk_does_not_give_is_counted_and_stays_on_it() {
    let dir = tempfile::tempdir().unwrap();
    let (writer, mut reader, _) = open_new(dir.path(), 1);
    append(&writer, 0..30);
    let per_segment = (1_000 - 40) / record_of(0, noon()).len();
    writer.faults().reads.store(true, Ordering::Relaxed);
    assert_eq!(read(&mut reader, 5), (vec![], Lost { unreadable: 5, ..NONE }));
    writer.faults().reads.store(false, Ordering::Relaxed);
    let (events, lost) = read_all(&mut reader);
    assert_eq!(lost, Lost { unreadable: per_segment - 5, ..NONE });
    assert_eq!(events, (per_segment as u64..30).collect::<Vec<_>>());
    reader.acknowledge_first(events.len());
    assert_eq!(reader.adopt(noon()).unwrap(), Adopted::default());
    drop((writer, reader));

    let (_writer, mut reader, adopted) = open_new(dir.path(), 2);
    assert_eq!(adopted.events, per_segment as u64);
    assert_eq!(read_all(&mut reader), ((0..per_segment as u64).collect(), NONE));
}

#[test]
fn a_directory_that_cannot_be_used_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, b"").unwrap();
    let refused =
        |path: &Path| open_well(settings(path, 1), noon()).map(drop).map_err(|e| e.kind());
    assert_eq!(refused(&file), Err(io::ErrorKind::AlreadyExists));
    assert_eq!(refused(&file.join("below")), Err(io::ErrorKind::NotADirectory));
}

#[cfg(unix)]
#[test]
fn only_this_user_may_read_what_is_in_the_spool() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("a/b");
    let (writer, _reader, _) = open_new(&dir, 1);
    append(&writer, 0..3);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    for name in files(&dir) {
        assert_eq!(mode(&dir.join(&name)), 0o600, "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_directory_that_may_not_be_written_to_is_an_error() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o500)).unwrap();
    // Root may write anywhere.
    if fs::write(dir.path().join("probe"), b"").is_err() {
        let refused = open_well(settings(dir.path(), 1), noon()).map(drop).map_err(|e| e.kind());
        assert_eq!(refused, Err(io::ErrorKind::PermissionDenied));
    }
}

#[test]
fn a_sync_that_failed_is_told_to_everybody_whose_event_it_was_and_to_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let (writer, mut reader, _) = open_new(dir.path(), 1);
    let append = |event| writer.append(&record_of(event, noon())).unwrap();
    let before = append(0);
    writer.sync(before).unwrap();
    let (one, other) = (append(1), append(2));
    writer.faults().syncs.store(true, Ordering::Relaxed);
    writer.sync(one).unwrap_err();
    writer.faults().syncs.store(false, Ordering::Relaxed);
    let after = append(3);
    // To sync the same file again might succeed without having written anything.
    writer.sync(other).unwrap_err();
    writer.sync(after).unwrap();
    writer.sync(one).unwrap_err();
    writer.sync(before).unwrap();
    assert_eq!(read_all(&mut reader), ((0..4).collect(), NONE));
}

#[test]
fn threads_append_and_sync_while_one_reads_and_nothing_is_missed_or_doubled() {
    const THREADS: u64 = 8;
    const EACH: u64 = 500;
    let dir = tempfile::tempdir().unwrap();
    let (writer, mut reader, _) = open_new(dir.path(), 1);
    let mut seen = Vec::new();
    std::thread::scope(|scope| {
        let writer = &writer;
        for thread in 0..THREADS {
            scope.spawn(move || {
                for event in 0..EACH {
                    let record = record_of(thread * EACH + event, noon());
                    let position = writer.append(&record).unwrap();
                    if event % 50 == 0 {
                        writer.sync(position).unwrap();
                    }
                }
            });
        }
        while (seen.len() as u64) < THREADS * EACH {
            let (events, lost) = read(&mut reader, 100);
            assert_eq!(lost, NONE);
            reader.acknowledge_first(events.len());
            seen.extend(events);
        }
    });
    for thread in 0..THREADS {
        let own = thread * EACH..(thread + 1) * EACH;
        let order: Vec<_> = seen.iter().copied().filter(|event| own.contains(event)).collect();
        assert_eq!(order, own.collect::<Vec<_>>());
    }
    drop((writer, reader));
    assert_eq!(files(dir.path()), [""; 0]);
}

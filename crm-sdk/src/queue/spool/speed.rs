//! How fast the spool is. Prints figures, for a release build on a machine at rest:
//! `cargo test --release -p crm-sdk --lib spool::speed -- --ignored --nocapture`.

use std::time::Instant;

use super::tests::{id, noon, open_part_as, settings};
use super::*;

const JSON_BYTES: usize = 300;

fn record(event: u64, buffer: &mut Vec<u8>) {
    record::begin(buffer, id(event), noon());
    buffer.resize(record::OVERHEAD_BYTES + JSON_BYTES, b'x');
    record::finish(buffer);
}

fn open_large(dir: &std::path::Path) -> (Writer, Reader) {
    let limit_bytes = 4 << 30;
    let segment_bytes = Settings::segment_bytes_for(limit_bytes);
    let settings = Settings { limit_bytes, segment_bytes, ..settings(dir, 1) };
    let (writer, reader, _) = open_well(settings, noon()).unwrap();
    (writer, reader)
}

fn append(dir: &std::path::Path, threads: u64, each: u64) -> (Writer, Reader) {
    let (writer, reader) = open_large(dir);
    let begun = Instant::now();
    let mut took: Vec<u64> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|thread| {
                let writer = &writer;
                scope.spawn(move || {
                    let mut took = Vec::with_capacity(usize::try_from(each).unwrap());
                    let mut buffer = Vec::new();
                    for event in 0..each {
                        let begun = Instant::now();
                        record(thread * each + event, &mut buffer);
                        writer.append(&buffer).unwrap();
                        took.push(u64::try_from(begun.elapsed().as_nanos()).unwrap());
                    }
                    took
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    let per_second = (threads * each) as f64 / begun.elapsed().as_secs_f64();
    took.sort_unstable();
    let at = |part: usize| took[took.len() * part / 1_000] as f64 / 1_000.0;
    println!(
        "append on {threads} threads: {per_second:.0} a second; \
         p50 {:.1} us, p99 {:.1} us, p99.9 {:.1} us",
        at(500),
        at(990),
        at(999)
    );
    (writer, reader)
}

#[test]
#[ignore = "prints figures and decides nothing"]
fn figures() {
    let root = std::env::var_os("CRM_SDK_SPOOL").map_or_else(std::env::temp_dir, PathBuf::from);
    for threads in [1, 2, 16] {
        let dir = tempfile::tempdir_in(&root).unwrap();
        let each = 800_000 / threads;
        let (_writer, mut reader) = append(dir.path(), threads, each);
        let begun = Instant::now();
        let mut bytes = 0;
        loop {
            let loaded = reader.read(1_000, 1 << 20, noon());
            if loaded.records() == 0 {
                break;
            }
            assert_eq!(loaded.lost, Lost::default());
            bytes += loaded.events.len() * (JSON_BYTES + record::OVERHEAD_BYTES);
            reader.acknowledge_first(loaded.events.len());
        }
        let seconds = begun.elapsed().as_secs_f64();
        assert_eq!(bytes as u64, threads * each * (JSON_BYTES + record::OVERHEAD_BYTES) as u64);
        println!("read and acknowledge: {:.0} MB/s", bytes as f64 / seconds / 1e6);
    }
    let dir = tempfile::tempdir_in(&root).unwrap();
    let (writer, _reader) = open_large(dir.path());
    for threads in [1_u64, 16] {
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for thread in 0..threads {
                let writer = &writer;
                scope.spawn(move || {
                    let mut buffer = Vec::new();
                    for event in 0..50 {
                        record(thread * 50 + event, &mut buffer);
                        writer.sync(writer.append(&buffer).unwrap()).unwrap();
                    }
                });
            }
        });
        let per_second = (threads * 50) as f64 / begun.elapsed().as_secs_f64();
        println!("append and sync on {threads} threads: {per_second:.0} a second");
    }
}

/// What so many dead clients left, so many segments each, of one event each.
fn leave(dir: &std::path::Path, clients: u64, segments: u64) {
    let (writer, reader, ()) = open_part_as(settings(dir, 1));
    let mut buffer = Vec::new();
    record(0, &mut buffer);
    writer.append(&buffer).unwrap();
    writer.crash(reader);
    let (owner, segment) = (names::owner(dir, 1), names::segment(dir, 1, 0));
    let (own, seg) = (std::fs::read(&owner).unwrap(), std::fs::read(&segment).unwrap());
    std::fs::remove_file(owner).unwrap();
    std::fs::remove_file(segment).unwrap();
    for instance in 10..10 + clients {
        std::fs::write(names::owner(dir, instance), &own).unwrap();
        for number in 0..segments {
            std::fs::write(names::segment(dir, instance, number), &seg).unwrap();
        }
    }
}

#[test]
#[ignore = "prints figures and decides nothing"]
fn figures_of_a_crowd() {
    let root = std::env::var_os("CRM_SDK_SPOOL").map_or_else(std::env::temp_dir, PathBuf::from);
    for (clients, segments) in [(2_000, 1), (20_000, 1), (100_000, 1), (1, 100_000)] {
        let dir = tempfile::tempdir_in(&root).unwrap();
        leave(dir.path(), clients, segments);
        let begun = Instant::now();
        let Opened { writer, mut reader, mut adopted, .. } = open(settings(dir.path(), 2), noon());
        let opened = begun.elapsed();
        let (mut arrived, mut rounds, mut first) = (0, 0, None);
        loop {
            arrived += adopted.events;
            loop {
                let loaded = reader.read(1_000, usize::MAX, noon());
                reader.acknowledge_first(loaded.events.len());
                if loaded.records() == 0 {
                    break;
                }
                first.get_or_insert(begun.elapsed());
            }
            if !reader.wants_more() {
                break;
            }
            adopted = reader.adopt(noon()).unwrap();
            rounds += 1;
        }
        assert_eq!(arrived, clients * segments);
        drop((writer, reader));
        println!(
            "{clients} dead clients of {segments} segments: opened in {opened:.1?}, the first read \
             after {first:.1?}, all {arrived} in {rounds} rounds and {:.1?}",
            begun.elapsed()
        );
    }
}

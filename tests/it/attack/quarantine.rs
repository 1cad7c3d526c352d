//! Filling the quarantine with events that are small on the wire, and having it read and replayed.

use std::io::Write;

use crm_tests::harness::folder_bytes;
use crm_tests::harness::http::Connection;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::strangers::{connect_from, stranger};
use super::{Honest, Stage, size};

const READERS: usize = 4;
/// What the collector's folder holds at the most: the quarantine's 32 MiB, the log of SQLite, and
/// what honest senders have stored.
const FOLDER_MIB: u64 = 128;

#[test]
fn a_quarantine_that_is_flooded_stays_small_and_can_be_read() {
    let mut stage = Stage::new("quarantine");
    let honest = Honest::begin(&stage);
    let address = stage.address();
    let credentials = format!("Authorization: Bearer {}\r\n", stage.key());
    let flood = size(120, 8);
    let mut connection = Connection::over(connect_from(stranger(0), address).unwrap()).unwrap();
    let mut refused = 0;
    for number in 0..flood {
        let packed = packed(number);
        let headers = format!("{credentials}Content-Encoding: gzip\r\n");
        let answer = connection.post_with("/v1/events", &headers, &packed).unwrap();
        match answer.status {
            200 => assert_eq!(answer.json()["rejected"].as_array().unwrap().len(), 4),
            429 | 503 => refused += 1,
            _ => panic!("{}", answer.text()),
        }
    }
    println!("{flood} batches, {refused} refused");
    let reading: Vec<_> = (0..READERS)
        .map(|reader| {
            let credentials = credentials.clone();
            std::thread::spawn(move || {
                let stream = connect_from(stranger(reader), address).unwrap();
                let mut connection = Connection::over(stream).unwrap();
                list_and_replay(&mut connection, &credentials)
            })
        })
        .collect();
    let listed: Vec<u64> = reading.into_iter().map(|thread| thread.join().unwrap()).collect();
    println!("events listed by each: {listed:?}");
    assert!(listed.iter().all(|&count| count > 0), "{listed:?}");
    let folder_mib = folder_bytes(&stage.data()) / 1024 / 1024;
    println!("the folder holds {folder_mib} MiB");
    assert!(folder_mib <= FOLDER_MIB, "{folder_mib} MiB");
    stage.settle(honest);
}

/// Lists all pages, has all of it replayed, and returns how many were listed.
fn list_and_replay(connection: &mut Connection, credentials: &str) -> u64 {
    let (mut listed, mut path) = (0, "/v1/rejected?limit=1000".to_owned());
    loop {
        let page = connection.get_with(&path, credentials).unwrap().expect(200).json();
        listed += page["rejected"].as_array().unwrap().len() as u64;
        match page["next_after"].as_str() {
            Some(next) => path = format!("/v1/rejected?limit=1000&after={next}"),
            None => break,
        }
    }
    let replayed = connection.post_with("/v1/rejected/replay", credentials, b"{}").unwrap();
    // Whoever comes while another is at it may be told to come again.
    assert!([200, 503].contains(&replayed.status), "{}", replayed.text());
    listed
}

/// Four events of a megabyte each that no one knows a type of, in a few kilobytes.
fn packed(number: usize) -> Vec<u8> {
    let filling = "x".repeat(1_000_000);
    let event =
        |index: usize| format!(r#"{{"type":"letter-{number}-{index}","text":"{filling}"}}"#);
    let events: Vec<_> = (0..4).map(event).collect();
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(format!(r#"{{"events":[{}]}}"#, events.join(",")).as_bytes()).unwrap();
    packed.finish().unwrap()
}

//! A spool that is full, under each policy.

use std::time::{Duration, Instant};

use crm_sdk::{Client, ClientBuilder, Error, Loss, WhenFull};
use tempfile::{TempDir, tempdir};

use super::{Outage, adds_up, note, spooled};
use crate::server::{Reply, Server};
use crate::{PATIENCE, eventually};

/// The smallest spool there is.
const SPOOL_BYTES: u64 = 1024 * 1024;
/// Some hundred of these fill it.
const NOTE_BYTES: usize = 4_000;

fn cramped(server: &Server, policy: WhenFull) -> (ClientBuilder, TempDir) {
    let dir = tempdir().unwrap();
    (spooled(server, &dir).spool_bytes(SPOOL_BYTES).when_full(policy), dir)
}

/// Tracks until the spool is full; the ids of what was taken.
fn fill(client: &Client) -> Vec<String> {
    let mut ids = Vec::new();
    loop {
        match client.interaction(note(NOTE_BYTES)) {
            Ok(id) => ids.push(id.to_string()),
            Err(Error::QueueFull { events, bytes }) => {
                assert_eq!((events, bytes as u64), (ids.len(), client.stats().spool_bytes));
                return ids;
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}

#[test]
fn refusing_the_newest_keeps_what_was_taken_and_takes_again_when_there_is_room() {
    let outage = Outage::begin();
    let (client, _dir) = cramped(&outage.server, WhenFull::RefuseNewest);
    let client = client.build().unwrap();
    let mut ids = fill(&client);
    let stats = client.stats();
    let full = SPOOL_BYTES - (NOTE_BYTES as u64 + 500)..=SPOOL_BYTES;
    assert!(full.contains(&stats.spool_bytes), "{stats:?}");
    assert!(client.interaction(note(NOTE_BYTES)).is_err());
    assert_eq!(client.losses().of(Loss::QueueFull), 2);

    outage.end();
    assert!(client.flush(PATIENCE).is_empty());
    ids.push(client.interaction(note(NOTE_BYTES)).unwrap().to_string());
    assert!(client.flush(PATIENCE).is_empty());
    assert!(outage.server.holds_each_once(&ids));
    adds_up(&client);
}

#[test]
fn dropping_the_oldest_keeps_the_newest_and_counts_the_others() {
    let outage = Outage::begin();
    let (client, _dir) = cramped(&outage.server, WhenFull::DropOldest);
    let client = client.batch_events(1).build().unwrap();
    let ids: Vec<_> =
        (0..1_000).map(|_| client.interaction(note(NOTE_BYTES)).unwrap().to_string()).collect();
    let dropped = client.losses().of(Loss::DroppedOldest);
    assert!((700..800).contains(&dropped), "{dropped}");
    assert!(client.stats().spool_bytes <= SPOOL_BYTES);
    adds_up(&client);

    outage.end();
    assert!(client.flush(PATIENCE).is_empty());
    let stored = outage.server.stored();
    assert_eq!(stored.len() as u64, 1_000 - dropped);
    // What was on its way already is older, and stays.
    assert!(ids[..3].iter().any(|id| stored.contains_key(id)));
    let newest = &ids[ids.len() - 150..];
    assert!(newest.iter().all(|id| stored.contains_key(id)));
    assert_eq!(client.losses().of(Loss::DroppedOldest), dropped);
    assert_eq!(client.losses().total(), dropped);
    adds_up(&client);
}

#[test]
fn dropping_beside_sending_accounts_for_each_event_once() {
    let server = Server::storing();
    let (client, _dir) = cramped(&server, WhenFull::DropOldest);
    let client = client.build().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..2_000 {
                    client.interaction(note(NOTE_BYTES)).unwrap();
                }
            });
        }
    });
    assert!(client.flush(PATIENCE).is_empty());
    let (stats, losses) = (client.stats(), client.losses());
    assert_eq!(losses.total(), losses.of(Loss::DroppedOldest), "{losses:?}");
    assert_eq!(stats.accepted + losses.total(), 8_000, "{stats:?}");
    assert_eq!((server.stored().len() as u64, stats.queued), (stats.accepted, 0));
    adds_up(&client);
}

#[test]
fn blocking_waits_for_room_on_disk_and_loses_nothing() {
    let server = Server::storing();
    let (client, _dir) = cramped(&server, WhenFull::Block(PATIENCE));
    let client = client.build().unwrap();
    let track = || (0..400).map(|_| client.interaction(note(NOTE_BYTES)).unwrap().to_string());
    let ids: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| track().collect::<Vec<_>>())).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(client.flush(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));
    assert_eq!(client.losses().total(), 0);
    adds_up(&client);
}

#[test]
fn blocking_for_room_on_disk_ends_when_its_time_is_over() {
    let outage = Outage::begin();
    let timeout = Duration::from_millis(50);
    let (client, _dir) = cramped(&outage.server, WhenFull::Block(timeout));
    let client = client.build().unwrap();
    fill(&client);
    let start = Instant::now();
    assert!(matches!(client.interaction(note(NOTE_BYTES)), Err(Error::QueueFull { .. })));
    assert!(start.elapsed() >= timeout && start.elapsed() < PATIENCE);
    assert_eq!(client.losses().of(Loss::QueueFull), 2);
}

#[test]
fn blocking_for_room_on_disk_ends_when_the_client_is_shut_down() {
    let server = Server::start(|_, _| Reply::Hang);
    let (client, _dir) = cramped(&server, WhenFull::Block(Duration::from_secs(3_600)));
    let client = client.build().unwrap();
    std::thread::scope(|scope| {
        let blocked = scope.spawn(|| {
            let mut taken = 0;
            loop {
                match client.interaction(note(NOTE_BYTES)) {
                    Ok(_) => taken += 1,
                    Err(error) => return (taken, error),
                }
            }
        });
        let full = SPOOL_BYTES - NOTE_BYTES as u64;
        eventually("it is full", || client.stats().spool_bytes > full);
        let unsent = client.shutdown(Duration::from_millis(50));
        let (taken, error) = blocked.join().unwrap();
        assert!(matches!(error, Error::ShutDown), "{error:?}");
        assert_eq!((unsent.events, unsent.on_disk), (taken, taken));
    });
    assert_eq!(client.losses().of(Loss::ShutDown), 1);
    adds_up(&client);
}

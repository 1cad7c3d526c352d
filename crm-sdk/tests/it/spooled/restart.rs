//! What one client leaves on disk is sent by another: after a shutdown, beside one that lives, or
//! with another key. Not after its time.

use std::path::Path;
use std::time::{Duration, Instant};

use crm_sdk::{Client, Loss};
use tempfile::tempdir;

use super::{Outage, adds_up, segments, spooled};
use crate::server::{Reply, Server};
use crate::{PATIENCE, eventually, track};

/// Leaves events on disk; their ids.
fn left_behind(dir: &Path, events: usize) -> Vec<String> {
    left_by(spooled(&Outage::begin().server, dir).build().unwrap(), events)
}

fn left_by(client: Client, events: usize) -> Vec<String> {
    let ids = track(&client, events);
    let unsent = client.shutdown(Duration::ZERO);
    assert_eq!((unsent.events, unsent.on_disk), (events, events));
    adds_up(&client);
    ids
}

/// A client's key, when it is another than the other tests'.
fn with_key(key: &str, server: &Server, dir: &Path) -> crm_sdk::ClientBuilder {
    Client::builder(&server.endpoint, key).spool_dir(dir).drop_timeout(Duration::ZERO)
}

#[test]
fn what_a_client_leaves_is_sent_once_by_the_next_and_never_again() {
    let (dir, server) = (tempdir().unwrap(), Server::storing());
    let ids = left_behind(dir.path(), 25);

    let client = spooled(&server, &dir).build().unwrap();
    let stats = client.stats();
    assert_eq!((stats.recovered, stats.tracked, stats.queued), (25, 0, 25));
    assert!(client.flush(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));
    assert!(client.shutdown(PATIENCE).is_empty());
    adds_up(&client);
    assert_eq!(segments(dir.path()), [""; 0]);

    let client = spooled(&server, &dir).build().unwrap();
    assert_eq!(client.stats().recovered, 0);
    assert!(client.shutdown(PATIENCE).is_empty());
    assert_eq!((server.requests().len(), server.duplicates()), (1, 0));
}

#[test]
fn events_arrive_in_the_order_of_their_calls_through_any_number_of_restarts() {
    let (dir, server) = (tempdir().unwrap(), Server::storing());
    let down = Outage::begin();
    let mut ids = Vec::new();
    for restarts in 0..5 {
        let client = spooled(&down.server, &dir).build().unwrap();
        assert_eq!(client.stats().recovered, restarts * 7);
        ids.extend(track(&client, 7));
        let unsent = client.shutdown(Duration::ZERO);
        assert_eq!((unsent.events, unsent.on_disk), (ids.len(), ids.len()));
        adds_up(&client);
        // Clients are told apart by the millisecond.
        std::thread::sleep(Duration::from_millis(3));
    }
    let client = spooled(&server, &dir).build().unwrap();
    ids.extend(track(&client, 7));
    assert!(client.shutdown(PATIENCE).is_empty());
    let arrived: Vec<_> = server.requests().into_iter().flat_map(|request| request.ids).collect();
    assert_eq!(arrived, ids);
}

#[test]
fn a_shutdown_leaves_exactly_what_was_not_answered_for_and_the_next_client_sends_exactly_that() {
    let dir = tempdir().unwrap();
    let stuck = Server::start(|number, _| if number == 0 { Reply::Store } else { Reply::Hang });
    let client = spooled(&stuck, &dir).batch_events(10).build().unwrap();
    let mut ids = track(&client, 10);
    eventually("the first batch", || client.stats().accepted == 10);
    ids.extend(track(&client, 25));
    eventually("the second is on its way", || client.stats().in_flight == 10);
    let unsent = client.shutdown(Duration::from_millis(50));
    assert_eq!((unsent.events, unsent.on_disk, unsent.in_flight), (25, 25, 10));
    assert_eq!(client.shutdown(PATIENCE), unsent, "the account does not change");
    assert_eq!((client.stats().queued, client.losses().total()), (25, 0));
    adds_up(&client);

    let server = Server::storing();
    let client = spooled(&server, &dir).build().unwrap();
    assert_eq!(client.stats().recovered, 25);
    assert!(client.flush(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids[10..]));
}

#[test]
fn an_answer_lost_at_the_end_doubles_nothing() {
    let dir = tempdir().unwrap();
    let server = Server::script([Reply::StoreAndBreak]);
    let first = spooled(&server, &dir).retry_between(PATIENCE, PATIENCE).build().unwrap();
    let ids = track(&first, 10);
    let flushed = first.flush(Duration::ZERO);
    assert_eq!((flushed.events, flushed.on_disk), (10, 10));
    eventually("the answer is lost", || first.stats().retries == 1);
    assert_eq!(first.shutdown(Duration::ZERO).on_disk, 10);

    let next = spooled(&server, &dir).build().unwrap();
    assert!(next.flush(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));
    assert_eq!((next.stats().accepted, next.stats().duplicate), (0, 10));
    adds_up(&next);
}

#[test]
fn an_event_that_is_parked_stays_on_disk_and_is_the_next_clients_to_send() {
    let dir = tempdir().unwrap();
    let wall = Server::start(|_, request| {
        let is_wall = request.customers.iter().any(|customer| customer == "c-3");
        if is_wall { Reply::status(500) } else { Reply::Store }
    });
    let client = spooled(&wall, &dir).batch_events(10).build().unwrap();
    let mut ids = track(&client, 50);
    let unsent = client.flush(PATIENCE);
    assert_eq!((unsent.events, unsent.on_disk), (1, 1));
    assert_eq!(client.stats().parked, 1);
    adds_up(&client);
    let unsent = client.shutdown(PATIENCE);
    assert_eq!((unsent.events, unsent.on_disk, client.losses().total()), (1, 1, 0));
    let wall_id = ids.remove(3);
    assert!(wall.holds_each_once(&ids));

    let server = Server::storing();
    let next = spooled(&server, &dir).build().unwrap();
    assert!(next.shutdown(PATIENCE).is_empty());
    assert!(server.stored().contains_key(&wall_id));
    adds_up(&next);
    assert_eq!(segments(dir.path()), [""; 0]);
}

#[test]
fn a_client_that_lives_adopts_what_a_dead_one_leaves_beside_it() {
    let (dir, server) = (tempdir().unwrap(), Server::storing());
    let alive = spooled(&server, &dir)
        .adoption_interval(Duration::from_millis(20))
        .batch_age(Duration::ZERO)
        .build()
        .unwrap();
    let dying = spooled(&Outage::begin().server, &dir).build().unwrap();
    let mut ids = track(&dying, 10);
    ids.extend(track(&alive, 10));
    eventually("its own are sent", || alive.stats().accepted == 10);
    assert_eq!(alive.stats().recovered, 0, "one that lives is left alone");
    assert_eq!(dying.shutdown(Duration::ZERO).on_disk, 10);
    eventually("the others are adopted", || alive.stats().recovered == 10);
    eventually("and sent", || server.holds_each_once(&ids));
    assert!(alive.shutdown(PATIENCE).is_empty());
    adds_up(&alive);
}

#[test]
fn clients_of_other_keys_in_one_directory_never_mix() {
    let dir = tempdir().unwrap();
    let (mine, other) = (Server::storing(), Server::storing());
    let down = Outage::begin();
    let my_ids = left_by(with_key("crm_sk_mine", &down.server, dir.path()).build().unwrap(), 10);
    let other_ids =
        left_by(with_key("crm_sk_other", &down.server, dir.path()).build().unwrap(), 15);

    let me = with_key("crm_sk_mine", &mine, dir.path()).build().unwrap();
    let stats = me.stats();
    assert_eq!((stats.recovered, stats.foreign_segments), (10, 1));
    assert!(me.flush(PATIENCE).is_empty());
    assert!(mine.holds_each_once(&my_ids));

    let they = with_key("crm_sk_other", &other, dir.path()).build().unwrap();
    assert_eq!(they.stats().recovered, 15);
    assert!(they.flush(PATIENCE).is_empty());
    assert!(other.holds_each_once(&other_ids));
    assert!(mine.holds_each_once(&my_ids));
}

#[test]
fn after_a_rotation_the_old_keys_events_are_sent_with_the_new_one() {
    let (dir, server) = (tempdir().unwrap(), Server::storing());
    let down = Outage::begin();
    let ids = left_by(with_key("crm_sk_old", &down.server, dir.path()).build().unwrap(), 10);
    let client =
        with_key("crm_sk_new", &server, dir.path()).spool_key("crm_sk_old").build().unwrap();
    assert_eq!((client.stats().recovered, client.stats().foreign_segments), (10, 0));
    assert!(client.flush(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));
    assert_eq!(server.requests()[0].headers["authorization"], "Bearer crm_sk_new");
}

/// Makes the clock of what was left behind wrong: each event is from another time.
fn shift(dir: &Path, by_ms: i64) {
    for name in segments(dir) {
        let path = dir.join(name);
        let mut bytes = std::fs::read(&path).unwrap();
        let mut at = 40;
        while bytes.get(at + 3) == Some(&1) {
            let length = u32::from_le_bytes(bytes[at + 4..at + 8].try_into().unwrap()) as usize;
            let (head, payload) = (at + 3..at + 8, at + 12..at + 12 + length);
            let time = at + 28..at + 36;
            let ms = i64::from_le_bytes(bytes[time.clone()].try_into().unwrap());
            bytes[time].copy_from_slice(&(ms + by_ms).to_le_bytes());
            let checksum =
                crc32c::crc32c_append(crc32c::crc32c(&bytes[head]), &bytes[payload.clone()]);
            bytes[at + 8..at + 12].copy_from_slice(&checksum.to_le_bytes());
            at = payload.end;
        }
        std::fs::write(&path, bytes).unwrap();
    }
}

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

#[test]
fn a_clock_that_was_wrong_in_the_process_that_left_them_loses_no_event() {
    // Sixty days back is what a clock that is ahead now makes of them.
    for by_ms in [-60 * DAY_MS, 60 * DAY_MS, -20_000 * DAY_MS] {
        let (dir, server) = (tempdir().unwrap(), Server::storing());
        let ids = left_behind(dir.path(), 25);
        shift(dir.path(), by_ms);
        let client = spooled(&server, &dir).build().unwrap();
        let lag = client.stats().lag;
        assert!(lag < Duration::from_secs(600), "{lag:?}");
        assert!(client.flush(PATIENCE).is_empty());
        assert!(server.holds_each_once(&ids), "{by_ms}");
        assert_eq!((client.losses().total(), client.dead_letters().unwrap().len()), (0, 0));
        adds_up(&client);
    }
}

#[test]
fn the_lag_of_what_was_left_is_right_from_the_first_moment() {
    let dir = tempdir().unwrap();
    left_behind(dir.path(), 5);
    std::thread::sleep(Duration::from_millis(30));
    let client = spooled(&Outage::begin().server, &dir).build().unwrap();
    let lag = client.stats().lag;
    assert!(lag >= Duration::from_millis(30) && lag < Duration::from_secs(600), "{lag:?}");
}

#[test]
fn events_that_are_too_old_and_cannot_be_sent_become_dead_letters() {
    let (dir, outage) = (tempdir().unwrap(), Outage::begin());
    let ids = left_behind(dir.path(), 10);
    std::thread::sleep(Duration::from_millis(60));
    let client =
        spooled(&outage.server, &dir).spool_age(Duration::from_millis(50)).build().unwrap();
    assert_eq!(client.stats().recovered, 10);
    let start = Instant::now();
    let unsent = client.flush(PATIENCE);
    assert!(unsent.is_empty() && start.elapsed() < PATIENCE, "a flush does not wait for them");
    assert!(!outage.server.requests().is_empty(), "they were tried first");
    assert_eq!((client.losses().of(Loss::Expired), client.losses().total()), (10, 10));
    let letters = client.dead_letters().unwrap();
    let mut letter_ids: Vec<_> =
        letters.iter().map(|letter| letter.event.id().unwrap().to_string()).collect();
    // An event that was tried alone is given up after the others.
    letter_ids.sort();
    assert_eq!(letter_ids, ids);
    assert!(letters.iter().all(|letter| letter.reason == Loss::Expired), "{letters:?}");
    adds_up(&client);

    outage.end();
    assert_eq!(client.resend_dead_letters().unwrap(), 10);
    assert!(client.shutdown(PATIENCE).is_empty());
    assert!(outage.server.holds_each_once(&ids));
    assert_eq!(segments(dir.path()), [""; 0]);
}

#[test]
fn own_events_that_are_too_old_become_dead_letters() {
    let (dir, outage) = (tempdir().unwrap(), Outage::begin());
    let client = spooled(&outage.server, &dir)
        .batch_events(1)
        .spool_age(Duration::from_millis(50))
        .build()
        .unwrap();
    track(&client, 10);
    std::thread::sleep(Duration::from_millis(60));
    outage.end();
    assert!(client.flush(PATIENCE).is_empty());
    let expired = client.losses().of(Loss::Expired);
    assert!(expired >= 8, "but for those in memory: {expired}");
    assert_eq!(client.dead_letters().unwrap().len() as u64, expired);
    adds_up(&client);
}

//! A full queue under each policy.

use std::time::{Duration, Instant};

use crm_sdk::{ClientBuilder, Error, Loss, WhenFull};

use crate::server::{Reply, Server};
use crate::{PATIENCE, customer, eventually, patient, track};

/// A client with room for four, whose first request of one hangs until it is given up.
fn cramped(server: &Server, policy: WhenFull) -> ClientBuilder {
    patient(&server.endpoint)
        .queue_events(4)
        .batch_events(1)
        .request_timeout(Duration::from_secs(3_600))
        .when_full(policy)
}

fn stuck() -> Server {
    Server::start(|_, _| Reply::Hang)
}

#[test]
fn refusing_the_newest_hands_it_back_to_the_caller() {
    let server = stuck();
    let client = cramped(&server, WhenFull::RefuseNewest).build().unwrap();
    track(&client, 4);
    for _ in 0..3 {
        match client.customer(customer(9)) {
            Err(Error::QueueFull { events: 4, bytes }) => {
                assert_eq!(bytes, client.stats().queued_bytes);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(client.losses().of(Loss::QueueFull), 3);
    assert_eq!(client.shutdown(Duration::ZERO).events, 4);
}

#[test]
fn the_queue_is_bounded_by_bytes_as_well() {
    let server = stuck();
    let client = patient(&server.endpoint).queue_bytes(1_000).build().unwrap();
    let mut taken = 0;
    while client.customer(customer(0)).is_ok() {
        taken += 1;
    }
    let stats = client.stats();
    assert_eq!((stats.queued, stats.tracked), (taken, taken as u64));
    assert!(stats.queued_bytes <= 1_000 && stats.queued_bytes > 700, "{stats:?}");
    assert_eq!(client.shutdown(Duration::ZERO).events, taken);
}

#[test]
fn dropping_the_oldest_keeps_the_newest_and_what_is_on_its_way() {
    let server = stuck();
    let client = cramped(&server, WhenFull::DropOldest).build().unwrap();
    track(&client, 1);
    eventually("the first is on its way", || client.stats().in_flight == 1);
    track(&client, 9);
    assert_eq!(client.losses().of(Loss::DroppedOldest), 6);
    let stats = client.stats();
    assert_eq!((stats.queued, stats.in_flight, stats.tracked), (4, 1, 10));
    assert_eq!(client.shutdown(Duration::ZERO).events, 4);
}

#[test]
fn blocking_waits_for_room_and_loses_nothing() {
    let server = Server::storing();
    let client = cramped(&server, WhenFull::Block(PATIENCE)).build().unwrap();
    let ids: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| track(&client, 100))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(client.flush(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));
    assert_eq!(client.losses().total(), 0);
}

#[test]
fn a_full_queue_is_sent_without_waiting_for_the_batch_to_grow_old() {
    let server = Server::storing();
    // The second event does not fit, and half of the queue is larger than the first.
    let client = patient(&server.endpoint)
        .queue_bytes(8_000)
        .when_full(WhenFull::Block(PATIENCE))
        .build()
        .unwrap();
    let note = |bytes: usize| {
        let note = crm_sdk::Interaction::new("c", crm_sdk::InteractionKind::Note);
        client.interaction(note.text("x".repeat(bytes))).unwrap().to_string()
    };
    let ids = [note(3_000), note(6_000)];
    assert!(client.flush(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));
}

#[test]
fn blocking_ends_when_its_time_is_over() {
    let server = stuck();
    let timeout = Duration::from_millis(50);
    let client = cramped(&server, WhenFull::Block(timeout)).build().unwrap();
    track(&client, 4);
    let start = Instant::now();
    assert!(matches!(client.customer(customer(9)), Err(Error::QueueFull { events: 4, .. })));
    assert!(start.elapsed() >= timeout);
    assert_eq!(client.losses().of(Loss::QueueFull), 1);
    assert_eq!(client.shutdown(Duration::ZERO).events, 4);
}

#[test]
fn blocking_ends_when_the_client_is_shut_down() {
    let server = stuck();
    let client = cramped(&server, WhenFull::Block(PATIENCE)).build().unwrap();
    track(&client, 4);
    std::thread::scope(|scope| {
        let blocked = scope.spawn(|| client.customer(customer(9)));
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(client.shutdown(Duration::ZERO).events, 4);
        assert!(matches!(blocked.join().unwrap(), Err(Error::ShutDown)));
    });
    assert_eq!(client.losses().of(Loss::ShutDown), 1);
}

#[test]
fn the_callback_may_send_events_even_when_the_queue_is_full() {
    let server = Server::storing();
    let (hand_over, handed_over) = std::sync::mpsc::channel::<crm_sdk::Client>();
    let (tell, told) = std::sync::mpsc::channel();
    let client = cramped(&server, WhenFull::Block(PATIENCE))
        .on_verdict(move |_| {
            let Ok(client) = handed_over.try_recv() else { return };
            let results: Vec<_> = (0..8).map(|number| client.customer(customer(number))).collect();
            let refused = results
                .iter()
                .filter(|result| matches!(result, Err(Error::QueueFull { .. })))
                .count();
            // Neither may wait for the thread they run on.
            let flushed = client.flush(PATIENCE).events;
            tell.send((refused, flushed)).unwrap();
        })
        .build()
        .unwrap();
    hand_over.send(client.clone()).unwrap();
    track(&client, 1);
    // One is on its way until the callback returns.
    assert_eq!(told.recv_timeout(PATIENCE).unwrap(), (8 - 3, 4));
    assert!(client.flush(PATIENCE).is_empty());
    assert_eq!(server.stored().len(), 4);
}

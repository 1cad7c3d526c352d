//! What arrives when something fails: everything, once.

use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crm_sdk::{Client, Code, Failure, Loss};

use crate::server::{Reply, Server};
use crate::{KEY, PATIENCE, eventually, hasty, patient, track};

#[test]
fn a_lost_answer_sends_the_same_ids_again_and_stores_each_once() {
    let server = Server::script([Reply::StoreAndBreak, Reply::StoreAndBreak]);
    let client = patient(&server.endpoint).build().unwrap();
    let ids = track(&client, 3);
    assert!(client.flush(PATIENCE).is_empty());

    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| request.ids == ids));
    assert!(server.holds_each_once(&ids));
    let stats = client.stats();
    assert_eq!((stats.accepted, stats.duplicate, stats.retries, stats.sent), (0, 3, 2, 9));
    assert_eq!(client.losses().total(), 0);
}

#[test]
fn transient_failures_are_retried_until_they_pass() {
    let replies = [
        Reply::Break,
        Reply::status(500),
        Reply::status(502),
        Reply::status(503),
        Reply::status(408),
        Reply::status(425),
        Reply::status(429),
        Reply::problem(Code::StorageFull),
        Reply::Status(200, Vec::new(), b"<html>welcome</html>".to_vec()),
        Reply::Status(200, Vec::new(), br#"{"accepted":9,"duplicate":0,"rejected":[]}"#.to_vec()),
    ];
    let failures = replies.len();
    let server = Server::script(replies);
    let client = patient(&server.endpoint).build().unwrap();
    let ids = track(&client, 2);
    assert!(client.flush(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));
    assert_eq!(client.stats().retries, failures as u64);
    assert_eq!(client.stats().failure, None);
    assert_eq!(client.losses().total(), 0);
}

#[test]
fn retry_after_is_honoured_in_seconds_and_as_a_date() {
    let asked = [
        vec![("Retry-After", "1".to_owned())],
        vec![
            ("Retry-After", "Sun, 06 Nov 1994 08:49:38 GMT".to_owned()),
            ("Date", "Sun, 06 Nov 1994 08:49:37 GMT".to_owned()),
        ],
    ];
    for headers in asked {
        let server = Server::script([Reply::Status(503, headers, Vec::new())]);
        let client = hasty(&server.endpoint).build().unwrap();
        let start = Instant::now();
        let ids = track(&client, 1);
        assert!(client.flush(PATIENCE).is_empty());
        assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());
        assert!(server.holds_each_once(&ids));
    }
}

#[test]
fn a_batch_that_is_too_large_is_split_until_it_fits() {
    let server =
        Server::start(
            |_, request| {
                if request.body.len() > 2_000 { Reply::status(413) } else { Reply::Store }
            },
        );
    let client = patient(&server.endpoint).build().unwrap();
    let ids = track(&client, 100);
    assert!(client.flush(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));
    assert_eq!(client.losses().total(), 0);
    let order: Vec<_> = server
        .requests()
        .into_iter()
        .filter(|request| request.body.len() <= 2_000)
        .flat_map(|request| request.ids)
        .collect();
    assert_eq!(order, ids, "splitting keeps the order");
}

#[test]
fn an_event_that_is_too_large_on_its_own_is_given_up_alone() {
    let server =
        Server::start(
            |_, request| {
                if request.body.len() > 5_000 { Reply::status(413) } else { Reply::Store }
            },
        );
    let client = patient(&server.endpoint).build().unwrap();
    let before = track(&client, 5);
    let huge = crm_sdk::Interaction::new("c", crm_sdk::InteractionKind::Note);
    client.interaction(huge.text("x".repeat(6_000))).unwrap();
    let after = track(&client, 5);
    assert!(client.flush(PATIENCE).is_empty());
    assert!(server.holds_each_once(&[before, after].concat()));
    assert_eq!(client.losses().of(Loss::TooLarge), 1);
    assert_eq!(client.losses().total(), 1);
}

#[test]
fn a_poison_event_neither_blocks_nor_loses_its_neighbours() {
    let server = Server::start(|_, request| {
        if request.customers.iter().any(|customer| customer == "c-37") {
            Reply::problem(Code::MalformedJson)
        } else {
            Reply::Store
        }
    });
    let rejected = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&rejected);
    let client = patient(&server.endpoint)
        .on_verdict(move |verdict| {
            told.lock().unwrap().extend(verdict.rejected.iter().map(|it| (it.id, it.code)));
        })
        .build()
        .unwrap();
    let mut ids = track(&client, 100);
    assert!(client.flush(PATIENCE).is_empty());
    let poison = ids.remove(37);
    assert!(server.holds_each_once(&ids));
    assert_eq!(client.losses().of(Loss::Malformed), 1);
    let expected = vec![(Some(poison.parse().unwrap()), Code::MalformedJson)];
    assert_eq!(*rejected.lock().unwrap(), expected);
}

/// Answers whatever holds customer c-37 in a way that says nothing of it.
fn stumbles_over_one(answer: Reply) -> Server {
    Server::start(move |_, request| {
        if request.customers.iter().any(|customer| customer == "c-37") {
            answer.clone()
        } else {
            Reply::Store
        }
    })
}

#[test]
fn an_event_that_the_collector_or_a_firewall_stumbles_over_costs_its_ten_thousand_neighbours_nothing()
 {
    let page = Reply::Status(403, Vec::new(), b"<h1>blocked</h1>".to_vec());
    for answer in [Reply::status(500), page] {
        let server = stumbles_over_one(answer);
        let client = Client::builder(&server.endpoint, KEY).build().unwrap();
        let begun = Instant::now();
        let mut ids = track(&client, 10_001);
        let unsent = client.flush(PATIENCE);
        println!("{:?}", begun.elapsed());
        ids.remove(37);
        assert!(server.holds_each_once(&ids));
        assert_eq!((unsent.events, unsent.in_flight), (1, 0));
        let stats = client.stats();
        assert_eq!((stats.parked, stats.queued, client.losses().total()), (1, 1, 0));
        assert_eq!(client.shutdown(PATIENCE).events, 1);
        assert_eq!(client.losses().of(Loss::Unsent), 1);
    }
}

#[test]
fn a_400_of_something_that_is_no_collector_loses_nothing() {
    let page = b"<h1>400 The plain HTTP request was sent to HTTPS port</h1>".to_vec();
    let server = Server::script([Reply::Status(400, Vec::new(), page)]);
    let client = patient(&server.endpoint).build().unwrap();
    let ids = track(&client, 3);
    assert!(client.flush(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));
    assert_eq!(client.losses().total(), 0);
}

#[test]
fn a_refused_key_keeps_the_events_until_it_is_restored() {
    let is_restored = Arc::new(AtomicBool::new(false));
    let key_works = Arc::clone(&is_restored);
    let server = Server::start(move |number, _| match number {
        _ if key_works.load(Ordering::Relaxed) => Reply::Store,
        0..3 => Reply::problem(Code::Unauthorized),
        _ => Reply::problem(Code::Forbidden),
    });
    let client = patient(&server.endpoint).build().unwrap();
    let ids = track(&client, 3);
    assert_eq!(client.flush(Duration::ZERO).events, 3);
    eventually("the refusal shows", || {
        client.stats().failure == Some(Failure::KeyRefused { status: 403 })
    });
    assert_eq!((client.stats().queued, client.losses().total()), (3, 0));
    is_restored.store(true, Ordering::Relaxed);
    assert!(client.flush(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));
    assert_eq!(client.stats().failure, None);
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = Server::storing();
    let target = format!("{}/v1/events", elsewhere.endpoint);
    let server = Server::start(move |_, _| {
        Reply::Status(307, vec![("Location", target.clone())], Vec::new())
    });
    let client = patient(&server.endpoint).build().unwrap();
    track(&client, 1);
    let unsent = client.flush(Duration::ZERO);
    assert_eq!(unsent.events, 1);
    eventually("it is tried again", || server.requests().len() >= 3);
    assert_eq!(client.stats().failure, Some(Failure::Unexpected { status: 307 }));
    assert_eq!(elsewhere.requests().len(), 0);
    assert_eq!(client.shutdown(Duration::ZERO).events, 1);
}

#[test]
fn a_collector_that_hangs_is_given_up_in_time_and_asked_again() {
    let server = Server::script([Reply::Hang]);
    let client =
        patient(&server.endpoint).request_timeout(Duration::from_millis(50)).build().unwrap();
    let ids = track(&client, 1);
    assert!(client.flush(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));
}

#[test]
fn a_collector_that_starts_after_the_host_gets_everything() {
    // A port that nobody listens at, until the server takes it.
    let (server, listener) = Server::bind(|_, _| Reply::Store);
    let address = server.address;
    drop(listener);
    let client = hasty(&server.endpoint).build().unwrap();
    let ids = track(&client, 500);
    eventually("connecting fails", || client.stats().retries >= 3);
    assert_eq!(client.stats().failure, Some(Failure::Unreachable));
    assert!(client.stats().lag > Duration::ZERO);

    let listener = TcpListener::bind(address).unwrap();
    let accepting = server.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let server = accepting.clone();
            std::thread::spawn(move || server.serve(stream?));
        }
    });
    assert!(client.flush(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));
}

#[test]
fn a_third_of_the_answers_lost_doubles_nothing_and_loses_nothing() {
    let server = Server::start(|number, _| match number % 3 {
        0 => Reply::StoreAndBreak,
        1 if number % 10 == 1 => Reply::Break,
        _ => Reply::Store,
    });
    let client = hasty(&server.endpoint).batch_events(50).build().unwrap();
    let ids = track(&client, 5_000);
    assert!(client.flush(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));
    let stats = client.stats();
    assert_eq!(stats.accepted + stats.duplicate, 5_000);
    assert_eq!(stats.duplicate, server.duplicates());
    assert!(stats.duplicate > 0);
}

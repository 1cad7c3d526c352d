//! The transport for the tests of hosts.

use std::time::Duration;

use crm_sdk::testing::{Capture, Reply};
use crm_sdk::transport::Answer;
use crm_sdk::{Client, Event};

use crate::{PATIENCE, customer, track};

#[test]
fn a_host_can_see_what_it_would_have_sent_whatever_fails() {
    let capture = Capture::new();
    capture.reply(Reply::Unreachable);
    capture.reply(Reply::StoreAndLose);
    capture.reply(Reply::Answer(Answer::new(503, "")));
    let client = Client::builder("", "")
        .transport(capture.clone())
        .retry_between(Duration::from_millis(1), Duration::from_millis(2))
        .build()
        .unwrap();
    track(&client, 50);
    assert!(client.flush(PATIENCE).is_empty());

    let names: Vec<_> =
        capture.events().iter().map(Event::customer_id).map(|id| id.unwrap().to_string()).collect();
    let expected: Vec<_> = (0..50).map(|number| customer(number).customer_id.to_string()).collect();
    assert_eq!(names, expected);
    assert_eq!(capture.requests(), 4);
    let stats = client.stats();
    assert_eq!((stats.accepted, stats.duplicate, stats.retries), (0, 50, 3));
}

#[test]
fn a_transport_that_panics_has_not_answered() {
    struct Broken(std::sync::atomic::AtomicUsize, Capture);
    impl crm_sdk::transport::Transport for Broken {
        fn send(&self, request: crm_sdk::transport::Request) -> crm_sdk::transport::Sending<'_> {
            match self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
                0 => panic!("at once"),
                1 => Box::pin(async { panic!("later") }),
                _ => self.1.send(request),
            }
        }
    }
    let capture = Capture::new();
    let client = Client::builder("", "")
        .transport(Broken(0.into(), capture.clone()))
        .retry_between(Duration::from_millis(1), Duration::from_millis(2))
        .build()
        .unwrap();
    track(&client, 3);
    assert!(client.flush(PATIENCE).is_empty());
    assert_eq!((capture.events().len(), client.stats().retries), (3, 2));
}

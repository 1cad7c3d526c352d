//! What arrives when nothing fails: batches, their form, and what the host learns of them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crm_sdk::{
    Client, Currency, Event, Interaction, InteractionKind, LineItem, Loss, Purchase, Timestamp,
    Verdict,
};

use crate::server::{Reply, Server};
use crate::{KEY, PATIENCE, customer, eventually, hasty, patient, track};

#[test]
fn every_kind_of_event_arrives_as_the_host_made_it() {
    let server = Server::storing();
    let client = patient(&server.endpoint).build().unwrap();
    let time = Timestamp::from_millis(1_288_952_998_000);
    let sale = Purchase::sale(Currency::GBP)
        .customer_id("c-0")
        .occurred_at(time)
        .item(LineItem::new("MUG", 2, "6.95".parse().unwrap()));
    let call = Interaction::new("c-0", InteractionKind::Call).text("zwölf\nTassen");
    let ids = [
        client.customer(customer(0)).unwrap(),
        client.purchase(sale.clone()).unwrap(),
        client.interaction(call.clone()).unwrap(),
    ];
    assert!(ids.is_sorted(), "{ids:?}");
    assert!(client.flush(PATIENCE).is_empty());

    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(request.line, "POST /v1/events HTTP/1.1");
    assert_eq!(request.headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(request.headers["content-type"], "application/json");
    assert!(!request.headers.contains_key("content-encoding"));

    let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    let events: Vec<Event> = serde_json::from_value(body["events"].clone()).unwrap();
    let now = events[0].occurred_at().unwrap();
    let expected = |event: Event, index: usize| {
        let mut event = event;
        event.complete(|| ids[index], events[index].occurred_at().unwrap());
        event
    };
    assert_eq!(events[0], expected(customer(0).into(), 0));
    assert_eq!(events[1], expected(sale.into(), 1));
    assert_eq!(events[2], expected(call.into(), 2));
    assert_eq!(events[1].occurred_at(), Some(time));
    assert!(now <= events[2].occurred_at().unwrap());
}

#[test]
fn a_batch_is_sent_when_it_has_enough_events() {
    let server = Server::storing();
    let client = patient(&server.endpoint).batch_events(10).build().unwrap();
    track(&client, 25);
    eventually("two full batches", || server.stored().len() == 20);
    let sizes: Vec<_> = server.requests().iter().map(|request| request.ids.len()).collect();
    assert_eq!(sizes, [10, 10]);
    eventually("their answers", || client.stats().queued == 5);
    assert!(client.flush(PATIENCE).is_empty());
    assert_eq!(server.stored().len(), 25);
}

#[test]
fn a_batch_is_sent_when_it_has_enough_bytes_and_never_has_more() {
    let server = Server::storing();
    let client = patient(&server.endpoint).batch_bytes(2_000).build().unwrap();
    let ids = track(&client, 100);
    assert!(client.flush(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));
    let sizes: Vec<_> = server.requests().iter().map(|request| request.body.len()).collect();
    assert!(sizes.len() > 5, "{sizes:?}");
    assert!(sizes.iter().all(|size| *size <= 2_000), "{sizes:?}");
}

#[test]
fn a_single_event_is_sent_when_it_is_old_enough() {
    let server = Server::storing();
    let client =
        Client::builder(&server.endpoint, KEY).batch_age(Duration::from_millis(5)).build().unwrap();
    let ids = track(&client, 1);
    eventually("the event arrives by itself", || server.holds_each_once(&ids));
}

#[test]
fn large_bodies_are_compressed_and_small_ones_are_not() {
    let server = Server::storing();
    let client = patient(&server.endpoint).gzip_above(500).build().unwrap();
    track(&client, 1);
    assert!(client.flush(PATIENCE).is_empty());
    track(&client, 100);
    assert!(client.flush(PATIENCE).is_empty());
    let requests = server.requests();
    let encodings: Vec<_> =
        requests.iter().map(|request| request.headers.get("content-encoding")).collect();
    assert_eq!(encodings, [None, Some(&"gzip".to_owned())]);
    assert_eq!(requests[0].wire_bytes, requests[0].body.len());
    assert!(requests[1].wire_bytes < requests[1].body.len() / 2);
}

#[test]
fn the_host_is_told_each_verdict_with_the_ids_of_what_was_rejected() {
    let server = Server::script([Reply::Reject(vec![0, 2])]);
    let verdicts = Arc::new(Mutex::new(Vec::<Verdict>::new()));
    let told = Arc::clone(&verdicts);
    let client = patient(&server.endpoint)
        .on_verdict(move |verdict| told.lock().unwrap().push(verdict.clone()))
        .build()
        .unwrap();
    let ids = track(&client, 3);
    assert!(client.flush(PATIENCE).is_empty());

    let verdicts = verdicts.lock().unwrap();
    assert_eq!(verdicts.len(), 1);
    assert_eq!((verdicts[0].accepted, verdicts[0].duplicate), (1, 0));
    let rejected: Vec<_> =
        verdicts[0].rejected.iter().map(|rejection| rejection.id.unwrap().to_string()).collect();
    assert_eq!(rejected, [ids[0].clone(), ids[2].clone()]);
    assert_eq!(client.losses().of(Loss::Rejected), 2);
    let stats = client.stats();
    assert_eq!((stats.tracked, stats.accepted, stats.rejected, stats.queued), (3, 1, 2, 0));
}

#[test]
fn a_callback_that_panics_harms_nobody() {
    let server = Server::storing();
    let client =
        hasty(&server.endpoint).on_verdict(|_| panic!("the host's own mistake")).build().unwrap();
    for _ in 0..3 {
        track(&client, 1);
        assert!(client.flush(PATIENCE).is_empty());
    }
    let stats = client.stats();
    assert_eq!((stats.accepted, stats.callback_panics), (3, 3));
}

#[test]
fn many_threads_share_one_client() {
    let server = Server::storing();
    let client = hasty(&server.endpoint).build().unwrap();
    let ids: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| track(&client, 1_000))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(client.flush(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));
    let requests = server.requests();
    assert!(requests.iter().all(|request| request.ids.len() <= 1_000));
    assert_eq!(client.stats().sent, 8_000);
}

#[cfg(feature = "reqwest")]
#[test]
fn a_client_of_the_hosts_own_posts_in_place_of_ours() {
    let server = Server::start(|_, _| Reply::Store);
    let own = reqwest::Client::builder().no_proxy().user_agent("the host").build().unwrap();
    let client = patient(&server.endpoint).http_client(own.clone()).build().unwrap();
    let ids = track(&client, 100);
    assert!(client.flush(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));

    let refused = patient("unix:/run/crm.sock").http_client(own).build().unwrap_err();
    assert!(refused.to_string().contains("http_client: posts to no Unix socket"), "{refused}");
}

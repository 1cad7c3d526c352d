//! Wherever a host tracks, flushes and ends; and what it may change or hold back before.

use std::time::{Duration, Instant};

use crm_sdk::{Client, Customer, Event, Loss};
use tempfile::tempdir;

use super::{adds_up, spooled};
use crate::server::{Reply, Server};
use crate::{PATIENCE, customer, track};

/// Tracks, flushes and ends when it goes.
struct Host {
    client: Client,
}

impl Drop for Host {
    fn drop(&mut self) {
        track(&self.client, 1);
        assert!(self.client.flush(PATIENCE).is_empty());
        self.client.track_durable(customer(0)).unwrap();
        assert!(self.client.shutdown(PATIENCE).is_empty());
    }
}

#[test]
fn inside_drop_also_during_a_panic_everything_works() {
    let (dir, server) = (tempdir().unwrap(), Server::storing());
    let host = || Host { client: spooled(&server, &dir).build().unwrap() };
    drop(host());
    assert_eq!(server.stored().len(), 2);

    let host = host();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        let _host = host;
        panic!("the host's own");
    }));
    assert!(panicked.is_err());
    assert_eq!(server.stored().len(), 4);
}

#[test]
fn a_thread_may_track_in_its_last_destructors() {
    thread_local! {
        static LAST: std::cell::RefCell<Option<Host>> = const { std::cell::RefCell::new(None) };
    }
    let (dir, server) = (tempdir().unwrap(), Server::storing());
    let client = spooled(&server, &dir).build().unwrap();
    std::thread::spawn(move || {
        // Before the SDK keeps anything for this thread, so that it is destroyed after that.
        LAST.set(Some(Host { client: client.clone() }));
        track(&client, 1);
    })
    .join()
    .unwrap();
    assert_eq!(server.stored().len(), 3);
}

/// Every call, blocking and not, from many tasks and threads of whatever runtime this runs in.
async fn live(server: &Server, dir: &std::path::Path) {
    let client = spooled(server, dir).build().unwrap();
    let mut ids = track(&client, 5);
    ids.push(client.track_durable(customer(0)).unwrap().to_string());
    assert!(client.flush(PATIENCE).is_empty());
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move {
                let mut ids = track(&client, 20);
                tokio::task::yield_now().await;
                ids.extend(track(&client, 20));
                ids
            })
        })
        .collect();
    for task in tasks {
        ids.extend(task.await.unwrap());
    }
    let blocking = client.clone();
    ids.extend(tokio::task::spawn_blocking(move || track(&blocking, 20)).await.unwrap());
    assert!(client.flush_async(PATIENCE).await.is_empty());
    ids.extend(track(&client, 5));
    assert!(client.shutdown_async(PATIENCE).await.is_empty());
    adds_up(&client);

    let client = spooled(server, dir).drop_timeout(PATIENCE).build().unwrap();
    ids.extend(track(&client, 5));
    drop(client);
    assert!(server.holds_each_once(&ids));
}

#[tokio::test]
async fn inside_a_current_thread_runtime_everything_works() {
    let dir = tempdir().unwrap();
    live(&Server::storing(), dir.path()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inside_a_multi_thread_runtime_everything_works() {
    let (dir, server) = (tempdir().unwrap(), Server::storing());
    tokio::spawn(async move { live(&server, dir.path()).await }).await.unwrap();
}

#[test]
fn timeouts_are_kept_while_the_collector_hangs_and_nothing_is_given_up() {
    let (dir, server) = (tempdir().unwrap(), Server::start(|_, _| Reply::Hang));
    let client = spooled(&server, &dir).build().unwrap();
    track(&client, 2_500);
    let timeout = Duration::from_millis(60);
    let within = |what: &str, call: &dyn Fn() -> crm_sdk::Unsent| {
        let start = Instant::now();
        let unsent = call();
        let took = start.elapsed();
        assert!(took >= timeout && took < PATIENCE, "{what}: {took:?}");
        assert_eq!((unsent.events, unsent.on_disk, unsent.in_flight), (2_500, 2_500, 1_000));
    };
    within("flush", &|| client.flush(timeout));
    within("shutdown", &|| client.shutdown(timeout));
    assert_eq!(client.losses().total(), 0);
    adds_up(&client);

    let start = Instant::now();
    let client = spooled(&server, &dir).drop_timeout(timeout).build().unwrap();
    assert_eq!(client.stats().recovered, 2_500);
    drop(client);
    assert!(start.elapsed() >= timeout && start.elapsed() < PATIENCE);
}

#[tokio::test]
async fn async_timeouts_are_kept_while_the_collector_hangs() {
    let (dir, server) = (tempdir().unwrap(), Server::start(|_, _| Reply::Hang));
    let client = spooled(&server, &dir).build().unwrap();
    track(&client, 10);
    let timeout = Duration::from_millis(60);
    let start = Instant::now();
    let flushed = client.flush_async(timeout).await;
    assert_eq!((flushed.events, flushed.on_disk, flushed.in_flight), (10, 10, 10));
    let unsent = client.shutdown_async(timeout).await;
    assert_eq!((unsent.events, unsent.on_disk, unsent.in_flight), (10, 10, 10));
    assert!(start.elapsed() >= 2 * timeout && start.elapsed() < PATIENCE);
    let next = spooled(&server, &dir).build().unwrap();
    assert_eq!(next.stats().recovered, 10, "its files are free");
}

#[test]
fn calls_that_race_with_a_shutdown_are_either_refused_or_delivered_by_the_next_client() {
    let (dir, server) = (tempdir().unwrap(), Server::storing());
    let mut taken = Vec::new();
    for _ in 0..20 {
        let client = spooled(&server, &dir).build().unwrap();
        let racing = || {
            let calls = (0..).map_while(|number| client.customer(customer(number)).ok());
            calls.map(|id| id.to_string()).collect::<Vec<_>>()
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(racing)).collect();
            std::thread::sleep(Duration::from_millis(2));
            // Whatever comes behind its account is on disk.
            let _unsent = client.shutdown(Duration::from_millis(1));
            taken.extend(threads.into_iter().flat_map(|thread| thread.join().unwrap()));
        });
        adds_up(&client);
        assert_eq!(client.losses().of(Loss::ShutDown), 4);
    }
    let last = spooled(&server, &dir).build().unwrap();
    assert!(last.shutdown(PATIENCE).is_empty());
    assert!(server.holds_each_once(&taken));
}

#[test]
fn before_send_redacts_and_withholds_before_anything_is_on_disk() {
    let (dir, server) = (tempdir().unwrap(), Server::start(|_, _| Reply::Hang));
    let client = spooled(&server, &dir)
        .before_send(|event| {
            assert!(event.id().is_some(), "it is complete");
            let Event::Customer(customer) = event else { return None };
            Some(customer.name("[redacted]").into())
        })
        .build()
        .unwrap();
    let id = client.customer(Customer::new("c-1").name("Ada Lovelace")).unwrap();
    client.interaction(super::note(3)).unwrap();
    assert_eq!((client.stats().tracked, client.losses().of(Loss::Withheld)), (1, 1));
    assert_eq!(client.shutdown(Duration::ZERO).on_disk, 1);
    adds_up(&client);
    for name in super::segments(dir.path()) {
        let bytes = std::fs::read(dir.path().join(name)).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains("[redacted]") && !text.contains("Lovelace"), "{text}");
    }

    let server = Server::storing();
    let next = spooled(&server, &dir).build().unwrap();
    assert!(next.flush(PATIENCE).is_empty());
    assert!(server.holds_each_once(&[id.to_string()]));
    assert!(String::from_utf8_lossy(&server.requests()[0].body).contains("[redacted]"));
}

#[test]
fn a_before_send_that_panics_holds_the_event_back_and_harms_nobody() {
    let (dir, server) = (tempdir().unwrap(), Server::storing());
    let client = spooled(&server, &dir)
        .before_send(|event| {
            let panics = event.customer_id().is_some_and(|id| id.as_str() == "c-1");
            assert!(!panics, "the host's own");
            Some(event)
        })
        .build()
        .unwrap();
    let ids = track(&client, 3);
    assert_eq!((client.losses().of(Loss::Withheld), client.stats().callback_panics), (1, 1));
    assert!(client.shutdown(PATIENCE).is_empty());
    assert!(server.holds_each_once(&[ids[0].clone(), ids[2].clone()]));
    adds_up(&client);
}

#[test]
fn a_before_send_may_track_and_is_not_shown_more_than_it_is_given() {
    let (dir, server) = (tempdir().unwrap(), Server::storing());
    let (hand_over, handed_over) = std::sync::mpsc::channel::<Client>();
    let handed_over = std::sync::Mutex::new(handed_over);
    let client = spooled(&server, &dir)
        .before_send(move |event| {
            // The first event comes with the client; what is tracked in here does not.
            let client = handed_over.lock().unwrap().try_recv();
            if let Ok(client) = client {
                client.customer(customer(7)).unwrap();
            }
            Some(event)
        })
        .build()
        .unwrap();
    hand_over.send(client.clone()).unwrap();
    track(&client, 1);
    assert!(client.shutdown(PATIENCE).is_empty());
    let mut names: Vec<_> =
        server.requests().into_iter().flat_map(|request| request.customers).collect();
    names.sort();
    assert_eq!(names, ["c-0", "c-7"]);
}

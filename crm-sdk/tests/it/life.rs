//! Flush, shutdown and drop, wherever a host calls them.

use std::time::{Duration, Instant};

use crm_sdk::{Client, Error, Loss, Unsent};

use crate::server::{Reply, Server};
use crate::{PATIENCE, customer, eventually, hasty, patient, track};

fn counts(unsent: Unsent) -> (usize, usize) {
    (unsent.events, unsent.in_flight)
}

/// Stores the first request, and never answers another.
fn stuck_after_one() -> Server {
    Server::start(|number, _| if number == 0 { Reply::Store } else { Reply::Hang })
}

#[test]
fn without_a_runtime_flush_and_shutdown_send_everything() {
    let server = Server::storing();
    let client = patient(&server.endpoint).build().unwrap();
    let mut ids = track(&client, 10);
    assert_eq!(counts(client.flush(PATIENCE)), (0, 0));
    assert!(server.holds_each_once(&ids));
    ids.extend(track(&client, 10));
    assert_eq!(counts(client.shutdown(PATIENCE)), (0, 0));
    assert!(server.holds_each_once(&ids));
}

#[test]
fn a_flush_that_times_out_tells_exactly_what_is_left_and_loses_none_of_it() {
    let server = stuck_after_one();
    let client = patient(&server.endpoint).batch_events(10).build().unwrap();
    track(&client, 10);
    eventually("the first batch", || client.stats().accepted == 10);
    track(&client, 25);
    eventually("the second batch is on its way", || client.stats().in_flight == 10);
    let start = Instant::now();
    let timeout = Duration::from_millis(100);
    assert_eq!(counts(client.flush(timeout)), (25, 10));
    assert!(start.elapsed() >= timeout);
    assert_eq!((client.stats().queued, client.losses().total()), (25, 0));
    assert_eq!(counts(client.shutdown(Duration::ZERO)), (25, 10));
}

#[test]
fn a_shutdown_that_times_out_tells_exactly_what_is_lost() {
    let server = stuck_after_one();
    let client = patient(&server.endpoint).batch_events(10).build().unwrap();
    track(&client, 10);
    eventually("the first batch", || client.stats().accepted == 10);
    track(&client, 25);
    eventually("the second batch is on its way", || client.stats().in_flight == 10);
    let timeout = Duration::from_millis(100);
    let start = Instant::now();
    assert_eq!(counts(client.shutdown(timeout)), (25, 10));
    assert!(start.elapsed() >= timeout && start.elapsed() < PATIENCE);
    assert_eq!(client.losses().of(Loss::Unsent), 25);
    assert_eq!(client.stats().queued, 0);
    assert_eq!(counts(client.shutdown(PATIENCE)), (25, 10), "the account does not change");
    assert_eq!(counts(client.flush(PATIENCE)), (25, 10));
}

#[test]
fn after_a_shutdown_calls_say_so() {
    let server = Server::storing();
    let client = hasty(&server.endpoint).build().unwrap();
    let clone = client.clone();
    assert!(client.shutdown(PATIENCE).is_empty());
    let error = clone.customer(customer(0)).unwrap_err();
    assert!(matches!(error, Error::ShutDown));
    assert_eq!(error.to_string(), "the client is shut down");
    assert_eq!(clone.losses().of(Loss::ShutDown), 1);
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn dropping_the_last_clone_sends_what_is_queued() {
    let server = Server::storing();
    let client = patient(&server.endpoint).drop_timeout(PATIENCE).build().unwrap();
    let clone = client.clone();
    let ids = track(&client, 10);
    drop(client);
    assert_eq!(server.requests().len(), 0, "a clone is left");
    drop(clone);
    assert!(server.holds_each_once(&ids));
}

#[test]
fn dropping_ends_in_time_when_the_collector_hangs() {
    let server = Server::start(|_, _| Reply::Hang);
    let client = patient(&server.endpoint).drop_timeout(Duration::from_millis(50)).build().unwrap();
    track(&client, 10);
    let start = Instant::now();
    drop(client);
    assert!(start.elapsed() < PATIENCE);
}

struct Host {
    client: Client,
}

impl Drop for Host {
    fn drop(&mut self) {
        track(&self.client, 1);
        assert!(self.client.flush(PATIENCE).is_empty());
        track(&self.client, 1);
        assert!(self.client.shutdown(PATIENCE).is_empty());
    }
}

#[test]
fn inside_drop_flush_and_shutdown_work() {
    let server = Server::storing();
    drop(Host { client: patient(&server.endpoint).build().unwrap() });
    assert_eq!(server.stored().len(), 2);
}

#[test]
fn inside_drop_during_a_panic_flush_and_shutdown_work() {
    let server = Server::storing();
    let host = Host { client: patient(&server.endpoint).build().unwrap() };
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        let _host = host;
        panic!("the host's own");
    }));
    assert!(panicked.is_err());
    assert_eq!(server.stored().len(), 2);
}

/// Every call, blocking and not, in whatever runtime this runs.
async fn live(server: &Server) {
    let client = patient(&server.endpoint).build().unwrap();
    let mut ids = track(&client, 5);
    assert_eq!(counts(client.flush(PATIENCE)), (0, 0));
    ids.extend(track(&client, 5));
    assert_eq!(counts(client.flush_async(PATIENCE).await), (0, 0));
    ids.extend(track(&client, 5));
    assert_eq!(counts(client.shutdown_async(PATIENCE).await), (0, 0));

    let client = patient(&server.endpoint).build().unwrap();
    ids.extend(track(&client, 5));
    assert_eq!(counts(client.shutdown(PATIENCE)), (0, 0));
    assert!(server.holds_each_once(&ids));

    let client = patient(&server.endpoint).drop_timeout(PATIENCE).build().unwrap();
    ids.extend(track(&client, 5));
    drop(client);
    assert!(server.holds_each_once(&ids));
}

#[tokio::test]
async fn inside_a_current_thread_runtime_everything_works() {
    live(&Server::storing()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inside_a_multi_thread_runtime_everything_works() {
    let server = Server::storing();
    tokio::spawn(async move { live(&server).await }).await.unwrap();
}

#[tokio::test]
async fn async_flush_and_shutdown_time_out_with_an_exact_account() {
    let server = stuck_after_one();
    let client = patient(&server.endpoint).batch_events(10).build().unwrap();
    track(&client, 10);
    eventually("the first batch", || client.stats().accepted == 10);
    track(&client, 25);
    eventually("the second batch is on its way", || client.stats().in_flight == 10);
    let timeout = Duration::from_millis(50);
    assert_eq!(counts(client.flush_async(timeout).await), (25, 10));
    assert_eq!(counts(client.shutdown_async(timeout).await), (25, 10));
    assert_eq!(client.losses().of(Loss::Unsent), 25);
}

#[test]
fn async_flush_and_shutdown_need_no_tokio() {
    let server = Server::storing();
    let client = patient(&server.endpoint).build().unwrap();
    track(&client, 5);
    assert_eq!(counts(block_on(client.flush_async(PATIENCE))), (0, 0));
    track(&client, 5);
    assert_eq!(counts(block_on(client.shutdown_async(PATIENCE))), (0, 0));
    assert_eq!(counts(block_on(client.flush_async(PATIENCE))), (0, 0));
    assert_eq!(counts(block_on(client.shutdown_async(PATIENCE))), (0, 0));
    assert_eq!(server.stored().len(), 10);
}

/// The smallest executor there is.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = std::sync::Arc::new(Unpark(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(output) => return output,
            std::task::Poll::Pending => std::thread::park(),
        }
    }
}

#[test]
fn a_shutdown_whose_future_is_dropped_goes_on() {
    let server = Server::storing();
    let client = patient(&server.endpoint).build().unwrap();
    let ids = track(&client, 5);
    drop(client.shutdown_async(PATIENCE));
    eventually("all is sent", || server.holds_each_once(&ids));
    assert!(matches!(client.customer(customer(0)), Err(Error::ShutDown)));
}

#[test]
fn flushes_of_many_threads_all_return() {
    let server = Server::storing();
    let client = patient(&server.endpoint).build().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..20 {
                    track(&client, 3);
                    assert!(client.flush(PATIENCE).is_empty());
                }
            });
        }
    });
    assert_eq!(server.stored().len(), 480);
}

#[test]
fn the_last_clone_may_be_dropped_in_the_callback() {
    let server = Server::storing();
    let (hand_over, handed_over) = std::sync::mpsc::channel::<Client>();
    let (tell, told) = std::sync::mpsc::channel();
    let client = patient(&server.endpoint)
        .batch_events(5)
        .drop_timeout(PATIENCE)
        .on_verdict(move |_| {
            // The second time nobody is there to hand anything over.
            drop(handed_over.recv());
            tell.send(()).unwrap();
        })
        .build()
        .unwrap();
    let ids = track(&client, 8);
    hand_over.send(client).unwrap();
    drop(hand_over);
    told.recv_timeout(PATIENCE).unwrap();
    eventually("the rest is sent as well", || server.holds_each_once(&ids));
}

#[test]
fn the_thread_is_gone_after_a_shutdown() {
    let threads = || {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap();
        let name = |task: std::io::Result<std::fs::DirEntry>| {
            std::fs::read_to_string(task.ok()?.path().join("comm")).ok()
        };
        tasks.filter_map(name).filter(|name| name.trim() == "crm-sdk").count()
    };
    if !cfg!(target_os = "linux") {
        return;
    }
    // Other tests run beside this one: each has few clients, this one has many.
    const CLIENTS: usize = 100;
    let server = Server::storing();
    let clients: Vec<_> = (0..CLIENTS).map(|_| hasty(&server.endpoint).build().unwrap()).collect();
    assert!(threads() >= CLIENTS);
    for client in clients {
        assert!(client.shutdown(PATIENCE).is_empty());
    }
    assert!(threads() < CLIENTS);
}

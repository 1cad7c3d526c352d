//! A stop meets clients that are stuck in every way there is: it ends in the time that the settings
//! give it, as a stop that went well, and loses nothing that was acknowledged.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crm_tests::harness::http::{Connection, Message};
use crm_tests::harness::{Collector, Options};

use super::stops::{batch, expect_one_whole_file, send};
use super::strangers::{connect_from, head, push, stranger};
use super::waiters::{SLOW, shop};
use super::{Stage, size};

/// What requests in flight have by default.
const DRAIN: Duration = Duration::from_secs(20);
/// How much longer than its settings say a stop may take on a busy machine.
const GRACE: Duration = Duration::from_secs(30);
/// What those who are slow move at a time: enough not to be let go, and too little to be done in time.
const STEP_BYTES: usize = 1_024;
const STEP: Duration = Duration::from_millis(250);
/// More than they send in the time for a body.
const SLOW_BODY_BYTES: usize = 128 * 1_024;
const ANSWERS: &[u8] = b"GET /openapi.json HTTP/1.1\r\nHost: crm\r\n\r\n";

#[test]
fn a_stop_ends_in_time_whoever_is_stuck_and_keeps_what_was_acknowledged() {
    let options = Options::new().without_quota().env("CRM_ANALYSIS_BACKGROUND", false);
    // On a busy machine halves of a body may be far apart.
    let stall_s = size(10, 60);
    let options = options.env("CRM_HTTP_STALL_TIMEOUT_S", stall_s);
    let mut stage = Stage::with("stuck at a stop", options);
    // The numbers below these are taken.
    let number = AtomicU64::new(shop(&stage));
    let of_each = size(64, 4);
    let acknowledged = Mutex::new(HashSet::new());
    let crowd = Crowd { collector: &stage, of_each };
    let stuck = crowd.stuck(&number);
    let dawdling = crowd.dawdling();
    let over = Arc::new(AtomicBool::new(false));
    let dawdling = std::thread::spawn({
        let over = over.clone();
        move || dawdling.until(&over)
    });
    let halves: Vec<_> = (0..of_each).map(|_| crowd.half_sent(&number)).collect();
    let begun = std::thread::scope(|scope| {
        let ask = || stage.connect().get(SLOW, Some(stage.key()));
        let waiting: Vec<_> = (0..of_each).map(|_| scope.spawn(ask)).collect();
        scope.spawn(|| send(&stage, &number, &acknowledged));
        // Time for all of them to be in the middle of it.
        std::thread::sleep(Duration::from_secs(1));

        let begun = Instant::now();
        stage.tell_to_stop();
        while Connection::open(stage.address()).is_ok() {
            std::thread::sleep(Duration::from_millis(5));
        }
        // Whoever comes to an end while it stops is answered as ever.
        for half in halves {
            acknowledged.lock().unwrap().insert(half.finish());
        }
        for waiter in waiting {
            // A release build on an idle machine may be through with it before.
            assert!([200, 503].contains(&waiter.join().unwrap().unwrap().status));
        }
        begun
    });
    let status = stage.wait_for_stop();
    let took = begun.elapsed();
    over.store(true, Ordering::SeqCst);
    dawdling.join().unwrap();
    println!(
        "stuck at a stop: {of_each} clients of each kind; it ended after {took:.1?}, {status}"
    );
    assert!(status.success(), "{status}\n{}", stage.log());
    assert!(took < DRAIN + GRACE, "{took:?}\n{}", stage.log());
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(acknowledged.len() > of_each, "{} acknowledged", acknowledged.len());
    expect_one_whole_file(&stage, &acknowledged, 0);
    drop(stuck);
}

/// Who comes to a collector before it is told to stop.
struct Crowd<'a> {
    collector: &'a Collector,
    of_each: usize,
}

impl Crowd<'_> {
    fn connect(&self, kind: usize) -> TcpStream {
        connect_from(stranger(kind), self.collector.address()).unwrap()
    }

    fn credentials(&self) -> String {
        format!("Authorization: Bearer {}\r\n", self.collector.key())
    }

    /// Those who never go on.
    fn stuck(&self, number: &AtomicU64) -> (Vec<TcpStream>, Vec<Connection>) {
        let (mut streams, mut idle) = (Vec::new(), Vec::new());
        for _ in 0..self.of_each {
            streams.push(self.connect(0));

            let mut half_a_head = self.connect(1);
            half_a_head.write_all(b"POST /v1/events HTTP/1.1\r\nHost: crm\r\n").unwrap();
            streams.push(half_a_head);

            streams.push(self.half_sent(number).stream);

            let mut unread = self.connect(2);
            push(&mut unread, &ANSWERS.repeat(100));
            streams.push(unread);

            let mut kept_alive = Connection::over(self.connect(3)).unwrap();
            kept_alive.get("/healthz", None).unwrap().expect(200);
            idle.push(kept_alive);
        }
        (streams, idle)
    }

    /// Those who go on, and are not done in time.
    fn dawdling(&self) -> Dawdling {
        let mut dawdling = Dawdling { senders: Vec::new(), readers: Vec::new() };
        for _ in 0..self.of_each {
            let mut sender = self.connect(4);
            let head = head("/v1/events", &self.credentials(), SLOW_BODY_BYTES);
            sender.write_all(head.as_bytes()).unwrap();
            dawdling.senders.push(sender);

            let mut reader = self.connect(5);
            push(&mut reader, &ANSWERS.repeat(100));
            reader.set_nonblocking(false).unwrap();
            reader.set_read_timeout(Some(STEP)).unwrap();
            dawdling.readers.push(reader);
        }
        dawdling
    }

    /// A purchase of which half is sent.
    fn half_sent(&self, number: &AtomicU64) -> HalfSent {
        let number = number.fetch_add(1, Ordering::SeqCst);
        let body = batch(number..number + 1).into_bytes();
        let mut stream = self.connect(6);
        let head = head("/v1/events", &self.credentials(), body.len());
        let (first, rest) = body.split_at(body.len() / 2);
        stream.write_all(&[head.as_bytes(), first].concat()).unwrap();
        HalfSent { stream, rest: rest.to_vec(), purchase_id: format!("P-{number}") }
    }
}

struct HalfSent {
    stream: TcpStream,
    rest: Vec<u8>,
    purchase_id: String,
}

impl HalfSent {
    /// Sends the other half, and returns the purchase that was acknowledged.
    fn finish(mut self) -> String {
        self.stream.write_all(&self.rest).unwrap();
        let mut answer = Vec::new();
        // To its end: a collector that stops keeps no connection open.
        self.stream.read_to_end(&mut answer).unwrap();
        let (message, _) = Message::parse(&answer).unwrap().unwrap();
        let body = String::from_utf8_lossy(message.body);
        assert_eq!(message.status().unwrap(), 200, "{body}");
        assert!(body.contains("\"accepted\":1"), "{body}");
        self.purchase_id
    }
}

struct Dawdling {
    senders: Vec<TcpStream>,
    readers: Vec<TcpStream>,
}

impl Dawdling {
    /// Moves a little of each, again and again.
    fn until(mut self, over: &AtomicBool) {
        let step = [b' '; STEP_BYTES];
        while !over.load(Ordering::SeqCst) {
            self.senders.retain_mut(|stream| stream.write_all(&step).is_ok());
            let mut read = [0; STEP_BYTES];
            self.readers.retain_mut(|stream| stream.read(&mut read).is_ok_and(|bytes| bytes > 0));
            std::thread::sleep(STEP);
        }
    }
}

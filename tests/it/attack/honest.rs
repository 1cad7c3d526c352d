//! What honest programs do while others attack: one sends purchases, one asks for `/readyz`.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crm_tests::harness::Collector;
use crm_tests::harness::http::Connection;
use serde_json::json;

/// Between two sends, and two probes.
const PAUSE: Duration = Duration::from_millis(20);
const PROBE_EVERY: Duration = Duration::from_millis(100);
/// What a sender waits before it tries again, after a refusal or a broken connection.
const RETRY: Duration = Duration::from_millis(50);
/// Purchases in each batch.
const BATCH: u64 = 10;
/// Batches sent over one connection; then a new one has to be let in.
const PER_CONNECTION: u64 = 20;

/// Honest traffic, until [`Honest::end`].
pub(crate) struct Honest {
    over: Arc<AtomicBool>,
    sender: JoinHandle<(u64, Vec<Duration>)>,
    prober: JoinHandle<(Vec<Duration>, Vec<String>)>,
}

/// How honest traffic fared.
pub(crate) struct Account {
    /// Purchases that were acknowledged.
    pub(crate) accepted: u64,
    /// From the first try of a batch to its acknowledgement, however often it was sent.
    pub(crate) ingest_p99: Duration,
    ingest_p50: Duration,
    ingest_worst: Duration,
    /// What `/readyz` was answered with where it was not 200.
    pub(crate) not_ready: Vec<String>,
    probes: usize,
    probe_worst: Duration,
}

impl Honest {
    /// Begins to send and to probe.
    pub(crate) fn begin(collector: &Collector) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let (address, key) = (collector.address(), collector.key().to_owned());
        let sender = {
            let over = over.clone();
            std::thread::spawn(move || send(address, &key, &over))
        };
        let prober = {
            let over = over.clone();
            std::thread::spawn(move || probe(address, &over))
        };
        Self { over, sender, prober }
    }

    /// Ends both, and tells how they fared.
    pub(crate) fn end(self) -> Account {
        self.over.store(true, Ordering::SeqCst);
        let (accepted, mut times) = self.sender.join().unwrap();
        let (mut probes, not_ready) = self.prober.join().unwrap();
        times.sort_unstable();
        probes.sort_unstable();
        let at = |times: &[Duration], percent: usize| {
            times.get((times.len() * percent / 100).min(times.len().saturating_sub(1))).copied()
        };
        Account {
            accepted,
            ingest_p99: at(&times, 99).unwrap_or_default(),
            ingest_p50: at(&times, 50).unwrap_or_default(),
            ingest_worst: at(&times, 100).unwrap_or_default(),
            not_ready,
            probes: probes.len(),
            probe_worst: at(&probes, 100).unwrap_or_default(),
        }
    }
}

fn send(address: SocketAddr, key: &str, over: &AtomicBool) -> (u64, Vec<Duration>) {
    let (mut accepted, mut times) = (0, Vec::new());
    let mut connection = None;
    for round in 0_u64.. {
        if over.load(Ordering::SeqCst) {
            break;
        }
        let purchase = |index: u64| {
            let number = round * BATCH + index;
            json!({
                "type": "purchase", "id": format!("01960000-0000-7000-8000-{number:012}"),
                "purchase_id": format!("H-{number}"), "customer_id": format!("c-{}", number % 97),
                "occurred_at": "2026-02-03T10:00:00Z", "currency": "EUR", "total": "9.95",
            })
        };
        let batch = json!({ "events": (0..BATCH).map(purchase).collect::<Vec<_>>() }).to_string();
        let begun = Instant::now();
        loop {
            let answer = match &mut connection {
                None => Connection::open(address).and_then(|opened| {
                    connection.insert(opened).post("/v1/events", Some(key), batch.as_bytes())
                }),
                Some(connection) => connection.post("/v1/events", Some(key), batch.as_bytes()),
            };
            match answer {
                Ok(answer) if answer.status == 200 => {
                    let verdict = answer.json();
                    // An answer that was lost leaves duplicates to the next try.
                    assert_eq!(verdict["rejected"], json!([]), "{verdict}");
                    accepted += BATCH;
                    break;
                }
                Ok(answer) if answer.status == 503 => {}
                Ok(answer) => panic!("an honest batch was refused: {}", answer.text()),
                Err(_) => {}
            }
            connection = None;
            std::thread::sleep(RETRY);
        }
        times.push(begun.elapsed());
        if round % PER_CONNECTION == PER_CONNECTION - 1 {
            connection = None;
        }
        std::thread::sleep(PAUSE);
    }
    (accepted, times)
}

/// Each over a connection of its own, as an orchestrator's are.
fn probe(address: SocketAddr, over: &AtomicBool) -> (Vec<Duration>, Vec<String>) {
    let (mut times, mut not_ready) = (Vec::new(), Vec::new());
    while !over.load(Ordering::SeqCst) {
        let begun = Instant::now();
        match Connection::open(address).and_then(|mut opened| opened.get("/readyz", None)) {
            Ok(answer) if answer.status == 200 => {}
            Ok(answer) => not_ready.push(answer.text()),
            Err(error) => not_ready.push(error.to_string()),
        }
        times.push(begun.elapsed());
        std::thread::sleep(PROBE_EVERY);
    }
    (times, not_ready)
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} purchases, half within {:.1?}, 99 of 100 within {:.1?}, all within {:.1?}; {} \
             probes, {} not ready, all within {:.1?}",
            self.accepted,
            self.ingest_p50,
            self.ingest_p99,
            self.ingest_worst,
            self.probes,
            self.not_ready.len(),
            self.probe_worst
        )
    }
}

//! The load generator: one thread, one `poll` over all connections, bodies written by hand just
//! before they are sent. It shares two cores with the collector, so it does as little as it can.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::ops::Range;
use std::time::{Duration, Instant};

use crm_models::Timestamp;
use crm_models::ingest::{Receipt, ReceiptStatus, Verdict};
use rustix::event::{PollFd, PollFlags, poll};

use super::latency::Latencies;
use super::shop::{Shop, write_digits};
use crate::harness::http::Message;

/// How long a connection waits before it sends again what was refused with 429 or 503.
const REFUSED_PAUSE: Duration = Duration::from_millis(50);

/// How purchases are put into requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// So many a request to `/v1/events`.
    Batches(u64),
    /// One a request to `/v1/purchases`.
    OneByOne,
}

/// What is sent, and how.
#[derive(Clone, Debug)]
pub struct Load<'a> {
    /// Where to.
    pub address: SocketAddr,
    /// An API key with the scope ingest.
    pub key: &'a str,
    /// Whose purchases.
    pub shop: &'a Shop,
    /// Which of them, by number.
    pub purchases: Range<u64>,
    /// How many keep-alive connections, each with one request on its way.
    pub connections: usize,
    /// How they are put into requests.
    pub sending: Sending,
    /// Into how many equal parts the run is divided for its [`Mark`]s.
    pub marks: u64,
}

/// The end of one part of a run.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// Events acknowledged since the start.
    pub acknowledged: u64,
    /// Time since the start.
    pub elapsed: Duration,
}

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Events answered as accepted.
    pub accepted: u64,
    /// Events answered as updated.
    pub updated: u64,
    /// Events answered as duplicate.
    pub duplicate: u64,
    /// Events answered as rejected.
    pub rejected: u64,
    /// Requests that were refused with 429 or 503 and sent again.
    pub refused: u64,
    /// From the first request to the last answer.
    pub elapsed: Duration,
    /// One for each part.
    pub marks: Vec<Mark>,
    /// From the start of sending a request to the end of its answer.
    pub latencies: Latencies,
}

impl Outcome {
    /// Events that the collector has answered for.
    pub fn acknowledged(&self) -> u64 {
        self.accepted + self.updated + self.duplicate + self.rejected
    }
}

/// Sends it all and waits for every answer; `on_mark` hears of each part as it ends.
///
/// # Errors
/// When a connection breaks, or at an answer other than success or come-again.
pub fn run(load: &Load<'_>, on_mark: &mut dyn FnMut(&Mark)) -> io::Result<Outcome> {
    let connect = |_| -> io::Result<TcpStream> {
        let stream = TcpStream::connect(load.address)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(stream)
    };
    let streams = (0..load.connections).map(connect).collect::<io::Result<Vec<_>>>()?;
    Run {
        load,
        begun: Instant::now(),
        next: load.purchases.start,
        outcome: Outcome::default(),
        body: Vec::new(),
        chunk: vec![0; 64 * 1024],
        on_mark,
    }
    .drive(&streams)
}

struct Run<'a> {
    load: &'a Load<'a>,
    begun: Instant,
    /// The number of the purchase that is sent next.
    next: u64,
    outcome: Outcome,
    body: Vec<u8>,
    chunk: Vec<u8>,
    on_mark: &'a mut dyn FnMut(&Mark),
}

/// One connection and the request on its way.
struct Exchange {
    phase: Phase,
    request: Vec<u8>,
    written: usize,
    answer: Vec<u8>,
    begun: Instant,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Writing,
    Reading,
    PausedUntil(Instant),
    Done,
}

impl Run<'_> {
    fn drive(mut self, streams: &[TcpStream]) -> io::Result<Outcome> {
        let mut polled = Vec::with_capacity(streams.len());
        let mut exchanges = Vec::with_capacity(streams.len());
        for stream in streams {
            let mut exchange = Exchange {
                phase: Phase::Writing,
                request: Vec::new(),
                written: 0,
                answer: Vec::new(),
                begun: self.begun,
            };
            self.send_next(&mut exchange, stream)?;
            polled.push(PollFd::new(stream, exchange.phase.interest()));
            exchanges.push(exchange);
        }
        while exchanges.iter().any(|exchange| exchange.phase != Phase::Done) {
            let paused = exchanges.iter().any(|e| matches!(e.phase, Phase::PausedUntil(_)));
            let tick = paused.then_some(rustix::event::Timespec { tv_sec: 0, tv_nsec: 5_000_000 });
            poll(&mut polled, tick.as_ref())?;
            for ((polled, exchange), stream) in polled.iter_mut().zip(&mut exchanges).zip(streams) {
                let before = exchange.phase;
                match exchange.phase {
                    Phase::PausedUntil(end) if Instant::now() >= end => exchange.write(stream)?,
                    Phase::Writing if !polled.revents().is_empty() => exchange.write(stream)?,
                    Phase::Reading if !polled.revents().is_empty() => {
                        self.receive(exchange, stream)?;
                    }
                    _ => {}
                }
                if exchange.phase != before {
                    *polled = PollFd::new(stream, exchange.phase.interest());
                }
            }
        }
        self.outcome.elapsed = self.begun.elapsed();
        Ok(self.outcome)
    }

    /// Renders the next request and sends as much of it as the socket takes.
    fn send_next(&mut self, exchange: &mut Exchange, stream: &TcpStream) -> io::Result<()> {
        if self.next >= self.load.purchases.end {
            exchange.phase = Phase::Done;
            return Ok(());
        }
        exchange.begun = Instant::now();
        self.render(&mut exchange.request);
        exchange.write(stream)
    }

    fn render(&mut self, request: &mut Vec<u8>) {
        let Load { shop, key, sending, .. } = self.load;
        self.body.clear();
        let path = match *sending {
            Sending::OneByOne => {
                shop.write_json(&shop.purchase(self.next), false, &mut self.body);
                self.next += 1;
                "/v1/purchases"
            }
            Sending::Batches(size) => {
                let end = (self.next + size).min(self.load.purchases.end);
                let now = Timestamp::from_millis(now_ms());
                self.body
                    .extend_from_slice(format!(r#"{{"sent_at":"{now}","events":["#).as_bytes());
                for number in self.next..end {
                    shop.write_json(&shop.purchase(number), true, &mut self.body);
                    self.body.push(b',');
                }
                self.body.pop();
                self.body.extend_from_slice(b"]}");
                self.next = end;
                "/v1/events"
            }
        };
        request.clear();
        for part in ["POST ", path, " HTTP/1.1\r\nHost: collector\r\nAuthorization: Bearer ", key] {
            request.extend_from_slice(part.as_bytes());
        }
        request.extend_from_slice(b"\r\nContent-Type: application/json\r\nContent-Length: ");
        write_digits(self.body.len() as u64, 1, request);
        request.extend_from_slice(b"\r\n\r\n");
        request.extend_from_slice(&self.body);
    }

    fn receive(&mut self, exchange: &mut Exchange, mut stream: &TcpStream) -> io::Result<()> {
        let count = match stream.read(&mut self.chunk) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        };
        exchange.answer.extend_from_slice(&self.chunk[..count]);
        let Some((answer, _)) = Message::parse(&exchange.answer)? else { return Ok(()) };
        let accepted = self.judge(&answer)?;
        exchange.answer.clear();
        if accepted {
            self.outcome.latencies.record(exchange.begun.elapsed());
            self.mark();
            self.send_next(exchange, stream)
        } else {
            self.outcome.refused += 1;
            exchange.written = 0;
            exchange.phase = Phase::PausedUntil(Instant::now() + REFUSED_PAUSE);
            Ok(())
        }
    }

    /// Counts what an answer says; false when the same request has to be sent again.
    fn judge(&mut self, answer: &Message<'_>) -> io::Result<bool> {
        let outcome = &mut self.outcome;
        match (answer.status()?, self.load.sending) {
            (200..=299, Sending::Batches(_)) => {
                let verdict: Verdict = serde_json::from_slice(answer.body)?;
                outcome.accepted += verdict.accepted;
                outcome.updated += verdict.updated;
                outcome.duplicate += verdict.duplicate;
                outcome.rejected += verdict.rejected.len() as u64;
                Ok(true)
            }
            (200..=299, Sending::OneByOne) => {
                match serde_json::from_slice::<Receipt>(answer.body)?.status {
                    ReceiptStatus::Accepted => outcome.accepted += 1,
                    ReceiptStatus::Updated => outcome.updated += 1,
                    ReceiptStatus::Duplicate | ReceiptStatus::Superseded => {
                        outcome.duplicate += 1;
                    }
                }
                Ok(true)
            }
            (429 | 503, _) => Ok(false),
            (status, _) => {
                let body = String::from_utf8_lossy(answer.body);
                Err(io::Error::other(format!("answered {status}: {body}")))
            }
        }
    }

    fn mark(&mut self) {
        let total = self.load.purchases.end - self.load.purchases.start;
        let acknowledged = self.outcome.acknowledged();
        let part = self.outcome.marks.len() as u64 + 1;
        if part <= self.load.marks && acknowledged >= total * part / self.load.marks {
            let mark = Mark { acknowledged, elapsed: self.begun.elapsed() };
            (self.on_mark)(&mark);
            self.outcome.marks.push(mark);
        }
    }
}

impl Exchange {
    fn write(&mut self, mut stream: &TcpStream) -> io::Result<()> {
        self.phase = Phase::Writing;
        while self.written < self.request.len() {
            match stream.write(&self.request[self.written..]) {
                Ok(count) => self.written += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        self.written = 0;
        self.phase = Phase::Reading;
        Ok(())
    }
}

impl Phase {
    fn interest(self) -> PollFlags {
        match self {
            Self::Writing => PollFlags::OUT,
            Self::Reading => PollFlags::IN,
            Self::PausedUntil(_) | Self::Done => PollFlags::empty(),
        }
    }
}

fn now_ms() -> i64 {
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since_1970.ok().and_then(|time| i64::try_from(time.as_millis()).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::ceiling::TrivialServer;

    #[test]
    fn every_purchase_is_sent_and_counted_once() {
        let shop = Shop::new(1_234, 30);
        for (sending, requests) in [(Sending::Batches(100), 13), (Sending::OneByOne, 1_234)] {
            let server = TrivialServer::start(7).unwrap();
            let load = Load {
                address: server.address(),
                key: "crm_sk_test",
                shop: &shop,
                purchases: 0..1_234,
                connections: 7,
                sending,
                marks: 3,
            };
            let mut marks = Vec::new();
            let outcome = run(&load, &mut |mark| marks.push(mark.acknowledged)).unwrap();
            assert_eq!(server.finish().unwrap(), (requests, 1_234));
            assert_eq!(outcome.accepted, 1_234);
            assert_eq!((marks.len(), marks[2]), (3, 1_234));
        }
    }
}

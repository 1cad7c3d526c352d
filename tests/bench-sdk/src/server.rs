//! A server that answers everybody at once in his own protocol, and counts the events it was sent.
//!
//! One thread for each connection, in a process of its own. It inflates what is compressed and
//! looks for [`MARK`], which every event of every contender carries exactly once, so that what
//! each contender pays on the other side is the same.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use flate2::read::GzDecoder;
use memchr::memmem;
use serde::{Deserialize, Serialize};

use crate::process::{Core, start, tell};

/// Begins the id of the customer in every event.
pub const MARK: &str = "customer-";

/// What a server was sent so far.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Counts {
    pub events: u64,
    pub requests: u64,
    pub bytes: u64,
}

/// A server in a process of its own, which ends with this value.
pub struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts one on any free port.
    pub fn start(core: Core) -> Self {
        Self::start_at(core, "127.0.0.1:0")
    }

    /// Starts one at an address.
    pub fn start_at(core: Core, address: &str) -> Self {
        let (process, mut output) = start(core, "server", &[address]);
        let mut line = String::new();
        output.read_line(&mut line).expect("the server tells its address");
        let address = serde_json::from_str(&line).expect("the server tells its address");
        Self { process, address }
    }

    /// Where it listens, as `http://…`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was sent so far.
    pub fn counts(&self) -> Counts {
        let read = || {
            let mut stream = TcpStream::connect(self.address)?;
            stream
                .write_all(b"GET /counts HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok::<_, io::Error>(answer)
        };
        let answer = read().expect("the server runs");
        let body = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
        serde_json::from_str(body).expect("counts are JSON")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Where it ended by itself, its absence was told by whoever asked it for counts.
        let _ended = self.process.kill().and_then(|()| self.process.wait());
    }
}

#[derive(Default)]
struct Totals {
    events: AtomicU64,
    requests: AtomicU64,
    bytes: AtomicU64,
}

/// The role of the server: listens at the address given until it is killed.
pub fn serve(words: &[String]) {
    let [address] = words else { panic!("a server needs an address") };
    let listener = TcpListener::bind(address).expect("the address is free");
    tell(&listener.local_addr().expect("it is bound"));
    let totals = Arc::new(Totals::default());
    for stream in listener.incoming().map_while(Result::ok) {
        let totals = Arc::clone(&totals);
        // A client that goes away in the middle of a request is its own affair.
        thread::spawn(move || drop(converse(&stream, &totals)));
    }
}

struct Head {
    path: String,
    length: usize,
    is_gzip: bool,
    /// Whether the client asks for a go-ahead before it sends the body.
    waits: bool,
    closes: bool,
}

fn converse(stream: &TcpStream, totals: &Totals) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::with_capacity(256 * 1024, stream);
    let (mut body, mut plain) = (Vec::new(), Vec::new());
    while let Some(head) = read_head(&mut reader)? {
        if head.waits {
            (&*stream).write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        body.resize(head.length, 0);
        reader.read_exact(&mut body)?;
        plain.clear();
        let text = if head.is_gzip {
            GzDecoder::new(&body[..]).read_to_end(&mut plain)?;
            &plain
        } else {
            &body
        };
        let events = memmem::find_iter(text, MARK).count() as u64;
        totals.events.fetch_add(events, Ordering::Relaxed);
        if head.path != "/counts" {
            totals.requests.fetch_add(1, Ordering::Relaxed);
            totals.bytes.fetch_add(head.length as u64, Ordering::Relaxed);
        }
        let answer = answer(&head.path, events, totals);
        let length = answer.len();
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{answer}"
        );
        (&*stream).write_all(answer.as_bytes())?;
        if head.closes {
            break;
        }
    }
    Ok(())
}

/// The body that means success to the owner of this path.
fn answer(path: &str, events: u64, totals: &Totals) -> String {
    match path {
        "/v1/events" => format!(r#"{{"accepted":{events},"duplicate":0,"rejected":[]}}"#),
        "/batch/" => r#"{"status":"Ok"}"#.to_owned(),
        // An empty message of OTLP: everything was taken.
        "/v1/logs" => String::new(),
        "/counts" => {
            let read = |total: &AtomicU64| total.load(Ordering::Relaxed);
            let counts = Counts {
                events: read(&totals.events),
                requests: read(&totals.requests),
                bytes: read(&totals.bytes),
            };
            serde_json::to_string(&counts).expect("counts are JSON")
        }
        // Sentry's, which has the project in it.
        _ => "{}".to_owned(),
    }
}

fn read_head(reader: &mut impl BufRead) -> io::Result<Option<Head>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut head = Head { path, length: 0, is_gzip: false, waits: false, closes: false };
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let header = line.trim().to_ascii_lowercase();
        let Some((name, value)) = header.split_once(':') else { return Ok(Some(head)) };
        match (name, value.trim()) {
            ("content-length", length) => head.length = length.parse().map_err(io::Error::other)?,
            ("content-encoding", "gzip") => head.is_gzip = true,
            ("expect", _) => head.waits = true,
            ("connection", "close") => head.closes = true,
            ("transfer-encoding", _) => {
                return Err(io::Error::other("bodies come with their length"));
            }
            _ => {}
        }
    }
}

//! A small collector that fails as it is told: HTTP/1.1 over std's own sockets and threads.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use crm_models::ingest::{RawBatch, Rejection, Verdict};
use crm_models::{Code, Event, Problem};
use flate2::read::GzDecoder;

/// How a request is met.
#[derive(Clone)]
pub(crate) enum Reply {
    /// Stores each event, and says so.
    Store,
    /// Stores all but those at these positions.
    Reject(Vec<usize>),
    /// Stores each event, and breaks the connection without an answer.
    StoreAndBreak,
    /// Stores each event, says so, and closes the connection without saying that.
    StoreAndClose,
    /// Breaks the connection.
    Break,
    /// Never answers.
    Hang,
    /// Answers a status with headers and a body.
    Status(u16, Vec<(&'static str, String)>, Vec<u8>),
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self::Status(status, Vec::new(), Vec::new())
    }

    pub(crate) fn problem(code: Code) -> Self {
        let problem = Problem::new(code, "as the test wants it");
        Self::Status(code.status(), Vec::new(), serde_json::to_vec(&problem).unwrap())
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) line: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) wire_bytes: usize,
    /// Decompressed.
    pub(crate) body: Vec<u8>,
    pub(crate) ids: Vec<String>,
    pub(crate) customers: Vec<String>,
}

type Behaviour = Box<dyn FnMut(usize, &Received) -> Reply + Send>;

struct State {
    behaviour: Behaviour,
    requests: Vec<Received>,
    /// How often each id was stored.
    stored: HashMap<String, u32>,
    duplicates: u64,
    connections: usize,
}

#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) endpoint: String,
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Server {
    /// A server that is told the number of each request, from 0, and the request.
    pub(crate) fn start(behaviour: impl FnMut(usize, &Received) -> Reply + Send + 'static) -> Self {
        let (server, listener) = Self::bind(behaviour);
        let accepting = server.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let server = accepting.clone();
                thread::spawn(move || server.serve(stream?));
            }
        });
        server
    }

    pub(crate) fn storing() -> Self {
        Self::start(|_, _| Reply::Store)
    }

    /// Meets the first requests with these replies, and stores from then on.
    pub(crate) fn script(replies: impl Into<Vec<Reply>>) -> Self {
        let replies = replies.into();
        Self::start(move |number, _| replies.get(number).cloned().unwrap_or(Reply::Store))
    }

    pub(crate) fn bind(
        behaviour: impl FnMut(usize, &Received) -> Reply + Send + 'static,
    ) -> (Self, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = State {
            behaviour: Box::new(behaviour),
            requests: Vec::new(),
            stored: HashMap::new(),
            duplicates: 0,
            connections: 0,
        };
        let endpoint = format!("http://{address}");
        (Self { endpoint, address, state: Arc::new(Mutex::new(state)) }, listener)
    }

    pub(crate) fn requests(&self) -> Vec<Received> {
        self.lock().requests.clone()
    }

    pub(crate) fn stored(&self) -> HashMap<String, u32> {
        self.lock().stored.clone()
    }

    pub(crate) fn duplicates(&self) -> u64 {
        self.lock().duplicates
    }

    /// How many connections it has served or serves.
    pub(crate) fn connections(&self) -> usize {
        self.lock().connections
    }

    /// Whether exactly these ids are stored, each once.
    pub(crate) fn holds_each_once(&self, ids: &[String]) -> bool {
        let stored = self.stored();
        stored.len() == ids.len() && ids.iter().all(|id| stored.get(id) == Some(&1))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Serves one connection until it ends.
    pub(crate) fn serve(&self, stream: impl Connection) -> io::Result<()> {
        self.lock().connections += 1;
        let mut stream = BufReader::new(stream);
        while let Some(request) = read_request(&mut stream)? {
            let (reply, answer) = {
                let mut state = self.lock();
                let number = state.requests.len();
                let reply = (state.behaviour)(number, &request);
                state.requests.push(request.clone());
                let answer = match &reply {
                    Reply::Store | Reply::StoreAndClose | Reply::StoreAndBreak => {
                        Some(state.store(&request, &[]))
                    }
                    Reply::Reject(positions) => Some(state.store(&request, positions)),
                    _ => None,
                };
                (reply, answer)
            };
            let verdict = answer.map(|verdict| serde_json::to_vec(&verdict).unwrap());
            match (reply, verdict) {
                (Reply::Store | Reply::Reject(_), Some(verdict)) => {
                    write_answer(stream.get_mut(), 200, &[], &verdict)?;
                }
                (Reply::StoreAndClose, Some(verdict)) => {
                    return write_answer(stream.get_mut(), 200, &[], &verdict);
                }
                (Reply::Status(status, headers, body), _) => {
                    write_answer(stream.get_mut(), status, &headers, &body)?;
                }
                (Reply::Hang, _) => loop {
                    thread::sleep(Duration::from_secs(3_600));
                },
                _ => return Ok(()),
            }
        }
        Ok(())
    }
}

impl State {
    fn store(&mut self, request: &Received, reject: &[usize]) -> Verdict {
        let mut verdict = Verdict::default();
        for (index, id) in request.ids.iter().enumerate() {
            if reject.contains(&index) {
                let code = Code::InvalidField;
                verdict.rejected.push(Rejection::new(index, code, "as the test wants it"));
            } else if self.stored.contains_key(id) {
                verdict.duplicate += 1;
                self.duplicates += 1;
            } else {
                self.stored.insert(id.clone(), 1);
                verdict.accepted += 1;
            }
        }
        verdict
    }
}

pub(crate) trait Connection: Read + Write {}
impl Connection for TcpStream {}
#[cfg(unix)]
impl Connection for std::os::unix::net::UnixStream {}
#[cfg(feature = "tls")]
impl Connection for rustls::StreamOwned<rustls::ServerConnection, TcpStream> {}

fn read_request(stream: &mut BufReader<impl Connection>) -> io::Result<Option<Received>> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut headers = HashMap::new();
    loop {
        let mut header = String::new();
        stream.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    stream.read_exact(&mut body)?;
    let wire_bytes = body.len();
    if headers.get("content-encoding").is_some_and(|encoding| encoding == "gzip") {
        let mut inflated = Vec::new();
        GzDecoder::new(&body[..]).read_to_end(&mut inflated)?;
        body = inflated;
    }
    let batch: RawBatch<'_> = serde_json::from_slice(&body).unwrap();
    assert!(batch.sent_at.is_some());
    let events: Vec<Event> =
        batch.events.iter().map(|raw| serde_json::from_str(raw.get()).unwrap()).collect();
    let ids = events.iter().map(|event| event.id().unwrap().to_string()).collect();
    let customers = events.iter().map(|event| event.customer_id().unwrap().to_string()).collect();
    let line = line.trim_end().to_owned();
    Ok(Some(Received { line, headers, wire_bytes, body, ids, customers }))
}

fn write_answer(
    stream: &mut impl Write,
    status: u16,
    headers: &[(&str, String)],
    body: &[u8],
) -> io::Result<()> {
    let mut answer = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        answer.push_str(&format!("{name}: {value}\r\n"));
    }
    answer.push_str("\r\n");
    // One write: two would wait for each other, by Nagle's algorithm and delayed acknowledgements.
    stream.write_all(&[answer.as_bytes(), body].concat())?;
    stream.flush()
}

//! A server that reads requests, stores nothing and says yes: what the load generator reaches
//! against it on the same machine is the most that could be measured of any collector.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;

use rustix::event::{PollFd, PollFlags, poll};

use crate::harness::http::Message;

/// A running trivial server.
#[derive(Debug)]
pub struct TrivialServer {
    address: SocketAddr,
    thread: JoinHandle<io::Result<(u64, u64)>>,
}

impl TrivialServer {
    /// Starts one that serves so many connections on a thread of its own, until all are closed.
    ///
    /// # Errors
    /// When no port can be bound.
    pub fn start(connections: usize) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let thread = std::thread::spawn(move || serve(&listener, connections));
        Ok(Self { address, thread })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until all connections are closed and returns how many requests and events came.
    ///
    /// # Errors
    /// When a connection broke.
    pub fn finish(self) -> io::Result<(u64, u64)> {
        self.thread.join().map_err(|_| io::Error::other("the server panicked"))?
    }
}

struct Peer {
    received: Vec<u8>,
    open: bool,
}

fn serve(listener: &TcpListener, connections: usize) -> io::Result<(u64, u64)> {
    let accept = |_| -> io::Result<TcpStream> {
        let (stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(stream)
    };
    let streams = (0..connections).map(accept).collect::<io::Result<Vec<_>>>()?;
    let mut peers: Vec<_> =
        streams.iter().map(|_| Peer { received: Vec::new(), open: true }).collect();
    let mut polled: Vec<_> =
        streams.iter().map(|stream| PollFd::new(stream, PollFlags::IN)).collect();
    let mut chunk = vec![0; 256 * 1024];
    let (mut requests, mut events) = (0, 0);
    while peers.iter().any(|peer| peer.open) {
        poll(&mut polled, None)?;
        for ((polled, peer), mut stream) in polled.iter_mut().zip(&mut peers).zip(&streams) {
            if polled.revents().is_empty() || !peer.open {
                continue;
            }
            match stream.read(&mut chunk) {
                Ok(0) => {
                    peer.open = false;
                    *polled = PollFd::new(&streams[0], PollFlags::empty());
                }
                Ok(count) => {
                    peer.received.extend_from_slice(&chunk[..count]);
                    if let Some((count, answer)) = peer.answer()? {
                        requests += 1;
                        events += count;
                        stream.write_all(answer.as_bytes())?;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok((requests, events))
}

impl Peer {
    /// The answer to the request that was received, if all of it was, and its events.
    fn answer(&mut self) -> io::Result<Option<(u64, String)>> {
        let Some((request, _)) = Message::parse(&self.received)? else { return Ok(None) };
        let (events, body) = if request.start_line.contains("/v1/events") {
            // One list of line items an event, inside the list of events: counting brackets
            // costs a fraction of what any parser would.
            let events = request.body.iter().filter(|byte| **byte == b'[').count() as u64 - 1;
            (events, format!(r#"{{"accepted":{events},"duplicate":0,"rejected":[]}}"#))
        } else {
            let id = "00000000-0000-0000-0000-000000000000";
            (1, format!(r#"{{"id":"{id}","status":"accepted"}}"#))
        };
        self.received.clear();
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        Ok(Some((events, answer)))
    }
}

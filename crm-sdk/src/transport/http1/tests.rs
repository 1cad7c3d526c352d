//! One transport against servers that do what servers do to connections.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use crate::transport::http::{Settings, transport};
use crate::transport::{Answer, Request, Transport};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\ndone";
const PATIENCE: Duration = Duration::from_secs(30);
/// More than the buffers of any socket on loopback take.
const LARGE: usize = 16 * 1024 * 1024;

fn done() -> Answer {
    Answer { status: 200, retry_after: Some("7".into()), date: None, body: b"done".into() }
}

fn to(endpoint: &str) -> Arc<dyn Transport> {
    transport(Settings {
        endpoint,
        key: "crm_sk_test",
        connect_timeout: PATIENCE,
        #[cfg(feature = "tls")]
        root_certificates: None,
        #[cfg(feature = "tls")]
        extra_root_certificates: None,
        #[cfg(feature = "reqwest")]
        client: None,
    })
    .unwrap()
}

fn small() -> Request {
    Request { body: b"{}".into(), gzip: false }
}

fn large() -> Request {
    Request { body: vec![b' '; LARGE], gzip: false }
}

/// What a server has seen.
#[derive(Clone, Default)]
struct Seen {
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
}

impl Seen {
    /// Connections and requests.
    fn counts(&self) -> (usize, usize) {
        (self.connections.load(Ordering::SeqCst), self.requests.load(Ordering::SeqCst))
    }
}

/// Serves each connection by this, which is told the connection's number, from 0.
fn serve_on(
    listener: TcpListener,
    mut serve: impl FnMut(usize, &mut Peer) -> io::Result<()> + Send + 'static,
) -> (String, Seen) {
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let seen = Seen::default();
    let counted = seen.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream?;
            stream.set_nodelay(true)?;
            let number = counted.connections.fetch_add(1, Ordering::SeqCst);
            let requests = Arc::clone(&counted.requests);
            let mut peer = Peer { stream: BufReader::new(stream), requests };
            // A client that has gone is no concern of the server.
            drop(serve(number, &mut peer));
        }
        io::Result::Ok(())
    });
    (endpoint, seen)
}

fn serve(serve: impl FnMut(usize, &mut Peer) -> io::Result<()> + Send + 'static) -> (String, Seen) {
    serve_on(TcpListener::bind("127.0.0.1:0").unwrap(), serve)
}

/// The client, as the server sees it.
struct Peer {
    stream: BufReader<TcpStream>,
    requests: Arc<AtomicUsize>,
}

impl Peer {
    /// Reads a request's head and counts it; its body's length, or `None` at the end.
    fn head(&mut self) -> io::Result<Option<usize>> {
        let mut length = 0;
        let mut line = String::new();
        while self.stream.read_line(&mut line)? > 0 {
            if line == "\r\n" {
                self.requests.fetch_add(1, Ordering::SeqCst);
                return Ok(Some(length));
            }
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim_end().parse().unwrap();
            }
            line.clear();
        }
        Ok(None)
    }

    /// Reads a whole request; `false` at the end.
    fn request(&mut self) -> io::Result<bool> {
        let Some(length) = self.head()? else { return Ok(false) };
        io::copy(&mut self.stream.by_ref().take(length as u64), &mut io::sink())?;
        Ok(true)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }
}

#[tokio::test]
async fn one_connection_carries_one_request_after_another() {
    let (endpoint, seen) = serve(|_, peer| {
        while peer.request()? {
            peer.write(OK)?;
        }
        Ok(())
    });
    let transport = to(&endpoint);
    for _ in 0..20 {
        assert_eq!(transport.send(small()).await, Ok(done()));
    }
    assert_eq!(transport.send(large()).await, Ok(done()));
    assert_eq!(seen.counts(), (1, 21));
}

#[tokio::test]
async fn a_connection_that_was_closed_between_requests_loses_none() {
    let (close, may_close) = mpsc::channel();
    let (closed, is_closed) = mpsc::channel();
    let (endpoint, seen) = serve(move |_, peer| {
        peer.request()?;
        peer.write(OK)?;
        may_close.recv_timeout(PATIENCE).unwrap();
        peer.stream.get_mut().shutdown(std::net::Shutdown::Both)?;
        closed.send(()).unwrap();
        Ok(())
    });
    let transport = to(&endpoint);
    for _ in 0..20 {
        assert_eq!(transport.send(small()).await, Ok(done()));
        // While the runtime has no chance to notice.
        close.send(()).unwrap();
        is_closed.recv_timeout(PATIENCE).unwrap();
    }
    assert_eq!(seen.counts(), (20, 20));
}

#[tokio::test]
async fn a_request_that_was_written_and_not_answered_is_not_written_again() {
    let (endpoint, seen) = serve(|number, peer| {
        peer.request()?;
        peer.write(OK)?;
        // The second request of the first connection is read, and the connection closed.
        if number == 0 { peer.request().map(drop) } else { Ok(()) }
    });
    let transport = to(&endpoint);
    assert_eq!(transport.send(small()).await, Ok(done()));
    let unreachable = transport.send(small()).await.unwrap_err().to_string();
    assert!(unreachable.starts_with("no answer from the collector: "), "{unreachable}");
    assert_eq!(seen.counts(), (1, 2));
    assert_eq!(transport.send(small()).await, Ok(done()));
    assert_eq!(seen.counts(), (2, 3));
}

#[tokio::test]
async fn a_connection_that_was_idle_for_long_is_not_used_again() {
    let (endpoint, seen) = serve(|_, peer| {
        while peer.request()? {
            peer.write(OK)?;
        }
        Ok(())
    });
    let transport = to(&endpoint);
    for (idle_s, connections) in [(0, 1), (29, 1), (31, 2)] {
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(idle_s)).await;
        tokio::time::resume();
        assert_eq!(transport.send(small()).await, Ok(done()));
        assert_eq!(seen.counts().0, connections, "after {idle_s} s");
    }
}

#[tokio::test]
async fn an_answer_beyond_the_bound_is_none_and_its_connection_is_given_up() {
    let (endpoint, seen) = serve(|number, peer| {
        peer.request()?;
        if number > 0 {
            return peer.write(OK);
        }
        peer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
        loop {
            peer.write(format!("10000\r\n{}\r\n", "x".repeat(0x10000)).as_bytes())?;
        }
    });
    let transport = to(&endpoint);
    let unreachable = transport.send(small()).await.unwrap_err().to_string();
    assert!(unreachable.ends_with("the answer has more than 4194304 bytes"), "{unreachable}");
    assert_eq!(transport.send(small()).await, Ok(done()));
    assert_eq!(seen.counts(), (2, 2));
}

#[tokio::test]
async fn an_answer_may_come_in_pieces_of_one_byte_and_in_chunks() {
    const CHUNKED: &[u8] =
        b"HTTP/1.1 200 OK\r\nretry-after: 7\r\ntransfer-encoding: chunked\r\n\r\n\
                             1\r\nd\r\n1;why=not\r\no\r\n2\r\nne\r\n0\r\n\r\n";
    let (endpoint, seen) = serve(|_, peer| {
        for answer in [OK, CHUNKED] {
            peer.request()?;
            for byte in answer {
                peer.write(&[*byte])?;
                thread::yield_now();
            }
        }
        Ok(())
    });
    let transport = to(&endpoint);
    for _ in 0..2 {
        assert_eq!(transport.send(small()).await, Ok(done()));
    }
    assert_eq!(seen.counts(), (1, 2));
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_none() {
    let (endpoint, _) = serve(|number, peer| {
        peer.request()?;
        // In the middle of the first line, of the headers, of the body.
        peer.write(&OK[..[0, 10, 25, OK.len() - 1][number]])
    });
    let transport = to(&endpoint);
    for _ in 0..4 {
        let unreachable = transport.send(small()).await.unwrap_err().to_string();
        assert!(unreachable.starts_with("no answer from the collector: "), "{unreachable}");
    }
}

#[tokio::test]
async fn an_answer_is_read_though_the_body_was_not_and_the_connection_is_reset() {
    let (endpoint, seen) = serve(|_, peer| {
        peer.head()?;
        // Closing with bytes unread resets the connection, under the client's hands.
        peer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\nConnection: close\r\n\r\nmuch")
    });
    let transport = to(&endpoint);
    for _ in 0..50 {
        let answer = transport.send(large()).await.unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (413, &b"much"[..]));
    }
    assert_eq!(seen.counts(), (50, 50));
}

#[tokio::test]
async fn after_an_early_answer_a_connection_that_is_not_read_takes_no_other_request() {
    let (endpoint, seen) = serve(|number, peer| {
        peer.head()?;
        peer.write(OK)?;
        if number == 0 {
            // Never reads the body, and keeps the connection open. Others are served meanwhile.
            std::mem::forget(peer.stream.get_ref().try_clone()?);
        }
        Ok(())
    });
    let transport = to(&endpoint);
    assert_eq!(transport.send(large()).await, Ok(done()));
    assert_eq!(transport.send(small()).await, Ok(done()));
    assert_eq!(seen.counts(), (2, 2));
}

#[tokio::test]
async fn a_connection_that_is_reset_without_an_answer_is_unreachable() {
    let (endpoint, seen) = serve(|_, peer| peer.head().map(drop));
    let transport = to(&endpoint);
    for _ in 0..10 {
        let unreachable = transport.send(large()).await.unwrap_err().to_string();
        assert!(unreachable.starts_with("no answer from the collector: "), "{unreachable}");
    }
    assert_eq!(seen.counts(), (10, 10));
}

#[tokio::test]
async fn a_request_that_is_given_up_closes_its_connection() {
    let (gone, is_gone) = mpsc::channel();
    let (endpoint, _) = serve(move |_, peer| {
        peer.request()?;
        // Without an answer, until the client closes.
        gone.send(peer.head()).unwrap();
        Ok(())
    });
    let transport = to(&endpoint);
    let in_time = tokio::time::timeout(Duration::from_millis(100), transport.send(small())).await;
    assert!(in_time.is_err());
    // Lets the runtime close it.
    tokio::task::yield_now().await;
    assert!(matches!(is_gone.recv_timeout(PATIENCE), Ok(Ok(None))));
}

#[tokio::test]
async fn each_address_of_a_name_is_tried() {
    // The name has an IPv6 address as well on most machines, where nobody listens.
    let (endpoint, seen) = serve(|_, peer| {
        peer.request()?;
        peer.write(OK)
    });
    let transport = to(&endpoint.replace("127.0.0.1", "localhost"));
    assert_eq!(transport.send(small()).await, Ok(done()));
    assert_eq!(seen.counts(), (1, 1));
}

#[tokio::test]
async fn an_ipv6_address_is_reached() {
    let listener = match TcpListener::bind("[::1]:0") {
        Ok(listener) => listener,
        // A machine or a container without IPv6 has nothing to reach.
        Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => return,
        Err(error) => panic!("{error}"),
    };
    let (endpoint, seen) = serve_on(listener, |_, peer| {
        peer.request()?;
        peer.write(OK)
    });
    assert!(endpoint.starts_with("http://[::1]:"), "{endpoint}");
    assert_eq!(to(&endpoint).send(small()).await, Ok(done()));
    assert_eq!(seen.counts(), (1, 1));
}

#[tokio::test]
async fn nobody_who_listens_is_told_without_the_address() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let unreachable = to(&format!("http://{address}")).send(small()).await.unwrap_err().to_string();
    assert!(unreachable.contains("cannot connect: Connection refused"), "{unreachable}");
    assert!(!unreachable.contains(&address.port().to_string()), "{unreachable}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_socket_is_posted_to_like_an_address_early_answers_included() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crm.sock");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream?);
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                stream.read_line(&mut head)?;
            }
            tell.send(head).unwrap();
            stream.get_mut().write_all(OK)?;
        }
        io::Result::Ok(())
    });
    let transport = to(&format!("unix:{}", path.display()));
    for _ in 0..50 {
        assert_eq!(transport.send(large()).await, Ok(done()));
        let head = told.recv_timeout(PATIENCE).unwrap();
        assert!(head.starts_with("POST /v1/events HTTP/1.1\r\n"), "{head}");
        assert!(head.contains("\r\nhost: localhost\r\n"), "{head}");
        assert!(head.contains("\r\nauthorization: Bearer crm_sk_test\r\n"), "{head}");
    }
}

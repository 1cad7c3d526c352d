//! What a client does with its connections, and what they may do to it.

use std::io::Write;
use std::net::TcpStream;
use std::thread;

use crm_sdk::{Interaction, InteractionKind};

use crate::server::{Reply, Server};
use crate::{PATIENCE, hasty, patient, track};

#[test]
fn one_connection_serves_one_request_after_another() {
    let server = Server::storing();
    let client = patient(&server.endpoint).batch_events(10).build().unwrap();
    let mut ids = track(&client, 500);
    assert!(client.flush(PATIENCE).is_empty());
    ids.extend(track(&client, 5));
    assert!(client.flush(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));
    assert_eq!((server.requests().len(), server.connections()), (51, 1));
}

#[test]
fn a_server_that_closes_after_each_answer_costs_connections_and_no_event() {
    let server = Server::start(|_, _| Reply::StoreAndClose);
    let client = hasty(&server.endpoint).batch_events(10).build().unwrap();
    let ids = track(&client, 1_000);
    assert!(client.flush(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));
    assert_eq!(server.duplicates(), 0, "nothing that was stored was sent again");
    assert_eq!(client.losses().total(), 0);
    assert_eq!(server.connections(), server.requests().len());
}

#[cfg(unix)]
#[test]
fn a_unix_socket_takes_what_an_address_takes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crm.sock");
    let endpoint = format!("unix:{}", path.display());
    let (server, _) = Server::bind(|number, _| match number {
        1 => Reply::StoreAndBreak,
        2 => Reply::status(503),
        _ => Reply::Store,
    });
    // The collector starts after the host.
    let client = hasty(&endpoint).build().unwrap();
    let mut ids = track(&client, 100);
    crate::eventually("connecting fails", || client.stats().retries >= 2);

    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let accepting = server.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let server = accepting.clone();
            thread::spawn(move || server.serve(stream?));
        }
    });
    assert!(client.flush(PATIENCE).is_empty());
    for _ in 0..3 {
        ids.extend(track(&client, 100));
        assert!(client.flush(PATIENCE).is_empty());
    }
    assert!(server.holds_each_once(&ids));
    assert_eq!(client.losses().total(), 0);
    let requests = server.requests();
    assert!(requests.len() >= 5, "{}", requests.len());
    assert!(requests.iter().all(|request| request.line == "POST /v1/events HTTP/1.1"));
    assert!(requests.iter().all(|request| request.headers["host"] == "localhost"));
}

#[test]
fn a_proxy_that_refuses_a_long_body_unread_makes_the_client_split_it() {
    const LONGEST: usize = 300_000;
    let (server, listener) = Server::bind(|_, _| Reply::StoreAndClose);
    let refusals = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = refusals.clone();
    let accepting = server.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            if body_bytes(&stream) <= LONGEST {
                let server = accepting.clone();
                thread::spawn(move || server.serve(stream));
                continue;
            }
            counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            // The rest of the body is still being written when the connection is reset.
            stream.write_all(b"HTTP/1.1 413 X\r\nContent-Length: 0\r\n\r\n").unwrap();
        }
    });
    let client = patient(&server.endpoint).gzip_above(usize::MAX).build().unwrap();
    let ids: Vec<_> = (0..800)
        .map(|_| {
            let note = Interaction::new("c", InteractionKind::Note).text("x".repeat(4_000));
            client.interaction(note).unwrap().to_string()
        })
        .collect();
    assert!(client.flush(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));
    assert_eq!(client.losses().total(), 0);
    // 3.2 MB are split in halves until they fit: 1 + 2 + 4 + 8 refusals, and 16 parts.
    assert_eq!(refusals.load(std::sync::atomic::Ordering::SeqCst), 15);
    assert_eq!(server.requests().len(), 16);
}

/// Looks at a request's head without taking it; the body's length.
fn body_bytes(stream: &TcpStream) -> usize {
    let mut head = [0; 4096];
    loop {
        let read = stream.peek(&mut head).unwrap();
        let text = String::from_utf8_lossy(&head[..read]).into_owned();
        let Some((head, _)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        return length.unwrap().parse().unwrap();
    }
}

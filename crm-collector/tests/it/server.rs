//! The server around the handlers: timeouts, limits, draining, what operators look at.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{TestApp, email_of};
use crm_collector::http::Drained;

const PATIENCE: Duration = Duration::from_secs(10);

async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await;
    read.expect("the connection is closed in time").unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn a_head_that_does_not_arrive_closes_the_connection() {
    let app = TestApp::start_with(|config| config.http.header_timeout_s = 1).await;
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: ").await.unwrap();
    let began = Instant::now();
    let answer = read_to_end(&mut stream).await;
    assert!(!answer.contains("200"), "{answer}");
    assert!(began.elapsed() >= Duration::from_millis(900), "{:?}", began.elapsed());
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let app = TestApp::start_with(|config| config.http.header_timeout_s = 1).await;
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let answer = read_to_end(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_given_up() {
    let app = TestApp::start_with(|config| config.http.body_timeout_s = 1).await;
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    let head = "POST /v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                content-length: 100\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = read_to_end(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("\"request_timeout\""), "{answer}");
}

/// One request on a connection of its own, and all that comes back.
async fn ask(app: &TestApp, path: &str) -> String {
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    read_to_end(&mut stream).await
}

#[tokio::test]
async fn without_a_place_probes_are_answered_and_all_else_is_told_to_come_again() {
    let app = TestApp::start_with(|config| config.http.connections = 1).await;
    let first = TcpStream::connect(app.address).await.unwrap();
    for probe in ["/healthz", "/readyz"] {
        let answer = ask(&app, probe).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
    }
    let answer = ask(&app, "/openapi.json").await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    for line in ["connection: close", "retry-after: 1", "\"code\":\"unavailable\""] {
        assert!(answer.contains(line), "{answer}");
    }
    drop(first);
    until_there_is_a_place(&app).await;
}

/// A connection that found none is closed after its answer; one that has a place is not.
async fn until_there_is_a_place(app: &TestApp) {
    let began = Instant::now();
    loop {
        let mut stream = TcpStream::connect(app.address).await.unwrap();
        let request = b"GET /v1/me HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let answer = read_to_end(&mut stream).await;
        if answer.starts_with("HTTP/1.1 401 ") {
            return;
        }
        assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
        assert!(began.elapsed() < PATIENCE, "the place is not given back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn many_who_connect_and_say_nothing_do_not_keep_probes_out() {
    let app = TestApp::start_with(|config| config.http.connections = 1).await;
    let mut silent = Vec::new();
    for _ in 0..200 {
        silent.push(TcpStream::connect(app.address).await.unwrap());
    }
    let answer = ask(&app, "/readyz").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[tokio::test]
async fn one_address_cannot_take_every_place() {
    let app = TestApp::start_with(|config| config.http.connections = 4).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(TcpStream::connect(app.address).await.unwrap());
    }
    let answer = ask(&app, "/v1/me").await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "a quarter is for others: {answer}");
}

#[tokio::test]
async fn who_does_not_read_the_answers_is_let_go() {
    let app = TestApp::start_with(|config| {
        config.http.connections = 1;
        config.http.stall_timeout_s = 1;
    })
    .await;
    let mut deaf = TcpStream::connect(app.address).await.unwrap();
    // More than the system keeps for both sides.
    let requests = b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(500);
    deaf.write_all(&requests).await.unwrap();
    until_there_is_a_place(&app).await;
    drop(deaf);
}

#[tokio::test]
async fn a_body_that_comes_by_the_byte_is_given_up_long_before_its_time_is_up() {
    let app = TestApp::start_with(|config| config.http.stall_timeout_s = 1).await;
    let stream = TcpStream::connect(app.address).await.unwrap();
    let (mut reading, mut writing) = stream.into_split();
    let head = "POST /v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                content-length: 1000\r\n\r\n";
    writing.write_all(head.as_bytes()).await.unwrap();
    let dripping = tokio::spawn(async move {
        while writing.write_all(b" ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    let mut bytes = [0; 12];
    let read = tokio::time::timeout(PATIENCE, reading.read_exact(&mut bytes)).await;
    read.expect("it is answered in time").unwrap();
    assert_eq!(&bytes, b"HTTP/1.1 408");
    dripping.abort();
}

#[tokio::test]
async fn a_body_is_refused_before_it_is_sent() {
    let app = TestApp::start().await;
    let announced = async |path: &str, bytes: usize| {
        let mut stream = TcpStream::connect(app.address).await.unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
             content-length: {bytes}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut bytes = [0; 12];
        let read = tokio::time::timeout(PATIENCE, stream.read_exact(&mut bytes)).await;
        read.expect("it is answered in time").unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    // Nobody in particular, and more than an account is described in.
    assert_eq!(announced("/v1/events", 4_000_000).await, "HTTP/1.1 401");
    assert_eq!(announced("/v1/purchases", 1_000_000).await, "HTTP/1.1 401");
    for path in ["login", "register"] {
        let path = format!("/v1/auth/{path}");
        assert_eq!(announced(&path, 16 * 1024 + 1).await, "HTTP/1.1 413");
    }
}

#[tokio::test]
async fn requests_in_flight_are_answered_before_the_collector_stops() {
    let mut app = TestApp::start().await;
    let body = format!("{{\"email\":\"{}\",\"password\":\"wrong one\"}}", email_of("Ada"));
    let head = format!(
        "POST /v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    // Until the head has been read, this is an idle connection, and those are closed.
    tokio::time::sleep(Duration::from_millis(200)).await;
    app.tell_to_stop();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(TcpStream::connect(app.address).await.is_err(), "nobody new is let in");
    stream.write_all(body.as_bytes()).await.unwrap();
    let answer = read_to_end(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    assert_eq!(app.stop().await, Drained::Whole);
}

#[tokio::test]
async fn a_request_that_does_not_end_is_cut_when_time_is_up() {
    let app = TestApp::start_with(|config| config.http.drain_s = 1).await;
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    let head = "POST /v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                content-length: 9\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(app.stop().await, Drained::Cut(1));
}

#[tokio::test]
async fn a_collector_that_is_stopping_is_not_ready() {
    let app = TestApp::start().await;
    assert_eq!(app.get("/readyz").send().await.expect(200).text(), "{\"status\":\"ok\"}\n");
    app.services.health.drain();
    let answer = app.get("/readyz").send().await;
    assert_eq!(answer.header("retry-after"), Some("1"));
    answer.problem(503, "unavailable");
    app.get("/healthz").send().await.expect(200);
}

#[tokio::test]
async fn requests_are_counted_by_route_and_never_by_path() {
    let app = TestApp::start().await;
    app.delete("/v1/keys/4711").send().await.problem(401, "unauthorized");
    let line = "crm_http_requests_total{method=\"DELETE\",route=\"/v1/keys/{id}\",status=\"401\"}";
    let begun = Instant::now();
    // It is counted when its answer has been sent.
    let metrics = loop {
        let metrics = app.get("/metrics").send().await.expect(200).text();
        if metrics.contains(line) {
            break metrics;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{metrics}");
    };
    assert!(metrics.contains("crm_http_request_duration_seconds_bucket{route=\"/v1/keys/{id}\""));
    assert!(!metrics.contains("4711"));
}

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

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_room() {
    let app = TestApp::start_with(|config| config.http.connections = 1).await;
    let first = TcpStream::connect(app.address).await.unwrap();
    let mut second = TcpStream::connect(app.address).await.unwrap();
    let request = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    second.write_all(request).await.unwrap();
    let mut byte = [0];
    let early = tokio::time::timeout(Duration::from_millis(300), second.read(&mut byte)).await;
    assert!(early.is_err(), "there was no room for a second connection");
    drop(first);
    assert!(read_to_end(&mut second).await.starts_with("HTTP/1.1 200 OK"));
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
    assert_eq!(app.get("/readyz").send().await.expect(200).text(), "{\"status\":\"ok\"}");
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
    let metrics = app.get("/metrics").send().await.expect(200).text();
    let line = "crm_http_requests_total{method=\"DELETE\",route=\"/v1/keys/{id}\",status=\"401\"}";
    assert!(metrics.contains(line), "{metrics}");
    assert!(metrics.contains("crm_http_request_duration_seconds_bucket{route=\"/v1/keys/{id}\""));
    assert!(!metrics.contains("4711"));
}

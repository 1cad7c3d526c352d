//! What cannot be read is refused by name, in one form.

use std::io::Write;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Call, TestApp, stable};
use crm_models::limits::BODY_BYTES;

fn login<'a>(app: &'a TestApp, body: impl Into<Vec<u8>>) -> Call<'a> {
    app.call(Method::POST, "/v1/auth/login").header("content-type", "application/json").body(body)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn each_problem_has_its_status_code_and_words() {
    let app = TestApp::start().await;
    let calls = [
        ("no such path", app.get("/v1/nothing")),
        ("no such method", app.delete("/v1/auth/login")),
        ("no credentials", app.get("/v1/me")),
        ("no JSON", login(&app, "{\"email\": ")),
        ("more than JSON", login(&app, "{\"email\":\"a\",\"password\":\"b\"} x")),
        ("no UTF-8", login(&app, b"{\"email\": \"\xff\"}".as_slice())),
        ("wrong type", login(&app, "{\"email\": 7, \"password\": \"x\"}")),
        ("unknown field", login(&app, "{\"e-mail\": \"a\", \"password\": \"x\"}")),
        ("missing field", login(&app, "{\"email\": \"ada@example.com\"}")),
        ("no content type", app.call(Method::POST, "/v1/auth/login").body("{}")),
        ("form", login(&app, "a=b").header("content-type", "application/x-www-form-urlencoded")),
        ("unknown encoding", login(&app, "{}").header("content-encoding", "br")),
        ("not the encoding", login(&app, "{}").header("content-encoding", "gzip")),
        ("not the encoding either", login(&app, "{}").header("content-encoding", "zstd")),
    ];
    let mut seen = serde_json::Map::new();
    for (name, call) in calls {
        let answer = call.send().await;
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{name}");
        let problem = answer.json();
        assert_eq!(problem["status"], answer.status.as_u16(), "{name}");
        seen.insert(name.to_owned(), stable(problem));
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&Value::Object(seen)).unwrap());
}

/// What an account is described in.
const SMALL_BYTES: usize = 16 * 1024;

#[tokio::test]
async fn a_body_stops_at_its_limit_on_the_wire() {
    let app = TestApp::start().await;
    let largest = login(&app, vec![b' '; SMALL_BYTES]).send().await;
    largest.problem(400, "malformed_json");
    // Announced by its length, so refused before it is sent; reqwest may find the door closed
    // while it still sends, so this one speaks for itself.
    let head = format!(
        "POST /v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        SMALL_BYTES + 1
    );
    let answer = raw(&app, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("\"body_too_large\""), "{answer}");
}

#[tokio::test]
async fn compressed_bodies_are_read() {
    let app = TestApp::start().await;
    let body = json!({ "email": "nobody@example.com", "password": "wrong password" }).to_string();
    let gzipped = login(&app, gzip(body.as_bytes())).header("content-encoding", "gzip");
    gzipped.send().await.problem(401, "unauthorized");
    let zstd = zstd::encode_all(body.as_bytes(), 3).unwrap();
    let zstd = login(&app, zstd).header("content-encoding", "zstd");
    zstd.send().await.problem(401, "unauthorized");
}

#[tokio::test]
async fn a_bomb_stops_at_the_limit() {
    let app = TestApp::start().await;
    let huge = vec![b' '; 64 * BODY_BYTES];
    let small = gzip(&huge);
    assert!(small.len() < BODY_BYTES, "{}", small.len());
    let bomb = login(&app, small).header("content-encoding", "gzip").send().await;
    bomb.problem(413, "body_too_large");
    let small = zstd::encode_all(huge.as_slice(), 3).unwrap();
    let bomb = login(&app, small).header("content-encoding", "zstd").send().await;
    bomb.problem(413, "body_too_large");
}

#[tokio::test]
async fn a_request_id_is_taken_over_where_it_is_safe_to_repeat() {
    let app = TestApp::start().await;
    let sane = app.get("/v1/me").header("x-request-id", "shop-42").send().await;
    assert_eq!(sane.header("x-request-id"), Some("shop-42"));
    assert_eq!(sane.problem(401, "unauthorized")["request_id"], "shop-42");
    let unsafe_one = app.get("/v1/me").header("x-request-id", "a b\"c").send().await;
    let id = unsafe_one.header("x-request-id").unwrap().to_owned();
    assert_ne!(id, "a b\"c");
    assert_eq!(unsafe_one.problem(401, "unauthorized")["request_id"], id.as_str());
}

#[tokio::test]
async fn every_answer_has_the_headers_of_an_api() {
    let app = TestApp::start().await;
    for path in ["/healthz", "/v1/nothing"] {
        let answer = app.get(path).send().await;
        for (name, value) in [
            ("cache-control", "no-store"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
    }
}

/// Sends bytes as they are and reads until the other side closes or falls silent.
async fn raw(app: &TestApp, bytes: &[u8]) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(app.address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let patience = std::time::Duration::from_secs(2);
    // Silence is an end as well as another.
    drop(tokio::time::timeout(patience, stream.read_to_end(&mut answer)).await);
    String::from_utf8_lossy(&answer).into_owned()
}

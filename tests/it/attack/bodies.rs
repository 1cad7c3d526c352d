//! Bodies that do not end, and bodies that are small on the wire and large in memory.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use crm_tests::harness::http::Connection;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::strangers::{connect_from, head, push, stranger};
use super::{Honest, Stage, size};

const BODY_BYTES: usize = 4 * 1024 * 1024;
/// Connections that one stranger opens.
const EACH: usize = 16;

#[test]
fn bodies_that_never_end_keep_nobody_else_out() {
    let mut stage = Stage::new("stuck bodies");
    let credentials = stage.page_credentials();
    let honest = Honest::begin(&stage);
    let body = vec![b' '; BODY_BYTES - 1];
    let stuck: Vec<_> = (0..size(1_024, 48))
        .map(|number| {
            let mut stream = connect_from(stranger(number / EACH), stage.address()).unwrap();
            // Half of them strangers, half with the key that stands in a page for all to read.
            let request = match number % 4 {
                0 => head("/v1/events", "", BODY_BYTES),
                1 => head("/v1/auth/login", "", BODY_BYTES),
                _ => head("/v1/events", &credentials, BODY_BYTES),
            };
            stream.write_all(request.as_bytes()).unwrap();
            push(&mut stream, &body);
            stream
        })
        .collect();
    std::thread::sleep(Duration::from_secs(size(40, 3) as u64));
    stage.get("/readyz");
    drop(stuck);
    stage.settle(honest);
}

#[test]
fn small_bodies_that_unfold_to_millions_of_elements_cost_little() {
    let mut stage = Stage::new("malformed frames");
    // Not the honest sender's: what is malformed uses up its key's quota.
    let headers = format!("{}Content-Encoding: gzip\r\n", stage.page_credentials());
    let honest = Honest::begin(&stage);
    let mut frame = b"{\"events\":[0".to_vec();
    while frame.len() < BODY_BYTES - 16 {
        frame.extend_from_slice(b",0");
    }
    frame.extend_from_slice(b"]]");
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&frame).unwrap();
    let packed = packed.finish().unwrap();
    assert!(packed.len() < 8_192, "{} bytes", packed.len());

    let address = stage.address();
    let sending: Vec<_> = (0..size(64, 8))
        .map(|number| {
            let (headers, packed) = (headers.clone(), packed.clone());
            std::thread::spawn(move || {
                let stream = connect_from(stranger(number / EACH), address).unwrap();
                let mut connection = Connection::over(stream).unwrap();
                connection.post_with("/v1/events", &headers, &packed).unwrap().status
            })
        })
        .collect();
    let mut statuses = BTreeMap::new();
    for status in sending.into_iter().map(|thread| thread.join().unwrap()) {
        *statuses.entry(status).or_insert(0_usize) += 1;
    }
    println!("answers by status: {statuses:?}");
    assert!(statuses.keys().all(|status| [400, 413, 429, 503].contains(status)), "{statuses:?}");
    std::thread::sleep(Duration::from_secs(size(10, 1) as u64));
    stage.settle(honest);
}

#[test]
fn large_bodies_that_trickle_take_nothing_from_the_senders_of_the_same_workspace() {
    let mut stage = Stage::new("trickling bodies");
    let credentials = [stage.page_credentials(), stage.page_credentials()];
    let honest = Honest::begin(&stage);
    let mut slow = Vec::new();
    for number in 0..size(64, 8) {
        let mut stream = connect_from(stranger(number / EACH), stage.address()).unwrap();
        let request = head("/v1/events", &credentials[number % 2], BODY_BYTES);
        stream.write_all(request.as_bytes()).unwrap();
        slow.push(stream);
    }
    // 400 KiB with a key of the same workspace.
    let event = r#"{"events":[{"type":"interaction","customer_id":"c-1","kind":"visit"}]"#;
    let batch = format!("{event}{}}}", " ".repeat(400 * 1024));
    for _ in 0..size(20, 6) {
        for stream in &mut slow {
            push(stream, &[b' '; 600]);
        }
        std::thread::sleep(Duration::from_millis(500));
        let answer = stage.connect().post("/v1/events", Some(stage.key()), batch.as_bytes());
        answer.unwrap().expect(200);
    }
    drop(slow);
    stage.settle(honest);
}

#[test]
fn strangers_whose_bodies_trickle_keep_nobody_from_logging_in() {
    let mut stage = Stage::new("trickling logins");
    let honest = Honest::begin(&stage);
    let mut slow = Vec::new();
    for _ in 0..600 {
        let mut stream = connect_from(stranger(1), stage.address()).unwrap();
        stream.write_all(head("/v1/auth/login", "", 16 * 1024).as_bytes()).unwrap();
        slow.push(stream);
    }
    let login = br#"{"email":"nobody@example.com","password":"correct horse"}"#;
    for _ in 0..size(20, 4) {
        for stream in &mut slow {
            push(stream, &[b' '; 1_100]);
        }
        std::thread::sleep(Duration::from_secs(1));
        // From the same address and from another: wrong, and told so.
        for address in [stranger(1), stranger(2)] {
            let stream = connect_from(address, stage.address()).unwrap();
            let mut connection = Connection::over(stream).unwrap();
            let answer = connection.post("/v1/auth/login", None, login).unwrap();
            // 429 once it was wrong too often.
            assert!([401, 429].contains(&answer.status), "{}", answer.text());
        }
    }
    drop(slow);
    stage.settle(honest);
}

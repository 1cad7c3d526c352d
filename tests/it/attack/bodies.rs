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

//! Connections that ask and do not read what they are answered.

use std::io::Write;
use std::time::Duration;

use super::strangers::{connect_from, push, stranger};
use super::{Honest, Stage, size};

/// Connections that one stranger opens.
const EACH: usize = 128;

#[test]
fn connections_that_do_not_read_are_let_go_and_keep_nobody_out() {
    let mut stage = Stage::new("unread answers");
    let honest = Honest::begin(&stage);
    let request = b"GET /openapi.json HTTP/1.1\r\nHost: crm\r\n\r\n".repeat(100);
    let mut unread = Vec::new();
    for number in 0..size(1_030, 64) {
        let mut stream = connect_from(stranger(number / EACH), stage.address()).unwrap();
        stream.write_all(&request[..44]).unwrap();
        push(&mut stream, &request);
        unread.push(stream);
    }
    std::thread::sleep(Duration::from_secs(size(60, 3) as u64));
    // With all of them still there.
    stage.settle(honest);
    drop(unread);
}

//! Connections that ask and do not read what they are answered.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
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

#[test]
fn large_answers_that_nobody_reads_take_no_more_than_there_is_room_for() {
    let mut stage = Stage::new("unread reports");
    let new_key = ["key", "create", "--name", "dashboard", "--scopes", "read"];
    let key = stage.expect_command(&new_key, "");
    let honest = Honest::begin(&stage);
    // 1.4 MB of JSON: a row for each of 27 years' days.
    let request = format!(
        "GET /v1/reports/sales?bucket=day&from=1900-01-01&to=1927-01-01 HTTP/1.1\r\nHost: crm\r\n\
         Authorization: Bearer {}\r\n\r\n",
        key.trim()
    );
    let mut unread = Vec::new();
    for number in 0..size(700, 24) {
        let mut stream = connect_from(stranger(number / EACH), stage.address()).unwrap();
        push(&mut stream, request.as_bytes());
        unread.push(stream);
    }
    // What is small needs no room, whoever does not read.
    stage.get("/v1/reports/summary").expect(200);
    std::thread::sleep(Duration::from_secs(size(40, 5) as u64));
    let mut statuses = BTreeMap::new();
    for stream in &mut unread {
        *statuses.entry(begun(stream)).or_insert(0_usize) += 1;
    }
    println!("answers by their first line: {statuses:?}");
    // Some of them are answered, and the rest are told that there is no room.
    assert!(statuses.contains_key("HTTP/1.1 200"), "{statuses:?}");
    assert!(statuses.contains_key("HTTP/1.1 503"), "{statuses:?}");
    stage.settle(honest);
    drop(unread);
}

/// How the answer begins, where there is one.
fn begun(stream: &mut TcpStream) -> String {
    stream.set_nonblocking(true).unwrap();
    let mut line = [0; 12];
    match stream.read(&mut line) {
        Ok(read) => String::from_utf8_lossy(&line[..read]).into_owned(),
        Err(error) => error.kind().to_string(),
    }
}

//! What only a real process on a real machine can meet: a port that is taken, a file that is not
//! its own, a disk that is full. And two tenants on one machine.

use std::net::TcpListener;
use std::path::Path;

use crm_tests::harness::http::Answer;
use crm_tests::harness::{Collector, Options};
use rusqlite::Connection;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::{Value, json};

const ANY_PORT: &str = "127.0.0.1:0";

#[test]
fn a_port_in_use_is_named_and_nothing_is_touched() {
    let taken = TcpListener::bind(ANY_PORT).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut collector = Collector::prepare(Options::new());
    let before = std::fs::read(database(&collector)).unwrap();
    let (code, said) = collector.serve_in_vain(&address);
    assert_eq!(code, Some(1));
    let expected = format!("error: cannot listen on {address} (is a collector running already?");
    assert!(said.starts_with(&expected), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(std::fs::read(database(&collector)).unwrap() == before);
}

#[test]
fn a_database_of_a_newer_version_is_refused_and_left_as_it_is() {
    let mut collector = Collector::prepare(Options::new());
    {
        let database = Connection::open(database(&collector)).unwrap();
        database.pragma_update(None, "user_version", 99).unwrap();
    }
    let before = std::fs::read(database(&collector)).unwrap();
    let expected = "the database has version 99, this program knows versions up to";
    let (code, said) = collector.serve_in_vain(ANY_PORT);
    assert_eq!(code, Some(1));
    assert!(said.contains(expected) && said.contains("use a newer program"), "{said}");
    for command in [&["report", "summary"][..], &["check"], &["user", "list"]] {
        expect_refusal(&collector, command, expected);
    }
    assert!(std::fs::read(database(&collector)).unwrap() == before);
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_as_it_is() {
    let mut collector = Collector::prepare(Options::new().without_user());
    let letter = "Dear Sir or Madam,\n".repeat(1_000);
    std::fs::write(database(&collector), &letter).unwrap();
    let expected = "the database is damaged or is none";
    let (code, said) = collector.serve_in_vain(ANY_PORT);
    assert_eq!(code, Some(1));
    assert!(said.contains(expected), "{said}");
    for command in [&["report", "summary"][..], &["check"]] {
        expect_refusal(&collector, command, expected);
    }
    assert_eq!(std::fs::read_to_string(database(&collector)).unwrap(), letter);
    assert_eq!(files(&collector.data()), ["crm.db"]);
}

#[test]
fn a_database_of_another_program_is_refused_and_left_as_it_is() {
    let mut collector = Collector::prepare(Options::new().without_user());
    let theirs = Connection::open(database(&collector)).unwrap();
    theirs.execute_batch("CREATE TABLE bookmarks (url TEXT)").unwrap();
    drop(theirs);
    let before = std::fs::read(database(&collector)).unwrap();
    let (code, said) = collector.serve_in_vain(ANY_PORT);
    assert_eq!(code, Some(1));
    assert!(said.contains("it belongs to another program"), "{said}");
    assert!(std::fs::read(database(&collector)).unwrap() == before);
    assert_eq!(files(&collector.data()), ["crm.db"]);
}

/// A limit on the size of files stands in for a full disk: a write past it fails, as it does on a
/// disk without room. Unlike a small file system, it needs no privileges.
#[test]
fn a_full_disk_costs_nothing_that_was_acknowledged_and_ends_with_the_disks() {
    // The signal that comes with the limit is for programs that know no errors.
    let wrapper = ["sh", "-c", "trap '' XFSZ; exec \"$0\" \"$@\""];
    let collector = Collector::start(Options::new().without_quota().served_by(&wrapper));
    let mut connection = collector.connect();
    let mut acknowledged = Vec::new();
    let mut number = 0;
    let mut post = |acknowledged: &mut Vec<String>| -> Answer {
        number += 1;
        let ids: Vec<_> = (0..50).map(|index| format!("p-{number}-{index}")).collect();
        let batch = json!({ "events": ids.iter().map(|id| event(id)).collect::<Vec<_>>() });
        let body = batch.to_string();
        let answer = connection.post("/v1/events", Some(collector.key()), body.as_bytes());
        let answer = answer.unwrap();
        if answer.status == 200 {
            assert_eq!(answer.json()["accepted"], 50, "{}", answer.text());
            acknowledged.extend(ids);
        }
        answer
    };

    assert_eq!(post(&mut acknowledged).status, 200);
    let largest = files(&collector.data())
        .iter()
        .map(|file| collector.data().join(file).metadata().unwrap().len())
        .max();
    let limit = largest.unwrap() + 256 * 1024;
    limit_files(collector.pid(), Some(limit));
    let full = (0..500).map(|_| post(&mut acknowledged)).find(|answer| answer.status != 200);
    let full = full.expect("the disk is full at last");
    assert_eq!((full.status, &full.json()["code"]), (507, &json!("storage_full")), "{full:?}");
    assert!(full.json()["request_id"].is_string(), "{full:?}");

    // It lives, reads, and goes on refusing.
    assert_eq!(post(&mut acknowledged).status, 507);
    expect_exactly(&collector, &acknowledged);
    assert_eq!(collector.get("/healthz").status, 200);
    let ready = collector.get("/readyz");
    assert_eq!((ready.status, ready.text().contains("the disk is full")), (503, true), "{ready:?}");

    // Room again: it takes up where it was, without a restart.
    limit_files(collector.pid(), None);
    post(&mut acknowledged).expect(200);
    assert_eq!(collector.get("/readyz").status, 200);
    expect_exactly(&collector, &acknowledged);
    let mut collector = collector;
    assert!(collector.stop().success(), "{}", collector.log());
    collector.restart();
    expect_exactly(&collector, &acknowledged);
    assert!(collector.expect_command(&["check"], "").starts_with("ok: "));
}

#[test]
fn two_workspaces_cannot_see_each_other() {
    let collector = Collector::start(Options::new());
    let user = ["user", "add", "--email", "b@example.com", "--name", "B", "--password-stdin"];
    let in_other = ["--workspace", "Other"];
    collector.expect_command(&[&in_other[..], &user].concat(), "correct horse battery\n");
    let key = ["key", "create", "--name", "other", "--scopes", "ingest,read"];
    let other = collector.expect_command(&[&in_other[..], &key].concat(), "");
    let keys = [collector.key(), other.trim()];

    // The same names on both sides, with other content.
    for (key, total) in keys.iter().zip(["10.00", "77.00"]) {
        let customer = json!({ "customer_id": "c-1", "name": format!("Ada {total}") });
        post(&collector, key, "/v1/customers", &customer).expect(201);
        let id = "018bcfe5-6801-7000-8000-000000000000";
        let purchase = json!({
            "id": id, "purchase_id": "o-1", "customer_id": "c-1", "currency": "EUR",
            "total": total,
        });
        post(&collector, key, "/v1/purchases", &purchase).expect(201);
        let bad = json!({ "purchase_id": total, "currency": "EUR", "total": "-1" });
        post(&collector, key, "/v1/purchases", &bad).expect(400);
    }
    // And what the one has alone.
    post(&collector, keys[1], "/v1/customers", &json!({ "customer_id": "c-2" })).expect(201);

    for (key, total) in keys.iter().zip(["10.00", "77.00"]) {
        let summary = get(&collector, key, "/v1/reports/summary?from=1900-01-01&to=9999-01-01")
            .expect(200)
            .json();
        assert_eq!(summary["rows"][0]["gross"], total);
        let purchases = get(&collector, key, "/v1/purchases").expect(200).json();
        assert_eq!(purchases["purchases"].as_array().unwrap().len(), 1);
        assert_eq!(purchases["purchases"][0]["total"], total);
        let customer = get(&collector, key, "/v1/customers/c-1").expect(200).json();
        assert_eq!(customer["name"], format!("Ada {total}"));
        assert_eq!(customer["worth"][0]["sold"], total);
        let timeline = get(&collector, key, "/v1/customers/c-1/timeline").expect(200).json();
        assert_eq!(timeline["entries"].as_array().unwrap().len(), 1);
        let rejected = get(&collector, key, "/v1/rejected").expect(200).json();
        assert_eq!(rejected["total"], 1);
        assert!(rejected["rejected"][0]["event"].as_str().unwrap().contains(total));
        let replayed = &rejected["rejected"][0]["id"];
        let other = if *key == keys[0] { keys[1] } else { keys[0] };
        post(&collector, other, &format!("/v1/rejected/{replayed}/replay"), &Value::Null)
            .expect(404);
    }
    let own = get(&collector, keys[0], "/v1/customers/c-2");
    assert_eq!((own.status, &own.json()["code"]), (404, &json!("not_found")));
    let timeline = get(&collector, keys[0], "/v1/customers/c-2/timeline");
    assert_eq!(timeline.status, 404);
    for question in ["?customer_id=c-2", "?q=c-2"] {
        let found = get(&collector, keys[0], &format!("/v1/customers{question}")).expect(200);
        assert_eq!(found.json()["customers"], json!([]), "{question}");
    }
}

fn database(collector: &Collector) -> std::path::PathBuf {
    collector.data().join("crm.db")
}

fn expect_refusal(collector: &Collector, command: &[&str], expected: &str) {
    let output = collector.command(command, "");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{command:?}: {said}");
    assert!(said.starts_with("error: ") && said.contains(expected), "{command:?}: {said}");
}

/// Names of the files in a folder, in order.
fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Bounds the size of files that a process writes, or lifts the bound.
fn limit_files(pid: u32, bytes: Option<u64>) {
    let pid = Pid::from_raw(i32::try_from(pid).unwrap());
    // The hard limit stays open, so that the soft one can be raised again.
    prlimit(pid, Resource::Fsize, Rlimit { current: bytes, maximum: None }).unwrap();
}

fn event(purchase_id: &str) -> Value {
    // An id made of the number's text, so that each event has its own and the same each time.
    let hex: String = purchase_id.bytes().map(|byte| format!("{byte:02x}")).collect();
    let hex = format!("{hex:0>32}");
    let hex = &hex[hex.len() - 32..];
    let id = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-");
    json!({
        "type": "purchase", "id": id, "purchase_id": purchase_id, "currency": "EUR",
        "customer_id": format!("customer-of-{purchase_id}"), "total": "1.00",
    })
}

/// The collector has these purchases and no others.
fn expect_exactly(collector: &Collector, ids: &[String]) {
    let summary =
        collector.get("/v1/reports/summary?from=1900-01-01&to=9999-01-01").expect(200).json();
    assert_eq!(summary["rows"][0]["orders"], ids.len(), "{summary}");
    assert_eq!(summary["rows"][0]["gross"], format!("{}.00", ids.len()));
    let mut connection = collector.connect();
    for id in ids {
        let path = format!("/v1/purchases?purchase_id={id}");
        let found = connection.get(&path, Some(collector.key())).unwrap().expect(200).json();
        assert_eq!(found["purchases"].as_array().map(Vec::len), Some(1), "{id}: {found}");
    }
}

fn post(collector: &Collector, key: &str, path: &str, body: &Value) -> Answer {
    collector.connect().post(path, Some(key), body.to_string().as_bytes()).unwrap()
}

fn get(collector: &Collector, key: &str, path: &str) -> Answer {
    collector.connect().get(path, Some(key)).unwrap()
}

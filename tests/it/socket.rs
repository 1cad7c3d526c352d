//! A collector on a Unix socket: SDK to socket to report, crashes, and who else is on the path.

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crm_sdk::{Client, Currency, Failure, Purchase};
use crm_tests::harness::{Collector, Options};
use serde_json::json;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

/// A path in a folder of its own; a socket's path has to be shorter than the build folder's may be.
fn socket() -> (TempDir, PathBuf) {
    let folder = TempDir::with_prefix("crm-").unwrap();
    let path = folder.path().join("crm.sock");
    (folder, path)
}

fn sell(client: &Client, purchases: usize) {
    for _ in 0..purchases {
        client.purchase(Purchase::sale(Currency::EUR).total("9.95".parse().unwrap())).unwrap();
    }
}

fn stored(collector: &Collector) -> u64 {
    let report = collector
        .get("/v1/reports/summary?currency=EUR&from=1900-01-01&to=9999-01-01")
        .expect(200)
        .json();
    report["rows"][0]["orders"].as_u64().unwrap()
}

fn is_socket(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket())
}

#[test]
fn what_is_sent_over_a_socket_is_stored_once_through_a_crash_that_leaves_the_socket() {
    let (_folder, path) = socket();
    let mut collector = Collector::start(Options::new().on_socket(&path));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
    assert!(collector.log().contains(&format!("listening on unix:{}", path.display())));
    let client = Client::builder(collector.url(), collector.key())
        .batch_age(Duration::ZERO)
        .retry_between(Duration::from_millis(2), Duration::from_millis(50))
        .build()
        .unwrap();
    sell(&client, 200);
    assert!(client.flush(PATIENCE).is_empty());
    assert_eq!(stored(&collector), 200);

    collector.kill();
    assert!(is_socket(&path), "a crash leaves it");
    sell(&client, 100);
    assert_eq!(client.flush(Duration::from_millis(50)).events, 100);
    assert_eq!(client.stats().failure, Some(Failure::Unreachable));
    collector.restart();
    assert!(client.flush(PATIENCE).is_empty());
    assert_eq!(stored(&collector), 300);
    assert_eq!(client.losses().total(), 0);

    assert!(collector.stop().success());
    assert!(!path.exists(), "a clean end removes it");
}

#[test]
fn a_second_collector_on_the_same_socket_is_refused_and_the_first_goes_on() {
    let (_folder, path) = socket();
    let first = Collector::start(Options::new().on_socket(&path));
    let mut second = Collector::prepare(Options::new());
    let (code, said) = second.serve_in_vain(&first.url());
    assert_eq!(code, Some(1));
    let expected = format!(
        "error: cannot listen on unix:{} (is a collector running already? choose another path \
         with --listen): somebody listens there\n",
        path.display()
    );
    assert_eq!(said, expected);
    first.get("/v1/connection").expect(200);
}

#[test]
fn a_file_on_the_path_that_is_no_socket_is_left_as_it_is() {
    let (_folder, path) = socket();
    fs::write(&path, "a letter").unwrap();
    let mut collector = Collector::prepare(Options::new());
    let (code, said) = collector.serve_in_vain(&format!("unix:{}", path.display()));
    assert_eq!(code, Some(1));
    assert!(said.contains("what is there is no socket; remove it"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "a letter");
}

#[test]
fn a_start_that_fails_behind_the_socket_takes_it_along() {
    let (_folder, path) = socket();
    let mut collector = Collector::prepare(Options::new().without_user());
    fs::write(collector.data().join("crm.db"), "no database ".repeat(1_000)).unwrap();
    let (code, said) = collector.serve_in_vain(&format!("unix:{}", path.display()));
    assert_eq!(code, Some(1));
    assert!(said.contains("the database is damaged or is none"), "{said}");
    assert!(!path.exists());
}

#[test]
fn the_settings_show_a_socket_and_explain_a_wrong_one() {
    let collector = Collector::prepare(Options::new().without_user());
    let printed = collector
        .expect_command(&["serve", "--listen", "unix:/run/crm.sock", "--check-config"], "");
    let line = printed.lines().find(|line| line.starts_with("listen")).unwrap();
    let (setting, source) = line.split_once('#').unwrap();
    assert_eq!((setting.trim(), source.trim()), ("listen = \"unix:/run/crm.sock\"", "--listen"));

    let long = format!("unix:/{}", "x".repeat(200));
    for (listen, rule) in [
        ("unix:crm.sock", "--listen: the path of a socket is absolute, as in unix:/run/crm.sock"),
        (&long, "--listen: the path of a socket has at most 107 bytes on Linux, 103 on macOS"),
    ] {
        let refused = collector.command(&["serve", "--listen", listen], "");
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{said}");
        assert!(said.contains(rule), "{said}");
    }
}

#[test]
fn whoever_guesses_passwords_over_a_socket_is_slowed_down_like_from_one_address() {
    let (_folder, path) = socket();
    let options = Options::new().on_socket(&path).env("CRM_AUTH_ATTEMPTS_PER_ADDRESS", 3);
    let collector = Collector::start(options);
    let statuses: Vec<u16> = (0..5)
        .map(|guess| {
            let body =
                json!({ "email": format!("{guess}@example.com"), "password": "a wrong one" });
            let answer =
                collector.connect().post("/v1/auth/login", None, body.to_string().as_bytes());
            answer.unwrap().status
        })
        .collect();
    assert_eq!(statuses, [401, 401, 401, 429, 429]);
}

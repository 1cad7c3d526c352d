//! What thousands of processes left behind that died without a network.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::{TempDir, tempdir};

use super::{Outage, adds_up, segments, spooled};
use crate::server::Server;
use crate::{customer, eventually};

const CLIENTS: usize = 2_000;
/// As many live at a time, so that none adopts what another left.
const TOGETHER: usize = 100;

/// Leaves an event of each of so many clients; their ids.
fn crowd(dir: &Path, clients: usize) -> Vec<String> {
    let outage = Outage::begin();
    let mut ids = Vec::new();
    while ids.len() < clients {
        let part = TempDir::with_prefix_in("part-", dir.parent().unwrap()).unwrap();
        let alive: Vec<_> = (0..TOGETHER)
            .map(|_| {
                let client = spooled(&outage.server, &part).build().unwrap();
                ids.push(client.customer(customer(ids.len())).unwrap().to_string());
                client
            })
            .collect();
        drop(alive);
        for entry in std::fs::read_dir(part.path()).unwrap() {
            let entry = entry.unwrap();
            std::fs::rename(entry.path(), dir.join(entry.file_name())).unwrap();
        }
    }
    ids
}

/// Runs this test's other half, in a process that may open few files.
#[cfg(unix)]
#[test]
fn two_thousand_dead_clients_leftovers_arrive_though_few_files_can_be_open() {
    if let Some(dir) = std::env::var_os("CRM_SDK_CROWD") {
        let (built, arrived) = arrive(Path::new(&dir));
        println!("built in {built:?}, {CLIENTS} leftovers arrived in {arrived:?}");
        return;
    }
    let parent = tempdir().unwrap();
    let dir = parent.path().join("spool");
    std::fs::create_dir(&dir).unwrap();
    let ids = crowd(&dir, CLIENTS);
    std::fs::write(parent.path().join("ids"), ids.join("\n")).unwrap();
    let test =
        "spooled::crowd::two_thousand_dead_clients_leftovers_arrive_though_few_files_can_be_open";
    let status = Command::new("sh")
        .args(["-c", "ulimit -n 256 && exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env("CRM_SDK_CROWD", &dir)
        .status()
        .unwrap();
    assert!(status.success());
    assert_eq!(segments(&dir), [""; 0]);
}

#[cfg(unix)]
fn arrive(dir: &Path) -> (Duration, Duration) {
    let ids = std::fs::read_to_string(dir.parent().unwrap().join("ids")).unwrap();
    let ids: Vec<_> = ids.lines().map(str::to_owned).collect();
    let server = Server::storing();
    let begun = Instant::now();
    let client = spooled(&server, dir)
        .adoption_interval(Duration::from_millis(200))
        .batch_age(Duration::from_millis(10))
        .build()
        .unwrap();
    let built = begun.elapsed();
    eventually("all arrive", || client.stats().accepted == CLIENTS as u64);
    let arrived = begun.elapsed();
    assert!(server.holds_each_once(&ids));
    assert_eq!(client.losses().total(), 0);
    adds_up(&client);
    (built, arrived)
}

//! A real disk that is full: a small file system in memory, which only the superuser can mount.

#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::Command;

use crm_sdk::SpoolState;
use tempfile::{TempDir, tempdir};

use super::{Outage, adds_up, note, segments, spooled};
use crate::server::Server;
use crate::{PATIENCE, eventually};

struct Mounted(TempDir);

impl Mounted {
    /// A file system of 2 MiB, where one can be mounted.
    fn new() -> Option<Self> {
        let dir = tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"])
            .arg(dir.path())
            .output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self(dir))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(self.0.path()).status();
        assert!(unmounted.is_ok_and(|status| status.success()) || std::thread::panicking());
    }
}

#[test]
fn a_full_disk_drains_by_a_client_that_cannot_write_to_it() {
    let Some(disk) = Mounted::new() else {
        println!("skipped: only the superuser can mount a small file system");
        return;
    };
    let dir = disk.path().join("spool");
    let outage = Outage::begin();
    let client = spooled(&outage.server, &dir).build().unwrap();
    let mut ids = Vec::new();
    while client.stats().spool == SpoolState::Working {
        ids.push(client.interaction(note(20_000)).unwrap().to_string());
    }
    assert_eq!(client.stats().unspooled, 1);
    let in_memory = ids.pop().unwrap();
    drop(client);
    // Not even an owner file finds room.
    let filler = std::fs::write(disk.path().join("filler"), vec![0; 2 * 1024 * 1024]);
    assert!(filler.is_err());

    let server = Server::storing();
    let client = spooled(&server, &dir).build().unwrap();
    let stats = client.stats();
    assert!(matches!(stats.spool, SpoolState::Failing(_)), "{stats:?}");
    assert_eq!(stats.recovered, ids.len() as u64);
    ids.push(client.interaction(note(100)).unwrap().to_string());
    assert_eq!(client.stats().unspooled, 1);
    assert!(client.flush(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids), "but {in_memory}, which was nowhere else");
    eventually("what was sent made room", || {
        ids.push(client.interaction(note(100)).unwrap().to_string());
        client.stats().spool == SpoolState::Working
    });
    assert!(client.shutdown(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));
    adds_up(&client);
    assert_eq!(segments(&dir), [""; 0]);
}

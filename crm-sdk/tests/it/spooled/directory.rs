//! A directory that cannot be used, and what only one that can be used gives.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use crm_sdk::{Error, SpoolState};
use tempfile::tempdir;

use super::{adds_up, spooled};
use crate::server::Server;
use crate::{PATIENCE, customer, eventually, patient, track};

/// The client starts, says why there is no spool, and delivers all the same.
fn lives_without(dir: &Path, kind: ErrorKind) {
    let server = Server::storing();
    let client = spooled(&server, dir).build().unwrap();
    assert_eq!(client.stats().spool, SpoolState::Failing(kind));
    let ids = track(&client, 10);
    let stats = client.stats();
    assert_eq!((stats.tracked, stats.queued, stats.spool_bytes), (10, 10, 0));
    assert!(stats.queued_bytes > 0, "they are in memory");
    assert_eq!(stats.unspooled, 10);
    match client.track_durable(customer(0)) {
        Err(Error::Spool { what: "make the event durable", source }) => {
            assert_eq!(source.kind(), kind);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(client.dead_letters().unwrap(), []);
    assert!(client.shutdown(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));
    adds_up(&client);

    match spooled(&server, dir).spool_required(true).build() {
        Err(error @ Error::Spool { .. }) => {
            let error = error.to_string();
            let expected = format!("the spool cannot be opened: {}: ", dir.display());
            assert!(error.starts_with(&expected), "{error}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_directory_that_can_be_used_is_all_that_is_required() {
    let (dir, server) = (tempdir().unwrap(), Server::storing());
    let client = spooled(&server, &dir).spool_required(true).build().unwrap();
    assert_eq!(client.stats().spool, SpoolState::Working);
}

#[test]
fn a_directory_that_can_be_used_later_is_used_then() {
    let (dir, server) = (tempdir().unwrap(), Server::storing());
    let path = dir.path().join("spool");
    std::fs::write(&path, "in the way").unwrap();
    let client = spooled(&server, &path).build().unwrap();
    let mut ids = track(&client, 3);
    std::fs::remove_file(&path).unwrap();
    eventually("it is tried again", || {
        ids.extend(track(&client, 1));
        client.stats().spool == SpoolState::Working
    });
    let stats = client.stats();
    assert_eq!((stats.unspooled + 1, stats.tracked), (stats.tracked, ids.len() as u64));
    assert!(client.shutdown(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));
    adds_up(&client);
}

#[test]
fn a_directory_that_is_deleted_under_a_client_costs_no_event_that_it_has_open() {
    let (dir, server) = (tempdir().unwrap(), Server::storing());
    let path = dir.path().join("spool");
    let client =
        spooled(&server, &path).adoption_interval(Duration::from_millis(20)).build().unwrap();
    let mut ids = track(&client, 10);
    std::fs::remove_dir_all(&path).unwrap();
    eventually("it is made anew", || path.exists());
    ids.extend(track(&client, 10));
    assert!(client.track_durable(customer(3)).is_ok_and(|id| {
        ids.push(id.to_string());
        true
    }));
    assert!(client.shutdown(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));
    adds_up(&client);
}

#[test]
fn a_file_in_the_directorys_place_costs_the_spool_and_no_event() {
    let dir = tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "somebody's").unwrap();
    lives_without(&file, ErrorKind::AlreadyExists);
    lives_without(&file.join("spool"), ErrorKind::NotADirectory);
    assert_eq!(std::fs::read(&file).unwrap(), b"somebody's");
}

#[cfg(target_os = "linux")]
#[test]
fn a_directory_that_cannot_be_made_costs_the_spool_and_no_event() {
    // Not even the superuser may make one here.
    lives_without(Path::new("/proc/spool"), ErrorKind::NotFound);
}

#[cfg(unix)]
#[test]
fn a_directory_that_cannot_be_written_to_costs_the_spool_and_no_event() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o500)).unwrap();
    if std::fs::write(dir.path().join("probe"), "").is_ok() {
        // The superuser may write anywhere; there is nothing to be seen.
        return;
    }
    lives_without(dir.path(), ErrorKind::PermissionDenied);
    lives_without(&dir.path().join("spool"), ErrorKind::PermissionDenied);
}

#[cfg(unix)]
#[test]
fn what_is_on_disk_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempdir().unwrap();
    let spool = dir.path().join("of/the/shop");
    let server = Server::storing();
    let client = spooled(&server, &spool).build().unwrap();
    assert_eq!(client.stats().spool, SpoolState::Working);
    track(&client, 1);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&spool), 0o700);
    let files: Vec<_> =
        std::fs::read_dir(&spool).unwrap().map(|entry| mode(&entry.unwrap().path())).collect();
    assert_eq!(files, [0o600; 2]);
}

#[test]
fn what_lies_in_the_directory_already_is_left_alone() {
    let dir = tempdir().unwrap();
    let aliens = ["notes.txt", "00000000000000ab-00000000.seg", "00000000000000cd.own"];
    for name in aliens {
        std::fs::write(dir.path().join(name), "nobody's event").unwrap();
    }
    let server = Server::storing();
    let client = spooled(&server, &dir).build().unwrap();
    let ids = track(&client, 10);
    assert!(client.shutdown(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));
    assert_eq!((client.stats().recovered, client.losses().total()), (0, 0));
    for name in aliens {
        assert_eq!(std::fs::read(dir.path().join(name)).unwrap(), b"nobody's event", "{name}");
    }
}

#[test]
fn durable_events_of_many_threads_are_all_taken_and_delivered() {
    let (dir, server) = (tempdir().unwrap(), Server::storing());
    let client = spooled(&server, &dir).build().unwrap();
    let ids: Vec<_> = std::thread::scope(|scope| {
        let durable = |thread: usize| {
            let client = client.clone();
            move || {
                let ids = (0..25).map(|number| {
                    client.track_durable(customer(thread * 100 + number)).unwrap().to_string()
                });
                ids.collect::<Vec<_>>()
            }
        };
        let threads: Vec<_> = (0..16).map(|thread| scope.spawn(durable(thread))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!((client.stats().queued, client.stats().queued_bytes), (400, 0));
    assert!(client.shutdown(PATIENCE).is_empty());
    assert!(server.holds_each_once(&ids));
    assert!(matches!(client.track_durable(customer(0)), Err(Error::ShutDown)));
}

#[test]
fn without_a_spool_nothing_is_durable_and_that_is_said() {
    let server = Server::storing();
    let client = patient(&server.endpoint).build().unwrap();
    assert_eq!(client.stats().spool, SpoolState::Off);
    let error = client.track_durable(customer(0)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the spool cannot make the event durable: the client has no spool_dir"
    );
    assert!(client.shutdown(Duration::ZERO).is_empty());
    assert_eq!(server.stored().len(), 0);
}

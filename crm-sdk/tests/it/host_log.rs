//! What the host sees in its log, and that its log may call the client from within.
//!
//! The client's thread logs to the process's own subscriber, so that each test runs in a process of
//! its own.

use std::cell::Cell;
use std::fmt::Write;
use std::process::Command;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use crm_sdk::Client;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::server::{Reply, Server};
use crate::{KEY, PATIENCE, customer, eventually, hasty, patient, track};

/// A host's subscriber: it keeps the lines, and tracks an event for each.
struct Layer;

static LINES: Mutex<Vec<(Level, String)>> = Mutex::new(Vec::new());
/// The client that is called for each line, and the ids that it gave.
static TRACKER: OnceLock<Client> = OnceLock::new();
static TRACKED: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0, "{}={value:?} ", field.name()).unwrap();
    }
}

impl Subscriber for Layer {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("crm_sdk")
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        thread_local! {
            static IS_INSIDE: Cell<bool> = const { Cell::new(false) };
        }
        let mut line = Line(String::new());
        event.record(&mut line);
        LINES.lock().unwrap().push((*event.metadata().level(), line.0));
        // What is said of what it tracks here is not tracked in turn.
        if let Some(client) = TRACKER.get()
            && !IS_INSIDE.replace(true)
        {
            if let Ok(id) = client.customer(customer(9)) {
                TRACKED.lock().unwrap().push(id.to_string());
            }
            IS_INSIDE.set(false);
        }
    }
}

/// Runs a test again in a process of its own; says whether this is that process.
fn alone(test: &str) -> bool {
    if std::env::var_os("CRM_SDK_ALONE").is_some() {
        tracing::subscriber::set_global_default(Layer).unwrap();
        return true;
    }
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("host_log::{test}"), "--nocapture"])
        .env("CRM_SDK_ALONE", "1")
        .status()
        .unwrap();
    assert!(status.success());
    false
}

/// The lines above debug.
fn lines() -> Vec<(Level, String)> {
    let lines = LINES.lock().unwrap();
    lines.iter().filter(|(level, _)| *level <= Level::INFO).cloned().collect()
}

#[cfg(feature = "spool")]
#[test]
fn a_host_that_tracks_each_line_of_the_log_hangs_nowhere() {
    if !alone("a_host_that_tracks_each_line_of_the_log_hangs_nowhere") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let spool = dir.path().join("spool");
    let server = Server::start(|number, _| match number % 5 {
        0 => Reply::status(500),
        1 => Reply::Break,
        2 => Reply::Reject(vec![0]),
        3 => Reply::status(302),
        _ => Reply::Store,
    });
    let client = patient(&server.endpoint)
        .spool_dir(&spool)
        .spool_bytes(1024 * 1024)
        .adoption_interval(Duration::from_millis(20))
        .build()
        .unwrap();
    assert!(TRACKER.set(client.clone()).is_ok());
    let said = |text: &str| lines().iter().any(|(_, line)| line.contains(text));
    // A segment that is gone when it is to be read, and one that is damaged.
    for _ in 0..900 {
        let note = crm_sdk::Interaction::new("c-1", crm_sdk::InteractionKind::Note);
        client.interaction(note.text("x".repeat(400))).unwrap();
    }
    let mut segments: Vec<_> = std::fs::read_dir(&spool)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "seg"))
        .collect();
    segments.sort();
    assert!(segments.len() >= 3, "{segments:?}");
    std::fs::remove_file(&segments[0]).unwrap();
    let file = std::fs::File::options().write(true).open(&segments[1]).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &[0; 64], 100).unwrap();
    eventually("all is decided on", || client.flush(PATIENCE).events == client.stats().parked);
    assert!(said("a segment of the spool cannot be read") && said("cannot be read any more"));
    // A directory that is gone.
    track(&client, 100);
    std::fs::remove_dir_all(&spool).unwrap();
    eventually("it is noticed", || said("deleted or replaced"));
    track(&client, 100);
    eventually("all is decided on", || client.flush(PATIENCE).events == client.stats().parked);
    let lines = lines();
    for expected in ["rejected", "sent again", "no collector"] {
        assert!(lines.iter().any(|(_, line)| line.contains(expected)), "{expected}: {lines:?}");
    }
    assert!(!TRACKED.lock().unwrap().is_empty());
    let _unsent = client.shutdown(PATIENCE);
}

#[test]
fn the_first_warning_tells_a_wrong_port_from_a_wrong_key_and_from_what_is_no_collector() {
    if !alone("the_first_warning_tells_a_wrong_port_from_a_wrong_key_and_from_what_is_no_collector")
    {
        return;
    }
    let first_line = |endpoint: &str| {
        LINES.lock().unwrap().clear();
        let client = hasty(endpoint).build().unwrap();
        track(&client, 1);
        eventually("it fails", || client.stats().failure.is_some());
        let reason = client.stats().failure_reason;
        let _unsent = client.shutdown(Duration::ZERO);
        let line = lines().into_iter().find(|(_, line)| line.contains("vents are kept"));
        let line = line.map(|(_, line)| line).unwrap();
        assert!(line.contains(endpoint), "{line}");
        assert!(!line.contains(KEY), "{line}");
        (line, reason)
    };
    // A port that nobody listens at.
    let nobody = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let (line, reason) = first_line(&nobody);
    assert!(line.contains("is it running") && line.contains("refused"), "{line}");
    assert!(reason.is_some_and(|reason| reason.contains("refused")));

    let (line, reason) = first_line("http://no-such-host.invalid:8787");
    assert!(line.contains("no-such-host.invalid cannot be looked up"), "{line}");
    assert!(reason.is_some_and(|reason| reason.contains("looked up")));

    let refusing = Server::start(|_, _| Reply::problem(crm_sdk::Code::Unauthorized));
    let (line, reason) = first_line(&refusing.endpoint);
    assert!(line.contains("does not accept the key"), "{line}");
    assert_eq!(reason.as_deref(), Some("as the test wants it"));

    let page = Server::start(|_, _| Reply::status(404));
    let (line, reason) = first_line(&page.endpoint);
    assert!(line.contains("no collector"), "{line}");
    assert_eq!(reason, None);
}

#[test]
fn a_server_that_comes_and_goes_fills_no_log() {
    if !alone("a_server_that_comes_and_goes_fills_no_log") {
        return;
    }
    let server = Server::start(|number, _| match number % 2 {
        0 => Reply::status(503),
        _ => Reply::Reject(vec![0]),
    });
    let client = hasty(&server.endpoint).batch_events(2).build().unwrap();
    track(&client, 600);
    assert!(client.flush(PATIENCE).is_empty());
    assert!(server.requests().len() >= 600);
    let lines = lines();
    assert!((2..=16).contains(&lines.len()), "{} lines", lines.len());
    assert!(lines.iter().any(|(_, line)| line.contains("sent again")), "{lines:?}");
}

#[test]
fn a_field_that_is_left_out_is_named_and_not_quoted_and_many_fill_no_log() {
    if !alone("a_field_that_is_left_out_is_named_and_not_quoted_and_many_fill_no_log") {
        return;
    }
    let server = Server::storing();
    let client = hasty(&server.endpoint).build().unwrap();
    for number in 0..50 {
        client.customer(customer(number).email("somebody at home")).unwrap();
    }
    // One that is not taken at all is no warning.
    client.customer(crm_sdk::Customer::new("").email("somebody at home")).unwrap_err();
    assert!(client.flush(PATIENCE).is_empty());
    let stats = client.stats();
    assert_eq!((stats.accepted, stats.warnings), (50, 50));
    let lines = lines();
    assert!((1..=6).contains(&lines.len()), "{lines:?}");
    for (level, line) in lines {
        assert_eq!(level, Level::WARN);
        assert!(line.contains("code=field_ignored") && line.contains("email"), "{line}");
        assert!(!line.contains("somebody"), "{line}");
    }
}

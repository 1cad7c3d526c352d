//! A client whose events are on disk: its life, its end, and the next one.

mod crowd;
mod dead_letters;
mod directory;
mod disk_full;
mod full;
mod life;
mod restart;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crm_sdk::{Client, ClientBuilder, Interaction, InteractionKind, Loss};

use crate::patient;
use crate::server::{Reply, Server};

/// A client that sends nothing by itself and gives nothing up by itself, with a spool.
fn spooled(server: &Server, dir: impl AsRef<Path>) -> ClientBuilder {
    patient(&server.endpoint)
        .spool_dir(dir.as_ref())
        .drop_timeout(Duration::ZERO)
        .request_timeout(Duration::from_secs(3_600))
}

/// A server that is down until it is told otherwise.
struct Outage {
    server: Server,
    is_over: Arc<AtomicBool>,
}

impl Outage {
    fn begin() -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let store = Arc::clone(&is_over);
        let server = Server::start(move |_, _| {
            if store.load(Ordering::SeqCst) { Reply::Store } else { Reply::status(503) }
        });
        Self { server, is_over }
    }

    fn end(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }
}

/// An event of about so many bytes.
fn note(bytes: usize) -> Interaction {
    Interaction::new("c-1", InteractionKind::Note).text("x".repeat(bytes))
}

/// Each event that was taken or found is accounted for, in exactly one place.
fn adds_up(client: &Client) {
    let (stats, losses) = (client.stats(), client.losses());
    let of_those_taken = [
        Loss::DroppedOldest,
        Loss::Rejected,
        Loss::TooLarge,
        Loss::Malformed,
        Loss::Undeliverable,
        Loss::Unsent,
        Loss::Expired,
        Loss::Damaged,
    ];
    let lost: u64 = of_those_taken.iter().map(|loss| losses.of(*loss)).sum();
    assert_eq!(
        stats.tracked + stats.recovered,
        stats.queued as u64
            + stats.accepted
            + stats.updated
            + stats.superseded
            + stats.duplicate
            + lost,
        "{stats:?} {losses:?}"
    );
}

/// Names of the segments in a spool's directory.
fn segments(dir: &Path) -> Vec<String> {
    let names = std::fs::read_dir(dir).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".seg")).collect()
}

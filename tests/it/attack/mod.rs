//! Attacks on a collector with default settings and 128 MiB: whoever they come from, it lives,
//! answers honest senders and probes in time, and has its memory back afterwards.
//!
//! Each scene is a test in a file of its own. It makes a [`Stage`], has [`Honest`] traffic run
//! beside the attack, and ends with [`Stage::settle`]. `make test` makes a handful of each;
//! `make attack` makes all of it against the release binary, and holds it to the times and the
//! memory below, which a debug build on a busy machine could not keep.

mod bodies;
mod honest;
mod logins;
mod quarantine;
mod stops;
mod strangers;
mod stuck;
mod unread;
mod waiters;
mod wal;

use std::ops::Deref;
use std::time::{Duration, Instant};

use crm_tests::harness::{Collector, MemoryLimit, Options};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

pub(crate) use honest::Honest;

/// What the collector has in all, in MiB.
const MEMORY_MIB: u64 = 128;
/// What it is back at when an attack is over, in MiB, and how soon.
const REST_MIB: u64 = 48;
const SOON: Duration = Duration::from_mins(1);
/// What an honest sender waits for, at the 99th of a hundred.
const INGEST_P99: Duration = Duration::from_millis(250);

/// Whether all of an attack is made, and not a handful.
pub(crate) fn full() -> bool {
    std::env::var_os("CRM_ATTACK").is_some_and(|value| !value.is_empty())
}

/// So many in `make attack`, and so many in `make test`.
pub(crate) fn size(full_size: usize, handful: usize) -> usize {
    if full() { full_size } else { handful }
}

/// A collector under attack.
pub(crate) struct Stage {
    // Before its group, which goes once it is empty.
    collector: Collector,
    limit: Option<MemoryLimit>,
    scene: &'static str,
}

impl Stage {
    pub(crate) fn new(scene: &'static str) -> Self {
        Self::with(scene, Options::new())
    }

    /// With settings of its own.
    pub(crate) fn with(scene: &'static str, options: Options) -> Self {
        allow_many_files();
        // A debug build takes more, and is here for what it does and not for what it takes.
        let limit = if full() { MemoryLimit::new(MEMORY_MIB) } else { None };
        let options = match &limit {
            Some(limit) => {
                let wrapper = limit.wrapper();
                options.served_by(&wrapper.iter().map(String::as_str).collect::<Vec<_>>())
            }
            None => options,
        };
        Self { collector: Collector::start(options), limit, scene }
    }

    /// Headers with a key that stands in a page for all to read.
    pub(crate) fn page_credentials(&self) -> String {
        let new_key = ["key", "create", "--name", "page", "--kind", "browser", "--scopes"];
        let scopes = ["ingest", "--origins", "https://shop.example"];
        let key = self.expect_command(&[&new_key[..], &scopes].concat(), "");
        format!("Authorization: Bearer {}\r\nOrigin: https://shop.example\r\n", key.trim())
    }

    /// The attack is over: the collector lives, keeps within its memory, and honest senders and
    /// probes were served throughout.
    pub(crate) fn settle(&mut self, honest: Honest) {
        let account = honest.end();
        let memory = self.collector.memory();
        let begun = Instant::now();
        let rest_kib = loop {
            let now_kib = self.collector.memory().now_kib;
            if now_kib <= REST_MIB * 1024 || !full() || begun.elapsed() > SOON {
                break now_kib;
            }
            std::thread::sleep(Duration::from_millis(100));
        };
        let group = if self.limit.is_some() { "in a group of 128" } else { "without a group" };
        println!(
            "{}: {account}; memory {} MiB at the most ({group}), {} MiB after {:.1?}",
            self.scene,
            memory.peak_kib / 1024,
            rest_kib / 1024,
            begun.elapsed()
        );
        self.collector.get("/healthz").expect(200);
        assert!(account.accepted > 0, "{account}");
        assert_eq!(self.collector.stored_purchases("2026-01-01", "2026-12-31"), account.accepted);
        if full() {
            assert_eq!(account.not_ready, Vec::<String>::new(), "{account}");
            assert!(account.ingest_p99 <= INGEST_P99, "{account}");
            assert!(memory.peak_kib <= MEMORY_MIB * 1024, "{} KiB at the most", memory.peak_kib);
            assert!(rest_kib <= REST_MIB * 1024, "{rest_kib} KiB a minute later");
        }
    }
}

impl Deref for Stage {
    type Target = Collector;

    fn deref(&self) -> &Collector {
        &self.collector
    }
}

impl std::ops::DerefMut for Stage {
    fn deref_mut(&mut self) -> &mut Collector {
        &mut self.collector
    }
}

/// Attackers hold more connections than a process is given descriptors by default.
fn allow_many_files() {
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
}

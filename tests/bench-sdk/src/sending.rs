//! How many events one core sends: the SDK with all its threads kept to the first core, a server
//! that answers at once on the second.

use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::calls::middle_and_least;
use crate::contenders::Contender;
use crate::contenders::crm::{Crm, builder};
use crate::process::{Core, run};
use crate::server::Server;
use crate::table::{Table, grouped, rate};
use crate::usage::cpu_time;

/// What one process saw.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Sending {
    /// Seconds from the first call to the last verdict.
    seconds: f64,
    /// Of them, what the process had of its core.
    cpu_seconds: f64,
    /// Of these, what the SDK's own thread took.
    worker_cpu_seconds: f64,
    /// Events that were left after the flush.
    left: usize,
}

const VARIANTS: &[(&str, &str)] = &[
    ("memory", "memory, gzip"),
    ("memory-plain", "memory, not compressed"),
    ("spool", "spool, gzip"),
    ("spool-plain", "spool, not compressed"),
];

/// Prints a table of every variant.
pub fn measure(events: u64, rounds: u64, scratch: &Path) {
    println!(
        "Sending {} purchases from one core to a server on another, median of {rounds} rounds \
         (best)\n",
        grouped(events)
    );
    let mut table = Table::new([
        "",
        "events/s, calls included",
        "per CPU second",
        "worker alone, per CPU second",
        "bytes/event",
        "events/request",
        "arrived",
    ]);
    let per_second = |seconds: (f64, f64)| {
        let of = |seconds: f64| rate(events as f64 / seconds);
        format!("{} ({})", of(seconds.0), of(seconds.1))
    };
    for (name, label) in VARIANTS {
        let mut results: Vec<Sending> = Vec::new();
        let (mut arrived, mut requests, mut bytes) = (0, 0, 0);
        for _ in 0..rounds {
            let server = Server::start(Core::Only(1));
            let spool = tempfile::tempdir_in(scratch).expect("the disk can be written");
            let spool = spool.path().to_str().expect("the path is text");
            let words = [*name, &server.url(), &events.to_string(), spool];
            results.push(run(Core::Only(0), "sending", &words));
            let counts = server.counts();
            arrived += counts.events;
            requests += counts.requests;
            bytes += counts.bytes;
        }
        let of = |figure: fn(&Sending) -> f64| middle_and_least(results.iter().map(figure));
        let left: usize = results.iter().map(|sending| sending.left).sum();
        let left =
            if left == 0 { String::new() } else { format!(", {} left", grouped(left as u64)) };
        table.row([
            (*label).to_owned(),
            per_second(of(|sending| sending.seconds)),
            per_second(of(|sending| sending.cpu_seconds)),
            per_second(of(|sending| sending.worker_cpu_seconds)),
            (bytes / arrived.max(1)).to_string(),
            (arrived / requests.max(1)).to_string(),
            format!("{} of {}{left}", grouped(arrived), grouped(events * rounds)),
        ]);
    }
    println!("{table}");
    println!(
        "Per CPU second: what is left when the time that others had of the core is taken off.\n"
    );
}

/// The role: makes, tracks and sends so many events.
pub fn play(words: &[String]) -> Sending {
    let [name, url, events, spool] = words else { panic!("four words are needed") };
    let events: usize = events.parse().expect("a number of events");
    let builder = match name.split_once('-').map_or(name.as_str(), |(kind, _)| kind) {
        "memory" => builder(url).queue_events(events).queue_bytes(events * 512),
        "spool" => builder(url).spool_dir(spool).spool_bytes(1 << 40),
        other => panic!("there is no variant {other}"),
    };
    let builder = if name.ends_with("-plain") { builder.gzip_above(usize::MAX) } else { builder };
    let crm = Crm::of(builder);
    let ready: Vec<_> = (0..events).map(|number| crm.event(number)).collect();
    let (cpu_before, worker_before) = (cpu_time(std::process::id()), worker_cpu_time());
    let begun = Instant::now();
    for event in ready {
        crm.call(event);
    }
    let unsent = crm.client().flush(Duration::from_secs(120));
    let seconds = begun.elapsed().as_secs_f64();
    let worker_cpu = worker_cpu_time().saturating_sub(worker_before);
    Sending {
        seconds,
        cpu_seconds: (cpu_time(std::process::id()) - cpu_before).as_secs_f64(),
        worker_cpu_seconds: worker_cpu.as_secs_f64(),
        left: unsent.events,
    }
}

/// Time that the SDK's thread had of a core, by the kernel's own account in nanoseconds.
fn worker_cpu_time() -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let read = |path: std::path::PathBuf| std::fs::read_to_string(path).unwrap_or_default();
    tasks
        .filter(|task| read(task.path().join("comm")).starts_with("crm-sdk"))
        .filter_map(|task| read(task.path().join("schedstat")).split(' ').next()?.parse().ok())
        .map(Duration::from_nanos)
        .sum()
}

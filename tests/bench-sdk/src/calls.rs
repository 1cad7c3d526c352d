//! What a call costs its caller: the latency of each of many on many threads, and how many there
//! are in all. Events are made before the clock starts.

use std::path::Path;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::contenders::{Contender, crm, opentelemetry, posthog, sentry};
use crate::process::{Core, run};
use crate::server::Server;
use crate::table::{Table, grouped, rate, ratio};

/// What one process saw.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Calls {
    count: u64,
    per_second: f64,
    p50_ns: u64,
    p99_ns: u64,
    p999_ns: u64,
    max_ns: u64,
    /// Processor time of a call, on the thread that made it.
    call_cpu_ns: f64,
    /// Processor time of an event until it was sent, on every thread of the process.
    event_cpu_ns: f64,
}

/// Each contender by its name on the command line, its call as a reader knows it, and which part
/// of the events it gets: one in so many, where a call waits for the disk.
const CONTENDERS: &[(&str, &str, u64)] = &[
    ("crm-memory", "crm-sdk, memory: track", 1),
    ("crm-spool", "crm-sdk, spool: track", 1),
    ("crm-durable", "crm-sdk, spool: track_durable", 50),
    ("posthog", "posthog-rs: capture", 1),
    ("sentry", "sentry: capture_event", 1),
    ("opentelemetry", "opentelemetry: Logger::emit", 1),
];

/// Runs every contender in turn, several rounds of it, and prints a table.
pub fn compare(threads: u64, events: u64, rounds: u64, scratch: &Path) {
    println!(
        "Calls on {threads} threads, {} events each, median of {rounds} rounds (best)\n",
        grouped(events)
    );
    let mut table = Table::new([
        "",
        "p50 µs",
        "p99 µs",
        "p99.9 µs",
        "max ms",
        "calls/s",
        "of row 1",
        "p99 of row 1",
        "CPU ns/call",
        "CPU ns until sent",
        "arrived",
    ]);
    let mut ours: Option<(f64, f64)> = None;
    let mut results: Vec<Vec<Calls>> = vec![Vec::new(); CONTENDERS.len()];
    let mut arrived = vec![0; CONTENDERS.len()];
    // Round by round, so that a busy spell of the machine falls on all alike.
    for _ in 0..rounds {
        for (index, (name, _, part)) in CONTENDERS.iter().enumerate() {
            let server = Server::start(Core::Any);
            let spool = tempfile::tempdir_in(scratch).expect("the disk can be written");
            let per_thread = (events / part).max(1).to_string();
            let spool = spool.path().to_str().expect("the path is text");
            let words = [*name, &server.url(), &threads.to_string(), &per_thread, spool];
            results[index].push(run(Core::Any, "calls", &words));
            arrived[index] += server.counts().events;
        }
    }
    for (index, (_, call, _)) in CONTENDERS.iter().enumerate() {
        let rounds = &results[index];
        let (p99, best_p99) = middle_and_least(rounds.iter().map(|calls| calls.p99_ns as f64));
        let (slowness, best) = middle_and_least(rounds.iter().map(|calls| 1.0 / calls.per_second));
        let per_second = 1.0 / slowness;
        let (our_rate, our_p99) = *ours.get_or_insert((per_second, p99));
        let micros = |figure: fn(&Calls) -> u64| {
            let (middle, _) = middle_and_least(rounds.iter().map(|calls| figure(calls) as f64));
            format!("{:.2}", middle / 1e3)
        };
        let nanos_of = |figure: fn(&Calls) -> f64| {
            let (middle, best) = middle_and_least(rounds.iter().map(figure));
            format!("{middle:.0} ({best:.0})")
        };
        // In both passes.
        let sent = rounds.iter().map(|calls| 2 * calls.count).sum();
        let longest = rounds.iter().map(|calls| calls.max_ns).max().unwrap_or_default();
        table.row([
            (*call).to_owned(),
            micros(|calls| calls.p50_ns),
            format!("{:.2} ({:.2})", p99 / 1e3, best_p99 / 1e3),
            micros(|calls| calls.p999_ns),
            format!("{:.1}", longest as f64 / 1e6),
            format!("{} ({})", rate(per_second), rate(1.0 / best)),
            ratio(per_second, our_rate),
            ratio(p99, our_p99),
            nanos_of(|calls| calls.call_cpu_ns),
            nanos_of(|calls| calls.event_cpu_ns),
            format!("{} of {}", grouped(arrived[index]), grouped(sent)),
        ]);
    }
    println!("{table}");
    println!(
        "Of row 1: as a multiple of crm-sdk's track into memory. CPU ns/call: what the calling \
         thread had of a core; until sent: what all threads of the library had, sending included. \
         These two depend little on what else the machine does; calls/s is shared with that, with \
         the server and with the library's own thread. Reading the clock, about 20 ns, is in each \
         call.\n"
    );
}

/// The role: one contender, all its threads.
pub fn play(words: &[String]) -> Calls {
    let [name, url, threads, per_thread, spool] = words else { panic!("five words are needed") };
    let threads = threads.parse().expect("a number of threads");
    let per_thread: usize = per_thread.parse().expect("a number of events");
    let capacity = threads * per_thread;
    match name.as_str() {
        "crm-memory" => measure(crm::Crm::in_memory(url, capacity), threads, per_thread),
        "crm-spool" => measure(crm::Crm::on_disk(url, Path::new(spool)), threads, per_thread),
        "crm-durable" => measure(crm::Durable::new(url, Path::new(spool)), threads, per_thread),
        "posthog" => measure(posthog::Posthog::new(url, capacity), threads, per_thread),
        "sentry" => measure(sentry::Sentry::new(url, capacity), threads, per_thread),
        "opentelemetry" => measure(opentelemetry::Otlp::new(url, capacity), threads, per_thread),
        other => panic!("there is no contender {other}"),
    }
}

/// Measures the second of two equal passes: in the first, a library takes from the system the
/// memory that it then has for good, and makes its connection.
fn measure<C: Contender>(contender: C, threads: usize, per_thread: usize) -> Calls {
    let flush = Duration::from_secs(120);
    pass(&contender, threads, per_thread);
    contender.flush(flush);
    let Pass { mut times, elapsed, call_cpu, cpu_before } = pass(&contender, threads, per_thread);
    contender.flush(flush);
    let event_cpu = cpu(ClockId::ProcessCPUTime) - cpu_before;
    contender.finish();
    times.sort_unstable();
    let count = times.len() as f64;
    let within = |per_mille: usize| u64::from(times[(times.len() - 1) * per_mille / 1_000]);
    Calls {
        count: times.len() as u64,
        per_second: count / elapsed.as_secs_f64(),
        p50_ns: within(500),
        p99_ns: within(990),
        p999_ns: within(999),
        max_ns: within(1_000),
        call_cpu_ns: call_cpu.as_secs_f64() * 1e9 / count,
        event_cpu_ns: event_cpu.as_secs_f64() * 1e9 / count,
    }
}

/// All events of all threads once.
struct Pass {
    /// Nanoseconds of each call.
    times: Vec<u32>,
    /// From the first thread's first call to the last thread's last one.
    elapsed: Duration,
    /// Processor time of the calling threads.
    call_cpu: Duration,
    /// Processor time of the process before the first call.
    cpu_before: Duration,
}

fn pass<C: Contender>(contender: &C, threads: usize, per_thread: usize) -> Pass {
    // This thread as well, to look at the clock when all events are made.
    let barrier = &Barrier::new(threads + 1);
    thread::scope(|scope| {
        let calls = move |thread: usize| {
            let first = thread * per_thread;
            let events: Vec<_> =
                (first..first + per_thread).map(|number| contender.event(number)).collect();
            // Written once, so that no page of it is new to the process later.
            let mut times = vec![u32::MAX; per_thread];
            barrier.wait();
            let cpu_before = cpu(ClockId::ThreadCPUTime);
            let begun = Instant::now();
            let mut before = begun;
            for (time, event) in times.iter_mut().zip(events) {
                contender.call(event);
                // One look at the clock ends a call and begins the next.
                let now = Instant::now();
                *time = nanos(now - before);
                before = now;
            }
            let cpu = cpu(ClockId::ThreadCPUTime) - cpu_before;
            (times, begun, before, cpu)
        };
        let running: Vec<_> =
            (0..threads).map(|thread| scope.spawn(move || calls(thread))).collect();
        barrier.wait();
        let cpu_before = cpu(ClockId::ProcessCPUTime);
        let mut times = Vec::with_capacity(threads * per_thread);
        let mut call_cpu = Duration::ZERO;
        let (mut first, mut last) = (None, None);
        for thread in running {
            let (of_thread, begun, ended, cpu) = thread.join().expect("no contender panics");
            times.extend(of_thread);
            call_cpu += cpu;
            first = first.map_or(Some(begun), |first: Instant| Some(first.min(begun)));
            last = last.max(Some(ended));
        }
        let elapsed = first.zip(last).map(|(first, last)| last - first).unwrap_or_default();
        Pass { times, elapsed, call_cpu, cpu_before }
    })
}

/// Processor time that a thread or the process has had so far.
fn cpu(clock: ClockId) -> Duration {
    clock_gettime(clock).try_into().expect("processor time is not below zero")
}

fn nanos(time: Duration) -> u32 {
    u32::try_from(time.as_nanos()).unwrap_or(u32::MAX)
}

/// The median, and the best.
pub fn middle_and_least(figures: impl Iterator<Item = f64>) -> (f64, f64) {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_unstable_by(f64::total_cmp);
    (figures[figures.len() / 2], figures[0])
}

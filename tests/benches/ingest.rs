//! How many purchases a second the collector takes over HTTP, each synced before its answer and
//! readable after `kill -9`, against a plain SQLite loop over the same purchases. The same of a wide shop
//! (20,000 products in three currencies, 50,000 customers), against PostgreSQL as well, with the bytes
//! that are written to the disk for an event. And how many stored purchases a second are corrected.
//!
//! `cargo bench -p crm-tests --bench ingest -- [--events 50M] [--single-events 200k]
//! [--plain-events 2M] [--memory 64,256] [--customers 200k] [--parts 10] [--wide-events 2M] [--wide-memory 96]
//! [--replaced-events 500k] [--only plain,ceiling,batches,single,replaced,wide,wide-plain,postgres]`
#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]
#![expect(clippy::expect_used, clippy::panic, reason = "a bench that fails has to stop")]

use std::time::{Duration, Instant};

use crm_tests::bench::args::Args;
use crm_tests::bench::ceiling::TrivialServer;
use crm_tests::bench::load::{self, Load, Mark, Outcome, Sending};
use crm_tests::bench::plain::{self, Tuning};
use crm_tests::bench::postgres;
use crm_tests::bench::shop::{Shop, THREE_YEARS_DAYS};
use crm_tests::bench::table::{Table, grouped, mib_of_kib, millis, per_second, rate, ratio};
use crm_tests::harness::{
    Collector, Memory, Options, cpu_time, folder_bytes, places, written_bytes,
};

const BATCHES: Sending = Sending::Batches(100);
const KNOWN: &[&str] = &[
    "events",
    "single-events",
    "plain-events",
    "memory",
    "customers",
    "parts",
    "replaced-events",
    "wide-events",
    "wide-memory",
    "only",
];
/// Enough a day that a fold has a row of each product.
const WIDE_DAYS: u32 = 60;
const POSTGRES: &str = "wide, PostgreSQL";
/// Bytes written for an event of the wide shop, and memory beyond what is set.
const WANTED_BYTES: u64 = 1_000;
const WANTED_BEYOND_MIB: u64 = 32;

/// The rate of one run, overall and by part.
struct Run {
    name: String,
    rate: f64,
    parts: Vec<f64>,
    events: u64,
}

fn main() {
    let args = Args::parse(KNOWN);
    let events = args.count("events", 2_000_000);
    let single_events = args.count("single-events", 200_000);
    let plain_events = args.count("plain-events", events.min(2_000_000));
    let customers = args.count("customers", 200_000);
    let parts = args.count("parts", 10);
    let shop = |events| Shop::with_customers(events, THREE_YEARS_DAYS, customers);
    println!("ingest: {}", crm_tests::bench::machine());
    println!(
        "purchases of 1 to 3 line items, {} bytes as JSON on average, {} customers, 5,000 products\n",
        mean_bytes(&shop(10_000)),
        grouped(customers)
    );

    let mut plain = Vec::new();
    if args.runs("plain") {
        plain.push(run_plain("plain loop", Tuning::Default, &shop(plain_events), parts));
        plain.push(run_plain("plain loop, 256 MB", Tuning::Roomy, &shop(plain_events), parts));
    }
    let mut ceilings = Vec::new();
    if args.runs("ceiling") {
        ceilings.push(run_ceiling(
            "ceiling, batches",
            &shop(events.min(2_000_000)),
            BATCHES,
            parts,
        ));
        ceilings.push(run_ceiling(
            "ceiling, single",
            &shop(single_events),
            Sending::OneByOne,
            parts,
        ));
    }
    let mut ours = Vec::new();
    for mib in args.counts("memory", &[64, 256]) {
        let wanted = if mib < 256 { 60_000.0 } else { 100_000.0 };
        if args.runs("batches") {
            let name = format!("batches, {mib} MiB");
            ours.push((run_collector(&name, None, &shop(events), BATCHES, mib, parts), wanted));
        }
        if args.runs("single") {
            let name = format!("single, {mib} MiB");
            let shop = shop(single_events);
            let run = run_collector(&name, None, &shop, Sending::OneByOne, mib, parts);
            ours.push((run, 20_000.0));
        }
        if args.runs("replaced") {
            let (name, events) =
                (format!("replaced, {mib} MiB"), args.count("replaced-events", 500_000));
            let (stored, shop) = (shop(events), shop(events).corrected());
            let run = run_collector(&name, Some(&stored), &shop, BATCHES, mib, parts);
            ours.push((run, 10_000.0));
        }
    }

    let wide = Shop::wide(args.count("wide-events", 2_000_000), WIDE_DAYS);
    if args.runs("wide-plain") {
        plain.push(run_plain("wide, plain loop", Tuning::Roomy, &wide, parts));
    }
    if args.runs("postgres") {
        plain.extend(run_postgres(&wide, parts));
    }
    if args.runs("wide") {
        let mib = args.count("wide-memory", 96);
        let wanted = plain.iter().find(|run| run.name == POSTGRES).map_or(0.0, |run| run.rate);
        ours.push((run_collector("wide, batches", None, &wide, BATCHES, mib, parts), wanted));
    }

    let all: Vec<_> =
        plain.iter().chain(&ceilings).chain(ours.iter().map(|(run, _)| run)).collect();
    println!("Events a second, by part of each run\n\n{}", by_part(&all));
    let mut head: Vec<_> = ["run", "events", "a second", "wanted"].map(String::from).into();
    head.extend(plain.iter().map(|run| format!("to {}", run.name)));
    let mut table = Table::new(head);
    for run in &all {
        let wanted = ours.iter().find(|(own, _)| own.name == run.name).map(|(_, wanted)| *wanted);
        let wanted = wanted.map_or(String::new(), |wanted| {
            format!("{} {}", rate(wanted), if run.rate >= wanted { "met" } else { "SHORT" })
        });
        let mut row = vec![run.name.clone(), grouped(run.events), rate(run.rate), wanted];
        row.extend(plain.iter().map(|yardstick| ratio(run.rate, yardstick.rate)));
        table.row(row);
    }
    println!("Overall, and as a ratio to the plain loop\n\n{table}");
}

fn run_plain(name: &str, tuning: Tuning, shop: &Shop, parts: u64) -> Run {
    let folder = tempfile::tempdir_in(places::scratch_folder()).expect("there is disk space");
    println!("{name}: {} purchases, transactions of 1,000, FULL", grouped(shop.purchases()));
    let marks = plain::run(folder.path(), tuning, shop, parts, &mut progress());
    println!();
    Run::new(name, shop.purchases(), &marks)
}

fn run_postgres(shop: &Shop, parts: u64) -> Option<Run> {
    let Sending::Batches(batch) = BATCHES else { return None };
    let Some(server) = postgres::Server::start() else {
        println!("{POSTGRES}: not installed\n");
        return None;
    };
    println!(
        "{POSTGRES}: {} purchases over {} connections, multi-row inserts of {batch}",
        grouped(shop.purchases()),
        connections(BATCHES)
    );
    let (marks, written) = postgres::run(&server, shop, connections(BATCHES), batch, parts);
    marks.iter().for_each(progress());
    println!("  written           {} bytes an event\n", written / shop.purchases());
    Some(Run::new(POSTGRES, shop.purchases(), &marks))
}

fn run_ceiling(name: &str, shop: &Shop, sending: Sending, parts: u64) -> Run {
    let connections = connections(sending);
    let server = TrivialServer::start(connections).expect("a port is free");
    let load = Load {
        address: server.address(),
        key: "crm_sk_ceiling",
        shop,
        purchases: 0..shop.purchases(),
        connections,
        sending,
        marks: parts,
    };
    let outcome = load::run(&load, &mut |_| ()).expect("the trivial server answers");
    println!(
        "{name}: the load generator against a server that stores nothing, {} connections: {} a \
         second\n",
        connections,
        rate(per_second(shop.purchases(), outcome.elapsed))
    );
    Run::new(name, shop.purchases(), &outcome.marks)
}

/// `stored` is sent before anything is measured.
fn run_collector(
    name: &str,
    stored: Option<&Shop>,
    shop: &Shop,
    sending: Sending,
    mib: u64,
    parts: u64,
) -> Run {
    let events = shop.purchases();
    println!("{name}: {} purchases over {} connections", grouped(events), connections(sending));
    let options = Options::new().store_memory_mib(mib).without_quota();
    let mut collector = Collector::start(options);
    let send = |shop, on_mark: &mut dyn FnMut(&Mark)| {
        let load = Load {
            address: collector.address(),
            key: collector.key(),
            shop,
            purchases: 0..events,
            connections: connections(sending),
            sending,
            marks: parts,
        };
        load::run(&load, on_mark)
            .unwrap_or_else(|error| panic!("{error}; the collector's log:\n{}", collector.log()))
    };
    if let Some(stored) = stored {
        send(stored, &mut |_| ());
    }
    std::thread::sleep(Duration::from_millis(500));
    let at_rest = collector.memory();
    let cpu_before = [cpu_time(collector.pid()), cpu_time(std::process::id())];
    let written_before = written_bytes(collector.pid());

    let outcome = send(shop, &mut progress());
    let after = collector.memory();
    let written = (written_bytes(collector.pid()) - written_before) / events;
    let cpu_after = [cpu_time(collector.pid()), cpu_time(std::process::id())];
    // Nothing in between: whatever was only on its way to the disk is lost here.
    collector.kill();

    let seconds = outcome.elapsed.as_secs_f64();
    let cores = |index: usize| (cpu_after[index] - cpu_before[index]).as_secs_f64() / seconds;
    println!("  cores used        collector {:.2}, load generator {:.2}", cores(0), cores(1));
    println!("  written           {written} bytes an event (wanted {WANTED_BYTES})");
    report_outcome(&outcome, at_rest, after, mib);
    check_after_kill(&mut collector, &outcome);
    Run::new(name, events, &outcome.marks)
}

fn report_outcome(outcome: &Outcome, at_rest: Memory, after: Memory, mib: u64) {
    let latencies = &outcome.latencies;
    println!(
        "  request, ms       median {}, 99 of 100 {}, longest {}",
        millis(latencies.percentile(50)),
        millis(latencies.percentile(99)),
        millis(latencies.max())
    );
    println!(
        "  memory, MiB       at rest before {} (wanted 20), after the load {}, peak {} (wanted {})",
        mib_of_kib(at_rest.now_kib),
        mib_of_kib(after.now_kib),
        mib_of_kib(after.peak_kib),
        mib + WANTED_BEYOND_MIB
    );
    println!(
        "  answered          accepted {}, updated {}, duplicate {}, rejected {}; refused and sent again {}",
        grouped(outcome.accepted),
        grouped(outcome.updated),
        grouped(outcome.duplicate),
        grouped(outcome.rejected),
        grouped(outcome.refused)
    );
}

/// Starts the killed collector again and counts what it still has.
fn check_after_kill(collector: &mut Collector, outcome: &Outcome) {
    let ready = collector.restart();
    let asked = Instant::now();
    let stored = outcome.accepted + outcome.updated;
    let readable = collector.stored_purchases("2022-12-01", "2026-02-01");
    println!(
        "  after kill -9     ready in {} ms, summary in {} ms, {} of {} acknowledged readable: {}",
        millis(ready),
        millis(asked.elapsed()),
        grouped(readable),
        grouped(stored),
        if readable == stored { "all" } else { "NOT ALL" }
    );
    let size = folder_bytes(&collector.data());
    println!(
        "  on disk           {} MiB, {} bytes an event; memory after the restart {} MiB\n",
        size >> 20,
        size / stored.max(1),
        mib_of_kib(collector.memory().now_kib)
    );
    assert_eq!(readable, stored, "an acknowledged purchase is not there after a kill");
}

/// Size of a purchase as JSON.
fn mean_bytes(shop: &Shop) -> u64 {
    let mut json = Vec::new();
    for number in 0..shop.purchases() {
        shop.write_json(&shop.purchase(number), true, &mut json);
    }
    json.len() as u64 / shop.purchases()
}

fn connections(sending: Sending) -> usize {
    match sending {
        Sending::Batches(_) => 16,
        Sending::OneByOne => 64,
    }
}

/// Prints the rate of each part as it ends.
fn progress() -> impl FnMut(&Mark) {
    let mut last = Mark { acknowledged: 0, elapsed: Duration::ZERO };
    move |mark| {
        println!(
            "  {:>12}  {:>9} a second",
            grouped(mark.acknowledged),
            rate(per_second(mark.acknowledged - last.acknowledged, mark.elapsed - last.elapsed))
        );
        last = *mark;
    }
}

impl Run {
    fn new(name: &str, events: u64, marks: &[Mark]) -> Self {
        let mut last = Mark { acknowledged: 0, elapsed: Duration::ZERO };
        let mut parts = Vec::new();
        for mark in marks {
            let (count, time) =
                (mark.acknowledged - last.acknowledged, mark.elapsed - last.elapsed);
            parts.push(per_second(count, time));
            last = *mark;
        }
        Self { name: name.to_owned(), rate: per_second(events, last.elapsed), parts, events }
    }
}

fn by_part(runs: &[&Run]) -> Table {
    let names = runs.iter().map(|run| run.name.clone());
    let mut table = Table::new(std::iter::once("part".to_owned()).chain(names));
    let parts = runs.iter().map(|run| run.parts.len()).max().unwrap_or(0);
    for part in 0..parts {
        let rates =
            runs.iter().map(|run| run.parts.get(part).map_or(String::new(), |value| rate(*value)));
        table.row(std::iter::once((part + 1).to_string()).chain(rates));
    }
    let falls = runs.iter().map(|run| match (run.parts.first(), run.parts.last()) {
        (Some(first), Some(last)) => ratio(*last, *first),
        _ => String::new(),
    });
    table.row(std::iter::once("last to first".to_owned()).chain(falls));
    table
}

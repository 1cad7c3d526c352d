//! How long a large workspace takes to be analysed in the background, and what the analysis takes
//! from ingest while both run.
//!
//! `cargo bench -p crm-tests --bench analysis -- [--purchases 1M] [--products 10k]
//! [--customers 100k] [--events 400k] [--rounds 3]`
#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]
#![expect(clippy::expect_used, clippy::panic, reason = "a bench that fails has to stop")]

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crm_tests::bench::args::Args;
use crm_tests::bench::load::{self, Load, Sending};
use crm_tests::bench::shop::{Shop, THREE_YEARS_DAYS};
use crm_tests::bench::table::{Table, grouped, mib_of_kib, per_second, rate, ratio};
use crm_tests::harness::{Collector, Options};

/// Of the analysis of ten thousand products.
const WANTED: Duration = Duration::from_secs(120);
/// Of the rate of ingest that the analysis leaves.
const WANTED_RATE: f64 = 0.8;
const CONNECTIONS: usize = 16;

fn main() {
    let args = Args::parse(&["purchases", "products", "customers", "events", "rounds"]);
    let purchases = args.count("purchases", 1_000_000);
    let events = args.count("events", 400_000);
    let rounds = args.count("rounds", 3);
    let products = args.count("products", 10_000);
    let in_all = usize::try_from(products).expect("products fit");
    let customers = args.count("customers", 100_000);
    println!("analysis: {}", crm_tests::bench::machine());
    println!(
        "{} purchases of {} products by {} customers, over three years\n",
        grouped(purchases),
        grouped(products),
        grouped(customers)
    );
    let shop = Shop::with_products(purchases, THREE_YEARS_DAYS, customers, in_all);
    // Of the same products, customers and years; only the numbers are others.
    let all = purchases + events * rounds * 2;
    let later = Shop::with_products(all, THREE_YEARS_DAYS, customers, in_all);
    let folder = tempfile::tempdir_in(crm_tests::harness::places::scratch_folder());
    let folder = folder.expect("there is disk space");
    let options = || Options::new().without_quota().keep_in(folder.path());

    let mut collector = Collector::start(options().env("CRM_ANALYSIS_BACKGROUND", "false"));
    send(&collector, &shop, 0..purchases);
    let key = collector.key().to_owned();
    collector.stop();
    drop(collector);

    let mut collector = Collector::start(options().with_key(key.clone()));
    let begun = Instant::now();
    let mut last = String::new();
    let analysed = loop {
        let status = collector.get("/v1/analysis").expect(200).json();
        if status["finished_at"].is_string() {
            break begun.elapsed();
        }
        let step = format!("step {} of {}", status["step"], status["steps"]);
        if step != last {
            println!("  {:>6.1} s  {step}", begun.elapsed().as_secs_f64());
            last = step;
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    let met = if analysed <= WANTED { "met" } else { "SHORT" };
    println!(
        "  analysed in {:.1} s (wanted {} s: {met}); memory {} MiB, peak {} MiB\n",
        analysed.as_secs_f64(),
        WANTED.as_secs(),
        mib_of_kib(collector.memory().now_kib),
        mib_of_kib(collector.memory().peak_kib)
    );
    collector.stop();
    drop(collector);

    let mut collector =
        Collector::start(options().with_key(key).env("CRM_ANALYSIS_BACKGROUND", "false"));
    let mut table = Table::new(["round", "alone, events/s", "with analysis", "ratio", "answers"]);
    let mut ratios = Vec::new();
    let mut next = purchases;
    for round in 1..=rounds {
        let mut take = || {
            let range = next..next + events;
            next = range.end;
            range
        };
        let alone = send(&collector, &later, take());
        let (with, answers) = send_while_analysing(&collector, &later, take(), round);
        ratios.push(with / alone);
        table.row([
            round.to_string(),
            rate(alone),
            rate(with),
            ratio(with, alone),
            answers.to_string(),
        ]);
    }
    ratios.sort_unstable_by(f64::total_cmp);
    let median = ratios[ratios.len() / 2];
    let met = if median >= WANTED_RATE { "met" } else { "SHORT" };
    println!(
        "Ingest alone, and while forecasts, trends and values are computed all the time\n\n{table}"
    );
    println!("median ratio {median:.2} (wanted {WANTED_RATE}: {met})");
    collector.stop();
}

/// Sends purchases in batches; how many a second.
fn send(collector: &Collector, shop: &Shop, purchases: Range<u64>) -> f64 {
    let count = purchases.end - purchases.start;
    let load = Load {
        address: collector.address(),
        key: collector.key(),
        shop,
        purchases,
        connections: CONNECTIONS,
        sending: Sending::Batches(100),
        marks: 1,
    };
    let outcome = load::run(&load, &mut |_| ())
        .unwrap_or_else(|error| panic!("{error}; the collector's log:\n{}", collector.log()));
    per_second(count, outcome.elapsed)
}

/// The same, while somebody asks one question after the other that has not been asked before.
fn send_while_analysing(
    collector: &Collector,
    shop: &Shop,
    purchases: Range<u64>,
    round: u64,
) -> (f64, u64) {
    let (stop, answers) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for asker in 0..2_u64 {
            let (stop, answers) = (&stop, &answers);
            scope.spawn(move || {
                let mut connection = collector.connect();
                let mut day = 1;
                while !stop.load(Ordering::SeqCst) {
                    let as_of = format!("as_of=2025-{:02}-{:02}", 2 * round + asker, day % 28 + 1);
                    let paths = [
                        format!("/v1/forecasts?by=product&bucket=week&limit=2000&{as_of}"),
                        format!("/v1/trends?{as_of}"),
                        format!("/v1/segments?{as_of}"),
                    ];
                    for path in paths {
                        let answer = connection.get(&path, Some(collector.key()));
                        let status = answer.expect("the collector answers").status;
                        answers.fetch_add(u64::from(status == 200), Ordering::SeqCst);
                    }
                    day += 1;
                }
            });
        }
        let rate = send(collector, shop, purchases);
        stop.store(true, Ordering::SeqCst);
        (rate, answers.load(Ordering::SeqCst))
    })
}

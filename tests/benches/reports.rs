//! How long reports take over one million and ten million purchases, by HTTP, and whether that
//! grows with the number of purchases inside a day; how soon the collector is ready on the larger
//! database, what memory it holds at rest, and how large its binary is.
//!
//! The databases are built through the API once and kept in `target/bench-data`.
//!
//! `cargo bench -p crm-tests --bench reports -- [--small 1M] [--large 10M] [--calls 20]
//! [--memory 64] [--rebuild 1]`
#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]
#![expect(clippy::expect_used, clippy::panic, reason = "a bench that fails has to stop")]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crm_models::{Amount, Currency, Purchase, Timestamp};
use crm_tests::bench::args::Args;
use crm_tests::bench::load::{self, Load, Sending};
use crm_tests::bench::shop::{Shop, THREE_YEARS_DAYS};
use crm_tests::bench::table::{Table, grouped, mib_of_kib, millis, per_second, rate, ratio};
use crm_tests::harness::http::Connection;
use crm_tests::harness::{Collector, Options, folder_bytes, places};

const WANTED_REPORT: Duration = Duration::from_millis(50);
/// Of a report that reads each purchase of each customer.
const WANTED_OF_HISTORIES: Duration = Duration::from_millis(250);
const WANTED_READY: Duration = Duration::from_millis(200);
const WANTED_MEMORY_KIB: u64 = 20 << 10;
const WANTED_BINARY_BYTES: u64 = 15 << 20;

/// What it is called, how it is asked for, and how long it may take.
const REPORTS: [(&str, &str, Duration); 7] = [
    ("sales by day", "sales?bucket=day", WANTED_REPORT),
    ("sales by month", "sales?bucket=month", WANTED_REPORT),
    ("summary", "summary?", WANTED_REPORT),
    ("products", "products?", WANTED_REPORT),
    ("countries", "countries?", WANTED_REPORT),
    ("repeat", "repeat?", WANTED_OF_HISTORIES),
    ("cohorts", "cohorts?", WANTED_OF_HISTORIES),
];
/// Full range, one year of whole months, and one that cuts a month at both ends.
const RANGES: [Range; 3] = [
    ("full range", "2023-01-01", "2026-01-01"),
    ("one year", "2024-01-01", "2025-01-01"),
    ("mid to mid", "2023-03-14", "2025-08-17"),
];

/// A name, the first day, and the day after the last.
type Range = (&'static str, &'static str, &'static str);

/// The purchases of one database.
#[derive(Clone, Copy)]
struct Set {
    purchases: u64,
    days: u32,
}

/// Times of one report over one range.
#[derive(Clone, Copy)]
struct Times {
    /// The first call after the process started.
    cold: Duration,
    /// Of calls with nothing new in between, which a cache may answer.
    again: [Duration; 2],
    /// Of calls each after one more purchase was stored (on a later day, so that the answer stays
    /// as large), which no cache of whole answers can.
    fresh: [Duration; 2],
}

fn main() {
    let args = Args::parse(&["small", "large", "calls", "memory", "rebuild"]);
    let (small, large) = (args.count("small", 1_000_000), args.count("large", 10_000_000));
    let calls = args.count("calls", 20);
    let mib = args.count("memory", 64);
    let rebuild = args.count("rebuild", 0) == 1;
    println!("reports: {}", crm_tests::bench::machine());
    println!("store memory {mib} MiB; {calls} calls each\n");

    // As dense as the large one, in as many fewer days as it has fewer purchases.
    let short_days = u64::from(THREE_YEARS_DAYS) * small / large;
    let sets = [
        Set { purchases: small, days: THREE_YEARS_DAYS },
        Set { purchases: large, days: THREE_YEARS_DAYS },
        Set { purchases: small, days: u32::try_from(short_days.max(1)).expect("days fit") },
    ];
    let mut measured = Vec::new();
    for set in sets {
        let mut collector = set.collector(mib, rebuild);
        if set.purchases == large && set.days == THREE_YEARS_DAYS {
            print_start(&mut collector, set);
        }
        // Most ranges reach past the days of the short set; its whole range can be compared.
        let ranges = if set.days == THREE_YEARS_DAYS { &RANGES[..] } else { &RANGES[..1] };
        measured.push(measure(&mut collector, ranges, calls));
        collector.stop();
    }
    let [few, many, short] = &measured[..] else { panic!("three sets were measured") };
    print_sets(&sets, few, many, short);
}

impl Set {
    fn name(self) -> String {
        format!("{} in {} days", short_count(self.purchases), self.days)
    }

    /// A collector that serves this set, which is built first where it is not there yet.
    fn collector(self, mib: u64, rebuild: bool) -> Collector {
        let folder = self.folder();
        if rebuild || !folder.join("key").exists() {
            if folder.exists() {
                std::fs::remove_dir_all(&folder).expect("the build folder can be written");
            }
            self.build(&folder);
        }
        let key = std::fs::read_to_string(folder.join("key")).expect("the key was just seen");
        let options = Options::new().keep_in(&folder).with_key(key).store_memory_mib(mib);
        let collector = Collector::start(options.without_quota());
        let stored = collector.stored_purchases("2023-01-01", "2026-01-01");
        assert_eq!(stored, self.purchases, "a kept database is incomplete; try --rebuild 1");
        collector
    }

    fn build(self, folder: &std::path::Path) {
        let options = Options::new().keep_in(folder).store_memory_mib(256).without_quota();
        let mut collector = Collector::start(options);
        let shop = Shop::new(self.purchases, self.days);
        let load = Load {
            address: collector.address(),
            key: collector.key(),
            shop: &shop,
            purchases: 0..self.purchases,
            connections: 16,
            sending: Sending::Batches(100),
            marks: 1,
        };
        let outcome = load::run(&load, &mut |_| ())
            .unwrap_or_else(|error| panic!("{error}; the collector's log:\n{}", collector.log()));
        println!(
            "built {}: {} a second, {} MiB\n",
            self.name(),
            rate(per_second(outcome.acknowledged(), outcome.elapsed)),
            folder_bytes(&collector.data()) >> 20
        );
        assert_eq!(outcome.accepted, self.purchases, "a new database takes every purchase");
        collector.stop();
        // Last, so that a database is either whole or built anew.
        std::fs::write(folder.join("key"), collector.key()).expect("the folder can be written");
    }

    fn folder(self) -> PathBuf {
        let name = format!("{}-purchases-{}-days", self.purchases, self.days);
        places::target_folder().join("bench-data").join(name)
    }
}

fn measure(collector: &mut Collector, ranges: &[Range], calls: u64) -> Vec<Times> {
    let mut times = Vec::new();
    for (_, report, _) in REPORTS {
        for (_, from, to) in ranges {
            // A process of its own for each, so that the first call finds nothing warm but the
            // pages that the operating system holds.
            collector.restart();
            let mut connection = collector.connect();
            // The workspace's own currency is another one, in which nothing was bought.
            let path = format!("/v1/reports/{report}&currency=GBP&from={from}&to={to}");
            let path = path.replace("?&", "?");
            let mut call = |more: bool| {
                if more {
                    add_purchase(&mut connection, collector.key());
                }
                let begun = Instant::now();
                let answer = connection.get(&path, Some(collector.key())).expect("it answers");
                let time = begun.elapsed();
                assert_eq!(answer.status, 200, "{path}: {}", answer.text());
                time
            };
            let cold = call(false);
            let again = (0..calls).map(|_| call(false)).collect();
            let fresh = (0..calls).map(|_| call(true)).collect();
            times.push(Times { cold, again: median_and_max(again), fresh: median_and_max(fresh) });
        }
    }
    times
}

/// One purchase after the days of every set.
fn add_purchase(connection: &mut Connection, key: &str) {
    let time: Timestamp = "2026-03-01T12:00:00Z".parse().expect("a time");
    let total = Amount::from_units(1).expect("an amount");
    let purchase = Purchase::sale(Currency::GBP).total(total).occurred_at(time);
    let json = serde_json::to_vec(&purchase).expect("a purchase is JSON");
    let answer = connection.post("/v1/purchases", Some(key), &json).expect("it answers");
    assert!((200..300).contains(&answer.status), "{}", answer.text());
}

fn median_and_max(mut times: Vec<Duration>) -> [Duration; 2] {
    times.sort_unstable();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    [median, times.last().copied().unwrap_or_default()]
}

fn print_start(collector: &mut Collector, set: Set) {
    let starts = (0..10).map(|_| collector.restart()).collect();
    let [median, max] = median_and_max(starts);
    std::thread::sleep(Duration::from_secs(1));
    let memory = collector.memory();
    let binary = std::fs::metadata(places::collector_binary()).map_or(0, |file| file.len());

    let mut table = Table::new([&*set.name(), "measured", "wanted", ""]);
    let verdict = |met: bool| if met { "met" } else { "SHORT" }.to_owned();
    table.row([
        "ready after start, ms, median of 10".into(),
        millis(median),
        millis(WANTED_READY),
        verdict(median <= WANTED_READY),
    ]);
    table.row([
        "ready after start, ms, longest".into(),
        millis(max),
        millis(WANTED_READY),
        verdict(max <= WANTED_READY),
    ]);
    table.row([
        "memory at rest, MiB".into(),
        mib_of_kib(memory.now_kib),
        mib_of_kib(WANTED_MEMORY_KIB),
        verdict(memory.now_kib <= WANTED_MEMORY_KIB),
    ]);
    table.row([
        "binary, MiB".into(),
        mib_of_kib(binary >> 10),
        mib_of_kib(WANTED_BINARY_BYTES >> 10),
        verdict(binary <= WANTED_BINARY_BYTES),
    ]);
    let size = folder_bytes(&collector.data());
    table.row(["data folder, MiB".into(), grouped(size >> 20), String::new(), String::new()]);
    println!("{table}");
}

fn print_sets(sets: &[Set; 3], few: &[Times], many: &[Times], short: &[Times]) {
    let times_more = format!("{}×", sets[1].purchases / sets[0].purchases.max(1));
    let cases = REPORTS.iter().flat_map(|(report, _, wanted)| {
        RANGES.iter().map(move |(range, _, _)| (format!("{report}, {range}"), *wanted))
    });

    for (set, times) in sets[..2].iter().zip([few, many]) {
        let mut table = Table::new([
            &*format!("{}, ms", set.name()),
            "cold",
            "median",
            "longest",
            "median with new data",
            "longest with new data",
            "wanted",
        ]);
        for ((case, wanted), times) in cases.clone().zip(times) {
            let met = times.fresh[0] <= wanted && times.cold <= wanted;
            table.row([
                case,
                millis(times.cold),
                millis(times.again[0]),
                millis(times.again[1]),
                millis(times.fresh[0]),
                millis(times.fresh[1]),
                format!("{} {}", wanted.as_millis(), if met { "met" } else { "SHORT" }),
            ]);
        }
        println!("{table}");
    }

    println!("Growth, as ratios of the medians with new data, and of the cold calls\n");
    let mut table = Table::new([
        String::new(),
        format!("{times_more} purchases, same days"),
        "cold".to_owned(),
        format!("{times_more} days, same density"),
        "cold".to_owned(),
    ]);
    for (index, (case, _)) in cases.enumerate() {
        let growth = |less: Option<&Times>, time: fn(&Times) -> Duration| {
            less.map_or("—".to_owned(), |less| {
                ratio(time(&many[index]).as_secs_f64(), time(less).as_secs_f64())
            })
        };
        // The short set was measured over its whole range only.
        let short = (index % RANGES.len() == 0).then(|| &short[index / RANGES.len()]);
        table.row([
            case,
            growth(few.get(index), |times| times.fresh[0]),
            growth(few.get(index), |times| times.cold),
            growth(short, |times| times.fresh[0]),
            growth(short, |times| times.cold),
        ]);
    }
    println!("{table}");
}

fn short_count(count: u64) -> String {
    match count {
        count if count >= 1_000_000 && count.is_multiple_of(1_000_000) => {
            format!("{}M", count / 1_000_000)
        }
        count => grouped(count),
    }
}

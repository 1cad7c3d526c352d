//! Baskets on one core: all pairs of a real shop beside what people use in Python, a basket more,
//! and the next items of a customer.

use std::fmt::Write;
use std::hint::black_box;
use std::time::Duration;

use crm_collector::facts::day_of_date;
use crm_stats::basket::{BasketIndex, Baskets, NextItems, PairOptions};
use crm_tests::bench::python::Python;
use crm_tests::bench::retail;
use crm_tests::bench::table::{Table, ratio};
use crm_tests::harness::{cpu_time, places};

const FILE: &str = "online_retail_ii.csv.gz";
const PEER: &str = "mlxtend==0.25.0";
/// What it needs beside, and the sparse product that is the other peer.
const WITH: [&str; 2] = ["scipy==1.17.1", "pandas==3.1.1"];
const SCRIPT: &str = include_str!("basket.py");
/// A hundred times what the clock of processor time can tell apart.
const LONG_ENOUGH: Duration = Duration::from_secs(1);
/// Baskets that are added one by one.
const ADDED: usize = 1_000;

pub(crate) fn run() {
    let Some(file) = places::shared_data(FILE) else {
        println!("skipped: there is no ../shared/data/{FILE} beside the project\n");
        return;
    };
    let (known, _) = retail::last_day_held_out(retail::lines(&file));
    let day = |date: &str| day_of_date(date.parse().expect("a date"));
    let lines = known.iter().map(|(customer, date, item)| (*customer, day(date), *item));
    let baskets = Baskets::of_lines(lines.collect());
    println!(
        "{} baskets of Online Retail II with {} lines; one thread, by processor time",
        baskets.len(),
        baskets.lines()
    );
    let index = BasketIndex::new(baskets.clone());
    let all = |min_together| {
        let options = PairOptions { min_together, ..PairOptions::default() };
        time_of(|| index.pairs(black_box(&options), 1))
    };
    let least = baskets.len().div_ceil(200);
    let (five, frequent) = (all(5), all(u32::try_from(least).expect("it is small")));
    let learned = NextItems::fit(&baskets, 1);
    let customers: Vec<u32> = learned.customers().collect();
    let next = time_of(|| learned.predict_all(black_box(&customers), None, 10, 1));
    let items = u32::try_from(baskets.item_bound()).expect("there are thousands");
    let popular = (0..items).max_by_key(|item| index.count(*item)).unwrap_or(0);

    let peers = peers(&baskets);
    let peer = |place: usize| peers.as_ref().ok().map(|seconds| seconds[place]);
    let mut table = Table::new(["on one core", "time", "wanted", "in Python", "ratio"]);
    let mut row =
        |name: &str, time: Duration, wanted: Option<Duration>, peer: Option<(f64, &str)>| {
            table.row([
                name.to_owned(),
                shown(time),
                wanted.map_or_else(String::new, |wanted| {
                    format!("{} {}", shown(wanted), if time <= wanted { "met" } else { "SHORT" })
                }),
                peer.map_or_else(String::new, |(seconds, by)| {
                    format!("{} {by}", shown(Duration::from_secs_f64(seconds)))
                }),
                peer.map_or_else(String::new, |(seconds, _)| ratio(seconds, time.as_secs_f64())),
            ]);
        };
    let hundred = Duration::from_millis(100);
    row(
        "all pairs in 5 baskets or more, tested",
        five,
        Some(hundred),
        peer(0).map(|seconds| (seconds, "scipy, counts alone")),
    );
    row(
        "all pairs in 0.5% of baskets or more, tested",
        frequent,
        Some(hundred),
        peer(1).map(|seconds| (seconds, "mlxtend, FP-growth")),
    );
    let reading = time_of(|| BasketIndex::new(black_box(&baskets).clone()));
    row("reading the baskets into an index", reading, None, None);
    row("one basket added", added(&baskets), Some(Duration::from_micros(100)), None);
    let together = time_of(|| index.together(black_box(popular), &PairOptions::default()));
    row("pairs of the most bought item", together, None, None);
    let per_customer = next / u32::try_from(customers.len().max(1)).expect("thousands");
    row("ten next items of a customer", per_customer, Some(Duration::from_micros(50)), None);
    let fit = time_of(|| NextItems::fit(black_box(&baskets), 1));
    row("learning next items", fit, None, None);
    println!("\n{table}");
    if let Err(missing) = peers {
        println!("{PEER} was not measured: {missing}\n");
    }
}

/// Mean processor time of a run, repeated for long enough.
fn time_of<T>(mut run: impl FnMut() -> T) -> Duration {
    black_box(run());
    let begin = cpu_time(std::process::id());
    let mut runs = 0;
    loop {
        black_box(run());
        runs += 1;
        let spent = cpu_time(std::process::id()).saturating_sub(begin);
        if spent >= LONG_ENOUGH {
            return spent / runs;
        }
    }
}

/// Mean time of adding the last baskets to an index of the others.
fn added(baskets: &Baskets) -> Duration {
    let (mut before, mut last) = (Baskets::new(), Vec::new());
    let first = baskets.len().saturating_sub(ADDED);
    for (number, basket) in baskets.iter().enumerate() {
        if number < first {
            before.push(basket.customer, basket.day, basket.items);
        } else {
            last.push(basket);
        }
    }
    let index = BasketIndex::new(before);
    let run = |add: bool| {
        time_of(|| {
            let mut index = index.clone();
            for basket in last.iter().filter(|_| add) {
                index.add(basket.customer, basket.day, basket.items);
            }
            index
        })
    };
    // What is not the adding costs the same without it.
    run(true).saturating_sub(run(false)) / u32::try_from(last.len().max(1)).expect("a thousand")
}

fn shown(time: Duration) -> String {
    match time.as_micros() {
        0..1_000 => format!("{:.1} us", time.as_secs_f64() * 1e6),
        1_000..1_000_000 => format!("{:.1} ms", time.as_secs_f64() * 1e3),
        _ => format!("{:.2} s", time.as_secs_f64()),
    }
}

/// Seconds of the sparse product and of FP-growth, or what is missing for them.
fn peers(baskets: &Baskets) -> Result<[f64; 2], String> {
    let python = Python::with(&[PEER, WITH[0], WITH[1]])?;
    let folder =
        tempfile::tempdir_in(places::scratch_folder()).map_err(|cause| cause.to_string())?;
    let (script, file) = (folder.path().join("basket.py"), folder.path().join("baskets.txt"));
    let mut text = String::new();
    for basket in baskets.iter() {
        let items: Vec<String> = basket.items.iter().map(u32::to_string).collect();
        writeln!(text, "{}", items.join(" ")).map_err(|cause| cause.to_string())?;
    }
    std::fs::write(&script, SCRIPT).map_err(|cause| cause.to_string())?;
    std::fs::write(&file, text).map_err(|cause| cause.to_string())?;
    let printed = python.run(&script, &[&file.to_string_lossy()])?;
    let seconds: Vec<f64> = printed.split_whitespace().filter_map(|s| s.parse().ok()).collect();
    seconds.try_into().map_err(|_| "the script printed something else".to_owned())
}

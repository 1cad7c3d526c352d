//! Customers' value: the fits on one core beside `lifetimes`, and the prediction of a horizon.

use std::hint::black_box;
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use crm_collector::facts::day_of_date;
use crm_stats::value::{Horizon, Options, Process, Purchase, fit, fit_process};
use crm_tests::bench::python::Python;
use crm_tests::bench::table::{Table, millis, ratio};
use crm_tests::harness::places::{self, shared_data};

/// Copies of the sample that the larger fit takes, as customers of their own.
const COPIES: u32 = 10;
/// Of so many runs the median is told.
const RUNS: usize = 9;

/// Times its own fits of the same purchases.
const LIFETIMES: &str = include_str!("value.py");

pub(crate) fn run() {
    let Some(path) = shared_data("cdnow_sample.csv.gz") else {
        println!("skipped: there is no ../shared/data/cdnow_sample.csv.gz\n");
        return;
    };
    let file = std::fs::File::open(&path).expect("the file is there");
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).expect("the file is gzip");
    let purchases: Vec<Purchase> = text.lines().skip(1).map(purchase).collect();
    let copy = |number: u32| {
        purchases
            .iter()
            .map(move |one| Purchase { customer: one.customer + number * 100_000, ..*one })
    };
    let many: Vec<Purchase> = (0..COPIES).flat_map(copy).collect();
    let end = day_of_date("1997-09-30".parse().expect("a date"));

    let lifetimes = peer(&path).map_err(|missing| println!("without lifetimes: {missing}\n")).ok();
    let theirs: Vec<Duration> = lifetimes
        .iter()
        .flat_map(|text| text.split_whitespace())
        .filter_map(|seconds| seconds.parse().ok().map(Duration::from_secs_f64))
        .collect();
    let fit_of = |of: &[Purchase], process| median(|| fit_process(black_box(of), end, process));
    let fitted = |of: &[Purchase]| median(|| fit(black_box(of), end, &Options::default()));
    let predicted = |of: &[Purchase]| {
        let fit = fit(of, end, &Options::default());
        median(|| black_box(&fit).predict(&Horizon::days(273)))
    };
    let mut table = Table::new(["on one core", "time", "wanted", "lifetimes", "ratio"]);
    for (name, time, wanted, theirs) in [
        ("BG/NBD, 2,357 customers", fit_of(&purchases, Process::BgNbd), "5 ms", theirs.first()),
        (
            "Pareto/NBD, 23,570 customers",
            fit_of(&many, Process::ParetoNbd),
            "100 ms",
            theirs.get(1),
        ),
        ("MBG/CNBD-2, 2,357 customers", fit_of(&purchases, Process::MbgCnbd(2)), "", None),
        ("all models fitted, 2,357 customers", fitted(&purchases), "", None),
        ("39 weeks predicted by them", predicted(&purchases), "", None),
        ("all models fitted, 23,570 customers", fitted(&many), "", None),
        ("39 weeks predicted by them", predicted(&many), "", None),
    ] {
        table.row([
            name.to_owned(),
            format!("{} ms", millis(time)),
            wanted.to_owned(),
            theirs.map_or_else(String::new, |theirs| format!("{} ms", millis(*theirs))),
            theirs
                .map_or_else(String::new, |theirs| ratio(theirs.as_secs_f64(), time.as_secs_f64())),
        ]);
    }
    println!("{table}");
    println!(
        "Times include reading the purchases into histories; those of lifetimes do not. The larger \
         set is the sample {COPIES} times.\n"
    );
}

/// What the script about the peer prints, or what is missing for it.
fn peer(data: &Path) -> Result<String, String> {
    let python = Python::with(&["lifetimes==0.11.3", "setuptools<81"])?;
    let folder =
        tempfile::tempdir_in(places::scratch_folder()).map_err(|cause| cause.to_string())?;
    let script = folder.path().join("value.py");
    std::fs::write(&script, LIFETIMES).map_err(|cause| cause.to_string())?;
    python.run(&script, &[&data.to_string_lossy()])
}

fn median<T>(mut run: impl FnMut() -> T) -> Duration {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            black_box(run());
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[RUNS / 2]
}

/// A line of the sample: master_id,customer_id,date,quantity,amount.
fn purchase(line: &str) -> Purchase {
    let fields: Vec<&str> = line.split(',').collect();
    let number = |place: usize| fields[place].parse::<f64>().expect("numbers are numbers");
    Purchase {
        customer: fields[1].parse().expect("customers are numbers"),
        day: day_of_date(fields[2].parse().expect("dates are written as 1997-09-30")),
        amount: number(4),
    }
}

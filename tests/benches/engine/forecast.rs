//! Forecasts on one core beside statsforecast's: the monthly series of the M3 competition, with a
//! horizon of 18.

use std::fmt::Write;
use std::fs::File;
use std::hint::black_box;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use crm_stats::forecast::models::Loss;
use crm_stats::forecast::models::ces::ces;
use crm_stats::forecast::models::ets::ets;
use crm_stats::forecast::models::seasonal::SeasonalIndices;
use crm_stats::forecast::models::theta::{dynamic_theta, theta};
use crm_stats::forecast::{Settings, ensemble, fit};
use crm_tests::bench::python::Python;
use crm_tests::bench::table::{Table, per_second, rate, ratio};
use crm_tests::harness::{cpu_time, places};
use flate2::read::GzDecoder;

const FILE: &str = "m3/m3_monthly_train.csv.gz";
const SEASON: usize = 12;
const HORIZON: usize = 18;
const PEER: &str = "statsforecast==2.1.1";
const SCRIPT: &str = include_str!("forecast.py");
/// How many series the peer forecasts: enough for a rate, few enough for minutes.
const PEER_SERIES: &str = "40";
/// A hundred times what the clock of processor time can tell apart.
const LONG_ENOUGH: Duration = Duration::from_secs(1);

/// Ours with the peer's like, and what is wanted of ours, in series a second.
const ROWS: [(&str, Option<&str>, Option<f64>); 6] = [
    ("ETS search, 15 models", Some("AutoETS"), Some(1_000.0)),
    ("Theta", Some("AutoTheta"), None),
    ("dynamic optimised Theta", Some("DynamicOptimizedTheta"), None),
    ("complex smoothing", Some("AutoCES"), None),
    ("ensemble of one series, points alone", None, None),
    ("whole ensemble with intervals", None, Some(500.0)),
];

pub(crate) fn run() {
    let Some(file) = places::shared_data(FILE) else {
        println!("skipped, there is no ../shared/data/{FILE} beside the project\n");
        return;
    };
    let series = read(&file);
    let values: usize = series.iter().map(Vec::len).sum();
    println!("Beside {PEER}");
    println!(
        "{} monthly series of the M3 competition, {} points on average, horizon {HORIZON}; \
         one thread, by processor time",
        series.len(),
        values / series.len().max(1)
    );
    let ours = ours(&series);
    let peers = peers(&series);
    let mut table = Table::new([
        "series a second",
        "ours",
        "wanted",
        "its like there",
        "it makes",
        "ours to it",
    ]);
    for ((name, peer, wanted), ours) in ROWS.iter().zip(ours) {
        let theirs = peer.and_then(|peer| {
            let (_, theirs) = peers.as_ref().ok()?.iter().find(|(name, _)| name == peer)?;
            Some(*theirs)
        });
        table.row([
            (*name).to_owned(),
            rate(ours),
            wanted.map_or_else(String::new, |wanted| {
                format!("{} {}", rate(wanted), if ours >= wanted { "met" } else { "SHORT" })
            }),
            peer.unwrap_or_default().to_owned(),
            theirs.map_or_else(String::new, |theirs| format!("{theirs:.1}")),
            theirs.map_or_else(String::new, |theirs| ratio(ours, theirs)),
        ]);
    }
    println!("\n{table}");
    match peers {
        Ok(peers) => {
            if let Some((_, mstl)) = peers.iter().find(|(name, _)| name == "MSTL") {
                println!(
                    "{PEER} on {PEER_SERIES} of the series; its MSTL makes {mstl:.1} a second\n"
                );
            }
        }
        Err(missing) => println!("{PEER} was not measured: {missing}\n"),
    }
}

/// Rates in the order of [`ROWS`].
fn ours(series: &[Vec<f64>]) -> [f64; 6] {
    let single = |of: &dyn Fn(&[f64]) -> f64| {
        let run = || series.iter().map(|values| of(values)).sum::<f64>();
        rate_of(series, run)
    };
    // The peers take the season off themselves, so that ours do here.
    let adjusted = |values: &[f64], of: &dyn Fn(&[f64]) -> Vec<f64>| {
        let season = SeasonalIndices::estimate(values, SEASON);
        let mut rest = values.to_vec();
        season.remove(&mut rest);
        let mut point = of(&rest);
        season.restore(&mut point, values.len());
        point.iter().sum()
    };
    let loss = Loss::Squares;
    let settings = Settings { seasons: vec![SEASON], horizon: HORIZON, calendar: None };
    [
        single(&|values| ets(values, SEASON, HORIZON).fit.point.iter().sum()),
        single(&|values| adjusted(values, &|rest| theta(rest, loss, HORIZON).fit.point)),
        single(&|values| {
            adjusted(values, &|rest| dynamic_theta(rest, 1.0, loss, HORIZON).fit.point)
        }),
        single(&|values| adjusted(values, &|rest| ces(rest, loss, HORIZON).fit.point)),
        single(&|values| ensemble::ensemble(values, &[SEASON], HORIZON).point.iter().sum()),
        rate_of(series, || fit(series, &settings, 1, &|_| {}).predict(HORIZON, &[0.80, 0.95])),
    ]
}

/// The rate at which runs over all series go, repeated for long enough. In processor time, here
/// and for the peer, so that what else the machine does falls on neither.
fn rate_of<T>(series: &[Vec<f64>], mut run: impl FnMut() -> T) -> f64 {
    black_box(run());
    let begin = cpu_time(std::process::id());
    let mut runs = 0;
    loop {
        black_box(run());
        runs += 1;
        let spent = cpu_time(std::process::id()).saturating_sub(begin);
        if spent >= LONG_ENOUGH {
            return per_second(runs * u64::try_from(series.len()).unwrap_or(u64::MAX), spent);
        }
    }
}

/// The peer's models with their rates, or what is missing for them.
fn peers(series: &[Vec<f64>]) -> Result<Vec<(String, f64)>, String> {
    let python = Python::with(&[PEER])?;
    let folder =
        tempfile::tempdir_in(places::scratch_folder()).map_err(|cause| cause.to_string())?;
    let (script, file) = (folder.path().join("forecast.py"), folder.path().join("series.csv"));
    let mut text = String::from("id,values\n");
    for (id, values) in series.iter().enumerate() {
        let values: Vec<String> = values.iter().map(f64::to_string).collect();
        writeln!(text, "{id},{}", values.join(" ")).map_err(|cause| cause.to_string())?;
    }
    std::fs::write(&script, SCRIPT).map_err(|cause| cause.to_string())?;
    std::fs::write(&file, text).map_err(|cause| cause.to_string())?;
    let printed = python.run(&script, &[&file.to_string_lossy(), PEER_SERIES])?;
    let mut lines = printed.lines().filter_map(|line| {
        let (name, figure) = line.split_once(' ')?;
        Some((name.to_owned(), figure.parse::<f64>().ok()?))
    });
    let (_, count) = lines.next().ok_or("the script printed nothing")?;
    Ok(lines.map(|(name, seconds)| (name, count / seconds.max(1e-9))).collect())
}

fn read(file: &Path) -> Vec<Vec<f64>> {
    let mut text = String::new();
    let file = File::open(file).expect("the file was found");
    GzDecoder::new(file).read_to_string(&mut text).expect("the file is gzip");
    let rows = text.lines().skip(1).filter_map(|line| line.split_once(','));
    rows.map(|(_, values)| values.split(' ').filter_map(|value| value.parse().ok()).collect())
        .collect()
}

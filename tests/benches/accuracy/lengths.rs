//! Forecasts of series that are known for 6 to 36 months, beside repeating the last year (the last month
//! where less than a year is known), each window from itself alone as a shop's own series is.

use std::collections::BTreeMap;
use std::fs::File;

use crm_stats::forecast::{Forecast, Settings, fit_each};
use crm_tests::bench::table::Table;
use crm_tests::harness::places;
use flate2::read::GzDecoder;

use super::forecast::{number, revenue_by_month, series};

const LENGTHS: std::ops::RangeInclusive<usize> = 6..=36;
const AHEAD: usize = 6;

/// At no length is more lost to repeating the last year.
const MOST_LOST: f64 = 1.02;

/// So many series of a set, and windows of each, are enough to tell.
const SERIES: usize = 150;
const WINDOWS: usize = 3;

pub(crate) fn run() {
    score("aus_retail", &retail());
    score("M3 monthly", &competition());
    score("Online Retail II, the whole shop", &shop());
}

/// Errors relative to the sizes of what came, and the share of values within the 95 % interval.
#[derive(Default)]
struct Errors {
    own: f64,
    naive: f64,
    inside: f64,
    steps: f64,
}

fn score(title: &str, all: &[Vec<f64>]) {
    if all.is_empty() {
        println!("{title}: skipped, its file is not in ../shared/data beside the project\n");
        return;
    }
    let every = all.len().div_ceil(SERIES);
    let chosen: Vec<&[f64]> = all.iter().step_by(every).map(Vec::as_slice).collect();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let settings = Settings { seasons: vec![12], horizon: AHEAD, calendar: None };
    let mut table = Table::new([title, "windows", "ours", "last year", "ratio", "within 95%"]);
    let mut worst = (0.0, 0);
    for known in LENGTHS {
        let windows: Vec<&[f64]> =
            chosen.iter().flat_map(|values| windows(values, known + AHEAD)).collect();
        if windows.is_empty() {
            continue;
        }
        let shown: Vec<&[f64]> = windows.iter().map(|window| &window[..known]).collect();
        let told = fit_each(&shown, &settings, cores, &|_| {}).predict(AHEAD, &[0.95]);
        let mut errors = Errors::default();
        windows.iter().zip(&told).for_each(|(window, told)| errors.add(window, known, told));
        let ratio = errors.own / errors.naive;
        if ratio > worst.0 {
            worst = (ratio, known);
        }
        let count = number(windows.len());
        table.row([
            format!("{known} months"),
            windows.len().to_string(),
            format!("{:.4}", errors.own / count),
            format!("{:.4}", errors.naive / count),
            format!("{ratio:.3}"),
            format!("{:.3}", errors.inside / errors.steps),
        ]);
    }
    println!("{table}");
    let verdict = if worst.0 <= MOST_LOST { "met" } else { "SHORT" };
    println!(
        "wanted: at most {MOST_LOST} of the last year's error at every length; worst {:.3} at {} \
         months ({verdict})\n",
        worst.0, worst.1
    );
}

/// Spans of so many values spread over a series; of one that is hardly longer, all there are.
pub(crate) fn windows(values: &[f64], span: usize) -> Vec<&[f64]> {
    let Some(room) = values.len().checked_sub(span) else { return Vec::new() };
    let starts: Vec<usize> = if room < 2 * span {
        (0..=room).step_by((room / 8).max(1)).collect()
    } else {
        (0..WINDOWS).map(|window| room * window / (WINDOWS - 1)).collect()
    };
    starts.into_iter().map(|from| &values[from..from + span]).collect()
}

impl Errors {
    fn add(&mut self, window: &[f64], known: usize, told: &Forecast) {
        let (shown, came) = window.split_at(known);
        let size: f64 = came.iter().map(|value| value.abs()).sum();
        if size <= 0.0 {
            return;
        }
        for (step, came) in came.iter().enumerate() {
            let before = if known < 12 { known - 1 } else { known - 12 + step };
            self.own += (told.point[step] - came).abs() / size;
            self.naive += (shown[before] - came).abs() / size;
            self.steps += 1.0;
            let held = told.intervals[0].at(step).is_some_and(|interval| interval.holds(*came));
            self.inside += f64::from(u8::from(held));
        }
    }
}

/// Turnover by state and industry.
pub(crate) fn retail() -> Vec<Vec<f64>> {
    let Some(file) = places::shared_data("aus_retail.csv.gz") else { return Vec::new() };
    let mut reader =
        csv::Reader::from_reader(GzDecoder::new(File::open(file).expect("the file was found")));
    let mut series: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
    for record in reader.records() {
        let record = record.expect("the file is CSV");
        let turnover = record[4].parse().expect("turnover is a number");
        series.entry(record[2].to_owned()).or_default().insert(record[3].to_owned(), turnover);
    }
    series.into_values().map(|months| months.into_values().collect()).collect()
}

/// Both parts of each series.
pub(crate) fn competition() -> Vec<Vec<f64>> {
    let file = |kind: &str| places::shared_data(&format!("m3/m3_monthly_{kind}.csv.gz"));
    let (Some(train), Some(test)) = (file("train"), file("test")) else { return Vec::new() };
    let mut later: BTreeMap<String, Vec<f64>> = series(&test).into_iter().collect();
    let whole = |(id, mut values): (String, Vec<f64>)| {
        values.extend(later.remove(&id).unwrap_or_default());
        values
    };
    series(&train).into_iter().map(whole).collect()
}

fn shop() -> Vec<Vec<f64>> {
    places::shared_data("online_retail_ii.csv.gz")
        .map_or_else(Vec::new, |file| vec![revenue_by_month(&file)])
}

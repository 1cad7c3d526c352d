//! Forecasts of M4 yearly, weekly and hourly and of M3 monthly beside published ones, by the rules
//! of the M4 competition, and of a shop's revenue by month.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crm_stats::forecast::models::Loss;
use crm_stats::forecast::models::holt::{Trend, holt};
use crm_stats::forecast::{Forecast, Settings, fit};
use crm_tests::bench::table::Table;
use crm_tests::harness::places;
use flate2::read::GzDecoder;

/// A competition's set: its files, the season that errors are scaled by, the seasons that the
/// engine is told, and what is wanted.
struct Set {
    title: &'static str,
    files: &'static str,
    naive: &'static str,
    scale_season: usize,
    seasons: &'static [usize],
    wanted_owa: f64,
    /// The frequency's name in the published table of the M4 competition.
    published: Option<&'static str>,
}

const SETS: [Set; 5] = [
    Set {
        title: "M4 yearly",
        files: "m4/m4_yearly",
        naive: "Naive2",
        scale_season: 1,
        seasons: &[],
        wanted_owa: 0.770,
        published: Some("Yearly"),
    },
    Set {
        title: "M4 weekly, season 52",
        files: "m4/m4_weekly",
        naive: "Naive2",
        scale_season: 1,
        seasons: &[52],
        wanted_owa: 0.735,
        published: Some("Weekly"),
    },
    Set {
        title: "M4 weekly, no season given",
        files: "m4/m4_weekly",
        naive: "Naive2",
        scale_season: 1,
        seasons: &[],
        wanted_owa: 0.735,
        published: Some("Weekly"),
    },
    Set {
        title: "M4 hourly, seasons 24 and 168",
        files: "m4/m4_hourly",
        naive: "Naive2",
        scale_season: 24,
        seasons: &[24, 168],
        wanted_owa: 0.43,
        published: Some("Hourly"),
    },
    Set {
        title: "M3 monthly, season 12",
        files: "m3/m3_monthly",
        naive: "Naive2",
        scale_season: 12,
        seasons: &[12],
        wanted_owa: 0.805,
        published: None,
    },
];

/// Submissions to the M4 competition and benchmarks of its published table, with what they are.
const PUBLISHED: [(&str, &str); 9] = [
    ("Theta", "Theta"),
    ("Com", "Comb of exponential smoothing"),
    ("Damped", "damped trend"),
    ("235", "ForecastPro"),
    ("36", "SCUM"),
    ("245", "FFORMA"),
    ("118", "the winner"),
    ("237", "submission 237"),
    ("238", "submission 238"),
];

const SHOP: &str = "online_retail_ii.csv.gz";

pub(crate) fn run() {
    for set in &SETS {
        score_set(set);
    }
    score_shop();
}

/// A method's scores on a set.
#[derive(Clone, Copy, Default)]
struct Score {
    smape: f64,
    mase: f64,
}

impl Score {
    fn owa(self, naive: Self) -> f64 {
        f64::midpoint(self.smape / naive.smape, self.mase / naive.mase)
    }
}

fn score_set(set: &Set) {
    let file = |kind: &str| places::shared_data(&format!("{}_{kind}.csv.gz", set.files));
    let (Some(train), Some(test), Some(others)) = (file("train"), file("test"), file("forecasts"))
    else {
        println!(
            "{}: skipped, there is no ../shared/data/{}_… beside the project\n",
            set.title, set.files
        );
        return;
    };
    let (train, test) = (series(&train), series(&test));
    let tests: HashMap<&str, &[f64]> =
        test.iter().map(|(id, values)| (id.as_str(), values.as_slice())).collect();
    let horizon = test.first().map_or(0, |(_, values)| values.len());
    let values: Vec<Vec<f64>> = train.iter().map(|(_, values)| values.clone()).collect();
    let settings = Settings { seasons: set.seasons.to_vec(), horizon, calendar: None };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let ours = fit(&values, &settings, cores, &|_| {}).predict(horizon, &[0.80, 0.95]);
    let mean_of = |points: &HashMap<&str, &[f64]>| {
        let scores = train.iter().filter_map(|(id, shown)| {
            let actual = tests.get(id.as_str())?;
            score(shown, actual, points.get(id.as_str())?, set.scale_season)
        });
        mean(scores)
    };
    let others = by_method(&others);
    let points: HashMap<&str, &[f64]> = train
        .iter()
        .zip(&ours)
        .map(|((id, _), found)| (id.as_str(), found.point.as_slice()))
        .collect();
    let naive = others.get(set.naive).map(|points| mean_of(&borrowed(points))).unwrap_or_default();
    let mut rows: Vec<(String, Score, String)> = Vec::new();
    for (method, points) in &others {
        // Those of the published table are taken from there.
        if set.published.is_none() || method.contains("aive") || method == "SES" {
            let score = mean_of(&borrowed(points));
            rows.push((method.clone(), score, format!("{:.3}", score.owa(naive))));
        }
    }
    if let Some(column) = set.published {
        rows.extend(published(column));
    }
    let own = mean_of(&points);
    rows.push(("ours".to_owned(), own, format!("{:.4}", own.owa(naive))));
    rows.sort_by(|left, right| left.1.owa(naive).total_cmp(&right.1.owa(naive)));
    let mut table = Table::new([set.title, "sMAPE", "MASE", "OWA"]);
    for (name, score, owa) in rows {
        table.row([name, format!("{:.3}", score.smape), format!("{:.3}", score.mase), owa]);
    }
    println!("{table}");
    let (inside, msis) = intervals(&train, &tests, &ours, set.scale_season);
    let verdict = |met: bool| if met { "met" } else { "SHORT" };
    println!(
        "wanted: OWA at most {} ({}); 95% interval: coverage {inside:.4} of .94 to .96 ({}), MSIS {msis:.2}\n",
        set.wanted_owa,
        verdict(own.owa(naive) <= set.wanted_owa),
        verdict((0.94..=0.96).contains(&inside)),
    );
}

fn borrowed(points: &HashMap<String, Vec<f64>>) -> HashMap<&str, &[f64]> {
    points.iter().map(|(id, values)| (id.as_str(), values.as_slice())).collect()
}

/// sMAPE in percent and MASE of one forecast; `None` where the season does not fit.
fn score(shown: &[f64], actual: &[f64], point: &[f64], season: usize) -> Option<Score> {
    let scale = naive_error(shown, season)?;
    let count = number(actual.len());
    let (mut smape, mut error) = (0.0, 0.0);
    for (actual, point) in actual.iter().zip(point) {
        let away = (actual - point).abs();
        let size = actual.abs() + point.abs();
        smape += if size > 0.0 { 200.0 * away / size } else { 0.0 };
        error += away;
    }
    Some(Score { smape: smape / count, mase: error / count / scale })
}

fn naive_error(shown: &[f64], season: usize) -> Option<f64> {
    let late = shown.get(season..).filter(|late| !late.is_empty())?;
    let sum: f64 = late.iter().zip(shown).map(|(late, early)| (late - early).abs()).sum();
    Some(sum / number(late.len()))
}

fn mean(scores: impl Iterator<Item = Score>) -> Score {
    let (mut sum, mut count) = (Score::default(), 0.0);
    for score in scores {
        sum.smape += score.smape;
        sum.mase += score.mase;
        count += 1.0;
    }
    Score { smape: sum.smape / count, mase: sum.mase / count }
}

/// The coverage of the 95% interval, and its mean scaled interval score (Gneiting & Raftery 2007).
fn intervals(
    train: &[(String, Vec<f64>)],
    tests: &HashMap<&str, &[f64]>,
    ours: &[Forecast],
    season: usize,
) -> (f64, f64) {
    let (mut inside, mut steps, mut total, mut count) = (0.0, 0.0, 0.0, 0.0);
    for ((id, shown), found) in train.iter().zip(ours) {
        let (Some(actual), Some(scale), Some(interval)) =
            (tests.get(id.as_str()), naive_error(shown, season), found.intervals.get(1))
        else {
            continue;
        };
        let mut sum = 0.0;
        for ((actual, lower), upper) in actual.iter().zip(&interval.lower).zip(&interval.upper) {
            steps += 1.0;
            if (lower..=upper).contains(&actual) {
                inside += 1.0;
            }
            let outside = (lower - actual).max(0.0) + (actual - upper).max(0.0);
            sum += upper - lower + 2.0 / 0.05 * outside;
        }
        total += sum / number(actual.len()) / scale;
        count += 1.0;
    }
    (inside / steps, total / count)
}

/// Scores of the published table.
fn published(column: &str) -> Vec<(String, Score, String)> {
    let Some(file) = places::shared_data("m4/m4_published_table.csv") else { return Vec::new() };
    let text = std::fs::read_to_string(file).expect("the table is text");
    let figure = |method: &str, metric: &str| {
        let head = format!("{method},{column},{metric},");
        text.lines().find_map(|line| line.strip_prefix(&head)?.parse::<f64>().ok())
    };
    PUBLISHED
        .iter()
        .filter_map(|(method, name)| {
            let score = Score { smape: figure(method, "sMAPE")?, mase: figure(method, "MASE")? };
            Some(((*name).to_owned(), score, format!("{:.3}", figure(method, "OWA")?)))
        })
        .collect()
}

/// The next so many values of a series.
type Forecaster<'a> = &'a dyn Fn(&[f64], usize) -> Vec<f64>;

/// Revenue by month of a shop, the last six full months forecast from each of them on.
fn score_shop() {
    let Some(file) = places::shared_data(SHOP) else {
        println!(
            "revenue by month: skipped, there is no ../shared/data/{SHOP} beside the project\n"
        );
        return;
    };
    let revenue = revenue_by_month(&file);
    let held = 6;
    let first = revenue.len() - held;
    let settings = |horizon: usize| Settings { seasons: vec![12], horizon, calendar: None };
    let seasonal_naive = |shown: &[f64], horizon: usize| -> Vec<f64> {
        shown[shown.len() - 12..].iter().copied().cycle().take(horizon).collect()
    };
    let damped = |shown: &[f64], horizon: usize| {
        holt(shown, Trend::Fading, Loss::Squares, horizon).fit.point
    };
    let ours = |shown: &[f64], horizon: usize| {
        let fit = fit(&[shown], &settings(horizon), 1, &|_| {});
        fit.predict(horizon, &[]).swap_remove(0).point
    };
    let methods: [(&str, Forecaster<'_>); 3] =
        [("seasonal naive", &seasonal_naive), ("damped ETS", &damped), ("ours", &ours)];
    let mut table = Table::new([
        "revenue by month, mean absolute error in GBP",
        "one step",
        "all steps",
        "ours less",
    ]);
    let errors: Vec<(f64, f64)> = methods
        .iter()
        .map(|(_, method)| {
            let (mut one, mut all, mut steps) = (0.0, 0.0, 0.0);
            for origin in first..revenue.len() {
                let point = method(&revenue[..origin], revenue.len() - origin);
                one += (revenue[origin] - point[0]).abs();
                for (actual, point) in revenue[origin..].iter().zip(&point) {
                    all += (actual - point).abs();
                    steps += 1.0;
                }
            }
            (one / number(held), all / steps)
        })
        .collect();
    let own = errors.last().copied().unwrap_or_default();
    for ((name, _), (one, all)) in methods.iter().zip(&errors) {
        let less = |ours: f64, theirs: f64| 100.0 * (1.0 - ours / theirs);
        table.row([
            (*name).to_owned(),
            format!("{one:.0}"),
            format!("{all:.0}"),
            format!("{:.0}% and {:.0}%", less(own.0, *one), less(own.1, *all)),
        ]);
    }
    println!("{table}");
    println!(
        "{} full months; the last {held} forecast from each month before them\n",
        revenue.len()
    );
}

/// Sums of quantity × price by month, cancellations taken off. The running month at the end is
/// left out, and the days that stand in both of the file's halves count once.
pub(crate) fn revenue_by_month(file: &Path) -> Vec<f64> {
    let mut reader =
        csv::Reader::from_reader(GzDecoder::new(File::open(file).expect("the file was found")));
    let mut months: std::collections::BTreeMap<String, f64> = std::collections::BTreeMap::new();
    for record in reader.records() {
        let record = record.expect("the file is CSV");
        let (Ok(units), Ok(price)) = (record[3].parse::<f64>(), record[5].parse::<f64>()) else {
            continue;
        };
        let day = &record[4][..10];
        let twice = ("2010-12-01"..="2010-12-09").contains(&day);
        *months.entry(day[..7].to_owned()).or_default() +=
            units * price * if twice { 0.5 } else { 1.0 };
    }
    let mut revenue: Vec<f64> = months.into_values().collect();
    revenue.pop();
    revenue
}

/// `id,values` of a file, in its order.
pub(crate) fn series(file: &Path) -> Vec<(String, Vec<f64>)> {
    rows(file).into_iter().map(|mut row| (row.swap_remove(0), values(row.last()))).collect()
}

/// `method,id,values` of a file by method and id.
fn by_method(file: &Path) -> HashMap<String, HashMap<String, Vec<f64>>> {
    let mut methods: HashMap<String, HashMap<String, Vec<f64>>> = HashMap::new();
    for row in rows(file) {
        let points = values(row.last());
        methods.entry(row[0].clone()).or_default().insert(row[1].clone(), points);
    }
    methods
}

fn rows(file: &Path) -> Vec<Vec<String>> {
    let mut text = String::new();
    let file = File::open(file).expect("the file was found");
    GzDecoder::new(file).read_to_string(&mut text).expect("the file is gzip");
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

fn values(field: Option<&String>) -> Vec<f64> {
    field.map_or_else(Vec::new, |field| {
        field.split(' ').filter_map(|value| value.parse().ok()).collect()
    })
}

/// A count as a number. Exact below 2⁵³.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
pub(crate) fn number(count: usize) -> f64 {
    count as f64
}

//! Changes, anomalies and trends on planted truths, by kind of series and beside what is simplest;
//! and what shops of pure noise are said to show.

use std::time::Instant;

use crm_stats::parallel;
use crm_stats::trend::{Settings, anomalies, changepoints_beside, find};
use crm_tests::bench::table::{Table, millis};

use crate::shops;
use crate::synthetic::{CHANGES, Dice, Maker, NOISES, Noise, OUTLIERS, Planted};

/// Series of each kind.
const SERIES: u64 = 100;

type Kinds = &'static [(&'static str, Maker)];
type Finder = fn(&Planted) -> Vec<usize>;

pub(crate) fn run() {
    let ours: Finder = |made| changepoints_beside(&made.values, &made.seasons);
    let plain: Finder = |made| plain_pelt(&made.values);
    println!("Changes within 5 periods of the planted ones; {SERIES} series of each kind.");
    println!("Beside them the usual recipe: optimal partitioning, squared error, 3 log n.\n");
    compare(CHANGES, 5, ours, "plain PELT", plain);

    let ours: Finder = |made| anomalies(&made.values, &made.seasons);
    let plain: Finder = |made| hampel(&made.values);
    println!("Anomalies at the planted places; {SERIES} series of each kind.");
    println!("Beside them Hampel's identifier: 4 robust deviations from the median of 21.\n");
    compare(OUTLIERS, 0, ours, "Hampel", plain);

    noise();
}

/// F1 is the mean over the series; one without truth has 1 if nothing is found in it, else 0.
fn compare(kinds: Kinds, margin: usize, ours: Finder, rival_name: &str, rival: Finder) {
    let f1_of_rival = format!("F1 {rival_name}");
    let head = ["kind", "F1", "precision", "recall", "false alarms", "ms a series"];
    let mut table = Table::new(head.map(str::to_owned).into_iter().chain([f1_of_rival]));
    let mut means = [[0.0, 0.0]; 2];
    for (kind, make) in kinds {
        let made: Vec<Planted> =
            (0..SERIES).map(|seed| make(&mut Dice::new(kind, 1_000 + seed))).collect();
        let started = Instant::now();
        let found: Vec<Vec<usize>> = made.iter().map(ours).collect();
        let time = started.elapsed();
        let score = Score::of(&made, &found, margin);
        let rivals = Score::of(&made, &made.iter().map(rival).collect::<Vec<_>>(), margin);
        let quiet = usize::from(kind.starts_with("no"));
        means[quiet][0] += score.f1;
        means[quiet][1] += rivals.f1;
        table.row([
            (*kind).to_owned(),
            format!("{:.3}", score.f1),
            share(score.met, score.found),
            share(score.met, score.planted),
            format!("{:.2}", score.alarmed),
            millis(time / u32::try_from(SERIES).expect("a hundred")),
            format!("{:.3}", rivals.f1),
        ]);
    }
    let quiet = kinds.iter().filter(|(kind, _)| kind.starts_with("no")).count();
    for (name, [ours, rivals], count) in [
        ("mean of those with truths", means[0], kinds.len() - quiet),
        ("mean of those without", means[1], quiet),
    ] {
        let [ours, rivals] = [ours, rivals].map(|sum| format!("{:.3}", sum / count as f64));
        table.row([name.to_owned(), ours, "".into(), "".into(), "".into(), "".into(), rivals]);
    }
    println!("{table}");
}

fn share(part: usize, whole: usize) -> String {
    if whole == 0 { "—".to_owned() } else { format!("{:.2}", part as f64 / whole as f64) }
}

struct Score {
    f1: f64,
    met: usize,
    found: usize,
    planted: usize,
    /// The share of series with something found that is not there.
    alarmed: f64,
}

impl Score {
    fn of(made: &[Planted], found: &[Vec<usize>], margin: usize) -> Self {
        let mut score = Self { f1: 0.0, met: 0, found: 0, planted: 0, alarmed: 0.0 };
        for (made, found) in made.iter().zip(found) {
            let mut left = found.clone();
            let mut met = 0;
            for truth in &made.truth {
                if let Some(near) = left.iter().position(|at| at.abs_diff(*truth) <= margin) {
                    left.remove(near);
                    met += 1;
                }
            }
            let all = made.truth.len() + found.len();
            score.f1 += if all == 0 { 1.0 } else { 2.0 * met as f64 / all as f64 };
            score.met += met;
            score.found += found.len();
            score.planted += made.truth.len();
            score.alarmed += f64::from(u8::from(!left.is_empty()));
        }
        score.f1 /= made.len() as f64;
        score.alarmed /= made.len() as f64;
        score
    }
}

/// Squared error on standardised values, 3 log n a change, five values at least.
fn plain_pelt(values: &[f64]) -> Vec<usize> {
    let count = values.len();
    let mean = values.iter().sum::<f64>() / count as f64;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count as f64;
    let mut sums = vec![(0.0, 0.0)];
    for value in values {
        let z = (value - mean) / variance.sqrt();
        let (sum, squares) = sums[sums.len() - 1];
        sums.push((sum + z, squares + z * z));
    }
    let penalty = 3.0 * (count as f64).ln();
    let mut best = vec![(f64::INFINITY, 0); count + 1];
    best[0] = (-penalty, 0);
    for end in 5..=count {
        for start in 0..=end - 5 {
            let (sum, squares) = (sums[end].0 - sums[start].0, sums[end].1 - sums[start].1);
            let cost = best[start].0 + squares - sum * sum / (end - start) as f64 + penalty;
            if cost < best[end].0 {
                best[end] = (cost, start);
            }
        }
    }
    let mut changes = Vec::new();
    let mut end = count;
    while best[end].1 > 0 {
        end = best[end].1;
        changes.insert(0, end);
    }
    changes
}

fn hampel(values: &[f64]) -> Vec<usize> {
    let median = |values: &[f64]| {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    };
    let near = |index: usize| &values[index.saturating_sub(10)..(index + 11).min(values.len())];
    let sizes: Vec<f64> =
        values.iter().enumerate().map(|(i, value)| (value - median(near(i))).abs()).collect();
    let bound = 4.0 * 1.4826 * median(&sizes);
    (0..values.len()).filter(|index| sizes[*index] > bound).collect()
}

/// Shops, products of each, periods, periods a year.
const SHOPS: [(u64, usize, usize, usize); 3] =
    [(1_000, 20, 36, 12), (1_000, 20, 104, 52), (200, 10, 365, 364)];

fn noise() {
    println!("Shops of pure noise that are said to have any trend; at most 5% may.\n");
    let heads = SHOPS
        .map(|(shops, products, periods, _)| format!("{shops} × {products} series of {periods}"));
    let mut table = Table::new(["noise".to_owned()].into_iter().chain(heads));
    for (kind, noise) in NOISES {
        let cells = SHOPS.map(|shops| format!("{:.1} %", 100.0 * alarmed(kind, *noise, shops)));
        table.row([(*kind).to_owned()].into_iter().chain(cells));
    }
    println!("{table}");
}

fn alarmed(kind: &str, noise: Noise, of: (u64, usize, usize, usize)) -> f64 {
    let (shops, products, periods, year) = of;
    let seeds: Vec<u64> = (0..shops).collect();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let found = parallel::map(&seeds, cores, |seed| {
        let mut dice = Dice::new(kind, 1_000_000 + seed);
        let shop = shops::of_noise(&mut dice, noise, products, periods, year);
        !find(&shop, &Settings::default()).findings.is_empty()
    });
    found.iter().filter(|found| **found).count() as f64 / shops as f64
}

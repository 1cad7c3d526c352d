//! Eight weeks of days, beside exponential smoothing with a season of a week: days of a real shop, and
//! months of real trades shared out among days, as cash machines and tills have them.

use std::collections::HashMap;
use std::path::Path;

use crm_stats::forecast::models::ets::ets;
use crm_stats::forecast::{Calendar, Settings, fit_each};
use crm_tests::bench::table::Table;
use crm_tests::harness::places;
use flate2::read::GzDecoder;

use super::forecast::number;
use super::lengths::retail;
use super::value::day;
use crate::synthetic::Dice;

const AHEAD: usize = 56;
/// Origins of each series, so many days apart.
const ORIGINS: usize = 4;
const APART: usize = 63;
/// Days that are known at the earliest origin.
const LEAST_KNOWN: usize = 300;

/// Products of the shop, those that sold on most days first.
const PRODUCTS: usize = 40;
/// Days on which a product sold that is seldom sold.
const SELDOM: std::ops::Range<usize> = 8..60;
/// Trades, and how many of their days there are.
const TRADES: usize = 50;
const TRADE_MONTHS: usize = 28;

/// A series of days and the day of its last value.
struct Days {
    values: Vec<f64>,
    last_day: i32,
}

pub(crate) fn run() {
    let shop = shop();
    score("Online Retail II: sales, orders, units, customers", &shop.all);
    score("Online Retail II: products that sell on most days", &shop.often);
    score("Australian trades, months shared out among days", &of_trades());
}

/// What is known and what came: of days, and of the weeks of products that are seldom sold.
pub(crate) type Windows = Vec<(Vec<f64>, Vec<f64>)>;

pub(crate) fn windows() -> (Windows, Windows) {
    let shop = shop();
    let cut = |values: &[f64], ahead: usize| {
        let (shown, came) = values.split_at(values.len() - ahead);
        (shown.to_vec(), came.to_vec())
    };
    let days = shop
        .all
        .iter()
        .chain(&shop.often)
        .chain(&of_trades())
        .map(|days| cut(&days.values, AHEAD))
        .collect();
    let weeks = shop.seldom.iter().filter_map(|days| {
        let weeks: Vec<f64> = days.values.rchunks(7).rev().map(|week| week.iter().sum()).collect();
        let begins = weeks.iter().position(|units| *units > 0.0)?;
        let life = &weeks[begins..];
        (life.len() > 26).then(|| cut(life, 8))
    });
    (days, weeks.collect())
}

/// The days of a shop.
#[derive(Default)]
struct Shop {
    /// Sales, orders, units and customers.
    all: Vec<Days>,
    /// Units of products that sold on most days, and of those that sold on few.
    often: Vec<Days>,
    seldom: Vec<Days>,
}

fn shop() -> Shop {
    places::shared_data("online_retail_ii.csv.gz").map(|file| of_shop(&file)).unwrap_or_default()
}

#[derive(Default)]
struct Errors {
    ours: f64,
    ets: f64,
    naive: f64,
    inside: f64,
    count: f64,
}

fn score(title: &str, all: &[Days]) {
    if all.is_empty() {
        println!("{title}: skipped, its file is not in ../shared/data beside the project\n");
        return;
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut table = Table::new([title, "series", "ours", "ETS, season 7", "last week", "in 95%"]);
    let mut sum = Errors::default();
    for origin in 0..ORIGINS {
        let back = AHEAD + (ORIGINS - 1 - origin) * APART;
        let mut errors = Errors::default();
        for days in all.iter().filter(|days| days.values.len() >= back + LEAST_KNOWN) {
            let known = days.values.len() - back;
            let (shown, came) = (&days.values[..known], &days.values[known..known + AHEAD]);
            let last_day = days.last_day - i32::try_from(back).expect("a few hundred");
            let calendar = Some(Calendar { last_day, holidays: Vec::new() });
            let settings = Settings { seasons: vec![7, 365], horizon: AHEAD, calendar };
            let told = fit_each(&[shown], &settings, cores, &|_| {})
                .predict(AHEAD, &[0.95])
                .swap_remove(0);
            let naive: Vec<f64> = shown[known - 7..].iter().copied().cycle().take(AHEAD).collect();
            let changes = shown.windows(8).map(|week| (week[7] - week[0]).abs());
            let scale = changes.sum::<f64>() / number(known - 7);
            let error = |point: &[f64]| {
                let off = came.iter().zip(point).map(|(came, point)| (came - point).abs());
                off.sum::<f64>() / number(AHEAD) / scale
            };
            errors.ours += error(&told.point);
            errors.ets += error(&ets(shown, 7, AHEAD).fit.point);
            errors.naive += error(&naive);
            let held = (0..AHEAD).filter(|step| {
                told.intervals[0].at(*step).is_some_and(|interval| interval.holds(came[*step]))
            });
            errors.inside += number(held.count()) / number(AHEAD);
            errors.count += 1.0;
        }
        errors.row(&mut table, format!("{back} days before the end"));
        sum.ours += errors.ours;
        sum.ets += errors.ets;
        sum.naive += errors.naive;
        sum.inside += errors.inside;
        sum.count += errors.count;
    }
    sum.row(&mut table, "all".to_owned());
    println!("{table}");
    let verdict = if sum.ours <= sum.ets { "met" } else { "SHORT" };
    println!("wanted: mean scaled error at most that of ETS ({verdict})\n");
}

impl Errors {
    fn row(&self, table: &mut Table, name: String) {
        let mean = |sum: f64| format!("{:.3}", sum / self.count);
        table.row([
            name,
            self.count.to_string(),
            mean(self.ours),
            mean(self.ets),
            mean(self.naive),
            mean(self.inside),
        ]);
    }
}

fn of_shop(file: &Path) -> Shop {
    let plain = GzDecoder::new(std::fs::File::open(file).expect("the file was found"));
    let records: Vec<csv::StringRecord> =
        csv::Reader::from_reader(plain).records().map(|record| record.expect("CSV")).collect();
    let on = |record: &csv::StringRecord| day(&record[4][..10]);
    let first = records.iter().map(on).min().expect("there are lines");
    let last = records.iter().map(on).max().expect("there are lines");
    let length = usize::try_from(last - first + 1).expect("two years");
    let blank = || vec![0.0; length];
    let [mut money, mut units] = [blank(), blank()];
    let mut seen: [Vec<std::collections::HashSet<String>>; 2] =
        [vec![Default::default(); length], vec![Default::default(); length]];
    let mut products: HashMap<String, Vec<f64>> = HashMap::new();
    for record in &records {
        let number = |place: usize| record[place].parse::<f64>().expect("a number");
        let (quantity, price) = (number(3), number(5));
        if record[0].starts_with('C') || quantity <= 0.0 || price <= 0.0 {
            continue;
        }
        // These days stand in both of the file's halves.
        let twice = ("2010-12-01"..="2010-12-09").contains(&&record[4][..10]);
        let share = if twice { 0.5 } else { 1.0 };
        let at = usize::try_from(on(record) - first).expect("it is not before the first");
        money[at] += share * quantity * price;
        units[at] += share * quantity;
        seen[0][at].insert(record[0].to_owned());
        seen[1][at].insert(record[6].to_owned());
        products.entry(record[1].to_owned()).or_insert_with(blank)[at] += share * quantity;
    }
    let [orders, customers] = seen.map(|days| days.iter().map(|day| number(day.len())).collect());
    let days = |values: Vec<f64>| Days { values, last_day: last };
    let mut ranked: Vec<(usize, String)> = products
        .iter()
        .map(|(sku, units)| (units.iter().filter(|units| **units > 0.0).count(), sku.clone()))
        .collect();
    ranked.sort_by(|a, b| b.cmp(a));
    let of = |(_, sku): &(usize, String)| days(products[sku].clone());
    let seldom = ranked.iter().filter(|(sold, _)| SELDOM.contains(sold)).step_by(3);
    Shop {
        all: [money, orders, units, customers].map(days).into(),
        often: ranked.iter().take(PRODUCTS).map(of).collect(),
        seldom: seldom.map(of).collect(),
    }
}

/// Each trade's months as days: along a line from one month's middle to the next, with a weekday's
/// share and noise that is made by a seed.
fn of_trades() -> Vec<Days> {
    let trades = retail();
    let every = trades.len().div_ceil(TRADES).max(1);
    let mut all = Vec::new();
    for (place, months) in trades.iter().step_by(every).enumerate() {
        let mut dice = Dice::new("daily", place as u64);
        let months = &months[months.len() - TRADE_MONTHS..];
        let weekdays: Vec<f64> = (0..7).map(|_| (0.3 * dice.normal()).exp()).collect();
        let noise = dice.autoregression(30 * (TRADE_MONTHS - 1), 0.4);
        let values = noise.iter().enumerate().map(|(at, noise)| {
            let (month, part) = (at / 30, number(at % 30) / 30.0);
            let level = (1.0 - part) * months[month] + part * months[month + 1];
            level * weekdays[at % 7] * (0.15 * noise).exp()
        });
        // The last day of 2018, up to which they are known.
        all.push(Days { values: values.collect(), last_day: 17_896 });
    }
    all
}

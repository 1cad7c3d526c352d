//! Customers' value on real shops: published parameters, and what was expected at a cut-off beside
//! what happened after it.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::path::Path;

use crm_collector::facts::day_of_date;
use crm_stats::value::{
    CustomerValue, Horizon, Options, Prediction, Process, Purchase, fit, fit_process,
};
use crm_tests::bench::table::Table;
use crm_tests::harness::places::shared_data;

use crate::customers::{LIVES, shop};

pub(crate) fn run() {
    match shared_data("cdnow_sample.csv.gz") {
        Some(path) => cdnow(&path),
        None => println!("skipped: there is no ../shared/data/cdnow_sample.csv.gz\n"),
    }
    match shared_data("online_retail_ii.csv.gz") {
        Some(path) => online_retail(&path),
        None => println!("skipped: there is no ../shared/data/online_retail_ii.csv.gz\n"),
    }
    growing_data();
}

/// Seeds of each made-up shop.
const SHOPS: u64 = 6;

/// The same shops, looked at with more and more of their past.
fn growing_data() {
    const DAYS: [i32; 12] = [200, 300, 363, 365, 375, 400, 450, 500, 550, 600, 730, 800];
    println!(
        "Made-up shops: what known customers buy in 182 days, expected beside bought, and the"
    );
    println!("farthest that a day moves the total, of the first 360 to 400 days:");
    let mut titles = vec!["shop".to_owned()];
    titles.extend(DAYS.map(|days| days.to_string()));
    titles.push("a day".to_owned());
    let mut table = Table::new(titles);
    for life in LIVES {
        let shops: Vec<Vec<Purchase>> = (1..=SHOPS).map(|seed| shop(life, seed)).collect();
        let mut row = vec![format!("{life:?}")];
        for days in DAYS {
            let (mut expected, mut bought) = (0.0, 0.0);
            for all in &shops {
                let model = of_first_days(all, days);
                let score = Score::of(&model, all, days - 1, 182);
                expected += score.expected;
                bought += score.happened;
            }
            row.push(format!("{:+.0}%", 100.0 * (expected / bought - 1.0)));
        }
        let total = |days| {
            let model = of_first_days(&shops[0], days);
            model.customers.iter().map(|one| one.expected_purchases).sum()
        };
        let totals: Vec<f64> = (360..400).map(total).collect();
        let moves = totals.windows(2).map(|pair| (pair[1] / pair[0] - 1.0).abs());
        row.push(format!("{:.1}%", 100.0 * moves.fold(0.0, f64::max)));
        table.row(row);
    }
    table.row(["wanted", "", "", "15%", "15%", "", "15%", "", "15%", "", "15%", "15%", "", "5%"]);
    println!("{table}");
}

fn of_first_days(all: &[Purchase], days: i32) -> Prediction {
    let known: Vec<Purchase> = all.iter().copied().filter(|one| one.day < days).collect();
    fit(&known, days - 1, &Options::default()).predict(&Horizon::days(182))
}

fn cdnow(path: &Path) {
    let purchases = of_cdnow(path);
    let as_of = day("1997-09-30");
    println!("CDNOW sample, calibrated to 1997-09-30, time in weeks:");
    let mut table = Table::new(["model", "fitted", "published"]);
    for (process, published) in [
        (Process::BgNbd, "r .243, alpha 4.414, a .793, b 2.426"),
        (Process::ParetoNbd, "r .553, alpha 10.58, s .606, beta 11.67"),
        (Process::MbgNbd, "r .525, alpha 6.183, a .891, b 1.614"),
    ] {
        let fitted = fit_process(&purchases, as_of, process).expect("CDNOW can be fitted");
        let [first, second, third, fourth] = fitted.parameters;
        let fitted = format!("{first:.4}, {second:.3}, {third:.4}, {fourth:.3}");
        table.row([process.to_string(), fitted, published.to_owned()]);
    }
    let fit_of_all = fit(&purchases, as_of, &Options::default());
    let spend = fit_of_all.spend().expect("CDNOW has repeat buyers");
    let fitted = format!("{:.3}, {:.3}, {:.3} ({})", spend.p, spend.q, spend.v, spend.customers);
    let published = "p 6.25, q 3.74, v 15.44 (946)".to_owned();
    table.row(["gamma-gamma".to_owned(), fitted, published]);
    println!("{table}");
    println!("CDNOW sample, the 39 weeks after:");
    let mut table = table_of_scores();
    table.row(["BG/NBD", ".786", "1.608", "-12%"]);
    table.row(["MBG/NBD", ".765", "1.607", "-16%"]);
    table.row(["Pareto/NBD", ".755", "1.603", "-11%"]);
    let model = fit_of_all.predict(&Horizon::days(273));
    Score::of(&model, &purchases, as_of, 273).row(&mut table, &model);
    table.row(["wanted", ".750", "1.595"]);
    println!("{table}");
}

fn online_retail(path: &Path) {
    let purchases = of_online_retail(path);
    for (title, as_of, end, references, wanted) in [
        (
            "26 weeks after 2011-06-10",
            "2011-06-10",
            "2011-12-09",
            vec![["BG/NBD", "1.046", "1.774", "-2%"], ["MBG/CNBD-2", "1.020", "1.788", "-8%"]],
            ["wanted", "1.00", "", ""],
        ),
        (
            "52 weeks after 2010-12-10",
            "2010-12-10",
            "2011-12-09",
            vec![["BG/NBD", "2.513", "3.595", "+54%"], ["Pareto/NBD", "2.533", "3.619", "+55%"]],
            ["wanted", "", "", "within 15%"],
        ),
        ("26 weeks after 2010-12-10", "2010-12-10", "2011-06-10", vec![], ["", "", "", ""]),
        ("26 weeks after 2011-03-11", "2011-03-11", "2011-09-09", vec![], ["", "", "", ""]),
    ] {
        let (as_of, end) = (day(as_of), day(end));
        let horizon = as_of.abs_diff(end);
        let fit = fit(&purchases, as_of, &Options::default());
        let model = fit.predict(&Horizon::days(horizon));
        println!("Online Retail II, {title}:");
        let mut table = table_of_scores();
        references.into_iter().for_each(|reference| table.row(reference));
        Score::of(&model, &purchases, as_of, horizon).row(&mut table, &model);
        if !wanted[0].is_empty() {
            table.row(wanted);
        }
        println!("{table}");
    }
}

fn table_of_scores() -> Table {
    Table::new([
        "method",
        "MAE",
        "RMSE",
        "total",
        "in 80%",
        "in 95%",
        "value MAE",
        "value",
        "value in 80%",
        "value in 95%",
    ])
}

/// How expectations compare to what happened.
#[derive(Default)]
struct Score {
    customers: f64,
    absolute: f64,
    square: f64,
    expected: f64,
    happened: f64,
    value_absolute: f64,
    expected_value: f64,
    value: f64,
    /// Purchases within 80% and 95%, value within 80% and 95%.
    inside: [f64; 4],
}

impl Score {
    fn of(model: &Prediction, purchases: &[Purchase], as_of: i32, horizon: u32) -> Self {
        let mut days: HashMap<u32, BTreeMap<i32, f64>> = HashMap::new();
        let mut money: HashMap<u32, f64> = HashMap::new();
        let within = |day: i32| day > as_of && day.abs_diff(as_of) <= horizon;
        for one in purchases.iter().filter(|one| within(one.day)) {
            *money.entry(one.customer).or_default() += one.amount;
            if one.amount >= 0.0 {
                *days.entry(one.customer).or_default().entry(one.day).or_default() += one.amount;
            }
        }
        let mut score = Self::default();
        for customer in &model.customers {
            #[expect(clippy::cast_precision_loss, reason = "a number of days")]
            let bought = days.get(&customer.customer).map_or(0, BTreeMap::len) as f64;
            score.add(customer, bought, money.get(&customer.customer).copied().unwrap_or(0.0));
        }
        score
    }

    fn add(&mut self, customer: &CustomerValue, bought: f64, value: f64) {
        let off = customer.expected_purchases - bought;
        self.customers += 1.0;
        self.absolute += off.abs();
        self.square += off * off;
        self.expected += customer.expected_purchases;
        self.happened += bought;
        self.value_absolute += (customer.expected_value - value).abs();
        self.expected_value += customer.expected_value;
        self.value += value;
        for (inside, held) in self.inside.iter_mut().zip([
            customer.purchases_interval(0.8).holds(bought),
            customer.purchases_interval(0.95).holds(bought),
            customer.value_interval(0.8).holds(value.max(0.0)),
            customer.value_interval(0.95).holds(value.max(0.0)),
        ]) {
            *inside += f64::from(u8::from(held));
        }
    }

    fn row(&self, table: &mut Table, model: &Prediction) {
        let share = |sum: f64| sum / self.customers;
        let percent = |part: f64, whole: f64| format!("{:+.1}%", 100.0 * (part / whole - 1.0));
        let [in_80, in_95, value_80, value_95] =
            self.inside.map(|sum| format!("{:.3}", share(sum)));
        table.row([
            model.method.to_string(),
            format!("{:.4}", share(self.absolute)),
            format!("{:.4}", share(self.square).sqrt()),
            percent(self.expected, self.happened),
            in_80,
            in_95,
            format!("{:.1}", share(self.value_absolute)),
            percent(self.expected_value, self.value),
            value_80,
            value_95,
        ]);
    }
}

/// What the customers of the CDNOW sample bought.
pub(crate) fn of_cdnow(path: &Path) -> Vec<Purchase> {
    read(path, |fields| Line { customer: &fields[1], date: &fields[2], amount: number(&fields[4]) })
}

/// What the customers of Online Retail II bought, and gave back.
pub(crate) fn of_online_retail(path: &Path) -> Vec<Purchase> {
    read(path, |fields| {
        let (quantity, price) = (number(&fields[3]), number(&fields[5]));
        // Cancellations are refunds; lines without a price are no purchases.
        let is_line = (quantity > 0.0) != fields[0].starts_with('C') && price > 0.0;
        Line {
            customer: if is_line { &fields[6] } else { "" },
            date: &fields[4][..10],
            amount: quantity * price,
        }
    })
}

/// A line of a file, as far as it matters here.
struct Line<'a> {
    /// Empty for a line that is left out.
    customer: &'a str,
    date: &'a str,
    amount: f64,
}

fn read(path: &Path, line: impl Fn(&csv::StringRecord) -> Line<'_>) -> Vec<Purchase> {
    let file = std::fs::File::open(path).expect("the file is there");
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).expect("the file is gzip");
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let mut purchases = Vec::new();
    for record in csv::Reader::from_reader(text.as_bytes()).records() {
        let record = record.expect("the file is CSV");
        let Line { customer, date, amount } = line(&record);
        if customer.is_empty() {
            continue;
        }
        let next = u32::try_from(numbers.len()).expect("few customers");
        let customer = *numbers.entry(customer.to_owned()).or_insert(next);
        purchases.push(Purchase { customer, day: day(date), amount });
    }
    purchases
}

pub(crate) fn day(date: &str) -> i32 {
    day_of_date(date.parse().expect("dates are written as 2011-06-10"))
}

fn number(text: &str) -> f64 {
    text.parse().expect("numbers are numbers")
}

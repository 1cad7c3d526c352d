//! What the statistics say of two years of a real shop: the command line and the HTTP API tell the
//! same, and what they tell agrees with the reports.
//!
//! Online Retail II (Chen, D., UCI Machine Learning Repository, CC BY 4.0) is no part of the
//! project; where it is absent this test fails, or is skipped if `CRM_WITHOUT_DATA` is set.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate};
use crm_tests::harness::{Collector, Options, places};
use flate2::read::GzDecoder;
use serde_json::{Value, json};

const FILE: &str = "online_retail_ii.csv.gz";
/// A debug build on a busy machine takes its time.
const PATIENCE: Duration = Duration::from_secs(300);

/// Questions, as the command line and as the HTTP API ask them.
const QUESTIONS: &[(&[&str], &str)] = &[
    (&["forecast"], "/v1/forecasts"),
    (
        &["forecast", "--series", "orders", "--bucket", "week", "--horizon", "8"],
        "/v1/forecasts?series=orders&bucket=week&horizon=8",
    ),
    (
        &["forecast", "--by", "product", "--limit", "5", "--horizon", "3"],
        "/v1/forecasts?by=product&limit=5&horizon=3",
    ),
    (&["forecast", "--by", "country", "--limit", "3"], "/v1/forecasts?by=country&limit=3"),
    (
        &["forecast", "--by", "segment", "--series", "customers"],
        "/v1/forecasts?by=segment&series=customers",
    ),
    (&["trends", "--bucket", "month"], "/v1/trends?bucket=month"),
    (&["customers", "--with", "value", "--limit", "10"], "/v1/customer-values?limit=10"),
    (&["customers", "14911", "--with", "value"], "/v1/customers/14911/value"),
    (&["segments"], "/v1/segments"),
    (&["together", "22697"], "/v1/products/22697/together"),
    (&["next", "14911"], "/v1/customers/14911/next"),
];

fn ask(collector: &Collector, path: &str) -> Value {
    let begun = Instant::now();
    loop {
        let answer = collector.get(path);
        match answer.status {
            200 => return answer.json(),
            202 if begun.elapsed() < PATIENCE => {}
            _ => panic!("{path}: {} {}", answer.status, answer.text()),
        }
    }
}

fn number(figure: &Value) -> f64 {
    figure.as_f64().unwrap_or_else(|| figure.as_str().unwrap().parse().unwrap())
}

/// The money of a product, a country or all of it, by day, as the file has it.
fn money_by_day(file: &Path) -> HashMap<(&'static str, String), BTreeMap<NaiveDate, f64>> {
    let mut money: HashMap<_, BTreeMap<NaiveDate, f64>> = HashMap::new();
    let mut reader = csv::Reader::from_reader(GzDecoder::new(File::open(file).unwrap()));
    for record in reader.records().map(Result::unwrap) {
        let price: f64 = record[5].parse().unwrap();
        if price <= 0.0 {
            continue;
        }
        let value = record[3].parse::<f64>().unwrap() * price;
        let day = record[4][..10].parse().unwrap();
        let of = [("product", &record[1]), ("country", &record[7]), ("all", "")];
        for (dimension, key) in of {
            let days = money.entry((dimension, key.to_owned())).or_default();
            *days.entry(day).or_default() += value;
        }
    }
    money
}

/// Each of the first ten trends, by week, is what the file says of the same weeks of both years.
fn the_first_trends_are_those_of_the_file(collector: &Collector, file: &Path) {
    let found = ask(collector, "/v1/trends?limit=10");
    let trends = found["trends"].as_array().unwrap();
    assert_eq!(trends.len(), 10, "{found}");
    let money = money_by_day(file);
    let end: NaiveDate = "2011-12-05".parse().unwrap();
    let mut told = 0;
    for trend in trends.iter().filter(|trend| trend["kind"] != "price") {
        let years = trend["compared"]["years"].as_u64().unwrap();
        let since: NaiveDate = trend["since_date"].as_str().unwrap().parse().unwrap();
        let before = Days::new(364 * years);
        let key = trend["key"].as_str().unwrap_or_default().to_owned();
        let dimension = ["product", "country", "all"]
            .into_iter()
            .find(|dimension| *dimension == trend["dimension"])
            .unwrap();
        let days = &money[&(dimension, key)];
        let sum =
            |from: NaiveDate, to: NaiveDate| days.range(from..to).map(|(_, m)| m).sum::<f64>();
        let start = since.max(end - Days::new(364));
        let weeks = (end - start).num_days() as f64 / 7.0;
        let [is, was] = [sum(start, end), sum(start - before, end - before)].map(|m| m / weeks);
        let [actual, expected, size] =
            ["actual", "expected", "size"].map(|key| number(&trend[key]));
        let near = |one: f64, other: f64| (one - other).abs() <= 0.02;
        assert!(near(actual, is) && near(expected, was), "{was} to {is}: {trend}");
        assert!(size * (is - was) > 0.0, "{was} to {is}: {trend}");
        told += 1;
    }
    assert!(told >= 5, "{found}");
}

#[test]
fn the_statistics_tell_the_same_everywhere_and_agree_with_the_reports() {
    let Some(file) = places::shared_data(FILE) else {
        println!("skipped: there is no ../shared/data/{FILE} beside the project");
        return;
    };
    let mut collector = Collector::start(Options::new().workspace_in("GBP", "Europe/London"));
    let path = file.to_str().unwrap();
    let mut arguments = vec!["import", path, "--preset", "online-retail"];
    arguments.extend(["--currency", "GBP", "--timezone", "Europe/London"]);
    collector.expect_command(&arguments, "");
    // What was analysed while the file came in is kept for half a minute, and by nobody who begins anew.
    collector.restart();

    let mut answers = Vec::new();
    for (arguments, path) in QUESTIONS {
        let arguments = [arguments, &["--format", "json"][..]].concat();
        let told = collector.expect_command(&arguments, "");
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(told, ask(&collector, path), "{path}");
        answers.push(told);
    }
    let [months, _, products, countries, _, trends, values, value, segments, together, next] =
        &answers[..]
    else {
        panic!("as many answers as questions")
    };

    // What is shown of the past is what the report of sales says.
    let sales = collector.get("/v1/reports/sales?bucket=month").json();
    let past = months["forecasts"][0]["past"].as_array().unwrap();
    assert_eq!(past.len(), 24);
    for (period, row) in past.iter().zip(sales["rows"].as_array().unwrap()) {
        assert_eq!(period["period"], row["period"]);
        assert!((number(&period["value"]) - number(&row["net"])).abs() < 0.01, "{period} {row}");
    }
    // The last days of the file are no whole month and are not taken for one.
    assert_eq!(months["as_of"], "2011-12-10");
    assert_eq!(months["forecasts"][0]["periods"][0]["period"], "2011-12");
    for forecasts in [products, countries] {
        let parts = forecasts["forecasts"].as_array().unwrap();
        let point = |part: &Value| number(&part["periods"][0]["point"]);
        let sum: f64 = parts[1..].iter().map(point).sum();
        assert!((sum - point(&parts[0])).abs() < 0.1, "{sum} is not {}", point(&parts[0]));
    }

    for trend in trends["trends"].as_array().unwrap() {
        assert!(number(&trend["confidence"]) >= 0.95, "{trend}");
        let rows = collector.get(&format!("{}&limit=1", trend["rows"]["href"].as_str().unwrap()));
        let found = rows.expect(200).json()["purchases"].as_array().unwrap().len();
        assert_eq!(found > 0, trend["rows"]["purchases"].as_u64().unwrap() > 0, "{trend}");
    }

    the_first_trends_are_those_of_the_file(&collector, &file);

    // He has bought on more days than anybody else, and on the last but one.
    let regular = &value["customers"][0];
    assert!(number(&regular["p_alive"]) > 0.99, "{regular}");
    let customers = values["customers"].as_array().unwrap();
    assert!(customers.is_sorted_by_key(|one| -number(&one["expected_value"])));
    assert_eq!(
        customers.len() as u64 + values["omitted"].as_u64().unwrap(),
        segments["customers"].as_u64().unwrap()
    );
    let summary = collector.get("/v1/reports/summary?from=1900-01-01&to=9999-01-01").json();
    assert_eq!(segments["customers"], summary["rows"][0]["customers"]);

    // Green, pink and roses: cups of one set.
    let pairs = together["pairs"].as_array().unwrap();
    assert_eq!(
        (&pairs[0]["sku"], &pairs[1]["sku"]),
        (&json!("22699"), &json!("22698")),
        "{together}"
    );
    assert!(number(&pairs[0]["lift"]) > 10.0);
    assert_eq!(next["items"].as_array().unwrap().len(), 10);

    // The analysis in the background has seen it all, sooner or later.
    let begun = Instant::now();
    while ask(&collector, "/v1/analysis")["events"] != 48_369 {
        assert!(begun.elapsed() < PATIENCE, "{}", collector.get("/v1/analysis").text());
        std::thread::sleep(Duration::from_millis(200));
    }
}

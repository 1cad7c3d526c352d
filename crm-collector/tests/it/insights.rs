//! What the statistics say over HTTP, of a shop with planted truths: a product that took off, a pair,
//! customers who left.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use crate::harness::{Login, TestApp};

const PATIENCE: Duration = Duration::from_secs(120);
const WEEKS: u32 = 104;
/// From this week on three times as much cake is sold.
const TAKES_OFF: u32 = 80;
/// From this week on customers 50 to 59 buy nothing any more.
const LEAVE: u32 = 60;
/// Where the shop's two years end, and what is known ends with them.
const AS_OF: &str = "as_of=2026-01-05";

fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 1, 8).unwrap()
}

/// Numbers from 0 to 1 that look like chance and are the same each time (Steele & Vigna 2021).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(1);
        f64::from(u32::try_from(self.0 >> 32).unwrap()) / f64::from(u32::MAX)
    }
}

/// Everything sold: tea with a mug or without, and cake, which takes off.
fn purchases() -> Vec<Value> {
    let mut dice = Dice(7);
    let mut purchases = Vec::new();
    for week in 0..WEEKS {
        for customer in 0..60 {
            let gone = customer >= 50 && week >= LEAVE;
            if gone || dice.roll() > 0.4 {
                continue;
            }
            let day = first_day() + Days::new((week * 7 + customer % 7).into());
            let item = |sku: &str, quantity: u32, price: &str| {
                json!({ "sku": sku, "name": format!("The {sku}"), "quantity": quantity,
                        "unit_price": price })
            };
            let mut items = Vec::new();
            let taken_off = if week >= TAKES_OFF { 6 } else { 2 };
            match dice.roll() {
                ..0.3 => items.extend([item("TEA", 1, "5.00"), item("MUG", 1, "8.00")]),
                ..0.6 => items.push(item("CAKE", taken_off, "12.00")),
                _ => items.push(item(if dice.roll() < 0.5 { "TEA" } else { "JAM" }, 1, "6.00")),
            }
            let number = purchases.len();
            purchases.push(json!({ "type": "purchase",
                "id": format!("01960000-0000-7000-8000-{number:012}"),
                "purchase_id": format!("P-{number}"), "customer_id": format!("c-{customer}"),
                "occurred_at": format!("{day}T10:00:00Z"), "kind": "sale", "currency": "EUR",
                "country": if customer % 3 == 0 { "France" } else { "Italy" }, "items": items }));
        }
    }
    purchases
}

async fn shop() -> (TestApp, Login, String) {
    // One connection for everybody: no computation may keep it, nor wait for it.
    let app = TestApp::start_with(|config| config.store.readers = 1).await;
    let owner = app.owner().await;
    let key = app.key(&owner, &["ingest", "read"]).await;
    let mut events = purchases();
    events.push(json!({ "type": "customer", "id": "01960000-0000-7000-8000-900000000000",
                        "customer_id": "c-visitor", "name": "Just Looking" }));
    for batch in events.chunks(500) {
        let verdict = app.post("/v1/events", json!({ "events": batch })).key(&key).send().await;
        assert_eq!(verdict.expect(200).json()["accepted"], batch.len());
    }
    (app, owner, key)
}

/// Asks until there is an answer: a debug build among other tests takes its time.
async fn ask(app: &TestApp, key: &str, path: &str) -> Value {
    let and = if path.contains('?') { '&' } else { '?' };
    let path = format!("{path}{and}{AS_OF}");
    let begun = Instant::now();
    loop {
        let answer = app.get(&path).key(key).send().await;
        if answer.status != 202 {
            return answer.expect(200).json();
        }
        assert!(begun.elapsed() < PATIENCE, "{path}: {}", answer.text());
    }
}

fn number(figure: &Value) -> f64 {
    figure.as_f64().unwrap_or_else(|| figure.as_str().unwrap().parse().unwrap())
}

#[tokio::test]
async fn a_shop_with_planted_truths_has_them_found() {
    let (app, owner, key) = shop().await;
    forecasts_are_banded_and_add_up(&app, &key).await;
    the_product_that_took_off_is_the_trend_and_its_driver(&app, &key).await;
    customers_who_left_are_told_from_those_who_stay(&app, &key).await;
    the_pair_is_found_and_what_comes_next_has_a_reason(&app, &key).await;
    groups_hold_everybody_once(&app, &key).await;
    each_figure_is_the_same_in_json_and_in_csv(&app, &key).await;
    each_answer_is_a_page_with_the_figures_of_its_csv(&app, &key).await;
    what_makes_no_sense_is_refused(&app, &key).await;
    nobody_else_sees_any_of_it(&app, &owner).await;
}

async fn forecasts_are_banded_and_add_up(app: &TestApp, key: &str) {
    let whole = ask(app, key, "/v1/forecasts?bucket=week").await;
    assert_eq!(
        json!([whole["series"], whole["by"], whole["bucket"], whole["horizon"], whole["as_of"]]),
        json!(["revenue", null, "week", 13, "2026-01-05"])
    );
    let forecast = &whole["forecasts"][0];
    assert_eq!(forecast["given"], WEEKS);
    let why = &forecast["why_code"];
    assert_eq!((&why["code"], &why["steps"]), (&json!("models_closer"), &json!(13)), "{forecast}");
    let said = format!("were {:.0}% closer than", number(&why["gain_percent"]));
    assert!(forecast["why"].as_str().unwrap().contains(&said), "{forecast}");
    assert_eq!((&forecast["missing"], &forecast["missing_codes"]), (&Value::Null, &json!([])));
    let periods = forecast["periods"].as_array().unwrap();
    assert_eq!((periods.len(), &periods[0]["period"]), (13, &json!("2026-W02")));
    for period in periods {
        let [narrow, wide] = [&period["bands"][0], &period["bands"][1]];
        assert_eq!((&narrow["level"], &wide["level"]), (&json!(80), &json!(95)));
        let ordered =
            [&wide["lower"], &narrow["lower"], &period["point"], &narrow["upper"], &wide["upper"]];
        let ordered: Vec<_> = ordered.into_iter().map(number).collect();
        assert!(ordered.is_sorted() && ordered[0] >= 0.0, "{ordered:?}");
    }
    // Since the cake took off, about 20 orders a week: 6 of tea and mug, 6 of six cakes, 8 others.
    let first = number(&periods[0]["point"]);
    assert!((400.0..=800.0).contains(&first), "{first}");

    let by_product = ask(app, key, "/v1/forecasts?bucket=week&by=product&horizon=4").await;
    let parts = by_product["forecasts"].as_array().unwrap();
    let keys: Vec<_> = parts.iter().map(|part| part["key"].as_str().unwrap_or("none")).collect();
    assert_eq!(keys, ["none", "CAKE", "TEA", "MUG", "JAM", "none"]);
    let left_over = &parts[5];
    assert_eq!(left_over["name"], "not told by product");
    assert_eq!(left_over["why_code"]["code"], "difference");
    assert_eq!(by_product["reconciled"], true);
    for step in 0..4 {
        let point = |part: &Value| number(&part["periods"][step]["point"]);
        let sum: f64 = parts[1..].iter().map(point).sum();
        assert!((sum - point(&parts[0])).abs() < 0.03, "{sum} is not {}", point(&parts[0]));
    }

    let fewer = ask(app, key, "/v1/forecasts?bucket=week&by=product&horizon=2&limit=1").await;
    assert_eq!(
        fewer["forecasts"][1]["periods"][1], parts[1]["periods"][1],
        "the cake is as it was"
    );

    let csv =
        app.get(&format!("/v1/forecasts?bucket=week&format=csv&{AS_OF}")).key(key).send().await;
    let csv = csv.expect(200).text();
    let mut lines = csv.lines();
    let header = "period,forecast,lower_80,upper_80,lower_95,upper_95,method,currency";
    assert_eq!(lines.next().unwrap(), header);
    let expected = format!("2026-W02,{},", periods[0]["point"].as_str().unwrap());
    assert!(lines.next().unwrap().starts_with(&expected), "{csv} has no {expected}");
}

async fn the_product_that_took_off_is_the_trend_and_its_driver(app: &TestApp, key: &str) {
    let found = ask(app, key, "/v1/trends").await;
    let trends = found["trends"].as_array().unwrap();
    let cake = &trends[0];
    assert_eq!((&cake["key"], &cake["first"]), (&json!("CAKE"), &json!(true)), "{found}");
    assert_eq!(cake["kind"], "level_change", "{cake}");
    assert_eq!(cake["change"], json!({ "code": "level_change", "direction": "up" }), "{cake}");
    assert_eq!(cake["compared"], json!({ "code": "years_before", "years": 1 }), "{cake}");
    let since: NaiveDate = cake["since_date"].as_str().unwrap().parse().unwrap();
    let planted = first_day() + Days::new((TAKES_OFF * 7).into());
    assert!((since - planted).num_days().abs() <= 14, "since {since}, planted {planted}");
    assert!(number(&cake["confidence"]) > 0.95 && number(&cake["size"]) > 80.0, "{cake}");
    let figures = [&cake["actual"], &cake["expected"], &cake["size"]].map(number);
    assert!((figures[0] - figures[1] - figures[2]).abs() < 0.02, "{cake}");
    // Three times as much in each order.
    assert!(cake["summary"].as_str().unwrap().contains("; more units an order"), "{cake}");

    // What the change is made of adds up to it: within the cent that each part is rounded to.
    let parts = cake["factors"].as_array().unwrap().iter();
    let sum: f64 = parts.map(|part| number(&part["contribution"])).sum();
    assert!((sum - figures[2]).abs() < 0.02, "{sum} is not {}", figures[2]);

    // One cause is told once: what all sales have won by it is under it.
    let all = trends.iter().find(|trend| trend["dimension"] == "all");
    let explained =
        cake["explains"].as_array().unwrap().iter().any(|one| one["dimension"] == "all");
    assert!(all.is_none() || !explained, "{found}");
    if let Some(all) = all.filter(|all| number(&all["size"]) > 0.0) {
        assert_eq!(all["drivers"][0]["key"], "CAKE", "{all}");
    }

    // The rows behind it are where it says, and as many.
    let rows = cake["rows"]["href"].as_str().unwrap();
    let page = app.get(&format!("{rows}&limit=1000")).key(key).send().await.expect(200).json();
    let purchases = page["purchases"].as_array().unwrap();
    assert_eq!(purchases.len(), cake["rows"]["purchases"]);
    assert!(purchases.iter().all(|purchase| purchase["items"][0]["sku"] == "CAKE"));
}

async fn customers_who_left_are_told_from_those_who_stay(app: &TestApp, key: &str) {
    let value = async |id: &str| {
        let answer = ask(app, key, &format!("/v1/customers/{id}/value?horizon_days=91")).await;
        answer["customers"][0].clone()
    };
    let (stays, left) = (value("c-1").await, value("c-55").await);
    assert!(number(&stays["p_alive"]) > 0.9, "{stays}");
    assert!(number(&left["p_alive"]) < 0.1, "{left}");
    assert_eq!((&left["stage"], left["rfm"]["recency"].as_i64()), (&json!("lost"), Some(1)));
    // Four purchases in ten weeks, in thirteen weeks.
    let expected = number(&stays["expected_purchase_days"]);
    assert!((3.5..=7.0).contains(&expected), "{expected}");
    assert!(number(&left["expected_value"]) < 0.1 * number(&stays["expected_value"]));

    let visitor = ask(app, key, "/v1/customers/c-visitor/value").await;
    assert_eq!(
        (&visitor["customers"], &visitor["model"]["missing"]),
        (&json!([]), &json!("a first purchase of this customer in EUR is needed"))
    );
    let code = json!({ "code": "first_purchase_of_customer", "currency": "EUR" });
    assert_eq!(visitor["model"]["missing_codes"], json!([code]));
    let missing = app.get("/v1/customers/c-nobody/value").key(key).send().await;
    missing.problem(404, "not_found");

    let all = ask(app, key, "/v1/customer-values?horizon_days=91&limit=5").await;
    assert_eq!((all["customers"].as_array().unwrap().len(), &all["omitted"]), (5, &json!(55)));
}

async fn the_pair_is_found_and_what_comes_next_has_a_reason(app: &TestApp, key: &str) {
    let together = ask(app, key, "/v1/products/MUG/together").await;
    let pairs = together["pairs"].as_array().unwrap();
    assert_eq!((pairs.len(), &pairs[0]["sku"]), (1, &json!("TEA")), "{together}");
    assert_eq!((&pairs[0]["confidence"], &pairs[0]["name"]), (&json!(1.0), &json!("The TEA")));
    assert!(number(&pairs[0]["lift"]) > 1.5 && number(&pairs[0]["q_value"]) < 1e-6, "{together}");
    app.get("/v1/products/NONE/together").key(key).send().await.problem(404, "not_found");

    let next = ask(app, key, "/v1/customers/c-1/next?limit=2").await;
    let items = next["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    let why = &items[0]["reason_code"];
    assert_eq!(why["code"], "bought", "{next}");
    let said =
        format!("bought on {} days, last on {}", why["days"], why["last_on"].as_str().unwrap());
    assert_eq!(items[0]["reason"], said, "{next}");
    let all = ask(app, key, "/v1/customers/c-1/next?limit=0").await;
    let scores: Vec<_> =
        all["items"].as_array().unwrap().iter().map(|item| number(&item["score"])).collect();
    // Beside the first: of four, the last is one that this customer hardly buys.
    assert!(scores.is_sorted_by(|one, other| one >= other), "{all}");
    assert!((scores.len(), scores[0]) == (4, 1.0) && (0.0..0.9).contains(&scores[3]), "{all}");
    app.get("/v1/customers/c-nobody/next").key(key).send().await.problem(404, "not_found");
}

async fn groups_hold_everybody_once(app: &TestApp, key: &str) {
    let segments = ask(app, key, "/v1/segments").await;
    assert_eq!(segments["customers"], 60);
    for kind in ["stages", "rfm"] {
        let groups = segments[kind].as_array().unwrap();
        let members: i64 = groups.iter().map(|group| group["customers"].as_i64().unwrap()).sum();
        assert_eq!(members, 60, "{kind}");
    }
    // The ten who have left, and of the fifty who stay at most one, who was silent for long by chance.
    let lost = ask(app, key, "/v1/customer-values?stage=lost&limit=0").await;
    let lost = lost["customers"].as_array().unwrap().iter();
    let (mut gone, stays): (Vec<_>, Vec<_>) = lost
        .map(|customer| customer["customer_id"].as_str().unwrap())
        .partition(|id| id.len() == "c-50".len() && *id >= "c-50");
    gone.sort_unstable();
    assert_eq!(
        gone,
        ["c-50", "c-51", "c-52", "c-53", "c-54", "c-55", "c-56", "c-57", "c-58", "c-59"]
    );
    assert!(stays.len() <= 1, "{stays:?}");
}

async fn each_answer_is_a_page_with_the_figures_of_its_csv(app: &TestApp, key: &str) {
    let cases: [(&str, &[&str]); 12] = [
        ("/v1/forecasts?bucket=week", &["forecast", "lower_80", "upper_95"]),
        ("/v1/trends", &["expected", "actual", "size", "at_stake"]),
        ("/v1/customer-values?limit=0", &["spent", "expected_value"]),
        ("/v1/segments", &["spent", "expected_value", "customers"]),
        ("/v1/products/MUG/together", &["together"]),
        ("/v1/customers/c-1/next", &[]),
        ("/v1/reports/sales", &["net", "gross", "orders", "customers"]),
        ("/v1/reports/products", &["net", "orders"]),
        ("/v1/reports/customers?limit=0", &["net", "orders"]),
        ("/v1/reports/heatmap", &["net", "orders"]),
        ("/v1/reports/rfm", &["net", "customers"]),
        ("/v1/cohorts", &["net", "customers"]),
    ];
    for (path, columns) in cases {
        let and = if path.contains('?') { '&' } else { '?' };
        let as_of = if path.contains("reports") || path.contains("cohorts") { "" } else { AS_OF };
        let form = |form: &str| format!("{path}{and}{as_of}&format={form}").replace("?&", "?");
        let page = app.get(&form("html")).key(key).send().await.expect(200);
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; ") && policy.ends_with("; sandbox"));
        let page = page.text();
        assert!(page.contains("data-chart="), "{path} has no chart");
        let rows = app.get(&form("csv")).key(key).send().await.expect(200).text();
        let rows: Vec<BTreeMap<String, String>> =
            csv::Reader::from_reader(rows.as_bytes()).deserialize().map(Result::unwrap).collect();
        assert!(!rows.is_empty(), "{path}");
        for (row, column) in rows.iter().flat_map(|row| columns.iter().map(move |of| (row, of))) {
            let (cell, shown) = (&row[*column], crm_collector::words::grouped(&row[*column]));
            let shown = match (cell.strip_prefix('-'), cell.contains('.')) {
                (Some(_), true) => format!("−€{}", &shown[1..]),
                (None, true) => format!("€{shown}"),
                (_, false) => shown,
            };
            assert!(
                page.contains(&format!("<bdi>{shown}</bdi>")),
                "{path}: {column} is not {shown}"
            );
        }
    }
}

/// The rows of an answer's CSV.
async fn csv(app: &TestApp, key: &str, path: &str) -> Vec<BTreeMap<String, String>> {
    let and = if path.contains('?') { '&' } else { '?' };
    let answer = app.get(&format!("{path}{and}{AS_OF}&format=csv")).key(key).send().await;
    let text = answer.expect(200).text();
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}

async fn each_figure_is_the_same_in_json_and_in_csv(app: &TestApp, key: &str) {
    let same = |row: &BTreeMap<String, String>, column: &str, figure: &Value| {
        let cell = &row[column];
        let (one, other) = (cell.parse::<f64>().unwrap(), number(figure));
        // What reads JSON here is right but for the last bit.
        assert!((one - other).abs() <= 1e-15 * other.abs(), "{column}: {one} is not {other}");
        assert!(cell.len() <= 24, "{column}: {cell}");
    };
    let path = "/v1/forecasts?bucket=week&series=orders";
    let (answer, rows) = (ask(app, key, path).await, csv(app, key, path).await);
    let periods = answer["forecasts"][0]["periods"].as_array().unwrap();
    assert_eq!(rows.len(), periods.len());
    for (row, period) in rows.iter().zip(periods) {
        same(row, "forecast", &period["point"]);
        for (band, level) in period["bands"].as_array().unwrap().iter().zip([80, 95]) {
            same(row, &format!("lower_{level}"), &band["lower"]);
            same(row, &format!("upper_{level}"), &band["upper"]);
        }
    }
    let lists: [(&str, &[&str], &[&str]); 5] = [
        (
            "/v1/customer-values?limit=0",
            &["customers"],
            &["purchase_days", "spent", "p_alive", "expected_purchase_days", "expected_value"],
        ),
        (
            "/v1/segments",
            &["stages", "rfm"],
            &["customers", "share", "spent", "expected_value", "p_alive"],
        ),
        (
            "/v1/products/MUG/together",
            &["pairs"],
            &["together", "support", "confidence", "lift", "p_value", "q_value"],
        ),
        ("/v1/customers/c-1/next?limit=0", &["items"], &["score"]),
        ("/v1/trends", &["trends"], &["expected", "actual", "size", "at_stake", "confidence"]),
    ];
    for (path, keys, columns) in lists {
        let (answer, rows) = (ask(app, key, path).await, csv(app, key, path).await);
        let items: Vec<_> = keys.iter().flat_map(|key| answer[key].as_array().unwrap()).collect();
        assert_eq!(rows.len(), items.len(), "{path}");
        assert!(!rows.is_empty(), "{path}");
        for (row, item) in rows.iter().zip(items) {
            columns.iter().for_each(|column| same(row, column, &item[column]));
        }
    }
}

async fn what_makes_no_sense_is_refused(app: &TestApp, key: &str) {
    let mut told = String::new();
    for query in [
        "/v1/forecasts?series=profit",
        "/v1/forecasts?by=moon",
        "/v1/forecasts?bucket=hour",
        "/v1/forecasts?horizon=0",
        "/v1/forecasts?bucket=day&horizon=367",
        "/v1/forecasts?series=units&by=segment",
        "/v1/forecasts?series=customers&by=channel",
        "/v1/forecasts?as_of=tomorrow",
        "/v1/forecasts?as_of=2020-01-01",
        "/v1/forecasts?as_of=9999-01-01",
        "/v1/forecasts?holidays=2025-12-25,x",
        "/v1/forecasts?currency=euro",
        "/v1/forecasts?format=xml",
        "/v1/forecasts?limit=3",
        "/v1/forecasts?by=segment&limit=3",
        "/v1/trends?bucket=hour",
        "/v1/segments?horizon_days=0",
        "/v1/segments?limit=3",
        "/v1/customers/c-1/value?limit=3",
    ] {
        let problem = app.get(query).key(key).send().await.expect(400).json();
        let (field, detail) = (&problem["field"], &problem["detail"]);
        let code = problem["code"].as_str().unwrap();
        let (field, detail) = (field.as_str().unwrap(), detail.as_str().unwrap());
        writeln!(told, "{query}\n  {code}, {field}: {detail}").unwrap();
    }
    insta::assert_snapshot!("insights_refuse", told);
}

async fn nobody_else_sees_any_of_it(app: &TestApp, owner: &Login) {
    let writer = app.key(owner, &["ingest"]).await;
    app.get("/v1/forecasts").key(&writer).send().await.problem(403, "forbidden");
    app.get("/v1/trends").send().await.problem(401, "unauthorized");
}

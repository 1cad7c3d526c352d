//! What the reports say is so: sums however large, days however far, currencies by name.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::harness::TestApp;

const REPORTS: [&str; 11] = [
    "summary",
    "sales",
    "products",
    "countries",
    "customers",
    "repeat",
    "refunds",
    "heatmap",
    "channels",
    "rfm",
    "cohorts",
];

/// A collector, with a key that may do both.
async fn collector() -> (TestApp, String) {
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let key = app.key(&owner, &["ingest", "read"]).await;
    (app, key)
}

/// Sends events, each under an id of its own.
async fn send(app: &TestApp, key: &str, mut events: Vec<Value>) {
    static IDS: AtomicUsize = AtomicUsize::new(1);
    let sent = events.len();
    for event in &mut events {
        let id = IDS.fetch_add(1, Ordering::Relaxed);
        event["id"] = json!(format!("01960000-0000-7000-8000-{id:012}"));
    }
    let batch = json!({ "events": events });
    let verdict = app.post("/v1/events", batch).key(key).send().await.expect(200).json();
    assert_eq!(verdict["accepted"], sent, "{}", verdict["rejected"][0]);
}

async fn report(app: &TestApp, key: &str, query: &str) -> Value {
    app.get(&format!("/v1/reports/{query}")).key(key).send().await.expect(200).json()
}

#[tokio::test]
async fn two_thousand_sales_of_the_largest_amount_are_added_up_in_every_report() {
    let (app, key) = collector().await;
    let purchase = |kind: &str| {
        json!({ "type": "purchase", "occurred_at": "2026-02-10T10:00:00Z", "customer_id": "c-1",
            "kind": kind, "currency": "EUR", "country": "AT", "channel": "web",
            "items": [{ "sku": "GOLD", "quantity": 1, "unit_price": "1000000000000" }] })
    };
    for _ in 0..2 {
        send(&app, &key, vec![purchase("sale"); 1_000]).await;
    }
    send(&app, &key, vec![purchase("refund"); 1_000]).await;
    let workspace = app.store.read(|tx| tx.workspaces()).unwrap_or_else(fail).remove(0);
    // From the tail of the log, and from what is folded.
    for _ in 0..2 {
        for name in REPORTS {
            let query = format!("{name}?currency=EUR&from=2026-02-01&to=2026-03-01");
            let found = report(&app, &key, &query).await;
            let totals = &found["totals"];
            let (gross, refunds) = ("2000000000000000.00", "1000000000000000.00");
            let sold = if totals["sold"].is_null() { "gross" } else { "sold" };
            assert_eq!(totals[sold], gross, "{name}");
            if !totals["net"].is_null() {
                assert_eq!(totals["refunds"], refunds, "{name}");
                assert_eq!(totals["net"], refunds, "{name}");
            }
            let csv = app.get(&format!("/v1/reports/{query}&format=csv")).key(&key).send().await;
            assert!(csv.expect(200).text().contains(gross), "{name}");
        }
        let customer = app.get("/v1/customers/c-1").key(&key).send().await.expect(200).json();
        assert_eq!(customer["worth"][0]["sold"], "2000000000000000.00");
        assert_eq!(customer["worth"][0]["average_order"], "1000000000000.00");
        let (store, folded) = (app.store.clone(), workspace.clone());
        let fold = move || store.write(|tx| tx.fold(&folded, 1, i64::MAX)).unwrap_or_else(fail);
        assert_eq!(tokio::task::spawn_blocking(fold).await.unwrap(), 0);
        assert_eq!(app.store.check().unwrap_or_else(fail).wrong, [""; 0]);
    }
}

/// A sale of one unit of money.
fn sale(at: &str, currency: &str) -> Value {
    json!({ "type": "purchase", "occurred_at": at, "customer_id": "c-1", "currency": currency,
        "total": "1", "country": "AT", "channel": "web" })
}

#[tokio::test]
async fn a_purchase_of_1900_turns_off_no_report_and_is_told() {
    let (app, key) = collector().await;
    let mut events = vec![sale("1900-01-01T12:00:00Z", "EUR")];
    for day in 1..29 {
        events.push(sale(&format!("2026-01-{day:02}T10:00:00Z"), "EUR"));
        events.push(sale(&format!("2026-02-{day:02}T10:00:00Z"), "EUR"));
    }
    send(&app, &key, events).await;
    for name in REPORTS {
        let found = report(&app, &key, name).await;
        let from = if name == "summary" { "2026-02-01" } else { "2026-01-01" };
        assert_eq!((&found["from"], &found["to"]), (&json!(from), &json!("2026-03-01")), "{name}");
        let far =
            json!({ "purchases": 1, "net": "1.00", "first": "1900-01-01", "last": "1900-01-01" });
        assert_eq!(found["outside"]["before"], far, "{name}");
    }
    let daily = report(&app, &key, "sales?bucket=day").await;
    assert_eq!(daily["rows"].as_array().unwrap().len(), 59);
    assert_eq!(daily["totals"]["gross"], "56.00");
    let all = report(&app, &key, "sales?bucket=year&from=1900-01-01").await;
    assert_eq!(
        (&all["totals"]["gross"], &all["outside"]["before"]),
        (&json!("57.00"), &Value::Null)
    );
    let by_day = app.get("/v1/reports/sales?bucket=day&from=1900-01-01").key(&key).send().await;
    let told = by_day.problem(400, "invalid_field");
    assert!(told["detail"].as_str().unwrap().contains("at most 10000 days by day"), "{told}");
    let trends = loop {
        let answer = app.get("/v1/trends").key(&key).send().await;
        if answer.status != 202 {
            break answer.expect(200).json();
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert_eq!(
        (&trends["from"], &trends["outside"]["before"]["purchases"]),
        (&json!("2026-01-01"), &json!(1))
    );
}

/// A sale to somebody.
fn bought(customer: &str, at: &str) -> Value {
    let mut sale = sale(at, "EUR");
    sale["customer_id"] = json!(customer);
    sale
}

#[tokio::test]
async fn a_purchase_of_1900_is_nobodys_first_makes_no_gap_and_no_cohort() {
    let (app, key) = collector().await;
    let mut events = vec![bought("c-0", "1900-01-01T12:00:00Z")];
    for customer in 0..7 {
        events.push(bought(&format!("c-{customer}"), "2026-01-05T10:00:00Z"));
        events.push(bought(&format!("c-{customer}"), "2026-02-14T10:00:00Z"));
    }
    send(&app, &key, events).await;
    let told = async |query: &str| {
        let sales = report(&app, &key, &format!("sales?{query}")).await;
        let repeat = report(&app, &key, &format!("repeat?{query}")).await;
        let cohorts = report(&app, &key, &format!("cohorts?{query}")).await;
        let first = &cohorts["rows"][0];
        let summary = report(&app, &key, &format!("summary?{query}")).await;
        json!([
            sales["totals"]["new_customers"],
            summary["totals"]["new_customers"],
            repeat["rows"][0]["customers"],
            repeat["rows"][1]["customers"],
            repeat["totals"]["mean_days_between"],
            [first["cohort"], first["months_since"], first["customers"]]
        ])
    };
    // The summary is of February alone, in which nobody bought for the first time.
    assert_eq!(told("").await, json!([7, 0, 7, 0, 40.0, ["2026-01", 0, 7]]));
    let january = "from=2026-01-01&to=2026-02-01";
    assert_eq!(told(january).await, json!([7, 7, 7, 0, null, ["2026-01", 0, 7]]));
    let february = "from=2026-02-01&to=2026-03-01";
    assert_eq!(told(february).await, json!([0, 0, 0, 7, 40.0, ["2026-01", 1, 7]]));
    // Whoever asks for the far day has it count: 46,024.92 days and seven times 40, by eight.
    let all = "from=1899-12-31&to=2026-03-01";
    assert_eq!(told(all).await, json!([7, 7, 7, 0, 5_788.1, ["1900-01", 0, 1]]));
    let customers = report(&app, &key, "customers").await;
    for row in customers["rows"].as_array().unwrap() {
        assert_eq!(row["first_order"], "2026-01-05T10:00:00.000Z");
        assert_eq!(row["orders"], 2);
    }
    assert_eq!(customers["outside"]["before"]["purchases"], 1);
}

#[tokio::test]
async fn days_between_purchases_are_averaged_before_they_are_rounded() {
    let (app, key) = collector().await;
    // 25 h 26 min are 1.0597 days, 26 h are 1.0833, 100 days are 100.
    let events = [
        ("c-1", "2026-01-05T10:00:00Z"),
        ("c-1", "2026-01-06T11:26:00Z"),
        ("c-1", "2026-01-07T13:26:00Z"),
        ("c-2", "2025-09-01T10:00:00Z"),
        ("c-2", "2025-12-10T10:00:00Z"),
        ("c-3", "2026-01-01T10:00:00Z"),
        ("c-3", "2026-01-11T10:00:00Z"),
    ];
    send(&app, &key, events.map(|(who, at)| bought(who, at)).to_vec()).await;
    let totals = report(&app, &key, "repeat").await["totals"].clone();
    // (1.0597 + 1.0833 + 10 + 100) / 4, and between 1.0833 and 10.
    assert_eq!(
        (&totals["mean_days_between"], &totals["median_days_between"]),
        (&json!(28.0), &json!(5.5))
    );
}

#[tokio::test]
async fn a_range_without_purchases_is_told_as_it_was_asked() {
    let (app, key) = collector().await;
    let days = async |query: &str| {
        let found = report(&app, &key, query).await;
        let row = |place: usize| {
            let row = &found["rows"][place];
            json!([row["from"], row["to"]])
        };
        json!([[found["from"], found["to"]], row(0), row(1)])
    };
    let nothing = json!([[null, null], [null, null], [null, null]]);
    assert_eq!(days("summary").await, nothing);
    send(&app, &key, vec![sale("2025-08-29T10:00:00Z", "EUR")]).await;
    let (early, late) = (json!([null, "2020-01-01"]), json!(["2030-01-01", null]));
    let none = json!([null, null]);
    assert_eq!(days("summary?to=2020-01-01").await, json!([early, early, none]));
    assert_eq!(days("summary?from=2030-01-01").await, json!([late, late, none]));
    let rows = |query: &'static str| report(&app, &key, query);
    assert_eq!(rows("sales?to=2020-01-01").await["rows"], json!([]));
    assert_eq!(rows("sales?from=2030-01-01").await["rows"], json!([]));
}

#[tokio::test]
async fn what_is_charged_and_is_no_goods_is_told_to_be_in_no_basket() {
    let (app, key) = collector().await;
    let item = |sku: &str| json!({ "sku": sku, "quantity": 1, "unit_price": "2" });
    let mut purchase = sale("2026-02-10T10:00:00Z", "EUR");
    purchase["total"] = json!("4");
    purchase["items"] = json!([item("MUG"), item("POST")]);
    purchase["items"][1]["category"] = json!("fee");
    send(&app, &key, vec![purchase; 3]).await;
    let together = async |sku: &str| loop {
        let answer = app.get(&format!("/v1/products/{sku}/together")).key(&key).send().await;
        if answer.status != 202 {
            let found = answer.expect(200).json();
            break json!([found["is_fee"], found["with_it"], found["baskets"], found["pairs"]]);
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert_eq!(together("POST").await, json!([true, 0, 3, []]));
    assert_eq!(together("MUG").await, json!([false, 3, 3, []]));
}

#[tokio::test]
async fn a_report_is_in_the_workspaces_own_currency_and_names_it() {
    let (app, key) = collector().await;
    let csv = async || {
        let sales = app.get("/v1/reports/sales?format=csv").key(&key).send().await;
        sales.expect(200).text().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let empty = report(&app, &key, "sales").await;
    assert_eq!(
        (&empty["from"], &empty["to"], &empty["currency"]),
        (&Value::Null, &Value::Null, &json!("EUR"))
    );
    send(&app, &key, vec![sale("2026-02-10T10:00:00Z", "USD"); 3]).await;
    let dollars = report(&app, &key, "sales").await;
    assert_eq!(dollars["totals"]["gross"], "0.00");
    assert_eq!(dollars["outside"]["other_currencies"], json!({ "USD": 3 }));
    send(&app, &key, vec![sale("2026-02-11T10:00:00Z", "EUR")]).await;
    let [header, row] = &csv().await[..] else { panic!("one row") };
    assert!(header.starts_with("period,gross,discounts,refunds,net,"), "{header}");
    assert!(header.ends_with(",currency"), "{header}");
    assert!(row.starts_with("2026-02,1.00,0.00,0.00,1.00,") && row.ends_with(",EUR"), "{row}");
}

#[tokio::test]
async fn the_log_is_folded_when_nothing_comes_in() {
    let (app, key) = collector().await;
    send(&app, &key, vec![sale("2026-02-10T10:00:00Z", "EUR"); 300]).await;
    let workspace = app.store.read(|tx| tx.workspaces()).unwrap_or_else(fail).remove(0);
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while app.store.read(|tx| tx.unfolded(&workspace)).unwrap_or_else(fail) > 0 {
        assert!(std::time::Instant::now() < patience, "the log is not folded at rest");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(report(&app, &key, "sales").await["totals"]["gross"], "300.00");
}

fn fail<T>(error: crm_collector::store::StoreError) -> T {
    panic!("{error}")
}

fn mug(customer: &str, at: &str) -> Value {
    json!({ "type": "purchase", "customer_id": customer, "occurred_at": at, "currency": "EUR",
            "items": [{ "sku": "MUG", "unit_price": "5.00" }] })
}

/// Asks the statistics until there is an answer.
async fn computed(app: &TestApp, key: &str, path: &str) -> Value {
    loop {
        let answer = app.get(path).key(key).send().await;
        if answer.status != 202 {
            return answer.expect(200).json();
        }
    }
}

#[tokio::test]
async fn what_was_bought_today_alone_is_told_to_count_from_tomorrow_on() {
    let (app, key) = collector().await;
    let ask = async |path: &str| computed(&app, &key, path).await;
    send(&app, &key, vec![mug("c-1", "2026-03-01T09:00:00Z")]).await;
    let told = |code: &str| json!([{ "code": code, "bought_on": "2026-03-01", "counted_from": "2026-03-02" }]);
    let since =
        json!({ "purchases": 1, "net": "5.00", "first": "2026-03-01", "last": "2026-03-01" });

    let values = ask("/v1/customer-values").await;
    assert_eq!(values["customers"], json!([]));
    assert_eq!(values["model"]["missing_codes"], told("first_whole_day"));
    assert_eq!(values["outside"]["since"], since);
    let segments = ask("/v1/segments").await;
    assert_eq!(segments["missing_codes"], told("first_whole_day"));
    assert_eq!(segments["outside"]["since"], since);
    let value = ask("/v1/customers/c-1/value").await;
    assert_eq!(value["model"]["missing_codes"], told("first_whole_day_of_customer"));
    for path in ["/v1/customers/c-1/next", "/v1/products/MUG/together"] {
        let missing = &ask(path).await["missing_codes"];
        assert_eq!(missing[0], told("first_whole_day")[0], "{path}");
    }
    assert_eq!(ask("/v1/forecasts").await["outside"]["since"], since);

    // Beside somebody who bought before, and who never did.
    let visitor = json!({ "type": "customer", "customer_id": "c-3", "name": "Just Looking" });
    send(&app, &key, vec![mug("c-2", "2026-02-20T09:00:00Z"), visitor]).await;
    app.clock.advance(10 * 60 * 1_000);
    let values = ask("/v1/customer-values").await;
    assert_eq!(values["customers"].as_array().unwrap().len(), 1);
    assert!(!values["model"]["missing_codes"].to_string().contains("whole_day"), "{values}");
    let value = ask("/v1/customers/c-1/value").await;
    assert_eq!(value["model"]["missing_codes"], told("first_whole_day_of_customer"));
    let value = ask("/v1/customers/c-3/value").await;
    let never = json!([{ "code": "first_purchase_of_customer", "currency": "EUR" }]);
    assert_eq!(value["model"]["missing_codes"], never);

    app.clock.advance(24 * 60 * 60 * 1_000);
    let values = ask("/v1/customer-values").await;
    assert_eq!(values["customers"].as_array().unwrap().len(), 2);
    assert_eq!(values["outside"]["since"], Value::Null);
}

#[tokio::test]
async fn a_first_order_is_in_the_summary_at_once_and_a_later_one_is_told_beside_it() {
    let (app, key) = collector().await;
    send(&app, &key, vec![mug("c-1", "2026-03-01T09:00:00Z")]).await;
    let summary = report(&app, &key, "summary").await;
    assert_eq!(summary["period"], "everything so far");
    assert_eq!(json!([summary["from"], summary["to"]]), json!(["2026-03-01", "2026-03-02"]));
    let figures = |row: &Value| json!([row["period"], row["from"], row["gross"], row["orders"]]);
    assert_eq!(figures(&summary["rows"][0]), json!(["current", "2026-03-01", "5.00", 1]));
    assert_eq!(figures(&summary["rows"][1]), json!(["previous", null, "0.00", 0]));
    assert_eq!(summary["outside"]["since"], Value::Null);

    let months = ["2026-01-01T09:00:00Z", "2026-02-10T09:00:00Z"].map(|at| mug("c-2", at));
    send(&app, &key, months.to_vec()).await;
    let summary = report(&app, &key, "summary").await;
    assert_eq!(summary["period"], "the last full month");
    assert_eq!(figures(&summary["rows"][0]), json!(["current", "2026-02-01", "5.00", 1]));
    assert_eq!(figures(&summary["rows"][1]), json!(["previous", "2026-01-01", "5.00", 1]));
    let since =
        json!({ "purchases": 1, "net": "5.00", "first": "2026-03-01", "last": "2026-03-01" });
    assert_eq!(summary["outside"]["since"], since);
    let today = report(&app, &key, "summary?from=2026-03-01&to=2026-03-02").await;
    assert_eq!(today["rows"][0]["orders"], 1);
    assert_eq!(today["outside"]["since"], Value::Null);
}

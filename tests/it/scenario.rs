//! The user's scenario, by requests that curl could make: nothing but HTTP, no SDK.

use crm_tests::harness::http::{Answer, Connection};
use crm_tests::harness::{Collector, Options};
use serde_json::{Value, json};

/// Somebody at a browser or at curl, with what a login gave them.
struct Person {
    connection: Connection,
    headers: String,
}

impl Person {
    fn at(collector: &Collector) -> Self {
        Self { connection: collector.connect(), headers: String::new() }
    }

    fn post(&mut self, path: &str, body: &Value) -> Answer {
        let body = body.to_string();
        self.connection.post_with(path, &self.headers, body.as_bytes()).unwrap()
    }

    fn get(&mut self, path: &str) -> Answer {
        self.connection.get_with(path, &self.headers).unwrap()
    }

    fn log_in(&mut self, email: &str, password: &str) {
        let body = json!({ "email": email, "password": password });
        let answer = self.post("/v1/auth/login", &body).expect(200);
        let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap();
        let token = answer.json()["csrf_token"].as_str().unwrap().to_owned();
        self.headers = format!("Cookie: {cookie}\r\nX-CSRF-Token: {token}\r\n");
    }
}

#[test]
fn from_registration_to_the_first_report_by_http_alone() {
    let collector = Collector::start(Options::new().without_user());
    let mut ada = Person::at(&collector);

    // An account, with a workspace of its own.
    let account = json!({
        "name": "Ada", "email": "ada@example.com", "password": "correct horse battery",
        "workspace": "Engines", "currency": "GBP", "timezone": "Europe/London",
    });
    let registered = ada.post("/v1/auth/register", &account).expect(201).json();
    assert_eq!(registered["workspace"]["name"], "Engines");
    assert_eq!(registered["role"], "owner");
    ada.log_in("ada@example.com", "correct horse battery");
    assert_eq!(ada.get("/v1/me").expect(200).json()["user"]["email"], "ada@example.com");

    // A key for the shop, and its connection.
    let about = json!({ "name": "shop", "scopes": ["ingest", "read"] });
    let key = ada.post("/v1/keys", &about).expect(201).json();
    let key = key["key"].as_str().unwrap();
    assert!(key.starts_with("crm_sk_"), "{key}");
    let mut shop = Person::at(&collector);
    shop.headers = format!("Authorization: Bearer {key}\r\n");
    let connection = shop.get("/v1/connection").expect(200).json();
    assert_eq!(connection["status"], "connected");
    assert_eq!(connection["workspace"], "Engines");
    assert_eq!(connection["key"]["scopes"], json!(["ingest", "read"]));
    assert_eq!(connection["last_event_at"], Value::Null);

    // A customer, two purchases and a refund.
    let customer = json!({
        "customer_id": "c-1", "name": "Grace Hopper", "email": "grace@example.com",
        "country": "United Kingdom",
    });
    assert_eq!(shop.post("/v1/customers", &customer).expect(201).json()["status"], "accepted");
    let purchase = json!({
        "purchase_id": "o-1", "customer_id": "c-1", "currency": "GBP",
        "occurred_at": "2026-02-28T23:30:00Z",
        "items": [
            { "sku": "MUG", "name": "Mug", "quantity": 2, "unit_price": "6.95" },
            { "sku": "PEN", "name": "Pen", "quantity": 10, "unit_price": "0.125" },
        ],
    });
    let receipt = shop.post("/v1/purchases", &purchase).expect(201).json();
    assert_eq!(receipt["status"], "accepted");
    let again = shop.post("/v1/purchases", &purchase).expect(200).json();
    assert_eq!(again["status"], "duplicate");
    let anonymous = json!({
        "purchase_id": "o-2", "currency": "GBP", "total": "100",
        "occurred_at": "2026-03-01T12:00:00Z",
    });
    shop.post("/v1/purchases", &anonymous).expect(201);
    let refund = json!({
        "purchase_id": "r-1", "customer_id": "c-1", "kind": "refund", "currency": "GBP",
        "occurred_at": "2026-03-02T12:00:00Z",
        "items": [{ "sku": "MUG", "quantity": 1, "unit_price": "6.95" }],
    });
    shop.post("/v1/purchases", &refund).expect(201);

    // What the person at the browser sees of it.
    let summary = ada.get("/v1/reports/summary?from=2026-02-28&to=2026-03-03").expect(200).json();
    assert_eq!(summary["currency"], "GBP");
    assert_eq!(summary["timezone"], "Europe/London");
    assert_eq!((&summary["from"], &summary["to"]), (&json!("2026-02-28"), &json!("2026-03-03")));
    let figures = [
        ("gross", json!("115.15")),
        ("refunds", json!("6.95")),
        ("net", json!("108.20")),
        ("orders", json!(2)),
        ("refund_orders", json!(1)),
        ("customers", json!(1)),
        ("new_customers", json!(1)),
        ("average_order", json!("57.575")),
        ("anonymous_orders", json!(1)),
    ];
    for (column, value) in &figures {
        assert_eq!(&summary["rows"][0][column], value, "{column}");
    }
    let sales = ada.get("/v1/reports/sales?bucket=month").expect(200).json();
    let months: Vec<_> = sales["rows"].as_array().unwrap().iter().map(month).collect();
    assert_eq!(
        months,
        [json!(["2026-02", "15.15", "0.00", 1]), json!(["2026-03", "100.00", "6.95", 1])]
    );

    let found = ada.get("/v1/customers?q=hop").expect(200).json();
    assert_eq!(found["customers"].as_array().unwrap().len(), 1, "{found}");
    assert_eq!(found["customers"][0]["email"], "grace@example.com");
    let detail = ada.get("/v1/customers/c-1").expect(200).json();
    assert_eq!(detail["name"], "Grace Hopper");
    let worth = &detail["worth"][0];
    assert_eq!(
        json!([worth["currency"], worth["sold"], worth["net"], worth["orders"]]),
        json!(["GBP", "15.15", "8.20", 1])
    );
    let purchases = ada.get("/v1/purchases").expect(200).json();
    let ids: Vec<_> = purchases["purchases"].as_array().unwrap().iter().map(purchase_id).collect();
    assert_eq!(ids, ["r-1", "o-2", "o-1"]);
    let pen = &purchases["purchases"][2]["items"][1];
    assert_eq!(json!([pen["sku"], pen["amount"]]), json!(["PEN", "1.25"]));

    let connection = shop.get("/v1/connection").expect(200).json();
    assert!(connection["last_event_at"].is_string(), "{connection}");
}

#[test]
fn what_changes_something_needs_the_sessions_token_and_a_key_its_scope() {
    let collector = Collector::start(Options::new().without_user());
    let mut ada = Person::at(&collector);
    let password = "correct horse battery";
    let account = json!({ "name": "Ada", "email": "ada@example.com", "password": password });
    ada.post("/v1/auth/register", &account).expect(201);
    ada.log_in("ada@example.com", password);

    let whole = ada.headers.clone();
    ada.headers = whole.lines().next().unwrap().to_owned() + "\r\n";
    let about = json!({ "name": "shop", "scopes": ["ingest"] });
    assert_eq!(ada.post("/v1/keys", &about).expect(403).json()["code"], "csrf_required");
    ada.headers = whole;
    let key = ada.post("/v1/keys", &about).expect(201).json();

    let mut shop = Person::at(&collector);
    shop.headers = format!("Authorization: Bearer {}\r\n", key["key"].as_str().unwrap());
    shop.post("/v1/customers", &json!({ "customer_id": "c-1" })).expect(201);
    assert_eq!(shop.get("/v1/customers").expect(403).json()["code"], "forbidden");
    assert_eq!(shop.get("/v1/reports/summary").expect(403).json()["code"], "forbidden");
    shop.headers = "Authorization: Bearer crm_sk_nothing\r\n".into();
    let refused = shop.post("/v1/customers", &json!({ "customer_id": "c-2" })).expect(401);
    assert_eq!(refused.json()["code"], "unauthorized");
}

fn month(row: &Value) -> Value {
    json!([row["period"], row["gross"], row["refunds"], row["orders"]])
}

fn purchase_id(purchase: &Value) -> &str {
    purchase["purchase_id"].as_str().unwrap()
}

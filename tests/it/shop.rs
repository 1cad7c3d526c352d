//! The example shop as a process beside a collector: what happens in the one is seen in the other.

use std::net::SocketAddr;
use std::process::Command;
use std::time::{Duration, Instant};

use crm_tests::harness::http::{Answer, Connection};
use crm_tests::harness::{Collector, Options, PATIENCE, Process, free_address, places};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The example shop; its process and folder go with the value.
struct Shop {
    process: Process,
    address: SocketAddr,
    folder: TempDir,
}

impl Shop {
    fn open(collector: &Collector) -> Self {
        Self::open_in(tempfile::tempdir_in(places::scratch_folder()).unwrap(), collector)
    }

    /// Opens it in a folder that may hold what an earlier one has left.
    fn open_in(folder: TempDir, collector: &Collector) -> Self {
        let log = std::fs::File::create(folder.path().join("shop.log")).unwrap();
        let address = free_address();
        let mut command = Command::new(places::example_binary("shop"));
        command.env("SHOP_LISTEN", address.to_string());
        command.env("SHOP_CRM_ENDPOINT", collector.url()).env("SHOP_CRM_KEY", collector.key());
        command.env("SHOP_CRM_SPOOL", folder.path().join("spool"));
        let mut shop = Self { process: Process::spawn(&mut command, log), address, folder };
        let deadline = Instant::now() + PATIENCE;
        while Connection::open(address).is_err() {
            assert!(shop.process.ended().is_none(), "the shop ended: {}", shop.log());
            assert!(Instant::now() < deadline, "the shop does not open: {}", shop.log());
            std::thread::sleep(Duration::from_millis(2));
        }
        shop
    }

    fn post(&self, path: &str, body: &Value) -> Answer {
        let body = body.to_string();
        Connection::open(self.address).unwrap().post(path, None, body.as_bytes()).unwrap()
    }

    /// What it was given a number for.
    fn create(&self, path: &str, body: &Value) -> String {
        self.post(path, body).expect(201).json()["id"].as_str().unwrap().to_owned()
    }

    /// Stops it as a service manager would; its log tells how that went.
    fn close(mut self) -> (String, TempDir) {
        let status = self.process.stop().unwrap();
        assert!(status.success(), "{status}: {}", self.log());
        (self.log(), self.folder)
    }

    /// Kills it, as a crash would; its folder stays.
    fn kill(mut self) -> TempDir {
        self.process.kill();
        self.folder
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("shop.log")).unwrap()
    }
}

#[test]
fn what_happens_in_the_shop_is_found_in_the_collector() {
    let collector = Collector::start(Options::new().workspace_in("GBP", "Europe/London"));
    let shop = Shop::open(&collector);

    let account = json!({
        "name": "Grace Hopper", "email": "grace@example.com", "country": "United Kingdom",
        "newsletter": true,
    });
    let grace = shop.create("/accounts", &account);
    let basket = |customer: &Value, sku: &str, quantity: u32| json!({ "customer_id": customer, "items": [{ "sku": sku, "quantity": quantity }] });
    let mugs = shop.create("/orders", &basket(&json!(grace), "MUG-01", 2));
    // One mug more, before it was sent.
    let more = json!([{ "sku": "MUG-01", "quantity": 3 }]);
    shop.post(&format!("/orders/{mugs}"), &more).expect(204);
    let mut with_coupon = basket(&json!(grace), "POT-02", 1);
    with_coupon["coupon"] = "WELCOME".into();
    let pot = shop.create("/orders", &with_coupon);
    shop.create("/orders", &basket(&Value::Null, "PEN-03", 4));
    shop.post(&format!("/orders/{pot}/refund"), &Value::Null).expect(204);
    shop.post(&format!("/orders/{pot}/refund"), &Value::Null).expect(409);
    let message =
        json!({ "customer_id": grace, "subject": "My mug", "text": "It came without a handle." });
    shop.post("/messages", &message).expect(202);

    // Its end delivers what is queued: nothing is waited for here.
    let (log, _folder) = shop.close();
    assert!(log.contains("closed; the CRM has it all"), "{log}");

    let customer = collector.get(&format!("/v1/customers/{grace}")).expect(200).json();
    assert_eq!(customer["name"], "Grace Hopper");
    assert_eq!(customer["consent"], json!({ "email_marketing": true }));
    assert_eq!(customer["interactions"], 1);
    let worth = &customer["worth"][0];
    assert_eq!(
        json!([worth["currency"], worth["sold"], worth["refunds"], worth["net"]]),
        json!(["GBP", "36.11", "18.74", "17.37"])
    );
    let of_pot = collector.get(&format!("/v1/purchases/-/{pot}")).expect(200).json();
    assert_eq!(of_pot["refunds"][0]["purchase_id"], format!("{pot}-refund"));
    let of_mugs = collector.get(&format!("/v1/purchases/-/{mugs}")).expect(200).json();
    let versions = of_mugs["versions"].as_array().unwrap();
    let totals: Vec<_> = versions.iter().map(|version| &version["purchase"]["total"]).collect();
    assert_eq!(totals, ["17.40", "20.85"]);

    let timeline = collector.get(&format!("/v1/customers/{grace}/timeline")).expect(200).json();
    let entries = timeline["entries"].as_array().unwrap();
    let told: Vec<_> = entries.iter().map(told).collect();
    assert_eq!(
        told,
        [
            json!(["interaction", "ticket", "It came without a handle."]),
            json!(["purchase", "refund", format!("{pot}-refund")]),
            json!(["purchase", "sale", pot]),
            json!(["purchase", "sale", mugs]),
        ]
    );

    let summary =
        collector.get("/v1/reports/summary?from=1900-01-01&to=9999-01-01").expect(200).json();
    // Three mugs, 20.85 with a sixth of tax; a pot, 24.99 less 2.50 with 3.75 of tax, paid back; four
    // pens, 5.00 and 3.50 of postage with 1.42 of tax, 0.84 of it in the pens.
    let row = &summary["rows"][0];
    let figures = [
        ("gross", json!("42.77")),
        ("discounts", json!("2.50")),
        ("refunds", json!("18.74")),
        ("net", json!("21.53")),
        ("shipping", json!("2.92")),
        ("tax", json!("4.90")),
        ("total", json!("29.35")),
        ("orders", json!(3)),
        ("anonymous_orders", json!(1)),
        ("cost", json!("7.50")),
        ("margin", json!("14.03")),
    ];
    for (column, figure) in figures {
        assert_eq!(row[column], figure, "{column}: {row}");
    }
    assert_eq!(collector.get("/v1/rejected").expect(200).json()["total"], 0);
}

/// Sells so many mugs; the numbers of the orders.
fn sell(shop: &Shop, orders: usize) -> Vec<String> {
    let basket = json!({ "items": [{ "sku": "MUG-01", "quantity": 1 }] });
    (0..orders).map(|_| shop.create("/orders", &basket)).collect()
}

/// Each order is there once, and nothing else.
fn expect_orders(collector: &Collector, ids: &[String]) {
    for id in ids {
        let found = collector.get(&format!("/v1/purchases?purchase_id={id}")).expect(200).json();
        assert_eq!(found["purchases"][0]["total"], "10.45", "{id}: {found}");
    }
    let summary = collector
        .get("/v1/reports/summary?currency=GBP&from=1900-01-01&to=9999-01-01")
        .expect(200)
        .json();
    assert_eq!(summary["rows"][0]["orders"], ids.len());
}

#[test]
fn the_shop_sells_while_the_collector_is_down_and_delivers_when_it_is_back() {
    let mut collector = Collector::start(Options::new());
    let shop = Shop::open(&collector);
    collector.kill();
    let ids = sell(&shop, 20);
    collector.restart();
    shop.close();
    expect_orders(&collector, &ids);
}

#[test]
fn what_a_shop_could_not_deliver_is_delivered_by_the_next_also_when_it_was_killed() {
    let mut collector = Collector::start(Options::new());
    let shop = Shop::open(&collector);
    collector.kill();
    let mut ids = sell(&shop, 20);
    let shop = Shop::open_in(shop.kill(), &collector);
    ids.extend(sell(&shop, 10));
    let (log, folder) = shop.close();
    assert!(log.contains("closed before the CRM had it all events=30 on_disk=30"), "{log}");
    collector.restart();
    let shop = Shop::open_in(folder, &collector);
    ids.extend(sell(&shop, 1));
    let (log, _folder) = shop.close();
    assert!(log.contains("closed; the CRM has it all"), "{log}");
    expect_orders(&collector, &ids);
}

#[test]
fn a_shop_without_a_key_says_how_to_get_one() {
    let output = Command::new(places::example_binary("shop")).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("SHOP_CRM_KEY is not set; `crm-collector key create"), "{said}");
}

fn told(entry: &Value) -> Value {
    match entry["type"].as_str() {
        Some("interaction") => json!(["interaction", entry["kind"], entry["text"]]),
        _ => json!([entry["type"], entry["kind"], entry["purchase_id"]]),
    }
}

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
            assert_eq!(totals["gross"], gross, "{name}");
            if !totals["net"].is_null() {
                assert_eq!(totals["refunds"], refunds, "{name}");
                assert_eq!(totals["net"], refunds, "{name}");
            }
            let csv = app.get(&format!("/v1/reports/{query}&format=csv")).key(&key).send().await;
            assert!(csv.expect(200).text().contains(gross), "{name}");
        }
        let customer = app.get("/v1/customers/c-1").key(&key).send().await.expect(200).json();
        assert_eq!(customer["worth"][0]["gross"], "2000000000000000.00");
        assert_eq!(customer["worth"][0]["average_order"], "1000000000000.00");
        let (store, folded) = (app.store.clone(), workspace.clone());
        let fold = move || store.write(|tx| tx.fold(&folded, 1, i64::MAX)).unwrap_or_else(fail);
        assert_eq!(tokio::task::spawn_blocking(fold).await.unwrap(), 0);
        assert_eq!(app.store.read(|tx| tx.disagreement(&workspace)).unwrap_or_else(fail), None);
    }
}

fn fail<T>(error: crm_collector::store::StoreError) -> T {
    panic!("{error}")
}

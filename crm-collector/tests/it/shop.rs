//! A shop that sends its orders and asks what they come to.

use serde_json::{Value, json};

use crate::harness::{Login, TestApp};

/// A collector with a key, to which orders are sent.
pub struct Shop {
    pub app: TestApp,
    pub owner: Login,
    pub key: String,
    sent: u32,
}

impl Shop {
    pub async fn open() -> Self {
        let app = TestApp::start().await;
        let owner = app.owner().await;
        let key = app.key(&owner, &["ingest", "read"]).await;
        Self { app, owner, key, sent: 0 }
    }

    /// Sends purchases; the verdict over them.
    pub async fn send(&mut self, purchases: &[Value]) -> Value {
        let mut events = Vec::new();
        for purchase in purchases {
            self.sent += 1;
            let mut event = purchase.clone();
            event["type"] = "purchase".into();
            event["id"] = format!("01960000-0000-7000-8000-{:012}", self.sent).into();
            events.push(event);
        }
        let batch = json!({ "events": events });
        self.app.post("/v1/events", batch).key(&self.key).send().await.expect(200).json()
    }

    pub async fn accept(&mut self, purchases: &[Value]) {
        let verdict = self.send(purchases).await;
        let expected = json!({ "accepted": purchases.len(), "duplicate": 0, "rejected": [] });
        assert_eq!(verdict, expected);
    }

    pub async fn report(&self, name: &str, currency: &str) -> Value {
        let range = "from=2025-01-01&to=2026-01-01";
        let path = format!("/v1/reports/{name}?{range}&currency={currency}");
        self.app.get(&path).key(&self.key).send().await.expect(200).json()
    }

    /// Some totals of the sales of the year.
    pub async fn sales<const N: usize>(&self, currency: &str, of: [&str; N]) -> [Value; N] {
        let report = self.report("sales", currency).await;
        of.map(|column| report["totals"][column].clone())
    }

    /// A row of a report, by its first column, without what is nought or absent.
    pub async fn row(&self, name: &str, currency: &str, of: &str) -> Value {
        let report = self.report(name, currency).await;
        let first = report["columns"][0].as_str().unwrap().to_owned();
        let rows = report["rows"].as_array().unwrap();
        let row = rows.iter().find(|row| row[&first] == of).unwrap();
        let told = row.as_object().unwrap().iter().filter(|(_, value)| {
            !(value.is_null() || **value == json!("0.00") || **value == json!(0))
        });
        Value::Object(told.map(|(name, value)| (name.clone(), value.clone())).collect())
    }
}

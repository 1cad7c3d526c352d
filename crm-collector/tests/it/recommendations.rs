//! What is recommended, of a shop in which it is known who slipped, what is due and what is given back;
//! and what becomes of it.

use serde_json::{Value, json};

use crate::harness::{Login, TestApp};

/// The day that it is in the tests.
const TODAY: &str = "2026-03-01";
/// Customers who come every ten days to the end.
const REGULARS: i64 = 12;

fn day(number: i64) -> String {
    let first = chrono::NaiveDate::from_ymd_opt(2025, 1, 1).unwrap();
    (first + chrono::TimeDelta::days(number)).to_string()
}

struct Shop {
    app: TestApp,
    owner: Login,
    key: String,
}

/// Regulars come every ten days; Anna came every thirty days, for 40 each time, and is
/// twenty days late;
/// Boris buys ten bags of coffee every thirty days, and it is due; of lamps every second one comes back.
async fn shop() -> Shop {
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let key = app.key(&owner, &["ingest", "read"]).await;
    let mut events = Vec::new();
    let mut sell = |customer: &str, on: i64, sku: &str, quantity: i64, price: &str| {
        let number = events.len();
        events.push(json!({ "type": "purchase",
            "id": format!("01960000-0000-7000-8000-{number:012}"),
            "purchase_id": format!("P-{number}"), "customer_id": customer,
            "occurred_at": format!("{}T10:00:00Z", day(on)), "currency": "EUR",
            "items": [{ "sku": sku, "name": format!("The {sku}"), "quantity": quantity,
                        "unit_price": price }] }));
        number
    };
    // 1 March 2026 is day 424.
    for customer in 0..REGULARS {
        for on in ((customer % 10)..424).step_by(10) {
            sell(&format!("regular-{customer}"), on, "TEA", 1, "12.00");
        }
    }
    for on in (14..=374).step_by(30) {
        sell("anna", on, "CAKE", 2, "20.00");
    }
    for on in [94, 124, 154, 184, 214, 244, 274, 304, 334, 364, 394] {
        sell("boris", on, "COFFEE", 10, "9.00");
    }
    let lamps: Vec<_> = (0..40)
        .map(|n| {
            let customer = format!("regular-{}", n % REGULARS);
            (sell(&customer, 200 + n * 4, "LAMP", 1, "30.00"), customer, 201 + n * 4)
        })
        .collect();
    let mut refunds = Vec::new();
    for (place, (order, customer, on)) in lamps.into_iter().enumerate() {
        if place % 2 == 0 {
            refunds.push(json!({ "type": "purchase", "kind": "refund",
                "id": format!("01960000-0000-7000-8000-9{place:011}"),
                "purchase_id": format!("R-{place}"), "refund_of": format!("P-{order}"),
                "customer_id": customer, "occurred_at": format!("{}T10:00:00Z", day(on)),
                "currency": "EUR",
                "items": [{ "sku": "LAMP", "quantity": 1, "unit_price": "30.00" }] }));
        }
    }
    events.push(json!({ "type": "customer", "id": "01960000-0000-7000-8000-800000000000",
        "customer_id": "anna", "name": "Anna <b>Ivanova</b>" }));
    events.append(&mut refunds);
    for batch in events.chunks(500) {
        let verdict = app.post("/v1/events", json!({ "events": batch })).key(&key).send().await;
        assert_eq!(verdict.expect(200).json()["accepted"], batch.len());
    }
    Shop { app, owner, key }
}

impl Shop {
    async fn ask(&self, query: &str) -> Value {
        let path = format!("/v1/recommendations?{query}");
        loop {
            let answer = self.app.get(&path).key(&self.key).send().await;
            if answer.status != 202 {
                return answer.expect(200).json();
            }
        }
    }

    /// The one that an experiment or nothing holds back.
    async fn find(&self, kind: &str) -> Value {
        for state in ["open", "held"] {
            let found = self.ask(&format!("kind={kind}&state={state}")).await;
            if let Some(first) = found["recommendations"].get(0) {
                return first.clone();
            }
        }
        panic!("nothing of the kind {kind}");
    }

    async fn decide(&self, id: &Value, verb: &str, body: Value) -> crate::harness::Answer {
        let path = format!("/v1/recommendations/{}/{verb}", id.as_str().unwrap());
        self.app.post(&path, body).by(&self.owner).send().await
    }
}

#[tokio::test]
async fn what_was_planted_is_recommended_with_its_figures() {
    let shop = shop().await;
    let slipped = shop.find("win_back").await;
    assert_eq!(slipped["customer"], json!({ "id": "anna", "name": "Anna <b>Ivanova</b>" }));
    assert_eq!(slipped["by"], "2026-03-08");
    // Ten weeks hold two purchases of 40, or three.
    assert_eq!(slipped["at_stake"], "80.00");
    assert_eq!(
        slipped["facts"],
        json!({ "of": "win_back", "purchase_days": 13, "usual_gap_days": 30.0,
            "longest_gap_days": 30, "silent_days": 50, "last_purchase": "2026-01-10",
            "usual": "80.00", "share": 1.0, "returned": 0 })
    );
    assert_eq!(slipped["given"], 292);
    let chance = slipped["chance"].as_f64().unwrap();
    assert!((0.0..1.0).contains(&chance), "{chance}");
    assert_eq!(
        slipped["summary"],
        "Write to Anna <b>Ivanova</b> by 8\u{a0}March: €80 is at stake."
    );
    assert_eq!(
        slipped["why"][0],
        "13 days with a purchase, usually every 30 days; the longest pause was 30 days, and now it has \
         been 50."
    );
    assert_eq!(
        slipped["evidence"][0],
        json!({ "question": "timeline", "id": "anna",
        "after": null, "limit": 50 })
    );

    let due = shop.find("replenish").await;
    assert_eq!(
        (&due["customer"]["id"], &due["product"]["id"]),
        (&json!("boris"), &json!("COFFEE"))
    );
    assert_eq!((&due["at_stake"], &due["by"]), (&json!("90.00"), &json!("2026-03-01")));
    assert_eq!(due["facts"]["quantity"], 10.0);

    let returned = shop.find("refunds").await;
    assert_eq!(returned["product"]["name"], "The LAMP");
    assert_eq!(
        (&returned["facts"]["sold"], &returned["facts"]["returned"]),
        (&json!(40), &json!(20))
    );
    assert_eq!(returned["facts"]["money"], "600.00");
    // All refunds are those of lamps: nothing else is usual.
    let within_ten_weeks = 600.0 * 70.0 / 364.0;
    let at_stake: f64 = returned["at_stake"].as_str().unwrap().parse().unwrap();
    assert!((at_stake - within_ten_weeks).abs() < 0.01, "{at_stake}");

    let russian = shop.ask("kind=refunds&language=ru").await;
    assert_eq!(
        russian["recommendations"][0]["summary"],
        "Проверьте, как описан и упакован The LAMP: вернули 20 из 40 строк заказов."
    );
    assert_eq!(russian["as_of"], TODAY);
}

#[tokio::test]
async fn a_decision_stays_and_what_cannot_be_decided_is_told() {
    let shop = shop().await;
    let id = shop.find("refunds").await["id"].clone();
    let standing = async || shop.ask("limit=1").await["standing"].clone();
    let before = standing().await;
    let put_off = shop.decide(&id, "snooze", json!({ "until": "2026-03-20" })).await.expect(200);
    assert_eq!(put_off.json()["state"], "snoozed");
    assert_eq!(put_off.json()["decision"]["until"], "2026-03-20");
    let open = before["open"].as_u64().unwrap();
    let after = standing().await;
    assert_eq!((&after["open"], &after["snoozed"]), (&json!(open - 1), &json!(1)));
    let listed = shop.ask("state=snoozed").await;
    assert_eq!(
        listed["recommendations"][0]["summary"],
        "Look at how The LAMP is described and packed: 20 of 40 order lines came back."
    );
    // It is a day too early on the 19th, and open again on the 20th.
    shop.app.clock.advance(18 * 86_400_000);
    assert_eq!(standing().await["snoozed"], 1);
    shop.app.clock.advance(86_400_000);
    assert_eq!(standing().await["snoozed"], 0);

    shop.decide(&id, "dismiss", json!({ "reason": " sold off " })).await.expect(200);
    let gone = shop.ask("state=dismissed").await;
    assert_eq!(gone["recommendations"][0]["decision"]["reason"], "sold off");
    assert_eq!(shop.ask("kind=refunds").await["recommendations"], json!([]));

    let refused = async |id: &Value, verb: &str, body: Value, status: u16| {
        let problem = shop.decide(id, verb, body).await.expect(status).json();
        (
            problem["code"].as_str().unwrap().to_owned(),
            problem["detail"].as_str().unwrap().to_owned(),
        )
    };
    assert_eq!(refused(&json!("nosuch"), "accept", json!({}), 404).await.0, "not_found");
    let late = refused(&id, "snooze", json!({ "until": "2027-04-01" }), 400).await;
    assert_eq!(late.1, "lies between 2026-03-21 and 2027-03-21, 2027-04-01 given");
    let odd = refused(&id, "accept", json!({ "until": "2026-04-01" }), 400).await;
    assert_eq!(odd.1, "is told where advice is put off; leave it out");
    let long = refused(&id, "done", json!({ "reason": "x".repeat(501) }), 400).await;
    assert_eq!(long.1, "has at most 500 characters, 501 given");
    assert_eq!(refused(&id, "eat", json!({}), 404).await.0, "not_found");
}

#[tokio::test]
async fn what_was_said_then_is_open_and_leaves_no_trace() {
    let shop = shop().await;
    let then = shop.ask("as_of=2026-02-15&kind=win_back").await;
    assert_eq!(then["recommendations"][0]["customer"]["id"], "anna");
    assert_eq!(then["recommendations"][0]["facts"]["silent_days"], 36);
    let id = then["recommendations"][0]["id"].clone();
    // Nothing was given as of that day, so that nothing is there to decide about.
    shop.decide(&id, "accept", json!({})).await.expect(404);
}

//! Who may try rejected events again, and what stays rejected whoever does.

use serde_json::{Value, json};

use crate::harness::{Login, TestApp};

/// Too far ahead to be stored today; not any more in four days.
fn early(number: u32) -> Value {
    json!({ "type": "purchase", "id": format!("01960000-0000-7000-8000-{number:012}"),
        "purchase_id": format!("P-{number}"), "currency": "EUR", "total": "1",
        "occurred_at": "2026-03-04T10:00:00Z" })
}

const FOUR_DAYS_MS: i64 = 4 * 24 * 3_600_000;

async fn send_rejected(app: &TestApp, key: &Value, number: u32) {
    let batch = json!({ "events": [early(number)] });
    let key = key["key"].as_str().unwrap();
    let verdict = app.post("/v1/events", batch).key(key).send().await.expect(200).json();
    assert_eq!(verdict["rejected"].as_array().unwrap().len(), 1, "{verdict}");
}

async fn replay(app: &TestApp, owner: &Login) -> Value {
    let answer = app.post("/v1/rejected/replay", json!({})).by(owner).send().await;
    answer.expect(200).json()
}

/// What became of events that were tried again.
fn counts([accepted, updated, superseded, duplicate, rejected]: [u32; 5]) -> Value {
    json!({ "accepted": accepted, "updated": updated, "superseded": superseded,
        "duplicate": duplicate, "rejected": rejected })
}

#[tokio::test]
async fn rejected_events_are_tried_again_by_owners_and_by_server_keys_of_both_scopes() {
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let keys = async |scopes: &[&str]| app.key(&owner, scopes).await;
    let (ingest, read, both) =
        (keys(&["ingest"]).await, keys(&["read"]).await, keys(&["ingest", "read"]).await);
    for path in ["/v1/rejected/replay", "/v1/rejected/1/replay"] {
        for (key, lacking) in [(&ingest, "read"), (&read, "ingest")] {
            let problem = app.post(path, json!({})).key(key).send().await.problem(403, "forbidden");
            let told = format!("this needs the scope {lacking}, which the key lacks");
            assert_eq!(problem["detail"], told);
        }
    }
    let about = json!({ "name": "page", "kind": "browser", "scopes": ["ingest"],
        "origins": ["https://shop.example"] });
    let browser = app.create_key(&owner, about).await["key"].as_str().unwrap().to_owned();
    let call = app.post("/v1/rejected/replay", json!({})).key(&browser);
    let call = call.header("origin", "https://shop.example");
    call.send().await.problem(403, "forbidden");

    let none = counts([0; 5]);
    assert_eq!(replay(&app, &owner).await, none);
    let by_key = app.post("/v1/rejected/replay", json!({})).key(&both).send().await;
    assert_eq!(by_key.expect(200).json(), none);
}

#[tokio::test]
async fn what_a_sender_may_not_send_stays_rejected_whoever_replays_it() {
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let about = |name: &str, types: Value| json!({ "name": name, "scopes": ["ingest"], "event_types": types });
    let narrow = app.create_key(&owner, about("page", json!(["interaction"]))).await;
    let leaked = app.create_key(&owner, about("leaked", Value::Null)).await;
    let rotated = app.create_key(&owner, about("shop", Value::Null)).await;
    send_rejected(&app, &narrow, 1).await;
    send_rejected(&app, &leaked, 2).await;
    send_rejected(&app, &rotated, 3).await;
    let path = |key: &Value, rest: &str| format!("/v1/keys/{}{rest}", key["id"]);
    app.delete(&path(&leaked, "")).by(&owner).send().await.expect(204);
    let rotate = app.post(&path(&rotated, "/rotate"), json!({ "overlap_hours": 0 }));
    rotate.by(&owner).send().await.expect(201);

    app.clock.advance(FOUR_DAYS_MS);
    let told = replay(&app, &owner).await;
    assert_eq!(told, counts([1, 0, 0, 0, 2]));
    let purchases = app.get("/v1/purchases").by(&owner).send().await.expect(200).json();
    assert_eq!(purchases["purchases"].as_array().unwrap().len(), 1);
    assert_eq!(purchases["purchases"][0]["purchase_id"], "P-3");
    let left = app.get("/v1/rejected").by(&owner).send().await.expect(200).json();
    let keys: Vec<_> = left["rejected"].as_array().unwrap().iter().map(|one| &one["key"]).collect();
    assert_eq!(keys, [&narrow["id"], &leaked["id"]]);
}

#[tokio::test]
async fn a_replay_corrects_no_more_than_its_sender_could_and_nothing_that_is_newer() {
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let about = json!({ "name": "page", "kind": "browser", "scopes": ["ingest"],
        "origins": ["https://shop.example"] });
    let page = app.create_key(&owner, about).await["key"].as_str().unwrap().to_owned();
    let about = json!({ "name": "till", "scopes": ["ingest", "read"], "source": "till" });
    let till = app.create_key(&owner, about).await["key"].as_str().unwrap().to_owned();
    let order = |number: &str, total: &str| json!({ "purchase_id": number, "currency": "EUR", "total": total, "occurred_at": "2026-02-20T10:00:00Z" });
    app.post("/v1/purchases", order("A", "100")).key(&till).send().await.expect(201);
    let mut of_page = order("A", "0");
    of_page["source"] = "till".into();
    of_page["replace"] = true.into();
    let call = app.post("/v1/purchases", of_page.clone()).key(&page);
    call.header("origin", "https://shop.example").send().await.problem(403, "forbidden");

    // Each is stored a day before it may be, once of an order that changed since then.
    let path = "/v1/purchases/-/";
    for number in ["B", "C"] {
        let early =
            json!({ "currency": "EUR", "total": "1", "occurred_at": "2026-03-04T10:00:00Z" });
        let call = app.put(&format!("{path}{number}"), early).key(&till);
        call.send().await.problem(400, "out_of_range");
    }
    app.clock.advance(FOUR_DAYS_MS);
    let call = app.put(&format!("{path}B"), order("B", "2")).key(&till);
    call.send().await.expect(201);
    let told = replay(&app, &owner).await;
    assert_eq!(told, counts([1, 0, 1, 0, 1]));
    for (number, total) in [("A", "100.00"), ("B", "2.00"), ("C", "1.00")] {
        let shown = app.get(&format!("/v1/purchases/till/{number}")).key(&till).send().await;
        assert_eq!(shown.expect(200).json()["purchase"]["total"], total, "{number}");
    }
}

#[tokio::test]
async fn what_was_sent_again_and_again_is_stored_once_by_a_replay() {
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let key = app.key(&owner, &["ingest"]).await;
    let call = json!({ "type": "interaction", "customer_id": "c-1", "kind": "call",
        "occurred_at": "2026-03-04T10:00:00Z" });
    // In a batch it needs an id, and its sender may have sent it with one since.
    for _ in 0..3 {
        app.post("/v1/events", json!({ "events": [call] })).key(&key).send().await.expect(200);
    }
    // Alone it needs none.
    let mut alone = call.clone();
    alone.as_object_mut().unwrap().remove("type");
    for _ in 0..3 {
        let answer = app.post("/v1/interactions", alone.clone()).key(&key).send().await;
        answer.problem(400, "out_of_range");
    }

    app.clock.advance(FOUR_DAYS_MS);
    let told = replay(&app, &owner).await;
    assert_eq!(told, counts([1, 0, 0, 2, 3]));
    let timeline = app.get("/v1/customers/c-1/timeline").by(&owner).send().await.expect(200).json();
    assert_eq!(timeline["entries"].as_array().unwrap().len(), 1, "{timeline}");
}

#[tokio::test]
async fn a_replay_tells_what_took_the_place_of_another_and_what_came_too_late() {
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let key = app.key(&owner, &["ingest", "read"]).await;
    let stored = |total: &str, told: Value| {
        let mut order =
            json!({ "currency": "EUR", "total": total, "occurred_at": "2026-02-01T00:00:00Z" });
        order.as_object_mut().unwrap().extend(told.as_object().unwrap().clone());
        order
    };
    for told in [
        json!({ "purchase_id": "P-1" }),
        json!({ "purchase_id": "P-2", "updated_at": "2026-02-02T00:00:00Z" }),
    ] {
        app.post("/v1/purchases", stored("5", told)).key(&key).send().await.expect(201);
    }
    let (mut replacing, mut older) = (early(1), early(2));
    replacing["replace"] = true.into();
    older["updated_at"] = "2026-02-01T00:00:00Z".into();
    let batch = json!({ "events": [replacing, older, early(3)] });
    let verdict = app.post("/v1/events", batch).key(&key).send().await.expect(200).json();
    assert_eq!(verdict["rejected"].as_array().unwrap().len(), 3);
    app.clock.advance(FOUR_DAYS_MS);
    assert_eq!(replay(&app, &owner).await, counts([1, 1, 1, 0, 0]));
    let shown = app.get("/v1/purchases/-/P-1").key(&key).send().await.expect(200).json();
    assert_eq!(
        (&shown["purchase"]["total"], &shown["versions"][1]["actor"]),
        (&json!("1.00"), &json!("user:1"))
    );
}

//! Events over HTTP: each once, each with its verdict, bad ones kept, none in the way of others.

use serde_json::{Value, json};

use crate::harness::{Login, TestApp, stable};

fn id(number: u32) -> String {
    format!("01960000-0000-7000-8000-{number:012}")
}

fn sale(number: u32) -> Value {
    json!({
        "type": "purchase", "id": id(number), "purchase_id": format!("A-{number}"),
        "occurred_at": "2026-02-03T10:00:00Z", "customer_id": "ada", "currency": "EUR",
        "items": [{ "sku": "TEA", "quantity": 2, "unit_price": "3.50" }],
    })
}

async fn started() -> (TestApp, Login, String) {
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let key = app.key(&owner, &["ingest", "read"]).await;
    (app, owner, key)
}

async fn orders(app: &TestApp, key: &str) -> i64 {
    let summary = app
        .get("/v1/reports/summary?from=1900-01-01&to=9999-01-01")
        .key(key)
        .send()
        .await
        .expect(200)
        .json();
    summary["totals"]["orders"].as_i64().unwrap()
}

#[tokio::test]
async fn one_bad_event_never_blocks_its_neighbours() {
    let (app, _, key) = started().await;
    let changed = |number, field: &str, value: Value| {
        let mut event = sale(number);
        event[field] = value;
        event
    };
    let deep = serde_json::from_str::<Value>(&format!("{}{}", "[".repeat(60), "]".repeat(60)));
    let events = json!([
        sale(1),
        changed(2, "currency", json!("QQQ")),
        changed(3, "refund_of", json!("A-0")),
        changed(4, "total", json!(7.000_01)),
        changed(5, "occurred_at", json!("2031-01-01T00:00:00Z")),
        changed(6, "occurred_at", json!("yesterday")),
        changed(7, "purchase_id", json!("x".repeat(129))),
        changed(8, "items", json!([{ "sku": "TEA", "quantity": 100_000_001, "unit_price": "1" }])),
        changed(9, "items", json!([{ "sku": "TEA", "quantity": "2,5", "unit_price": "1" }])),
        changed(10, "amout", json!("1")),
        changed(11, "type", json!("order")),
        { "type": "customer", "id": id(12), "customer_id": "bob", "attributes": { "x": deep.unwrap() } },
        { "type": "customer", "customer_id": "cleo" },
        17,
        sale(15),
        sale(1),
        changed(17, "purchase_id", json!("A-1")),
        changed(18, "id", json!("no uuid")),
    ]);
    let batch = json!({ "events": events });
    let verdict = app.post("/v1/events", batch).key(&key).send().await.expect(200).json();
    insta::assert_snapshot!(serde_json::to_string_pretty(&verdict).unwrap());
    assert_eq!(orders(&app, &key).await, 2);

    let kept = app.get("/v1/rejected?limit=1000").key(&key).send().await.expect(200).json();
    let rejected = verdict["rejected"].as_array().unwrap();
    assert_eq!(kept["total"], rejected.len());
    for (kept, rejected) in kept["rejected"].as_array().unwrap().iter().zip(rejected) {
        assert_eq!((&kept["code"], &kept["message"]), (&rejected["code"], &rejected["message"]));
        let sent = &events[usize::try_from(rejected["index"].as_u64().unwrap()).unwrap()];
        let event: Value = serde_json::from_str(kept["event"].as_str().unwrap()).unwrap();
        if rejected["code"] != "conflict" {
            assert_eq!(&event, sent);
        }
    }
}

#[tokio::test]
async fn the_same_batch_again_adds_nothing() {
    let (app, _, key) = started().await;
    let batch = json!({ "events": (1..=50).map(sale).collect::<Vec<_>>() });
    let send =
        async || app.post("/v1/events", batch.clone()).key(&key).send().await.expect(200).json();
    assert_eq!(send().await, json!({ "accepted": 50, "duplicate": 0, "rejected": [] }));
    assert_eq!(send().await, json!({ "accepted": 0, "duplicate": 50, "rejected": [] }));
    assert_eq!(orders(&app, &key).await, 50);
}

#[tokio::test]
async fn single_events_need_no_id_and_tell_what_became_of_them() {
    let (app, _, key) = started().await;
    let post = async |path: &str, body: Value| app.post(path, body).key(&key).send().await;
    let ada = json!({ "customer_id": "ada", "name": "Ada", "email": "ada@example.com" });
    let receipt = post("/v1/customers", ada).await.expect(201).json();
    assert_eq!(receipt["status"], "accepted");

    let purchase = json!({ "purchase_id": "P-1", "customer_id": "ada", "currency": "EUR",
        "total": "19.90", "occurred_at": "2026-02-03T10:00:00+01:00" });
    let first = post("/v1/purchases", purchase.clone()).await.expect(201).json();
    assert_ne!(first["id"], receipt["id"]);
    let again = post("/v1/purchases", purchase.clone()).await.expect(200).json();
    assert_eq!(again["status"], "duplicate");
    let mut other = purchase;
    other["total"] = json!("20.00");
    post("/v1/purchases", other).await.problem(409, "conflict");
    let call = json!({ "customer_id": "ada", "kind": "call", "subject": "late parcel" });
    post("/v1/interactions", call).await.expect(201);

    let bad = post("/v1/purchases", json!({ "currency": "EUR", "items": [{ "sku": "A" }] })).await;
    let problem = stable(bad.problem(400, "missing_field"));
    assert_eq!(problem["field"], "items[0].unit_price");
    post("/v1/purchases", json!([])).await.problem(400, "invalid_field");
    let broken = app.post("/v1/purchases", json!(0)).key(&key).body("{\"currency\": ").send().await;
    broken.problem(400, "malformed_json");
    assert_eq!(orders(&app, &key).await, 1);
}

#[tokio::test]
async fn a_sender_whose_clock_is_wrong_is_put_right() {
    let (app, _, key) = started().await;
    // It is noon here; the sender believes it is ten in the evening, a day ahead of the purchase.
    let batch = json!({ "sent_at": "2026-03-02T22:00:00Z",
        "events": [{ "type": "purchase", "id": id(1), "occurred_at": "2026-03-02T21:00:00Z",
                     "currency": "EUR", "total": "1" }] });
    app.post("/v1/events", batch).key(&key).send().await.expect(200);
    let listed = app.get("/v1/purchases").key(&key).send().await.expect(200).json();
    assert_eq!(listed["purchases"][0]["occurred_at"], "2026-03-01T11:00:00.000Z");
}

#[tokio::test]
async fn batches_have_limits() {
    let (app, _, key) = started().await;
    let many = json!({ "events": (0..1_001).map(sale).collect::<Vec<_>>() });
    let problem =
        app.post("/v1/events", many).key(&key).send().await.problem(413, "body_too_large");
    assert!(problem["detail"].as_str().unwrap().contains("1000"), "{problem}");
    let shapes = [
        (json!([]), "invalid_field", json!(null)),
        (json!({ "events": {} }), "invalid_field", json!("events")),
        (json!({}), "missing_field", json!("events")),
        (json!({ "events": [], "sent_at": 1 }), "invalid_field", json!("sent_at")),
        (json!({ "events": [], "x": 1 }), "invalid_field", json!("x")),
    ];
    for (shape, code, field) in shapes {
        let answer = app.post("/v1/events", shape).key(&key).send().await;
        assert_eq!(answer.problem(400, code)["field"], field);
    }
    let empty = app.post("/v1/events", json!({ "events": [] })).key(&key).send().await;
    assert_eq!(empty.expect(200).json()["accepted"], 0);
}

#[tokio::test]
async fn a_key_sends_and_reads_only_what_it_may() {
    let (app, owner, _) = started().await;
    let (ingest, read) = (app.key(&owner, &["ingest"]).await, app.key(&owner, &["read"]).await);
    let batch = || json!({ "events": [sale(1)] });
    app.post("/v1/events", batch()).key(&read).send().await.problem(403, "forbidden");
    app.post("/v1/purchases", sale(1)).key(&read).send().await.problem(403, "forbidden");
    app.post("/v1/events", batch()).send().await.problem(401, "unauthorized");
    for path in
        ["/v1/customers", "/v1/purchases", "/v1/reports/summary", "/v1/reports", "/v1/rejected"]
    {
        let answer = app.get(path).key(&ingest).send().await;
        answer.problem(403, "forbidden");
        app.get(path).key(&read).send().await.expect(200);
    }
    let about = json!({ "name": "page", "scopes": ["ingest"], "event_types": ["interaction"] });
    let narrow = app.create_key(&owner, about).await["key"].as_str().unwrap().to_owned();
    let verdict = app.post("/v1/events", batch()).key(&narrow).send().await.expect(200).json();
    assert_eq!(verdict["rejected"][0]["code"], "forbidden");
    assert_eq!(verdict["rejected"][0]["field"], "type");
}

#[tokio::test]
async fn a_key_that_sends_too_much_is_told_when_to_go_on() {
    let app = TestApp::start_with(|config| config.ingest.events_per_second = 10).await;
    let owner = app.owner().await;
    let key = app.key(&owner, &["ingest"]).await;
    let batch = |from: u32| json!({ "events": (from..from + 40).map(sale).collect::<Vec<_>>() });
    app.post("/v1/events", batch(0)).key(&key).send().await.expect(200);
    let refused = app.post("/v1/events", batch(40)).key(&key).send().await;
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=10).contains(&wait), "{wait}");
    refused.problem(429, "quota_exceeded");
    let other = app.key(&owner, &["ingest"]).await;
    app.post("/v1/events", batch(40)).key(&other).send().await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_says_so_and_what_waited_is_stored() {
    let app = TestApp::start_with(|config| config.ingest.queue_events = 1_000).await;
    let owner = app.owner().await;
    let key = app.key(&owner, &["ingest", "read"]).await;
    app.get("/v1/connection").key(&key).send().await.expect(200);
    // Holds the store, so that nothing can be written until it is let go.
    let store = app.store.clone();
    let (let_go, held) = std::sync::mpsc::channel::<()>();
    let (holding, is_held) = tokio::sync::oneshot::channel();
    let holder = std::thread::spawn(move || {
        store.write::<_, crm_collector::store::StoreError>(|_| {
            holding.send(()).unwrap();
            Ok(held.recv())
        })
    });
    is_held.await.unwrap();
    let batch = |from: u32| json!({ "events": (from..from + 400).map(sale).collect::<Vec<_>>() });
    let send = |from| app.post("/v1/events", batch(from)).key(&key).send();
    let waiting = async { tokio::join!(send(0), send(400)) };
    let refused = async {
        // Until both others are in the queue there is room for a third.
        while app.services.ingest.room() > 200 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let refused = send(800).await;
        let_go.send(()).unwrap();
        refused
    };
    let ((first, second), refused) = tokio::join!(waiting, refused);
    assert_eq!(refused.header("retry-after"), Some("1"));
    refused.problem(503, "unavailable");
    assert_eq!(first.expect(200).json()["accepted"], 400);
    assert_eq!(second.expect(200).json()["accepted"], 400);
    holder.join().unwrap().unwrap().unwrap();
    assert_eq!(orders(&app, &key).await, 800);
}

#[tokio::test]
async fn what_was_rejected_can_be_tried_again() {
    let (app, _, key) = started().await;
    // Too far ahead today; not any more in four days.
    let mut early = sale(1);
    early["occurred_at"] = json!("2026-03-04T10:00:00Z");
    let mut never = sale(2);
    never["currency"] = json!("QQQ");
    let batch = json!({ "events": [early, never] });
    let verdict = app.post("/v1/events", batch).key(&key).send().await.expect(200).json();
    assert_eq!(verdict["accepted"], 0);
    let replay = async |path: &str| app.post(path, json!({})).key(&key).send().await;
    let none = replay("/v1/rejected/replay").await.expect(200).json();
    assert_eq!(
        none,
        json!({ "accepted": 0, "updated": 0, "superseded": 0, "duplicate": 0, "rejected": 2 })
    );
    app.clock.advance(4 * 24 * 3_600_000);
    let one = replay("/v1/rejected/1/replay").await.expect(200).json();
    assert_eq!(
        one,
        json!({ "accepted": 1, "updated": 0, "superseded": 0, "duplicate": 0, "rejected": 0 })
    );
    replay("/v1/rejected/1/replay").await.problem(404, "not_found");
    assert_eq!(orders(&app, &key).await, 1);
    let left = app.get("/v1/rejected").key(&key).send().await.json();
    assert_eq!((&left["total"], &left["rejected"][0]["id"]), (&json!(1), &json!(2)));
}

#[tokio::test]
async fn everything_acknowledged_is_there_after_a_stop() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let at = data.clone();
    let app = TestApp::start_with(move |config| config.data = at).await;
    let owner = app.owner().await;
    let key = app.key(&owner, &["ingest"]).await;
    let batch = json!({ "events": (1..=300).map(sale).collect::<Vec<_>>() });
    app.post("/v1/events", batch).key(&key).send().await.expect(200);
    app.stop().await;
    let at = data.clone();
    let app = TestApp::start_with(move |config| config.data = at).await;
    let owner = app.log_in("Ada").await;
    let key = app.key(&owner, &["read"]).await;
    assert_eq!(orders(&app, &key).await, 300);
}

#[tokio::test]
async fn a_single_event_has_the_limit_of_an_event_in_a_batch() {
    let (app, _, key) = started().await;
    let mut long = sale(1);
    long["customer_id"] = json!("x".repeat(1024 * 1024));
    let answer = app.post("/v1/purchases", long.clone()).key(&key).send().await;
    answer.problem(413, "body_too_large");
    let verdict = app.post("/v1/events", json!({ "events": [long] })).key(&key).send().await;
    assert_eq!(verdict.expect(200).json()["rejected"][0]["code"], "too_long");
}

#[tokio::test]
async fn a_batch_of_too_many_is_counted_and_not_read() {
    let (app, _, key) = started().await;
    let body = format!("{{\"events\":[0{}]}}", ",0".repeat(1_999_999));
    let answer = app.post("/v1/events", json!(0)).key(&key).body(body.clone()).send().await;
    let problem = answer.problem(413, "body_too_large");
    let detail = "at most 1000 events a batch, 2000000 given; send them in several";
    assert_eq!((&problem["detail"], &problem["field"]), (&json!(detail), &json!("events")));
    let broken = app.post("/v1/events", json!(0)).key(&key).body(body + "]").send().await;
    broken.problem(413, "body_too_large");
}

#[tokio::test]
async fn what_is_wrong_with_a_frame_is_told_by_its_field() {
    let (app, _, key) = started().await;
    for (body, code, field) in [
        ("{}", "missing_field", json!("events")),
        ("[]", "invalid_field", json!(null)),
        ("{\"events\":[],\"sent_on\":1}", "invalid_field", json!("sent_on")),
        ("{\"events\":17}", "invalid_field", json!("events")),
        ("{\"events\":[],\"sent_at\":\"noon\"}", "invalid_field", json!("sent_at")),
        ("{\"events\":[{]}", "malformed_json", json!(null)),
        ("{\"events\":[]}]", "malformed_json", json!(null)),
        ("", "malformed_json", json!(null)),
    ] {
        let answer = app.post("/v1/events", json!(0)).key(&key).body(body).send().await;
        let problem = answer.problem(400, code);
        assert_eq!(problem["field"], field, "{body}: {problem}");
        assert!(problem["detail"].as_str().unwrap().len() < 200, "{problem}");
    }
    let long = format!("{{\"{}\":1}}", "x".repeat(1_000_000));
    let answer = app.post("/v1/events", json!(0)).key(&key).body(long).send().await;
    assert!(answer.text().len() < 2_000, "{}", answer.text().len());
    answer.problem(400, "invalid_field");
}

#[tokio::test]
async fn requests_that_cannot_be_read_cost_quota() {
    let app = TestApp::start_with(|config| config.ingest.events_per_second = 10).await;
    let owner = app.owner().await;
    let key = app.key(&owner, &["ingest"]).await;
    let broken = "{".repeat(60_000);
    let first = app.post("/v1/events", json!(0)).key(&key).body(broken).send().await;
    first.problem(400, "malformed_json");
    let second = app.post("/v1/events", json!({ "events": [sale(1)] })).key(&key).send().await;
    assert!(second.header("retry-after").is_some(), "{second:?}");
    second.problem(429, "quota_exceeded");
}

#[tokio::test]
async fn of_a_long_rejected_event_its_beginning_and_its_length_are_kept() {
    let (app, _, key) = started().await;
    let mut long = sale(1);
    long["customer_id"] = json!("ж".repeat(50_000));
    let sent = long.to_string();
    app.post("/v1/purchases", long).key(&key).send().await.problem(400, "too_long");
    let kept = app.get("/v1/rejected").key(&key).send().await.expect(200).json();
    let kept = &kept["rejected"][0];
    assert_eq!(kept["size_bytes"], sent.len());
    let text = kept["event"].as_str().unwrap();
    assert!(sent.starts_with(text), "{}", &text[..100]);
    assert!((64 * 1024 - 4..=64 * 1024).contains(&text.len()), "{}", text.len());
    let path = format!("/v1/rejected/{}/replay", kept["id"]);
    let replayed = app.post(&path, json!({})).key(&key).send().await.expect(200).json();
    assert_eq!(
        replayed,
        json!({ "accepted": 0, "updated": 0, "superseded": 0, "duplicate": 0, "rejected": 1 })
    );
}

#[tokio::test]
async fn the_quarantine_keeps_within_its_bytes_and_is_read_in_pages_of_bounded_size() {
    let app = TestApp::start_with(|config| config.ingest.quarantine_mib = 3).await;
    let owner = app.owner().await;
    let key = app.key(&owner, &["ingest", "read"]).await;
    let letter =
        |number: u32| json!({ "type": "letter", "number": number, "text": "x".repeat(64 * 1024) });
    for batch in 0..3 {
        let batch: Vec<_> = (0..20).map(|index| letter(batch * 20 + index)).collect();
        app.post("/v1/events", json!({ "events": batch })).key(&key).send().await.expect(200);
    }
    // 64 KiB each and a little: 47 have room in 3 MiB, and of 60 the first 13 are gone.
    let (mut ids, mut path, mut pages) = (Vec::new(), "/v1/rejected?limit=1000".to_owned(), 0);
    loop {
        let answer = app.get(&path).key(&key).send().await.expect(200);
        assert!(answer.text().len() < 2 * 1024 * 1024, "{}", answer.text().len());
        let page = answer.json();
        assert_eq!(page["total"], 47);
        let found = page["rejected"].as_array().unwrap();
        ids.extend(found.iter().map(|rejected| rejected["id"].as_i64().unwrap()));
        pages += 1;
        match page["next_after"].as_str() {
            Some(next) => path = format!("/v1/rejected?limit=1000&after={next}"),
            None => break,
        }
    }
    assert_eq!(ids, (14..=60).collect::<Vec<i64>>());
    assert_eq!(pages, 4);
    // What room is left, small ones have.
    let batch =
        json!({ "events": (0..100).map(|number| json!({ "n": number })).collect::<Vec<_>>() });
    app.post("/v1/events", batch).key(&key).send().await.expect(200);
    let page = app.get("/v1/rejected?limit=1").key(&key).send().await.expect(200).json();
    assert_eq!((&page["total"], &page["rejected"][0]["id"]), (&json!(147), &json!(14)));
}

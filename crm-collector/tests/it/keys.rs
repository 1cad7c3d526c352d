//! The life of an API key.

use serde_json::{Value, json};

use crate::harness::{Login, TestApp};

const HOUR_MS: i64 = 60 * 60 * 1_000;

async fn status(app: &TestApp, key: &Value) -> u16 {
    let answer = app.get("/v1/connection").key(key.as_str().unwrap()).send().await;
    answer.status.as_u16()
}

#[tokio::test]
async fn a_key_is_shown_once_and_connects() {
    let app = TestApp::start().await;
    let ada = app.owner().await;
    let made = app.create_key(&ada, json!({ "name": "shop", "scopes": ["read", "ingest"] })).await;
    let text = made["key"].as_str().unwrap();
    assert!(text.starts_with("crm_sk_"), "{text}");
    let connection = app.get("/v1/connection").key(text).send().await.expect(200).json();
    assert_eq!(
        connection,
        json!({
            "status": "connected",
            "workspace": "default",
            "key": {
                "id": 1, "name": "shop", "kind": "server", "scopes": ["ingest", "read"],
                "event_types": null, "expires_at": null,
            },
            "role": null,
            "server_time": "2026-03-01T12:00:00.000Z",
            "version": env!("CARGO_PKG_VERSION"),
            "last_event_at": null,
        })
    );
    let listed = app.get("/v1/keys").by(&ada).send().await.expect(200);
    assert!(!listed.text().contains(text));
    let key = &listed.json()["keys"][0];
    assert_eq!(key["hint"], text[text.len() - 4..]);
}

#[tokio::test]
async fn wrong_keys_are_refused_each_by_its_reason() {
    let app = TestApp::start().await;
    let ada = app.owner().await;
    let good = app.key(&ada, &["read"]).await;
    let refused = async |value: &str| {
        let answer = app.get("/v1/connection").header("authorization", value).send().await;
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        answer.problem(401, "unauthorized")["detail"].as_str().unwrap().to_owned()
    };
    let malformed =
        "this is no API key, or it is mistyped: one is crm_sk_ or crm_pk_ and 38 characters";
    assert_eq!(refused("Bearer nonsense").await, malformed);
    let last = if good.ends_with('0') { "1" } else { "0" };
    let mistyped = format!("Bearer {}{last}", &good[..good.len() - 1]);
    assert_eq!(refused(&mistyped).await, malformed);
    assert_eq!(refused("Basic YTpi").await, "Authorization is \"Bearer \" and an API key");

    // A key of another collector has the right form.
    let elsewhere = TestApp::start().await;
    let foreign = elsewhere.key(&elsewhere.owner().await, &["read"]).await;
    assert_eq!(refused(&format!("Bearer {foreign}")).await, "the API key is unknown");
}

#[tokio::test]
async fn a_key_ends_when_it_expires() {
    let app = TestApp::start().await;
    let ada = app.owner().await;
    let about = json!({
        "name": "shop", "scopes": ["read"], "expires_at": "2026-03-01T13:00:00Z",
    });
    let key = app.create_key(&ada, about).await["key"].clone();
    assert_eq!(status(&app, &key).await, 200);
    app.clock.advance(HOUR_MS);
    let expired = app.get("/v1/connection").key(key.as_str().unwrap()).send().await;
    expired.problem(401, "expired");
}

#[tokio::test]
async fn a_revoked_key_is_refused_at_once() {
    let app = TestApp::start().await;
    let ada = app.owner().await;
    let made = app.create_key(&ada, json!({ "name": "shop", "scopes": ["read"] })).await;
    assert_eq!(status(&app, &made["key"]).await, 200);
    let path = format!("/v1/keys/{}", made["id"]);
    app.delete(&path).by(&ada).send().await.expect(204);
    assert_eq!(status(&app, &made["key"]).await, 401);
    app.delete(&path).by(&ada).send().await.problem(404, "not_found");
    let rotate = app.post(&format!("{path}/rotate"), json!({})).by(&ada);
    rotate.send().await.problem(409, "conflict");
}

#[tokio::test]
async fn a_rotated_key_goes_on_for_its_overlap() {
    let app = TestApp::start().await;
    let ada = app.owner().await;
    let old = app.create_key(&ada, json!({ "name": "shop", "scopes": ["read"] })).await;
    assert_eq!(status(&app, &old["key"]).await, 200);
    let rotate = app.call(reqwest::Method::POST, &format!("/v1/keys/{}/rotate", old["id"]));
    let new = rotate.by(&ada).send().await.expect(201).json();
    assert_eq!((&new["name"], &new["scopes"]), (&old["name"], &old["scopes"]));
    app.clock.advance(24 * HOUR_MS - 1);
    assert_eq!((status(&app, &old["key"]).await, status(&app, &new["key"]).await), (200, 200));
    app.clock.advance(1);
    assert_eq!((status(&app, &old["key"]).await, status(&app, &new["key"]).await), (401, 200));

    let path = format!("/v1/keys/{}/rotate", new["id"]);
    let newest = app.post(&path, json!({ "overlap_hours": 0 })).by(&ada).send().await;
    let newest = newest.expect(201).json();
    assert_eq!((status(&app, &new["key"]).await, status(&app, &newest["key"]).await), (401, 200));
}

#[tokio::test]
async fn a_key_manages_no_keys() {
    let app = TestApp::start().await;
    let ada = app.owner().await;
    let key = app.key(&ada, &["ingest", "read"]).await;
    for path in ["/v1/keys", "/v1/me", "/v1/invitations"] {
        let problem = app.get(path).key(&key).send().await.problem(403, "session_required");
        let told = "an API key cannot do this; log in and send the session's cookie instead";
        assert_eq!(problem["detail"], told, "{path}");
    }
    let out = app.post("/v1/auth/logout", json!({})).key(&key);
    out.send().await.problem(403, "session_required");
    // A wrong key is first of all wrong.
    app.get("/v1/me").key("crm_sk_nonsense").send().await.problem(401, "unauthorized");
}

#[tokio::test]
async fn what_a_key_may_not_be_is_named() {
    let app = TestApp::start().await;
    let ada = app.owner().await;
    let refused = async |about: Value| {
        let answer = app.post("/v1/keys", about).by(&ada).send().await.expect(400).json();
        format!("{} {}", answer["code"].as_str().unwrap(), answer["field"].as_str().unwrap())
    };
    let browser = |scopes: &[&str], origins: Value| json!({ "name": "page", "kind": "browser", "scopes": scopes, "origins": origins });
    assert_eq!(refused(json!({ "name": "x", "scopes": [] })).await, "missing_field scopes");
    assert_eq!(refused(json!({ "name": "x" })).await, "missing_field scopes");
    assert_eq!(
        refused(json!({ "name": "x", "scopes": ["write"] })).await,
        "invalid_field scopes[0]"
    );
    assert_eq!(
        refused(json!({ "name": "x", "scopes": ["read"], "expires_at": "2020-01-01T00:00:00Z" }))
            .await,
        "out_of_range expires_at"
    );
    assert_eq!(
        refused(json!({ "name": "x", "scopes": ["read"], "colour": "red" })).await,
        "invalid_field colour"
    );
    let page = json!(["https://shop.example"]);
    assert_eq!(refused(browser(&["ingest", "read"], page)).await, "invalid_field scopes");
    assert_eq!(refused(browser(&["ingest"], Value::Null)).await, "missing_field origins");
    assert_eq!(refused(browser(&["ingest"], json!(["*"]))).await, "invalid_field origins");
}

#[tokio::test]
async fn last_use_is_written_down() {
    let app = TestApp::start().await;
    let ada = app.owner().await;
    let key = app.key(&ada, &["read"]).await;
    app.clock.advance(HOUR_MS);
    app.get("/v1/connection").key(&key).send().await.expect(200);
    // What was noted is written at the latest when the collector stops.
    let (_, folder) = app.stop_and_keep().await;
    let store = crm_collector::store::Store::open(&folder.path().join("data"), &Default::default())
        .unwrap();
    let mut keys = Vec::new();
    let each = |key| {
        keys.push(key);
        std::ops::ControlFlow::Continue(())
    };
    store.read(|tx| tx.each_key(crm_collector::store::WorkspaceId(1), 0, each)).unwrap();
    assert_eq!(keys[0].last_used_at.unwrap().to_string(), "2026-03-01T13:00:00.000Z");
}

#[tokio::test]
async fn a_workspace_has_a_thousand_working_keys_at_the_most_and_lists_them_in_pages() {
    let app = TestApp::start().await;
    let ada = app.owner().await;
    let make = async |by: &Login| {
        let about = json!({ "name": "one of many", "scopes": ["read"] });
        app.post("/v1/keys", about).by(by).send().await
    };
    for _ in 0..1_000 {
        make(&ada).await.expect(201);
    }
    let problem = make(&ada).await.problem(400, "too_many");
    let told = "at most 1000 keys of a workspace work at a time; revoke one first";
    assert_eq!((&problem["field"], &problem["detail"]), (&json!("keys"), &json!(told)));
    let path = "/v1/keys/7/rotate";
    app.post(path, json!({})).by(&ada).send().await.problem(400, "too_many");
    let swapped = json!({ "overlap_hours": 0 });
    assert_eq!(app.post(path, swapped).by(&ada).send().await.expect(201).json()["id"], 1_001);
    // Another workspace has keys of its own.
    make(&app.owner_of("Eve", "elsewhere").await).await.expect(201);
    app.delete("/v1/keys/8").by(&ada).send().await.expect(204);
    assert_eq!(make(&ada).await.expect(201).json()["id"], 1_003);

    let (mut pages, mut ids, mut path) = (Vec::new(), Vec::new(), "/v1/keys?limit=600".to_owned());
    loop {
        let page = app.get(&path).by(&ada).send().await.expect(200).json();
        let keys = page["keys"].as_array().unwrap();
        pages.push(keys.len());
        ids.extend(keys.iter().map(|key| key["id"].as_i64().unwrap()));
        let Some(next) = page["next_after"].as_str() else { break };
        path = format!("/v1/keys?limit=600&after={next}");
    }
    let mine: Vec<_> = (1..=1_001).chain([1_003]).collect();
    assert_eq!((pages, ids), (vec![600, 402], mine));
    app.get("/v1/keys?limit=0").by(&ada).send().await.problem(400, "out_of_range");
}

//! Browser keys and the web origins they are for.

use reqwest::Method;
use serde_json::json;

use crate::harness::{Call, TestApp};

const SHOP: &str = "https://shop.example";

async fn browser_key(app: &TestApp) -> String {
    let ada = app.owner().await;
    let about = json!({
        "name": "page", "kind": "browser", "scopes": ["ingest"], "origins": [SHOP],
        "event_types": ["interaction"],
    });
    app.create_key(&ada, about).await["key"].as_str().unwrap().to_owned()
}

fn preflight<'a>(app: &'a TestApp, path: &str, origin: &str) -> Call<'a> {
    app.call(Method::OPTIONS, path)
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type")
}

#[tokio::test]
async fn a_browser_key_works_on_the_pages_it_was_made_for() {
    let app = TestApp::start().await;
    let key = browser_key(&app).await;
    assert!(key.starts_with("crm_pk_"), "{key}");

    let allowed = preflight(&app, "/v1/connection", SHOP).send().await.expect(204);
    assert_eq!(allowed.header("access-control-allow-origin"), Some(SHOP));
    assert_eq!(allowed.header("access-control-allow-methods"), Some("GET, POST"));
    assert!(allowed.header("access-control-allow-headers").unwrap().contains("Authorization"));

    let answer = app.get("/v1/connection").key(&key).header("origin", SHOP).send().await;
    let answer = answer.expect(200);
    assert_eq!(answer.header("access-control-allow-origin"), Some(SHOP));
    assert_eq!(answer.header("vary"), Some("Origin"));
    assert_eq!(answer.json()["key"]["event_types"], json!(["interaction"]));
}

#[tokio::test]
async fn a_browser_key_is_refused_on_other_pages() {
    let app = TestApp::start().await;
    let key = browser_key(&app).await;
    let elsewhere = "https://evil.example";
    let refused = preflight(&app, "/v1/connection", elsewhere).send().await;
    assert_eq!(refused.header("access-control-allow-origin"), None);
    refused.problem(403, "forbidden");
    // The page may read why.
    let answer = app.get("/v1/connection").key(&key).header("origin", elsewhere).send().await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    answer.problem(403, "forbidden");
    let wrong = format!("{}000", &key[..key.len() - 3]);
    let answer = app.get("/v1/connection").key(&wrong).header("origin", elsewhere).send().await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    answer.problem(401, "unauthorized");
}

#[tokio::test]
async fn pages_reach_nothing_but_what_browser_keys_are_for() {
    let app = TestApp::start().await;
    browser_key(&app).await;
    let refused = preflight(&app, "/v1/keys", SHOP).send().await;
    assert_eq!(refused.header("access-control-allow-origin"), None);
    refused.problem(405, "method_not_allowed");
}

fn visit() -> String {
    json!({ "events": [{
        "type": "interaction", "id": "018bcfe5-6800-7000-8000-000000000000",
        "customer_id": "c-1", "kind": "visit",
    }] })
    .to_string()
}

/// What a page may send without asking first: no header of its own, and no JSON by name.
fn simple<'a>(app: &'a TestApp, path: &str, origin: &str) -> Call<'a> {
    let call = app.call(Method::POST, path).header("origin", origin);
    call.header("content-type", "text/plain").body(visit())
}

#[tokio::test]
async fn a_page_sends_without_a_preflight_by_a_browser_key_in_the_query() {
    let app = TestApp::start().await;
    let key = browser_key(&app).await;
    let path = format!("/v1/events?key={key}");
    let stored = simple(&app, &path, SHOP).send().await.expect(200);
    assert_eq!(stored.header("access-control-allow-origin"), Some(SHOP));
    assert_eq!(stored.json(), json!({ "accepted": 1, "duplicate": 0, "rejected": [] }));

    simple(&app, &path, "https://evil.example").send().await.problem(403, "forbidden");
    let nowhere = app.call(Method::POST, &path).body(visit()).send().await;
    nowhere.problem(403, "forbidden");
}

#[tokio::test]
async fn no_other_key_and_no_other_way_goes_by_the_query() {
    let app = TestApp::start().await;
    let key = browser_key(&app).await;
    let ada = app.log_in("Ada").await;
    let secret = app.key(&ada, &["ingest", "read"]).await;

    let refused = simple(&app, &format!("/v1/events?key={secret}"), SHOP).send().await;
    let refused = refused.problem(401, "unauthorized");
    assert_eq!(
        refused["detail"],
        "a key in the query is a browser key, crm_pk_…; a secret one that was sent there should \
         be revoked"
    );
    let both = simple(&app, &format!("/v1/events?key={key}"), SHOP).key(&key).send().await;
    both.problem(401, "unauthorized");
    // Nor does a cookie make up for what is missing: a foreign form could send it.
    simple(&app, "/v1/events", SHOP).by(&ada).send().await.problem(415, "unsupported_media");
    // Reading and the other routes have their header.
    let answer = app.get(&format!("/v1/connection?key={key}")).header("origin", SHOP).send().await;
    answer.problem(401, "unauthorized");
    simple(&app, &format!("/v1/interactions?key={key}"), SHOP)
        .send()
        .await
        .problem(401, "unauthorized");
}

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
    let answer = app.get("/v1/connection").key(&key).header("origin", elsewhere).send().await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
    answer.problem(403, "forbidden");
}

#[tokio::test]
async fn pages_reach_nothing_but_what_browser_keys_are_for() {
    let app = TestApp::start().await;
    browser_key(&app).await;
    let refused = preflight(&app, "/v1/keys", SHOP).send().await;
    assert_eq!(refused.header("access-control-allow-origin"), None);
    refused.problem(405, "method_not_allowed");
}

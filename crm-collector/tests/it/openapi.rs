//! The description of the interface is a contract.

use crate::harness::TestApp;

#[tokio::test]
async fn the_openapi_description_is_pinned() {
    let app = TestApp::start().await;
    let served = app.get("/openapi.json").send().await.expect(200).json();
    assert_eq!(served["openapi"], "3.1.0");
    insta::assert_snapshot!(serde_json::to_string_pretty(&served).unwrap());
}

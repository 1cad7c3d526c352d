//! The description of the interface is a contract.

use crate::harness::TestApp;

#[tokio::test]
async fn the_openapi_description_is_pinned() {
    let app = TestApp::start().await;
    let served = app.get("/openapi.json").send().await.expect(200).json();
    assert_eq!(served["openapi"], "3.1.0");
    insta::assert_snapshot!(serde_json::to_string_pretty(&served).unwrap());
}

#[test]
fn every_operation_has_an_id_of_its_own() {
    let description = serde_json::to_value(crm_collector::http::openapi()).unwrap();
    let paths = description["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|path| path.as_object().unwrap().values());
    let mut ids: Vec<&str> =
        operations.map(|operation| operation["operationId"].as_str().unwrap()).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "{ids:?}");
}

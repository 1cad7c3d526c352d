//! docs/figures.md says what each column of each answer is.

use std::collections::BTreeMap;

use crm_api::answer::ReportName;
use serde_json::json;

use crate::cli::run_with;
use crate::shop::Shop;

const FIGURES: &str = include_str!("../../../docs/figures.md");

/// The keys that each chapter explains.
fn explained() -> BTreeMap<&'static str, Vec<&'static str>> {
    let chapters = FIGURES.split("\n## ").skip(1).map(|chapter| {
        let (head, text) = chapter.split_once('\n').unwrap();
        let key = |line: &'static str| line.strip_prefix("| `")?.split('`').next();
        (head, text.lines().filter_map(key).collect())
    });
    chapters.collect()
}

#[tokio::test]
async fn each_column_of_each_answer_is_explained() {
    let mut shop = Shop::open().await;
    shop.accept(&[json!({
        "purchase_id": "o-1", "customer_id": "c-1", "currency": "EUR", "channel": "web",
        "occurred_at": "2025-06-01T09:30:00Z",
        "items": [{ "sku": "MUG", "quantity": 2, "unit_price": "6.95" }]
    })])
    .await;
    let money = ["Money, in every report", "Counts, in every report", "By report"];
    let mut asked: Vec<(String, &[&str])> = Vec::new();
    for name in ReportName::ALL {
        asked.push((format!("/v1/reports/{name}?"), &money));
    }
    for by in ["product", "country", "channel", "segment"] {
        asked.push((format!("/v1/forecasts?by={by}&"), &["Forecasts"]));
    }
    for (path, chapter) in [
        ("/v1/customer-values?", &["What customers are worth"]),
        ("/v1/segments?", &["Segments"]),
        ("/v1/trends?", &["Trends"]),
        ("/v1/products/MUG/together?", &["Bought together"]),
        ("/v1/customers/c-1/next?", &["What next"]),
    ] {
        asked.push((path.to_owned(), chapter));
    }
    let explained = explained();
    let mut missing = Vec::new();
    for (path, chapters) in asked {
        let path = format!("{path}format=csv");
        let csv = shop.app.get(&path).key(&shop.key).send().await.expect(200).text();
        let header = csv.lines().next().unwrap();
        for key in header.split(',').filter(|key| *key != "currency") {
            if !chapters.iter().any(|chapter| explained[chapter].contains(&key)) {
                missing.push(format!("{path}: {key}"));
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new(), "docs/figures.md does not explain these");
}

#[test]
fn each_column_of_the_list_of_customers_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("orders.csv");
    std::fs::write(&file, "id,at,who,sum\n1,2026-01-05,c-1,5\n").unwrap();
    let map = "purchase_id=id,occurred_at=at,customer_id=who,line_total=sum";
    let import = ["import", file.to_str().unwrap(), "--map", map, "--currency", "EUR"];
    assert_eq!(run_with(folder.path(), &import, "").code, 0);
    let listed = run_with(folder.path(), &["customers", "--format", "csv"], "").out;
    let header: Vec<_> = listed.lines().next().unwrap().split(',').collect();
    assert_eq!(header, explained()["A customer's list"]);
}

#[tokio::test]
async fn from_nothing_nothing_is_forecast_and_it_is_told_since_when_there_will_be_something() {
    let mut shop = Shop::open().await;
    let order = |id: &str, at: &str| {
        json!({
            "purchase_id": id, "customer_id": "c-1", "currency": "EUR", "occurred_at": at,
            "total": "5"
        })
    };
    // The clock shows the first of March.
    shop.accept(&[order("1", "2026-02-20T09:30:00Z"), order("2", "2026-02-21T09:30:00Z")]).await;
    let forecast = async |shop: &Shop, query: &str| {
        let path = format!("/v1/forecasts{query}");
        let answer = shop.app.get(&path).key(&shop.key).send().await.expect(200).json();
        let of = &answer["forecasts"][0];
        (of["periods"].clone(), of["total"].clone(), of["missing"].clone())
    };
    let said = "a first complete month is needed to forecast from, which there will be on 1 April \
                2026";
    assert_eq!(forecast(&shop, "").await, (json!([]), json!(null), json!(said)));

    // Another one, for an answer is kept a while.
    let mut shop = Shop::open().await;
    shop.accept(&[order("1", "2025-06-01T09:30:00Z"), order("2", "2026-02-21T09:30:00Z")]).await;
    let (periods, ..) = forecast(&shop, "").await;
    assert_eq!(periods.as_array().unwrap().len(), 6);
    let nothing = (json!([]), json!(null), json!("nothing was sold in USD"));
    assert_eq!(forecast(&shop, "?currency=USD").await, nothing);
}

//! Days told by what day is today, which the workspace's zone says: by HTTP and by the command line.

use serde_json::{Value, json};

use crate::cli::run_with;
use crate::harness::{PASSWORD, TestApp, email_of};

/// Where it is 2026-03-02 already, while the clock of the tests shows the first at noon in UTC.
const ZONE: &str = "Pacific/Kiritimati";

#[tokio::test]
async fn today_is_that_of_the_workspace() {
    let app = TestApp::start().await;
    let about = json!({
        "name": "Ada", "email": email_of("Ada"), "password": PASSWORD, "currency": "EUR",
        "timezone": ZONE
    });
    app.post("/v1/auth/register", about).send().await.expect(201);
    let owner = app.log_in("Ada").await;
    let key = app.key(&owner, &["ingest", "read"]).await;
    let send = async |id: &str, at: &str, total: &str| {
        let order = json!({
            "purchase_id": id, "customer_id": "c", "currency": "EUR", "occurred_at": at,
            "total": total
        });
        app.post("/v1/purchases", order).key(&key).send().await.expect(201);
    };
    send("today", "2026-03-01T11:00:00Z", "5").await;
    send("yesterday", "2026-03-01T09:00:00Z", "7").await;
    send("february", "2026-02-27T12:00:00Z", "11").await;

    let ask =
        async |path: &str| -> Value { app.get(path).key(&key).send().await.expect(200).json() };
    let summary = async |range: &str| {
        let report = ask(&format!("/v1/reports/summary?range={range}")).await;
        let of = |row: &Value| json!([row["from"], row["to"], row["net"]]);
        let rows = &report["rows"];
        (report["period"].clone(), of(&rows[0]), of(&rows[1]))
    };
    assert_eq!(
        summary("today").await,
        (
            json!("today so far"),
            json!(["2026-03-02", "2026-03-03", "5.00"]),
            json!(["2026-03-01", "2026-03-02", "7.00"])
        )
    );
    assert_eq!(
        summary("this-month").await,
        (
            json!("this month so far"),
            json!(["2026-03-01", "2026-03-03", "12.00"]),
            json!(["2026-02-01", "2026-02-03", "0.00"])
        )
    );
    assert_eq!(summary("3d").await.1, json!(["2026-02-28", "2026-03-03", "23.00"]));
    let cohorts = ask("/v1/cohorts?range=last-month").await;
    assert_eq!(json!([cohorts["from"], cohorts["to"]]), json!(["2026-02-01", "2026-03-01"]));
    let listed = ask("/v1/purchases?range=yesterday").await;
    let listed = listed["purchases"].as_array().unwrap();
    assert_eq!((listed.len(), &listed[0]["purchase_id"]), (1, &json!("yesterday")));

    for (query, code, detail) in [
        ("range=fortnight", "invalid_field", "is today, yesterday, this-week"),
        ("range=0d", "out_of_range", "lies between 1 and 36600 days, 0 given"),
        ("range=today&from=2026-01-01", "invalid_field", "says which days count, and so do from"),
    ] {
        for path in ["/v1/reports/sales", "/v1/cohorts", "/v1/purchases"] {
            let answer = app.get(&format!("{path}?{query}")).key(&key).send().await;
            let problem = answer.problem(400, code);
            assert_eq!(problem["field"], "range", "{problem}");
            assert!(problem["detail"].as_str().unwrap().starts_with(detail), "{problem}");
        }
    }
}

#[test]
fn the_command_line_knows_the_same_ranges() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let file = data.join("orders.csv");
    let today = chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ");
    std::fs::write(&file, format!("id,at,sum\n1,{today},5\n2,2020-01-05,7\n")).unwrap();
    let map = "purchase_id=id,occurred_at=at,line_total=sum";
    let import = ["import", file.to_str().unwrap(), "--map", map, "--currency", "EUR"];
    assert_eq!(run_with(data, &import, "").code, 0);
    let last = run_with(data, &["report", "sales", "--last", "30d", "--format", "csv"], "");
    let gross: f64 = last.out.lines().skip(1).map(gross).sum();
    assert!((gross - 5.0).abs() < 1e-9, "{}{}", last.out, last.err);
    let table = run_with(data, &["report", "summary", "--range", "this-year"], "").out;
    assert!(table.starts_with("summary in EUR, this year so far, from "), "{table}");

    let refused = run_with(data, &["report", "sales", "--range", "fortnight"], "");
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("is today, yesterday, this-week"), "{}", refused.err);
    let twice = ["report", "sales", "--last", "7d", "--from", "2026-01-01"];
    let twice = run_with(data, &twice, "");
    assert_eq!(twice.code, 2);
    let said = "error: --range: says which days count, and so do from and to; leave the one or the \
                others out\n";
    assert_eq!(twice.err, said);
}

fn gross(row: &str) -> f64 {
    row.split(',').nth(1).unwrap().parse().unwrap()
}

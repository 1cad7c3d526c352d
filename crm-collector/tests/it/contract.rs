//! One kind of mistake in a query has one code, on every route that knows the parameter.

use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::schema::Description;

/// What is wrong about a parameter, and the code that tells it.
const MISTAKES: [(&str, &str, &str); 14] = [
    ("limit", "x", "invalid_field"),
    ("limit", "1.5", "invalid_field"),
    ("limit", "-1", "out_of_range"),
    ("limit", "99999999999999999999", "out_of_range"),
    ("horizon", "0", "out_of_range"),
    ("horizon", "-1", "out_of_range"),
    ("horizon_days", "0", "out_of_range"),
    ("from", "yesterday", "invalid_field"),
    ("to", "2026-02-30", "invalid_field"),
    ("as_of", "2026-01-31T09:30:00", "invalid_field"),
    ("currency", "EURO", "invalid_field"),
    ("bucket", "fortnight", "invalid_field"),
    ("format", "pdf", "invalid_field"),
    ("after", "x", "invalid_field"),
];

#[tokio::test]
async fn one_kind_of_mistake_has_one_code_on_every_route() {
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let key = app.key(&owner, &["ingest", "read"]).await;
    let customer = serde_json::json!({ "customer_id": "c-1" });
    app.post("/v1/customers", customer).key(&key).send().await.expect(201);
    let description = Description::served();
    let mut wrong = Vec::new();
    let mut asked = 0;
    for (path, methods) in description.0["paths"].as_object().unwrap() {
        let parameters = methods["get"]["parameters"].as_array().into_iter().flatten();
        let names: Vec<&Value> =
            parameters.filter(|one| one["in"] == "query").map(|one| &one["name"]).collect();
        if names.is_empty() {
            continue;
        }
        let for_people = methods["get"]["security"] == serde_json::json!([{ "session": [] }]);
        let path = path.replace("{id}", "c-1").replace("{sku}", "x").replace("{name}", "products");
        let known = |name: &str| names.iter().any(|known| *known == name);
        let unknown = [("nosuch", "1", "invalid_field")];
        let mistakes = MISTAKES.iter().filter(|(name, ..)| known(name)).chain(&unknown);
        for (name, value, code) in mistakes {
            let call = app.get(&format!("{path}?{name}={value}"));
            let call = if for_people { call.by(&owner) } else { call.key(&key) };
            let answer = call.send().await;
            let problem: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            asked += 1;
            if (answer.status, &problem["code"], &problem["field"])
                != (reqwest::StatusCode::BAD_REQUEST, &(*code).into(), &(*name).into())
            {
                wrong.push(format!("{path}?{name}={value}: {}", answer.text()));
            }
        }
    }
    assert!(asked > 60, "{asked}");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn dates_are_days_of_the_workspace_or_instants_on_every_route() {
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let get = async |path: &str| app.get(path).by(&owner).send().await;
    for path in ["/v1/reports/sales?from=", "/v1/purchases?from=", "/v1/trends?as_of="] {
        for moment in ["2026-01-31", "2026-01-31T00:00:00Z"] {
            let answer = get(&format!("{path}{moment}")).await;
            assert!(answer.status.is_success(), "{path}{moment}: {}", answer.text());
        }
    }
    let told = |given: &str| {
        let day = "is a day such as 2026-01-31, or";
        [
            format!("{day} an instant such as 2026-01-31T09:30:00Z, {given:?} given"),
            format!("{day} the instant at which a day of the workspace begins, {given:?} given"),
        ]
    };
    for (path, whole) in
        [("/v1/purchases?to=", 0), ("/v1/reports/sales?from=", 1), ("/v1/trends?as_of=", 1)]
    {
        for given in ["01.02.2026", "2026-13-01"] {
            let refused = get(&format!("{path}{given}")).await.problem(400, "invalid_field");
            assert_eq!(refused["detail"], told(given)[whole], "{path}");
        }
    }
    for path in ["/v1/reports/sales", "/v1/reports/cohorts", "/v1/cohorts", "/v1/purchases"] {
        let refused = get(&format!("{path}?from=2026-12-01&to=2026-01-01")).await;
        let refused = refused.problem(400, "invalid_field");
        let told = "2026-01-01 lies before 2026-12-01, which is asked from";
        assert_eq!((&refused["field"], &refused["detail"]), (&json!("to"), &json!(told)), "{path}");
    }
    for path in ["/v1/reports/sales?from=", "/v1/trends?as_of="] {
        let within = get(&format!("{path}2026-01-31T09:30:00Z")).await.problem(400, "out_of_range");
        let told = "lies between two days of UTC, and whole days count; ask for 2026-01-31";
        assert_eq!(within["detail"], told, "{path}");
    }
}

#[tokio::test]
async fn what_a_question_is_about_stands_in_the_path_and_all_else_is_given_once() {
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let get = async |path: &str| app.get(path).by(&owner).send().await;
    let told = async |path: &str, status: u16, code: &str| {
        let problem = get(path).await.problem(status, code);
        (problem["field"].clone(), problem["detail"].as_str().unwrap().to_owned())
    };
    let (field, detail) = told("/v1/customers/c-1/next?id=c-2", 400, "invalid_field").await;
    let rule = "is no parameter of this path; there are: limit, currency, as_of, format";
    assert_eq!((field, &*detail), (json!("id"), rule));
    for twice in ["/v1/trends?limit=1&limit=1", "/v1/customers?limit=1&limit=2"] {
        let (field, detail) = told(twice, 400, "invalid_field").await;
        assert_eq!((field, &*detail), (json!("limit"), "is given more than once"));
    }
    let (field, detail) = told("/v1/trends?format=csv&format=csv", 400, "invalid_field").await;
    assert_eq!((field, &*detail), (json!("format"), "is given more than once"));
    let (field, detail) = told("/v1/reports/profit", 404, "not_found").await;
    assert_eq!(field, Value::Null);
    assert!(detail.starts_with("one of summary, sales, ") && detail.ends_with("\"profit\" given"));
    // A path is read once, and what stands in it is no query string.
    let customer = json!({ "customer_id": "a+b&limit=0 %2F" });
    app.post("/v1/customers", customer).by(&owner).send().await.expect(201);
    let found = get("/v1/customers/a+b%26limit=0%20%252F").await.expect(200).json();
    assert_eq!(found["customer_id"], "a+b&limit=0 %2F");
    // Where there are no parameters nobody looks at them.
    get("/v1/customers/a+b%26limit=0%20%252F?nosuch=1").await.expect(200);
}

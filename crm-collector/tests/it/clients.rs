//! The client base and the reports over HTTP.

use serde_json::{Value, json};

use crate::harness::{Login, TestApp};

/// A small shop: three customers, four purchases, an interaction.
async fn shop() -> (TestApp, Login, String) {
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let key = app.key(&owner, &["ingest", "read"]).await;
    let purchase = |number: u32, customer: &str, at: &str, kind: &str, total: &str| {
        json!({ "type": "purchase", "id": format!("01960000-0000-7000-8000-{number:012}"),
            "purchase_id": format!("P-{number}"), "occurred_at": at, "customer_id": customer,
            "kind": kind, "currency": "EUR", "country": "Österreich", "channel": "web",
            "items": [{ "sku": "TEA", "name": "Green tea", "category": "tea", "quantity": 2,
                        "unit_price": total }] })
    };
    let events = json!([
        { "type": "customer", "id": "01960000-0000-7000-8000-100000000001", "customer_id": "c-1",
          "name": "Ada Lovelace", "email": "Ada@Example.com", "phone": "+44 20 7946 0001" },
        { "type": "customer", "id": "01960000-0000-7000-8000-100000000002", "customer_id": "c-2",
          "name": "Adam Smith", "email": "adam@example.org" },
        purchase(1, "c-1", "2026-01-05T10:00:00Z", "sale", "10.00"),
        purchase(2, "c-2", "2026-01-31T23:30:00Z", "sale", "2.505"),
        purchase(3, "c-1", "2026-02-10T10:00:00Z", "sale", "5.00"),
        purchase(4, "c-1", "2026-02-12T10:00:00Z", "refund", "5.00"),
        { "type": "interaction", "id": "01960000-0000-7000-8000-200000000001", "customer_id": "c-1",
          "kind": "call", "direction": "inbound", "subject": "parcel", "occurred_at": "2026-02-11T08:00:00Z" },
        { "type": "purchase", "id": "01960000-0000-7000-8000-300000000001", "currency": "USD",
          "total": "99", "occurred_at": "2026-02-01T00:00:00Z" },
    ]);
    let batch = json!({ "events": events });
    let verdict = app.post("/v1/events", batch).key(&key).send().await.expect(200).json();
    assert_eq!(verdict, json!({ "accepted": 8, "duplicate": 0, "rejected": [] }));
    (app, owner, key)
}

fn ids(page: &Value) -> Vec<&str> {
    let customers = page["customers"].as_array().unwrap();
    customers.iter().map(|customer| customer["customer_id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn customers_are_found_by_what_is_known_of_them() {
    let (app, _, key) = shop().await;
    let find = async |query: &str| {
        let path = format!("/v1/customers?{query}");
        app.get(&path).key(&key).send().await.expect(200).json()
    };
    let cases: [(&str, &[&str]); 24] = [
        ("q=ADA@EXAMPLE.COM", &["c-1"]),
        ("", &["c-1", "c-2"]),
        ("q=ada", &["c-1", "c-2"]),
        ("q=lovel", &["c-1"]),
        ("q=c-2", &["c-2"]),
        ("q=adam%20smith", &["c-2"]),
        ("email=ADA@example.com", &["c-1"]),
        ("email=ada", &[]),
        ("phone=44-20", &["c-1"]),
        ("name=smith", &["c-2"]),
        ("name=adam@", &["c-2"]),
        ("name=dam", &[]),
        ("phone=0001", &["c-1"]),
        ("phone=020%207946%200001", &["c-1"]),
        ("phone=0044%2020", &["c-1"]),
        ("q=7946%200001", &["c-1"]),
        ("phone=001", &[]),
        ("phone=anonymous", &[]),
        ("phone=---", &[]),
        ("phone=%D9%A5%D9%A5%D9%A5", &[]),
        ("name=%C2%AB%C2%BB", &[]),
        ("customer_id=c-1", &["c-1"]),
        ("customer_id=c", &[]),
        ("q=ada&name=smith", &["c-2"]),
    ];
    for (query, expected) in cases {
        assert_eq!(ids(&find(query).await), expected, "{query}");
    }
    let first = find("limit=1").await;
    let after = first["next_after"].as_str().unwrap().to_owned();
    let second = find(&format!("limit=1&after={after}")).await;
    assert_eq!((ids(&first), ids(&second)), (vec!["c-1"], vec!["c-2"]));
    assert_eq!(second["next_after"], Value::Null);
    for query in ["limit=0", "limit=1001", "after=x"] {
        let answer = app.get(&format!("/v1/customers?{query}")).key(&key).send().await;
        let code = if query == "after=x" { "invalid_field" } else { "out_of_range" };
        answer.problem(400, code);
    }
}

#[tokio::test]
async fn customers_are_found_however_their_name_and_phone_are_written() {
    let (app, _, key) = shop().await;
    let tell = async |id: &str, name: &str, phone: &str| {
        let customer = json!({ "customer_id": id, "name": name, "phone": phone });
        app.post("/v1/customers", customer).key(&key).send().await.expect(201);
    };
    tell("r-1", "ООО «Ромашка»", "+7 (916) 123-45-67").await;
    tell("r-2", "Алёна Мюллер-О’Нил", "8 495 765 43 21").await;
    tell("r-3", "Zoe\u{308} Łuczak", "010 1234").await;
    let find = async |query: &str| {
        let path = format!("/v1/customers?{query}");
        let page = app.get(&path).key(&key).send().await.expect(200).json();
        ids(&page).join(" ")
    };
    for (query, expected) in [
        ("q=ромашка", "r-1"),
        ("name=«РОМ", "r-1"),
        ("q=89161234567", "r-1"),
        ("q=45-67", "r-1"),
        ("phone=8916", "r-1"),
        ("phone=%2B7495", "r-2"),
        ("q=алена%20мюллер%20о'н", "r-2"),
        ("name=нил", "r-2"),
        ("q=zoë%20lu", "r-3"),
        ("q=ZOE", "r-3"),
    ] {
        assert_eq!(find(query).await, expected, "{query}");
    }
    // An id that is an email address is stored in small letters.
    tell("Anna.Q@Shop.example", "Anna Quist", "").await;
    tell("C-77", "Bo Ek", "").await;
    for (query, expected) in [
        ("q=ANNA.Q@SHOP", "anna.q@shop.example"),
        ("q=ANNA.Q", "anna.q@shop.example"),
        ("q=Anna.Q@Shop.example", "anna.q@shop.example"),
        ("q=c-77", "C-77"),
    ] {
        assert_eq!(find(query).await, expected, "{query}");
    }
    // What is no longer said of somebody finds them no more.
    tell("r-1", "Василёк", "+7 916 000 00 00").await;
    for (query, expected) in [("q=ромашка", ""), ("q=45-67", ""), ("q=василек", "r-1")]
    {
        assert_eq!(find(query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn a_phone_is_found_with_its_country_and_without() {
    let (app, _, key) = shop().await;
    let phones = [
        ("p-de", "030 1234567"),
        ("p-de-abroad", "+49 40 7654321"),
        ("p-de-both", "+49 (0)89 1357924"),
        ("p-es", "912 345 678"),
        ("p-us", "(555) 010-0199"),
        ("p-it", "06 1234 5678"),
        ("p-gr", "+30 123 4567 890"),
    ];
    for (id, phone) in phones {
        let customer = json!({ "customer_id": id, "phone": phone });
        app.post("/v1/customers", customer).key(&key).send().await.expect(201);
    }
    for (asked, expected) in [
        ("+49 30 1234567", "p-de"),
        ("0049 30 1234567", "p-de"),
        ("+49 (0)30 1234567", "p-de"),
        ("+49 30 123", "p-de"),
        ("040 7654321", "p-de-abroad"),
        ("+49 (0)40 7654321", "p-de-abroad"),
        ("+49 89 1357924", "p-de-both"),
        ("089 1357924", "p-de-both"),
        ("+34 912 345 678", "p-es"),
        ("+1 555 010 0199", "p-us"),
        ("+39 06 1234 5678", "p-it"),
        // Of another country is somebody else.
        ("+43 40 7654321", ""),
        ("+49 12 34567", ""),
        ("+49 12 345 678", ""),
        ("+30 123 4567 890", "p-gr"),
    ] {
        for parameter in ["phone", "q"] {
            let asked = asked.replace('+', "%2B").replace(' ', "%20");
            let path = format!("/v1/customers?{parameter}={asked}");
            let page = app.get(&path).key(&key).send().await.expect(200).json();
            assert_eq!(ids(&page).join(" "), expected, "{path}");
        }
    }
}

#[tokio::test]
async fn a_customer_shows_what_was_bought_and_what_happened() {
    let (app, _, key) = shop().await;
    let ada = app.get("/v1/customers/c-1").key(&key).send().await.expect(200).json();
    assert_eq!(ada["name"], "Ada Lovelace");
    assert_eq!(ada["interactions"], 1);
    assert_eq!(
        ada["worth"],
        json!([{ "currency": "EUR", "sold": "30.00", "refunds": "10.00", "net": "20.00",
            "orders": 2, "refund_orders": 1, "average_order": "15.00",
            "first_order": "2026-01-05T10:00:00.000Z", "last_order": "2026-02-10T10:00:00.000Z" }])
    );
    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let path = format!("/v1/customers/c-1/timeline?limit=1{after}");
        let page = app.get(&path).key(&key).send().await.expect(200).json();
        seen.extend(page["entries"].as_array().unwrap().clone());
        match page["next_after"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    let told: Vec<_> = seen
        .iter()
        .map(|entry| (entry["type"].as_str().unwrap(), entry["kind"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("purchase", "refund"),
            ("interaction", "call"),
            ("purchase", "sale"),
            ("purchase", "sale")
        ]
    );
    assert_eq!(seen[0]["items"][0]["name"], "Green tea");
    assert_eq!(seen[0]["items"][0]["amount"], "10.00");
    assert_eq!(seen[0]["country"], "Österreich");
    app.get("/v1/customers/nobody").key(&key).send().await.problem(404, "not_found");
    app.get("/v1/customers/nobody/timeline").key(&key).send().await.problem(404, "not_found");
}

#[tokio::test]
async fn purchases_are_listed_latest_first() {
    let (app, _, key) = shop().await;
    let list = async |query: &str| {
        let path = format!("/v1/purchases?{query}");
        let page = app.get(&path).key(&key).send().await.expect(200).json();
        let numbers: Vec<_> = page["purchases"]
            .as_array()
            .unwrap()
            .iter()
            .map(|purchase| purchase["purchase_id"].as_str().unwrap_or("-").to_owned())
            .collect();
        (numbers.join(" "), page["next_after"].as_str().map(str::to_owned))
    };
    assert_eq!(list("").await, ("P-4 P-3 - P-2 P-1".to_owned(), None));
    assert_eq!(list("purchase_id=P-2").await.0, "P-2");
    assert_eq!(list("from=2026-02-01T00:00:00Z&to=2026-02-12T10:00:00Z").await.0, "P-3 -");
    let (first, after) = list("limit=2").await;
    let (second, after) = list(&format!("limit=2&after={}", after.unwrap())).await;
    let (third, after) = list(&format!("limit=2&after={}", after.unwrap())).await;
    assert_eq!(
        (first.as_str(), second.as_str(), third.as_str(), after),
        ("P-4 P-3", "- P-2", "P-1", None)
    );
}

/// Follows a list to its end: what each entry is called, page by page. No page is longer than a
/// mebibyte and what stands around its entries.
async fn pages(app: &TestApp, key: &str, path: &str, list: &str, name: &str) -> Vec<Vec<String>> {
    let (mut pages, mut after) = (Vec::new(), String::new());
    loop {
        let answer = app.get(&format!("{path}{after}")).key(key).send().await.expect(200);
        let bytes = answer.text().len();
        assert!(bytes < 1_100_000, "{path}{after} has {bytes} bytes");
        let page = answer.json();
        let entries = page[list].as_array().unwrap().iter();
        pages.push(entries.map(|entry| entry[name].as_str().unwrap().to_owned()).collect());
        let Some(next) = page["next_after"].as_str() else { return pages };
        after = format!("{}after={next}", if path.contains('?') { '&' } else { '?' });
    }
}

fn numbers(list: impl Iterator<Item = u32>, of_page: usize) -> Vec<Vec<String>> {
    let names: Vec<_> = list.map(|number| number.to_string()).collect();
    names.chunks(of_page).map(<[String]>::to_vec).collect()
}

#[tokio::test]
async fn a_page_of_long_entries_ends_at_a_mebibyte_and_the_next_one_goes_on() {
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let key = app.key(&owner, &["ingest", "read"]).await;
    let send = async |events: Vec<Value>| {
        let batch = json!({ "events": events });
        app.post("/v1/events", batch).key(&key).send().await.expect(200).json()
    };
    let id = |list: u32, number: u32| format!("01960000-0000-7000-8000-{list:04}{number:08}");
    let at = |number: u32| format!("2026-01-05T10:00:{number:02}Z");
    let customer = |number: u32| {
        json!({ "type": "customer", "id": id(1, number), "customer_id": number.to_string(),
            "attributes": { "note": "x".repeat(16_000) } })
    };
    send((10..140).map(customer).collect()).await;
    // 16,000 bytes and some 230 around them each.
    let found = pages(&app, &key, "/v1/customers?limit=1000", "customers", "customer_id").await;
    assert_eq!(found, numbers(10..140, 64));

    let interaction = |number: u32| {
        json!({ "type": "interaction", "id": id(2, number), "customer_id": "10", "kind": "chat",
            "subject": number.to_string(), "text": "\u{1}".repeat(20_000), "occurred_at": at(number) })
    };
    send((0..20).map(interaction).collect()).await;
    // Six bytes for each of 20,000.
    let path = "/v1/customers/10/timeline?limit=1000";
    let found = pages(&app, &key, path, "entries", "subject").await;
    assert_eq!(found, numbers((0..20).rev(), 8));

    for number in 0..7 {
        let line =
            json!({ "sku": "TEA", "name": "Green tea", "quantity": 1, "unit_price": "1.00" });
        let purchase = json!({ "type": "purchase", "id": id(3, number), "customer_id": "11",
            "purchase_id": number.to_string(), "currency": "EUR", "occurred_at": at(number),
            "items": vec![line; 4_000] });
        assert_eq!(send(vec![purchase]).await["accepted"], 1);
    }
    // 4,000 lines of 96 bytes.
    let found = pages(&app, &key, "/v1/purchases", "purchases", "purchase_id").await;
    assert_eq!(found, numbers((0..7).rev(), 2));
    let path = "/v1/customers/11/timeline";
    assert_eq!(pages(&app, &key, path, "entries", "purchase_id").await, found);
    let path = "/v1/purchases?limit=1";
    assert_eq!(pages(&app, &key, path, "purchases", "purchase_id").await, numbers((0..7).rev(), 1));
}

#[tokio::test]
async fn an_entry_longer_than_a_page_has_a_page_of_its_own() {
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let key = app.key(&owner, &["ingest", "read"]).await;
    for number in 0..2 {
        let lines = vec![json!({ "sku": "TEA", "quantity": 1, "unit_price": "1.00" }); 4_000];
        let mut purchase = json!({ "type": "purchase", "purchase_id": number.to_string(),
            "id": format!("01960000-0000-7000-8000-{number:012}"), "currency": "EUR",
            "occurred_at": format!("2026-01-05T10:00:{number:02}Z"), "items": lines });
        purchase["items"][0]["name"] = "long ".repeat(100).into();
        app.post("/v1/events", json!({ "events": [purchase] })).key(&key).send().await.expect(200);
    }
    let (mut seen, mut path) = (Vec::new(), "/v1/purchases".to_owned());
    loop {
        let page = app.get(&path).key(&key).send().await.expect(200).json();
        let purchases = page["purchases"].as_array().unwrap();
        assert_eq!(purchases.len(), 1);
        seen.push((
            purchases[0]["purchase_id"].clone(),
            purchases[0]["items"].as_array().unwrap().len(),
        ));
        let Some(next) = page["next_after"].as_str() else { break };
        path = format!("/v1/purchases?after={next}");
    }
    assert_eq!(seen, [(json!("1"), 4_000), (json!("0"), 4_000)]);
}

#[tokio::test]
async fn another_workspace_sees_nothing_of_this_one() {
    let (app, _, _) = shop().await;
    let eve = app.owner_of("Eve", "elsewhere").await;
    let key = app.key(&eve, &["ingest", "read"]).await;
    app.get("/v1/customers/c-1").key(&key).send().await.problem(404, "not_found");
    assert_eq!(app.get("/v1/customers").key(&key).send().await.json()["customers"], json!([]));
    assert_eq!(app.get("/v1/purchases").key(&key).send().await.json()["purchases"], json!([]));
    let summary = app
        .get("/v1/reports/summary?from=1900-01-01&to=9999-01-01")
        .key(&key)
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(summary["totals"]["orders"], 0);
    // The same event id and the same number are hers to use.
    let sale = json!({ "type": "purchase", "id": "01960000-0000-7000-8000-000000000001",
        "purchase_id": "P-1", "customer_id": "c-1", "currency": "EUR", "total": "1" });
    let batch = json!({ "events": [sale] });
    let verdict = app.post("/v1/events", batch).key(&key).send().await.expect(200).json();
    assert_eq!(verdict["accepted"], 1);
}

#[tokio::test]
async fn reports_agree_with_what_was_sent() {
    let (app, _, key) = shop().await;
    let report = async |path: &str| {
        app.get(&format!("/v1/reports/{path}")).key(&key).send().await.expect(200).json()
    };
    let summary = report("summary?from=2026-02-01&to=2026-03-01").await;
    assert_eq!(summary["currency"], "EUR");
    assert_eq!(summary["outside"]["other_currencies"], json!({ "USD": 1 }));
    let (current, previous) = (&summary["rows"][0], &summary["rows"][1]);
    assert_eq!((&current["gross"], &current["net"]), (&json!("10.00"), &json!("0.00")));
    assert_eq!((&current["customers"], &current["new_customers"]), (&json!(1), &json!(0)));
    assert_eq!((&previous["gross"], &previous["new_customers"]), (&json!("25.01"), &json!(2)));

    let sales = report("sales").await;
    let periods: Vec<_> = sales["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{} {} {}", row["period"], row["gross"], row["customers"]))
        .collect();
    assert_eq!(periods, ["\"2026-01\" \"25.01\" 2", "\"2026-02\" \"10.00\" 1"]);
    assert_eq!(sales["totals"]["customers"], 2);

    let products = report("products").await;
    assert_eq!(products["rows"][0]["customers"], 2);
    let countries = report("countries").await;
    assert_eq!(countries["rows"][0]["country"], "Österreich");
    let customers = report("customers").await;
    assert_eq!(customers["rows"][0]["customer_id"], "c-1");
    assert_eq!(customers["rows"][1]["net"], "5.01");
    let repeat = report("repeat?from=2026-02-01").await;
    assert_eq!(repeat["rows"][1]["buyers"], "returning");
    assert_eq!(repeat["rows"][1]["orders"], 1);
    assert_eq!(repeat["rows"][1]["median_days_between"], 36.0);
    let heatmap = report("heatmap").await;
    assert_eq!(heatmap["rows"].as_array().unwrap().len(), 7 * 24);
    assert_eq!(report("channels").await["rows"][0]["share_of_gross"], 1.0);
    assert_eq!(report("refunds").await["rows"][0]["refund_rate"], 0.2856);
    let rfm = report("rfm").await;
    let customers_of = |row: &Value| row["customers"].as_i64().unwrap();
    assert_eq!(rfm["rows"].as_array().unwrap().iter().map(customers_of).sum::<i64>(), 2);
    let totals = |report: &Value| {
        ["customers", "orders", "sold", "refunds", "net"]
            .map(|column| report["totals"][column].clone())
    };
    assert_eq!(totals(&rfm), [json!(2), json!(3), json!("35.01"), json!("10.00"), json!("25.01")]);
    let cohorts = report("cohorts").await;
    assert_eq!(totals(&cohorts), totals(&rfm));
    let cells: Vec<_> = cohorts["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            format!("{} {} {} {}", row["cohort"], row["months_since"], row["share"], row["net"])
        })
        .collect();
    assert_eq!(cells, ["\"2026-01\" 0 1.0 \"25.01\"", "\"2026-01\" 1 0.5 \"0.00\""]);
    let february = report("cohorts?from=2026-02-01").await;
    assert_eq!(february["rows"].as_array().unwrap().len(), 1);
    assert_eq!(february["rows"][0]["months_since"], 1);
    let dollars = report("summary?currency=USD&from=1900-01-01&to=9999-01-01").await;
    assert_eq!(dollars["totals"]["gross"], "99.00");

    let csv =
        app.get("/v1/reports/sales?format=csv&bucket=year").key(&key).send().await.expect(200);
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    insta::assert_snapshot!(csv.text());
}

#[tokio::test]
async fn a_question_that_makes_no_sense_says_which_part() {
    let (app, _, key) = shop().await;
    let ask = async |path: &str| app.get(&format!("/v1/reports/{path}")).key(&key).send().await;
    ask("profit").await.problem(404, "not_found");
    let cases = [
        ("sales?from=yesterday", "invalid_field", "from"),
        ("sales?to=2026-02-30", "invalid_field", "to"),
        ("sales?from=2026-02-01&to=2026-01-01", "invalid_field", "to"),
        ("sales?from=1899-01-01", "out_of_range", "from"),
        ("sales?from=1900-01-01&to=2900-01-01", "invalid_field", "from"),
        ("sales?bucket=fortnight", "invalid_field", "bucket"),
        ("sales?currency=BTC", "invalid_field", "currency"),
        ("sales?format=pdf", "invalid_field", "format"),
    ];
    for (path, code, field) in cases {
        let problem = ask(path).await.problem(400, code);
        assert_eq!(problem["field"], field, "{path}: {problem}");
    }
    let unknown = ask("sales?frm=2026-01-01").await.problem(400, "invalid_field");
    let told = "is no parameter of this path; there are: from, to, range, currency, bucket, limit, \
                format";
    assert_eq!((&unknown["field"], &unknown["detail"]), (&json!("frm"), &json!(told)));
    let empty = ask("sales?from=2026-01-01&to=2026-01-01").await.expect(200).json();
    assert_eq!(empty["rows"], json!([]));
    let listed = app.get("/v1/reports").key(&key).send().await.expect(200).json();
    assert_eq!(listed["reports"].as_array().unwrap().len(), 11);
}

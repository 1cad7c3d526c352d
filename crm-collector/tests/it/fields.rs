//! Where a field of an event is wrong it is named, by itself and in a batch alike; and ids are the same
//! wherever they are told or asked for.

use reqwest::Method;
use serde_json::{Value, json};

use crate::shop::Shop;

#[tokio::test]
async fn whatever_is_wrong_with_a_field_names_it_alone_and_in_a_batch() {
    let shop = Shop::open().await;
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let long =
        format!("\"total\":\"1\",\"attributes\":{{\"a\":\"{}\"}},\"colour\":1", "x".repeat(70_000));
    let cases = [
        ("\"total\":1e400".to_owned(), "out_of_range", "total"),
        ("\"total\":\"1\",\"customer_id\":\"\\ud800\"".to_owned(), "invalid_field", "customer_id"),
        (format!("\"total\":\"1\",\"attributes\":{{\"a\":{deep}}}"), "too_deep", "attributes"),
        ("\"items\":[{\"unit_price\":1e400}]".to_owned(), "out_of_range", "items[0].unit_price"),
        ("\"total\":\"1\",\"total\":\"2\"".to_owned(), "invalid_field", "total"),
        (
            "\"total\":\"1\",\"items\":[{\"sku\":\"A\"}]".to_owned(),
            "missing_field",
            "items[0].unit_price",
        ),
        ("\"total\":\"1\",\"colour\":\"red\"".to_owned(), "invalid_field", "colour"),
        (long, "invalid_field", "colour"),
    ];
    let send = async |path: &str, body: String| {
        let call = shop.app.call(Method::POST, path).header("content-type", "application/json");
        call.body(body).key(&shop.key).send().await.json()
    };
    for (fields, code, field) in cases {
        let alone = send("/v1/purchases", format!("{{\"currency\":\"EUR\",{fields}}}")).await;
        assert_eq!((&alone["code"], &alone["field"]), (&json!(code), &json!(field)), "{alone}");
        assert!(!alone["detail"].as_str().unwrap().contains(" at line "), "{alone}");
        let id = "\"id\":\"01960000-0000-7000-8000-000000000001\"";
        for event in [
            format!("{{\"type\":\"purchase\",{id},\"currency\":\"EUR\",{fields}}}"),
            format!("{{{id},\"currency\":\"EUR\",{fields},\"type\":\"purchase\"}}"),
        ] {
            let batch = send("/v1/events", format!("{{\"events\":[{event}]}}")).await;
            let rejected = &batch["rejected"][0];
            let told = ["code", "field", "message"].map(|name| &rejected[name]);
            assert_eq!(told, [&alone["code"], &alone["field"], &alone["detail"]]);
        }
    }
}

#[tokio::test]
async fn an_event_by_itself_may_say_of_which_type_it_is_and_is_of_no_other() {
    let shop = Shop::open().await;
    let call = json!({ "customer_id": "c", "kind": "call" });
    let cases = [
        ("/v1/purchases", "purchase", json!({ "currency": "EUR", "total": "1" })),
        ("/v1/customers", "customer", json!({ "customer_id": "c" })),
        ("/v1/interactions", "interaction", call),
    ];
    for (path, own, event) in cases {
        for told in ["purchase", "customer", "interaction", "order"] {
            let mut event = event.clone();
            event["type"] = told.into();
            let answer = shop.app.post(path, event).key(&shop.key).send().await;
            if told == own {
                answer.expect(201);
            } else {
                let problem = answer.problem(400, "invalid_field");
                assert_eq!(problem["field"], "type");
                let rule = format!("is \"{own}\" here, or left out; \"{told}\" given");
                assert_eq!(problem["detail"], rule);
            }
        }
    }
}

#[tokio::test]
async fn blanks_and_the_case_of_an_address_make_no_other_id_wherever_it_is_asked_for() {
    let shop = Shop::open().await;
    let post = async |body: Value| shop.app.post("/v1/purchases", body).key(&shop.key).send().await;
    let order = |id: &str, customer: &str| {
        json!({ "purchase_id": id, "customer_id": customer, "source": " till", "currency": "USD",
            "country": "DE ", "channel": " web", "occurred_at": "2025-05-01T00:00:00Z",
            "items": [{ "sku": " A 1", "unit_price": "5" }] })
    };
    assert_eq!(post(order("p1", "Bob@Example.com")).await.expect(201).json()["status"], "accepted");
    assert_eq!(
        post(order("p1 ", "bob@example.com ")).await.expect(200).json()["status"],
        "duplicate"
    );
    let customers = shop.report("customers", "USD").await;
    let rows = customers["rows"].as_array().unwrap();
    assert_eq!(
        (rows.len(), &rows[0]["customer_id"], &rows[0]["net"]),
        (1, &json!("bob@example.com"), &json!("5.00"))
    );

    let get = async |path: &str| shop.app.get(path).key(&shop.key).send().await.expect(200).json();
    for path in ["/v1/purchases/till/p1", "/v1/purchases/%20till/p1%20"] {
        assert_eq!(get(path).await["purchase"]["total"], "5.00", "{path}");
    }
    for query in ["purchase_id=%20p1", "sku=A+1+", "country=+DE", "channel=web+"] {
        let page = get(&format!("/v1/purchases?{query}")).await;
        assert_eq!(page["purchases"].as_array().unwrap().len(), 1, "{query}");
    }
    let asked = "%20BOB%40example.COM%20";
    assert_eq!(get(&format!("/v1/customers/{asked}")).await["customer_id"], "bob@example.com");
    let timeline = get(&format!("/v1/customers/{asked}/timeline")).await;
    assert_eq!(timeline["entries"].as_array().unwrap().len(), 1);
    let found = get(&format!("/v1/customers?customer_id={asked}")).await;
    assert_eq!(found["customers"].as_array().unwrap().len(), 1);
    shop.app.get("/v1/products/%20A%201%20/together").key(&shop.key).send().await.expect(200);
    shop.app.get(&format!("/v1/customers/{asked}/next")).key(&shop.key).send().await.expect(200);
    shop.app.delete("/v1/purchases/%20till%20/%20p1").key(&shop.key).send().await.expect(204);
}

#[tokio::test]
async fn a_customer_of_nothing_but_zeros_is_nobody_and_a_placeholder_for_a_number_is_told() {
    let mut shop = Shop::open().await;
    let verdict = shop
        .send(&[
            json!({ "purchase_id": "1", "customer_id": "0", "currency": "EUR", "total": "5",
                "occurred_at": "2025-05-01T00:00:00Z" }),
            json!({ "purchase_id": "null", "customer_id": "c", "currency": "EUR", "total": "7",
                "occurred_at": "2025-05-01T00:00:00Z" }),
        ])
        .await;
    assert_eq!(verdict["accepted"], 2);
    let warnings = verdict["warnings"].as_array().unwrap();
    let told: Vec<_> = warnings
        .iter()
        .map(|one| ["index", "code", "field"].map(|name| one[name].clone()))
        .collect();
    assert_eq!(told, [[json!(1), json!("field_ignored"), json!("purchase_id")]]);
    assert_eq!(
        shop.sales("EUR", ["net", "customers", "orders"]).await,
        [json!("12.00"), json!(1), json!(2)]
    );
    let named = shop.app.post("/v1/customers", json!({ "customer_id": "0", "name": "Guest" }));
    assert_eq!(
        named.key(&shop.key).send().await.problem(400, "missing_field")["field"],
        "customer_id"
    );
}

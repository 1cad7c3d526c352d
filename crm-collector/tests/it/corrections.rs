//! What takes the place of what is stored, and what is the same.

use serde_json::{Value, json};

use crate::shop::Shop;

const DAY: &str = "2025-09-01T00:00:00Z";

fn order(total: &str) -> Value {
    json!({ "occurred_at": DAY, "currency": "EUR", "customer_id": "c", "total": total })
}

fn with(mut purchase: Value, told: Value) -> Value {
    let Value::Object(told) = told else { panic!("fields") };
    purchase.as_object_mut().unwrap().extend(told);
    purchase
}

const PATH: &str = "/v1/purchases/till/9";

async fn put(shop: &Shop, body: Value) -> (u16, Value) {
    let answer = shop.app.put(PATH, body).key(&shop.key).send().await;
    (answer.status.as_u16(), answer.json())
}

#[tokio::test]
async fn a_body_that_disagrees_with_its_path_is_refused_by_the_name_of_the_field() {
    let shop = Shop::open().await;
    let refused = [
        (json!({ "purchase_id": "10" }), "purchase_id", "is \"9\" in the path, \"10\" given"),
        (json!({ "source": "shop" }), "source", "is \"till\" in the path, \"shop\" given"),
        (json!({ "type": "customer" }), "type", "is \"purchase\" here, or left out"),
    ];
    for (told, field, rule) in refused {
        let (status, problem) = put(&shop, with(order("1"), told)).await;
        assert_eq!((status, &problem["code"]), (400, &json!("invalid_field")));
        assert_eq!(problem["field"], field);
        assert!(problem["detail"].as_str().unwrap().starts_with(rule), "{problem}");
    }
    let (status, _) =
        put(&shop, with(order("1"), json!({ "purchase_id": " 9 ", "source": "till " }))).await;
    assert_eq!(status, 201);
    // What is wrong otherwise stands in the quarantine with what its path says.
    let (status, _) = put(&shop, with(order("1"), json!({ "total": "-1" }))).await;
    assert_eq!(status, 400);
    let kept = shop.app.get("/v1/rejected").by(&shop.owner).send().await.expect(200).json();
    let last = kept["rejected"].as_array().unwrap().last().unwrap();
    let event: Value = serde_json::from_str(last["event"].as_str().unwrap()).unwrap();
    let told = ["type", "purchase_id", "source", "replace", "total"].map(|name| &event[name]);
    let expected = [json!("purchase"), json!("9"), json!("till"), json!(true), json!("-1")];
    assert_eq!(told, expected.each_ref());
}

#[tokio::test]
async fn a_correction_under_the_id_of_another_event_is_told_and_not_lost() {
    let mut shop = Shop::open().await;
    let id = |number: u32| json!({ "id": format!("01960000-0000-7000-9000-{number:012}") });
    let first = with(order("10"), id(1));
    let status =
        |(code, answer): (u16, Value)| (code, answer["status"].as_str().unwrap_or("").to_owned());
    assert_eq!(status(put(&shop, first.clone()).await), (201, "accepted".into()));
    let (code, problem) = put(&shop, with(order("12"), id(1))).await;
    assert_eq!(
        (code, &problem["code"], &problem["field"]),
        (409, &json!("conflict"), &json!("id"))
    );
    assert_eq!(status(put(&shop, with(order("12"), id(2))).await), (200, "updated".into()));
    // The first one comes late once more, and changes nothing.
    assert_eq!(status(put(&shop, first).await), (200, "duplicate".into()));
    assert_eq!(shop.sales("EUR", ["net"]).await, ["12.00"]);

    let at = |total: &str, hour: u32, number: u32| {
        let told = json!({ "type": "purchase", "purchase_id": "V", "updated_at": format!("2025-09-01T{hour:02}:00:00Z") });
        with(with(order(total), told), id(number))
    };
    let plain = |total: &str| with(with(order(total), json!({ "type": "purchase" })), id(9));
    let events =
        [at("1", 8, 4), at("2", 9, 4), at("3", 7, 5), at("3", 7, 5), plain("4"), plain("5")];
    let batch = json!({ "events": events });
    let sent = shop.app.post("/v1/events", batch).key(&shop.key).send().await.expect(200).json();
    let counts = ["accepted", "updated", "superseded", "duplicate"].map(|name| sent[name].clone());
    assert_eq!(counts, [json!(2), Value::Null, json!(2), json!(1)]);
    let rejected = &sent["rejected"][0];
    let told = ["index", "code", "field"].map(|name| &rejected[name]);
    assert_eq!(told, [&json!(1), &json!("conflict"), &json!("id")]);
    shop.accept(&[]).await;
}

#[tokio::test]
async fn what_came_too_late_is_told_so_again_whatever_has_become_of_what_was_later() {
    let shop = Shop::open().await;
    let at = |number: u32, total: &str, hour: u32| {
        let told = json!({ "type": "purchase", "id": format!("01960000-0000-7000-b000-{number:012}"),
            "purchase_id": "9", "source": "till",
            "updated_at": format!("2025-09-01T{hour:02}:00:00Z") });
        with(order(total), told)
    };
    let send = async |event: Value| {
        let batch = json!({ "events": [event] });
        shop.app.post("/v1/events", batch).key(&shop.key).send().await.expect(200).json()
    };
    assert_eq!(send(at(1, "10", 9)).await["accepted"], 1);
    let late = at(2, "8", 8);
    assert_eq!(send(late.clone()).await["superseded"], 1);
    // The number is free, and the event is none that would be stored under it.
    shop.app.delete(PATH).key(&shop.key).send().await.expect(204);
    assert_eq!(send(late.clone()).await["superseded"], 1);
    assert_eq!(send(at(3, "7", 7)).await["accepted"], 1);
    assert_eq!(send(late).await["superseded"], 1);
    // Something else under its id is told as before.
    assert_eq!(send(at(2, "12", 12)).await["rejected"][0]["field"], "id");
}

#[tokio::test]
async fn nothing_and_nought_are_the_same_money() {
    let mut shop = Shop::open().await;
    let told = |id: &str, more: Value| {
        with(json!({ "purchase_id": id, "currency": "EUR", "occurred_at": DAY }), more)
    };
    let plain = |more: Value| {
        let items = json!([{ "sku": "A", "quantity": 3, "unit_price": "3.33" }]);
        with(told("1", json!({ "items": items, "total": "9.99" })), more)
    };
    let line =
        json!([{ "sku": "A", "quantity": 3, "unit_price": "3.33", "discount": "0", "tax": "0" }]);
    let zeros = json!({ "shipping": "0", "tax": "0.00", "discount": "0", "tip": 0, "fees": "0",
        "rounding": "0", "tax_included": true });
    let coupon = |more: Value| {
        let items = json!([{ "sku": "A", "unit_price": "10", "discount": "2" }, { "sku": "B", "unit_price": "5" }]);
        with(told("2", json!({ "items": items, "total": "13" })), more)
    };
    shop.accept(&[plain(json!({})), coupon(json!({}))]).await;
    let same = [
        plain(zeros),
        plain(json!({ "items": line })),
        coupon(json!({ "discount": "2" })),
        coupon(json!({ "discount": "-2", "shipping": "0" })),
    ];
    assert_eq!(shop.send(&same).await["duplicate"], 4);
    let other = [plain(json!({ "shipping": "1" })), coupon(json!({ "discount": "3" }))];
    let verdict = shop.send(&other).await;
    let codes: Vec<_> =
        verdict["rejected"].as_array().unwrap().iter().map(|one| &one["code"]).collect();
    assert_eq!(codes, ["conflict", "conflict"]);
}

#[tokio::test]
async fn versions_and_refunds_are_read_page_by_page_and_name_who_corrected() {
    let mut shop = Shop::open().await;
    let app = &shop.app;
    for total in 1..=40 {
        let put = app.put(PATH, order(&total.to_string()));
        let put = if total == 40 { put.by(&shop.owner) } else { put.key(&shop.key) };
        put.send().await;
    }
    let refunds: Vec<_> = (1..=30)
        .map(|number: u32| {
            with(
                order("0.10"),
                json!({ "kind": "refund", "source": "till", "refund_of": "9",
                "purchase_id": format!("r{number}") }),
            )
        })
        .collect();
    shop.accept(&refunds).await;
    let (mut pages, mut totals, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    let mut after = String::new();
    loop {
        let path = format!("{PATH}?limit=16{after}");
        let page = shop.app.get(&path).key(&shop.key).send().await.expect(200).json();
        assert_eq!(page["purchase"]["total"], "40.00");
        let (versions, refunds) =
            (page["versions"].as_array().unwrap(), page["refunds"].as_array().unwrap());
        pages.push((versions.len(), refunds.len()));
        let told = versions.iter().rev();
        totals.extend(told.map(|one| (one["purchase"]["total"].clone(), one["actor"].clone())));
        ids.extend(refunds.iter().map(|one| one["purchase_id"].clone()));
        match page["next_after"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(pages, [(0, 16), (2, 14), (16, 0), (16, 0), (6, 0)]);
    let expected: Vec<_> = (1..=30).rev().map(|number| json!(format!("r{number}"))).collect();
    assert_eq!(ids, expected);
    let expected: Vec<_> = (1..=40).rev().map(|total| json!(format!("{total}.00"))).collect();
    let (totals, actors): (Vec<_>, Vec<_>) = totals.into_iter().unzip();
    assert_eq!(totals, expected);
    assert_eq!((&actors[0], &actors[39]), (&json!("user:1"), &Value::Null));
    assert!(actors[1..39].iter().all(|actor| actor.as_str().unwrap().starts_with("key:")));
    let path = "/v1/purchases/till/8";
    shop.app.get(path).key(&shop.key).send().await.problem(404, "not_found");
}

#[tokio::test]
async fn orders_that_are_not_paid_lie_in_the_days_that_their_reports_show() {
    let mut shop = Shop::open().await;
    let at = |day: &str, state: &str, currency: &str| json!({ "occurred_at": format!("{day}T12:00:00Z"), "state": state, "currency": currency, "total": "10" });
    let paid = ["2025-02-10", "2025-02-11", "2025-02-12"].map(|day| at(day, "paid", "EUR"));
    shop.accept(&paid).await;
    shop.accept(&[
        at("2025-01-05", "cancelled", "EUR"),
        at("2025-02-20", "pending", "EUR"),
        at("2025-02-19", "pending", "JPY"),
        at("1970-01-02", "pending", "EUR"),
    ])
    .await;
    let report = async |name: &str| {
        let path = format!("/v1/reports/{name}?currency=EUR");
        shop.app.get(&path).key(&shop.key).send().await.expect(200).json()
    };
    let sales = report("sales").await;
    assert_eq!((&sales["from"], &sales["to"]), (&json!("2025-01-05"), &json!("2025-02-21")));
    let of = ["orders", "pending_orders", "pending", "cancelled_orders", "cancelled"];
    let told = of.map(|column| sales["totals"][column].clone());
    assert_eq!(told, [json!(3), json!(1), json!("10.00"), json!(1), json!("10.00")]);
    assert_eq!(
        sales["outside"],
        json!({ "before": { "purchases": 1, "net": "0.00", "first": "1970-01-02", "last": "1970-01-02" },
            "after": null, "since": null, "other_currencies": { "JPY": 1 } })
    );
    // Other reports show what was sold alone.
    let products = report("products").await;
    assert_eq!((&products["from"], &products["to"]), (&json!("2025-02-10"), &json!("2025-02-13")));
    assert_eq!(products["outside"]["before"], Value::Null);
}

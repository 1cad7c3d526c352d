//! Orders as shops have them, from the wire to every report, with figures by hand.

use serde_json::{Value, json};

use crate::harness::{Call, TestApp};
use crate::shop::Shop;

/// The columns that lead from gross sales to what was paid.
const MONEY: [&str; 7] = ["gross", "discounts", "refunds", "net", "shipping", "tax", "total"];

#[tokio::test]
async fn an_order_with_tax_on_top_and_its_partial_refund() {
    let mut shop = Shop::open().await;
    let order = json!({ "purchase_id": "5001", "number": "#1001", "customer_id": "ann@example.com",
        "occurred_at": "2025-01-01T18:00:00Z", "currency": "EUR", "country": "DE",
        "items": [
            { "sku": "SW-L", "name": "Sweater", "variant": "L", "quantity": 1, "unit_price": "150.00" },
            { "name": "Scarf", "quantity": 1, "unit_price": "50.00" } ],
        "discount": "20.00", "shipping": "20.00", "tax": "34.20", "total": "234.20",
        "payment_method": "card", "coupons": ["WINTER"] });
    let refund = json!({ "purchase_id": "5001-r1", "kind": "refund", "refund_of": "5001",
        "customer_id": "ann@example.com", "occurred_at": "2025-01-09T09:00:00Z", "currency": "EUR",
        "country": "DE",
        "items": [{ "name": "Scarf", "quantity": 1, "unit_price": "50.00", "discount": "5.00",
                    "tax": "8.55" }],
        "total": "53.55" });
    shop.accept(&[order, refund]).await;

    let money = ["200.00", "20.00", "45.00", "135.00", "20.00", "25.65", "180.65"];
    assert_eq!(shop.sales("EUR", MONEY).await, money.map(Value::from));
    assert_eq!(
        shop.row("products", "EUR", "SW-L").await,
        json!({ "sku": "SW-L", "name": "Sweater", "gross": "150.00", "discounts": "15.00",
            "net": "135.00", "quantity": 1, "orders": 1, "customers": 1 })
    );
    assert_eq!(
        shop.row("products", "EUR", "Scarf").await,
        json!({ "sku": "Scarf", "name": "Scarf", "gross": "50.00", "discounts": "5.00",
            "refunds": "45.00", "quantity": 1, "orders": 1, "customers": 1 })
    );
    let country = shop.row("countries", "EUR", "DE").await;
    assert_eq!((&country["net"], &country["orders"]), (&json!("135.00"), &json!(1)));
    let customer = shop.row("customers", "EUR", "ann@example.com").await;
    assert_eq!(customer["net"], "135.00");

    let path = "/v1/purchases/-/5001";
    let shown = shop.app.get(path).key(&shop.key).send().await.expect(200).json();
    let purchase = &shown["purchase"];
    assert_eq!(purchase["number"], "#1001");
    assert_eq!(purchase["parts"]["gross"], "200.00");
    assert_eq!(purchase["items"][0]["variant"], "L");
    assert_eq!(purchase["coupons"], json!(["WINTER"]));
    assert_eq!(shown["refunds"][0]["purchase_id"], "5001-r1");
    assert_eq!(shown["versions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_order_whose_prices_have_tax_in_them_and_a_coupon() {
    let mut shop = Shop::open().await;
    shop.accept(&[json!({ "purchase_id": "77", "occurred_at": "2025-02-01T10:00:00Z",
        "currency": "EUR", "customer_id": "bob",
        "items": [{ "sku": "MUG", "quantity": 2, "unit_price": "11.90" }],
        "discount": "2.38", "shipping": "4.76", "tax": "4.18", "tax_included": true,
        "total": "26.18", "coupons": ["TEN"] })])
        .await;
    let money = ["20.38", "2.38", "0.00", "18.00", "4.00", "4.18", "26.18"];
    assert_eq!(shop.sales("EUR", MONEY).await, money.map(Value::from));
}

#[tokio::test]
async fn a_subscription_with_an_upgrade_and_a_refund_of_an_amount() {
    let mut shop = Shop::open().await;
    let of = |id: &str, at: &str, items: Value| {
        json!({ "purchase_id": id, "source": "billing", "occurred_at": at, "currency": "USD",
                "customer_id": "cus_1", "items": items })
    };
    let plan = json!([{ "sku": "basic", "quantity": 1, "unit_price": "29.00" }]);
    let upgrade = json!([
        { "sku": "pro", "quantity": 1, "unit_price": "49.00" },
        { "sku": "basic", "name": "Unused time on basic", "quantity": -0.5, "unit_price": "29.00" } ]);
    let back = json!({ "purchase_id": "re_1", "source": "billing", "kind": "refund",
        "refund_of": "in_2", "occurred_at": "2025-03-20T00:00:00Z", "currency": "USD",
        "customer_id": "cus_1", "total": "10" });
    shop.accept(&[
        of("in_1", "2025-03-01T00:00:00Z", plan),
        of("in_2", "2025-03-15T00:00:00Z", upgrade),
        back,
    ])
    .await;
    let money = ["63.50", "0.00", "10.00", "53.50", "0.00", "0.00", "53.50"];
    assert_eq!(shop.sales("USD", MONEY).await, money.map(Value::from));
    let basic = shop.row("products", "USD", "basic").await;
    assert_eq!((&basic["gross"], &basic["quantity"]), (&json!("14.50"), &json!(0.5)));
    // The same number of another source is another purchase.
    let mut other = of("in_1", "2025-03-02T00:00:00Z", json!([]));
    (other["source"], other["total"]) = ("shop".into(), "5".into());
    shop.accept(&[other]).await;
    assert_eq!(shop.sales("USD", ["orders"]).await, [json!(3)]);
}

#[tokio::test]
async fn a_game_sells_in_several_currencies_and_takes_a_purchase_back() {
    let mut shop = Shop::open().await;
    let gems = |id: &str, currency: &str, price: &str| {
        json!({ "purchase_id": id, "occurred_at": "2025-04-01T20:00:00Z", "currency": currency,
            "customer_id": "player-7", "channel": "app",
            "items": [{ "sku": "GEMS", "quantity": 3, "unit_price": price }] })
    };
    shop.accept(&[gems("a", "USD", "0.99"), gems("b", "JPY", "160"), gems("c", "USD", "0.99")])
        .await;
    assert_eq!(shop.sales("JPY", ["total"]).await, [json!("480.00")]);
    assert_eq!(shop.sales("USD", ["total", "orders"]).await, [json!("5.94"), json!(2)]);

    let mut charged_back = gems("c", "USD", "0.99");
    charged_back["state"] = "cancelled".into();
    charged_back["updated_at"] = "2025-04-20T00:00:00Z".into();
    let verdict = shop.send(std::slice::from_ref(&charged_back)).await;
    assert_eq!(verdict["updated"], 1);
    let of = ["total", "orders", "customers", "cancelled", "cancelled_orders"];
    let told = [json!("2.97"), json!(1), json!(1), json!("2.97"), json!(1)];
    assert_eq!(shop.sales("USD", of).await, told);
    let channel = shop.row("channels", "USD", "app").await;
    assert_eq!((&channel["net"], &channel["orders"]), (&json!("2.97"), &json!(1)));
}

#[tokio::test]
async fn an_invoice_is_pending_until_it_is_paid() {
    let mut shop = Shop::open().await;
    let invoice = |state: &str, updated_at: &str| {
        json!({ "purchase_id": "2025-007", "number": "INV-2025-007", "customer_id": "acme",
            "occurred_at": "2025-05-04T00:00:00Z", "updated_at": updated_at, "state": state,
            "currency": "EUR", "tax": "190.00", "total": "1190.00",
            "items": [{ "name": "Consulting, hours", "quantity": 12.5, "unit_price": "80",
                        "cost": "45" }] })
    };
    shop.accept(&[invoice("pending", "2025-05-04T00:00:00Z")]).await;
    let of = ["gross", "total", "orders", "pending", "pending_orders", "margin"];
    let told = [json!("0.00"), json!("0.00"), json!(0), json!("1190.00"), json!(1), Value::Null];
    assert_eq!(shop.sales("EUR", of).await, told);

    let verdict = shop.send(&[invoice("paid", "2025-06-01T00:00:00Z")]).await;
    assert_eq!((&verdict["accepted"], &verdict["updated"]), (&json!(0), &json!(1)));
    let told =
        [json!("1000.00"), json!("1190.00"), json!(1), json!("0.00"), json!(0), json!("437.50")];
    assert_eq!(shop.sales("EUR", of).await, told);
    let row = shop.row("products", "EUR", "Consulting, hours").await;
    assert_eq!((&row["quantity"], &row["cost"]), (&json!(12.5), &json!("562.50")));

    // What was true earlier changes nothing, however late it comes.
    let verdict = shop.send(&[invoice("pending", "2025-05-10T00:00:00Z")]).await;
    assert_eq!(verdict["superseded"], 1);
    assert_eq!(shop.sales("EUR", of).await, told);
}

#[tokio::test]
async fn a_shop_that_knows_only_date_customer_and_amount() {
    let mut shop = Shop::open().await;
    shop.accept(&[json!({ "occurred_at": "2025-07-01T00:00:00Z", "currency": "EUR",
        "customer_id": "c", "total": 42 })])
        .await;
    let money = ["42.00", "0.00", "0.00", "42.00", "0.00", "0.00", "42.00"];
    assert_eq!(shop.sales("EUR", MONEY).await, money.map(Value::from));
}

#[tokio::test]
async fn a_total_that_is_not_its_parts_is_stored_and_told() {
    let mut shop = Shop::open().await;
    let order = |id: &str, total: &str| {
        json!({ "purchase_id": id, "occurred_at": "2025-08-01T00:00:00Z", "currency": "EUR",
            "items": [{ "sku": "A", "quantity": 3, "unit_price": "3.33" }], "total": total })
    };
    let verdict = shop.send(&[order("1", "10.00"), order("2", "8.99")]).await;
    assert_eq!(verdict["accepted"], 2);
    let warnings = verdict["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1);
    assert_eq!((&warnings[0]["index"], &warnings[0]["code"]), (&json!(1), &json!("adjusted")));
    let of = ["gross", "rounding", "adjustments", "total"];
    let told = ["19.98", "0.01", "-1.00", "18.99"].map(Value::from);
    assert_eq!(shop.sales("EUR", of).await, told);
}

#[tokio::test]
async fn a_refund_of_more_than_was_paid_or_of_nothing_is_stored_and_told() {
    let mut shop = Shop::open().await;
    let of = |id: &str, kind: &str, total: &str| {
        json!({ "purchase_id": id, "kind": kind, "occurred_at": "2025-08-01T00:00:00Z",
            "currency": "EUR", "total": total })
    };
    let back = |id: &str, of_what: &str, total: &str| {
        let mut refund = of(id, "refund", total);
        refund["refund_of"] = of_what.into();
        refund
    };
    shop.accept(&[of("1", "sale", "10.00"), back("r1", "1", "6"), back("r2", "1", "4")]).await;
    let verdict = shop.send(&[back("r3", "1", "0.01"), back("r4", "2", "1")]).await;
    assert_eq!(verdict["accepted"], 2);
    let told: Vec<_> = verdict["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| (warning["index"].clone(), warning["code"].clone()))
        .collect();
    let expected = [(0, "refunded_too_much"), (1, "unknown_purchase")];
    assert_eq!(told, expected.map(|(index, code)| (json!(index), json!(code))));
    assert_eq!(shop.sales("EUR", ["refunds", "net"]).await, ["11.01", "-1.01"].map(Value::from));
}

#[tokio::test]
async fn a_purchase_is_replaced_and_taken_back_over_http_and_its_past_is_kept() {
    let shop = Shop::open().await;
    let order = |total: &str, at: &str| json!({ "occurred_at": at, "currency": "EUR", "customer_id": "c", "total": total });
    let path = "/v1/purchases/till/9";
    let put = async |shop: &Shop, body: Value, status: u16| {
        let request = shop.app.put(path, body).key(&shop.key);
        request.send().await.expect(status).json()
    };
    let first = put(&shop, order("10", "2025-09-01T00:00:00Z"), 201).await;
    assert_eq!(first["status"], "accepted");
    assert_eq!(shop.sales("EUR", ["net", "customers"]).await, [json!("10.00"), json!(1)]);
    // To another month, with another amount.
    let second = put(&shop, order("7.50", "2025-10-01T00:00:00Z"), 200).await;
    assert_eq!(second["status"], "updated");
    let again = put(&shop, order("7.50", "2025-10-01T00:00:00Z"), 200).await;
    assert_eq!(again["status"], "duplicate");
    assert_eq!(shop.row("sales", "EUR", "2025-10").await["net"], "7.50");
    assert_eq!(shop.row("sales", "EUR", "2025-09").await, json!({ "period": "2025-09" }));

    shop.app.delete(path).key(&shop.key).send().await.expect(204);
    shop.app.delete(path).key(&shop.key).send().await.expect(404);
    assert_eq!(
        shop.sales("EUR", ["net", "orders", "customers"]).await,
        [json!("0.00"), json!(0), json!(0)]
    );
    let shown = shop.app.get(path).key(&shop.key).send().await.expect(200).json();
    assert_eq!(shown["purchase"], Value::Null);
    let totals: Vec<_> = shown["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| version["purchase"]["total"].clone())
        .collect();
    assert_eq!(totals, [json!("10.00"), json!("7.50"), Value::Null]);
    assert!(shown["versions"][1]["actor"].as_str().unwrap().starts_with("key:"), "{shown}");
    // Its number is free.
    put(&shop, order("3", "2025-11-01T00:00:00Z"), 201).await;
    assert_eq!(shop.sales("EUR", ["net", "orders"]).await, [json!("3.00"), json!(1)]);

    // Who opens a page may add to what is stored, and correct nothing.
    let about = json!({ "name": "page", "kind": "browser", "scopes": ["ingest"],
        "event_types": ["purchase"], "origins": ["https://shop.example"] });
    let browser = shop.app.create_key(&shop.owner, about).await["key"].as_str().unwrap().to_owned();
    let put = shop.app.put(path, order("1", "2025-11-01T00:00:00Z"));
    by_page(put, &browser).send().await.expect(403);
    by_page(shop.app.delete(path), &browser).send().await.expect(403);
    let mut replacing = order("1", "2025-11-01T00:00:00Z");
    replacing["purchase_id"] = "9".into();
    replacing["replace"] = true.into();
    let refused = by_page(shop.app.post("/v1/purchases", replacing.clone()), &browser).send().await;
    assert_eq!(refused.expect(403).json()["field"], "replace");
    (replacing["replace"], replacing["purchase_id"]) = (false.into(), "10".into());
    by_page(shop.app.post("/v1/purchases", replacing), &browser).send().await.expect(201);
}

#[tokio::test]
async fn an_event_takes_a_purchase_back_once_and_what_was_true_earlier_stays_away() {
    let mut shop = Shop::open().await;
    let hour = |hour: u32| format!("2025-03-01T{hour:02}:00:00Z");
    let order = |total: &str, at: u32| {
        json!({ "purchase_id": "1", "currency": "EUR", "total": total, "customer_id": "c",
            "occurred_at": hour(1), "updated_at": hour(at) })
    };
    // Nothing but its number and a currency.
    let void = |at: u32| json!({ "purchase_id": "1", "currency": "EUR", "void": true, "updated_at": hour(at) });
    let names = ["accepted", "updated", "superseded", "duplicate"];
    let verdict = shop.send(&[order("10", 9), void(8), void(9), void(10), order("10", 9)]).await;
    assert_eq!(names.map(|name| verdict[name].clone()), [1, 1, 2, 1].map(Value::from));
    let of = ["net", "orders", "customers"];
    assert_eq!(shop.sales("EUR", of).await, [json!("0.00"), json!(0), json!(0)]);
    // Its number is free for what is later.
    shop.accept(&[order("3", 11)]).await;
    assert_eq!(shop.sales("EUR", of).await, [json!("3.00"), json!(1), json!(1)]);

    // A void is an event: sent again after its answer was lost, it takes back nothing that came since.
    let lost = json!({ "type": "purchase", "id": "01960000-0000-7000-8000-000000000003",
        "purchase_id": "1", "currency": "EUR", "void": true, "updated_at": hour(9) });
    let again = shop.app.post("/v1/events", json!({ "events": [lost] })).key(&shop.key);
    assert_eq!(again.send().await.expect(200).json()["duplicate"], 1);
    assert_eq!(shop.sales("EUR", of).await, [json!("3.00"), json!(1), json!(1)]);

    // Without a time, whatever is there; with `replace`, also what is later.
    let verdict =
        shop.send(&[json!({ "purchase_id": "1", "currency": "EUR", "void": true })]).await;
    assert_eq!(verdict["updated"], 1);
    shop.accept(&[order("4", 12)]).await;
    let mut whatever = void(2);
    whatever["replace"] = true.into();
    assert_eq!(shop.send(&[whatever]).await["updated"], 1);
    assert_eq!(shop.sales("EUR", of).await, [json!("0.00"), json!(0), json!(0)]);
    let shown = shop.app.get("/v1/purchases/-/1").key(&shop.key).send().await.expect(200).json();
    let versions = shown["versions"].as_array().unwrap().iter();
    let totals: Vec<_> = versions.map(|version| version["purchase"]["total"].clone()).collect();
    let (first, second, third) = (json!("10.00"), json!("3.00"), json!("4.00"));
    assert_eq!(totals, [first, Value::Null, second, Value::Null, third, Value::Null]);
}

#[tokio::test]
async fn what_is_not_there_is_not_taken_back_but_may_be_once_it_is() {
    let mut shop = Shop::open().await;
    let void = json!({ "purchase_id": "1", "currency": "EUR", "void": true });
    let nameless = json!({ "currency": "EUR", "void": true });
    let verdict = shop.send(&[void.clone(), nameless]).await;
    let told: Vec<_> = verdict["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rejected| (rejected["code"].clone(), rejected["field"].clone()))
        .collect();
    let expected = ["not_found", "missing_field"].map(|code| (json!(code), json!("purchase_id")));
    assert_eq!(told, expected);
    let answer = shop.app.post("/v1/purchases", void.clone()).key(&shop.key).send().await;
    answer.problem(404, "not_found");

    let order = |id: &str| json!({ "purchase_id": id, "currency": "EUR", "total": "10", "occurred_at": "2025-03-01T00:00:00Z" });
    shop.accept(&[order("1"), order("2")]).await;
    let replay = shop.app.post("/v1/rejected/replay", json!({})).by(&shop.owner);
    let replayed = replay.send().await.expect(200).json();
    // One took it back, one found that done, and the one without a number stays.
    let expected =
        json!({ "accepted": 0, "updated": 1, "superseded": 0, "duplicate": 1, "rejected": 1 });
    assert_eq!(replayed, expected);
    assert_eq!(shop.sales("EUR", ["net", "orders"]).await, [json!("10.00"), json!(1)]);

    // Who opens a page takes nothing back.
    let about = json!({ "name": "page", "kind": "browser", "scopes": ["ingest"],
        "event_types": ["purchase"], "origins": ["https://shop.example"] });
    let browser = shop.app.create_key(&shop.owner, about).await["key"].as_str().unwrap().to_owned();
    let void = json!({ "purchase_id": "2", "currency": "EUR", "void": true });
    let refused = by_page(shop.app.post("/v1/purchases", void), &browser).send().await;
    assert_eq!(refused.expect(403).json()["field"], "void");
    assert_eq!(shop.sales("EUR", ["net"]).await, ["10.00"]);
}

/// A call of a page in a browser.
fn by_page<'a>(call: Call<'a>, key: &str) -> Call<'a> {
    call.key(key).header("origin", "https://shop.example")
}

#[tokio::test]
async fn a_later_time_is_remembered_where_nothing_else_changed() {
    let mut shop = Shop::open().await;
    let at = |total: &str, hour: u32| {
        json!({ "purchase_id": "1", "currency": "EUR", "total": total,
            "occurred_at": "2025-03-01T00:00:00Z", "updated_at": format!("2025-03-01T{hour:02}:00:00Z") })
    };
    let told = shop.send(&[at("10", 8), at("10", 10), at("99", 9), at("10", 10)]).await;
    let counts = ["accepted", "updated", "superseded", "duplicate"].map(|name| told[name].clone());
    assert_eq!(counts, [1, 1, 1, 1].map(Value::from));
    assert_eq!(shop.sales("EUR", ["net"]).await, ["10.00"]);
    // As it stands with the time of the order, so that no clock that is wrong locks it.
    let verdict = shop
        .send(&[json!({ "purchase_id": "1", "currency": "EUR", "total": "1",
            "occurred_at": "2025-03-01T00:00:00Z", "updated_at": "9999-01-01T00:00:00Z" })])
        .await;
    let rejected = &verdict["rejected"][0];
    assert_eq!(
        (&rejected["code"], &rejected["field"]),
        (&json!("out_of_range"), &json!("updated_at"))
    );
}

#[tokio::test]
async fn a_path_without_a_source_is_that_of_the_key() {
    let shop = Shop::open().await;
    let order = json!({ "purchase_id": "K1", "currency": "EUR", "total": "100", "occurred_at": "2025-03-01T00:00:00Z" });
    shop.app.post("/v1/purchases", order).key(&shop.key).send().await.expect(201);
    let about = json!({ "name": "till", "scopes": ["ingest", "read"], "source": "till" });
    let till = shop.app.create_key(&shop.owner, about).await["key"].as_str().unwrap().to_owned();
    let path = "/v1/purchases/-/K1";
    let own = json!({ "currency": "EUR", "total": "5", "occurred_at": "2025-03-01T00:00:00Z" });
    shop.app.delete(path).key(&till).send().await.expect(404);
    shop.app.put(path, own).key(&till).send().await.expect(201);
    let total = async |key: &str| {
        let shown = shop.app.get(path).key(key).send().await.expect(200).json();
        shown["purchase"]["total"].clone()
    };
    assert_eq!((total(&till).await, total(&shop.key).await), (json!("5.00"), json!("100.00")));
    shop.app.delete(path).key(&till).send().await.expect(204);
    assert_eq!((total(&till).await, total(&shop.key).await), (Value::Null, json!("100.00")));

    // A key for other events takes no purchase back.
    let about = json!({ "name": "form", "scopes": ["ingest"], "event_types": ["customer"] });
    let form = shop.app.create_key(&shop.owner, about).await["key"].as_str().unwrap().to_owned();
    shop.app.delete(path).key(&form).send().await.problem(403, "forbidden");
    assert_eq!(total(&shop.key).await, "100.00");
}

#[tokio::test]
async fn a_refund_that_is_only_asked_for_is_no_pending_order() {
    let mut shop = Shop::open().await;
    let of = |kind: &str, state: &str, total: &str| json!({ "kind": kind, "state": state, "currency": "EUR", "total": total, "occurred_at": "2025-03-01T00:00:00Z" });
    shop.accept(&[
        of("sale", "pending", "100"),
        of("refund", "pending", "30"),
        of("refund", "cancelled", "40"),
    ])
    .await;
    let told = shop.sales("EUR", ["pending_orders", "pending", "cancelled_orders", "cancelled"]);
    assert_eq!(told.await, [json!(1), json!("100.00"), json!(0), json!("0.00")]);
}

#[tokio::test]
async fn all_purchases_of_a_source_are_taken_back_in_one_call_and_those_of_others_stay() {
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let sale = |number: usize, source: Option<&str>| {
        json!({ "type": "purchase", "id": format!("01960000-0000-7000-8000-{number:012}"),
                "purchase_id": (number % 700).to_string(), "source": source, "currency": "EUR", "total": "1.50",
                "occurred_at": "2026-01-03T10:00:00Z", "customer_id": "c-1" })
    };
    let mut events: Vec<_> = (0..600).map(|number| sale(number, Some("sample"))).collect();
    events.extend((700..710).map(|number| sale(number, Some("shop"))));
    events.extend((1_400..1_403).map(|number| sale(number, None)));
    let batch = app.post("/v1/events", json!({ "events": events })).by(&owner).send().await;
    assert_eq!(batch.expect(200).json()["accepted"], 613);
    let net = async || {
        let path = "/v1/reports/sales?from=2026-01-01&to=2026-02-01&bucket=month";
        let report = app.get(path).by(&owner).send().await.expect(200).json();
        (report["rows"][0]["orders"].clone(), report["rows"][0]["net"].clone())
    };
    assert_eq!(net().await, (json!(613), json!("919.50")));
    let delete =
        async |source: &str| app.delete(&format!("/v1/purchases/{source}")).by(&owner).send().await;
    assert_eq!(delete("sample").await.expect(200).json(), json!({ "purchases": 600 }));
    assert_eq!(net().await, (json!(13), json!("19.50")));
    for gone in ["sample", "nothing-of-it"] {
        delete(gone).await.problem(404, "not_found");
    }
    // Those without a source are not all deleted by a slip.
    assert_eq!(delete("-").await.expect(400).json()["field"], "source");
    // A number of it is free again, and its past is told.
    let path = "/v1/purchases/sample/5";
    let again = json!({ "currency": "EUR", "total": "2", "occurred_at": "2026-01-04T10:00:00Z" });
    app.put(path, again).by(&owner).send().await.expect(201);
    assert_eq!(net().await, (json!(14), json!("21.50")));
    let shown = app.get(path).by(&owner).send().await.expect(200).json();
    // As it was, that it was taken back, and as it is.
    assert_eq!(shown["versions"].as_array().map(Vec::len), Some(3), "{shown}");
}

/// Bodies as an SDK sent them before orders had parts, byte for byte: what was valid then is stored, and
/// means what it meant.
#[tokio::test]
async fn what_an_older_sdk_sends_means_what_it_meant() {
    let shop = Shop::open().await;
    let sent = r#"{"sent_at":"2026-03-01T12:00:00.000Z","events":[
        {"type":"customer","id":"01960000-0000-7000-8000-000000000001","occurred_at":"2025-01-02T09:00:00.000Z","customer_id":"c-1","name":"Ada","email":"ada@example.com","consent":{"email":true}},
        {"type":"purchase","id":"01960000-0000-7000-8000-000000000002","occurred_at":"2025-01-02T10:00:00.000Z","purchase_id":"A-1","customer_id":"c-1","kind":"sale","currency":"EUR","items":[{"sku":"TEA","name":"Tea","quantity":2,"unit_price":"4.50"},{"sku":"fee","quantity":1,"unit_price":"3.9999"}],"channel":"web","country":"AT"},
        {"type":"purchase","id":"01960000-0000-7000-8000-000000000003","occurred_at":"2025-01-03T10:00:00.000Z","kind":"sale","currency":"EUR","total":"12.00"},
        {"type":"purchase","id":"01960000-0000-7000-8000-000000000004","occurred_at":"2025-01-04T10:00:00.000Z","purchase_id":"A-1-r","customer_id":"c-1","kind":"refund","currency":"EUR","total":"4.50","items":[{"sku":"TEA","quantity":1,"unit_price":"4.50"}]},
        {"type":"interaction","id":"01960000-0000-7000-8000-000000000005","occurred_at":"2025-01-05T10:00:00.000Z","customer_id":"c-1","kind":"call","direction":"inbound","subject":"Where is it?"}]}"#;
    let post = || async {
        let call = shop.app.call(axum::http::Method::POST, "/v1/events").key(&shop.key);
        call.header("content-type", "application/json").body(sent).send().await.expect(200).json()
    };
    assert_eq!(post().await, json!({ "accepted": 5, "duplicate": 0, "rejected": [] }));
    // It tells them apart by the fields that it knows.
    assert_eq!(post().await, json!({ "accepted": 0, "duplicate": 5, "rejected": [] }));
    let columns = ["gross", "discounts", "refunds", "net", "total", "orders"];
    let expected = ["24.9999", "0.00", "4.50", "20.4999", "20.4999"].map(|figure| json!(figure));
    let found = shop.sales("EUR", columns).await;
    assert_eq!((&found[..5], &found[5]), (&expected[..], &json!(2)));
    let fee = shop.row("products", "EUR", "fee").await;
    assert_eq!((&fee["quantity"], &fee["net"]), (&json!(1), &json!("3.9999")), "{fee}");
}

#[tokio::test]
async fn an_export_of_a_shop_with_two_currencies_a_refund_and_a_cancelled_order() {
    let mut shop = Shop::open().await;
    let order = |id: &str, customer: &str, currency: &str, items: Value, told: Value| {
        let mut order = json!({ "purchase_id": id, "customer_id": customer, "currency": currency,
            "occurred_at": "2025-01-02T10:00:00Z", "items": items });
        order.as_object_mut().unwrap().extend(told.as_object().unwrap().clone());
        order
    };
    let scarf = json!([{ "sku": "SC-1", "name": "Scarf", "unit_price": "50.00" }]);
    let two = json!([{ "name": "Sweater - L", "unit_price": "150.00" }, scarf[0].clone()]);
    let caps = json!([{ "sku": "CAP-1", "name": "Cap", "quantity": 2, "unit_price": "20.00" }]);
    let beside =
        json!({ "discount": "20.00", "shipping": "20.00", "tax": "0.00", "total": "200.00" });
    let back = json!({ "kind": "refund", "refund_of": "#1002", "total": "40.00" });
    shop.accept(&[
        order("#1001", "ann@example.com", "TRY", two, beside),
        order("#1002", "Bob@example.com", "USD", caps.clone(), json!({ "total": "40.00" })),
        order("#1002:refund", "Bob@example.com", "USD", caps, back),
        order("#1003", "bob@example.com", "TRY", scarf.clone(), json!({ "total": "50.00" })),
        order("#1004", "eve@example.com", "TRY", scarf, json!({ "state": "cancelled" })),
    ])
    .await;
    let lira = ["250.00", "20.00", "0.00", "230.00", "20.00", "0.00", "250.00"];
    assert_eq!(shop.sales("TRY", MONEY).await, lira.map(Value::from));
    let dollar = ["40.00", "0.00", "40.00", "0.00", "0.00", "0.00", "0.00"];
    assert_eq!(shop.sales("USD", MONEY).await, dollar.map(Value::from));
    let of = ["orders", "customers", "cancelled_orders", "cancelled"];
    assert_eq!(shop.sales("TRY", of).await, [json!(2), json!(2), json!(1), json!("50.00")]);
}

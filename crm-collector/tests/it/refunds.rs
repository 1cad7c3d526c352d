//! Refunds beside what they are of, whichever comes last.

use serde_json::{Value, json};

use crate::shop::Shop;

fn sale(id: &str, total: &str) -> Value {
    json!({ "purchase_id": id, "currency": "EUR", "total": total, "occurred_at": "2025-08-01T00:00:00Z" })
}

fn back(id: &str, of: &str, total: &str) -> Value {
    let mut refund = sale(id, total);
    (refund["kind"], refund["refund_of"]) = ("refund".into(), of.into());
    refund
}

fn with(mut purchase: Value, field: &str, value: impl Into<Value>) -> Value {
    purchase[field] = value.into();
    purchase
}

/// What is told of one purchase that is stored: code and field of each warning.
async fn told(shop: &mut Shop, purchase: Value) -> Vec<(String, String)> {
    let verdict = shop.send(&[purchase]).await;
    assert_eq!(verdict["rejected"], json!([]));
    let warnings = verdict["warnings"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    warnings.iter().map(|one| (text(&one["code"]), text(&one["field"]))).collect()
}

#[tokio::test]
async fn what_does_not_fit_between_a_sale_and_its_refunds_is_told_whichever_comes_last() {
    let mut shop = Shop::open().await;
    let replaced = |purchase: Value| with(purchase, "replace", true);
    let cases = [
        (back("r1", "1", "6"), Some(("unknown_purchase", "refund_of"))),
        (sale("1", "5"), Some(("refunded_too_much", "total"))),
        (replaced(sale("1", "6")), None),
        (replaced(sale("1", "5.99")), Some(("refunded_too_much", "total"))),
        // Nothing was paid that could be given back.
        (with(sale("2", "10"), "state", "pending"), None),
        (back("r2", "2", "10"), Some(("not_paid", "refund_of"))),
        (replaced(with(sale("2", "10"), "state", "cancelled")), Some(("not_paid", "state"))),
        (replaced(sale("2", "10")), None),
        (back("3", "3", "1"), Some(("not_paid", "refund_of"))),
        (back("r3", "r2", "1"), Some(("not_paid", "refund_of"))),
        // Numbers of two currencies are not compared.
        (sale("4", "100"), None),
        (with(back("r4", "4", "500"), "currency", "JPY"), Some(("other_currency", "currency"))),
        (replaced(sale("4", "90")), Some(("other_currency", "currency"))),
        (back("r5", "4", "90"), None),
        (back("r6", "4", "0.01"), Some(("refunded_too_much", "refund_of"))),
        // Nothing is given back yet.
        (sale("5", "1"), None),
        (with(back("r7", "5", "2"), "state", "pending"), None),
        // Of another shop.
        (with(sale("1", "1"), "source", "other"), None),
    ];
    for (number, (purchase, expected)) in cases.into_iter().enumerate() {
        let expected: Vec<_> =
            expected.iter().map(|(code, field)| (code.to_string(), field.to_string())).collect();
        assert_eq!(told(&mut shop, purchase.clone()).await, expected, "{number}: {purchase}");
    }
}

#[tokio::test]
async fn goods_that_come_back_cost_what_they_had_cost_when_they_were_sold() {
    let mut shop = Shop::open().await;
    let line = |sku: &str, quantity: u32, price: &str| json!({ "sku": sku, "quantity": quantity, "unit_price": price });
    let costing = |line: Value, cost: &str| with(line, "cost", cost);
    let order = json!({ "purchase_id": "1", "currency": "EUR", "occurred_at": "2025-08-01T00:00:00Z",
        "items": [costing(line("MUG", 2, "10"), "4"), costing(line("MUG", 1, "9"), "5"),
                  line("TEA", 1, "8")] });
    let of = |id: &str, of: &str, items: Value| {
        json!({ "purchase_id": id, "kind": "refund", "refund_of": of, "currency": "EUR",
            "occurred_at": "2025-08-02T00:00:00Z", "items": items })
    };
    let margin = async |shop: &Shop| shop.sales("EUR", ["cost", "margin"]).await;
    shop.accept(&[order]).await;
    assert_eq!(margin(&shop).await, ["13.00", "16.00"]);
    let first = of("r1", "1", json!([line("MUG", 1, "10"), line("TEA", 1, "8")]));
    shop.accept(std::slice::from_ref(&first)).await;
    assert_eq!(margin(&shop).await, ["9.00", "10.00"]);
    // Sent again as it was, it is the same.
    assert_eq!(shop.send(&[first]).await["duplicate"], 1);
    // At another price it is the line of that price.
    shop.accept(&[of("r2", "1", json!([line("MUG", 1, "9")]))]).await;
    assert_eq!(margin(&shop).await, ["4.00", "6.00"]);
    let shown = shop.app.get("/v1/purchases/-/1").key(&shop.key).send().await.expect(200).json();
    assert_eq!(shown["refunds"][0]["items"][0]["cost"], "5.00");
    // A cost that is told is that, and of what is not known nobody knows it.
    shop.accept(&[of("r3", "1", json!([costing(line("MUG", 1, "10"), "3")]))]).await;
    assert_eq!(margin(&shop).await, ["1.00", "-1.00"]);
    shop.send(&[of("r4", "9", json!([line("MUG", 1, "10")]))]).await;
    assert_eq!(margin(&shop).await, ["1.00", "-1.00"]);
}

/// An order with all its parts, of which everything is given back in one sum: nothing of it is left.
#[tokio::test]
async fn a_refund_of_all_that_was_paid_is_made_up_as_the_order_was() {
    let mut shop = Shop::open().await;
    let order = json!({ "purchase_id": "9", "customer_id": "c-1", "occurred_at": "2025-03-01T10:00:00Z",
        "currency": "EUR", "channel": "web", "country": "AT",
        "items": [{ "sku": "SHIRT", "quantity": 2, "unit_price": "30.00", "cost": "10.00" },
                  { "sku": "CAP", "quantity": 1, "unit_price": "12.00", "discount": "2.00", "cost": "4.00" }],
        "shipping": "5.00", "tax": "12.50", "tax_included": true, "total": "75.00" });
    let refund = json!({ "purchase_id": "9-r", "kind": "refund", "refund_of": "9", "currency": "EUR",
        "occurred_at": "2025-03-05T10:00:00Z", "total": "75.00" });
    shop.accept(&[order, refund.clone()]).await;
    let found = shop.sales("EUR", ["net", "shipping", "tax", "total"]).await;
    assert_eq!(found, ["0.00"; 4].map(|figure| json!(figure)));
    // Nothing is left that had a cost.
    let found = shop.sales("EUR", ["cost", "margin", "orders"]).await;
    assert_eq!(found, [Value::Null, Value::Null, json!(1)]);
    for (report, of) in
        [("products", "SHIRT"), ("products", "CAP"), ("countries", "AT"), ("channels", "web")]
    {
        let row = shop.row(report, "EUR", of).await;
        assert_eq!(row.get("net"), None, "{report}: {row}");
        assert!(row.get("refunds").is_some(), "{report}: {row}");
    }
    let customer = shop.row("customers", "EUR", "c-1").await;
    assert_eq!(customer.get("net"), None, "{customer}");
    // Told again, under another id, it is the same.
    let again = shop.send(std::slice::from_ref(&refund)).await;
    assert_eq!((&again["accepted"], &again["duplicate"]), (&json!(0), &json!(1)), "{again}");

    // Of a part, nobody knows of what; and a second refund of all is no refund of the order.
    let order = json!({ "purchase_id": "10", "customer_id": "c-2", "occurred_at": "2025-03-01T10:00:00Z",
        "currency": "EUR", "country": "AT", "shipping": "5.00", "total": "25.00",
        "items": [{ "sku": "MUG", "quantity": 2, "unit_price": "10.00", "cost": "3.00" }] });
    let part = json!({ "purchase_id": "10-r", "kind": "refund", "refund_of": "10", "currency": "EUR",
        "occurred_at": "2025-03-05T10:00:00Z", "total": "10.00" });
    let all = json!({ "purchase_id": "10-r2", "kind": "refund", "refund_of": "10", "currency": "EUR",
        "occurred_at": "2025-03-06T10:00:00Z", "total": "25.00" });
    let sent = shop.send(&[order, part, all]).await;
    assert_eq!(sent["accepted"], 3);
    assert_eq!(sent["warnings"][0]["code"], "refunded_too_much", "{sent}");
    assert_eq!(shop.sales("EUR", ["net", "shipping"]).await, [json!("-15.00"), json!("5.00")]);
    let mug = shop.row("products", "EUR", "MUG").await;
    assert_eq!(mug.get("refunds"), None, "{mug}");
    let country = shop.row("countries", "EUR", "AT").await;
    assert_eq!(country["net"], "-15.00", "both are of the country of their order");
}

//! Orders as shops have them, told in C: they are in the collector with all that was told of them.

use crm_tests::harness::examples::{assert_figures, events};
use crm_tests::harness::{Collector, Options};
use serde_json::{Value, json};

use crate::kit::{C, Installed, Linking, folder, succeed, test_program, valgrind};

#[test]
fn an_order_with_all_that_can_be_told_of_it_and_its_corrections_are_in_the_collector() {
    let folder = folder();
    let installed = Installed::get();
    let source = test_program("orders.c");
    let program = installed.compile(C, &source, Linking::Shared, folder.path());
    let collector = Collector::start(Options::new());
    let said = succeed(valgrind(&program).arg(collector.url()).arg(collector.key()));
    assert_eq!(said, "all expectations hold\n");

    let purchases = collector.get("/v1/purchases").expect(200).json();
    let purchases = purchases["purchases"].as_array().unwrap();
    assert_eq!(purchases.len(), 6);
    let stored = |id: &str| {
        let found = purchases.iter().find(|purchase| purchase["purchase_id"] == id).unwrap();
        assert_eq!(found["source"], "shop-c");
        found.clone()
    };
    let parts = json!({
        "gross": "19.90", "discounts": "2.90", "shipping": "4.90", "tax": "3.40", "tips": "1.00",
        "fees": "0.50", "gift_cards": "10.00", "rounding": "-0.02", "adjustment": "0.00",
    });
    let texts = stored("texts");
    assert_eq!([&texts["parts"], &stored("numbers")["parts"]], [&parts, &parts]);
    let fields = ["number", "state", "updated_at", "total", "payment_method", "coupons"];
    let told: Vec<_> = fields.iter().map(|field| texts[field].clone()).collect();
    let coupons = json!(["HELLO", "SPRING"]);
    let updated_at = "2023-03-02T00:00:00.000Z".to_owned();
    let expected: [Value; 6] =
        ["#1042".into(), "paid".into(), updated_at.into(), "36.78".into(), "card".into(), coupons];
    assert_eq!(told, expected);
    let attributes = json!({"note": "gift", "boxes": 2, "wrapped": true, "tags": [1]});
    assert_eq!(texts["attributes"], attributes);
    let mug = &texts["items"][0];
    let told = ["sku", "variant", "discount", "tax", "cost"].map(|field| mug[field].clone());
    assert_eq!(told, ["MUG-01", "blue", "1.90", "2.40", "3.10"]);
    let apples = &texts["items"][1];
    assert_eq!((&apples["name"], &apples["quantity"]), (&json!("Apples"), &json!(1.5)));
    assert_eq!(texts["items"][2]["kind"], "gift_card");

    let corrected = stored("corrected");
    let money = [&corrected["parts"]["gross"], &corrected["parts"]["tax"], &corrected["total"]];
    assert_eq!(money, ["10.00", "1.90", "11.90"]);
    let refund = stored("corrected-r1");
    assert_eq!((&refund["refund_of"], &refund["total"]), (&json!("corrected"), &json!("4.00")));
    assert_eq!(stored("cancelled")["state"], "cancelled");
    let ada = collector.get("/v1/customers/c-1").expect(200).json();
    assert_eq!((&ada["name"], &ada["email"]), (&json!("Ada"), &Value::Null));
    let timeline = collector.get("/v1/customers/c-1/timeline").expect(200).json();
    let entries = timeline["entries"].as_array().unwrap().iter();
    let notes: Vec<_> = entries.filter_map(|entry| entry["subject"].as_str()).collect();
    assert_eq!(notes, ["late parcel, found"]);
}

#[test]
fn what_a_program_in_c_tells_of_shops_games_and_invoices_comes_to_the_figures_by_hand() {
    let folder = folder();
    let installed = Installed::get();
    let source = test_program("what_to_send.c");
    let program = installed.compile(C, &source, Linking::Shared, folder.path());
    let collector = Collector::start(Options::new());
    let said = succeed(valgrind(&program).arg(collector.url()).arg(collector.key()));
    assert_eq!(said, "all expectations hold\n");
    let purchases = collector.get("/v1/purchases?limit=100").expect(200).json();
    // One of the examples takes the place of another, and one is paid later.
    assert_eq!(purchases["purchases"].as_array().unwrap().len(), events().len() - 2);
    assert_figures(&collector);
}

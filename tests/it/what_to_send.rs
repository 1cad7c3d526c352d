//! Shops, subscriptions, games, invoices, as the page of examples has them: sent by HTTP, by the SDK and
//! by the command line, they come to the figures that were worked out by hand, in every report.
//!
//! C and JavaScript send the same and are held to the same figures in `bindings`.

use std::time::Duration;

use crm_models::Event;
use crm_sdk::{Amount, Client, Currency, LineItem, LineKind, Purchase, Quantity, Timestamp};
use crm_tests::harness::examples::{assert_figures, events};
use crm_tests::harness::{Collector, Options};
use serde_json::{Value, json};

#[test]
fn by_http_the_examples_come_to_the_figures_by_hand_and_stay_so() {
    let mut collector = Collector::start(Options::new());
    let mut events = events();
    for (event, number) in events.iter_mut().zip(1..) {
        let id = format!("018e0000-0000-7000-8000-{number:012}");
        event.as_object_mut().unwrap().entry("id").or_insert(id.into());
    }
    let batch = json!({ "events": events });
    let verdict = collector.post("/v1/events", &batch).expect(200).json();
    let stored = events.len() - 2;
    let expected = json!({ "accepted": stored, "updated": 2, "duplicate": 0, "rejected": [] });
    assert_eq!(verdict, expected);
    assert_figures(&collector);

    // Sent again, as after an answer that was lost, they change nothing.
    let again = collector.post("/v1/events", &batch).expect(200).json();
    assert_eq!((&again["duplicate"], &again["accepted"]), (&json!(events.len()), &json!(0)));
    // Nor does it matter whether they are derived already: made anew, they are folded.
    collector.stop();
    collector.expect_command(&["check", "--rebuild"], "");
    collector.restart();
    assert_figures(&collector);
}

#[test]
fn by_the_sdk_the_examples_come_to_the_figures_by_hand() {
    let collector = Collector::start(Options::new());
    let client = Client::builder(collector.url(), collector.key()).build().unwrap();
    let mut count = 0;
    for purchase in purchases() {
        client.purchase(purchase).unwrap();
        count += 1;
    }
    assert!(client.shutdown(Duration::from_secs(60)).is_empty());
    let stats = client.stats();
    let told = [stats.accepted, stats.updated, stats.duplicate, stats.rejected, stats.warnings];
    assert_eq!(told, [count - 2, 2, 0, 0, 0]);
    assert_figures(&collector);
}

#[test]
fn by_the_command_line_the_examples_come_to_the_figures_by_hand() {
    let collector = Collector::start(Options::new());
    for (mut purchase, number) in events().into_iter().zip(1..) {
        let fields = purchase.as_object_mut().unwrap();
        fields.remove("type");
        // What takes the place of another has to have a number.
        fields.entry("purchase_id").or_insert(format!("no. {number}").into());
        collector.expect_command(&["purchase", "replace", "-"], &purchase.to_string());
    }
    assert_figures(&collector);
}

#[test]
fn the_purchases_that_the_sdk_makes_are_those_of_the_page() {
    let made: Vec<Value> =
        purchases().into_iter().map(|it| serde_json::to_value(Event::from(it)).unwrap()).collect();
    let read = |event| serde_json::from_value::<Event>(event).unwrap();
    let page: Vec<Value> =
        events().into_iter().map(|event| serde_json::to_value(read(event)).unwrap()).collect();
    assert_eq!(made, page);
}

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn quantity(text: &str) -> Quantity {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The examples, as a program in Rust tells them.
fn purchases() -> Vec<Purchase> {
    let mut all = vec![shop_that_adds_tax(), shop_with_tax_in_its_prices(), invoice()];
    all.extend(subscription());
    all.extend(game());
    all.extend(invoices_to_a_firm());
    all.extend([date_customer_and_amount(), postcards(), counter(), correction()]);
    all.extend(refunds());
    all.extend(two_shops());
    all
}

fn of_the_shop_that_adds_tax(purchase: Purchase) -> Purchase {
    purchase.purchase_id("5500112233").source("shopify-us").customer_id("700144")
}

fn shop_that_adds_tax() -> Purchase {
    let shirts = LineItem::new("TEE-M", 2, amount("29.99")).name("T-shirt").variant("M / navy");
    let mug = LineItem::new("MUG-01", 1, amount("14.50")).name("Mug").discount(amount("1.45"));
    of_the_shop_that_adds_tax(Purchase::sale(Currency::USD))
        .number("#1042")
        .occurred_at(at("2026-03-02T17:04:10-05:00"))
        .updated_at(at("2026-03-02T17:04:12-05:00"))
        .item(shirts.discount(amount("6.00")).cost(amount("11.20")))
        .item(mug)
        .discount(amount("7.45"))
        .shipping(amount("4.90"))
        .tax(amount("5.53"))
        .total(amount("77.46"))
        .coupon("WELCOME10")
        .payment_method("card")
        .channel("web")
        .country("US")
}

fn shop_with_tax_in_its_prices() -> Purchase {
    let tea = LineItem::new("TEA-250", 2, amount("23.80")).name("Assam, 250 g").category("Tea");
    let parcel = LineItem::of_kind(LineKind::Shipping, amount("5.95")).name("Parcel");
    let mut purchase = Purchase::sale(Currency::EUR)
        .purchase_id("8812")
        .source("woo-de")
        .customer_id("311")
        .occurred_at(at("2026-03-03T09:12:00+01:00"))
        .item(tea.discount(amount("5.00")).tax(amount("6.80")))
        .item(parcel.tax(amount("0.95")))
        .total(amount("48.55"))
        .coupon("SPRING5")
        .payment_method("paypal")
        .country("DE");
    purchase.tax_included = true;
    purchase
}

fn invoice() -> Purchase {
    Purchase::sale(Currency::EUR)
        .purchase_id("in_1PqR")
        .number("INV-0007")
        .source("stripe")
        .customer_id("cus_N9")
        .occurred_at(at("2026-03-01T00:00:00Z"))
        .item(LineItem::new("plan_pro", 1, amount("49.00")).name("Pro, monthly"))
        .item(LineItem::new("seat", 3, amount("9.00")).name("Seat"))
        .discount(amount("15.20"))
        .tax(amount("12.16"))
        .total(amount("72.96"))
}

fn subscription() -> [Purchase; 4] {
    let of = |kind: fn(Currency) -> Purchase, id: &str, time: &str| {
        kind(Currency::EUR).purchase_id(id).customer_id("u-17").occurred_at(at(time))
    };
    let basic = |pieces| LineItem::new("basic", quantity(pieces), amount("20.00")).name("Basic");
    let pro = LineItem::new("pro", 1, amount("30.00")).name("Pro");
    [
        of(Purchase::sale, "sub-17-2026-02", "2026-02-01T00:00:00Z").item(basic("1")),
        of(Purchase::sale, "sub-17-2026-03", "2026-03-01T00:00:00Z").item(basic("1")),
        of(Purchase::sale, "sub-17-upgrade", "2026-03-16T08:30:00Z")
            .item(pro)
            .item(basic("-0.5"))
            .total(amount("20.00")),
        of(Purchase::refund, "sub-17-refund", "2026-03-20T10:00:00Z")
            .refund_of("sub-17-upgrade")
            .total(amount("10.00")),
    ]
}

fn game() -> [Purchase; 2] {
    let gems = |pieces: u32, price| {
        LineItem::new("gems-500", pieces, amount(price)).name("500 gems").category("Gems")
    };
    [
        Purchase::sale(Currency::EUR)
            .purchase_id("GPA.3310")
            .source("game-android")
            .customer_id("player-81723")
            .occurred_at(at("2026-03-07T19:40:00Z"))
            .item(gems(2, "4.99"))
            .attribute("level", 31),
        Purchase::sale("JPY".parse().unwrap())
            .purchase_id("20000331")
            .source("game-ios")
            .customer_id("player-90210")
            .occurred_at(at("2026-03-08T20:02:00+09:00"))
            .item(gems(1, "600"))
            .attribute("level", 7),
    ]
}

fn invoices_to_a_firm() -> [Purchase; 4] {
    let of = |id: &str, time: &str, tax, total| {
        Purchase::sale(Currency::EUR)
            .purchase_id(id)
            .customer_id("acme")
            .occurred_at(at(time))
            .tax(amount(tax))
            .total(amount(total))
    };
    let hours = LineItem::named("Consulting, hours", quantity("12.5"), amount("96.00"));
    let licences = LineItem::new("LIC-9", 3, amount("250.00")).name("Licence");
    let first = of("2026-0031", "2026-03-05T00:00:00Z", "370.50", "2320.50")
        .item(hours)
        .item(licences.cost(amount("180.00")))
        .payment_method("transfer");
    [
        first.clone().pending().updated_at(at("2026-03-05T09:00:00Z")),
        first.updated_at(at("2026-03-19T14:20:00Z")),
        of("2026-0032", "2026-03-06T00:00:00Z", "19.00", "119.00")
            .cancelled()
            .updated_at(at("2026-03-07T08:00:00Z")),
        of("2026-0033", "2026-03-25T00:00:00Z", "38.00", "238.00").pending(),
    ]
}

fn date_customer_and_amount() -> Purchase {
    let mut purchase = Purchase::sale(Currency::EUR)
        .occurred_at(at("2026-03-04T12:00:00Z"))
        .customer_id("miller")
        .total(amount("42.00"));
    purchase.id = Some("018e0000-0000-7000-8000-00000000002a".parse().unwrap());
    purchase
}

fn postcards() -> Purchase {
    Purchase::sale(Currency::EUR)
        .occurred_at(at("2026-03-06T15:05:00Z"))
        .item(LineItem::named("Postcard", 3, amount("3.33")))
        .total(amount("10.00"))
}

fn counter() -> Purchase {
    Purchase::sale("CHF".parse().unwrap())
        .purchase_id("2-0417")
        .source("till")
        .occurred_at(at("2026-03-11T09:30:00+01:00"))
        .item(
            LineItem::named("Coffee beans, kg", quantity("0.3"), amount("32.40"))
                .category("Coffee"),
        )
        .item(LineItem::of_kind(LineKind::Fee, amount("0.30")).name("Bag"))
        .item(LineItem::of_kind(LineKind::GiftCard, amount("25.00")).name("Gift card"))
        .tip(amount("1.00"))
        .rounding(amount("-0.02"))
        .total(amount("36.00"))
        .payment_method("cash")
        .channel("store")
        .country("CH")
}

fn correction() -> Purchase {
    let shirts = LineItem::new("TEE-M", 2, amount("29.99")).name("T-shirt");
    of_the_shop_that_adds_tax(Purchase::sale(Currency::USD))
        .occurred_at(at("2026-03-02T17:04:10-05:00"))
        .replace()
        .item(shirts.discount(amount("6.00")))
        .tax(amount("4.45"))
        .total(amount("58.43"))
}

fn refunds() -> [Purchase; 2] {
    let of = |id: &str, time: &str| {
        of_the_shop_that_adds_tax(Purchase::refund(Currency::USD))
            .purchase_id(id)
            .refund_of("5500112233")
            .occurred_at(at(time))
    };
    let shirt = LineItem::new("TEE-M", 1, amount("29.99")).name("T-shirt");
    [
        of("5500112233-r1", "2026-03-09T11:00:00Z")
            .item(shirt.discount(amount("3.00")))
            .tax(amount("2.23"))
            .total(amount("29.22")),
        of("5500112233-r2", "2026-03-12T11:00:00Z").total(amount("5.00")),
    ]
}

fn two_shops() -> [Purchase; 2] {
    [
        ("shop-london", "2026-03-10T10:15:00Z", "12.00"),
        ("shop-leeds", "2026-03-10T16:40:00Z", "8.50"),
    ]
    .map(|(source, time, total)| {
        Purchase::sale(Currency::GBP)
            .source(source)
            .purchase_id("1001")
            .occurred_at(at(time))
            .total(amount(total))
    })
}

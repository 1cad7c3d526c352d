//! Lists of the client base as tables, for who asks in words: customers, purchases, what happened with somebody.

use std::borrow::Cow;

use chrono_tz::Tz;
use crm_api::answer::{
    Customer, Interaction, Purchase, PurchaseDetail, TimelineEntry, Unit, Value, Worth,
};
use crm_api::question::Answer;
use serde::Serialize;

use super::Sheet;
use super::sheet::{columns, grouped};

/// An answer about the client base as rows and columns; nothing for all others.
pub(super) fn listed(answer: &Answer, timezone: Tz) -> Option<Sheet<'static>> {
    Some(match answer {
        Answer::FindCustomers(page) => customers(&page.customers, timezone),
        Answer::Customer(detail) => worth(&detail.worth, timezone),
        Answer::Timeline(page) => timeline(&page.entries, timezone),
        Answer::Purchases(page) => purchases(page.purchases.iter(), timezone),
        Answer::Purchase(detail) => lines(detail, timezone),
        _ => return None,
    })
}

fn sheet(
    title: &str,
    of: &[(&'static str, Unit)],
    rows: Vec<Vec<Value>>,
    timezone: Tz,
) -> Sheet<'static> {
    Sheet {
        title: format!("{title} ({timezone})"),
        timezone,
        currency: None,
        columns: columns(of),
        rows: Cow::Owned(rows),
        totals: Cow::Borrowed(&[]),
        omitted_rows: 0,
        when_empty: "nothing",
        notes: Vec::new(),
        spare: &["email", "channel", "country"],
    }
}

fn text(text: Option<&str>) -> Value {
    text.map_or(Value::None, |text| Value::Text(text.to_owned()))
}

/// A word of the wire.
fn word(of: &impl Serialize) -> Value {
    let word = serde_json::to_value(of).ok();
    word.as_ref().and_then(|word| word.as_str()).map_or(Value::None, |word| text(Some(word)))
}

/// Money with its currency, as rows may differ in it.
fn amount(amount: impl ToString, currency: crm_models::Currency) -> Value {
    Value::Text(format!("{} {currency}", grouped(&amount.to_string())))
}

fn customers(customers: &[Customer], timezone: Tz) -> Sheet<'static> {
    let row = |one: &Customer| {
        vec![
            text(Some(&one.customer_id)),
            text(one.name.as_deref()),
            text(one.email.as_deref()),
            text(one.phone.as_deref()),
            text(one.country.as_deref()),
        ]
    };
    let of = ["customer_id", "name", "email", "phone", "country"].map(|name| (name, Unit::Text));
    sheet("customers", &of, customers.iter().map(row).collect(), timezone)
}

fn worth(worth: &[Worth], timezone: Tz) -> Sheet<'static> {
    let row = |one: &Worth| {
        vec![
            amount(one.net, one.currency),
            amount(one.refunds, one.currency),
            Value::Count(one.orders),
            one.first_order.map_or(Value::None, Value::Time),
            one.last_order.map_or(Value::None, Value::Time),
        ]
    };
    let of = [
        ("net", Unit::Text),
        ("refunds", Unit::Text),
        ("orders", Unit::Count),
        ("first_order", Unit::Time),
        ("last_order", Unit::Time),
    ];
    sheet("what was bought", &of, worth.iter().map(row).collect(), timezone)
}

fn purchases<'a>(purchases: impl Iterator<Item = &'a Purchase>, timezone: Tz) -> Sheet<'static> {
    let row = |one: &Purchase| {
        vec![
            text(one.number.as_deref().or(one.purchase_id.as_deref())),
            Value::Time(one.occurred_at),
            text(one.customer_id.as_deref()),
            word(&one.kind),
            text(one.country.as_deref()),
            text(one.channel.as_deref()),
            amount(one.total, one.currency),
        ]
    };
    let of = [
        ("number", Unit::Text),
        ("occurred_at", Unit::Time),
        ("customer_id", Unit::Text),
        ("kind", Unit::Text),
        ("country", Unit::Text),
        ("channel", Unit::Text),
        ("total", Unit::Text),
    ];
    sheet("purchases, the latest first", &of, purchases.map(row).collect(), timezone)
}

fn timeline(entries: &[TimelineEntry], timezone: Tz) -> Sheet<'static> {
    let row = |entry: &TimelineEntry| match entry {
        TimelineEntry::Purchase(one) => vec![
            Value::Time(one.occurred_at),
            word(&one.kind),
            text(one.number.as_deref().or(one.purchase_id.as_deref())),
            text(one.items.first().and_then(|item| item.name.as_deref().or(item.sku.as_deref()))),
            amount(one.total, one.currency),
        ],
        TimelineEntry::Interaction(one) => of_interaction(one),
    };
    let of = [
        ("occurred_at", Unit::Time),
        ("kind", Unit::Text),
        ("number", Unit::Text),
        ("name", Unit::Text),
        ("total", Unit::Text),
    ];
    sheet("what happened, the latest first", &of, entries.iter().map(row).collect(), timezone)
}

fn of_interaction(one: &Interaction) -> Vec<Value> {
    vec![
        Value::Time(one.occurred_at),
        word(&one.kind),
        Value::None,
        text(one.subject.as_deref()),
        Value::None,
    ]
}

fn lines(detail: &PurchaseDetail, timezone: Tz) -> Sheet<'static> {
    let purchase = detail.purchase.as_ref();
    let rows = purchase.into_iter().flat_map(|purchase| {
        purchase.items.iter().map(|item| {
            vec![
                text(item.sku.as_deref()),
                text(item.name.as_deref()),
                Value::Text(item.quantity.to_string()),
                amount(item.unit_price, purchase.currency),
                amount(item.amount, purchase.currency),
            ]
        })
    });
    let of = ["sku", "name", "quantity", "unit_price", "amount"].map(|name| (name, Unit::Text));
    sheet("lines of the order", &of, rows.collect(), timezone)
}

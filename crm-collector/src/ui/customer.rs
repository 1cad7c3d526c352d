//! One customer: who it is, what is expected of them in words, and what happened, the latest first.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use crm_api::answer::{CustomerDetail, CustomerValues, NextItems, Reason, TimelineEntry, Worth};
use crm_api::{PageSize, question};
use crm_models::{InteractionKind, PurchaseKind, State as OrderState};
use serde::Deserialize;

use super::asking::{ask, ask_soon};
use super::customers::{Badge, value_of};
use super::orders;
use super::shell::{Nav, Shell};
use super::visitor::Visitor;
use super::{link, page, recommendations};
use crate::http::{ApiResult, Path, Query, Services};
use crate::locale::Marked;

/// Entries of the timeline a page.
const ENTRIES: usize = 20;
/// Products that are told.
const PRODUCTS: usize = 5;
/// Fields that hosts made up, at the most; the API has them all.
const ATTRIBUTES: usize = 24;

pub(super) fn routes() -> Router<Services> {
    Router::new().route("/customers/{id}", get(show))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    after: Option<String>,
}

/// A figure with its name and what belongs to it.
struct Fact {
    name: String,
    value: Marked,
    about: String,
}

/// What is known or expected, by its name.
struct Row {
    name: String,
    value: String,
}

/// A product that is likely to be bought, and why.
struct Product {
    name: String,
    reason: String,
}

/// One thing that happened.
struct Entry {
    class: &'static str,
    title: String,
    address: Option<String>,
    text: String,
    time: Marked,
    amount: Option<String>,
    is_negative: bool,
    state: Option<Badge>,
}

#[derive(Template)]
#[template(path = "customer.html")]
struct Shown {
    s: Shell,
    name: String,
    stage: Option<Badge>,
    who: Vec<String>,
    say: Marked,
    facts: Vec<Fact>,
    expected: Vec<Row>,
    expected_note: String,
    is_computing: bool,
    advice: Vec<recommendations::Item>,
    products: Vec<Product>,
    about: Vec<Row>,
    entries: Vec<Entry>,
    earlier: Option<String>,
    latest: Option<String>,
}

async fn show(
    State(services): State<Services>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> ApiResult<Response> {
    let access = visitor.reads()?;
    let mut s = Shell::new(&visitor, Nav::Customers, "nav-customers");
    let question = question::Customer { customer_id: id.clone() };
    let customer = ask(&services, &access, question).await?;
    let value = value_of(&services, &access, &id).await?;
    let next = question::Next { customer_id: id.clone(), limit: PRODUCTS, ..Default::default() };
    let next = ask_soon(&services, &access, next).await?;
    let advice = question::Recommendations {
        customer_id: Some(id.clone()),
        language: recommendations::language(&s),
        ..Default::default()
    };
    let advice = ask_soon(&services, &access, advice).await?;
    let timeline = question::Timeline {
        customer_id: id.clone(),
        after: asked.after.clone(),
        limit: PageSize::at_most(ENTRIES),
    };
    let timeline = ask(&services, &access, timeline).await?;

    let who = &customer.customer;
    let name = who.name.clone().unwrap_or_else(|| id.clone());
    s.title.clone_from(&name);
    let known = value.as_deref().and_then(|values| values.customers.first());
    let since = s.x("customer-since", &s.locale.day_long(s.locale.day_of(who.created_at)));
    let mut line = vec![id.clone()];
    line.extend([&who.email, &who.phone, &who.country].into_iter().flatten().cloned());
    line.push(since);
    let here = link::customer(&id);
    let page = Shown {
        stage: known.map(|value| Badge::of_stage(&s, &value.stage)),
        say: say(&s, &customer, value.as_deref()),
        facts: customer.worth.first().map(|worth| facts(&s, worth)).unwrap_or_default(),
        expected: value.as_deref().map(|values| expected(&s, values)).unwrap_or_default(),
        expected_note: value.as_deref().map(|values| note(&s, values)).unwrap_or_default(),
        is_computing: value.is_none(),
        advice: advice.as_deref().map(|all| recommendations::items(&s, all)).unwrap_or_default(),
        products: next.as_deref().map(|next| products(&s, next)).unwrap_or_default(),
        about: about(&s, &customer),
        entries: timeline.entries.iter().map(|one| entry(&s, one)).collect(),
        earlier: timeline
            .next_after
            .as_deref()
            .map(|after| link::with_query(&here, &[("after", Some(after))])),
        latest: asked.after.is_some().then_some(here),
        who: line,
        name,
        s,
    };
    page::page(&page)
}

/// One sentence: how often, how long ago, how likely to come back.
fn say(s: &Shell, customer: &CustomerDetail, values: Option<&CustomerValues>) -> Marked {
    let value = values.and_then(|values| values.customers.first());
    let Some(value) = value else {
        return match customer.worth.iter().any(|worth| worth.orders > 0) {
            true => s.marked("customer-say-bought", &[]),
            false => s.marked("customer-say-never", &[]),
        };
    };
    let ago = value.last_purchase.map(|day| s.locale.ago(day)).unwrap_or_default();
    let chance = s.locale.percent(value.p_alive);
    let span = value.first_purchase.zip(value.last_purchase);
    let span = span.map_or(0, |(first, last)| (last - first).num_days());
    match i64::from(value.purchase_days) {
        0 | 1 => s.marked("customer-say-once", &[("ago", ago.into()), ("chance", chance.into())]),
        purchases => {
            let every = (span + (purchases - 1) / 2) / (purchases - 1);
            let args = [("n", every.max(1).into()), ("ago", ago.into()), ("chance", chance.into())];
            s.marked("customer-say-often", &args)
        }
    }
}

fn facts(s: &Shell, worth: &Worth) -> Vec<Fact> {
    let (locale, currency) = (&s.locale, worth.currency);
    let count = |n: i64| Marked::text(&locale.number(n));
    let mut facts = vec![
        Fact {
            name: s.t("col-spent"),
            value: locale.money_figure(worth.net, currency),
            about: s.x("customer-gross", &locale.money(worth.sold, currency)),
        },
        Fact {
            name: s.t("fact-orders"),
            value: count(worth.orders),
            about: worth
                .first_order
                .map(|at| s.x("fact-first", &locale.day(locale.day_of(at))))
                .unwrap_or_default(),
        },
    ];
    if let Some(average) = worth.average_order {
        let value = locale.money_figure(average, currency);
        facts.push(Fact { name: s.t("fact-average"), value, about: String::new() });
    }
    facts.push(Fact {
        name: s.t("fact-refunds"),
        value: locale.money_figure(worth.refunds, currency),
        about: s.n("fact-refund-count", worth.refund_orders),
    });
    facts
}

fn expected(s: &Shell, values: &CustomerValues) -> Vec<Row> {
    let Some(value) = values.customers.first() else { return Vec::new() };
    let locale = &s.locale;
    let row = |key, value| Row { name: s.t(key), value };
    let mut rows = vec![row("col-alive", locale.percent(value.p_alive))];
    if let Some(day) = value.next_purchase {
        rows.push(row("expected-next", locale.day_long(day)));
    }
    rows.push(row("expected-days", locale.decimals(value.expected_purchase_days, 1)));
    rows.push(row("expected-value", locale.estimate(value.expected_value, values.currency)));
    if let Some(band) = value.bands.first() {
        let text = s.locale.with(
            "expected-band",
            &[
                ("low", locale.estimate(band.lower, values.currency).into()),
                ("high", locale.estimate(band.upper, values.currency).into()),
            ],
        );
        rows.push(row("expected-band-name", text));
    }
    rows
}

/// What the expectations are made from.
fn note(s: &Shell, values: &CustomerValues) -> String {
    match values.customers.is_empty() {
        true => s.t("expected-nothing"),
        false => {
            let given = i64::try_from(values.model.given).unwrap_or(i64::MAX);
            let day = s.locale.day_long(values.as_of);
            let days = i64::from(values.horizon_days);
            s.locale.with(
                "expected-note",
                &[("n", given.into()), ("day", day.into()), ("days", days.into())],
            )
        }
    }
}

fn products(s: &Shell, next: &NextItems) -> Vec<Product> {
    let items = next.items.iter();
    items
        .map(|item| Product {
            name: item.name.clone().unwrap_or_else(|| item.sku.clone()),
            reason: reason(s, &item.reason_code),
        })
        .collect()
}

/// Why a product comes next, in words.
fn reason(s: &Shell, reason: &Reason) -> String {
    match reason {
        Reason::Bought { days, last_on } => {
            let day = s.locale.day(*last_on);
            s.locale.with("reason-bought", &[("n", (*days).into()), ("day", day.into())])
        }
        Reason::Together { sku, name, lift } => {
            let (lift, name) = (s.locale.decimals(*lift, 1), name.as_ref().unwrap_or(sku));
            let args = [("lift", lift.into()), ("name", name.as_str().into())];
            s.locale.with("reason-together", &args)
        }
        Reason::Beside { sku, name } => {
            let name = name.as_ref().unwrap_or(sku);
            s.locale.with("reason-beside", &[("name", name.as_str().into())])
        }
        Reason::Popular { baskets, days } => {
            let args = [("n", (*baskets).into()), ("days", (*days).into())];
            s.locale.with("reason-popular", &args)
        }
    }
}

fn kind(s: &Shell, kind: InteractionKind) -> String {
    s.t(match kind {
        InteractionKind::Visit => "kind-visit",
        InteractionKind::Email => "kind-email",
        InteractionKind::Call => "kind-call",
        InteractionKind::Chat => "kind-chat",
        InteractionKind::Ticket => "kind-ticket",
        InteractionKind::Campaign => "kind-campaign",
        InteractionKind::Note => "kind-note",
        InteractionKind::Custom => "kind-custom",
    })
}

/// What else the host said, and what the customer agreed to.
fn about(s: &Shell, customer: &CustomerDetail) -> Vec<Row> {
    let customer = &customer.customer;
    let consent = customer.consent.iter().map(|(what, agreed)| Row {
        name: what.clone(),
        value: if *agreed { s.t("consent-yes") } else { s.t("consent-no") },
    });
    let read = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>;
    let attributes = read(customer.attributes.get()).unwrap_or_default();
    let attributes = attributes.into_iter().take(ATTRIBUTES).map(|(name, value)| Row {
        name,
        value: match value {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        },
    });
    consent.chain(attributes).collect()
}

fn entry(s: &Shell, entry: &TimelineEntry) -> Entry {
    match entry {
        TimelineEntry::Purchase(purchase) => {
            let is_refund = purchase.kind == PurchaseKind::Refund;
            let (title, address) = orders::name_of(s, purchase);
            let amount = s.locale.amount(purchase.total, purchase.currency);
            Entry {
                class: match (is_refund, purchase.state) {
                    (true, _) => "ref",
                    (false, OrderState::Paid) => "buy",
                    (false, _) => "",
                },
                title,
                address,
                text: orders::items_of(s, purchase),
                time: s.locale.time(purchase.occurred_at),
                amount: Some(if is_refund { format!("−{amount}") } else { amount }),
                is_negative: is_refund,
                state: (purchase.state != OrderState::Paid).then(|| orders::badge(s, purchase)),
            }
        }
        TimelineEntry::Interaction(one) => {
            let texts = [&one.subject, &one.text].into_iter().flatten();
            let text = texts.map(|text| cut(text)).collect::<Vec<_>>().join(" · ");
            Entry {
                class: "",
                title: kind(s, one.kind),
                address: None,
                text,
                time: s.locale.time(one.occurred_at),
                amount: None,
                is_negative: false,
                state: None,
            }
        }
    }
}

/// The beginning of a text that may be a whole letter.
pub(super) fn cut(text: &str) -> String {
    const CHARACTERS: usize = 280;
    let mut characters = text.chars();
    let mut start: String = characters.by_ref().take(CHARACTERS).collect();
    if characters.next().is_some() {
        start.push('…');
    }
    start
}

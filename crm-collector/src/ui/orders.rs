//! The orders, the latest first, and one order with what was given back for it and what it was before.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use crm_api::answer::{LineItem, Purchase, PurchaseVersion};
use crm_api::{Moment, PageSize, question};
use crm_models::{Amount, LineKind, PurchaseKind, State as OrderState};
use serde::Deserialize;

use super::asking::ask;
use super::customers::Badge;
use super::shell::{Nav, Shell};
use super::visitor::Visitor;
use super::{link, page};
use crate::auth::Access;
use crate::auth::right::Read;
use crate::http::{ApiResult, Path, Query, Services};
use crate::locale::Marked;

/// Orders a page.
const SHOWN: usize = 25;
/// Products that a line of the list names.
const NAMED: usize = 2;

pub(super) fn routes() -> Router<Services> {
    Router::new().route("/orders", get(list)).route("/orders/{source}/{number}", get(show))
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    purchase_id: Option<String>,
    from: Option<String>,
    to: Option<String>,
    country: Option<String>,
    channel: Option<String>,
    sku: Option<String>,
    after: Option<String>,
}

/// A field of a form that was left empty asks for nothing.
fn given(field: &Option<String>) -> Option<String> {
    field.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

impl Asked {
    fn question(&self) -> Result<question::Purchases, crm_models::Invalid> {
        let moment = |name,
                      field: &Option<String>|
         -> Result<Option<Moment>, crm_models::Invalid> {
            let Some(text) = given(field) else { return Ok(None) };
            let read = text.parse::<Moment>();
            let invalid =
                |_| crm_models::Invalid::new(crm_models::Code::InvalidField, name, String::new());
            read.map(Some).map_err(invalid)
        };
        Ok(question::Purchases {
            purchase_id: given(&self.purchase_id),
            from: moment("from", &self.from)?,
            to: moment("to", &self.to)?,
            sku: given(&self.sku),
            country: given(&self.country),
            channel: given(&self.channel),
            after: self.after.clone(),
            limit: PageSize::at_most(SHOWN),
            ..question::Purchases::default()
        })
    }

    fn address(&self, after: Option<&str>) -> String {
        let pairs = [
            ("purchase_id", self.purchase_id.as_deref()),
            ("from", self.from.as_deref()),
            ("to", self.to.as_deref()),
            ("country", self.country.as_deref()),
            ("channel", self.channel.as_deref()),
            ("sku", self.sku.as_deref()),
            ("after", after),
        ];
        link::with_query("/orders", &pairs)
    }

    fn is_filtered(&self) -> bool {
        let fields =
            [&self.purchase_id, &self.from, &self.to, &self.country, &self.channel, &self.sku];
        fields.into_iter().any(|field| given(field).is_some())
    }
}

/// An order in the list.
struct Row {
    title: String,
    address: Option<String>,
    items: String,
    time: Marked,
    who: Option<Who>,
    state: Badge,
    amount: String,
    is_negative: bool,
}

/// Whose order it is.
struct Who {
    name: String,
    address: String,
}

/// A field of the filter.
struct Filter {
    name: &'static str,
    label: String,
    kind: &'static str,
    value: String,
}

#[derive(Template)]
#[template(path = "orders.html")]
struct List {
    s: Shell,
    filters: Vec<Filter>,
    is_filtered: bool,
    wrong: Option<String>,
    rows: Vec<Row>,
    next: Option<String>,
    first: Option<String>,
    may_connect: bool,
}

async fn list(
    State(services): State<Services>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> ApiResult<Response> {
    let access = visitor.reads()?;
    let s = Shell::new(&visitor, Nav::Orders, "nav-orders");
    let (mut rows, mut next, mut wrong) = (Vec::new(), None, None);
    match asked.question() {
        Ok(question) => {
            let found = ask(&services, &access, question).await?;
            let names = names(&services, &access, &found.purchases).await?;
            rows = found.purchases.iter().map(|one| row(&s, one, &names)).collect();
            next = found.next_after.as_deref().map(|after| asked.address(Some(after)));
        }
        Err(_) => wrong = Some(s.t("orders-wrong-day")),
    }
    let filter = |name, key, kind, value: &Option<String>| Filter {
        name,
        label: s.t(key),
        kind,
        value: value.clone().unwrap_or_default(),
    };
    let filters = vec![
        filter("purchase_id", "filter-number", "search", &asked.purchase_id),
        filter("from", "filter-from", "date", &asked.from),
        filter("to", "filter-to", "date", &asked.to),
        filter("country", "filter-country", "text", &asked.country),
        filter("channel", "filter-channel", "text", &asked.channel),
        filter("sku", "filter-sku", "text", &asked.sku),
    ];
    let page = List {
        filters,
        is_filtered: asked.is_filtered(),
        wrong,
        rows,
        next,
        first: asked.after.is_some().then(|| asked.address(None)),
        may_connect: visitor.owns(),
        s,
    };
    page::page(&page)
}

/// The names of the customers of some orders, by their ids.
pub(super) async fn names(
    services: &Services,
    access: &Access<Read>,
    purchases: &[Purchase],
) -> ApiResult<BTreeMap<String, String>> {
    let mut names = BTreeMap::new();
    for id in purchases.iter().filter_map(|purchase| purchase.customer_id.as_ref()) {
        if names.contains_key(id) {
            continue;
        }
        let question = question::FindCustomers {
            customer_id: Some(id.clone()),
            limit: PageSize::at_most(1),
            ..question::FindCustomers::default()
        };
        let found = ask(services, access, question).await?;
        let name = found.customers.first().and_then(|customer| customer.name.clone());
        names.insert(id.clone(), name.unwrap_or_else(|| id.clone()));
    }
    Ok(names)
}

fn row(s: &Shell, purchase: &Purchase, names: &BTreeMap<String, String>) -> Row {
    let (title, address) = name_of(s, purchase);
    let is_refund = purchase.kind == PurchaseKind::Refund;
    let amount = s.locale.amount(purchase.total, purchase.currency);
    Row {
        title,
        address,
        items: items_of(s, purchase),
        time: s.locale.time(purchase.occurred_at),
        who: who(purchase, names),
        state: badge(s, purchase),
        amount: if is_refund { format!("−{amount}") } else { amount },
        is_negative: is_refund,
    }
}

fn who(purchase: &Purchase, names: &BTreeMap<String, String>) -> Option<Who> {
    let id = purchase.customer_id.as_ref()?;
    let name = names.get(id).unwrap_or(id).clone();
    Some(Who { name, address: link::customer(id) })
}

/// What a purchase is called, and the address of its page where it has a number.
pub(super) fn name_of(s: &Shell, purchase: &Purchase) -> (String, Option<String>) {
    let number = purchase.number.as_ref().or(purchase.purchase_id.as_ref());
    let title = match (purchase.kind, number) {
        (PurchaseKind::Sale, Some(number)) => s.x("order-of", number),
        (PurchaseKind::Sale, None) => s.t("order-without"),
        (PurchaseKind::Refund, Some(number)) => s.x("refund-of", number),
        (PurchaseKind::Refund, None) => s.t("refund-without"),
    };
    let id = purchase.purchase_id.as_deref();
    (title, id.map(|id| link::order(purchase.source.as_deref(), id)))
}

/// What was bought, in a line.
pub(super) fn items_of(s: &Shell, purchase: &Purchase) -> String {
    let products: Vec<_> =
        purchase.items.iter().filter(|item| item.kind == LineKind::Product).collect();
    let named = products.iter().take(NAMED).map(|item| product_of(item));
    let mut text = named.collect::<Vec<_>>().join(", ");
    if products.len() > NAMED {
        text.push_str(&s.n("and-more", products.len() - NAMED));
    }
    text
}

fn product_of(item: &LineItem) -> String {
    item.name.clone().or_else(|| item.sku.clone()).unwrap_or_default()
}

/// Where an order stands.
pub(super) fn badge(s: &Shell, purchase: &Purchase) -> Badge {
    let (class, dot, key) = match (purchase.kind, purchase.state) {
        (PurchaseKind::Refund, OrderState::Paid) => ("no", "ring", "state-refunded"),
        (_, OrderState::Paid) => ("ok", "", "state-paid"),
        (_, OrderState::Pending) => ("wait", "ring", "state-pending"),
        (_, OrderState::Cancelled) => ("", "ring", "state-cancelled"),
    };
    Badge { class, dot, text: s.t(key) }
}

/// A line of an order.
struct Line {
    name: String,
    sub: String,
    quantity: String,
    price: String,
    amount: String,
}

/// A sum, by its name.
struct Sum {
    name: String,
    amount: String,
}

/// How an order was before.
struct Version {
    time: Marked,
    who: String,
    about: String,
}

#[derive(Template)]
#[template(path = "order.html")]
struct Shown {
    s: Shell,
    state: Option<Badge>,
    who: Option<Who>,
    about: Vec<String>,
    time: Option<Marked>,
    total: Option<Marked>,
    lines: Vec<Line>,
    sums: Vec<Sum>,
    refunds: Vec<Row>,
    versions: Vec<Version>,
    earlier: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Past {
    after: Option<String>,
}

async fn show(
    State(services): State<Services>,
    visitor: Visitor,
    Path((source, number)): Path<(String, String)>,
    Query(past): Query<Past>,
) -> ApiResult<Response> {
    let access = visitor.reads()?;
    let mut s = Shell::new(&visitor, Nav::Orders, "nav-orders");
    let here = format!("/orders/{}/{}", link::segment(&source), link::segment(&number));
    let question = question::Purchase {
        source,
        purchase_id: number.clone(),
        after: past.after,
        limit: PageSize::at_most(SHOWN),
    };
    let found = ask(&services, &access, question).await?;
    let mut of_interest = found.refunds.clone();
    of_interest.extend(found.purchase.clone());
    let names = names(&services, &access, &of_interest).await?;
    let purchase = found.purchase.as_ref();
    s.title = match purchase {
        Some(purchase) => name_of(&s, purchase).0,
        None => s.x("order-of", &number),
    };
    let page = Shown {
        state: purchase.map(|one| badge(&s, one)),
        who: purchase.and_then(|one| who(one, &names)),
        about: purchase.map(about).unwrap_or_default(),
        time: purchase.map(|one| s.locale.time(one.occurred_at)),
        total: purchase.map(|one| s.locale.money_figure(one.total.into(), one.currency)),
        lines: purchase.map(|one| lines(&s, one)).unwrap_or_default(),
        sums: purchase.map(|one| sums(&s, one)).unwrap_or_default(),
        refunds: found.refunds.iter().map(|one| row(&s, one, &names)).collect(),
        versions: match found.versions.len() {
            0 | 1 => Vec::new(),
            _ => found.versions.iter().rev().map(|one| version(&s, one)).collect(),
        },
        earlier: found
            .next_after
            .as_deref()
            .map(|after| link::with_query(&here, &[("after", Some(after))])),
        s,
    };
    page::page(&page)
}

/// Where it came from, and how it was paid.
fn about(purchase: &Purchase) -> Vec<String> {
    let Purchase { source, channel, country, payment_method, .. } = purchase;
    [source, channel, country, payment_method].into_iter().flatten().cloned().collect()
}

fn lines(s: &Shell, purchase: &Purchase) -> Vec<Line> {
    let money = |amount: Amount| s.locale.amount(amount, purchase.currency);
    let line = |item: &LineItem| {
        let kind = match item.kind {
            LineKind::Product => None,
            LineKind::Discount => Some("line-discount"),
            LineKind::Shipping => Some("line-shipping"),
            LineKind::Fee => Some("line-fee"),
            LineKind::Tip => Some("line-tip"),
            LineKind::GiftCard => Some("line-gift-card"),
        };
        let name = product_of(item);
        let sub = [&item.sku, &item.variant, &item.category].into_iter().flatten();
        let sub = sub.filter(|text| **text != name).cloned().collect::<Vec<_>>().join(" · ");
        Line {
            name: match kind {
                Some(key) if name.is_empty() => s.t(key),
                _ => name,
            },
            sub,
            quantity: quantity(s, item),
            price: money(item.unit_price),
            amount: money(item.amount),
        }
    };
    purchase.items.iter().map(line).collect()
}

fn quantity(s: &Shell, item: &LineItem) -> String {
    match item.quantity.whole() {
        Some(whole) => s.locale.number(whole),
        #[expect(clippy::cast_precision_loss, reason = "shown with three decimals")]
        None => s.locale.decimals(item.quantity.ten_thousandths() as f64 / 1e4, 3),
    }
}

/// What its money is made of: the parts that are not nothing.
fn sums(s: &Shell, purchase: &Purchase) -> Vec<Sum> {
    let parts = &purchase.parts;
    let nothing = Amount::from_ten_thousandths(0);
    let rows = [
        ("sum-gross", parts.gross, false),
        ("sum-discounts", parts.discounts, true),
        ("sum-shipping", parts.shipping, false),
        ("sum-tax", parts.tax, false),
        ("sum-tips", parts.tips, false),
        ("sum-fees", parts.fees, false),
        ("sum-gift-cards", parts.gift_cards, false),
        ("sum-rounding", parts.rounding, false),
        ("sum-adjustment", parts.adjustment, false),
    ];
    let there = rows.into_iter().filter(|(_, amount, _)| *amount != nothing);
    there
        .map(|(key, amount, is_taken)| {
            let text = s.locale.amount(amount, purchase.currency);
            Sum { name: s.t(key), amount: if is_taken { format!("−{text}") } else { text } }
        })
        .collect()
}

fn version(s: &Shell, version: &PurchaseVersion) -> Version {
    let about = match &version.purchase {
        None => s.t("version-void"),
        Some(purchase) => {
            let amount = s.locale.amount(purchase.total, purchase.currency);
            let state = badge(s, purchase).text;
            let items = i64::try_from(purchase.items.len()).unwrap_or(i64::MAX);
            s.locale.with(
                "version-about",
                &[("state", state.into()), ("money", amount.into()), ("n", items.into())],
            )
        }
    };
    Version {
        time: s.locale.time(version.received_at),
        who: version.actor.clone().unwrap_or_else(|| s.t("version-first")),
        about,
    }
}

//! The customers: searched, by stage of life, in the order that was asked for, page by page.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use crm_api::answer::{self, CustomerValue, Figure, Segments};
use crm_api::question::{self, Stage, ValuesBy};
use crm_api::{PageSize, Total};
use crm_models::Currency;
use serde::Deserialize;

use super::asking::{ask, ask_soon};
use super::shell::{Nav, Shell};
use super::visitor::Visitor;
use super::{link, page};
use crate::auth::Access;
use crate::auth::right::Read;
use crate::http::{ApiResult, Query, Services};
use crate::locale::Marked;

/// Customers a page.
const SHOWN: usize = 25;

pub(super) fn routes() -> Router<Services> {
    Router::new().route("/customers", get(list))
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// Begins a name, an id, an email address, or begins or ends a phone number.
    q: Option<String>,
    stage: Option<Stage>,
    by: Option<ValuesBy>,
    after: Option<String>,
}

impl Asked {
    fn searched(&self) -> Option<&str> {
        self.q.as_deref().map(str::trim).filter(|q| !q.is_empty())
    }

    fn by(&self) -> ValuesBy {
        self.by.unwrap_or(ValuesBy::Value)
    }

    /// The same list with something else in it, from its first page on.
    fn address(&self, stage: Option<Stage>, by: ValuesBy, after: Option<&str>) -> String {
        let by = (by != ValuesBy::Value).then(|| by.as_str());
        let pairs = [
            ("q", self.searched()),
            ("stage", stage.map(Stage::as_str)),
            ("by", by),
            ("after", after),
        ];
        link::with_query("/customers", &pairs)
    }
}

/// A stage of life as its page of the list.
struct Tab {
    address: String,
    text: String,
    customers: String,
    is_here: bool,
}

/// A column that the list can go by.
struct Head {
    address: Option<String>,
    text: String,
    class: &'static str,
    is_here: bool,
}

/// A customer in the list.
struct Row {
    address: String,
    name: String,
    sub: String,
    worth: Option<Worth>,
}

/// What is known and expected of a customer who has bought.
struct Worth {
    stage: Badge,
    purchases: String,
    spent: String,
    spent_exact: String,
    last: String,
    next: String,
    alive: String,
    meter: Meter,
    expected: String,
}

/// A stage of life: a full dot for who buys, a ring for who does no more.
pub(super) struct Badge {
    pub(super) class: &'static str,
    pub(super) dot: &'static str,
    pub(super) text: String,
}

impl Badge {
    /// Of one customer.
    pub(super) fn of_stage(s: &Shell, stage: &str) -> Self {
        let (class, dot, key) = match stage {
            "new" => ("info", "", "is-new"),
            "active" => ("ok", "", "is-active"),
            "loyal" => ("ok", "", "is-loyal"),
            "slipping" => ("wait", "ring", "is-slipping"),
            "one-time" => ("no", "ring", "is-one-time"),
            _ => ("no", "ring", "is-lost"),
        };
        Self { class, dot, text: s.t(key) }
    }
}

/// A chance as a bar of whole per cents.
struct Meter {
    width: u8,
    class: &'static str,
}

#[derive(Template)]
#[template(path = "customers.html")]
struct List {
    s: Shell,
    say: String,
    q: String,
    stage: Option<Stage>,
    by: ValuesBy,
    tabs: Vec<Tab>,
    heads: Vec<Head>,
    rows: Vec<Row>,
    next: Option<String>,
    first: Option<String>,
    export: [(&'static str, String); 2],
    /// What is expected is still being computed.
    is_computing: bool,
    nothing: Option<Marked>,
    may_connect: bool,
}

async fn list(
    State(services): State<Services>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> ApiResult<Response> {
    let access = visitor.reads()?;
    let s = Shell::new(&visitor, Nav::Customers, "nav-customers");
    let segments = ask_soon(&services, &access, question::Segments::default()).await?;
    let found = match asked.searched() {
        Some(q) => searched(&services, &access, q, &asked).await?,
        None => match valued(&services, &access, &asked).await? {
            Some(found) => found,
            // Who they are is known before what they are worth.
            None => searched(&services, &access, "", &asked).await?,
        },
    };
    let is_computing = segments.is_none();
    let rows: Vec<_> = found.rows.iter().map(|one| row(&s, one, found.currency)).collect();
    let nothing = rows.is_empty().then(|| match asked.searched() {
        Some(q) => s.marked("customers-nothing-about", &[("q", q.into())]),
        None => s.marked("customers-none-about", &[]),
    });
    let csv = |kind| {
        let by = asked.by();
        let pairs = [
            ("format", Some(kind)),
            ("limit", Some("0")),
            ("stage", asked.stage.map(Stage::as_str)),
            ("by", (by != ValuesBy::Value).then(|| by.as_str())),
        ];
        link::with_query("/v1/customer-values", &pairs)
    };
    let here = |after| asked.address(asked.stage, asked.by(), after);
    let page = List {
        say: segments.as_deref().map(|segments| say(&s, segments)).unwrap_or_default(),
        q: asked.searched().unwrap_or_default().to_owned(),
        stage: asked.stage,
        by: asked.by(),
        tabs: segments.as_deref().map(|segments| tabs(&s, segments, &asked)).unwrap_or_default(),
        heads: heads(&s, &asked),
        next: found.next.as_deref().map(|after| here(Some(after))),
        first: asked.after.is_some().then(|| here(None)),
        export: [("CSV", csv("csv")), ("JSON", csv("json"))],
        may_connect: visitor.owns(),
        rows,
        is_computing,
        nothing,
        s,
    };
    page::page(&page)
}

/// What a page of the list shows.
#[derive(Default)]
struct Found {
    rows: Vec<One>,
    currency: Option<Currency>,
    next: Option<String>,
}

struct One {
    id: String,
    name: Option<String>,
    about: Vec<String>,
    value: Option<CustomerValue>,
}

/// Customers by what they are worth; nothing while that is being computed.
async fn valued(
    services: &Services,
    access: &Access<Read>,
    asked: &Asked,
) -> ApiResult<Option<Found>> {
    let question = question::Values {
        limit: SHOWN,
        stage: asked.stage,
        by: asked.by(),
        after: asked.after.clone(),
        ..question::Values::default()
    };
    let answer = ask_soon(services, access, question).await?;
    Ok(answer.map(|values| Found {
        currency: Some(values.currency),
        next: values.next_after.clone(),
        rows: values
            .customers
            .iter()
            .map(|value| One {
                id: value.customer_id.clone(),
                name: value.name.clone(),
                about: Vec::new(),
                value: Some(value.clone()),
            })
            .collect(),
    }))
}

/// Customers who are searched for, each with what he or she is worth where that is known.
async fn searched(
    services: &Services,
    access: &Access<Read>,
    q: &str,
    asked: &Asked,
) -> ApiResult<Found> {
    let question = question::FindCustomers {
        q: Some(q.to_owned()).filter(|q| !q.is_empty()),
        // A place in the list by value is none in this one.
        after: asked.after.clone().filter(|_| !q.is_empty()),
        limit: PageSize::at_most(SHOWN),
        ..question::FindCustomers::default()
    };
    let page = ask(services, access, question).await?;
    let mut found = Found { next: page.next_after.clone(), ..Found::default() };
    let mut is_known = true;
    for customer in &page.customers {
        let value = match is_known {
            true => value_of(services, access, &customer.customer_id).await?,
            false => None,
        };
        // Where one is not known yet, none is.
        is_known = value.is_some();
        found.currency = value.as_ref().map(|value| value.currency).or(found.currency);
        let answer::Customer { customer_id, name, email, country, .. } = customer;
        found.rows.push(One {
            id: customer_id.clone(),
            name: name.clone(),
            about: [email, country].into_iter().flatten().cloned().collect(),
            value: value.and_then(|value| value.customers.first().cloned()),
        });
    }
    Ok(found)
}

/// What one customer is worth; nothing while it is being computed.
pub(super) async fn value_of(
    services: &Services,
    access: &Access<Read>,
    id: &str,
) -> ApiResult<Option<Arc<answer::CustomerValues>>> {
    let question = question::Value { customer_id: id.to_owned(), ..question::Value::default() };
    ask_soon(services, access, question).await
}

/// One sentence: how many there are, and what they brought.
fn say(s: &Shell, segments: &Segments) -> String {
    let spent = segments.stages.iter().map(|group| match group.spent {
        Figure::Money(total) => total,
        Figure::Number(_) => Total::ZERO,
    });
    let money = s.locale.money_whole(spent.sum(), segments.currency);
    let count = i64::try_from(segments.customers).unwrap_or(i64::MAX);
    s.locale.with("customers-say", &[("n", count.into()), ("money", money.into())])
}

fn tabs(s: &Shell, segments: &Segments, asked: &Asked) -> Vec<Tab> {
    let all = Tab {
        address: asked.address(None, asked.by(), None),
        text: s.t("stage-all"),
        customers: s.locale.number(segments.customers),
        is_here: asked.stage.is_none(),
    };
    let of = |stage: &Stage| {
        let group = segments.stages.iter().find(|group| group.segment == stage.as_str());
        Tab {
            address: asked.address(Some(*stage), asked.by(), None),
            text: s.t(match stage {
                Stage::New => "stage-new",
                Stage::Active => "stage-active",
                Stage::Loyal => "stage-loyal",
                Stage::Slipping => "stage-slipping",
                Stage::OneTime => "stage-one-time",
                Stage::Lost => "stage-lost",
            }),
            customers: s.locale.number(group.map_or(0, |group| group.customers)),
            is_here: asked.stage == Some(*stage),
        }
    };
    std::iter::once(all).chain(Stage::ALL.iter().map(of)).collect()
}

fn heads(s: &Shell, asked: &Asked) -> Vec<Head> {
    let columns = [
        ("col-customer", "who", None),
        ("col-stage", "p2", None),
        ("col-bought-on", "num p2", Some(ValuesBy::Purchases)),
        ("col-spent", "num", Some(ValuesBy::Spent)),
        ("col-last", "num p2", Some(ValuesBy::Last)),
        ("col-next", "num p3", Some(ValuesBy::Next)),
        ("col-alive", "num p3", Some(ValuesBy::Alive)),
        ("col-expected", "num p2", Some(ValuesBy::Value)),
    ];
    // What is searched for comes in the order in which it became known.
    let is_sorted = asked.searched().is_none();
    let head = |(key, class, by): (&'static str, _, Option<ValuesBy>)| Head {
        address: by.filter(|_| is_sorted).map(|by| asked.address(asked.stage, by, None)),
        text: s.t(key),
        class,
        is_here: is_sorted && by == Some(asked.by()),
    };
    columns.map(head).into()
}

fn row(s: &Shell, one: &One, currency: Option<Currency>) -> Row {
    let id = &one.id;
    let mut sub = one.about.clone();
    if one.name.is_some() {
        sub.insert(0, id.clone());
    }
    Row {
        address: link::customer(id),
        name: one.name.clone().unwrap_or_else(|| id.clone()),
        sub: sub.join(" · "),
        worth: one.value.as_ref().zip(currency).map(|(value, currency)| worth(s, value, currency)),
    }
}

fn worth(s: &Shell, value: &CustomerValue, currency: Currency) -> Worth {
    let locale = &s.locale;
    let exact = match value.spent {
        Figure::Money(total) => locale.money_exact(total, currency),
        Figure::Number(_) => String::new(),
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 100")]
    let width = (value.p_alive.clamp(0.0, 1.0) * 100.0).round() as u8;
    Worth {
        stage: Badge::of_stage(s, &value.stage),
        purchases: locale.number(value.purchase_days),
        spent: locale.figure(value.spent, currency),
        spent_exact: exact,
        last: value.last_purchase.map(|day| locale.ago(day)).unwrap_or_default(),
        next: value.next_purchase.map_or_else(|| "—".to_owned(), |day| locale.day(day)),
        alive: locale.percent(value.p_alive),
        meter: Meter { width, class: if value.p_alive < 0.5 { "low" } else { "" } },
        expected: locale.estimate(value.expected_value, currency),
    }
}

//! Connect: a key, what to send with it, and what has arrived.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::response::Response;
use axum::routing::get;
use crm_api::{PageSize, question};
use crm_models::{KeyKind, PurchaseKind, Scope, Timestamp};

use super::asking::ask;
use super::form::Submitted;
use super::shell::{Nav, Shell};
use super::visitor::Visitor;
use super::{link, orders, page};
use crate::auth::right::Own;
use crate::auth::{ApiKey, NewApiKey};
use crate::http::{ApiResult, Services};
use crate::locale::Marked;

/// What is shown of what came last.
const ARRIVED: usize = 5;
/// Keys that are listed; Settings has all.
const KEYS: usize = 20;
/// What stands in the snippets where no key was made just now.
const PLACEHOLDER: &str = "crm_sk_…";

pub(super) fn routes() -> Router<Services> {
    Router::new().route("/connect", get(show).post(make))
}

/// A program that sends one purchase.
struct Snippet {
    name: &'static str,
    text: String,
}

/// Something that came.
struct Arrived {
    title: String,
    address: Option<String>,
    about: String,
    time: Marked,
    amount: String,
}

/// A key, and when it was last used.
struct Key {
    name: String,
    used: Option<String>,
}

#[derive(Template)]
#[template(path = "connect.html")]
struct Connect {
    s: Shell,
    may_own: bool,
    key: Option<String>,
    snippets: Vec<Snippet>,
    arrived: Vec<Arrived>,
    rejected: Option<String>,
    keys: Vec<Key>,
}

impl Connect {
    /// A page that shows a key must not be asked for again by itself: the key is shown once.
    fn is_waiting(&self) -> bool {
        self.s.last_event.is_none() && self.key.is_none()
    }
}

async fn show(
    State(services): State<Services>,
    visitor: Visitor,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let page = filled(&services, &visitor, &headers, None).await?;
    page::page(&page)
}

async fn make(
    State(services): State<Services>,
    headers: HeaderMap,
    form: Submitted,
) -> ApiResult<Response> {
    let Submitted { visitor, fields } = form;
    let about = NewApiKey {
        name: fields.need("name")?.to_owned(),
        kind: KeyKind::Server,
        scopes: vec![Scope::Ingest, Scope::Read],
        event_types: None,
        origins: None,
        expires_at: None,
        source: None,
    };
    let key = services.auth.create_key(&visitor.access::<Own>()?, about).await?;
    let page = filled(&services, &visitor, &headers, Some(key.text)).await?;
    page::page(&page)
}

async fn filled(
    services: &Services,
    visitor: &Visitor,
    headers: &HeaderMap,
    key: Option<String>,
) -> ApiResult<Connect> {
    let access = visitor.reads()?;
    let s = Shell::new(visitor, Nav::Connect, "nav-connect");
    let latest = question::Purchases { limit: PageSize::at_most(ARRIVED), ..Default::default() };
    let latest = ask(services, &access, latest).await?;
    let arrived = latest.purchases.iter().map(|purchase| {
        let (title, address) = orders::name_of(&s, purchase);
        let amount = s.locale.amount(purchase.total, purchase.currency);
        let is_refund = purchase.kind == PurchaseKind::Refund;
        Arrived {
            title,
            address,
            about: orders::items_of(&s, purchase),
            time: s.locale.time(purchase.received_at),
            amount: if is_refund { format!("−{amount}") } else { amount },
        }
    });
    let arrived = arrived.collect();
    let counting = (services.quarantine.clone(), access);
    let rejected = services.lanes.reading.run(move || counting.0.count(&counting.1)).await?;
    let rejected = rejected.map_err(crate::ingest::IngestError::from)?;
    let keys = match visitor.access::<Own>() {
        Ok(owner) => services.auth.keys(&owner, None, KEYS).await?.finish().0,
        Err(_) => Vec::new(),
    };
    let living = keys.into_iter().filter(|key| is_living(key, visitor.now)).map(|key| Key {
        used: key.last_used_at.map(|at| s.locale.moment(at)),
        name: key.about.name,
    });
    let endpoint = endpoint(services, headers);
    let currency = visitor.account.workspace.currency.to_string();
    Ok(Connect {
        may_own: visitor.owns(),
        snippets: snippets(&endpoint, key.as_deref().unwrap_or(PLACEHOLDER), &currency),
        rejected: (rejected > 0).then(|| s.n("connect-rejected", rejected)),
        keys: living.collect(),
        key,
        arrived,
        s,
    })
}

/// Whether a key works.
pub(super) fn is_living(key: &ApiKey, now: Timestamp) -> bool {
    key.revoked_at.is_none() && key.about.expires_at.is_none_or(|end| end > now)
}

/// Where people reach the collector, or else where this page was asked for: programs of the same reader
/// reach it there.
pub(super) fn endpoint(services: &Services, headers: &HeaderMap) -> String {
    reached_at(&services.public_url, headers.get(HOST).and_then(|host| host.to_str().ok()))
}

fn reached_at(public_url: &str, host: Option<&str>) -> String {
    if !public_url.is_empty() {
        return public_url.to_owned();
    }
    // It stands in commands that are copied, so it is a name and a port and nothing else.
    let is_name = |host: &&str| {
        let may_stand = |c: u8| c.is_ascii_alphanumeric() || b".:-_[]".contains(&c);
        !host.is_empty() && host.bytes().all(may_stand)
    };
    format!("http://{}", host.filter(is_name).unwrap_or("localhost"))
}

fn snippets(endpoint: &str, key: &str, currency: &str) -> Vec<Snippet> {
    let fill = |name, text: &str| Snippet {
        name,
        text: text
            .replace("{endpoint}", endpoint)
            .replace("{key}", key)
            .replace("{currency}", currency)
            .trim_end()
            .to_owned(),
    };
    vec![
        fill("curl", include_str!("snippets/curl.sh")),
        fill("Rust", include_str!("snippets/order.rs.txt")),
        fill("C", include_str!("snippets/order.c.txt")),
        fill("JavaScript", include_str!("snippets/order.mjs.txt")),
    ]
}

/// The address of an invitation or of another page of this collector.
pub(super) fn absolute(services: &Services, headers: &HeaderMap, path: &str, last: &str) -> String {
    format!("{}{path}/{}", endpoint(services, headers), link::segment(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_copied_leads_where_people_reach_the_collector_and_runs_nothing() {
        assert_eq!(
            reached_at("https://crm.example", Some("127.0.0.1:8787")),
            "https://crm.example"
        );
        assert_eq!(reached_at("", Some("[::1]:8787")), "http://[::1]:8787");
        assert_eq!(reached_at("", Some("x;rm -rf ~")), "http://localhost");
        assert_eq!(reached_at("", None), "http://localhost");
    }
}

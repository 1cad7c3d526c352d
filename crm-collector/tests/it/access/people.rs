//! Two workspaces with all kinds of people and keys, and the requests they send.

use std::sync::atomic::{AtomicU32, Ordering};

use crm_collector::auth::{Access, Registration};
use crm_collector::ingest::{Import, append_import};
use crm_collector::store::{StoreError, WriteTx};
use crm_models::{Currency, Event, Purchase};
use reqwest::Method;
use serde_json::{Value, json};

use super::table::Who;
use crate::harness::{Call, Login, PASSWORD, TestApp, email_of};

const ORIGIN: &str = "https://acme.example";
/// What everything of the home workspace is called by, and nothing of the other one.
pub const MARK: &str = "acme";

/// An interaction of the home workspace.
const INTERACTION: &str = "01960000-0000-7000-8000-000000000001";

pub struct People {
    pub app: TestApp,
    owner: Login,
    analyst: Login,
    other: Login,
    keys: Vec<(Who, String)>,
    counter: AtomicU32,
}

impl People {
    pub async fn settle() -> Self {
        let app = TestApp::start_with(|config| {
            config.registration = Registration::Open;
            config.auth.attempts_per_account = 100_000;
            config.auth.attempts_per_address = 100_000;
        })
        .await;
        for (name, workspace) in [("Ada", MARK), ("Eve", "elsewhere")] {
            let body = json!({ "name": name, "email": email_of(name), "password": PASSWORD,
                "workspace": workspace });
            app.post("/v1/auth/register", body).send().await.expect(201);
        }
        let (owner, other) = (app.log_in("Ada").await, app.log_in("Eve").await);
        let invite = json!({ "email": email_of("Bob"), "role": "analyst" });
        let invited =
            app.post("/v1/invitations", invite).by(&owner).send().await.expect(201).json();
        let accept = json!({ "token": invited["token"], "name": "Bob", "password": PASSWORD });
        app.post("/v1/invitations/accept", accept).send().await.expect(201);
        let analyst = app.log_in("Bob").await;

        let key = async |login: &Login, about: Value| {
            let made = app.create_key(login, about).await;
            (made["key"].as_str().unwrap().to_owned(), made["id"].clone())
        };
        let server = |scopes: &[&str]| json!({ "name": format!("{MARK} key"), "scopes": scopes });
        let mut keys = Vec::new();
        for (who, scopes) in [
            (Who::IngestKey, &["ingest"][..]),
            (Who::ReadKey, &["read"]),
            (Who::BothKey, &["ingest", "read"]),
        ] {
            keys.push((who, key(&owner, server(scopes)).await.0));
        }
        let browser = json!({ "name": "page", "kind": "browser", "scopes": ["ingest"],
            "origins": [ORIGIN] });
        keys.push((Who::BrowserKey, key(&owner, browser).await.0));
        let about = json!({ "name": "elsewhere", "scopes": ["ingest", "read"] });
        keys.push((Who::OtherKey, key(&other, about).await.0));
        let (revoked, id) = key(&owner, server(&["ingest", "read"])).await;
        app.delete(&format!("/v1/keys/{id}")).by(&owner).send().await.expect(204);
        keys.push((Who::RevokedKey, revoked));
        let mut about = server(&["ingest", "read"]);
        about["expires_at"] = json!("2026-03-01T13:00:00Z");
        keys.push((Who::ExpiredKey, key(&owner, about).await.0));
        app.clock.advance(2 * 3_600_000);

        let people = Self { app, owner, analyst, other, keys, counter: AtomicU32::new(1_000) };
        people.trade(&people.owner, MARK).await;
        people.trade(&people.other, "else").await;
        people.import();
        people.advise_everybody().await;
        people
    }

    /// Sales, a customer and a rejected event of a workspace, all marked by its name.
    async fn trade(&self, owner: &Login, mark: &str) {
        let mut events = vec![json!({ "type": "customer", "id": self.event_id(),
            "customer_id": format!("c-{mark}"), "name": format!("{mark} Person") })];
        // Once a month, and for longer than that not any more: something to recommend.
        for month in 1..=12 {
            let day = if month == 12 {
                "2026-01-03".to_owned()
            } else {
                format!("2025-{:02}-03", month + 1)
            };
            events.push(json!({ "type": "purchase", "id": self.event_id(),
                "purchase_id": format!("{mark}-{month}"), "customer_id": format!("c-{mark}"),
                "occurred_at": format!("{day}T10:00:00Z"), "currency": "EUR",
                "items": [
                    { "sku": format!("{mark}-tea"), "quantity": 2, "unit_price": "3.50" },
                    { "sku": format!("{mark}-pot"), "quantity": 1, "unit_price": "20" },
                ] }));
        }
        let id = if mark == MARK { INTERACTION.to_owned() } else { self.event_id() };
        events.push(json!({ "type": "interaction", "id": id,
            "customer_id": format!("c-{mark}"), "kind": "call", "direction": "inbound",
            "occurred_at": "2025-01-04T09:30:00Z", "subject": format!("{mark} asked for a pot") }));
        let mut rejected = events[1].clone();
        rejected["id"] = json!(self.event_id());
        rejected["currency"] = json!("QQQ");
        events.push(rejected);
        let batch = self.app.post("/v1/events", json!({ "events": events })).by(owner);
        assert_eq!(batch.send().await.expect(200).json()["accepted"], 14);
    }

    /// Imports a file into the home workspace; the number of the import.
    fn import(&self) -> i64 {
        tokio::task::block_in_place(|| self.import_blocking())
    }

    fn import_blocking(&self) -> i64 {
        let now = self.app.clock.now();
        let mut event: Event = Purchase::sale(Currency::EUR).total("1".parse().unwrap()).into();
        event.complete(|| self.event_id().parse().unwrap(), now);
        let mut import = Import::of_file(&format!("{MARK}.csv"), now);
        let of = |tx: &WriteTx<'_>| Ok(tx.workspace_by_name(MARK)?.unwrap().id);
        let workspace = self.app.store.write::<_, StoreError>(of).unwrap();
        let access = Access::command_line(workspace).unwrap();
        append_import(&self.app.store, &access, vec![event], &mut import).unwrap();
        import.number
    }

    /// Holds nobody back, so that who slipped is told of.
    async fn advise_everybody(&self) {
        let of = |tx: &WriteTx<'_>| Ok(tx.workspace_by_name(MARK)?.unwrap().id);
        let write = || self.app.store.write::<_, StoreError>(of).unwrap();
        let access = Access::command_line(tokio::task::block_in_place(write)).unwrap();
        self.app.services.answers.insights.hold_out(&access, 0).await.unwrap();
    }

    /// A recommendation of the home workspace.
    async fn recommendation(&self) -> String {
        for state in ["open", "accepted"] {
            let path = format!("/v1/recommendations?state={state}");
            let list = self.app.get(&path).by(&self.owner).send().await.expect(200).json();
            if let Some(id) = list["recommendations"][0]["id"].as_str() {
                return id.to_owned();
            }
        }
        panic!("nothing is recommended");
    }

    /// A number that was never given out before.
    fn number(&self) -> u32 {
        self.counter.fetch_add(1, Ordering::Relaxed)
    }

    fn event_id(&self) -> String {
        format!("01960000-0000-7000-8000-{:012}", self.number())
    }

    fn email(&self) -> String {
        format!("{MARK}-{}@example.com", self.number())
    }

    async fn invitation(&self) -> Value {
        let body = json!({ "email": self.email(), "role": "analyst" });
        self.app.post("/v1/invitations", body).by(&self.owner).send().await.expect(201).json()
    }

    /// The path with things of the home workspace in it, made for this one request where it ends
    /// them; and whether there are any.
    pub async fn path(&self, operation: &str, path: &str) -> (String, bool) {
        let fill = |name: &str, value: String| (path.replace(name, &value), true);
        if operation == "delete_customer" {
            let spare = json!({ "customer_id": format!("{MARK}-{}", self.number()) });
            self.app.post("/v1/customers", spare.clone()).by(&self.owner).send().await.expect(201);
            fill("{id}", spare["customer_id"].as_str().unwrap().to_owned())
        } else if path.starts_with("/v1/customers/{id}") {
            fill("{id}", format!("c-{MARK}"))
        } else if path.starts_with("/v1/products/{sku}") {
            fill("{sku}", format!("{MARK}-tea"))
        } else if operation == "delete_source" {
            let source = format!("{MARK}-{}", self.number());
            let spare =
                json!({ "purchase_id": "1", "source": source, "currency": "EUR", "total": "1" });
            self.app.post("/v1/purchases", spare).by(&self.owner).send().await.expect(201);
            fill("{source}", source)
        } else if path.starts_with("/v1/purchases/{source}") {
            let path = path.replace("{source}", "-");
            let named = |number: &str| path.replace("{purchase_id}", number);
            match operation {
                // Whoever may store one stores it at home.
                "put_purchase" => (named(&format!("spare-{}", self.number())), false),
                "delete_purchase" => {
                    let number = format!("{MARK}-{}", self.number());
                    let spare = json!({ "purchase_id": number, "currency": "EUR", "total": "1" });
                    let sent = self.app.post("/v1/purchases", spare).by(&self.owner).send().await;
                    sent.expect(201);
                    (named(&number), true)
                }
                _ => (named(&format!("{MARK}-3")), true),
            }
        } else if path.starts_with("/v1/interactions/{interaction_id}") {
            let named = |id: &str| path.replace("{interaction_id}", id);
            match operation {
                "put_interaction" => (named(&self.event_id()), false),
                "delete_interaction" => {
                    let id = self.event_id();
                    let spare = json!({ "id": id, "customer_id": "c-new", "kind": "note" });
                    let sent = self.app.post("/v1/interactions", spare).by(&self.owner).send();
                    sent.await.expect(201);
                    (named(&id), true)
                }
                _ => (named(INTERACTION), true),
            }
        } else if path.starts_with("/v1/imports/{number}") {
            fill("{number}", self.import().to_string())
        } else if path.starts_with("/v1/keys/{id}") {
            let about = json!({ "name": format!("{MARK} spare"), "scopes": ["read"] });
            fill("{id}", self.app.create_key(&self.owner, about).await["id"].to_string())
        } else if path.starts_with("/v1/invitations/{id}") {
            fill("{id}", self.invitation().await["id"].to_string())
        } else if path.starts_with("/v1/recommendations/{id}") {
            let path = path.replace("{decision}", "accept");
            (path.replace("{id}", &self.recommendation().await), true)
        } else if path.starts_with("/v1/rejected/{id}") {
            let list = self.app.get("/v1/rejected").by(&self.owner).send().await.expect(200);
            fill("{id}", list.json()["rejected"][0]["id"].to_string())
        } else {
            (path.replace("{name}", "products"), false)
        }
    }

    /// The body that an operation needs.
    pub async fn body(&self, operation: &str) -> Option<Value> {
        let sale = || json!({ "id": self.event_id(), "currency": "EUR", "total": "1" });
        let body = match operation {
            "register" => {
                json!({ "name": "Grace", "email": self.email(), "password": PASSWORD })
            }
            "log_in" => json!({ "email": email_of("Ada"), "password": PASSWORD }),
            "change_password" => {
                json!({ "current_password": PASSWORD, "new_password": PASSWORD })
            }
            "invite" => json!({ "email": self.email(), "role": "analyst" }),
            "accept_invitation" => json!({ "token": self.invitation().await["token"],
                "name": "Grace", "password": PASSWORD }),
            "decide_recommendation" => json!({ "reason": "called, and comes by on Monday" }),
            "rotate_key" => json!({ "overlap_hours": 24 }),
            "create_key" => json!({ "name": "new", "scopes": ["read"] }),
            "ask" => json!({ "text": "top 3 products in 2025" }),
            "post_customer" => json!({ "id": self.event_id(), "customer_id": "c-new" }),
            "post_purchase" => sale(),
            "put_purchase" => json!({ "id": self.event_id(), "currency": "EUR", "total": "12.00",
                "items": [{ "sku": "MUG", "quantity": 1, "unit_price": "13.90", "discount": "1.90" }] }),
            "post_interaction" => json!({ "id": self.event_id(), "customer_id": "c-new",
                "kind": "call" }),
            "put_interaction" => json!({ "id": self.event_id(), "customer_id": "c-new",
                "kind": "call", "subject": "asked for a pot, and ordered it" }),
            "post_events" => {
                let mut sale = sale();
                sale["type"] = json!("purchase");
                json!({ "events": [sale] })
            }
            _ => return None,
        };
        Some(body)
    }

    /// A request with somebody's credentials; `ends_sessions`: with a session of its own.
    pub async fn call(
        &self,
        who: Who,
        method: Method,
        path: &str,
        ends_sessions: bool,
    ) -> Call<'_> {
        let call = self.app.call(method, path);
        let session = async |kept: &Login, name: &str| match ends_sessions {
            true => self.app.log_in(name).await,
            false => kept.clone(),
        };
        match who {
            Who::Nobody => call,
            Who::Owner => call.by(&session(&self.owner, "Ada").await),
            Who::OwnerWithoutCsrf => {
                call.header("cookie", &session(&self.owner, "Ada").await.cookie)
            }
            Who::Analyst => call.by(&session(&self.analyst, "Bob").await),
            Who::OtherOwner => call.by(&session(&self.other, "Eve").await),
            Who::BrowserKey => call.key(self.key(who)).header("origin", ORIGIN),
            _ => call.key(self.key(who)),
        }
    }

    fn key(&self, who: Who) -> &str {
        &self.keys.iter().find(|(owner, _)| *owner == who).unwrap().1
    }
}

//! A shop that has something in every table, and everything that the collector says of it: by the
//! command line, by HTTP, of both of its workspaces.

use std::path::Path;

use crm_tests::harness::http::Connection;
use crm_tests::harness::{Collector, Options};
use serde_json::{Value, json};

use crate::dice::Dice;

/// Customers of the first workspace.
const CUSTOMERS: u64 = 40;
/// Behind all that happened.
const AS_OF: &str = "2026-03-01";

/// The database of a shop that has stopped, and who may ask.
pub(crate) struct WholeShop {
    collector: Collector,
    /// A key of each workspace.
    keys: [(&'static str, String); 2],
}

/// What was asked, and what came.
pub(crate) type Answers = Vec<(String, String)>;

impl WholeShop {
    /// Two workspaces in other currencies and zones; customers, products, refunds, interactions,
    /// rejected events; most of it folded, the last of it not.
    pub(crate) fn make() -> Self {
        let options = Options::new().workspace_in("GBP", "Europe/London");
        let mut collector = Collector::start(options.env("CRM_REGISTRATION", "open"));
        let register = json!({ "email": "mia@example.com", "name": "Mia", "workspace": "second",
            "password": "correct horse battery", "currency": "EUR", "timezone": "Asia/Tokyo" });
        let body = register.to_string();
        let mut connection = collector.connect();
        connection.post("/v1/auth/register", None, body.as_bytes()).unwrap().expect(201);
        let page = [
            "key",
            "create",
            "--name",
            "page",
            "--kind",
            "browser",
            "--scopes",
            "ingest",
            "--origins",
            "https://shop.example",
            "--expires-in-days",
            "9000",
        ];
        collector.expect_command(&page, "");
        let second = [
            "key",
            "create",
            "--name",
            "second",
            "--scopes",
            "ingest,read",
            "--workspace",
            "second",
        ];
        let second = collector.expect_command(&second, "").trim().to_owned();
        let keys = [("default", collector.key().to_owned()), ("second", second)];
        let mut events = Events { dice: Dice::new(11), number: 0 };
        send(&collector, &keys[0].1, events.batch(500, CUSTOMERS), 3);
        send(&collector, &keys[1].1, events.batch(60, 6), 3);
        collector.stop();
        collector.expect_command(&["check", "--rebuild"], "");
        collector.restart();
        send(&collector, &keys[0].1, events.batch(60, CUSTOMERS + 5), 3);
        send(&collector, &keys[1].1, events.batch(10, 8), 3);
        collector.stop();
        Self { collector, keys }
    }

    /// Its database file.
    pub(crate) fn database(&self) -> std::path::PathBuf {
        self.collector.data().join("crm.db")
    }

    /// A collector that does not run, on a database of this shop.
    pub(crate) fn on(&self, folder: &Path) -> Collector {
        Collector::prepare(Options::new().keep_in(folder).with_key(&self.keys[0].1))
    }

    /// Everything that the database in this folder (`data/crm.db`) is told to hold.
    pub(crate) fn answers(&self, folder: &Path) -> Answers {
        let mut collector = self.on(folder);
        let mut answers = Answers::new();
        for (workspace, _) in &self.keys {
            for command in commands() {
                let mut arguments: Vec<&str> = command.split(' ').collect();
                arguments.extend(["--workspace", workspace]);
                let output = collector.command(&arguments, "");
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                let said =
                    format!("{}\n{}{}", output.status, text(&output.stdout), text(&output.stderr));
                answers.push((arguments.join(" "), said));
            }
        }
        let listed = collector.command(&["workspace", "list"], "");
        answers
            .push(("workspace list".into(), String::from_utf8_lossy(&listed.stdout).into_owned()));
        // Last, for whoever serves may fold, and notes that a key was used.
        collector.restart();
        let mut connection = collector.connect();
        for (_, key) in &self.keys {
            let mut ask = |path: &str| ask(&mut connection, key, path, &mut answers);
            ask("/v1/purchases?limit=1000");
            ask("/v1/customers?limit=1000");
            for customer in 1..=CUSTOMERS + 5 {
                ask(&format!("/v1/customers/c-{customer}"));
                ask(&format!("/v1/customers/c-{customer}/timeline?limit=1000"));
            }
        }
        drop(connection);
        collector.stop();
        answers
    }
}

fn ask(connection: &mut Connection, key: &str, path: &str, answers: &mut Answers) {
    let answer = connection.get(path, Some(key)).unwrap();
    let mut said = format!("{}\n{}", answer.status, answer.text());
    if answer.status >= 400 {
        // Each request has an id of its own.
        let mut problem = answer.json();
        problem["request_id"] = Value::Null;
        said = format!("{}\n{problem}", answer.status);
    }
    answers.push((path.to_owned(), said));
}

/// What is asked of each workspace.
fn commands() -> Vec<String> {
    let mut commands: Vec<String> = [
        "report sales --bucket day --format json",
        "report sales --currency USD --format csv",
        "report products --from 2025-12-01 --to 2026-01-10 --limit 0 --format json",
        "report countries --from 2025-12-05 --to 2026-02-10 --format json",
        "customers --limit 0 --format csv",
        "customers --limit 0 --format json",
        "customers --search lovel",
        "customers --search 0018",
        "user list",
        "key list",
        "rejected list",
        "rejected show 1",
        "rejected show 4",
        "audit",
    ]
    .map(str::to_owned)
    .to_vec();
    let reports = [
        "summary",
        "sales",
        "products",
        "countries",
        "channels",
        "customers",
        "repeat",
        "refunds",
        "heatmap",
        "rfm",
        "cohorts",
    ];
    commands.extend(reports.map(|report| format!("report {report} --format csv")));
    let insights = [
        "forecast --bucket week",
        "trends",
        "customers --with value --limit 0",
        "segments",
        "together TEA-1",
        "next c-1",
    ];
    commands.extend(insights.map(|what| format!("{what} --as-of {AS_OF} --format json")));
    commands
}

/// Sends events of which so many are rejected.
fn send(collector: &Collector, key: &str, events: Vec<Value>, rejected: usize) {
    let accepted = events.len() - rejected;
    let body = json!({ "events": events }).to_string();
    let answer = collector.connect().post("/v1/events", Some(key), body.as_bytes()).unwrap();
    let verdict = answer.expect(200).json();
    assert_eq!(verdict["accepted"], accepted, "{verdict}");
}

/// Events in the making, each with an id of its own.
struct Events {
    dice: Dice,
    number: u64,
}

impl Events {
    fn id(&mut self) -> String {
        self.number += 1;
        format!("01960000-0000-7000-8000-{:012}", self.number)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.dice.below(bound)
    }

    /// From November to February.
    fn time(&mut self) -> String {
        let (month, day) = (self.below(4), self.below(28) + 1);
        let month = ["2025-11", "2025-12", "2026-01", "2026-02"][usize::try_from(month).unwrap()];
        format!("{month}-{day:02}T{:02}:{:02}:00Z", self.below(24), self.below(60))
    }

    /// So many purchases, all customers, an interaction for every tenth purchase, three events that are
    /// rejected.
    fn batch(&mut self, purchases: u64, customers: u64) -> Vec<Value> {
        let mut events: Vec<_> = (0..purchases).map(|_| self.purchase(customers)).collect();
        events.extend((1..=customers).map(|number| self.customer(number)));
        events.extend((0..purchases / 10).map(|_| self.interaction(customers)));
        for _ in 0..3 {
            let mut wrong = self.purchase(customers);
            wrong["currency"] = json!("QQQ");
            events.push(wrong);
        }
        events
    }

    fn purchase(&mut self, customers: u64) -> Value {
        let items: Vec<_> = (0..=self.below(3))
            .map(|_| {
                let product = self.below(12);
                let category = if product.is_multiple_of(2) { "black" } else { "green" };
                json!({ "sku": format!("TEA-{product}"), "quantity": self.below(4) + 1,
                    "unit_price": format!("{}.{:02}", self.below(20) + 1, self.below(100)),
                    "name": format!("Tea of the {product}. hill"),
                    "category": category })
            })
            .collect();
        let mut purchase = json!({ "type": "purchase", "id": self.id(), "occurred_at": self.time(),
            "currency": *self.dice.pick(&["GBP", "GBP", "EUR", "EUR", "EUR", "USD"]),
            "kind": *self.dice.pick(&["sale", "sale", "sale", "sale", "sale", "refund"]),
            "items": items });
        purchase["purchase_id"] = json!(format!("P-{}", self.number));
        if self.below(8) > 0 {
            purchase["customer_id"] = json!(format!("c-{}", self.below(customers) + 1));
        }
        if self.below(5) > 0 {
            purchase["country"] = json!(self.dice.pick(&["GB", "AT", "JP"]));
            purchase["channel"] = json!(self.dice.pick(&["web", "shop", "phone"]));
        }
        purchase
    }

    fn customer(&mut self, number: u64) -> Value {
        let name = *self.dice.pick(&["Ada Lovelace", "Зоя Ромашка", "Jürgen Müller", "O’Brien"]);
        json!({ "type": "customer", "id": self.id(), "occurred_at": self.time(),
            "customer_id": format!("c-{number}"), "name": format!("{name} {number}"),
            "email": format!("c{number}@example.com"), "phone": format!("+44 20 7946 {number:04}"),
            "country": *self.dice.pick(&["GB", "AT"]),
            "attributes": { "tier": *self.dice.pick(&["gold", "silver"]), "points": number * 7 },
            "consent": { "email": number.is_multiple_of(2), "phone": true } })
    }

    fn interaction(&mut self, customers: u64) -> Value {
        json!({ "type": "interaction", "id": self.id(), "occurred_at": self.time(),
            "customer_id": format!("c-{}", self.below(customers) + 1),
            "kind": *self.dice.pick(&["call", "ticket", "email"]),
            "direction": *self.dice.pick(&["inbound", "outbound"]), "channel": "phone",
            "subject": format!("About order {}", self.number),
            "text": "Where is my parcel? It was to be here on Monday.",
            "attributes": { "minutes": self.below(30) } })
    }
}

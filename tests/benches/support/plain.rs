//! The yardstick: what a plain, single-threaded SQLite loop does with the same purchases.
//!
//! Two tables, a unique event id, indexes on (customer, time) and on time, prepared statements,
//! write-ahead log, `synchronous=FULL`. No HTTP, no JSON, no validation, no foreign keys, no
//! rollups. Purchases are made ready before the clock runs; only statements and commits count.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Statement, params};

use super::load::Mark;
use super::shop::{Purchase, Shop};

/// Purchases in one transaction.
pub const TRANSACTION: u64 = 1_000;

const SCHEMA: &str = "
CREATE TABLE purchases (
    id INTEGER PRIMARY KEY,
    event_id BLOB NOT NULL UNIQUE,
    purchase_id TEXT NOT NULL,
    customer_id TEXT,
    kind INTEGER NOT NULL,
    currency TEXT NOT NULL,
    total INTEGER NOT NULL,
    channel TEXT,
    country TEXT,
    occurred_at INTEGER NOT NULL
);
CREATE TABLE purchase_items (
    purchase INTEGER NOT NULL,
    line INTEGER NOT NULL,
    sku TEXT NOT NULL,
    name TEXT,
    quantity INTEGER NOT NULL,
    unit_price INTEGER NOT NULL,
    PRIMARY KEY (purchase, line)
) WITHOUT ROWID;
CREATE INDEX purchases_by_customer ON purchases (customer_id, occurred_at);
CREATE INDEX purchases_by_time ON purchases (occurred_at);
";

/// Settings of SQLite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tuning {
    /// A cache of 2 MB and a checkpoint every 1,000 pages.
    Default,
    /// A cache of 256 MB and a checkpoint every 4,000 pages.
    Roomy,
}

/// A purchase as the plain schema holds it.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Unique.
    pub event_id: &'a [u8; 16],
    /// The host's number of it.
    pub purchase_id: &'a str,
    /// Who bought, if that is known.
    pub customer_id: Option<&'a str>,
    /// Money went back.
    pub refund: bool,
    /// Three letters.
    pub currency: &'a str,
    /// Sum of the lines, in 1/10,000.
    pub total_minor: i64,
    /// Where.
    pub channel: Option<&'a str>,
    /// To which country.
    pub country: &'a str,
    /// When, in milliseconds since 1970.
    pub occurred_at_ms: i64,
}

/// A line as the plain schema holds it.
#[derive(Clone, Copy, Debug)]
pub struct ItemRow<'a> {
    /// Its product.
    pub sku: &'a str,
    /// The product's name.
    pub name: &'a str,
    /// How many.
    pub quantity: i64,
    /// The price of one, in 1/10,000.
    pub unit_price_minor: i64,
}

/// The plain database.
#[derive(Debug)]
pub struct PlainStore(Connection);

/// The statements of one transaction.
#[derive(Debug)]
pub struct Insert<'c> {
    purchase: Statement<'c>,
    item: Statement<'c>,
}

impl PlainStore {
    /// A new database in a folder.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn create(folder: &Path, tuning: Tuning) -> Self {
        let connection = Connection::open(folder.join("plain.db")).expect("the folder is writable");
        let settings = match tuning {
            Tuning::Default => "",
            Tuning::Roomy => "PRAGMA cache_size=-262144; PRAGMA wal_autocheckpoint=4000;",
        };
        let basics = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;";
        let script = format!("{basics}{settings}{SCHEMA}");
        connection.execute_batch(&script).expect("the plain schema is valid");
        Self(connection)
    }

    /// Begins a transaction.
    ///
    /// # Panics
    /// When that fails.
    pub fn begin(&self) -> Insert<'_> {
        let prepare = |sql| self.0.prepare(sql).expect("the statement is valid");
        self.0.execute_batch("BEGIN IMMEDIATE").expect("nobody else writes");
        Insert {
            purchase: prepare("INSERT INTO purchases VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
            item: prepare("INSERT INTO purchase_items VALUES (?, ?, ?, ?, ?, ?)"),
        }
    }

    /// Commits it; on return it is on disk.
    ///
    /// # Panics
    /// When that fails.
    pub fn commit(&self, insert: Insert<'_>) {
        drop(insert);
        self.0.execute_batch("COMMIT").expect("the disk takes it");
    }

    /// How many purchases it holds.
    ///
    /// # Panics
    /// When it cannot be read.
    pub fn purchases(&self) -> u64 {
        self.number("SELECT count(*) FROM purchases").unsigned_abs()
    }

    /// The one number that a query gives.
    ///
    /// # Panics
    /// When it does not.
    pub fn number(&self, sql: &str) -> i64 {
        self.0.query_row(sql, [], |row| row.get(0)).expect("the query gives a number")
    }
}

impl Insert<'_> {
    /// Inserts a purchase and returns its row id.
    ///
    /// # Panics
    /// When its event id was there before.
    pub fn purchase(&mut self, row: &Row<'_>) -> i64 {
        let inserted = self.purchase.insert(params![
            row.event_id,
            row.purchase_id,
            row.customer_id,
            row.refund,
            row.currency,
            row.total_minor,
            row.channel,
            row.country,
            row.occurred_at_ms,
        ]);
        inserted.expect("the event is new")
    }

    /// Inserts a line of a purchase.
    ///
    /// # Panics
    /// When it has that line already.
    pub fn item(&mut self, purchase: i64, line: usize, item: &ItemRow<'_>) {
        let values = params![
            purchase,
            i64::try_from(line).expect("few lines"),
            item.sku,
            item.name,
            item.quantity,
            item.unit_price_minor,
        ];
        self.item.execute(values).expect("the line is new");
    }
}

/// Inserts all purchases of a shop in transactions of [`TRANSACTION`]; a mark for each of `parts`
/// equal parts, and `on_mark` hears of each as it ends. The times are those of SQLite alone.
///
/// # Panics
/// When the database cannot be written.
pub fn run(
    folder: &Path,
    tuning: Tuning,
    shop: &Shop,
    parts: u64,
    on_mark: &mut dyn FnMut(&Mark),
) -> Vec<Mark> {
    let store = PlainStore::create(folder, tuning);
    let (mut marks, mut elapsed) = (Vec::new(), Duration::ZERO);
    let mut next = 0;
    while next < shop.purchases() {
        let end = (next + TRANSACTION).min(shop.purchases());
        let batch: Vec<_> = (next..end).map(|number| Prepared::new(shop, number)).collect();
        let begun = Instant::now();
        let mut insert = store.begin();
        for prepared in &batch {
            prepared.insert(shop, &mut insert);
        }
        store.commit(insert);
        elapsed += begun.elapsed();
        next = end;
        let part = marks.len() as u64 + 1;
        if part <= parts && next >= shop.purchases() * part / parts {
            let mark = Mark { acknowledged: next, elapsed };
            on_mark(&mark);
            marks.push(mark);
        }
    }
    assert_eq!(store.purchases(), shop.purchases());
    marks
}

/// A purchase and the texts that a host would have at hand.
struct Prepared {
    purchase: Purchase,
    purchase_id: String,
    customer_id: String,
}

impl Prepared {
    fn new(shop: &Shop, number: u64) -> Self {
        let purchase = shop.purchase(number);
        let purchase_id = format!("P{number:09}");
        let customer_id = format!("c-{:07}", purchase.customer);
        Self { purchase, purchase_id, customer_id }
    }

    fn insert(&self, shop: &Shop, insert: &mut Insert<'_>) {
        let id = insert.purchase(&Row {
            event_id: &self.purchase.event_id,
            purchase_id: &self.purchase_id,
            customer_id: Some(&self.customer_id),
            refund: self.purchase.refund,
            currency: self.purchase.currency(),
            total_minor: self.purchase.total_minor,
            channel: Some(self.purchase.channel()),
            country: self.purchase.country(),
            occurred_at_ms: self.purchase.occurred_at_ms,
        });
        for (line, item) in self.purchase.lines().iter().enumerate() {
            let product = shop.product(item.product);
            let item = ItemRow {
                sku: &product.sku,
                name: &product.name,
                quantity: i64::from(item.quantity),
                unit_price_minor: product.price_minor,
            };
            insert.item(id, line, &item);
        }
    }
}

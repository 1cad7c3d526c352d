//! How long `crm-collector import` takes for Online Retail II, against a plain SQLite loop over the
//! same rows.
//!
//! The plain loop reads the same gzip file by the same `csv` crate and keeps the same lines (price
//! above 0). It inserts a purchase and its line items whenever the invoice changes, in transactions
//! of 1,000 invoices, into the plain schema of the ingest bench. An invoice that comes up again
//! further down (the first nine days of December 2010 stand twice) is found in a map in memory and
//! gets the further lines. It keeps no rollups, no customers and no products, and does not look
//! at time zones.
//!
//! `cargo bench -p crm-tests --bench import -- [--rounds 3]`
#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]
#![expect(clippy::expect_used, reason = "a bench that fails has to stop")]

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::time::{Duration, Instant};

use crm_models::Amount;
use crm_tests::bench::args::Args;
use crm_tests::bench::plain::{Insert, ItemRow, PlainStore, Row, TRANSACTION, Tuning};
use crm_tests::bench::table::{Table, grouped, per_second, rate, ratio};
use crm_tests::harness::{Collector, Options, folder_bytes, places};

const FILE: &str = "online_retail_ii.csv.gz";
/// Of the whole file.
const LINES: u64 = 1_067_371;
const WANTED: f64 = 2.0;

fn main() {
    let rounds = Args::parse(&["rounds"]).count("rounds", 3);
    let Some(file) = places::shared_data(FILE) else {
        println!("import: skipped, there is no ../shared/data/{FILE} beside the project");
        return;
    };
    println!("import: {}\n{FILE}, {} lines\n", crm_tests::bench::machine(), grouped(LINES));

    let mut table =
        Table::new(["run", "seconds", "lines a second", "MiB on disk", "to plain loop"]);
    let mut best: [Option<Duration>; 3] = [None; 3];
    let mut sizes = [0; 3];
    // By turns, so that what else the machine does falls on all of them.
    for _ in 0..rounds {
        let runs = [plain(&file, Tuning::Default), plain(&file, Tuning::Roomy), ours(&file)];
        for (index, (time, bytes)) in runs.into_iter().enumerate() {
            best[index] = Some(best[index].map_or(time, |best| best.min(time)));
            sizes[index] = bytes;
        }
    }
    let seconds = best.map(|time| time.unwrap_or_default().as_secs_f64());
    for (index, name) in ["plain loop", "plain loop, 256 MB", "import"].iter().enumerate() {
        table.row([
            (*name).to_owned(),
            format!("{:.2}", seconds[index]),
            rate(per_second(LINES, best[index].unwrap_or_default())),
            (sizes[index] >> 20).to_string(),
            ratio(seconds[index], seconds[0]),
        ]);
    }
    println!("The best of {rounds} runs\n\n{table}");
    let met = if seconds[2] <= WANTED * seconds[0] { "met" } else { "SHORT" };
    println!("Wanted: at most {WANTED} times the plain loop: {met}");
}

/// Imports by the product's own command into a fresh folder.
fn ours(file: &Path) -> (Duration, u64) {
    let collector = Collector::prepare(Options::new());
    let path = file.to_str().expect("the path is UTF-8");
    let begun = Instant::now();
    let mut arguments = vec!["import", path, "--preset", "online-retail"];
    arguments.extend(["--currency", "GBP", "--timezone", "Europe/London"]);
    collector.expect_command(&arguments, "");
    let time = begun.elapsed();
    let size = folder_bytes(&collector.data());
    (time, size)
}

/// Imports by the plain loop into a fresh folder.
fn plain(file: &Path, tuning: Tuning) -> (Duration, u64) {
    let folder = tempfile::tempdir_in(places::scratch_folder()).expect("there is disk space");
    let begun = Instant::now();
    let store = PlainStore::create(folder.path(), tuning);
    Loop::default().run(file, &store);
    let time = begun.elapsed();

    // The same sums that the product's own reports have to show, in 1/10,000.
    let sum = |sign| {
        format!("SELECT sum(quantity * unit_price) FROM purchase_items WHERE quantity {sign} 0")
    };
    assert_eq!(store.number(&sum(">")), 209_729_681_380, "gross sales of the plain loop");
    assert_eq!(store.number(&sum("<")), -15_270_414_300, "refunds of the plain loop");
    (time, folder_bytes(folder.path()))
}

#[derive(Default)]
struct Loop {
    /// Lines of the invoice that is being read.
    lines: Vec<csv::StringRecord>,
    /// Where every invoice was put, and how many lines it has.
    invoices: HashMap<String, (i64, usize)>,
    in_transaction: u64,
}

impl Loop {
    fn run(mut self, file: &Path, store: &PlainStore) {
        let file = BufReader::new(File::open(file).expect("the file can be read"));
        let mut reader = csv::Reader::from_reader(flate2::bufread::MultiGzDecoder::new(file));
        let mut insert = store.begin();
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record).expect("the file is CSV") {
            if price(&record) <= 0 {
                continue;
            }
            if self.lines.last().is_some_and(|last| last.get(0) != record.get(0)) {
                self.insert_invoice(&mut insert);
                if self.in_transaction == TRANSACTION {
                    store.commit(insert);
                    insert = store.begin();
                    self.in_transaction = 0;
                }
            }
            self.lines.push(record.clone());
        }
        self.insert_invoice(&mut insert);
        store.commit(insert);
    }

    fn insert_invoice(&mut self, insert: &mut Insert<'_>) {
        let Some(first) = self.lines.first() else { return };
        let text = |record: &csv::StringRecord, column| record.get(column).unwrap_or("").to_owned();
        let invoice = text(first, 0);
        let total_minor = self.lines.iter().map(|line| price(line) * quantity(line)).sum::<i64>();
        let (purchase, line_count) = match self.invoices.get(&invoice) {
            Some(place) => *place,
            None => {
                let number = self.invoices.len() as u128;
                let customer = text(first, 6);
                let row = Row {
                    event_id: &number.to_be_bytes(),
                    purchase_id: &invoice,
                    customer_id: Some(&*customer).filter(|customer| !customer.is_empty()),
                    refund: total_minor < 0,
                    currency: "GBP",
                    total_minor,
                    channel: None,
                    country: first.get(7).unwrap_or(""),
                    occurred_at_ms: time_ms(first.get(4).unwrap_or("")),
                };
                (insert.purchase(&row), 0)
            }
        };
        for (index, line) in self.lines.iter().enumerate() {
            let item = ItemRow {
                sku: line.get(1).unwrap_or(""),
                name: line.get(2).unwrap_or(""),
                quantity: quantity(line),
                unit_price_minor: price(line),
            };
            insert.item(purchase, line_count + index, &item);
        }
        self.invoices.insert(invoice, (purchase, line_count + self.lines.len()));
        self.lines.clear();
        self.in_transaction += 1;
    }
}

/// In 1/10,000.
fn price(record: &csv::StringRecord) -> i64 {
    let price = record.get(5).and_then(|price| price.parse::<Amount>().ok());
    price.expect("a price is an amount").ten_thousandths()
}

fn quantity(record: &csv::StringRecord) -> i64 {
    record.get(3).and_then(|quantity| quantity.parse().ok()).expect("a quantity is a number")
}

/// Local time as if it were UTC: what a plain loop would store.
fn time_ms(text: &str) -> i64 {
    let time = format!("{}Z", text.replacen(' ', "T", 1)).parse::<crm_models::Timestamp>();
    time.expect("a date and a time").millis()
}

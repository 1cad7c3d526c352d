//! A host for the tests that kill one: it tracks purchases through a spool from several threads, as
//! fast as it can, and keeps in a file how many calls of each thread have returned, until it is
//! killed or ends as it was told to.
//!
//! Its one argument is an [`Order`] as JSON. The number of a call is the total of its purchase.

#![forbid(unsafe_code)]
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "only tests run this, and there a broken expectation ought to panic"
)]

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crm_sdk::{Amount, Client, Currency, LineItem, Loss, Purchase, WhenFull};
use crm_tests::harness::{Ending, Order};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;

/// Longer than anything takes here: when it is reached, the account tells.
const PATIENCE: Duration = Duration::from_mins(10);

/// Larger than what this program writes beside its spool, smaller than its first segment grows.
const SMALL_FILE_BYTES: u64 = 4096;

/// Never dropped, as in many a host.
static HOST: OnceLock<(Client, Order)> = OnceLock::new();
static STOP: AtomicBool = AtomicBool::new(false);

fn main() {
    let order = std::env::args().nth(1).expect("an order is given");
    let order = Order::parse(&order);
    let client = Client::builder(&order.endpoint, &order.key)
        .spool_dir(&order.spool)
        .spool_bytes(order.spool_bytes)
        .adoption_interval(Duration::from_millis(order.adoption_ms))
        .batch_events(order.batch_events)
        .batch_age(Duration::from_millis(2))
        .retry_between(Duration::from_millis(2), Duration::from_millis(50))
        .when_full(WhenFull::Block(PATIENCE))
        .build()
        .expect("the client starts");
    let (client, order) = HOST.get_or_init(|| (client, order));

    match order.ending {
        Ending::InOrder => {
            let threads: Vec<_> = (0..order.threads)
                .map(|thread| std::thread::spawn(move || track(thread)))
                .collect();
            end_of_input();
            STOP.store(true, Ordering::Relaxed);
            for thread in threads {
                thread.join().expect("tracking does not panic");
            }
            shut_down(client, &[]);
        }
        Ending::Exit => {
            track(0);
            std::process::exit(0);
        }
        Ending::Panic => {
            track(0);
            std::panic::set_hook(Box::new(|_| track(1)));
            panic!("as it was told to");
        }
        Ending::FullDisk => {
            let mut spool = Vec::new();
            let limit = getrlimit(Resource::Fsize);
            let full = Rlimit { current: Some(SMALL_FILE_BYTES), maximum: limit.maximum };
            for (thread, limit) in (0..).zip([limit, full, limit]) {
                setrlimit(Resource::Fsize, limit).expect("the limit can be set");
                track(thread);
                spool.push(format!("{:?}", client.stats().spool));
            }
            end_of_input();
            shut_down(client, &spool);
        }
    }
}

/// Returns when whoever holds the other end wants this process to end in order.
fn end_of_input() {
    io::stdin().read_to_end(&mut Vec::new()).expect("standard input can be read");
}

fn shut_down(client: &Client, spool: &[String]) {
    let unsent = client.shutdown(PATIENCE);
    let (stats, losses) = (client.stats(), client.losses());
    let account = json!({
        "tracked": stats.tracked,
        "recovered": stats.recovered,
        "accepted": stats.accepted,
        "duplicate": stats.duplicate,
        "unspooled": stats.unspooled,
        "damaged": losses.of(Loss::Damaged),
        "lost": losses.total(),
        "unsent": unsent.events,
        "spool": spool,
    });
    println!("{account}");
}

/// Calls until it is stopped, or has called often enough.
fn track(thread: u64) {
    let (client, order) = HOST.get().expect("it has begun");
    let returned = File::options().write(true).open(&order.returned).expect("the file is there");
    for number in 0..order.calls {
        if STOP.load(Ordering::Relaxed) {
            return;
        }
        client.purchase(purchase(order, thread, number)).expect("the event is taken");
        // In the system's hands, as the event is: what is read here later did return.
        let count = (number + 1).to_le_bytes();
        returned.write_all_at(&count, thread * 8).expect("the file can be written");
    }
}

fn purchase(order: &Order, thread: u64, number: u64) -> Purchase {
    let total =
        i64::try_from(number + 1).map(Amount::from_ten_thousandths).expect("few calls are made");
    let purchase = Purchase::sale(Currency::EUR)
        .country(format!("life-{}", order.life))
        .channel(format!("thread-{thread}"))
        .item(LineItem::new("first", 1, total));
    // Some are longer than others.
    (0..order.lines_of(number)).fold(purchase, |purchase, line| {
        purchase.item(LineItem::new(format!("sku-{line}"), 1, Amount::from_ten_thousandths(0)))
    })
}

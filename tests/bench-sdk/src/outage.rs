//! An outage: no server for hours at a thousand events a second, then a server. The hours are
//! compressed: events are tracked as fast as the disk takes them.

use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::contenders::crm::builder;
use crate::contenders::customer;
use crate::process::{Core, start, tell};
use crate::server::Server;
use crate::table::{Table, grouped, mib_of_kib, per_second, rate};
use crate::usage::{Memory, folder_bytes};

/// Events a second of the hours that are simulated.
const RATE: u64 = 1_000;
/// Events before memory is looked at for the first time: the client has all that it needs by then.
const WARM_UP: u64 = 1_000;

/// What the process saw.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Outage {
    seconds: f64,
    /// Resident memory, in KiB: before, and the most while there was no server.
    before_kib: u64,
    most_kib: u64,
    spool_bytes: u64,
}

/// Of the delivery afterwards.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Delivery {
    seconds: f64,
    most_kib: u64,
    left: usize,
}

/// Prints what an outage of so many hours takes.
pub fn measure(hours: u64, scratch: &Path) {
    let events = hours * 3_600 * RATE;
    println!("No server for {hours} hours at 1,000 events a second: {} events\n", grouped(events));
    // A port that is free now, and that the server gets later.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("there are free ports");
    let address = listener.local_addr().expect("it is bound").to_string();
    drop(listener);
    let spool = tempfile::tempdir_in(scratch).expect("the disk can be written");
    let folder = spool.path().to_str().expect("the path is text");
    let words = [&format!("http://{address}"), folder, &events.to_string(), &address];
    let (mut process, mut output) = start(Core::Any, "outage", &words);
    let mut line = || {
        let mut line = String::new();
        std::io::BufRead::read_line(&mut output, &mut line).expect("the process tells");
        line
    };
    let outage: Outage = serde_json::from_str(&line()).expect("figures are JSON");
    let server = Server::start_at(Core::Any, &address);
    let delivery: Delivery = serde_json::from_str(&line()).expect("figures are JSON");
    let status = process.wait().expect("it was started");
    let counts = server.counts();

    let seconds = Duration::from_secs_f64;
    let growth = |kib: u64| mib_of_kib(kib.saturating_sub(outage.before_kib));
    let mut table = Table::new(["", "without a server", "afterwards"]);
    let rates = [(events, outage.seconds), (counts.events, delivery.seconds)]
        .map(|(events, time)| rate(per_second(events, seconds(time))));
    table.row(["events tracked, arrived", &grouped(events), &grouped(counts.events)]);
    table.row(["seconds", &format!("{:.0}", outage.seconds), &format!("{:.0}", delivery.seconds)]);
    table.row(["events/s", &rates[0], &rates[1]]);
    table.row(["memory at the start, MiB", &mib_of_kib(outage.before_kib), ""]);
    table.row(["grown by at most, MiB", &growth(outage.most_kib), &growth(delivery.most_kib)]);
    let per_event = outage.spool_bytes / events.max(1);
    let spool_mib = mib_of_kib(outage.spool_bytes / 1_024);
    table.row(["spool, MiB", &format!("{spool_mib} ({per_event} bytes/event)"), ""]);
    table.row(["left in the spool", "", &grouped(delivery.left as u64)]);
    println!("{table}");
    println!("The process ended with {status}.\n");
}

/// The role: tracks without a server, tells, and waits until all is sent.
pub fn play(words: &[String]) -> impl Serialize + use<> {
    let [url, folder, events, _address] = words else { panic!("four words are needed") };
    let events: u64 = events.parse().expect("a number of events");
    let folder = Path::new(folder);
    let client = builder(url)
        .spool_dir(folder)
        .spool_bytes(1 << 40)
        // So that it is seen soon that the server is back.
        .retry_between(Duration::from_millis(100), Duration::from_secs(1))
        .build()
        .expect("the options are good");
    let track = |number: u64| {
        let id = customer(usize::try_from(number).expect("a count of events"));
        let visit = crm_sdk::Interaction::new(id, crm_sdk::InteractionKind::Visit);
        client.track(visit).expect("the disk can be written");
    };
    (0..WARM_UP.min(events)).for_each(track);
    let memory = || Memory::of(std::process::id()).now_kib;
    let mut outage = Outage { before_kib: memory(), ..Outage::default() };
    let begun = Instant::now();
    for number in WARM_UP..events {
        track(number);
        if number % 10_000 == 0 {
            outage.most_kib = outage.most_kib.max(memory());
        }
    }
    outage.seconds = begun.elapsed().as_secs_f64();
    outage.most_kib = outage.most_kib.max(memory());
    outage.spool_bytes = folder_bytes(folder);
    tell(&outage);

    let begun = Instant::now();
    let mut delivery = Delivery::default();
    loop {
        let unsent = client.flush(Duration::from_millis(200));
        delivery.most_kib = delivery.most_kib.max(memory());
        delivery.left = unsent.events;
        let is_stuck = begun.elapsed().as_secs() > 3_600;
        if unsent.is_empty() || is_stuck {
            break;
        }
    }
    delivery.seconds = begun.elapsed().as_secs_f64();
    // The last flush told what was left.
    let _unsent = client.shutdown(Duration::from_secs(5));
    delivery
}

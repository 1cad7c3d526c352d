//! Events whose call has returned survive whatever happens to their process: hosts and collectors
//! are killed at any instant, and each event is stored once all the same.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crm_sdk::{Amount, Timestamp};
use crm_tests::harness::{Collector, Host, Life, Options, Order, places};
use serde_json::Value;
use tempfile::TempDir;

use crate::dice::{Dice, rounds};
use crate::stored::{now, stored};

/// The program that is killed.
const HOST: &str = env!("CARGO_BIN_EXE_host");

/// A spool in a folder of its own, and the processes that used it.
struct Stage {
    folder: TempDir,
    endpoint: String,
    key: String,
    lives: Vec<Life>,
    begun: Timestamp,
    born: u64,
}

/// A call of a host: its process, its thread, its number.
type Call = (u64, u64, u64);

impl Stage {
    fn new(collector: &Collector) -> Self {
        let folder = TempDir::with_prefix_in("spool-", places::scratch_folder()).unwrap();
        let (endpoint, key) = (collector.url(), collector.key().to_owned());
        Self { folder, endpoint, key, lives: Vec::new(), begun: now(), born: 0 }
    }

    fn spool(&self) -> PathBuf {
        self.folder.path().join("spool")
    }

    /// Starts a host whose threads make at most so many calls each.
    fn host(&mut self, threads: u64, calls: u64, lines: u64) -> Host {
        let life = self.born;
        self.born += 1;
        let order = Order {
            endpoint: self.endpoint.clone(),
            key: self.key.clone(),
            spool: self.spool(),
            spool_bytes: 1024 * 1024,
            adoption_ms: 20,
            life,
            threads,
            calls,
            lines,
            returned: self.folder.path().join(format!("returned-{life}")),
        };
        Host::start(Path::new(HOST), order)
    }

    /// Lets a host that calls nothing send whatever is left, and holds it to its account.
    fn drain(&mut self) {
        let life = self.host(0, 0, 0).end();
        let account = life.account.as_ref().unwrap();
        assert_eq!(account["unsent"], 0, "{account}");
        assert_eq!(account["lost"], account["damaged"], "{account}");
        self.lives.push(life);
        let left: Vec<_> = std::fs::read_dir(self.spool())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".seg"))
            .collect();
        assert!(left.is_empty(), "left in the spool: {left:?}");
    }

    /// Each call that returned is stored once, with what it was called with; beside those at most
    /// the one of each thread that was under way when its process was killed. Returns those that
    /// returned and are not there.
    fn missing(&self, collector: &Collector) -> Vec<Call> {
        let mut found: BTreeMap<Call, Value> = BTreeMap::new();
        for purchase in stored(collector, self.begun) {
            let call = call_of(&purchase);
            let twice = found.insert(call, purchase);
            assert!(twice.is_none(), "{call:?} is stored twice: {twice:?}");
        }
        let mut missing = Vec::new();
        for life in &self.lives {
            for (thread, returned) in (0..).zip(&life.returned) {
                for number in 0..*returned {
                    let call = (life.order.life, thread, number);
                    match found.remove(&call) {
                        Some(purchase) => {
                            let lines = purchase["items"].as_array().unwrap().len() as u64;
                            assert_eq!(lines, 1 + life.order.lines_of(number), "{purchase}");
                        }
                        None => missing.push(call),
                    }
                }
                let under_way = found.remove(&(life.order.life, thread, *returned));
                assert!(under_way.is_none() || life.account.is_none(), "{under_way:?}");
            }
        }
        assert!(found.is_empty(), "nobody called {:?}", found.keys());
        missing
    }

    /// How many calls have returned.
    fn returned(&self) -> u64 {
        self.lives.iter().flat_map(|life| &life.returned).sum()
    }
}

fn call_of(purchase: &Value) -> Call {
    let number = |name: &str, prefix: &str| {
        let number = purchase[name].as_str().and_then(|text| text.strip_prefix(prefix));
        number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{purchase}"))
    };
    // The API says totals as text, an event as it was sent may leave them to its first line.
    let total = purchase["items"][0]["unit_price"].as_str().unwrap().parse::<Amount>().unwrap();
    (number("country", "life-"), number("channel", "thread-"), total.minor() as u64 - 1)
}

#[test]
fn a_host_killed_at_any_instant_loses_and_doubles_no_event_whose_call_returned() {
    let collector = Collector::start(Options::new().without_quota());
    rounds(|seed| {
        let dice = &mut Dice::new(seed);
        let mut stage = Stage::new(&collector);
        for _ in 0..=dice.below(2) {
            let host = stage.host(1 + dice.below(4), 1_000, dice.below(20));
            std::thread::sleep(dice.micros(0, 25_000));
            stage.lives.push(host.kill());
        }
        stage.drain();
        assert_eq!(stage.missing(&collector), [], "lost");
        println!("{} killed, {} calls", stage.lives.len() - 1, stage.returned());
    });
}

#[test]
fn a_host_and_its_collector_killed_at_any_instant_lose_and_double_nothing() {
    let mut collector = Collector::start(Options::new().without_quota());
    rounds(|seed| {
        let dice = &mut Dice::new(seed);
        let mut stage = Stage::new(&collector);
        let ends = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let mut hosts_dice = Dice::new(dice.next());
            let hosts = scope.spawn({
                let (stage, ends) = (&mut stage, &ends);
                move || {
                    let dice = &mut hosts_dice;
                    for _ in 0..=dice.below(2) {
                        let host = stage.host(1 + dice.below(4), 1_000, dice.below(20));
                        std::thread::sleep(dice.micros(0, 40_000));
                        stage.lives.push(host.kill());
                    }
                    ends.store(true, Ordering::SeqCst);
                }
            });
            while !ends.load(Ordering::SeqCst) {
                std::thread::sleep(dice.micros(0, 25_000));
                collector.kill();
                std::thread::sleep(dice.micros(0, 10_000));
                collector.restart();
            }
            hosts.join().unwrap();
        });
        stage.drain();
        assert_eq!(stage.missing(&collector), [], "lost");
        println!("{} killed, {} calls", stage.lives.len() - 1, stage.returned());
    });
}

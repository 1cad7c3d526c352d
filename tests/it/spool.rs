//! Events whose call has returned survive whatever happens to their process: hosts and collectors
//! are killed at any instant, and each event is stored once all the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use crm_sdk::{Amount, Timestamp};
use crm_tests::harness::{Collector, Ending, Host, Life, Options, Order, places};
use serde_json::Value;
use tempfile::TempDir;

use crate::delivery::Until;
use crate::dice::{Dice, once, rounds};
use crate::proxy::{Losses, Proxy};
use crate::segments::Vandal;
use crate::stored::{now, stored};

/// The program that is killed.
pub(crate) const HOST: &str = env!("CARGO_BIN_EXE_host");

/// A spool in a folder of its own, and the processes that used it.
pub(crate) struct Stage {
    folder: TempDir,
    endpoint: String,
    key: String,
    pub(crate) lives: Vec<Life>,
    begun: Timestamp,
    born: u64,
}

/// A call of a host: its process, its thread, its number.
pub(crate) type Call = (u64, u64, u64);

impl Stage {
    pub(crate) fn new(collector: &Collector) -> Self {
        let folder = TempDir::with_prefix_in("spool-", places::scratch_folder()).unwrap();
        let (endpoint, key) = (collector.url(), collector.key().to_owned());
        Self { folder, endpoint, key, lives: Vec::new(), begun: now(), born: 0 }
    }

    fn spool(&self) -> PathBuf {
        self.folder.path().join("spool")
    }

    /// Starts a host whose threads make at most so many calls each.
    fn host(&mut self, threads: u64, calls: u64, lines: u64) -> Host {
        let order = self.order(threads, calls, lines);
        Host::start(&[HOST], order)
    }

    pub(crate) fn order(&mut self, threads: u64, calls: u64, lines: u64) -> Order {
        let life = self.born;
        self.born += 1;
        Order {
            endpoint: self.endpoint.clone(),
            key: self.key.clone(),
            spool: self.spool(),
            spool_bytes: 1024 * 1024,
            adoption_ms: 20,
            batch_events: 200,
            life,
            threads,
            calls,
            lines,
            ending: Ending::InOrder,
            returned: self.folder.path().join(format!("returned-{life}")),
        }
    }

    /// Lets a host that calls nothing send whatever is left, and holds it to its account.
    pub(crate) fn drain(&mut self) {
        let life = self.host(0, 0, 0).end();
        let account = life.account.clone().unwrap();
        assert_eq!(account["unsent"], 0, "{account}");
        assert_eq!(account["lost"], account["damaged"], "{account}");
        self.lives.push(life);
        let left: Vec<_> = std::fs::read_dir(self.spool())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".seg"))
            .collect();
        // How long each is tells what was left.
        let left: Vec<_> = left
            .into_iter()
            .map(|name| (std::fs::metadata(self.spool().join(&name)).unwrap().len(), name))
            .collect();
        assert!(left.is_empty(), "left in the spool: {left:?}, {account}");
    }

    /// Each call that returned is stored once, with what it was called with; beside those at most
    /// the one of each thread that was under way when its process was killed. Returns those that
    /// returned and are not there.
    pub(crate) fn missing(&self, collector: &Collector) -> Vec<Call> {
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

    /// The sum of what the hosts that ended in order have counted.
    fn counted(&self, what: &str) -> u64 {
        let accounts = self.lives.iter().filter_map(|life| life.account.as_ref());
        accounts.map(|account| account[what].as_u64().unwrap()).sum()
    }

    /// How many calls have returned.
    pub(crate) fn returned(&self) -> u64 {
        self.lives.iter().flat_map(|life| &life.returned).sum()
    }
}

/// Whose a purchase is, as it was sent or as it is stored.
fn call_of(purchase: &Value) -> Call {
    let number = |name: &str, prefix: &str| {
        let number = purchase[name].as_str().and_then(|text| text.strip_prefix(prefix));
        number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{purchase}"))
    };
    let total = purchase["items"][0]["unit_price"].as_str().unwrap().parse::<Amount>().unwrap();
    (
        number("country", "life-"),
        number("channel", "thread-"),
        u64::try_from(total.ten_thousandths()).unwrap() - 1,
    )
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

#[test]
fn nothing_is_lost_or_doubled_when_answers_and_connections_are_lost_and_the_collector_restarts() {
    let mut collector = Collector::start(Options::new().without_quota());
    once(|seed| {
        let dice = &mut Dice::new(seed);
        let mut stage = Stage::new(&collector);
        let losses = Losses { answers_percent: 30, resets_percent: 10 };
        let proxy = Proxy::losing(collector.address(), dice.next(), losses);
        let order = Order {
            endpoint: proxy.url(),
            spool_bytes: 256 * 1024 * 1024,
            batch_events: 500,
            ..stage.order(4, 25_000, 3)
        };
        let host = Host::start(&[HOST], order);
        let all_sent = AtomicBool::new(false);
        let life = std::thread::scope(|scope| {
            let sending = scope.spawn(|| {
                let _done = Until(&all_sent);
                host.wait_for_calls();
                host.end()
            });
            while !all_sent.load(Ordering::SeqCst) {
                std::thread::sleep(dice.millis(200, 1_500));
                collector.kill();
                std::thread::sleep(dice.millis(0, 100));
                collector.restart();
            }
            sending.join().unwrap()
        });
        let account = life.account.clone().unwrap();
        println!("{} answers lost; {account}", proxy.lost_answers());
        assert_eq!([&account["tracked"], &account["lost"], &account["unsent"]], [100_000, 0, 0]);
        assert!(proxy.lost_answers() > 0 && account["duplicate"].as_u64() > Some(0));
        stage.lives.push(life);
        assert_eq!(stage.returned(), 100_000);
        assert_eq!(stage.missing(&collector), [], "lost");
    });
}

/// When bits are flipped, in a round of the test below.
#[derive(Clone, Copy, Debug)]
enum Scene {
    /// While no process lives. What was damaged and not settled is counted, each event once.
    NobodyLives,
    /// While all live and none is killed any more. What is lost is counted by those who live, and
    /// nothing that was not damaged.
    AllLive,
    /// While processes are killed. What a killed one has counted is gone with it.
    SomeAreKilled,
}

#[test]
fn eight_processes_share_a_spool_and_lose_only_what_is_damaged_on_disk() {
    let mut collector = Collector::start(Options::new().without_quota());
    rounds(|seed| {
        let dice = &mut Dice::new(seed);
        let scene = *dice.pick(&[Scene::NobodyLives, Scene::AllLive, Scene::SomeAreKilled]);
        let mut stage = Stage::new(&collector);
        // Without a collector much is on disk; with one it is on its way at the same time.
        let is_down = dice.below(3) > 0;
        if is_down {
            collector.kill();
        }
        let mut hosts: Vec<_> = (0..8).map(|_| stage.host(1, 120, 60)).collect();
        let mut vandal = Vandal::default();
        let kill_one = |stage: &mut Stage, hosts: &mut Vec<Host>, dice: &mut Dice| {
            std::thread::sleep(dice.micros(0, 10_000));
            let victim = usize::try_from(dice.below(8)).unwrap();
            stage.lives.push(hosts.remove(victim).kill());
            hosts.push(stage.host(1, 120, 60));
        };
        for _ in 0..4 + dice.below(8) {
            kill_one(&mut stage, &mut hosts, dice);
        }
        match scene {
            Scene::NobodyLives => {
                stage.lives.extend(hosts.drain(..).map(Host::kill));
                vandal.visit(&stage.spool(), dice);
                hosts.extend((0..8).map(|_| stage.host(1, 20, 20)));
            }
            Scene::AllLive => {}
            Scene::SomeAreKilled => {
                for _ in 0..4 {
                    vandal.visit(&stage.spool(), dice);
                    kill_one(&mut stage, &mut hosts, dice);
                }
            }
        }
        if is_down {
            collector.restart();
        }
        if let Scene::AllLive = scene {
            for _ in 0..4 {
                vandal.visit(&stage.spool(), dice);
                std::thread::sleep(dice.micros(0, 10_000));
            }
        }
        stage.lives.extend(hosts.into_iter().map(Host::end));
        stage.drain();

        let missing = stage.missing(&collector);
        let damaged: BTreeSet<_> = vandal.events.iter().map(call_of).collect();
        let lost_for_nothing: Vec<_> =
            missing.iter().filter(|call| !damaged.contains(*call)).collect();
        assert!(lost_for_nothing.is_empty(), "{scene:?}: {lost_for_nothing:?}");
        let counted = stage.counted("damaged");
        match scene {
            Scene::NobodyLives => assert_eq!(counted, vandal.unsettled),
            Scene::AllLive => {
                let possible = missing.len() as u64..=damaged.len() as u64;
                assert!(possible.contains(&counted), "{counted} of {possible:?}");
            }
            Scene::SomeAreKilled => assert!(counted <= damaged.len() as u64),
        }
        println!(
            "{scene:?}: {} calls, {} damaged, {counted} counted, {} lost",
            stage.returned(),
            damaged.len(),
            missing.len()
        );
    });
}

//! Hosts that end without a shutdown, and one whose disk is full for a while: the next one finds
//! what they tracked.

use crm_tests::harness::{Collector, Ending, Host, Options, Order};
use serde_json::json;

use crate::spool::{HOST, Stage};

/// A stage whose collector is down, so that nothing is sent before the host ends.
fn stage() -> (Collector, Stage) {
    let mut collector = Collector::start(Options::new().without_quota());
    let stage = Stage::new(&collector);
    collector.kill();
    (collector, stage)
}

#[test]
fn a_host_that_exits_with_its_client_in_a_static_leaves_every_event_to_the_next() {
    let (mut collector, mut stage) = stage();
    let order = Order { ending: Ending::Exit, ..stage.order(1, 300, 20) };
    let (status, said, life) = Host::start(&[HOST], order).wait_for_end();
    assert_eq!((status.code(), said.as_str(), &life.returned[..]), (Some(0), "", &[300][..]));
    stage.lives.push(life);
    collector.restart();
    stage.drain();
    assert_eq!(stage.missing(&collector), [], "lost");
    assert_eq!(stage.lives[1].account.as_ref().unwrap()["recovered"], 300);
}

#[test]
fn what_a_panic_hook_tracks_is_left_to_the_next_host_too() {
    let (mut collector, mut stage) = stage();
    let order = Order { ending: Ending::Panic, ..stage.order(2, 100, 5) };
    let (status, said, life) = Host::start(&[HOST], order).wait_for_end();
    assert_eq!((status.code(), said.as_str(), &life.returned[..]), (Some(101), "", &[100; 2][..]));
    stage.lives.push(life);
    collector.restart();
    stage.drain();
    assert_eq!(stage.missing(&collector), [], "lost");
    assert_eq!(stage.lives[1].account.as_ref().unwrap()["recovered"], 200);
}

#[test]
fn while_the_disk_is_full_events_are_kept_in_memory_and_none_is_lost() {
    let (mut collector, mut stage) = stage();
    let order = Order { ending: Ending::FullDisk, ..stage.order(3, 100, 5) };
    // The signal that comes with the error would end the process; a disk that is full sends none.
    let ignoring = ["sh", "-c", r#"trap '' XFSZ; exec "$0" "$@""#, HOST];
    let host = Host::start(&ignoring, order);
    host.wait_for_calls();
    collector.restart();
    let life = host.end();
    let account = life.account.as_ref().unwrap();
    let states = json!(["Working", "Failing(FileTooLarge)", "Working"]);
    assert_eq!(account["spool"], states, "{account}");
    assert_eq!(account["unspooled"], 100, "{account}");
    assert_eq!([&account["tracked"], &account["lost"], &account["unsent"]], [300, 0, 0]);
    stage.lives.push(life);
    stage.drain();
    assert_eq!(stage.missing(&collector), [], "lost");
}

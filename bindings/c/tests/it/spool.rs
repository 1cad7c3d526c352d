//! Events survive the program that took them; letters that nobody takes are kept.

use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use crm_tests::harness::{Collector, Options};

use crate::kit::{
    C, Installed, Linking, folder, run, test_program, valgrind, valgrind_until_killed,
};

#[test]
fn what_was_taken_before_a_kill_is_sent_by_the_next_run() {
    let folder = folder();
    let installed = Installed::get();
    let program = installed.compile(C, &test_program("spool.c"), Linking::Shared, folder.path());
    let spool = folder.path().join("events");
    let mut collector = Collector::start(Options::new());
    let run_as = |mut command: Command, role: &str, collector: &Collector| {
        run(command.args([role, &collector.url(), collector.key()]).arg(&spool))
    };

    collector.kill();
    let taken = run_as(valgrind_until_killed(&program), "take", &collector);
    let complaints = String::from_utf8_lossy(&taken.stderr);
    assert_eq!((taken.status.signal(), &*complaints), (Some(9), ""));

    collector.restart();
    let delivered = run_as(valgrind(&program), "deliver", &collector);
    assert_eq!(String::from_utf8_lossy(&delivered.stderr), "");
    assert_eq!(String::from_utf8_lossy(&delivered.stdout), "delivered\n");
    assert_eq!(collector.stored_purchases("2026-01-01", "2100-01-01"), 2);
    let found = collector.get("/v1/purchases?purchase_id=one").expect(200).json();
    assert_eq!(found["purchases"][0]["total"], "1.00");
    let ada = collector.get("/v1/customers/c-1").expect(200).json();
    assert_eq!(ada["interactions"], 1);
    collector.get("/v1/customers/c-2").expect(200);
}

//! What a fork leaves to parent and child, with a spool that both use and without one.

use crm_tests::harness::{Collector, Options};

use crate::kit::{C, Installed, Linking, folder, run, test_program, valgrind};

#[test]
fn after_a_fork_the_parent_goes_on_and_the_child_makes_a_client_of_its_own() {
    let folder = folder();
    let installed = Installed::get();
    let program = installed.compile(C, &test_program("fork.c"), Linking::Shared, folder.path());
    for spool in [None, Some(folder.path().join("spool"))] {
        let collector = Collector::start(Options::new());
        let mut command = valgrind(&program);
        command.args([&collector.url(), collector.key()]).args(&spool);
        let output = run(&mut command);
        // Errors of the child show there alone, as it ends in another program.
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{spool:?}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "two of the parent\n", "{spool:?}");
        assert!(output.status.success());
        assert_eq!(collector.stored_purchases("2026-01-01", "2100-01-01"), 3);
        for number in ["before", "after", "child"] {
            let found = collector.get(&format!("/v1/purchases?purchase_id={number}")).expect(200);
            assert_eq!(found.json()["purchases"][0]["total"], "1.00", "{number}");
        }
    }
}

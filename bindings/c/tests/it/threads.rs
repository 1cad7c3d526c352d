//! One client, many threads of the host.

use crm_tests::harness::{Collector, Options};

use crate::kit::{C, Installed, Linking, folder, succeed, test_program, valgrind};

#[test]
fn eight_threads_share_a_client_and_each_has_its_own_messages() {
    let folder = folder();
    let installed = Installed::get();
    let collector = Collector::start(Options::new());
    let source = test_program("threads.c");
    let program = installed.compile(C, &source, Linking::Shared, folder.path());
    let said = succeed(valgrind(&program).args([&collector.url(), collector.key()]));
    assert_eq!(said, "800 events, one refused\n");
    assert_eq!(collector.stored_purchases("2026-01-01", "2100-01-01"), 800);
}

//! What a program is told of its events, by callbacks and by asking, and what it may hold back.

use crm_tests::harness::{Collector, Options};

use crate::kit::{C, Installed, Linking, folder, succeed, test_program, valgrind};

#[test]
fn a_program_hears_of_losses_of_errors_and_of_verdicts_and_holds_events_back() {
    let folder = folder();
    let installed = Installed::get();
    let source = test_program("reports.c");
    let program = installed.compile(C, &source, Linking::Shared, folder.path());
    let collector = Collector::start(Options::new());
    let said = succeed(valgrind(&program).arg(collector.url()).arg(collector.key()));
    assert_eq!(said, "all expectations hold\n");
    let ada = collector.get("/v1/customers/c-1").expect(200).json();
    assert_eq!(ada["name"], "[redacted]");
    collector.get("/v1/customers/guest").expect(404);
}

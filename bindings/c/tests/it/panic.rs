//! A panic inside the library ends at its boundary. Needs the feature `testing`, with which the
//! library has a function that panics; what the boundary does with it is tested beside its source.
#![cfg(feature = "testing")]

use crm_tests::harness::{Collector, Options};

use crate::kit::{C, Installed, Linking, folder, succeed, test_program, valgrind};

#[test]
fn a_panic_comes_as_a_code_and_the_program_goes_on() {
    let folder = folder();
    let installed = Installed::get();
    let collector = Collector::start(Options::new());
    for linking in [Linking::Shared, Linking::Static] {
        let program = installed.compile(C, &test_program("panic.c"), linking, folder.path());
        let said = succeed(valgrind(&program).args([&collector.url(), collector.key()]));
        assert_eq!(said, "three panics, three events\n");
    }
}

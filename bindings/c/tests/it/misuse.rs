//! Wrong use in every way that a library can notice: a code and a message, and no harm.

use crm_tests::harness::free_address;

use crate::kit::{C, Installed, Linking, folder, succeed, test_program, valgrind};

#[test]
fn wrong_use_is_answered_by_a_code_and_a_message() {
    let folder = folder();
    let installed = Installed::get();
    let source = test_program("misuse.c");
    let program = installed.compile(C, &source, Linking::Shared, folder.path());
    // Nobody listens there: what is taken stays in the queue.
    let said = succeed(valgrind(&program).arg(format!("http://{}", free_address())));
    assert_eq!(said, "all expectations hold\n");
}

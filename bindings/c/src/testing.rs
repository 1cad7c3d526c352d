//! A function that panics, for the test which sees that no panic leaves the library.

use crate::boundary::call;
use crate::code::crm_code;

/// Panics, and returns `CRM_PANIC`.
#[unsafe(no_mangle)]
#[expect(clippy::panic, reason = "what it is for")]
pub extern "C" fn crm_testing_panic() -> crm_code {
    call(|| panic!("as the test wants it"))
}

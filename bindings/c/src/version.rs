//! Which version is running, as opposed to the one that was compiled against.

use std::ffi::c_char;

/// The version of the library that is running, such as "0.1.0". `CRM_VERSION` is the one that the
/// program was compiled with.
///
/// Threads: any. Ownership: the text is static; do not free it.
#[unsafe(no_mangle)]
pub extern "C" fn crm_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

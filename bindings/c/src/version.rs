//! Which version is running, as opposed to the one that was compiled against.

use std::ffi::c_char;

/// Version of the interface that this header describes. It grows when a program that was compiled
/// against an older header has to be compiled anew; added functions, codes and fields at the end of
/// structs leave it as it is.
pub const CRM_ABI_VERSION: u32 = 1;

/// The version of the library that is running, such as "0.1.0". `CRM_VERSION` is the one that the
/// program was compiled with.
///
/// Threads: any. Ownership: the text is static; do not free it.
#[unsafe(no_mangle)]
pub extern "C" fn crm_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The version of the interface of the library that is running: CRM_ABI_VERSION of the header it
/// was built with. A program that loads the library by itself compares the two before anything else.
///
/// Threads: any. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub extern "C" fn crm_abi_version() -> u32 {
    CRM_ABI_VERSION
}

//! How to read what a function returned, and what the last failure had to say.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crate::boundary;
use crate::code::crm_code;
use crate::pointer::{Numbered, number};

// SAFETY: it is repr(i32).
unsafe impl Numbered for crm_code {}

/// The name of a code as it is written in this header, such as "CRM_QUEUE_FULL"; "unknown" for
/// what is none.
///
/// Threads: any. Ownership: the text is static; do not free it.
#[unsafe(no_mangle)]
pub extern "C" fn crm_error_name(code: MaybeUninit<crm_code>) -> *const c_char {
    use crm_code::*;
    let names = [
        (CRM_OK, c"CRM_OK"),
        (CRM_MISUSE, c"CRM_MISUSE"),
        (CRM_NOT_UTF8, c"CRM_NOT_UTF8"),
        (CRM_CONFIGURATION, c"CRM_CONFIGURATION"),
        (CRM_INVALID, c"CRM_INVALID"),
        (CRM_QUEUE_FULL, c"CRM_QUEUE_FULL"),
        (CRM_SHUT_DOWN, c"CRM_SHUT_DOWN"),
        (CRM_UNSENT, c"CRM_UNSENT"),
        (CRM_SYSTEM, c"CRM_SYSTEM"),
        (CRM_PANIC, c"CRM_PANIC"),
        (CRM_FORKED, c"CRM_FORKED"),
        (CRM_SPOOL, c"CRM_SPOOL"),
        (CRM_EMPTY, c"CRM_EMPTY"),
        (CRM_OTHER, c"CRM_OTHER"),
    ];
    let code = number(code);
    let named = names.iter().find(|(named, _)| *named as i32 == code);
    named.map_or(c"unknown", |(_, name)| name).as_ptr()
}

/// What the latest call of this thread that failed had to say, in English; "" when none has. A
/// call that succeeds leaves it as it is, so look at it only after a failure.
///
/// It may quote what the call was given, such as a wrong email address: think before logging it.
///
/// Threads: any; each has a message of its own. Ownership: the library's. The text stays as it is
/// until another call of this thread fails, or the thread ends.
#[unsafe(no_mangle)]
pub extern "C" fn crm_last_error() -> *const c_char {
    boundary::last_message()
}

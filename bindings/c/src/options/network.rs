//! How requests are made: times, pauses, compression, and whom https trusts.

use std::ffi::c_char;
use std::time::Duration;

use super::crm_options;
use crate::code::crm_code;
use crate::events::{edit, set_text};

/// Sets above how many bytes a body is compressed. By default 1,024; SIZE_MAX for never, which
/// saves a little work where the collector is on this machine.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_gzip_above(
    options: *mut crm_options,
    bytes: usize,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.gzip_above = Some(bytes);
            Ok(())
        })
    }
}

/// Sets how long a connection may take to stand, in milliseconds. By default 10,000.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_connect_timeout(
    options: *mut crm_options,
    timeout_ms: u64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.connect_timeout = Some(Duration::from_millis(timeout_ms));
            Ok(())
        })
    }
}

/// Sets how long a request may take, connecting and the whole answer included, before it is made
/// again, in milliseconds. By default 30,000.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_request_timeout(
    options: *mut crm_options,
    timeout_ms: u64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.request_timeout = Some(Duration::from_millis(timeout_ms));
            Ok(())
        })
    }
}

/// Sets the pause after a failure, in milliseconds: a random time up to `first_ms`, which doubles
/// with each failure in a row until it is `longest_ms`. By default 500 and 60,000.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_retry_between(
    options: *mut crm_options,
    first_ms: u64,
    longest_ms: u64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            let (first, longest) =
                (Duration::from_millis(first_ms), Duration::from_millis(longest_ms));
            options.retry_between = Some((first, longest));
            Ok(())
        })
    }
}

/// Sets how long crm_client_free may block to send what is queued, in milliseconds. By default
/// 2,000.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_drop_timeout(
    options: *mut crm_options,
    timeout_ms: u64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.drop_timeout = Some(Duration::from_millis(timeout_ms));
            Ok(())
        })
    }
}

/// Trusts the certificate authorities in this PEM text, and none else; for a collector with a
/// private one. By default the system's are trusted. A certificate that a collector has signed
/// itself may stand in the text as well: that very one is then trusted, whatever its names and dates.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_root_certificates(
    options: *mut crm_options,
    pem: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_text(options, pem, "pem", |options| &mut options.root_certificates) }
}

/// Trusts what is in this PEM text beside what is trusted anyway; otherwise as
/// crm_options_set_root_certificates.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_extra_root_certificates(
    options: *mut crm_options,
    pem: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe { set_text(options, pem, "pem", |options| &mut options.extra_root_certificates) }
}

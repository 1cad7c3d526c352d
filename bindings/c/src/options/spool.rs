//! Where events are kept on disk, and for how long.

use std::ffi::c_char;
use std::time::Duration;

use super::crm_options;
use crate::boundary::call;
use crate::code::crm_code;
use crate::events::edit;
use crate::pointer::{exclusive, path, text};

/// Keeps events on disk, in this directory, until the collector has decided on them: they survive
/// the process. By default they are in memory alone.
///
/// The directory is made where it does not exist, readable by its owner alone; it has to be on a
/// local disk. Clients of any number of processes may share one: what a dead one left behind is
/// sent by one that lives. Clients with another key leave it alone. Where it cannot be used, the
/// client starts all the same, keeps events in memory, and says so: in its log and by the field
/// `spool` of crm_stats. See crm_options_set_spool_required.
///
/// Threads: one at a time. Ownership: the path is copied. It may be one that is not UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_spool_dir(
    options: *mut crm_options,
    dir: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    call(|| unsafe {
        let options = exclusive(options)?;
        options.spool_dir = Some(path(dir, "dir")?.to_owned());
        Ok(())
    })
}

/// Sets whether crm_client_new fails, with CRM_SPOOL, where the directory of crm_options_set_spool_dir
/// cannot be written to. By default it does not.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_spool_required(
    options: *mut crm_options,
    required: bool,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.spool_required = Some(required);
            Ok(())
        })
    }
}

/// Sets the most bytes of this client's files on disk, what it has adopted included; beyond that
/// crm_options_set_when_full holds. By default 256 MiB, 1 MiB at the least.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_spool_bytes(
    options: *mut crm_options,
    bytes: u64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.spool_bytes = Some(bytes);
            Ok(())
        })
    }
}

/// Sets how old an event on disk may grow, in milliseconds; an older one is given up. By default
/// 30 days.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_spool_age(
    options: *mut crm_options,
    age_ms: u64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.spool_age = Some(Duration::from_millis(age_ms));
            Ok(())
        })
    }
}

/// Adopts what was left on disk by clients with this key as well: an older key of the same
/// workspace, after a rotation. May be called several times.
///
/// Threads: one at a time. Ownership: the text is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_add_spool_key(
    options: *mut crm_options,
    key: *const c_char,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    call(|| unsafe {
        let options = exclusive(options)?;
        options.spool_keys.push(text(key, "key")?.to_owned());
        Ok(())
    })
}

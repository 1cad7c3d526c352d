//! How events wait, and how they share requests.

use std::mem::MaybeUninit;
use std::time::Duration;

use crm_sdk::WhenFull;

use super::crm_options;
use crate::code::crm_code;
use crate::events::edit;
use crate::pointer::{Numbered, no_member, number};

/// What becomes of a new event when the queue is full.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum crm_when_full {
    /// The new event is refused: CRM_QUEUE_FULL. The default.
    CRM_REFUSE_NEWEST = 1,
    /// The oldest events that are not on their way are dropped to make room. The new one is
    /// refused only where that would not be enough.
    CRM_DROP_OLDEST = 2,
    /// The call waits for room, and then refuses the event.
    CRM_BLOCK = 3,
}

// SAFETY: it is repr(i32).
unsafe impl Numbered for crm_when_full {}

/// Sets the most events in one request: 1 to 1,000, by default 1,000.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_batch_events(
    options: *mut crm_options,
    events: usize,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.batch_events = Some(events);
            Ok(())
        })
    }
}

/// Sets the most bytes of one request's body before compression: 64 to 4,194,304, by default as
/// many. A larger event goes alone.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_batch_bytes(
    options: *mut crm_options,
    bytes: usize,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.batch_bytes = Some(bytes);
            Ok(())
        })
    }
}

/// Sets how long an event may wait for others to share its request, in milliseconds. By default
/// 1,000.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_batch_age(
    options: *mut crm_options,
    age_ms: u64,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.batch_age = Some(Duration::from_millis(age_ms));
            Ok(())
        })
    }
}

/// Sets the most events in the queue, those on their way included. By default 100,000.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_queue_events(
    options: *mut crm_options,
    events: usize,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.queue_events = Some(events);
            Ok(())
        })
    }
}

/// Sets the most bytes in the queue, as JSON, those on their way included. By default 32 MiB.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_queue_bytes(
    options: *mut crm_options,
    bytes: usize,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.queue_bytes = Some(bytes);
            Ok(())
        })
    }
}

/// Sets what becomes of a new event when the queue is full. `wait_ms` is how long a call waits
/// under CRM_BLOCK; the other policies do not look at it.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_when_full(
    options: *mut crm_options,
    policy: MaybeUninit<crm_when_full>,
    wait_ms: u64,
) -> crm_code {
    use crm_when_full::*;
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.when_full = Some(match number(policy) {
                policy if policy == CRM_REFUSE_NEWEST as i32 => WhenFull::RefuseNewest,
                policy if policy == CRM_DROP_OLDEST as i32 => WhenFull::DropOldest,
                policy if policy == CRM_BLOCK as i32 => {
                    WhenFull::Block(Duration::from_millis(wait_ms))
                }
                other => return Err(no_member("policy", other)),
            });
            Ok(())
        })
    }
}

//! Verdicts for programs that cannot be called back from a thread of the library's: they are
//! [`Kept`](crate::kept::Kept) until the program asks.

use std::ptr;

use crate::boundary::{Failed, call, value};
use crate::client::crm_client;
use crate::code::crm_code;
use crate::pointer::{Handle, give, release, shared};
use crate::verdict::{Shown, crm_verdict};

/// A verdict that was kept until your program asked for it.
///
/// Handed out by crm_client_poll_verdict.
pub struct crm_kept_verdict(Shown);

impl Handle for crm_kept_verdict {
    const NAME: &'static str = "verdict";
}

/// Hands out the oldest verdict that crm_options_set_keep_verdicts has kept: CRM_OK with
/// `*verdict`, or CRM_EMPTY when there is none at the moment. Never waits.
///
/// Threads: any, also at once. Ownership: `*verdict` is yours; end it by crm_kept_verdict_free.
/// NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_client_poll_verdict(
    client: *const crm_client,
    verdict: *mut *mut crm_kept_verdict,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    call(|| unsafe {
        give(verdict, || {
            let client = shared(client)?;
            let kept = client.kept.as_ref().ok_or_else(|| {
                Failed::misuse("crm_options_set_keep_verdicts was not called for this client")
            })?;
            let verdict = kept.take().ok_or_else(|| {
                Failed::new(crm_code::CRM_EMPTY, "no verdict came since the last one")
            })?;
            Ok(crm_kept_verdict(Shown::new(&verdict)))
        })
    })
}

/// What the verdict says; NULL for NULL.
///
/// Threads: any, also at once. Ownership: the kept verdict's; it ends with it, and all its texts do.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_kept_verdict_get(
    verdict: *const crm_kept_verdict,
) -> *const crm_verdict {
    value(ptr::null(), || {
        // SAFETY: the head of crm.h demands it.
        unsafe { verdict.as_ref() }.map_or(ptr::null(), |kept| kept.0.verdict())
    })
}

/// Ends a verdict. NULL is allowed and does nothing.
///
/// Threads: any, while no other uses this verdict. Ownership: taken.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_kept_verdict_free(verdict: *mut crm_kept_verdict) {
    // SAFETY: the head of crm.h demands it.
    value((), || unsafe { release(verdict) });
}

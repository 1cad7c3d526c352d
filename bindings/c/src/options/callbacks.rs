//! What the program is told, and what it may hold back.

use std::ffi::c_void;

use super::crm_options;
use crate::before_send::{BeforeSend, crm_before_send_callback};
use crate::boundary::Failed;
use crate::code::crm_code;
use crate::events::edit;
use crate::report::{OnError, OnLoss, crm_error_callback, crm_loss_callback};
use crate::verdict::{OnVerdict, crm_verdict_callback};

/// Calls `callback` with each verdict of the collector, and hands it `context`. NULL for none.
///
/// Keep it short, for nothing is sent meanwhile. It returns in the ordinary way: no exception and
/// no longjmp may leave it. It may use the client it was set for, but not free it; a flush or a
/// shutdown inside it does not wait. When a flush returns, the callback was called for all that
/// the flush was for.
///
/// Threads: set by one at a time; called on the thread of the client, never twice at once for one
/// client, and not any more when crm_client_free has returned. Ownership: `context` stays yours and
/// has to live until the clients made with these options were freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_on_verdict(
    options: *mut crm_options,
    callback: crm_verdict_callback,
    context: *mut c_void,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.callbacks.on_verdict =
                callback.map(|callback| OnVerdict::new(callback, context));
            Ok(())
        })
    }
}

/// Calls `callback` when events were given up, for whatever reason, and hands it `context`: how many
/// by reason, and some of those that the collector would not take. NULL for none.
///
/// It is called within a second of the loss, at most once a second, and once more at the end of a
/// shutdown. What holds for the callback of crm_options_set_on_verdict holds for it.
///
/// Threads: set by one at a time; called on the thread of the client, and not any more when
/// crm_client_free has returned. Ownership: `context` stays yours and has to live until the clients
/// made with these options were freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_on_loss(
    options: *mut crm_options,
    callback: crm_loss_callback,
    context: *mut c_void,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.callbacks.on_loss = callback.map(|callback| OnLoss { callback, context });
            Ok(())
        })
    }
}

/// Calls `callback` when requests begin to fail, when they fail for another reason, when the disk
/// takes no more events, and when all is well again; hands it `context`. NULL for none.
///
/// It is called at most once a second. What holds for the callback of crm_options_set_on_verdict
/// holds for it.
///
/// Threads: set by one at a time; called on the thread of the client, and not any more when
/// crm_client_free has returned. Ownership: `context` stays yours and has to live until the clients
/// made with these options were freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_on_error(
    options: *mut crm_options,
    callback: crm_error_callback,
    context: *mut c_void,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.callbacks.on_error = callback.map(|callback| OnError { callback, context });
            Ok(())
        })
    }
}

/// Calls `callback` with each event before it is taken, and hands it `context`: the place for consent
/// and redaction. NULL for none.
///
/// It returns in the ordinary way: no exception and no longjmp may leave it. An event for which it
/// cannot be called is held back.
///
/// Threads: set by one at a time; called on each thread that takes an event, also at once, and not
/// any more when that call has returned. Ownership: `context` stays yours and has to live until the
/// clients made with these options were freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_before_send(
    options: *mut crm_options,
    callback: crm_before_send_callback,
    context: *mut c_void,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            options.before_send = callback.map(|callback| BeforeSend::new(callback, context));
            Ok(())
        })
    }
}

/// Keeps up to `verdicts` verdicts until crm_client_poll_verdict asks for them, for programs that
/// cannot be called back from another thread. Of more than that the oldest are forgotten. By default
/// none is kept; at most 10,000 are.
///
/// Threads: one at a time. Ownership: nothing changes hands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_options_set_keep_verdicts(
    options: *mut crm_options,
    verdicts: usize,
) -> crm_code {
    // SAFETY: the head of crm.h demands it.
    unsafe {
        edit(options, |options| {
            if verdicts > MOST_KEPT {
                let message = format!("verdicts: at most {MOST_KEPT}, {verdicts} given");
                return Err(Failed::misuse(message));
            }
            options.keep_verdicts = verdicts;
            Ok(())
        })
    }
}

/// Most verdicts that are kept: whoever asks more seldom than that does not look at them.
const MOST_KEPT: usize = 10_000;
